"""The errors that NVIDIA's driver reports while it is watched (XIDs), without root.

A device's errors are waited for in a thread of its own, for half a second at a time, so that it
ends soon after it is told to. What happened before the watch is in the kernel's log alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.nvidia import library as nvml

XID_EVENT = 8
"""nvmlEventTypeXidCriticalError."""
WAIT_MILLISECONDS = 500
START_SECONDS = 2.0
"""How long a device is read before its errors are waited for: a script's two looks see none."""
MOST_KINDS = 16

PROGRAMS_OWN: Mapping[int, str] = {
    13: "graphics engine exception",
    31: "memory page fault",
    43: "stopped processing",
    45: "cleaned up after a fault",
    68: "video processor exception",
    109: "context switch timed out",
}
"""Number -> what it is, of those that a program brings about by itself."""
CARDS: Mapping[int, str] = {
    48: "double-bit memory error",
    63: "memory row is to be remapped",
    64: "memory row could not be remapped",
    74: "NVLink error",
    79: "fell off the bus",
    94: "contained memory error",
    95: "uncontained memory error",
    119: "GSP does not answer",
    120: "GSP failed",
}


class SeenXid(NamedTuple):
    """How often an error was reported, and when last, in seconds since the epoch."""

    times: int
    last: float


class SeenErrors(NamedTuple):
    """What was reported since the watch began, each kind once, in words."""

    of_card: tuple[str, ...]
    of_programs: tuple[str, ...]


@dataclass(slots=True)
class XidWatch:
    """Waits for the errors of one device."""

    library: nvml.Library
    handle: object
    wall_clock: Callable[[], float] = time.time
    """Seconds since the epoch."""
    _seen: dict[int, SeenXid] = field(default_factory=dict)
    _lack: Absence | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to wait, unless the device reports no errors."""
        code, supported = self.library.ask("nvmlDeviceGetSupportedEventTypes", self.handle)
        if code == nvml.SUCCESS and not supported & XID_EVENT:
            code = nvml.NOT_SUPPORTED
        events = None
        if code == nvml.SUCCESS:
            code, events = self.library.ask("nvmlEventSetCreate")
        if code == nvml.SUCCESS:
            code, _ = self.library.ask("nvmlDeviceRegisterEvents", self.handle, XID_EVENT, events)
        if code != nvml.SUCCESS:
            self._lack = nvml.absence_of(code)
            if events is not None:
                self.library.ask("nvmlEventSetFree", events)
            return
        self._thread = threading.Thread(
            target=self._wait, args=(events,), name="gpu errors", daemon=True
        )
        self._thread.start()

    def _wait(self, events: object) -> None:
        generation = self.library.generation
        while not self._stopping.is_set():
            code, event = self.library.ask("nvmlEventSetWait_v2", events, WAIT_MILLISECONDS)
            if code == nvml.SUCCESS and event.eventType == XID_EVENT:
                number = int(event.eventData)
                known = self._seen.get(number)
                self._seen[number] = SeenXid(known.times + 1 if known else 1, self.wall_clock())
            elif code not in (nvml.SUCCESS, nvml.TIMEOUT):
                # The device is lost, or the driver is: its sampler tells.
                break
        if self.library.generation == generation and not self.library.outdated:
            self.library.ask("nvmlEventSetFree", events)

    def stop(self, patience: float = 0.0) -> None:
        """Tell the thread to end, and wait for it for so many seconds."""
        self._stopping.set()
        if self._thread is not None and patience:
            self._thread.join(patience)

    def errors(self) -> SeenErrors | Absence:
        """Return what was reported so far."""
        if self._lack is not None:
            return self._lack
        seen = sorted(self._seen.copy().items())[:MOST_KINDS]
        return SeenErrors(
            tuple(xid_words(*one) for one in seen if one[0] not in PROGRAMS_OWN),
            tuple(xid_words(*one) for one in seen if one[0] in PROGRAMS_OWN),
        )


def xid_words(number: int, seen: SeenXid) -> str:
    """Return an error in words: its number, what it is where that is known, how often and when."""
    meaning = PROGRAMS_OWN.get(number) or CARDS.get(number)
    known = f" ({meaning})" if meaning else ""
    often = f" {seen.times} times, last" if seen.times > 1 else ""
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seen.last))
    return f"XID {number}{known}{often} at {when}"
