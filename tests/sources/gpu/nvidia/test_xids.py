"""The errors that the driver reports while it is watched, on the stand-in for its library."""

from __future__ import annotations

import textwrap
import threading
import time
from collections.abc import Callable
from ctypes import addressof, c_int, pointer
from typing import Any, cast

import pytest

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.nvidia import codes
from trackio_view.sources.gpu.nvidia.xids import (
    FIRST_PAUSE_SECONDS,
    XID_EVENT,
    DeviceErrors,
    EventSet,
    SeenErrors,
    SeenXid,
    XidWatch,
    xid_words,
)

Ask = Callable[..., Any]

WATCH = """
import re, threading
from trackio_view.sources.gpu.nvidia import xids
HELD, REGISTERED, WAITS = 13, 15, 16
xids.WAIT_MILLISECONDS, xids.FIRST_PAUSE_SECONDS = 20, 0.1
def calls(which): return library.stub_calls(which)
def threads(): return [one for one in threading.enumerate() if one.name == "gpu errors"]
def until(wanted):
    while not wanted(): time.sleep(0.001)
samplers = discover(roots, clock).samplers
def look(number, seconds=1.0):
    global now
    now += seconds
    return samplers[number].sample(Tier.ALL)
def watch(*numbers):
    for number in numbers: look(number, 0.0)
    look(numbers[0], xids.START_SECONDS)
    for number in numbers: look(number, 0.0)
    until(lambda: all(look(number).card_errors is not None for number in numbers))
def report(number, xid, **where):
    for name, value in {"device": number, **where}.items(): put(f"xid_{name}", value)
    before = told(number)
    put("xid", xid)
    until(lambda: told(number) != before)
def told(number):
    sample = look(number)
    return [
        re.sub(r"[-0-9]+ [:0-9]+$", "WHEN", error)
        for error in (sample.card_errors or ()) + (sample.program_errors or ())
    ]
"""


@pytest.fixture
def ask_watched(ask_nvidia: Ask) -> Ask:
    """Return a function that runs a script which watches errors, in a process with the stand-in."""

    def ask(script: str, **options: int) -> Any:
        return ask_nvidia(f"{WATCH}\n{textwrap.dedent(script)}", **options)

    return ask


def test_errors_of_the_card_and_of_programs_are_told_apart(ask_watched: Ask) -> None:
    answer = ask_watched(
        """
        first = look(0)
        answer = [first.card_errors, words(first)["card_errors"], calls(HELD)]
        watch(0)
        watched = look(0)
        answer += [watched.card_errors, watched.program_errors, calls(HELD)]
        report(0, 31)
        report(0, 79)
        report(0, 31)
        last = look(0)
        answer += [told(0), len(last.card_errors)]
        """,
        gpus=1,
    )
    assert answer == [
        *(None, "UNSEEN", 0),
        *([], [], 1),
        [
            "XID 79 (fell off the bus) at WHEN",
            "XID 31 (memory page fault) 2 times, last at WHEN",
        ],
        1,
    ]


def test_each_error_is_the_cards_or_a_programs(ask_watched: Ask) -> None:
    """The numbers are those of the driver, which reports all of them in one set of events."""
    cards, programs = (48, 63, 64, 74, 79, 94, 95, 119, 120), (13, 31, 43, 45, 68, 109)
    answer = ask_watched(
        f"""
        watch(0)
        for number in {cards + programs}: report(0, number)
        last = look(0)
        answer = [
            [int(error.split()[1]) for error in errors]
            for errors in (last.card_errors, last.program_errors)
        ]
        """,
        gpus=1,
    )
    assert answer == [list(cards), list(programs)]


def test_eight_gpus_share_one_set_and_one_thread(ask_watched: Ask) -> None:
    answer = ask_watched(
        """
        watch(*range(8))
        answer = [calls(HELD), calls(REGISTERED), len(threads())]
        report(5, 48)
        report(2, 43)
        answer += [told(number) for number in range(8)]
        """,
        gpus=8,
    )
    assert answer[:3] == [1, 8, 1]
    others = [errors for number, errors in enumerate(answer[3:]) if number not in (2, 5)]
    assert others == [[]] * 6
    assert answer[3 + 5] == ["XID 48 (double-bit memory error) at WHEN"]
    assert answer[3 + 2] == ["XID 43 (stopped processing) at WHEN"]


