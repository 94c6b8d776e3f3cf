"""Which run closings of locks tell, from counters and rows that the test writes."""

from __future__ import annotations

import pytest

from tests.sources.gpu.flushes_by_hand import A_RUN, B_RUN, NOTHING, OPENED, TWICE, Machine
from trackio_view.sources.gpu.lock_openings import LockEvents


def test_rows_of_two_runs_tell_the_project_alone(machine: Machine) -> None:
    machine.start(7)
    machine.use_gpus(7)
    for _ in range(5):
        machine.flush(7, rows={A_RUN, B_RUN})
    assert machine.linked(7) == ("my", "writes", None)
    machine.flush(7, rows={B_RUN})
    assert machine.linked(7) == ("my", "writes", "b")


def test_two_that_wrote_in_two_closings_have_no_run_by_them(machine: Machine) -> None:
    for pid in (7, 8):
        machine.start(pid)
        machine.log(pid)
    machine.use_gpus(7, 8)
    for _ in range(5):
        machine.flush(7, 8, rows={A_RUN}, events=TWICE)
    assert machine.linked(7) == machine.linked(8) == ("my", "writes", None)


def test_who_held_the_lock_and_wrote_nothing_had_no_rows(machine: Machine) -> None:
    machine.start(7)
    machine.log(7)
    machine.use_gpus(7)
    machine.hold(7)
    for _ in range(5):
        machine.look(OPENED)
        machine.flush(rows={A_RUN}, events=TWICE)
    assert machine.linked(7) == ("my", "writes", None)


@pytest.mark.parametrize(
    ("times", "holders", "run"), [(1, (7,), "a"), (2, (7,), None), (1, (7, 8), None)]
)
def test_a_holder_whose_counters_are_hidden_is_told_if_it_was_seen_before_each_closing(
    machine: Machine, times: int, holders: tuple[int, ...], run: str | None
) -> None:
    for pid in (7, 8):
        machine.start(pid)
        machine.log(pid)
        (machine.proc / str(pid) / "io").unlink()
    machine.use_gpus(7)
    machine.hold(*holders)
    events = LockEvents((), ("my",) * times, frozenset({"my"}))
    for faults in range(4):
        for pid in (7, 8):
            machine.be_given_memory(pid, faults)
        machine.look(OPENED)
        machine.flush(rows={A_RUN}, events=events)
        machine.rest()
    assert machine.linked(7) == ("my", "writes", run)


def test_a_lock_that_another_held_tells_nothing_of_a_run(machine: Machine) -> None:
    machine.start(7)
    machine.log(7)
    machine.use_gpus(7)
    machine.hold(77)
    for _ in range(8):
        machine.look(OPENED)
        machine.flush(rows={A_RUN})
    assert machine.linked(7) == ("my", "writes", None)


def test_who_alone_wrote_logs_the_run_where_nobody_was_seen_to_hold_the_lock(
    machine: Machine,
) -> None:
    for pid in (7, 8):
        machine.start(pid)
        machine.log(pid)
    machine.use_gpus(7, 8)
    machine.flush(8, rows={B_RUN})
    assert machine.linked(8) == ("my", "writes", None), "one is not enough"
    machine.flush(8, rows={B_RUN})
    assert (machine.linked(7), machine.linked(8)) == (
        ("my", "writes", None),
        ("my", "writes", "b"),
    )


def test_rows_that_another_process_may_have_written_tell_no_run(machine: Machine) -> None:
    for pid in (7, 8):
        machine.start(pid)
    machine.log(7)
    machine.use_gpus(7, 8)
    machine.look(NOTHING)
    for _ in range(5):
        machine.flush(7, 8, rows={B_RUN})
    assert machine.linked(7) == ("my", "writes", None)


@pytest.mark.parametrize("more", [True, False])
def test_who_was_seen_to_hold_the_lock_before_its_closing_wrote_the_rows_whatever_others_wrote(
    machine: Machine, more: bool
) -> None:
    for pid in (7, 8):
        machine.start(pid)
    machine.use_gpus(7, 8)
    machine.hold(7)
    for _ in range(2):
        # Another closing may have come before the holder was seen.
        machine.let_others_open(always=more)
        machine.look(OPENED)
        machine.let_others_open(always=False)
        machine.flush(7, 8, rows={A_RUN})
        machine.rest()
    assert machine.linked(7) == ("my", "holds the lock", None if more else "a")
    assert machine.link(8) is None


