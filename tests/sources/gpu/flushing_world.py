"""A world of processes that flush projects as TrackIO does, while a watch looks at it late.

Time passes with each look of the watch, so that anything happens between two of them.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from trackio_view.model.gpu import GpuIdentity, GpuProcess, GpuSample, GpusSampled
from trackio_view.model.run import RunOfRows
from trackio_view.sources.gpu.file_looks import FileLooks, Times
from trackio_view.sources.gpu.flush_watch import FlushWatch
from trackio_view.sources.gpu.lock_changes import Change
from trackio_view.sources.gpu.lock_openings import LockOpenings
from trackio_view.sources.gpu.logging_links import LoggingLinks

_TICK_SECONDS = 0.01
PAGE = 4096
FRAME = PAGE + 24
"""What SQLite writes for a page of its log."""


@dataclass(slots=True)
class Job:
    """A process, and how it writes."""

    pid: int
    project: str = "my"
    run: str | None = None
    """`None` where it only takes the lock, and adds no rows."""
    begins: float = 0.0
    """When it flushes first, in seconds."""
    seconds: float = 0.5
    """How long it waits after a flush."""
    has_gpu: bool = True
    is_seen: bool = True
    """False where it is in another namespace."""
    looks_at_tables: bool = True
    """Whether it takes the lock once more in each flush, before it adds rows."""
    noise: float = 0.0
    """How often a second it writes something else, of some kilobytes."""


@dataclass(slots=True)
class World:
    """What the kernel and the databases tell, at a moment of a clock."""

    random: Random
    jobs: list[Job]
    late: float
    """How late the watch wakes at most, in seconds."""
    tells_openings: bool = True
    """False where the system lets nobody wait for openings, so that files are looked at."""
    now: float = 1000.0
    written: dict[int, int] = field(default_factory=dict)
    rows: dict[str, list[RunOfRows]] = field(default_factory=dict)
    holder: dict[str, int] = field(default_factory=dict)
    """Project -> who holds its lock."""
    changes: dict[str, int] = field(default_factory=dict)
    """Project -> how many bytes the log beside its database has."""
    _changed: dict[str, dict[str, int]] = field(default_factory=dict)
    """Project -> its files and the times that they have, in nanoseconds."""
    _connected: dict[str, int] = field(default_factory=dict)
    _seen: dict[str, int] = field(default_factory=dict)
    _open: dict[str, int] = field(default_factory=dict)
    _events: list[tuple[str, Change]] = field(default_factory=list)
    _next: list[tuple[float, int, Iterator[float]]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        for job in self.jobs:
            self.written[job.pid] = 0
            self._begin(self._flushes(job), job.begins)
            if job.noise:
                self._begin(self._noise(job), self.random.uniform(0, 1 / job.noise))

    def _begin(self, steps: Iterator[float], after: float) -> None:
        heapq.heappush(self._next, (self.now + after, next(self._order), steps))

    def advance(self, seconds: float, *, until_event: bool = False) -> None:
        """Let the processes go on for so long, or until a lock is opened or closed."""
        end = self.now + seconds
        while self._next[0][0] <= end and not (until_event and self._events):
            self.now, _, steps = heapq.heappop(self._next)
            self._begin(steps, next(steps))
        if not (until_event and self._events):
            self.now = end

    def _flushes(self, job: Job) -> Iterator[float]:
        while True:
            # The tables are made or found; then the rows are added.
            for step in ("tables", "rows") if job.looks_at_tables else ("rows",):
                self._open[job.project] = self._open.get(job.project, 0) + 1
                self._events.append((job.project, Change.OPENED))
                self._touch(job.project, "lock")
                while job.project in self.holder:
                    yield 0.1
                self.holder[job.project] = job.pid
                self._connect(job.project, 1)
                yield self._milliseconds()
                written = 9 * PAGE + 184 if step == "tables" else 6 * FRAME
                self.written[job.pid] += written
                self.changes[job.project] = self.changes.get(job.project, 0) + written
                self._touch(job.project, "db-wal")
                if step == "rows" and job.run is not None:
                    rows = self.rows.setdefault(job.project, [])
                    rows.extend([(f"id-{job.run}", job.run)] * self.random.randint(1, 5))
                yield self._milliseconds()
                if step == "tables":
                    self._connect(job.project, -1)
                del self.holder[job.project]
                self._open[job.project] -= 1
                self._events.append((job.project, Change.CLOSED))
                yield self._milliseconds() / 10
            self.written[job.pid] += 6 * PAGE
            self._connect(job.project, -1)
            yield job.seconds * self.random.uniform(1.0, 1.02)

    def _connect(self, project: str, times: int) -> None:
        if times > 0:
            self._events.append((project, Change.OPENED_DATABASE))
        self._connected[project] = self._connected.get(project, 0) + times
        if not self._connected[project]:
            self.changes[project] = 0
            self._touch(project, "db")

    def _touch(self, project: str, file: str) -> None:
        """Give a file the time of the file system's clock, which is some milliseconds behind."""
        tick = int(self.now / _TICK_SECONDS)
        self._changed.setdefault(project, {})[file] = int(tick * _TICK_SECONDS * 1e9) + 1

    def _milliseconds(self) -> float:
        return self.random.uniform(0.0003, 0.004)

    def _noise(self, job: Job) -> Iterator[float]:
        while True:
            self.written[job.pid] += self.random.randint(100, 20_000)
            yield self.random.expovariate(job.noise)

    # What the watch sees.

    def bytes_written(self, proc: Path, pid: int) -> int | None:
        self.advance(self.random.uniform(0.0, 0.0003))
        return self.written.get(pid)

    def all_processes(self, proc: Path) -> list[int]:
        return sorted(job.pid for job in self.jobs if job.is_seen)

    def sees_everybody(self, proc: Path) -> bool:
        return all(job.is_seen for job in self.jobs)

    def lock_holders(self, directory: str, project: str, proc: Path) -> set[int]:
        self.advance(self.random.uniform(0.0, 0.0003))
        seen = self.all_processes(proc)
        holders = {self.holder[project]} if project in self.holder else set()
        return {pid if pid in seen else 0 for pid in holders}

    def has_changes(self, directory: str, project: str) -> bool:
        self.advance(self.random.uniform(0.0, 0.0003))
        return bool(self.changes.get(project))

    def file_times(self, directory: str, project: str) -> Times:
        self.advance(self.random.uniform(0.0, 0.0003))
        size = self.changes.get(project, 0)
        return tuple((time, size, 0) for time in self._changed.get(project, {}).values())

    def sleep(self, seconds: float) -> None:
        self.advance(seconds + self.random.uniform(0.0, self.late))

    def new_runs(self, project: str) -> list[RunOfRows]:
        # The watch may be put aside before and after the rows are read.
        self.advance(self.random.uniform(0.0, self.late))
        rows = self.rows.get(project, [])
        seen = self._seen.get(project, 0)
        self._seen[project] = len(rows)
        self.advance(self.random.uniform(0.0, self.late / 4))
        return list(dict.fromkeys(rows[seen:]))

    def wait(self, seconds: float) -> bool:
        self.advance(seconds, until_event=True)
        if self._events and seconds:
            self.advance(self.random.uniform(0.0, self.late))
        return bool(self._events)

    def read(self) -> Iterator[tuple[str, Change]]:
        events, self._events = self._events, []
        return iter(events)

    def close(self) -> None:
        """Stop nothing."""


