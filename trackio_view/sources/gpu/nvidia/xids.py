"""The errors that NVIDIA's driver reports while it is watched (XIDs), without root.

One thread waits for those of all devices, for a second at a time, so that it ends soon after the
last device left. Only the kernel's log has what happened before the watch.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from ctypes import addressof
from dataclasses import dataclass, field
from typing import Any

from trackio_view.light_typing import NamedTuple
from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.nvidia import codes
from trackio_view.sources.gpu.nvidia import library as nvml

XID_EVENT = 8
"""nvmlEventTypeXidCriticalError."""
WAIT_MILLISECONDS = 1000
START_SECONDS = 2.0
"""How long a device is read before the wait for its errors begins: the two looks of `--once` start
none.
"""
AGAIN_SECONDS = 60.0
"""How long after the driver failed to report a device's errors it is asked to again."""
MOST_KINDS = 16
FIRST_PAUSE_SECONDS = 1.0
"""Between two tries to wait where the driver answers that a device is lost; the pauses double, up
to the longest."""
LONGEST_PAUSE_SECONDS = 60.0
_NO_INSTANCE = 0xFFFFFFFF

PROGRAMS_OWN: Mapping[int, str] = {
    13: "graphics engine exception",
    31: "memory page fault",
    43: "stopped processing",
    45: "cleaned up after a fault",
    68: "video processor exception",
    109: "context switch timed out",
}
"""Number -> what the error is, for errors that a program can cause by itself."""
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
    999: "unknown to the driver",
}


class SeenXid(NamedTuple):
    """How often an error was reported, and when last, in seconds since the epoch."""

    times: int
    last: float


class SeenErrors(NamedTuple):
    """What was reported since the watch began, each kind once, in words."""

    of_card: tuple[str, ...]
    of_programs: tuple[str, ...]


@dataclass(slots=True, eq=False, repr=False)
class DeviceErrors:
    """What was reported about one device. It outlasts a handle: the driver may be reloaded."""

    lack: Absence | None = Absence.UNSEEN
    """Why nothing is reported at present, `None` where it is."""
    _seen: dict[tuple[int, int | None], SeenXid] = field(default_factory=dict)
    """Errors by number, and by the MIG instance that caused them."""

    def add(self, number: int, instance: int | None, moment: float) -> None:
        """Add an error, at a moment in seconds since the epoch."""
        known = self._seen.get((number, instance))
        self._seen[number, instance] = SeenXid(known.times + 1 if known else 1, moment)

    def told(self) -> SeenErrors | Absence:
        """Return what was reported so far."""
        if self.lack is not None and not self._seen:
            return self.lack
        seen = sorted(self._seen.copy().items(), key=lambda one: (one[0][0], one[0][1] or 0))
        words = [(number, xid_words(number, xid, at)) for (number, at), xid in seen[:MOST_KINDS]]
        return SeenErrors(
            tuple(text for number, text in words if number not in PROGRAMS_OWN),
            tuple(text for number, text in words if number in PROGRAMS_OWN),
        )


class Watched(NamedTuple):
    """A device that joined a watch, with a handle of one start of the library."""

    handle: Any
    errors: DeviceErrors
    generation: int