def test_the_lock_may_be_opened_again_while_the_rows_of_its_holder_are_read(
    machine: Machine,
) -> None:
    for pid in (7, 8):
        machine.start(pid)
    machine.use_gpus(7, 8)
    machine.hold(7)
    for _ in range(4):
        machine.look(OPENED)
        machine.let_others_open(always=True)
        machine.flush(7, 8, rows={A_RUN})
        machine.let_others_open(always=False)
        machine.rest()
    assert machine.linked(7) == ("my", "holds the lock", None)


def test_rows_of_two_that_always_meet_tell_neither_until_they_part(machine: Machine) -> None:
    for pid in (7, 8):
        machine.start(pid)
        machine.log(pid)
    machine.use_gpus(7, 8)
    for _ in range(5):
        machine.flush(7, 8, rows={A_RUN, B_RUN}, events=TWICE)
        machine.rest()
    assert machine.linked(7) == machine.linked(8) == ("my", "writes", None)
    for pid, run in ((7, A_RUN), (8, B_RUN)):
        machine.flush(pid, rows={run})
        machine.rest()
        assert machine.linked(pid) == ("my", "writes", run[1])


@pytest.mark.parametrize(
    ("busy", "opened", "runs"),
    [
        ((), False, ("a", "b")),
        (("other",), False, ("a", "b")),
        (("my",), False, ("a", None)),
        ((), True, ("a", None)),
    ],
)
def test_bytes_written_after_closing_the_lock_are_no_part_of_the_next_flush(
    machine: Machine, busy: tuple[str, ...], opened: bool, runs: tuple[str | None, str | None]
) -> None:
    for pid in (7, 8):
        machine.start(pid)
        machine.log(pid)
    machine.use_gpus(7, 8)
    for _ in range(3):
        for pid, run in ((7, A_RUN), (8, B_RUN)):
            machine.flush(pid, rows={run}, events=TWICE)
            machine.write(pid)
            machine.rest(*busy, opened=opened)
    links = [machine.linked(pid) for pid in (7, 8)]
    assert links == [("my", "writes", run) for run in runs]


def test_rows_that_came_while_the_process_wrote_nothing_ask_for_more_flushes(
    machine: Machine,
) -> None:
    machine.start(7)
    machine.log(7)
    machine.use_gpus(7)
    for wrote in (True, False, True, True, True, True, True):
        machine.flush(*([7] if wrote else []), rows={B_RUN})
        machine.rest()
    assert machine.linked(7) == ("my", "writes", None)
    machine.flush(7, rows={B_RUN})
    assert machine.linked(7) == ("my", "writes", "b"), "it may have begun to log it"


@pytest.mark.parametrize("more", [True, False])
def test_rows_that_are_added_while_they_are_read_are_not_those_of_whoever_closed(
    machine: Machine, more: bool
) -> None:
    for pid in (7, 8):
        machine.start(pid)
        machine.log(pid)
    machine.use_gpus(7, 8)
    machine.let_others_open(always=more)
    machine.before_rows = lambda: machine.write(8)
    for _ in range(4):
        machine.flush(7, rows={B_RUN})
        machine.rest()
    assert machine.linked(7) == machine.linked(8) == ("my", "writes", None)


@pytest.mark.parametrize("reopened", [True, False])
def test_rows_written_during_a_reading_belong_to_the_next_flush_where_the_lock_is_open(
    machine: Machine, reopened: bool
) -> None:
    for pid in (7, 8):
        machine.start(pid)
        machine.log(pid)
    machine.use_gpus(7, 8)
    projects = frozenset({"my"})
    events = LockEvents((), ("my",), projects, projects if reopened else frozenset())
    (machine.projects / "my.db-wal").write_bytes(b"rows")
    for _ in range(2):
        machine.before_rows = lambda: machine.write(7)
        machine.flush(7, rows={A_RUN}, events=events)
        machine.before_rows = lambda: None
        machine.flush(8, rows={B_RUN})
        machine.rest()
    assert machine.linked(7) == ("my", "writes", "a")
    assert machine.linked(8) == ("my", "writes", None if reopened else "b")


def test_rows_of_a_flush_that_could_not_be_read_are_nobodys(machine: Machine) -> None:
    for pid in (7, 8):
        machine.start(pid)
        machine.log(pid)
    machine.use_gpus(7, 8)
    for _ in range(4):
        machine.readable = False
        machine.flush(8)
        machine.rest()
        machine.readable = True
        machine.flush(7, rows={B_RUN})
        machine.rest()
    assert machine.linked(7) == machine.linked(8) == ("my", "writes", None)
    for _ in range(2):
        machine.flush(8, rows={B_RUN})
        machine.rest()
    assert machine.linked(8) == ("my", "writes", "b"), "it was not ruled out"