def watched(world: World, folder: Path) -> FlushWatch:
    """Return a watch that begins now, of the processes with a GPU."""
    proc, projects = folder / "proc", folder / "projects"
    projects.mkdir(exist_ok=True)
    for job in world.jobs:
        (projects / f"{job.project}.lock").touch()
        (proc / str(job.pid)).mkdir(parents=True, exist_ok=True)
        fields = ["S", "1", "0", "1", *["0"] * 15, "100", "0"]
        (proc / str(job.pid) / "stat").write_text(f"{job.pid} (python) {' '.join(fields)}\n")
    watch = FlushWatch(str(projects), LoggingLinks(proc), world.new_runs)
    processes = tuple(GpuProcess(job.pid) for job in world.jobs if job.has_gpu and job.is_seen)
    identity = GpuIdentity("0000:01:00.0", "NVIDIA", "H200")
    watch.see(GpusSampled((GpuSample(identity, 0.0, processes=processes),), ()))
    watch.begin(sorted({job.project for job in world.jobs}))
    return watch


def follow(world: World, watch: FlushWatch, seconds: float) -> dict[int, float]:
    """Let the watch follow the world for so long, or until all is known.

    Returns after how many seconds each process had its run; asserts that none has another's.
    """
    begun = world.now
    found: dict[int, float] = {}
    runs = {job.pid: (job.project, job.run) for job in world.jobs}
    looks = FileLooks(watch.directory, watch.links.proc)
    events = world if world.tells_openings else looks
    openings = LockOpenings(watch.directory, watch.links.proc, events)
    while world.now - begun < seconds and watch.has_questions():
        watch.wait(openings, 1.0)
        for (pid, _), link in watch.links.known():
            project, run = runs[pid]
            assert link.project.name == project, (pid, link)
            if link.run is not None:
                assert link.run[1] == run, (pid, link)
                found.setdefault(pid, world.now - begun)
    return found
