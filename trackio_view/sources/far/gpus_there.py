"""Runs on a machine behind SSH: samples its GPUs as those of this machine are sampled.

It is sent as text, with the samplers, to a Python of 3.10 or later. NVIDIA's library has no Python
there, so `nvidia-smi` is asked.
"""

from __future__ import annotations

import enum
import math
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trackio_view.model.gpu import GpusSampled
from trackio_view.sources.gpu.nvidia.smi import SmiSearch
from trackio_view.sources.gpu.nvidia.words import VENDOR
from trackio_view.sources.gpu.sampler import Clock, Roots, TierSchedule
from trackio_view.sources.gpu.search import RESCAN_SECONDS, VENDORS, Search, Vendor
from trackio_view.sources.gpu.watch import MISSED_INTERVALS, POLL_SECONDS, Crew, sample_once
from trackio_view.sources.trackio.ssh.frames import serve

FAR_VENDORS: tuple[Vendor, ...] = (
    Vendor(VENDOR, SmiSearch),
    *(vendor for vendor in VENDORS if vendor.name != VENDOR),
)


class FarGpus:
    """Answers what the GPUs of this machine do."""

    def __init__(
        self,
        interval: float,
        sysroot: str | None,
        *,
        clock: Clock = time.monotonic,
        vendors: Sequence[Vendor] = FAR_VENDORS,
    ) -> None:
        self._interval = interval
        self._roots = Roots.chosen(None if sysroot is None else Path(sysroot))
        self._clock = clock
        self._vendors = vendors
        self._crew: Crew | None = None

    def greeting(self) -> dict[str, Any]:
        """Return that it is ready."""
        return {"ready": True}

    def answer(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Return a reading of all GPUs, and what the clock shows that its times count by."""
        if question["do"] == "once":
            patience = question["patience"]
            event = sample_once(self._roots, patience, clock=self._clock, vendors=self._vendors)
        else:
            event = self._newest()
        return {"event": told(event), "now": self._clock()}

    def close(self) -> None:
        """Let the threads end."""
        if self._crew is not None:
            self._crew.stop()

    def _newest(self) -> GpusSampled:
        crew = self._crew
        if crew is not None:
            crew.take_in()
            return crew.event()
        interval = self._interval
        searches = (
            Search(vendor, self._roots, self._clock, RESCAN_SECONDS) for vendor in self._vendors
        )
        crew = self._crew = Crew(
            tuple(searches),
            self._clock,
            interval,
            interval * MISSED_INTERVALS,
            lambda: TierSchedule(interval).due,
        )
        crew.start()
        patient_until = self._clock() + interval
        crew.take_in()
        while not crew.complete(lambda worker: worker.readings > 0):
            if self._clock() >= patient_until:
                break
            time.sleep(POLL_SECONDS)
            crew.take_in()
        return crew.event()


def told(value: object) -> Any:
    """Return a value as recordings tell it, in what JSON has words for (`recording.codec`)."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        word = "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
        return {"$float": word}
    if isinstance(value, enum.Enum):
        return {"$enum": f"{type(value).__name__}.{value.name}"}
    if isinstance(value, Mapping):
        return {key: told(item) for key, item in value.items()}
    if isinstance(value, tuple):
        names = getattr(value, "_fields", None)
        if names is None:
            return {"$tuple": [told(item) for item in value]}
        lean = {name: told(it) for name, it in zip(names, value, strict=True) if it is not None}
        return {"$type": type(value).__name__, **lean}
    raise TypeError(f"no way to tell {type(value).__name__}")


def _end(*_: object) -> None:
    # A thread may be within a driver that hangs, and there is nothing to tidy up.
    os._exit(0)


def run() -> None:
    """Serve at the pipe until nobody asks."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)

    def opened(first: dict[str, Any]) -> FarGpus:
        return FarGpus(first["interval"], first["sysroot"])

    serve(sys.stdin.buffer, sys.stdout.buffer, opened)
    _end()
