"""Votes for projects, from a folder like /proc whose counters the test increases."""

from __future__ import annotations

import math
import time
from pathlib import Path

import pytest

from trackio_view.sources.gpu import project_votes
from trackio_view.sources.gpu.project_votes import ProjectVotes
from trackio_view.sources.gpu.run_votes import Process

TRAINS, SERVES, OTHER = 7, 8, 9
TRAINING: Process = (TRAINS, "100")


class Machine:
    """Three processes, and a clock that the test moves."""

    def __init__(self, proc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.proc, self.now = proc, 1000.0
        self.written = dict.fromkeys((TRAINS, SERVES, OTHER), 0)
        self.write()
        self.votes = ProjectVotes(proc)
        monkeypatch.setattr(time, "monotonic", lambda: self.now)

    def write(self, *pids: int) -> None:
        for pid in pids:
            self.written[pid] += 5000
        for pid, count in self.written.items():
            (self.proc / str(pid)).mkdir(exist_ok=True)
            (self.proc / str(pid) / "io").write_text(f"wchar: {count}\n")

    def pause(self, *pids: int, after: float = 0.25, opened: bool = False) -> None:
        self.now += after
        self.write(*pids)
        self.votes.pause(lambda seconds: opened)

    def flush(self, *pids: int, project: str = "my", process: Process = TRAINING) -> bool:
        """Return whether a flush during which these wrote settled the project of the process."""
        self.now += 0.5
        self.write(*pids)
        return self.votes.alone(process, project) and self.votes.decided(process, project)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_two_flushes_settle_it_where_nobody_else_wrote(machine: Machine) -> None:
    assert not machine.flush(TRAINS), "it was not seen who else wrote"
    machine.pause()
    assert machine.flush(TRAINS)


def test_who_writes_with_each_flush_may_be_the_one_that_logs(machine: Machine) -> None:
    for _ in range(20):
        assert not machine.flush(TRAINS, SERVES)
        machine.pause()


def test_who_wrote_with_one_flush_only_does_not_log(machine: Machine) -> None:
    machine.flush(TRAINS)
    assert not machine.flush(TRAINS, SERVES)
    assert machine.flush(TRAINS, OTHER), "nobody wrote with both but the one"


def test_who_also_writes_without_a_flush_does_not_count(machine: Machine) -> None:
    machine.flush(TRAINS, SERVES)
    machine.pause(SERVES)
    assert machine.flush(TRAINS, SERVES)


def test_a_process_that_writes_all_the_time_is_never_linked_by_its_counters(
    machine: Machine,
) -> None:
    for _ in range(20):
        assert not machine.flush(TRAINS)
        machine.pause(TRAINS)


def test_what_was_written_in_the_pause_is_no_part_of_the_next_flush(machine: Machine) -> None:
    machine.flush(TRAINS)
    machine.pause(OTHER)
    machine.pause()
    assert machine.flush(TRAINS)


def test_who_writes_right_after_a_flush_may_write_with_flushes_only(machine: Machine) -> None:
    machine.flush(TRAINS, SERVES)
    machine.pause(SERVES, TRAINS, after=0.03)
    assert machine.votes.seconds_to_pause(1.0) == pytest.approx(0.17)
    machine.pause()
    assert not machine.flush(TRAINS, SERVES)
    machine.pause(TRAINS, OTHER, after=0.03)
    assert machine.flush(TRAINS, OTHER), "what another wrote before is no part of this flush"


def test_what_is_written_in_a_pause_that_a_flush_ends_belongs_to_the_flush(
    machine: Machine,
) -> None:
    machine.flush(TRAINS)
    machine.pause(OTHER, opened=True)
    assert not machine.flush(TRAINS), "another wrote, maybe with the flush"


def test_a_pause_that_a_flush_interrupts_is_not_waited_for(machine: Machine) -> None:
    machine.flush(TRAINS)
    machine.now += 0.1
    machine.votes.miss_pause()
    assert machine.votes.seconds_to_pause(1.0) == pytest.approx(0.1)
    machine.now += 0.1
    machine.votes.miss_pause()
    assert machine.votes.seconds_to_pause(1.0) == 1.0


def test_votes_for_another_project_ask_for_more(machine: Machine) -> None:
    machine.flush(TRAINS, project="other")
    assert not machine.flush(TRAINS)
    assert not machine.flush(TRAINS), "two are not more than twice one"
    assert machine.flush(TRAINS)
    machine.votes.forget(TRAINING)
    assert not machine.flush(TRAINS, project="other"), "the votes begin anew"


def test_a_process_that_eight_flushes_do_not_settle_is_left_alone_for_a_minute(
    machine: Machine,
) -> None:
    for _ in range(9):
        machine.flush(TRAINS, SERVES)
    assert not machine.flush(TRAINS)
    machine.now += 59
    assert not machine.flush(TRAINS)
    machine.now += 1
    machine.flush(TRAINS)
    assert machine.flush(TRAINS)


def test_votes_for_a_process_that_ended_are_dropped(machine: Machine) -> None:
    machine.flush(TRAINS)
    machine.votes.forget_ended(lambda pid: TRAINING)
    assert machine.votes.seconds_to_pause(1.0) < 1.0
    machine.votes.forget_ended(lambda pid: None)
    assert machine.votes.seconds_to_pause(1.0) == 1.0, "nobody's counters are read any more"
    assert not machine.flush(TRAINS), "the votes begin anew"


def test_the_pause_is_looked_at_between_two_flushes(machine: Machine) -> None:
    assert machine.votes.seconds_to_pause(1.0) == 1.0
    machine.flush(TRAINS)
    assert machine.votes.seconds_to_pause(1.0) == pytest.approx(0.2)
    assert machine.votes.seconds_to_pause(0.1) == 0.1
    machine.now += 0.3
    assert machine.votes.seconds_to_pause(1.0) == 0.0
    machine.pause()
    assert machine.votes.seconds_to_pause(1.0) == 1.0


def test_everybodys_counters_are_read_only_while_a_vote_is_open(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[Path] = []

    def listed(proc: Path) -> list[int]:
        reads.append(proc)
        return [TRAINS, SERVES, OTHER]

    monkeypatch.setattr(project_votes, "all_processes", listed)
    for _ in range(5):
        machine.votes.flushed()
        machine.pause()
    assert reads == []
    machine.flush(TRAINS)
    for _ in range(50):
        machine.votes.flushed()
        machine.pause()
    assert len(reads) == 1 + 2 * 10
    assert not machine.flush(TRAINS), "who else wrote is not known any more"
    assert machine.flush(TRAINS)
    machine.votes.forget(TRAINING)
    reads.clear()
    machine.votes.flushed()
    machine.pause()
    assert reads == []
    assert machine.votes.seconds_to_pause(math.inf) == math.inf
