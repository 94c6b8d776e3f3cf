"""Which process closings of locks tell, from counters and rows that the test writes."""

from __future__ import annotations

import pytest

from tests.sources.gpu.flushes_by_hand import A_RUN, B_RUN, NOTHING, OPENED, TWICE, Machine
from trackio_view.sources.gpu import closings
from trackio_view.sources.gpu.flush_watch import FlushWatch
from trackio_view.sources.gpu.lock_openings import LockEvents


def test_no_database_is_opened_for_a_process_that_writes_nothing(machine: Machine) -> None:
    for pid in (7, 8):
        machine.start(pid)
    machine.use_gpus(7)
    for _ in range(20):
        machine.flush(8, rows={A_RUN})
        machine.look(NOTHING)
    assert machine.asked == ["my", "other"] + ["my"] * 9
    machine.flush(7, rows={A_RUN})
    assert len(machine.asked) == 12


def test_rows_that_came_while_nobody_was_asked_about_are_not_those_of_one_process(
    machine: Machine,
) -> None:
    for pid in (7, 8):
        machine.start(pid)
    machine.use_gpus(7)
    for _ in range(12):
        machine.flush(8, rows={B_RUN})
        machine.rest()
    for rows, linked in (({A_RUN, B_RUN}, None), ({A_RUN}, ("my", "writes", "a"))):
        machine.flush(7, rows=rows)
        machine.rest()
        assert machine.linked(7) == linked


def test_a_process_is_linked_among_flushes_of_one_that_is_known(machine: Machine) -> None:
    for pid in (7, 8):
        machine.start(pid)
    machine.log(8)
    machine.use_gpus(7, 8)
    for _ in range(20):
        machine.flush(8, rows={B_RUN})
        machine.look(NOTHING)
    for _ in range(3):
        machine.flush(7, rows={A_RUN})
        machine.look(NOTHING)
        machine.flush(8, rows={B_RUN})
        machine.look(NOTHING)
    assert machine.linked(7) == ("my", "writes", "a")


def test_no_database_is_opened_for_a_process_that_is_left_alone(machine: Machine) -> None:
    for pid in (7, 8):
        machine.start(pid)
    machine.use_gpus(7)
    for _ in range(40):
        machine.flush(7, 8, rows={A_RUN})
        machine.rest()
    machine.asked.clear()
    for _ in range(12):
        machine.flush(7, 8, rows={A_RUN})
        machine.rest()
    assert machine.asked == []
    machine.now += 60.0
    for _ in range(2):
        machine.flush(7, rows={A_RUN})
        machine.rest()
    assert machine.linked(7) == ("my", "writes", "a")


def test_two_flushes_link_a_process_that_was_never_caught_in_the_act(machine: Machine) -> None:
    machine.start(7)
    machine.start(8)
    machine.use_gpus(7)
    machine.flush(7, rows={A_RUN})
    assert machine.link(7) is None
    machine.look(NOTHING)
    machine.flush(7, rows={A_RUN})
    assert machine.linked(7) == ("my", "writes", "a")
    assert not machine.watch.has_questions()


def test_a_process_that_writes_beside_the_one_that_logs_is_not_linked(machine: Machine) -> None:
    machine.start(7)
    machine.start(8)
    machine.use_gpus(7)
    for _ in range(12):
        machine.flush(7, 8, rows={A_RUN})
        machine.look(NOTHING)
    assert machine.link(7) is None


@pytest.mark.parametrize(
    "events",
    [
        LockEvents((), ("my", "other"), frozenset({"my", "other"})),
        LockEvents(("other",), ("my",), frozenset({"my", "other"})),
        LockEvents((), ("my",), frozenset({"my", "other"})),
    ],
)
def test_flushes_of_two_projects_that_meet_link_nobody(
    machine: Machine, events: LockEvents
) -> None:
    for pid in (7, 8):
        machine.start(pid)
    machine.use_gpus(7, 8)
    for _ in range(5):
        machine.flush(7, 8, rows={A_RUN}, events=events)
        machine.rest()
    assert machine.link(7) is machine.link(8) is None


def test_two_that_wrote_with_one_flush_are_not_linked(machine: Machine) -> None:
    for pid in (7, 8):
        machine.start(pid)
    machine.use_gpus(7, 8)
    for _ in range(5):
        machine.flush(7, 8, rows={A_RUN})
        machine.look(NOTHING)
    assert machine.link(7) is machine.link(8) is None


def test_two_that_write_in_turn_are_linked_each_to_its_run(machine: Machine) -> None:
    for pid in (7, 8):
        machine.start(pid)
    machine.use_gpus(7, 8)
    for _ in range(3):
        machine.flush(7, rows={A_RUN})
        machine.look(NOTHING)
        machine.flush(8, rows={B_RUN})
        machine.look(NOTHING)
    assert (machine.linked(7), machine.linked(8)) == (
        ("my", "writes", "a"),
        ("my", "writes", "b"),
    )