@pytest.mark.parametrize("by_instance", [0, 1])
def test_an_error_of_a_mig_instance_is_told_of_its_gpu(ask_watched: Ask, by_instance: int) -> None:
    answer = ask_watched(
        f"""
        watch(0, 1)
        report(1, 94, instance=3, by_instance={by_instance})
        report(1, 95, instance=7)
        answer = [told(0), told(1)]
        """,
        gpus=2,
        mig=1,
    )
    assert answer == [
        [],
        [
            "XID 94 (contained memory error) in MIG instance 3 at WHEN",
            "XID 95 (uncontained memory error) in MIG instance 7 at WHEN",
        ],
    ]


def test_events_of_other_kinds_are_no_errors(ask_watched: Ask) -> None:
    answer = ask_watched(
        """
        watch(0)
        put("event_type", 0x10)  # another clock
        waits = calls(WAITS)
        put("xid", 79)
        until(lambda: calls(WAITS) > waits + 1)
        answer = told(0)
        """,
        gpus=1,
    )
    assert answer == []


def test_the_watch_ends_with_its_last_device(ask_watched: Ask) -> None:
    answer = ask_watched(
        """
        watch(0, 1)
        samplers[0].close()
        until(lambda: calls(REGISTERED) == 3)
        report(1, 63)
        answer = [calls(HELD), len(threads()), told(1)]
        samplers[1].close()
        until(lambda: not threads())
        answer += [calls(HELD)]
        watch(0)
        report(0, 64)
        answer += [told(0), calls(HELD), len(threads())]
        """,
        gpus=2,
    )
    assert answer == [
        *(1, 1, ["XID 63 (memory row is to be remapped) at WHEN"], 0),
        *(["XID 64 (memory row could not be remapped) at WHEN"], 1, 1),
    ]


def test_who_leaves_with_patience_is_not_asked_about_any_more(ask_watched: Ask) -> None:
    answer = ask_watched(
        """
        watch(0)
        device = samplers[0].device
        device.close(20.0)
        answer = [calls(HELD)]
        """,
        gpus=1,
    )
    assert answer == [0]


def test_a_lost_gpu_costs_the_others_no_error(ask_watched: Ask) -> None:
    answer = ask_watched(
        """
        watch(0, 1)
        report(0, 79)
        put("lost", 0)
        until(lambda: look(0).state is Absence.LOST)
        until(lambda: calls(REGISTERED) == 3)
        report(1, 48)
        answer = [told(1), len(threads())]
        waits = calls(WAITS)
        put("lost", -1)
        watch(0, 1)
        answer += [told(0), calls(WAITS) - waits < 50]
        """,
        gpus=2,
    )
    assert answer == [
        *(["XID 48 (double-bit memory error) at WHEN"], 1),
        # Errors from before the loss are not forgotten.
        *(["XID 79 (fell off the bus) at WHEN"], True),
    ]


def test_a_driver_whose_waiting_fails_is_asked_ever_more_rarely(ask_watched: Ask) -> None:
    answer = ask_watched(
        """
        watch(0)
        put("wait_fails", 999)
        waits, registered = calls(WAITS), calls(REGISTERED)
        until(lambda: calls(REGISTERED) > registered)
        time.sleep(0.5)
        answer = [calls(WAITS) - waits]
        put("wait_fails", 0)
        report(0, 74)
        answer += [told(0)]
        """,
        gpus=1,
    )
    # It is tried at once, and a tenth, three tenths and seven tenths of a second later.
    assert answer[0] <= 4
    assert answer[1] == ["XID 74 (NVLink error) at WHEN"]