@dataclass(slots=True, eq=False, repr=False)
class XidWatch:
    """Waits for the errors of the devices that joined it.

    One set of the driver holds all devices. Only the watch's thread touches it, and registers
    devices between two waits.
    """

    library: nvml.Library
    wall_clock: Callable[[], float] = time.time
    """Seconds since the epoch."""
    _devices: dict[int, Watched] = field(default_factory=dict)
    """Devices by the address that a handle points to: an error names its device by that address."""
    _registered: frozenset[int] = frozenset()
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None

    def join(self, handle: Any, errors: DeviceErrors) -> None:
        """Watch a device from now on, unless it reports no errors."""
        code, supported = self.library.ask("nvmlDeviceGetSupportedEventTypes", handle)
        if code == codes.SUCCESS and not supported & XID_EVENT:
            code = codes.NOT_SUPPORTED
        if code != codes.SUCCESS:
            errors.lack = codes.absence_of(code)
            return
        with self._changed:
            watched = Watched(handle, errors, self.library.generation)
            self._devices[addressof(handle.contents)] = watched
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="gpu errors", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def leave(self, handle: Any, patience: float = 0.0) -> None:
        """Watch a device no more; wait up to so many seconds until the driver is no longer asked
        about it.
        """
        address = addressof(handle.contents)
        with self._changed:
            watched = self._devices.pop(address, None)
            if watched is not None:
                watched.errors.lack = Absence.UNSEEN
            self._changed.notify_all()
            self._changed.wait_for(lambda: address not in self._registered, patience)

    def _work(self) -> None:
        events = EventSet(self.library)
        pause = 0.0
        tried = joined = self._joined()
        while self._goes_on(events):
            if pause and self._changes_within(pause, tried):
                # The lost device may have left. A device that joined is waited for at once.
                pause = 0.0
            else:
                tried = joined
                pause = self._pause_after_wait(events, pause)
            joined = self._joined()

    def _pause_after_wait(self, events: EventSet, pause: float) -> float:
        """Wait for an error, and return the seconds until the next wait, after those before it."""
        code, event = events.wait()
        if code == codes.SUCCESS:
            self._take_in(event)
        if code in (codes.SUCCESS, codes.TIMEOUT):
            return 0.0
        # A device or the driver is lost. The device's sampler notices, and leaves; until then the
        # driver would answer this at once, again and again.
        events.free()
        return min(2 * pause or FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)

    def _joined(self) -> dict[int, Watched]:
        with self._changed:
            return self._devices.copy()

    def _changes_within(self, seconds: float, known: Mapping[int, Watched]) -> bool:
        """Wait so long, or until other devices than these are joined; return whether they are."""
        with self._changed:
            return self._changed.wait_for(lambda: self._devices != known, seconds)

    def _goes_on(self, events: EventSet) -> bool:
        """Bring the set up to date; return False where no device is left to watch, which ends the
        thread.
        """
        with self._changed:
            devices = self._devices.copy()
        refused = {address: code for address, code in events.register(devices) if code}
        self._tell_registered(events)
        with self._changed:
            for address, watched in devices.items():
                if self._devices.get(address) is not watched:
                    # It left meanwhile. If it joined anew, the next round registers it.
                    continue
                if address in refused:
                    watched.errors.lack = codes.absence_of(refused[address])
                    del self._devices[address]
                elif address in events.registered:
                    watched.errors.lack = None
            if self._devices:
                return True
            if not events.registered:
                self._thread = None
                return False
        events.free()
        return self._goes_on(events)

    def _tell_registered(self, events: EventSet) -> None:
        with self._changed:
            self._registered = frozenset(events.registered)
            self._changed.notify_all()

    def _take_in(self, event: Any) -> None:
        if event.eventType != XID_EVENT:
            return
        address = addressof(event.device.contents)
        with self._changed:
            watched = self._devices.get(address)
        if watched is None:
            # Only whole GPUs joined; an instance's handle leads to its GPU.
            name = "nvmlDeviceGetDeviceHandleFromMigDeviceHandle"
            code, whole = self.library.ask(name, event.device)
            if code == codes.SUCCESS:
                with self._changed:
                    watched = self._devices.get(addressof(whole.contents))
        if watched is not None:
            instance = None if event.gpuInstanceId == _NO_INSTANCE else int(event.gpuInstanceId)
            watched.errors.add(int(event.eventData), instance, self.wall_clock())


@dataclass(slots=True, eq=False, repr=False)
class EventSet:
    """The driver's set of devices whose errors are waited for together; used by one thread."""

    library: nvml.Library
    registered: set[int] = field(default_factory=set)
    _events: Any = None
    _generation: int = -1

    def register(self, devices: Mapping[int, Watched]) -> list[tuple[int, int]]:
        """Hold these devices and no others; return the address and the answer of each new one.

        A device cannot be taken out of a set, so the set is made anew once a device left.
        """
        if self._is_void():
            # The set was freed with the library, and so were the handles of that start.
            self._events, self.registered = None, set()
        elif self.registered - devices.keys():
            self.free()
        self._generation = generation = self.library.generation
        answers = []
        for address, (handle, _, of_start) in devices.items():
            if address in self.registered or of_start != generation or self.library.outdated:
                continue
            code = codes.SUCCESS
            if self._events is None:
                code, self._events = self.library.ask("nvmlEventSetCreate")
            if code == codes.SUCCESS:
                name = "nvmlDeviceRegisterEvents"
                code, _ = self.library.ask(name, handle, XID_EVENT, self._events)
            if code == codes.SUCCESS:
                self.registered.add(address)
            answers.append((address, code))
        return answers

    def _is_void(self) -> bool:
        return self.library.outdated or self.library.generation != self._generation

    def wait(self) -> tuple[int, Any]:
        """Return the error code and, where that is 0, what was reported."""
        if self._events is None:
            return codes.UNINITIALIZED, None
        return self.library.ask("nvmlEventSetWait_v2", self._events, WAIT_MILLISECONDS)

    def free(self) -> None:
        """Hold no device any more."""
        if self._events is not None and not self._is_void():
            self.library.ask("nvmlEventSetFree", self._events)
        self._events, self.registered = None, set()


_shared: list[XidWatch] = []
_sharing = threading.Lock()


def shared_watch(library: nvml.Library) -> XidWatch:
    """Return the watch of a library's devices."""
    with _sharing:
        if not _shared or _shared[0].library is not library:
            _shared[:] = [XidWatch(library)]
        return _shared[0]


def xid_words(number: int, seen: SeenXid, instance: int | None) -> str:
    """Return an error in words: its number, what it is where that is known, how often and when."""
    meaning = PROGRAMS_OWN.get(number) or CARDS.get(number)
    known = f" ({meaning})" if meaning else ""
    where = "" if instance is None else f" in MIG instance {instance}"
    often = f" {seen.times} times, last" if seen.times > 1 else ""
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seen.last))
    return f"XID {number}{known}{where}{often} at {when}"