def test_a_flush_that_a_known_process_wrote_links_nobody_else(machine: Machine) -> None:
    for pid in (7, 8):
        machine.start(pid)
    machine.log(8)
    machine.use_gpus(7, 8)
    for _ in range(5):
        machine.flush(7, 8, rows={A_RUN})
        machine.look(NOTHING)
    assert machine.link(7) is None


def test_a_flush_whose_lock_another_held_links_nobody(machine: Machine) -> None:
    machine.start(7)
    machine.use_gpus(7)
    machine.hold(99)
    for _ in range(5):
        machine.look(OPENED)
        machine.flush(7, rows={A_RUN})
        machine.look(NOTHING)
    assert machine.link(7) is None


def test_a_process_whose_user_may_not_write_to_the_project_is_not_linked(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closings, "may_write", lambda *process: process[-1] != 7)
    for pid in (7, 8):
        machine.start(pid)
    machine.use_gpus(7, 8)
    for _ in range(5):
        machine.flush(7, 8, rows={A_RUN})
        machine.rest()
    assert machine.link(7) is None
    assert machine.linked(8) == ("my", "writes", "a"), "what the other wrote is nothing to it"


@pytest.mark.parametrize("holds", [True, False])
def test_where_not_all_are_seen_only_the_lock_tells_who_wrote(
    machine: Machine, holds: bool
) -> None:
    (machine.proc / "self" / "ns").mkdir(parents=True)
    (machine.proc / "self" / "ns" / "pid").symlink_to("pid:[4026532001]")
    machine.watch = FlushWatch(str(machine.projects), machine.links, machine.new_runs)
    machine.start(7)
    machine.use_gpus(7)
    if holds:
        machine.hold(7)
    for _ in range(5):
        machine.look(OPENED)
        machine.flush(7, rows={A_RUN})
        machine.rest()
    assert machine.linked(7) == (("my", "holds the lock", "a") if holds else None)


@pytest.mark.parametrize("stirs", [True, False])
def test_a_process_whose_counters_are_hidden_may_have_written_if_it_was_given_memory(
    machine: Machine, stirs: bool
) -> None:
    for pid in (7, 8):
        machine.start(pid)
    (machine.proc / "8" / "io").unlink()
    machine.use_gpus(7)
    for faults in range(1, 6):
        if stirs:
            machine.be_given_memory(8, faults)
        machine.flush(7, rows={A_RUN})
        machine.rest()
    assert machine.linked(7) == (None if stirs else ("my", "writes", "a"))


def test_bytes_written_before_the_opening_are_no_part_of_a_flush(machine: Machine) -> None:
    machine.start(7)
    machine.use_gpus(7)
    for _ in range(5):
        machine.write(7)
        machine.look(NOTHING)
        machine.flush(rows={A_RUN})
    assert machine.link(7) is None


@pytest.mark.parametrize("holds", [True, False])
def test_two_closings_before_this_program_wakes_may_be_one_flush(
    machine: Machine, holds: bool
) -> None:
    machine.start(7)
    machine.use_gpus(7)
    if holds:
        machine.hold(7)
    for _ in range(2):
        machine.look(OPENED)
        machine.flush(7, rows={A_RUN}, events=TWICE)
        machine.look(NOTHING)
    assert machine.linked(7) == ("my", "holds the lock" if holds else "writes", "a")


def test_a_process_that_writes_all_the_time_is_linked_only_where_no_other_writes(
    machine: Machine,
) -> None:
    for pid in (7, 8):
        machine.start(pid)
    machine.use_gpus(7)
    for _ in range(5):
        machine.flush(7, 8, rows={A_RUN})
        machine.write(7)
        machine.rest()
    assert machine.link(7) is None
    for _ in range(2):
        machine.flush(7, rows={B_RUN})
        machine.write(7)
        machine.rest()
    assert machine.linked(7) == ("my", "writes", "b")


def test_a_lock_that_is_closed_without_new_rows_tells_nothing(machine: Machine) -> None:
    machine.start(7)
    machine.use_gpus(7)
    for _ in range(5):
        machine.flush(7)
        machine.look(NOTHING)
    assert machine.link(7) is None


def test_rows_that_came_while_nobody_wrote_are_not_those_of_the_next_flush(
    machine: Machine,
) -> None:
    machine.start(7)
    machine.use_gpus(7)
    for _ in range(5):
        machine.flush(rows={A_RUN})
        machine.look(NOTHING)
        machine.flush(7)
        machine.look(NOTHING)
    assert machine.link(7) is None


def test_a_project_without_a_lock_is_told_by_the_closings_of_its_database(
    machine: Machine,
) -> None:
    (machine.projects / "my.lock").rename(machine.projects / "my.db")
    for pid in (7, 8):
        machine.start(pid)
    machine.use_gpus(7, 8)
    for _ in range(2):
        machine.flush(7, rows={A_RUN})
        machine.rest()
        machine.flush(8)
        machine.rest()
    assert machine.linked(7) == ("my", "writes", "a")
    assert machine.link(8) is None
