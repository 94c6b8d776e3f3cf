"""Threads, watchdog and rescans, with samplers that hang, get lost and come back on demand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import anyio
import pytest

from tests.sources.gpu.fake_vendors import NOWHERE, FakeSampler, FakeVendor, states
from trackio_view.model.gpu import (
    Absence,
    GpuSample,
    GpusSampled,
    VendorReport,
)
from trackio_view.sources.gpu.sampler import Tier
from trackio_view.sources.gpu.search import Search, searches_for
from trackio_view.sources.gpu.watch import (
    APART_SECONDS,
    PROBE_SECONDS,
    Crew,
    Worker,
    watch_gpus,
)


async def watch_until(
    done: Callable[[GpusSampled], bool],
    *vendors: FakeVendor,
    rescan: float = 0.02,
    interval: float = 0.02,
    begun: Search | None = None,
) -> list[GpusSampled]:
    """Return the events up to the first for which `done` is true."""
    events: list[GpusSampled] = []

    async def send(event: GpusSampled) -> None:
        events.append(event)
        if done(event):
            tasks.cancel_scope.cancel()

    with anyio.fail_after(60):
        async with anyio.create_task_group() as tasks:
            asked = [vendor.vendor for vendor in vendors]
            searches = searches_for(NOWHERE, asked, rescan=rescan, begun=begun)
            await watch_gpus(searches, interval, send)
    return events


async def test_the_first_event_has_every_device_and_samples_go_on() -> None:
    vendor = FakeVendor([FakeSampler("a"), FakeSampler("b")])
    events = await watch_until(lambda event: (event.samples[0].utilization or 0) >= 3, vendor)
    assert states(events[0]) == {"a": None, "b": None}
    assert events[0].report == (VendorReport("Fake", 2, "2 found."),)


async def test_without_any_gpu_the_report_comes_all_the_same() -> None:
    events = await watch_until(lambda event: True, FakeVendor([]))
    (event,) = events
    assert (event.samples, event.report) == ((), (VendorReport("Fake", 0, "0 found."),))


async def test_a_hung_device_is_stale_and_the_others_go_on() -> None:
    released = threading.Event()
    hung, live = FakeSampler("hung"), FakeSampler("live")

    def done(event: GpusSampled) -> bool:
        if live.readings >= 2:
            hung.hang = released
        return states(event).get("hung") is Absence.STALE

    events = await watch_until(done, FakeVendor([hung, live]))
    last = {sample.identity.key: sample for sample in events[-1].samples}
    assert last["hung"].state_text == "not answering for 0 s"
    assert last["hung"].utilization == hung.readings
    assert last["hung"].activity is None
    assert last["live"].state is None
    assert live.readings > hung.readings
    released.set()


async def test_gpus_that_answered_wait_for_no_other_vendors_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("trackio_view.sources.gpu.watch.GRACE_SECONDS", 1000.0)
    released = threading.Event()
    slow = FakeVendor([FakeSampler("late")], name="Slow", hang=released)
    quick = FakeVendor([FakeSampler("a"), FakeSampler("b")], name="Quick")
    events = await watch_until(lambda event: True, slow, quick, interval=1000.0)
    released.set()
    assert states(events[0]) == {"a": None, "b": None}
    assert [line.vendor for line in events[0].report] == ["Quick"], "the other is searched for"


async def test_a_slow_device_is_told_of_once_it_answers() -> None:
    """It does not wait for an interval to pass, because none does here."""
    released = threading.Event()
    vendor = FakeVendor([FakeSampler("slow", hang=released), FakeSampler("quick")])

    def done(event: GpusSampled) -> bool:
        released.set()
        return len(event.samples) == 2

    first, second = await watch_until(done, vendor, interval=600.0)
    assert states(first) == {"quick": None}
    assert states(second) == {"slow": None, "quick": None}


async def test_a_device_that_never_answers_is_listed() -> None:
    released = threading.Event()
    hung = FakeSampler("hung", hang=released)
    events = await watch_until(lambda event: bool(event.samples), FakeVendor([hung]))
    assert states(events[-1]) == {"hung": Absence.STALE}
    assert events[-1].samples[0].utilization is None
    released.set()


async def test_a_hung_device_that_answers_again_is_live() -> None:
    released = threading.Event()
    hung = FakeSampler("hung", hang=released)

    def done(event: GpusSampled) -> bool:
        if states(event) == {"hung": Absence.STALE}:
            hung.hang = None
            released.set()
        return states(event) == {"hung": None}

    assert states((await watch_until(done, FakeVendor([hung])))[-1]) == {"hung": None}


async def test_a_lost_device_is_asked_seldom() -> None:
    assert PROBE_SECONDS >= 10
    lost, live = FakeSampler("lost", state=Absence.LOST), FakeSampler("live")
    events = await watch_until(lambda event: live.readings >= 8, FakeVendor([lost, live]))
    assert states(events[-1]) == {"lost": Absence.LOST, "live": None}
    assert lost.readings == 1


async def test_a_read_error_loses_only_its_device() -> None:
    broken = FakeSampler("broken", error=OSError(5, "Input/output error"))
    events = await watch_until(
        lambda event: len(event.samples) == 2, FakeVendor([broken, FakeSampler("live")])
    )
    by_key = {sample.identity.key: sample for sample in events[-1].samples}
    assert by_key["broken"].state is Absence.LOST
    assert by_key["broken"].state_text == "Input/output error"
    assert by_key["live"].state is None


async def test_a_bug_of_a_sampler_is_raised() -> None:
    vendor = FakeVendor([FakeSampler("a", error=ZeroDivisionError("a bug"))])

    async def send(event: GpusSampled) -> None:
        """Do nothing with an event, because the test waits for an error."""

    with anyio.fail_after(60), pytest.raises(ZeroDivisionError, match="a bug"):
        await watch_gpus(searches_for(NOWHERE, [vendor.vendor]), 0.02, send)


async def test_a_device_that_comes_is_found() -> None:
    vendor = FakeVendor([FakeSampler("a")])

    def done(event: GpusSampled) -> bool:
        if len(vendor.samplers) == 1:
            vendor.samplers = [*vendor.samplers, FakeSampler("b")]
        return len(event.samples) == 2

    assert list(states((await watch_until(done, vendor))[-1])) == ["a", "b"]


async def test_devices_are_in_the_order_of_the_search_whichever_came_first() -> None:
    vendor = FakeVendor([FakeSampler(key) for key in "bdf"])
    found = iter(["abdf", "abcdfg", "bcgh"])
    told: list[str] = []

    def done(event: GpusSampled) -> bool:
        order = "".join(states(event))
        if told[-1:] != [order]:
            told.append(order)
            keys = next(found, "")
            vendor.samplers = [FakeSampler(key) for key in keys]
            return not keys
        return False

    await watch_until(done, vendor)
    assert told == ["bdf", "abdf", "abcdfg", "abcdfgh"], "those that are gone stay where they were"


async def test_a_device_that_goes_is_lost_with_its_last_values_and_may_return() -> None:
    device = FakeSampler("a")
    vendor = FakeVendor([device])
    seen: list[GpuSample] = []

    def done(event: GpusSampled) -> bool:
        seen.extend(event.samples)
        state = event.samples[0].state
        if len(seen) == 1:
            vendor.samplers = []
        elif state is Absence.LOST:
            vendor.samplers = [FakeSampler("a")]
        return state is None and any(sample.state is Absence.LOST for sample in seen)

    await watch_until(done, vendor)
    lost = next(sample for sample in seen if sample.state is Absence.LOST)
    assert lost.state_text == "not found any more"
    assert lost.utilization is not None


async def test_a_hung_search_does_not_hold_up_the_other_vendor() -> None:
    released = threading.Event()
    hung = FakeVendor([], name="Hung", hang=released)
    events = await watch_until(
        lambda event: len(event.samples) == 1, hung, FakeVendor([FakeSampler("a")])
    )
    assert [line.vendor for line in events[-1].report] == ["Fake"]
    released.set()


async def test_a_search_that_has_begun_goes_on_instead_of_another() -> None:
    one, other = FakeVendor([FakeSampler("a")], "One"), FakeVendor([FakeSampler("b")], "Other")
    begun = Search(other.vendor, NOWHERE, time.monotonic, 60.0)
    begun.start()
    events = await watch_until(
        lambda event: set(states(event)) == {"a", "b"}, one, other, rescan=60.0, begun=begun
    )
    assert [line.vendor for line in events[-1].report] == ["One", "Other"]
    assert (one.searches, other.searches) == (1, 1)
    assert begun.stopping.is_set()


async def test_other_vendors_are_searched_for_once_what_was_found_ahead_is_told_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("trackio_view.sources.gpu.watch.GRACE_SECONDS", 1000.0)
    one, other = FakeVendor([FakeSampler("a")], "One"), FakeVendor([FakeSampler("b")], "Other")
    begun = Search(other.vendor, NOWHERE, time.monotonic, 60.0)
    begun.start()
    searches: list[int] = []

    def done(event: GpusSampled) -> bool:
        searches.append(one.searches)
        return set(states(event)) == {"a", "b"}

    events = await watch_until(done, one, other, rescan=60.0, interval=30.0, begun=begun)
    assert states(events[0]) == {"b": None}
    assert searches[0] == 0


@pytest.mark.parametrize("hangs", [False, True])
async def test_other_vendors_are_searched_for_where_nothing_is_found_ahead(
    monkeypatch: pytest.MonkeyPatch, hangs: bool
) -> None:
    monkeypatch.setattr("trackio_view.sources.gpu.watch.GRACE_SECONDS", 0.0 if hangs else 1000.0)
    released = threading.Event()
    one = FakeVendor([FakeSampler("a")], "One")
    other = FakeVendor([], "Other", hang=released if hangs else None)
    begun = Search(other.vendor, NOWHERE, time.monotonic, 60.0)
    begun.start()
    events = await watch_until(
        lambda event: "a" in states(event), one, other, rescan=60.0, interval=30.0, begun=begun
    )
    assert states(events[-1]) == {"a": None}
    released.set()


async def test_a_failed_search_is_a_line_of_the_report() -> None:
    vendor = FakeVendor([], error=PermissionError(13, "Permission denied"))
    events = await watch_until(lambda event: True, vendor)
    assert events[-1].report[0].text == "The search failed: Permission denied."
    vendor = FakeVendor([], error=OSError("no driver answers"))
    events = await watch_until(lambda event: True, vendor)
    assert events[-1].report[0].text == "The search failed: no driver answers."


async def test_threads_end_and_samplers_are_closed() -> None:
    device = FakeSampler("a")
    await watch_until(lambda event: bool(event.samples), FakeVendor([device]))
    assert await anyio.to_thread.run_sync(device.closed.wait, 5)


async def test_every_thread_is_a_daemon() -> None:
    released = threading.Event()
    devices = FakeVendor([FakeSampler("a", hang=released)])
    ours: list[threading.Thread] = []

    def done(event: GpusSampled) -> bool:
        ours.extend(thread for thread in threading.enumerate() if thread.name.startswith("gpu "))
        return bool(event.samples)

    await watch_until(done, devices)
    released.set()
    assert ours
    assert all(thread.daemon for thread in ours)


async def test_the_same_gpu_by_two_vendors_is_listed_once() -> None:
    first, second = FakeVendor([FakeSampler("a")], "One"), FakeVendor([FakeSampler("a")], "Two")
    events = await watch_until(lambda event: len(event.report) == 2, first, second)
    assert len(events[-1].samples) == 1


def test_a_crew_is_not_complete_before_it_took_in_what_was_found() -> None:
    fake = FakeVendor([FakeSampler("a")])
    search = Search(fake.vendor, NOWHERE, lambda: 0.0, None)
    search.found, search.searches = fake.discover(NOWHERE, lambda: 0.0), 1
    crew = Crew((search,), lambda: 0.0, 1.0, 3.0, lambda: lambda now: Tier.ALL)
    assert not crew.complete(lambda worker: True)
    crew.take_in()
    assert crew.complete(lambda worker: True)
    crew.stop()


async def test_gpus_come_in_the_order_of_the_vendors_whichever_answers_first() -> None:
    released = threading.Event()
    slow = FakeVendor([FakeSampler("of the first")], name="First", hang=released)
    quick = FakeVendor([FakeSampler("of the second")], name="Second")

    def done(event: GpusSampled) -> bool:
        if states(event):
            released.set()
        return len(event.samples) == 2

    events = await watch_until(done, slow, quick)
    told = [list(states(event)) for event in events if event.samples]
    assert told[0] == ["of the second"]
    assert told[-1] == ["of the first", "of the second"]


def test_samples_have_moments_that_move_only_with_a_clock_that_is_set() -> None:
    clocks = {"machine": 50.0, "wall": 1_700_000_050.0}
    crew = Crew(
        (),
        lambda: clocks["machine"],
        1.0,
        3.0,
        lambda: lambda now: Tier.ALL,
        lambda: clocks["wall"],
    )
    zeros = []
    # Both clocks go on. The wall clock is corrected a little, then set back; then both have slept.
    for machine, wall in ((0.0, 0.0), (1.0, 1.0), (1.0, 1.3), (1.0, -3600.0), (0.0, 60.0)):
        clocks["machine"] += machine
        clocks["wall"] += wall
        zeros.append(crew.event().clock_zero)
    start = 1_700_000_000.0
    assert zeros[:3] == [start] * 3
    assert zeros[3:] == [pytest.approx(start - 3600.7), pytest.approx(start - 3540.7)]


class ThreeWaits(threading.Event):
    """Notes how long is waited, waits for nobody, and is set by the third wait."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout or 0.0)
        if len(self.seconds) == 3:
            self.set()
        return self.is_set()


def test_a_device_is_read_by_the_moment_at_which_its_watch_was_started() -> None:
    moments = iter((100.25, 100.5, 101.125, 101.5, 102.25, 102.375))
    sampler, stopping = FakeSampler("a"), ThreeWaits()
    worker = Worker(0, sampler, moments.__next__, 1.0, lambda now: Tier.ALL, stopping=stopping)
    worker.start(100.0)
    assert sampler.closed.wait(10)
    # It began to read at 100.25, 101.125 and 102.25, and is due at 101, 102 and 103.
    assert stopping.seconds == [0.5, 0.5, 0.625]


def test_devices_are_read_shortly_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    due: list[float] = []
    monkeypatch.setattr(Worker, "start", lambda self, moment: due.append(moment))
    devices = [FakeSampler(key) for key in "abc"]
    search = Search(FakeVendor(devices).vendor, NOWHERE, lambda: 50.0, 15.0)
    crew = Crew((search,), lambda: 50.0, 1.0, 3.0, lambda: lambda now: Tier.ALL)
    crew.start()
    try:
        while not due:
            crew.take_in()
    finally:
        crew.stop()
    assert due == [50.0, 50.0 + APART_SECONDS, 50.0 + 2 * APART_SECONDS]
