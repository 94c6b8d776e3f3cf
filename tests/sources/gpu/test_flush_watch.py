"""What flushes tell, from a folder like /proc and from rows that the test writes."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from trackio_view.model.gpu import GpuIdentity, GpuProcess, GpuSample, GpusSampled
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.gpu import open_projects
from trackio_view.sources.gpu.flush_watch import FlushWatch
from trackio_view.sources.gpu.logging_links import LoggingLinks, SeenLogging
from trackio_view.sources.gpu.project_locks import LockEvents
from trackio_view.sources.gpu.run_votes import RunOfRows

A_RUN: RunOfRows = ("id-a", "a")
B_RUN: RunOfRows = ("id-b", "b")
OPENED = LockEvents(("my",), busy=frozenset({"my"}))
CLOSED = LockEvents((), ("my",), frozenset({"my"}))
TWICE = LockEvents((), ("my", "my"), frozenset({"my"}))
NOTHING = LockEvents()


class Machine:
    """Two projects and the processes that write to them, as kernel and database tell of them."""

    def __init__(self, tmp_path: Path) -> None:
        self.now = 1000.0
        self.proc, self.projects = tmp_path / "proc", tmp_path / "projects"
        self.projects.mkdir()
        for project in ("my", "other"):
            (self.projects / f"{project}.lock").touch()
        self.rows: dict[str, set[RunOfRows]] = {}
        self.asked: list[str] = []
        self.written: dict[int, int] = {}
        self.links = LoggingLinks(self.proc)
        self.watch = FlushWatch(str(self.projects), self.links, self.new_runs)

    def new_runs(self, project: str) -> set[RunOfRows]:
        self.asked.append(project)
        return self.rows.pop(project, set())

    def start(self, pid: int, *open_files: str, parent: int = 1) -> None:
        folder = self.proc / str(pid) / "fd"
        folder.mkdir(parents=True)
        for number, name in enumerate(open_files):
            (folder / str(number)).symlink_to(self.projects / name)
        fields = ["S", str(parent), "0", "1", *["0"] * 15, "100", "0"]
        (self.proc / str(pid) / "stat").write_text(f"{pid} (python) {' '.join(fields)}\n")
        self.written[pid] = 0
        self.write(pid)

    def write(self, *pids: int) -> None:
        for pid in pids:
            self.written[pid] += 5000
            (self.proc / str(pid) / "io").write_text(f"wchar: {self.written[pid]}\n")

    def use_gpus(self, *pids: int, link: str | None = None) -> None:
        """Let these be the processes of the first reading."""
        self.see(*pids, link=link)
        self.watch.begin(["my", "other"])

    def see(self, *pids: int, link: str | None = None) -> None:
        """Let these be the processes of the newest reading."""
        processes = tuple(GpuProcess(pid, link=link) for pid in pids)
        identity = GpuIdentity("0000:01:00.0", "NVIDIA", "H200")
        self.watch.see(GpusSampled((GpuSample(identity, 0.0, processes=processes),), ()))

    def hold(self, *pids: int, project: str = "my") -> None:
        status = (self.projects / f"{project}.lock").stat()
        place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
        rows = [f"1: FLOCK  ADVISORY  WRITE {pid} {place} 0 EOF\n" for pid in pids]
        (self.proc / "locks").write_text("".join(rows))

    def flush(
        self, *writers: int, rows: Collection[RunOfRows] = (), events: LockEvents = CLOSED
    ) -> None:
        """Let a flush end with which these wrote."""
        self.write(*writers)
        self.rows = {project: set(rows) for project in events.closed}
        self.look(events)

    def look(self, events: LockEvents) -> None:
        """Let so much time pass that a process is seen not to write meanwhile."""
        self.now += 0.25
        if events == NOTHING:
            self.watch.rest(())
        else:
            self.watch.look(events)

    def link(self, pid: int) -> SeenLogging | None:
        return self.links.of(pid)

    def linked(self, pid: int) -> tuple[str, str, str | None] | None:
        """Return project, how, and run of a process."""
        link = self.links.of(pid)
        if link is None:
            return None
        return link.project.name, link.how, None if link.run is None else link.run[1]

    def log(self, pid: int) -> None:
        """Let it be known that a process logs to the project."""
        self.links.learn(pid, ProjectId(str(self.projects), "my"), "writes")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path)
    monkeypatch.setattr(time, "monotonic", lambda: machine.now)
    return machine


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


@pytest.mark.parametrize(
    ("held_at", "waits", "found"), [(1, 0, True), (20, 19, True), (21, 20, False)]
)
def test_a_lock_that_is_open_is_looked_at_until_it_is_held(
    machine: Machine, held_at: int, waits: int, found: bool
) -> None:
    machine.start(7)
    machine.use_gpus(7)
    looks = []

    def has_more(seconds: float) -> bool:
        looks.append(seconds)
        if len(looks) == held_at - 1:
            machine.hold(7)
        return False

    if held_at == 1:
        machine.hold(7)
    machine.watch.look(OPENED, has_more)
    assert (machine.link(7) is not None) == found
    assert len(looks) == waits


def test_a_lock_is_looked_at_no_more_when_it_was_closed(machine: Machine) -> None:
    machine.start(7)
    machine.use_gpus(7)
    looks = []

    def has_more(seconds: float) -> bool:
        looks.append(seconds)
        return len(looks) == 3

    machine.watch.look(OPENED, has_more)
    assert len(looks) == 3


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
    machine.watch.look(OPENED, lambda seconds: False)
    assert looks == [7, 8]


def test_open_files_that_tell_nothing_are_looked_at_more_rarely(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = looked_at(monkeypatch)
    machine.start(7)
    machine.use_gpus(7)
    for _ in range(50):
        machine.watch.look(OPENED, lambda seconds: True)
        machine.write(7)
    assert looks == [7] * 20
    machine.start(8)
    machine.see(7, 8)
    machine.watch.look(OPENED, lambda seconds: True)
    assert looks[20:] == [8]
    machine.now += 1.0
    machine.write(7, 8)
    machine.watch.look(OPENED, lambda seconds: True)
    assert looks[21:] == [7, 8]


def test_nothing_is_looked_at_for_processes_that_write_nothing(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, waits = looked_at(monkeypatch), []

    def has_more(seconds: float) -> bool:
        waits.append(seconds)
        return True

    machine.start(9)
    machine.start(7, parent=9)
    machine.use_gpus(7)
    machine.watch.look(OPENED, has_more)
    assert (len(looks), len(waits)) == (1, 1), "it may have written before it was seen first"
    machine.now += 5.0
    for _ in range(5):
        machine.watch.look(OPENED, has_more)
    assert (len(looks), len(waits)) == (1, 1)
    machine.write(9)
    machine.watch.look(OPENED, has_more)
    assert (len(looks), len(waits)) == (1, 2), "the program that started it may log"
    (machine.proc / "7" / "io").unlink()
    machine.watch.look(OPENED, has_more)
    assert (len(looks), len(waits)) == (2, 3), "nobody knows what it wrote"


def test_no_database_is_opened_for_a_process_that_writes_nothing(machine: Machine) -> None:
    for pid in (7, 8):
        machine.start(pid)
    machine.use_gpus(7)
    for _ in range(20):
        machine.flush(8, rows={A_RUN})
        machine.look(NOTHING)
    assert machine.asked == ["my", "other"] + ["my"] * 10
    machine.flush(7, rows={A_RUN})
    assert len(machine.asked) == 13


def test_rows_that_came_while_nobody_was_asked_about_are_nobodys(machine: Machine) -> None:
    machine.start(7)
    machine.use_gpus(7)
    for _ in range(12):
        machine.flush(rows={B_RUN})
        machine.look(NOTHING)
    for linked in (None, None, ("my", "writes", "a")):
        machine.flush(7, rows={A_RUN})
        machine.look(NOTHING)
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
    for _ in range(24):
        machine.flush(7, 8, rows={A_RUN})
        machine.look(NOTHING)
    machine.asked.clear()
    for _ in range(12):
        machine.flush(7, 8, rows={A_RUN})
        machine.look(NOTHING)
    assert machine.asked == []


def test_who_paused_is_forgotten_with_its_process(machine: Machine) -> None:
    machine.start(7)
    machine.use_gpus(7)
    machine.look(NOTHING)
    (machine.proc / "7" / "io").unlink()
    machine.look(NOTHING)
    machine.write(7)
    machine.watch.rest(())
    for _ in range(5):
        machine.flush(7, rows={A_RUN})
    assert machine.link(7) is None, "its number may be another's, which never pauses"


def test_a_process_that_holds_a_file_open_while_the_lock_is_open_is_linked(
    machine: Machine,
) -> None:
    machine.start(7, "my.db-wal")
    machine.use_gpus(7)
    machine.look(OPENED)
    assert machine.linked(7) == ("my", "writes", None)


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
def test_flushes_that_meet_link_nobody(machine: Machine, events: LockEvents) -> None:
    machine.start(7)
    machine.use_gpus(7)
    for _ in range(5):
        machine.flush(7, rows={A_RUN}, events=events)
        machine.look(NOTHING)
    assert machine.link(7) is None


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


def test_the_counters_of_a_project_of_another_user_link_nobody(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    machine.start(7)
    machine.use_gpus(7)
    for _ in range(5):
        machine.flush(7, rows={A_RUN})
        machine.look(NOTHING)
    assert machine.link(7) is None


def test_what_was_written_before_the_opening_is_no_part_of_a_flush(machine: Machine) -> None:
    machine.start(7)
    machine.use_gpus(7)
    for _ in range(5):
        machine.write(7)
        machine.look(NOTHING)
        machine.flush(rows={A_RUN})
    assert machine.link(7) is None


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


def test_rows_of_two_runs_tell_none(machine: Machine) -> None:
    machine.start(7)
    machine.log(7)
    machine.use_gpus(7)
    machine.hold(7)
    for rows in [{A_RUN, B_RUN}, {A_RUN}, {B_RUN}]:
        machine.look(OPENED)
        machine.flush(7, rows=rows)
    assert machine.linked(7) == ("my", "writes", None)


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


def test_a_holder_whose_counters_are_hidden_is_told_by_its_lock(machine: Machine) -> None:
    machine.start(7)
    (machine.proc / "7" / "io").unlink()
    machine.use_gpus(7)
    machine.hold(7)
    for _ in range(2):
        machine.look(OPENED)
        machine.flush(rows={A_RUN}, events=TWICE)
    assert machine.linked(7) == ("my", "holds the lock", "a")


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


def test_what_a_process_wrote_before_it_was_linked_counts_for_its_run(machine: Machine) -> None:
    machine.start(7)
    machine.use_gpus(7)
    machine.write(7)
    machine.log(7)
    machine.flush(rows={A_RUN})
    machine.flush(7, rows={A_RUN})
    assert machine.linked(7) == ("my", "writes", "a")


def test_rows_that_another_process_may_have_written_tell_no_run(machine: Machine) -> None:
    for pid in (7, 8):
        machine.start(pid)
    machine.log(7)
    machine.use_gpus(7, 8)
    machine.look(NOTHING)
    for _ in range(5):
        machine.flush(7, 8, rows={B_RUN})
    assert machine.linked(7) == ("my", "writes", None)


def test_a_process_that_writes_all_the_time_keeps_no_other_from_its_run(machine: Machine) -> None:
    for pid in (7, 8):
        machine.start(pid)
    machine.log(7)
    machine.use_gpus(7, 8)
    for _ in range(2):
        machine.flush(7, 8, rows={A_RUN})
    assert machine.linked(7) == ("my", "writes", "a")


@pytest.mark.parametrize(
    ("rows", "runs"),
    [
        # Both have rows at each wake: those of the other one are accounted for.
        ([{A_RUN, B_RUN}] * 3, ("a", "b")),
        # The other one begins a run that is not known as its own: whose rows they are is not told.
        ([{A_RUN}] * 8, (None, "b")),
        ([{A_RUN, B_RUN, ("id-c", "c")}] * 8, (None, "b")),
    ],
)
def test_rows_of_a_run_that_is_settled_leave_the_others_to_whoever_else_wrote(
    machine: Machine, rows: list[set[RunOfRows]], runs: tuple[str | None, str | None]
) -> None:
    for pid in (7, 8):
        machine.start(pid)
        machine.log(pid)
    machine.use_gpus(7, 8)
    for _ in range(3):
        machine.flush(8, rows={B_RUN})
    for added in rows:
        machine.flush(7, 8, rows=added, events=TWICE)
    links = [machine.link(pid) for pid in (7, 8)]
    assert tuple(link and link.run and link.run[1] for link in links) == runs


@pytest.mark.parametrize(
    ("busy", "opened", "runs"),
    [
        ((), False, ("a", "b")),
        (("other",), False, ("a", "b")),
        (("my",), False, (None, None)),
        ((), True, (None, None)),
    ],
)
def test_what_a_process_writes_once_it_closed_the_lock_is_no_part_of_the_next_flush(
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
            machine.watch.rest(busy, lambda seconds: opened)
    links = [machine.linked(pid) for pid in (7, 8)]
    assert links == [("my", "writes", run) for run in runs]


class Openings:
    """Locks of which nobody opens any; how long was waited for them is kept."""

    def __init__(self, busy: frozenset[str] = frozenset()) -> None:
        self.busy = busy
        self.waits: list[float] = []

    def wait(self, seconds: float) -> LockEvents:
        self.waits.append(seconds)
        return LockEvents(busy=self.busy)

    def has_more(self, seconds: float) -> bool:
        return False


@pytest.mark.parametrize("busy", [frozenset(), frozenset({"my"})])
def test_the_rest_after_a_flush_is_waited_for_once(machine: Machine, busy: frozenset[str]) -> None:
    openings: Any = Openings(busy)
    for pid in (7, 8):
        machine.start(pid)
    machine.use_gpus(7)
    machine.watch.wait(openings, 1.0)
    machine.flush(8, rows={B_RUN})
    machine.watch.wait(openings, 1.0)
    assert openings.waits == [1.0, 1.0], "nobody was asked about"
    machine.flush(7, rows={A_RUN})
    machine.watch.wait(openings, 1.0)
    machine.now += 0.2
    for _ in range(2):
        machine.watch.wait(openings, 1.0)
    assert openings.waits[2:] == pytest.approx([0.03, 0.0, 1.0])


def test_a_process_that_never_pauses_is_not_linked_by_its_counters(machine: Machine) -> None:
    machine.start(7)
    machine.use_gpus(7)
    for _ in range(5):
        machine.flush(7, rows={A_RUN})
        machine.write(7)
        machine.look(NOTHING)
    assert machine.link(7) is None


def test_flushes_within_too_short_a_time_to_pause_in_link_nobody(machine: Machine) -> None:
    machine.start(7)
    machine.use_gpus(7)
    for _ in range(5):
        machine.flush(7, rows={A_RUN})
        machine.now -= 0.11
        machine.look(NOTHING)
    assert machine.link(7) is None
    machine.now += 0.01
    machine.look(NOTHING)
    machine.flush(7, rows={A_RUN})
    assert machine.linked(7) == ("my", "writes", "a")


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


def test_without_a_database_only_holders_are_told(machine: Machine) -> None:
    machine.watch.new_runs = None
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
