"""Every GPU of the machine, sampled: as a stream of events, or once.

A call into a driver may hang for ever and can't be cancelled. So each device, and each vendor's
search, has a daemon thread of its own: such threads never hold up the others, nor the exit.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from trackio_view.model.gpu import Absence, GpuSample, GpusSampled
from trackio_view.model.gpu_activity import RecentActivity
from trackio_view.sources.gpu.beat import Beat
from trackio_view.sources.gpu.driver_threads import start_thread
from trackio_view.sources.gpu.sampler import (
    Clock,
    Roots,
    Sampler,
    Tier,
    TierSchedule,
)
from trackio_view.sources.gpu.search import VENDORS, Search, Vendor

PROBE_SECONDS = 10.0
"""How often to ask a lost GPU."""
MISSED_INTERVALS = 3
"""How many intervals without an answer make a reading stale."""
RATE_SECONDS = 0.3
"""Between the two readings of `sample_once`."""
GRACE_SECONDS = 0.3
"""How long the first event waits for slow devices."""
CLOCK_SET_SECONDS = 1.0
"""The difference between the machine's two clocks from which on one of them was set."""
APART_SECONDS = 0.005
"""Between the readings of two devices. Threads that read at one moment take Python from each other
with every call into a driver, which costs twice the processor time.
"""
POLL_SECONDS = 0.005
"""How often the threads' results are looked for while a person waits for the first one."""


@dataclass(slots=True, eq=False, repr=False)
class Worker:
    """A device's thread, and its newest sample."""

    vendor: int
    """The vendor's place in the table."""
    sampler: Sampler
    clock: Clock
    interval: float
    next_tiers: Callable[[float], Tier]
    latest: GpuSample | None = None
    readings: int = 0
    waiting_since: float | None = None
    """When the current call began."""
    place: int = 0
    """Which of its vendor's devices it is, in the order of the search."""
    gone: bool = False
    """Whether the last search no longer found the device."""
    fault: BaseException | None = None
    """An exception that is a bug; the loop raises it."""
    stopping: threading.Event = field(default_factory=threading.Event)
    recent: RecentActivity = field(default_factory=RecentActivity)

    def start(self, due: float) -> None:
        """Read once, and from then on when an interval, or several, passed since `due`."""
        beat = Beat(due)
        start_thread(lambda: self._work(beat))

    def _work(self, beat: Beat) -> None:
        try:
            while not self.stopping.is_set():
                begun = self.clock()
                self.waiting_since = begun
                try:
                    sample = self.sampler.sample(self.next_tiers(begun))
                except OSError as error:
                    text = error.strerror or type(error).__name__
                    sample = GpuSample(
                        self.sampler.identity, begun, state=Absence.LOST, state_text=text
                    )
                self.latest, self.waiting_since = self.recent.told(sample), None
                self.readings += 1
                pause = self.interval
                if sample.state is Absence.LOST:
                    pause = max(pause, PROBE_SECONDS)
                self.stopping.wait(beat.wait(self.clock(), pause))
            self.sampler.close()
        except BaseException as fault:
            self.fault = fault

    def report(self, now: float, patience: float) -> GpuSample | None:
        """Return the newest sample, marked where it is old; `None` until the first one came."""
        since, latest = self.waiting_since, self.latest
        if self.gone and latest is not None:
            return latest.unanswered(Absence.LOST, "not found any more")
        if since is None or now - since < patience:
            return latest
        text = f"not answering for {math.floor(now - since)} s"
        if latest is None:
            latest = GpuSample(self.sampler.identity, now)
        return latest.unanswered(Absence.STALE, text)


