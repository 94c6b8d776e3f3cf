"""What openings of locks tell, and when they are waited for."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.sources.gpu.flushes_by_hand import (
    A_RUN,
    B_RUN,
    NOTHING,
    OPENED,
    Machine,
)
from trackio_view.sources.gpu import lock_openings, open_projects
from trackio_view.sources.gpu.lock_changes import Change
from trackio_view.sources.gpu.lock_openings import LockEvents


def test_a_holder_is_linked_at_the_opening_and_its_rows_tell_the_run(machine: Machine) -> None:
    machine.start(7)
    machine.use_gpus(7)
    machine.hold(7)
    machine.look(OPENED)
    assert machine.linked(7) == ("my", "holds the lock", None)
    machine.flush(7, rows={A_RUN})
    machine.look(OPENED)
    assert machine.watch.has_questions()
    machine.flush(7, rows={A_RUN})
    assert machine.linked(7) == ("my", "holds the lock", "a")
    assert not machine.watch.has_questions()


def test_a_process_that_was_seen_to_hold_the_lock_is_told_so_whatever_its_rows_tell(
    machine: Machine,
) -> None:
    machine.start(7)
    machine.use_gpus(7)
    machine.flush(7, rows={A_RUN})
    machine.rest()
    machine.hold(7)
    machine.events.told = [("my", Change.OPENED)]
    assert machine.openings.has_more(0.0)
    machine.flush(7, rows={A_RUN})
    assert machine.linked(7) == ("my", "holds the lock", "a")


@pytest.mark.parametrize(
    ("held_at", "waits", "found"), [(1, 0, True), (20, 20, True), (21, 20, False)]
)
def test_a_lock_that_is_open_is_looked_at_until_it_is_held(
    machine: Machine, held_at: int, waits: int, found: bool
) -> None:
    machine.start(7)
    machine.use_gpus(7)

    def be_held() -> None:
        if len(machine.events.waits) == held_at - 1:
            machine.hold(7)

    if held_at == 1:
        machine.hold(7)
    machine.events.waits.clear()
    machine.events.during_wait = be_held
    machine.look(OPENED)
    assert (machine.link(7) is not None) == found
    assert len(machine.events.waits) == waits


def test_a_process_that_moved_to_another_project_is_linked_to_that(machine: Machine) -> None:
    """A notebook, or a loop over projects, is one process that logs to one after the other."""
    machine.start(7)
    machine.use_gpus(7)
    machine.hold(7)
    machine.look(OPENED)
    for _ in range(2):
        machine.flush(7, rows={A_RUN})
        machine.look(OPENED)
    assert machine.linked(7) == ("my", "holds the lock", "a")
    other = LockEvents(("other",), busy=frozenset({"other"}), open=frozenset({"other"}))
    closed = LockEvents((), ("other",), frozenset({"other"}))
    machine.hold(7, project="other")
    machine.flush(7, rows={B_RUN}, events=closed)
    machine.look(other)
    assert machine.linked(7) == ("my", "holds the lock", "a"), "a link holds for a minute"
    machine.flush(7, rows={B_RUN}, events=closed)
    machine.now += 61.0
    machine.look(other)
    assert machine.linked(7) == ("other", "holds the lock", None)
    for _ in range(3):
        machine.flush(7, rows={B_RUN}, events=closed)
        machine.look(other)
    assert machine.linked(7) == ("other", "holds the lock", "b")


def test_a_lock_is_looked_at_no_more_when_it_was_closed(machine: Machine) -> None:
    machine.start(7)
    machine.use_gpus(7)

    def be_closed() -> None:
        if len(machine.events.waits) == 3:
            machine.events.told = [("my", Change.CLOSED)]

    machine.events.waits.clear()
    machine.events.during_wait = be_closed
    machine.look(OPENED)
    assert len(machine.events.waits) == 3


def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the list that grows by each process whose open files are looked at."""
    looks: list[int] = []
    monkeypatch.setattr(open_projects, "open_project", lambda proc, pid, _: looks.append(pid))
    return looks


