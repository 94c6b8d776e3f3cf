"""Which processes log to a TrackIO project, and which run, as far as it can be seen.

TrackIO does not record the process that logs. Such a process opens its project's files about twice
a second for some milliseconds. While a process that uses a GPU has no project, a thread waits for
the openings of locks and looks at once who holds them; where that can't be waited for, the looks
at the open files that every reading takes find it once in a while. Seen once is enough. Whose rows
came with it tells the run, by votes.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from trackio_view.model.gpu import GpuProcess, GpuSample, GpusSampled
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.gpu.jobs import logging_rank, read_stat, seconds_old
from trackio_view.sources.gpu.project_locks import (
    LockEvents,
    LockOpenings,
    Unwatchable,
    lock_holders,
    written_since,
)
from trackio_view.sources.gpu.run_votes import HELD, WROTE, Process, RunOfRows, RunVotes

# The database, what SQLite keeps beside it, and the lock that TrackIO takes to write.
_PROJECT_FILE_ENDINGS = (".db", ".db-wal", ".db-shm", ".db-journal", ".lock")

# A lock is held for 0.5 to 34 ms; who opened it has not yet taken it when the kernel tells.
_LOOKS = 3
_WAIT_SECONDS = 1.0
# Of two writes of a training, which come half a second apart, one is within that.
_ONCE_SECONDS = 1.5
_JUST_WRITTEN_SECONDS = 5.0
_RUN_SECONDS = 60.0
"""How long a run is taken for the one that its process logs; then it is seen to anew."""
_RANK_SECONDS = 5.0
"""How old a process has to be to count as one that does not log."""
_FLUSH_BYTES = 4096
"""What a process writes at least when it adds rows."""

NewRuns = Callable[[str], Collection[RunOfRows]]
"""Returns which runs of a project have rows since it was asked last."""


@dataclass(slots=True)
class SeenLogging:
    """What is known of a process that logs."""

    project: ProjectId
    how: str
    run: RunOfRows | None = None
    settled_at: float | None = None
    """When the run was last settled, in seconds of a monotonic clock."""

    def told_of(self, process: GpuProcess, how: str | None = None) -> GpuProcess:
        """Return the process with what is known."""
        run_id, run = self.run or (None, None)
        link = how or self.how
        return replace(process, project=self.project, run=run, run_id=run_id, link=link)


@dataclass(slots=True)
class TrainingProcesses:
    """What was seen of the processes so far."""

    directory: str
    """Where the projects lie: their origin."""
    proc: Path = Path("/proc")
    new_runs: NewRuns | None = None
    """`None` where only projects are asked for."""
    _links: dict[Process, SeenLogging] = field(default_factory=dict)
    _present: frozenset[int] = frozenset()
    """The processes of the newest reading."""
    _votes: RunVotes = field(default_factory=RunVotes)
    _holders: dict[str, set[int]] = field(default_factory=dict)
    """Project -> who was seen to hold its lock since it was closed last."""
    _written: dict[str, dict[int, int]] = field(default_factory=dict)
    """Project -> what each of its processes had written when its lock was closed last."""
    _written_at_first: dict[int, int] = field(default_factory=dict)
    """What each process had written when the looks began."""
    _thread: threading.Thread | None = None
    _ended: bool = False
    _held: threading.Lock = field(default_factory=threading.Lock)

    def project_of(self, pid: int) -> ProjectId | None:
        """Return the project whose files the process was seen to hold open, now or before."""
        link = self._link_of(pid)
        return None if link is None else link.project

    def marked(self, event: GpusSampled) -> GpusSampled:
        """Return the event with every process' project and run told where they are known."""
        # For days on end, processes come and go.
        with self._held:
            self._links = {
                (pid, started): link
                for (pid, started), link in self._links.items()
                if self._started(pid) == started
            }
        samples = tuple(self._marked_sample(sample) for sample in event.samples)
        return replace(event, samples=samples)

    def follow(self, event: GpusSampled) -> None:
        """Wait in a thread for the openings of locks until each process has a project and run."""
        self._present = _processes_of(event)
        alive = self._thread is not None and self._thread.is_alive()
        if not alive and not self._ended and self._has_questions():
            self._thread = threading.Thread(target=self._follow, daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Let the thread end, without waiting for it."""
        self._ended = True

    def look_for(self, event: GpusSampled, now: Callable[[], float] = time.time) -> GpusSampled:
        """Return the event marked, after up to 1.5 s where a project was just written to.

        Blocks.
        """
        event = self.marked(event)
        self._present = _processes_of(event)
        if not self._has_questions():
            return event
        written = written_since(self.directory, now() - _JUST_WRITTEN_SECONDS)
        if not written:
            return event
        end = time.monotonic() + _ONCE_SECONDS
        with contextlib.suppress(Unwatchable), self._openings() as openings:
            self._begin(written)
            while self._has_questions() and (left := end - time.monotonic()) > 0:
                self._look(openings.wait(left))
        return self.marked(event)

    def _openings(self) -> contextlib.closing[LockOpenings]:
        return contextlib.closing(LockOpenings(self.directory))

    def _follow(self) -> None:
        with contextlib.suppress(Unwatchable), self._openings() as openings:
            self._begin(written_since(self.directory, time.time() - _JUST_WRITTEN_SECONDS))
            while not self._ended and self._has_questions():
                self._look(openings.wait(_WAIT_SECONDS))

    def _has_questions(self) -> bool:
        return any(self._without_project()) or any(self._without_run())

    def _without_project(self) -> Iterator[int]:
        with self._held:
            known = {pid for pid, _ in self._links}
        return (pid for pid in sorted(self._present) if pid not in known)

    def _without_run(self) -> Iterator[tuple[Process, SeenLogging]]:
        """Yield the processes whose run is to be seen, for the first time or anew."""
        if self.new_runs is None:
            return
        due = time.monotonic() - _RUN_SECONDS
        with self._held:
            links = list(self._links.items())
        for process, link in links:
            if process[0] in self._present and (link.settled_at is None or link.settled_at < due):
                yield process, link

    def _begin(self, projects: Collection[str]) -> None:
        """Let only rows and writes from now on count."""
        self._holders, self._written = {}, {}
        self._written_at_first = self._counts(self._present)
        if self.new_runs is not None:
            for project in projects:
                self.new_runs(project)

    def _look(self, events: LockEvents) -> None:
        """See whose rows came with a closing, and look who holds the locks that are opened."""
        for project in dict.fromkeys(events.closed):
            self._take_votes(project, once=events.closed.count(project) == 1)
        for _ in range(_LOOKS if events.opened or events.closed else 0):
            for project in events.opened:
                holders = lock_holders(self.directory, project, self.proc)
                self._holders.setdefault(project, set()).update(holders)
                for pid in self._without_project():
                    if pid in holders:
                        self._learn(pid, ProjectId(self.directory, project), "holds the lock")
            for pid in self._without_project():
                self.project_of(pid)

    def _take_votes(self, project: str, *, once: bool) -> None:
        """Let the rows that a project was given tell the run of the process that gave them."""
        holders = self._holders.pop(project, set())
        asked = {
            process: link for process, link in self._without_run() if link.project.name == project
        }
        if self.new_runs is None or not asked:
            return
        runs = set(self.new_runs(project))
        wrote = self._wrote(project)
        # Whose run is settled, and has new rows, accounts for these.
        with self._held:
            links = list(self._links.items())
        accounted = {
            pid: link.run
            for (pid, started), link in links
            if link.project.name == project and (pid, started) not in asked and link.run in runs
        }
        runs -= set(accounted.values())
        writers = ((holders | wrote) if accounted else (holders or wrote)) - accounted.keys()
        # After two closings it is not known whose rows are whose, unless only one is left.
        if len(runs) != 1 or not (once or accounted):
            return
        for process, link in asked.items():
            if writers == {process[0]}:
                (run,) = runs
                weight = HELD if holders and not accounted else WROTE
                if self._votes.decided(process, run, weight):
                    with self._held:
                        self._links[process] = replace(link, run=run, settled_at=time.monotonic())

    def _wrote(self, project: str) -> set[int]:
        """Return which of a project's processes wrote since this was asked last."""
        with self._held:
            links = list(self._links.items())
        now = self._counts(pid for (pid, _), link in links if link.project.name == project)
        before = self._written_at_first | self._written.get(project, {})
        self._written[project] = now
        return {pid for pid in now if pid in before and now[pid] - before[pid] >= _FLUSH_BYTES}

    def _counts(self, pids: Iterable[int]) -> dict[int, int]:
        return {pid: count for pid in pids if (count := self._bytes_written(pid)) is not None}

    def _bytes_written(self, pid: int) -> int | None:
        try:
            text = (self.proc / str(pid) / "io").read_text("utf-8", "replace")
        except OSError:
            return None
        found = [line.split()[1] for line in text.splitlines() if line.startswith("wchar: ")]
        return int(found[0]) if found and found[0].isdecimal() else None

    def _learn(self, pid: int, project: ProjectId, how: str) -> None:
        started = self._started(pid)
        if started is not None:
            with self._held:
                self._links.setdefault((pid, started), SeenLogging(project, how))

    def _link_of(self, pid: int) -> SeenLogging | None:
        started = self._started(pid)
        if started is None:
            return None
        known = self._links.get((pid, started))
        if known is None:
            project = self._open_project(pid)
            if project is not None:
                self._learn(pid, project, "writes")
                known = self._links.get((pid, started))
        return known

    def _marked_sample(self, sample: GpuSample) -> GpuSample:
        if not sample.processes:
            return sample
        marked = tuple(self._marked_process(process) for process in sample.processes)
        return replace(sample, processes=marked)

    def _marked_process(self, process: GpuProcess) -> GpuProcess:
        link = self._link_of(process.pid)
        if link is not None:
            return link.told_of(process)
        logs = self._rank_that_logs(process.pid)
        return process if logs is None else logs.told_of(process, "same job")

    def _rank_that_logs(self, pid: int) -> SeenLogging | None:
        with self._held:
            logging = {other: link for (other, _), link in self._links.items()}
        # One that has just begun may log yet.
        if not logging or (seconds_old(self.proc, pid) or 0.0) < _RANK_SECONDS:
            return None
        rank = logging_rank(self.proc, pid, logging)
        return None if rank is None else logging[rank]

    def _started(self, pid: int) -> str | None:
        stat = read_stat(self.proc, pid)
        return None if stat is None else stat.started

    def _open_project(self, pid: int) -> ProjectId | None:
        folder = f"{self.proc}/{pid}/fd"
        directory = os.path.realpath(self.directory)
        try:
            descriptors = os.listdir(folder)
        except OSError:
            return None
        for descriptor in descriptors:
            try:
                target = os.readlink(f"{folder}/{descriptor}")
            except OSError:
                continue
            place, name = os.path.split(target)
            if place == directory:
                for ending in _PROJECT_FILE_ENDINGS:
                    if name.endswith(ending):
                        return ProjectId(self.directory, name.removesuffix(ending))
        return None


def _processes_of(event: GpusSampled) -> frozenset[int]:
    return frozenset(process.pid for sample in event.samples for process in sample.processes or ())


def marking(
    processes: TrainingProcesses, send: Callable[[GpusSampled], Awaitable[None]]
) -> Callable[[GpusSampled], Coroutine[Any, Any, None]]:
    """Return what sends events on with their processes marked, looked at off the event loop."""

    async def send_marked(event: GpusSampled) -> None:
        import anyio.to_thread

        marked = await anyio.to_thread.run_sync(processes.marked, event, abandon_on_cancel=True)
        processes.follow(marked)
        await send(marked)

    return send_marked
