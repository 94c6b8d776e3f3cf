"""A machine whose processes flush projects as a test says."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from trackio_view.model.gpu import GpuIdentity, GpuProcess, GpuSample, GpusSampled
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunOfRows
from trackio_view.sources.gpu.flush_watch import FlushWatch
from trackio_view.sources.gpu.lock_changes import Change
from trackio_view.sources.gpu.lock_openings import LockEvents, LockOpenings
from trackio_view.sources.gpu.logging_links import LoggingLinks, SeenLogging

A_RUN: RunOfRows = ("id-a", "a")
B_RUN: RunOfRows = ("id-b", "b")
OPENED = LockEvents(("my",), busy=frozenset({"my"}), open=frozenset({"my"}))
CLOSED = LockEvents((), ("my",), frozenset({"my"}))
TWICE = LockEvents((), ("my", "my"), frozenset({"my"}))
NOTHING = LockEvents()


class HandEvents:
    """Events of locks that a test tells of."""

    tells_openings = True

    def __init__(self) -> None:
        self.told: list[tuple[str, Change]] = []
        self.again: list[tuple[str, Change]] = []
        """What happens each time that events are read."""
        self.waits: list[float] = []
        """How long was waited for events."""
        self.during_wait: Callable[[], None] = lambda: None

    def wait(self, seconds: float) -> bool:
        if seconds:
            self.waits.append(seconds)
            self.during_wait()
        return bool(self.told)

    def read(self) -> Iterator[tuple[str, Change]]:
        told, self.told = [*self.told, *self.again], []
        return iter(told)

    def close(self) -> None:
        """Stop nothing."""


class Machine:
    """Two projects and the processes that write to them, as kernel and database tell of them."""

    def __init__(self, tmp_path: Path, has_database: bool = True) -> None:
        self.now = 1000.0
        self.proc, self.projects = tmp_path / "proc", tmp_path / "projects"
        self.projects.mkdir()
        for project in ("my", "other"):
            (self.projects / f"{project}.lock").touch()
        self.rows: dict[str, set[RunOfRows]] = {}
        self.asked: list[str] = []
        self.readable = True
        self.events = HandEvents()
        self.openings = LockOpenings(str(self.projects), self.proc, self.events)
        self.before_rows: Callable[[], None] = lambda: None
        """What happens right before rows are read."""
        self.written: dict[int, int] = {}
        self.parents: dict[int, int] = {}
        self.links = LoggingLinks(self.proc)
        new_runs = self.new_runs if has_database else None
        self.watch = FlushWatch(str(self.projects), self.links, new_runs)

    def let_others_open(self, *, always: bool) -> None:
        """Let another process open and close the lock at every moment, or no more."""
        self.events.again = [("my", Change.OPENED), ("my", Change.CLOSED)] if always else []

    def new_runs(self, project: str) -> set[RunOfRows] | None:
        self.asked.append(project)
        self.before_rows()
        if not self.readable:
            return None
        return self.rows.pop(project, set())

    def start(self, pid: int, *open_files: str, parent: int = 1) -> None:
        folder = self.proc / str(pid) / "fd"
        folder.mkdir(parents=True)
        for number, name in enumerate(open_files):
            (folder / str(number)).symlink_to(self.projects / name)
        self.parents[pid] = parent
        self.be_given_memory(pid, 0)
        self.written[pid] = 0
        self.write(pid)

    def be_given_memory(self, pid: int, faults: int) -> None:
        """Let a process have been given so many pages of memory."""
        fields = ["S", str(self.parents[pid]), "0", "1", "0", "0", "0", str(faults)]
        fields += [*["0"] * 11, "100", "0"]
        (self.proc / str(pid) / "stat").write_text(f"{pid} (python) {' '.join(fields)}\n")

    def write(self, *pids: int) -> None:
        for pid in pids:
            self.written[pid] += 5000
            (self.proc / str(pid) / "io").write_text(f"wchar: {self.written[pid]}\n")

    def use_gpus(self, *pids: int, link: str | None = None) -> None:
        """Let these be the processes of the first reading, and a pause follow."""
        self.see(*pids, link=link)
        self.watch.begin(["my", "other"])
        self.rest()

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
        """Let a flush end in which these processes wrote."""
        self.write(*writers)
        self.rows = {project: set(rows) for project in events.closed}
        self.look(events)

    def look(self, events: LockEvents) -> None:
        """Let so much time pass that a process is seen not to write meanwhile."""
        self.now += 0.25
        if events == NOTHING:
            self.rest()
            return
        self.openings.wait(0.0)
        for project in set(events.closed):
            for _ in range(events.closed.count(project)):
                self.openings.sessions.closed(project)
        for project in events.opened:
            self.openings.sessions.opened(project)
        self.openings.has_more(0.0)
        self.watch.look(events, self.openings)

    def rest(self, *busy: str, opened: bool = False) -> None:
        """Let no event of a lock come for a while, or an opening at its very end."""
        for project in busy:
            self.openings.sessions.opened(project)
        # What happens later is not told by the wait.
        self.openings.wait(0.0)
        if opened:
            self.events.during_wait = lambda: self.let_others_open(always=True)
        locks = self.proc / "locks"
        held = locks.read_text() if locks.exists() else ""
        locks.write_text("")
        self.watch.wait(self.openings, 1.0)
        locks.write_text(held)
        self.events.during_wait = lambda: None
        self.let_others_open(always=False)
        for project in busy:
            self.openings.sessions.closed(project)

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