def test_a_reloaded_driver_is_waited_for_anew(ask_watched: Ask) -> None:
    answer = ask_watched(
        """
        watch(0, 1)
        report(0, 31)
        put("uninitialized", 1)
        until(lambda: look(0).state is Absence.LOST)
        look(1)
        until(lambda: look(0).state is None and look(1).state is None)
        watch(0, 1)
        report(1, 43)
        answer = [told(0), told(1), len(threads())]
        """,
        gpus=2,
    )
    assert answer == [
        ["XID 31 (memory page fault) at WHEN"],
        ["XID 43 (stopped processing) at WHEN"],
        1,
    ]


def test_a_device_that_reports_none_is_not_waited_for(ask_watched: Ask) -> None:
    answer = ask_watched(
        """
        look(0)
        sample = look(0, 3.0)
        answer = [sample.card_errors, words(sample)["card_errors"], calls(HELD), len(threads())]
        """,
        gpus=1,
        events=0,
    )
    assert answer == [None, "UNSUPPORTED", 0, 0]


def test_a_device_that_is_not_registered_costs_the_others_no_error(ask_watched: Ask) -> None:
    answer = ask_watched(
        """
        look(0), look(0, 3.0)
        watch(1)
        report(1, 48)
        sample = look(0)
        answer = [sample.card_errors, words(sample)["card_errors"], told(1)]
        """,
        gpus=2,
        unregistered=0,
    )
    assert answer == [None, "DENIED", ["XID 48 (double-bit memory error) at WHEN"]]


def test_a_driver_that_failed_to_report_is_asked_again(ask_watched: Ask) -> None:
    answer = ask_watched(
        """
        def lacks(sample): return words(sample).get("card_errors")
        look(0), look(0, 3.0)
        until(lambda: lacks(look(0, 0.0)) == "LOST")
        put("set_fails", 0)
        seen = lacks(look(0, xids.AGAIN_SECONDS - 1.0))
        look(0, 1.0)
        until(lambda: look(0, 0.0).card_errors is not None)
        report(0, 79)
        answer = [seen, told(0), calls(REGISTERED)]
        """,
        gpus=1,
        set_fails=999,
    )
    assert answer == ["LOST", ["XID 79 (fell off the bus) at WHEN"], 1]