@dataclass(slots=True, eq=False, repr=False)
class Crew:
    """All threads of one watch. Its methods never block."""

    searches: tuple[Search, ...]
    clock: Clock
    interval: float
    patience: float
    make_schedule: Callable[[], Callable[[float], Tier]]
    wall_clock: Clock = time.time
    """Seconds since the epoch."""
    workers: dict[str, Worker] = field(default_factory=dict)
    _taken_in: dict[str, int] = field(default_factory=dict)
    """Vendor -> the number of the search whose devices were last taken in."""
    _clock_zero: float = math.nan

    def start(self) -> None:
        """Begin all searches."""
        for search in self.searches:
            search.start()

    def stop(self) -> None:
        """Ask the threads to end; one that hangs is left behind."""
        for search in self.searches:
            search.stopping.set()
        for worker in self.workers.values():
            worker.stopping.set()

    def take_in(self) -> None:
        """Start a worker for each device that is new, and mark those that went."""
        now = self.clock()
        for position, search in enumerate(self.searches):
            if search.fault is not None:
                raise search.fault
            if self._taken_in.get(search.vendor.name) == search.searches or search.found is None:
                continue
            self._taken_in[search.vendor.name] = search.searches
            known = [key for key, worker in self._in_order if worker.vendor == position]
            present = [sampler.identity.key for sampler in search.found.samplers]
            for key, sampler in zip(present, search.found.samplers, strict=True):
                if key not in self.workers:
                    worker = Worker(
                        position, sampler, self.clock, self.interval, self.make_schedule()
                    )
                    worker.start(now + len(self.workers) * APART_SECONDS)
                    self.workers[key] = worker
            for place, key in enumerate(_with_gone(present, known)):
                worker = self.workers[key]
                if worker.vendor == position:
                    worker.place, worker.gone = place, key not in present
        for worker in self.workers.values():
            if worker.fault is not None:
                raise worker.fault

    def event(self) -> GpusSampled:
        """Return the newest samples of all devices; devices without a first answer are left out."""
        now = self.clock()
        samples = (worker.report(now, self.patience) for _, worker in self._in_order)
        report = (search.report(now, max(self.patience, 3.0)) for search in self.searches)
        return GpusSampled(
            samples=tuple(sample for sample in samples if sample is not None),
            report=tuple(line for line in report if line is not None),
            clock_zero=self.clock_zero(now),
        )

    @property
    def _in_order(self) -> list[tuple[str, Worker]]:
        """The devices by key: each vendor's as its search has them, whichever came first."""
        return sorted(self.workers.items(), key=lambda item: (item[1].vendor, item[1].place))

    def final(self) -> GpusSampled:
        """Return the event of a crew whose time is up: a device that is not done counts as one that
        does not answer.
        """
        now = self.clock()
        samples = (
            worker.latest if _done(worker) else worker.report(now, 0.0)
            for _, worker in self._in_order
        )
        report = (
            search.found.report if search.found else search.report(now, 0.0)
            for search in self.searches
        )
        return GpusSampled(
            samples=tuple(sample for sample in samples if sample is not None),
            report=tuple(line for line in report if line is not None),
            clock_zero=self.clock_zero(now),
        )

    def clock_zero(self, now: float) -> float:
        """Return what the clock counts from, in seconds since the epoch.

        It changes only where a clock was set: otherwise one reading could get two moments.
        """
        zero = self.wall_clock() - now
        if not abs(zero - self._clock_zero) < CLOCK_SET_SECONDS:
            self._clock_zero = zero
        return self._clock_zero

    @property
    def has_read_what_was_found(self) -> bool:
        """Whether each device has answered that a search has found so far."""
        return all(worker.readings > 0 for worker in self.workers.values())

    def complete(self, readings: Callable[[Worker], bool]) -> bool:
        """Return whether all searches are done, and all devices have so many `readings`."""
        # A device that a search has just found has no worker yet: only devices taken in count.
        all_taken_in = len(self._taken_in) == len(self.searches)
        return all_taken_in and all(map(readings, self.workers.values()))


async def watch_gpus(
    searches: tuple[Search, ...],
    interval: float,
    send: Callable[[GpusSampled], Awaitable[None]],
    *,
    wants_activity: Callable[[], bool] = lambda: True,
    pause: Callable[[float], Awaitable[None]] | None = None,
) -> None:
    """Send the newest readings every `interval` seconds, until cancelled.

    The counters that profilers need, too, are read only while `wants_activity` returns true;
    threads call it. `pause` waits so many seconds between two readings.

    Where a search was started before, the other vendors' searches begin once its devices are sent,
    or after the time that a slow device has: each search imports modules, and threads that import
    in turns take twice the time.

    The first event comes as soon as every device that was found has answered, at the latest after
    an interval. Devices that answered do not wait for a device or a search that hangs: that one
    follows once it answers. A vendor without a line in an event's report is still being searched
    for.
    """
    import anyio

    clock = time.monotonic
    begun = next((search for search in searches if search.is_started), None)
    crew = Crew(
        searches,
        clock,
        interval,
        interval * MISSED_INTERVALS,
        lambda: TierSchedule(interval, wants_activity).due,
    )
    try:
        with anyio.move_on_after(interval):
            crew.take_in()
            patient_until, told, is_late = clock() + GRACE_SECONDS, False, False
            while not crew.complete(lambda worker: worker.readings > 0):
                found_none = begun is None or (begun.found is not None and not crew.workers)
                if found_none or told or is_late:
                    crew.start()
                await anyio.sleep(POLL_SECONDS)
                crew.take_in()
                is_late = clock() >= patient_until
                is_due = crew.has_read_what_was_found or is_late
                if is_due and not told and (event := crew.event()).samples:
                    await send(event)
                    told = True
        crew.start()
        beat = Beat(clock())
        while True:
            crew.take_in()
            await send(crew.event())
            await (pause or anyio.sleep)(beat.wait(clock(), interval))
    finally:
        crew.stop()


def sample_once(
    roots: Roots,
    timeout: float,
    *,
    clock: Clock = time.monotonic,
    vendors: Sequence[Vendor] = VENDORS,
) -> GpusSampled:
    """Return one reading of every GPU, made of two where a field is a rate.

    A device or a search that has not answered within `timeout` seconds is stale, with the reason.
    """
    started = clock()
    crew = Crew(
        tuple(Search(vendor, roots, clock, None) for vendor in vendors),
        clock,
        RATE_SECONDS,
        0.0,
        lambda: lambda now: Tier.ALL,
    )
    crew.start()
    try:
        crew.take_in()
        while not crew.complete(_done) and clock() - started < timeout:
            time.sleep(POLL_SECONDS)
            crew.take_in()
        return crew.final()
    finally:
        crew.stop()


def _with_gone(present: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return the keys of devices in the order of the search that found them.

    One that is `known` and gone stays behind the one that it stood behind.
    """
    order = list(present)
    for place, key in enumerate(known):
        if key not in present:
            order.insert(order.index(known[place - 1]) + 1 if place else 0, key)
    return order


def _done(worker: Worker) -> bool:
    latest = worker.latest
    return latest is not None and (worker.readings > 1 or not needs_second_reading(latest))


def needs_second_reading(sample: GpuSample) -> bool:
    """Return whether a field is absent without a reason, as a rate is at its first reading."""
    if sample.state is not None:
        return False
    if sample.processes and all(process.load is None for process in sample.processes):
        return True
    return any(
        value is None and name not in sample.reasons
        for name, value in zip(sample._fields, sample, strict=True)
        if name not in ("state", "state_text")
    )