def test_open_files_are_looked_at_once_for_an_opening(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = looked_at(monkeypatch)
    for pid in (7, 8):
        machine.start(pid)
    machine.use_gpus(7, 8)
    machine.look(OPENED)
    assert looks == [7, 8]


def test_open_files_that_tell_nothing_are_looked_at_more_rarely(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = looked_at(monkeypatch)
    machine.start(7)
    machine.use_gpus(7)
    for _ in range(50):
        machine.watch.look(OPENED, machine.openings)
        machine.write(7)
    assert looks == [7] * 20
    machine.start(8)
    machine.see(7, 8)
    machine.watch.look(OPENED, machine.openings)
    assert looks[20:] == [8]
    machine.now += 1.0
    machine.write(7, 8)
    machine.watch.look(OPENED, machine.openings)
    assert looks[21:] == [7, 8]


def test_nothing_is_looked_at_for_processes_that_write_nothing(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, holders = looked_at(monkeypatch), []
    monkeypatch.setattr(lock_openings, "lock_holders", lambda *lock: holders.append(lock) or {99})

    def see_an_opening() -> tuple[int, int]:
        """Return how often open files and holders were looked at since the last call."""
        machine.events.told = [("my", Change.OPENED)]
        machine.watch.wait(machine.openings, 1.0)
        machine.events.told = [("my", Change.CLOSED)]
        machine.openings.wait(0.0)
        seen = len(looks), len(holders)
        looks.clear()
        holders.clear()
        return seen

    machine.start(9)
    machine.start(7, parent=9)
    machine.use_gpus(7)
    assert see_an_opening() == (1, 1), "it may have written before it was seen first"
    machine.now += 5.0
    for _ in range(5):
        assert see_an_opening() == (0, 0)
    machine.flush(9)
    assert see_an_opening() == (0, 1), "the program that started it may log"
    (machine.proc / "7" / "io").unlink()
    machine.flush(9)
    assert see_an_opening() == (1, 1), "nobody knows what it wrote"


def test_a_process_that_holds_a_file_open_while_the_lock_is_open_is_linked(
    machine: Machine,
) -> None:
    machine.start(7, "my.db-wal")
    machine.use_gpus(7)
    machine.look(OPENED)
    assert machine.linked(7) == ("my", "writes", None)


def test_a_process_that_came_later_is_linked_too(machine: Machine) -> None:
    machine.start(7)
    machine.log(7)
    machine.use_gpus(7)
    machine.start(8)
    machine.see(7, 8)
    machine.look(NOTHING)
    for _ in range(2):
        machine.flush(8, rows={B_RUN})
        machine.look(NOTHING)
    assert machine.linked(8) == ("my", "writes", "b")


def test_the_program_that_started_the_process_may_be_the_one_that_logs(machine: Machine) -> None:
    machine.start(6)
    machine.start(7, parent=6)
    machine.use_gpus(7)
    for _ in range(2):
        machine.flush(6, rows={A_RUN})
        machine.look(NOTHING)
    assert machine.linked(6) == ("my", "writes", "a")
    machine.use_gpus(7, link="same job")
    assert not machine.watch.has_questions(), "the process itself does not log"


@pytest.mark.parametrize("busy", [False, True])
def test_the_rest_after_a_flush_comes_again_while_several_are_suspected(
    machine: Machine, busy: bool
) -> None:
    openings = machine.openings
    if busy:
        openings.sessions.opened("my")
    for pid in (7, 8):
        machine.start(pid)
    machine.use_gpus(7)
    machine.events.waits.clear()
    machine.watch.wait(openings, 1.0)
    machine.flush(8, rows={B_RUN})
    machine.watch.wait(openings, 1.0)
    assert machine.events.waits == pytest.approx([1.0, 0.01])
    for _ in range(9):
        machine.flush(8, rows={B_RUN})
    machine.watch.wait(openings, 1.0)
    assert machine.events.waits[2:] == [], "the rest is due at once"
    for wrote, run, last in (((8,), B_RUN, 1.0), ((7, 8), A_RUN, 0.02)):
        machine.flush(*wrote, rows={run})
        for _ in range(3):
            machine.watch.wait(openings, 1.0)
        assert machine.events.waits[-1] == pytest.approx(last)
    machine.now += 5.0
    for _ in range(2):
        machine.watch.wait(openings, 1.0)
    assert machine.events.waits[-1] == 1.0, "no flush comes any more"


def test_without_a_database_only_holders_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(tmp_path, has_database=False)
    monkeypatch.setattr(time, "monotonic", lambda: machine.now)
    machine.start(7)
    machine.use_gpus(7)
    for _ in range(5):
        machine.flush(7)
        machine.look(NOTHING)
    assert machine.link(7) is None
    machine.hold(7)
    machine.look(OPENED)
    assert machine.linked(7) == ("my", "holds the lock", None)
    assert not machine.watch.has_questions()