def test_a_script_waits_for_no_errors(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        event = sample_once(roots, 20.0, vendors=VENDORS[:1])
        answer = [library.stub_calls(13), words(event.samples[0])["card_errors"]]
        """,
        gpus=1,
    )
    assert answer == [0, "UNSEEN"]


def test_errors_reported_before_are_told_while_nobody_reports(utc: None) -> None:
    errors = DeviceErrors()
    assert errors.told() is Absence.UNSEEN
    errors.lack = None
    errors.add(79, None, 1_700_000_000.0)
    told = errors.told()
    for lack in (Absence.UNSEEN, Absence.LOST, Absence.DENIED):
        errors.lack = lack
        assert errors.told() == told
    assert told == SeenErrors(("XID 79 (fell off the bus) at 2023-11-14 22:13:20",), ())


def test_an_error_without_a_known_meaning_is_its_number() -> None:
    when = time.mktime((2026, 11, 27, 14, 31, 5, 0, 0, -1))
    assert xid_words(9, SeenXid(1, when), instance=None) == "XID 9 at 2026-11-27 14:31:05"
    told = "XID 48 (double-bit memory error) 3 times, last at 2026-11-27 14:31:05"
    assert xid_words(48, SeenXid(3, when), instance=None) == told


@pytest.mark.parametrize(
    ("number", "meaning"),
    [
        (13, " (graphics engine exception)"),
        (31, " (memory page fault)"),
        (43, " (stopped processing)"),
        (45, " (cleaned up after a fault)"),
        (48, " (double-bit memory error)"),
        (63, " (memory row is to be remapped)"),
        (64, " (memory row could not be remapped)"),
        (68, " (video processor exception)"),
        (74, " (NVLink error)"),
        (79, " (fell off the bus)"),
        (94, " (contained memory error)"),
        (95, " (uncontained memory error)"),
        (109, " (context switch timed out)"),
        (119, " (GSP does not answer)"),
        (120, " (GSP failed)"),
        (999, " (unknown to the driver)"),
        (9, ""),
    ],
)
def test_an_error_is_told_in_words_and_with_its_moment(
    number: int, meaning: str, utc: None
) -> None:
    once = xid_words(number, SeenXid(1, 1_700_000_000.0), instance=None)
    assert once == f"XID {number}{meaning} at 2023-11-14 22:13:20"
    often = xid_words(number, SeenXid(2, 1_700_000_000.0), instance=None)
    assert often == f"XID {number}{meaning} 2 times, last at 2023-11-14 22:13:20"


class RejoiningLibrary:
    """A driver that refuses the first handle, while the device is opened anew."""

    generation, outdated = 1, False

    def __init__(self, *, refuses: bool) -> None:
        self.refuses = refuses
        self.handle, self.errors = pointer(c_int()), DeviceErrors()
        self.watch = XidWatch(cast(Any, self))
        # The test itself does the rounds of the watch's thread.
        self.watch._thread = threading.current_thread()

    def ask(self, name: str, *_: object) -> tuple[int, Any]:
        if name == "nvmlDeviceRegisterEvents" and self.refuses:
            self.refuses = False
            self.join_anew()
            return codes.INVALID_ARGUMENT, None
        return codes.SUCCESS, XID_EVENT

    def join_anew(self) -> None:
        self.watch.leave(self.handle)
        self.watch.join(self.handle, self.errors)


@pytest.mark.parametrize("refuses", [True, False])
def test_a_device_that_joins_anew_at_any_moment_is_watched(refuses: bool) -> None:
    library = RejoiningLibrary(refuses=refuses)
    library.watch.join(library.handle, library.errors)
    events = EventSet(cast(Any, library))
    assert library.watch._goes_on(events)
    if not refuses:
        assert library.errors.lack is None
        library.join_anew()
        assert library.errors.lack is Absence.UNSEEN
    assert library.watch._goes_on(events)
    assert library.errors.lack is None
    assert events.registered == {addressof(library.handle.contents)}


class PausesOfNoTime(threading.Condition):
    """A condition whose waits end at once, and which keeps how long each could have been."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[tuple[float | None, bool]] = []
        """How long each could have been, and whether it ended before."""

    def wait_for(self, predicate: Callable[[], Any], timeout: float | None = None) -> Any:
        self.pauses.append((timeout, predicate()))
        return predicate()


class FailingLibrary:
    """A driver whose waits fail, and do something meanwhile."""

    generation, outdated = 1, False

    def __init__(self, *during_waits: Callable[[XidWatch], None]) -> None:
        self.during_waits = [*during_waits]
        self.waited_for: list[int] = []
        """How many devices each wait was for."""
        self.pauses = PausesOfNoTime()
        self.watch = XidWatch(cast(Any, self), _changed=self.pauses)
        # The test itself does the rounds of the watch's thread.
        self.watch._thread = threading.current_thread()

    def ask(self, name: str, *_: object) -> tuple[int, Any]:
        if name != "nvmlEventSetWait_v2":
            return codes.SUCCESS, XID_EVENT
        self.waited_for.append(len(self.watch._registered))
        self.during_waits.pop(0)(self.watch)
        return codes.GPU_IS_LOST, None


def test_a_device_that_joins_while_a_wait_fails_is_waited_for_at_once() -> None:
    one, other = pointer(c_int()), pointer(c_int())

    def end(watch: XidWatch) -> None:
        watch.leave(one)
        watch.leave(other)

    library = FailingLibrary(
        lambda _: None, lambda watch: watch.join(other, DeviceErrors()), lambda _: None, end
    )
    library.watch.join(one, DeviceErrors())
    library.watch._work()
    assert library.waited_for == [1, 1, 2, 2]
    pauses = [pause for pause in library.pauses.pauses if pause[0]]
    assert pauses == [
        (FIRST_PAUSE_SECONDS, False),
        (2 * FIRST_PAUSE_SECONDS, True),
        (FIRST_PAUSE_SECONDS, False),
    ]
