"""Marks the processes of GPU samples with the project and run that they log to.

TrackIO does not record the process that logs. While a process that uses a GPU has no project or run
yet, a thread watches the flushes of projects. The look at open files at every reading finds the
project sooner or later, too. One sighting is enough.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trackio_view.model.gpu import SAME_JOB, GpuProcess, GpuSample, GpusSampled
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.gpu.closings import AskNewRuns
from trackio_view.sources.gpu.flush_watch import FlushWatch
from trackio_view.sources.gpu.jobs import logging_rank, seconds_old
from trackio_view.sources.gpu.lock_openings import LockOpenings, Unwatchable
from trackio_view.sources.gpu.logging_links import LoggingLinks, SeenLogging
from trackio_view.sources.gpu.open_projects import HeldProjects
from trackio_view.sources.gpu.project_locks import written_since

_WAIT_SECONDS = 1.0
_LOOK_SECONDS = 10.0
"""How often the open files of a process that writes, but never held a project, are looked at where
flushes are waited for."""
# A training writes every half second, so one write is within that.
_ONCE_SECONDS = 1.5
_JUST_WRITTEN_SECONDS = 5.0
_TELL_SECONDS = 0.2
"""The most seconds before a new link is sent; the next reading may be a second away."""
_RANK_SECONDS = 5.0
"""How old a rank of a job has to be to count as one that does not log."""
_CHILD_SECONDS = 10.0
"""How long a child of multiprocessing has to be seen before it counts as one that does not log."""


@dataclass(slots=True, eq=False, repr=False)
class TrainingProcesses:
    """What is known so far about the processes that use a GPU."""

    directory: str
    """Where the projects lie: their origin."""
    proc: Path = Path("/proc")
    new_runs: AskNewRuns | None = None
    """`None` without a database to ask."""
    links: LoggingLinks = field(init=False)
    flushes: FlushWatch = field(init=False)
    _held_projects: HeldProjects = field(init=False)
    _seen_since: dict[int, float] = field(default_factory=dict)
    """When each process of the newest reading was seen first, in seconds of a monotonic clock."""
    _thread: threading.Thread | None = None
    _ended: bool = False

    def __post_init__(self) -> None:
        self.links = LoggingLinks(self.proc)
        self.flushes = FlushWatch(self.directory, self.links, self.new_runs)
        self._held_projects = HeldProjects(self.proc, self.directory)

    def marked(self, event: GpusSampled) -> GpusSampled:
        """Return the event with every process' project and run told where they are known."""
        self.links.forget_ended()
        now = time.monotonic()
        self._seen_since = {
            process.pid: self._seen_since.get(process.pid, now)
            for sample in event.samples
            for process in sample.processes or ()
            # Of what has neither here, only the number is known, which is another process' here.
            if process.command is not None or process.user is not None
        }
        links = self._links_of(self._seen_since)
        # Many GPUs may be used by one process.
        ranks = {
            pid: rank
            for pid in self._seen_since.keys() - links.keys()
            if (rank := self._rank_that_logs(pid)) is not None
        }
        if not links and not ranks:
            return event
        samples = tuple(_marked_sample(sample, links, ranks) for sample in event.samples)
        return event._replace(samples=samples)

    def follow(self, marked: GpusSampled) -> None:
        """Wait in a thread for flushes until each process has a project and run."""
        self.flushes.see(marked)
        if not self.waits() and not self._ended and self.flushes.has_questions():
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
        self.flushes.see(event)
        if not self.flushes.has_questions():
            return event
        written = written_since(self.directory, now() - _JUST_WRITTEN_SECONDS)
        if not written:
            return event
        end = time.monotonic() + _ONCE_SECONDS
        with contextlib.suppress(Unwatchable), self._openings() as openings:
            self.flushes.begin(written)
            while self.flushes.has_questions() and (left := end - time.monotonic()) > 0:
                self.flushes.wait(openings, left)
        return self.marked(event)

    def _openings(self) -> contextlib.closing[LockOpenings]:
        return contextlib.closing(LockOpenings(self.directory, self.proc))

    def _follow(self) -> None:
        with contextlib.suppress(Unwatchable), self._openings() as openings:
            self.flushes.begin(written_since(self.directory, time.time() - _JUST_WRITTEN_SECONDS))
            while not self._ended and self.flushes.has_questions():
                self.flushes.wait(openings, _WAIT_SECONDS)

    def waits(self) -> bool:
        """Return whether the thread waits for flushes."""
        return self._thread is not None and self._thread.is_alive()

    def _links_of(self, pids: Collection[int]) -> dict[int, SeenLogging]:
        """Return what is known of these processes, after a look at the open files of the others."""
        known = self.links.of_each(pids)
        unknown = [pid for pid in pids if pid not in known]
        seconds = _LOOK_SECONDS if self.waits() else 0.0
        for pid, project in self._held_projects.held(unknown, seconds):
            self.links.learn(pid, ProjectId(self.directory, project), "writes")
            known |= self.links.of_each([pid])
        return known

    def _rank_that_logs(self, pid: int) -> SeenLogging | None:
        logging = self.links.by_pid()
        # A process that has just begun may still begin to log.
        if not logging or (seconds_old(self.proc, pid) or 0.0) < _RANK_SECONDS:
            return None
        rank = logging_rank(self.proc, pid, logging)
        if rank is None:
            return None
        seen = time.monotonic() - self._seen_since[pid]
        return logging[rank.pid] if rank.sure or seen >= _CHILD_SECONDS else None


def _marked_sample(
    sample: GpuSample, links: Mapping[int, SeenLogging], ranks: Mapping[int, SeenLogging]
) -> GpuSample:
    def marked(process: GpuProcess) -> GpuProcess:
        if process.pid in links:
            return links[process.pid].told_of(process)
        logs = ranks.get(process.pid)
        return process if logs is None else logs.told_of(process, SAME_JOB)

    if not sample.processes:
        return sample
    return sample._replace(processes=tuple(map(marked, sample.processes)))


@dataclass(slots=True, eq=False, repr=False)
class Marking:
    """Sends events on with their processes marked, looked at off the event loop."""

    processes: TrainingProcesses
    send: Callable[[GpusSampled], Awaitable[None]]
    _newest: GpusSampled | None = None
    _told: int = 0
    """How many changes of links were told of."""

    async def receive(self, event: GpusSampled) -> None:
        """Mark an event and send it on."""
        import anyio.to_thread

        self._newest, self._told = event, self.processes.links.changes
        await self.send(await anyio.to_thread.run_sync(self._marked, event, abandon_on_cancel=True))

    async def pause(self, seconds: float) -> None:
        """Wait so long for the next event; tell the newest again when a link is found meanwhile."""
        import anyio

        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            # Nothing is found meanwhile where nothing waits for flushes.
            await anyio.sleep(min(left, _TELL_SECONDS) if self.processes.waits() else left)
            if self._newest is not None and self._told != self.processes.links.changes:
                await self.receive(self._newest)

    def _marked(self, event: GpusSampled) -> GpusSampled:
        marked = self.processes.marked(event)
        self.processes.follow(marked)
        return marked
