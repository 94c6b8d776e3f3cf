"""One NVIDIA GPU, and those of its answers that are asked for at most once a tick."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.nvidia import codes
from trackio_view.sources.gpu.nvidia import library as nvml
from trackio_view.sources.gpu.nvidia.activity import ActivityReader, Figures
from trackio_view.sources.gpu.nvidia.processes import ProcessReader
from trackio_view.sources.gpu.nvidia.xids import (
    AGAIN_SECONDS,
    START_SECONDS,
    DeviceErrors,
    SeenErrors,
    shared_watch,
)
from trackio_view.sources.gpu.sampler import Clock, Counters, Readings, Roots, Tier

PCIE_COUNTS = (198, 197)
"""NVML_FI_DEV_PCIE_COUNT_RX_BYTES and _TX_BYTES: into the GPU, and out of it."""
NARROW_BITS = 32
TRAFFIC_SECONDS = 0.025
"""How far apart a 32-bit count of bytes is read: at the 63 GB/s of PCIe 5.0 x16 it begins anew
every 68 ms, and how often it did between two ticks is unknown."""
MEMORY_V2 = 0x02000028
"""Version and size of nvmlMemory_v2_t, which counts the driver's own share separately."""


@dataclass(slots=True, eq=False, repr=False)
class NvidiaDevice:
    """What the table's readers read from."""

    calls: nvml.DeviceCalls
    roots: Roots
    time: float
    readings: Readings
    counters: Counters
    processes: ProcessReader
    clock: Clock = monotonic
    pause: Callable[[float], None] = sleep
    errors: DeviceErrors = field(default_factory=DeviceErrors)
    unified_memory: bool = False
    has_own_memory: bool = False
    """Whether the driver has told of memory that is the GPU's alone."""
    divided: bool | None = None
    """Whether it is in partitions (MIG); `None` until that was asked."""
    activity_reader: ActivityReader | None = None
    watched: bool = False
    """Whether somebody looks, so that the counters of the GPU's parts are worth reading."""
    lack_of_links: Absence | None = None
    """Why no NVLink was up when that was asked last; `None` where one was."""
    links_due: bool = True
    """Whether it is to be asked now: each slow tick does."""
    _figures: Figures | Absence | None = None
    _figures_read: bool = False
    _joined_at: float | None = None
    """When its errors were last begun to be waited for."""
    _opened_at: float | None = None
    _lasting: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    _traffic: tuple[Any, Any] | None = None
    """The rates of PCIe in this tick, where both were measured in one short window."""

    def begin(self, time: float, tiers: Tier) -> None:
        """Begin a tick of these tiers: earlier answers are asked for again."""
        self.time, self.watched = time, Tier.ACTIVITY in tiers
        self.calls.begin(tiers)
        self._traffic = None
        self._figures_read = False
        self.links_due = self.links_due or Tier.SLOW in tiers
        if self.activity_reader is not None and not self.watched:
            self.activity_reader.forget()
        elif self.activity_reader is not None and Tier.SLOW in tiers:
            self.activity_reader.codecs_due = True

    def ask_again(self) -> None:
        """Ask from now on what the driver did not have, too: it may have it now."""
        self.calls.ask_again()
        self._lasting.clear()

    def reader(self) -> ActivityReader:
        """Return what reads the counters of the GPU's parts."""
        if self.activity_reader is None:
            self.activity_reader = ActivityReader(self.calls, self.calls.library.generation)
        return self.activity_reader

    def figure(self, number: int) -> Any:
        """Return one of the figures of this tick."""
        # A dozen fields ask for one of them each.
        figures = self._figures if self._figures_read else self.figures()
        if figures is None or isinstance(figures, Absence):
            return figures
        return figures.get(number, Absence.UNSUPPORTED)

    def figures(self) -> Figures | Absence | None:
        """Return all figures of this tick by number; they cost one reading."""
        if not self.watched:
            return Absence.UNWATCHED
        if not self._figures_read:
            self._figures_read = True
            # Each instance of a GPU in partitions is asked for.
            self._figures = Absence.UNSUPPORTED if self.divided else self.reader().read(self.time)
        return self._figures

    def seen_errors(self) -> SeenErrors | Absence:
        """Return what the driver reported since the device is watched."""
        if self._opened_at is None:
            self._opened_at = self.time
        due = self._opened_at + START_SECONDS
        if self._joined_at is not None and self.errors.lack in codes.PASSING:
            # The driver may have failed for the moment only.
            due = self._joined_at + AGAIN_SECONDS
        elif self._joined_at is not None:
            due = math.inf
        if self.time >= due:
            self._joined_at = self.time
            shared_watch(self.calls.library).join(self.calls.handle, self.errors)
        return self.errors.told()

    def close(self, patience: float = 0.0) -> None:
        """Give back what the library allocated; wait so long for the thread that uses it."""
        if self._joined_at is not None:
            shared_watch(self.calls.library).leave(self.calls.handle, patience)
        if self.activity_reader is not None:
            self.activity_reader.close()

    def short_traffic(self) -> tuple[Any, Any]:
        """Return bytes a second into the GPU and out of it, measured within milliseconds.

        The counts may wrap. nvmlDeviceGetPcieThroughput would block for 20 ms a direction.
        """
        if self._traffic is None:
            earlier, begun = self.calls.counts_now(PCIE_COUNTS), self.clock()
            self.pause(TRAFFIC_SECONDS)
            later, ended = self.calls.counts_now(PCIE_COUNTS), self.clock()
            into, out = (
                _wrapped_rate(before, after, ended - begun)
                for before, after in zip(earlier, later, strict=True)
            )
            self._traffic = into, out
        return self._traffic

    def lasting(self, name: str, *arguments: Any) -> Any:
        """Return an answer that holds as long as the driver stays loaded; it is asked for once."""
        question = (name, *arguments)
        known = self._lasting.get(question, Absence.LOST)
        # Others than an `Absence` may not be hashed.
        if isinstance(known, Absence) and known in codes.PASSING:
            known = self._lasting[question] = self.calls(name, *arguments)
        return known

    def number(
        self,
        *questions: tuple[Any, ...],
        divisor: float = 1.0,
        low: float = 0.0,
        high: float = 1e18,
    ) -> Any:
        """Return the first number of the answer, divided; one above `high` is the driver's
        all-ones, one below `low` what it answers for a part that is not there.
        """
        answer = self.calls.first(*questions)
        if isinstance(answer, Absence):
            return answer
        if isinstance(answer, (list, tuple)):
            # Codecs answer with the period that the percentage covers.
            answer = answer[0]
        scaled = answer / divisor if divisor != 1.0 else answer
        return scaled if low <= scaled <= high else Absence.UNSUPPORTED


def _wrapped_rate(
    earlier: nvml.FieldCount | Absence, later: nvml.FieldCount | Absence, seconds: float
) -> Any:
    """Return the rate of a count that may have begun anew once in between."""
    if isinstance(earlier, Absence):
        return earlier
    if isinstance(later, Absence):
        return later
    if later.bits < NARROW_BITS:
        # It begins anew many times within milliseconds.
        return Absence.UNSUPPORTED
    return (later.number - earlier.number) % (1 << later.bits) / seconds if seconds > 0 else None


ReadField = Callable[[NvidiaDevice], Any]
"""Reads one field of a GPU: its value, or why it has none."""
