"""The search for a vendor's GPUs, in a thread of its own that looks again and again."""

from __future__ import annotations

import importlib
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trackio_view.light_typing import NamedTuple
from trackio_view.model.gpu import VendorReport
from trackio_view.sources.gpu.driver_threads import start_thread
from trackio_view.sources.gpu.sampler import Clock, Discovery, Found, Roots

RESCAN_SECONDS = 15.0
"""How often to look for GPUs that came or went."""


class Vendor(NamedTuple):
    """A vendor, and how to get its search; called in a thread, for it imports what it needs."""

    name: str
    load: Callable[[], Discovery]


def _of_module(name: str) -> Callable[[], Discovery]:
    def load() -> Discovery:
        search: Discovery = importlib.import_module(f"trackio_view.sources.gpu.{name}").discover
        return search

    return load


VENDORS: tuple[Vendor, ...] = (
    Vendor("NVIDIA", _of_module("nvidia.gpus")),
    Vendor("Jetson", _of_module("jetson")),
    Vendor("AMD", _of_module("amd.gpus")),
    Vendor("Intel", _of_module("intel.gpus")),
)


@dataclass(slots=True, eq=False, repr=False)
class Search:
    """A vendor's thread that looks for GPUs, and what it found last."""

    vendor: Vendor
    roots: Roots
    clock: Clock
    rescan: float | None
    """Seconds between searches; `None` for a single one."""
    found: Found | None = None
    searches: int = 0
    waiting_since: float | None = None
    fault: BaseException | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    is_started: bool = False

    def start(self) -> None:
        """Begin to look, where that was not begun already."""
        if not self.is_started:
            self.is_started = True
            self.waiting_since = self.clock()
            start_thread(self._work)

    def _work(self) -> None:
        try:
            discover = self.vendor.load()
            while not self.stopping.is_set():
                self.waiting_since = self.clock()
                try:
                    found = discover(self.roots, self.clock)
                except OSError as error:
                    text = f"The search failed: {error.strerror or error}."
                    found = Found((), VendorReport(self.vendor.name, 0, text))
                self.found, self.waiting_since = found, None
                self.searches += 1
                if self.rescan is None:
                    return
                self.stopping.wait(self.rescan)
        except BaseException as fault:
            self.fault = fault

    def report(self, now: float, patience: float) -> VendorReport | None:
        """Return what the newest search found, or that it has hung for longer than `patience`, in
        seconds; `None` until the first one ended.
        """
        since = self.waiting_since
        if since is not None and now - since >= patience:
            name, seconds = self.vendor.name, math.floor(now - since)
            count = len(self.found.samplers) if self.found else 0
            return VendorReport(name, count, f"No answer to the search for {seconds} s.")
        return self.found.report if self.found else None


def searches_for(
    roots: Roots,
    vendors: Sequence[Vendor] = VENDORS,
    *,
    rescan: float = RESCAN_SECONDS,
    begun: Search | None = None,
) -> tuple[Search, ...]:
    """Return a search for the GPUs of each vendor; one that was `begun` before is its vendor's."""
    return tuple(
        begun
        if begun is not None and begun.vendor is vendor
        else Search(vendor, roots, time.monotonic, rescan)
        for vendor in vendors
    )


def search_ahead(sysroot: Path | None) -> Search:
    """Return the search for the GPUs whose driver takes long to start, begun a moment ago.

    `watch_gpus` goes on with it. Who asks for it sets its `stopping` in the end.
    """
    search = Search(VENDORS[0], Roots.chosen(sysroot), time.monotonic, RESCAN_SECONDS)
    search.start()
    return search
