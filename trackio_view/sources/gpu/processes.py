"""Which processes log to a TrackIO project, as far as it can be seen.

TrackIO does not record the process that logs. Such a process opens its project's files about twice
a second for some milliseconds. While a process that uses a GPU has no project, a thread waits for
the openings of locks and looks at once who holds them; where that can't be waited for, the looks
at the open files that every reading takes find it once in a while. Seen once is enough.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from trackio_view.model.gpu import GpuProcess, GpuSample, GpusSampled
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.gpu.project_locks import (
    LockOpenings,
    Unwatchable,
    last_write,
    lock_holders,
)

# The database, what SQLite keeps beside it, and the lock that TrackIO takes to write.
_PROJECT_FILE_ENDINGS = (".db", ".db-wal", ".db-shm", ".db-journal", ".lock")

# A lock is held for 0.5 to 34 ms; who opened it has not yet taken it when the kernel tells.
_LOOKS = 3
_WAIT_SECONDS = 1.0
# Of two writes of a training, which come half a second apart, one is within that.
_ONCE_SECONDS = 1.5
_JUST_WRITTEN_SECONDS = 5.0

Process = tuple[int, str]
"""A process' number and when it started, for numbers are used again."""


@dataclass(slots=True)
class TrainingProcesses:
    """What was seen of the processes so far."""

    directory: str
    """Where the projects lie: their origin."""
    proc: Path = Path("/proc")
    _projects: dict[Process, ProjectId] = field(default_factory=dict)
    _unknown: set[int] = field(default_factory=set)
    """The processes of the newest reading whose projects are not known."""
    _thread: threading.Thread | None = None
    _ended: bool = False
    _held: threading.Lock = field(default_factory=threading.Lock)

    def project_of(self, pid: int) -> ProjectId | None:
        """Return the project whose files the process was seen to hold open, now or before."""
        started = self._started(pid)
        if started is None:
            return None
        known = self._projects.get((pid, started))
        if known is None:
            known = self._open_project(pid)
            if known is not None:
                with self._held:
                    self._projects[pid, started] = known
        return known

    def marked(self, event: GpusSampled) -> GpusSampled:
        """Return the event with every process' project told where it is known."""
        # For days on end, processes come and go.
        with self._held:
            self._projects = {
                (pid, started): project
                for (pid, started), project in self._projects.items()
                if self._started(pid) == started
            }
        samples = tuple(self._marked_sample(sample) for sample in event.samples)
        return replace(event, samples=samples)

    def follow(self, event: GpusSampled) -> None:
        """Wait in a thread for the openings of locks until each process has a project."""
        self._unknown = _without_project(event)
        alive = self._thread is not None and self._thread.is_alive()
        if self._unknown and not alive and not self._ended:
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
        self._unknown = _without_project(event)
        written = last_write(self.directory)
        if not self._unknown or written is None or abs(now() - written) > _JUST_WRITTEN_SECONDS:
            return event
        end = time.monotonic() + _ONCE_SECONDS
        with contextlib.suppress(Unwatchable), self._openings() as openings:
            while self._unknown and (left := end - time.monotonic()) > 0:
                self._look(openings.wait(left))
        return self.marked(event)

    def _openings(self) -> contextlib.closing[LockOpenings]:
        return contextlib.closing(LockOpenings(self.directory))

    def _follow(self) -> None:
        with contextlib.suppress(Unwatchable), self._openings() as openings:
            while self._unknown and not self._ended:
                self._look(openings.wait(_WAIT_SECONDS))

    def _look(self, projects: list[str]) -> None:
        """Look who holds the locks that were just opened."""
        for _ in range(_LOOKS):
            for project in projects:
                holders = lock_holders(self.directory, project, self.proc)
                for pid in sorted(self._unknown & holders):
                    self._learn(pid, ProjectId(self.directory, project))
            if projects:
                for pid in sorted(self._unknown):
                    if self.project_of(pid) is not None:
                        self._unknown = self._unknown - {pid}

    def _learn(self, pid: int, project: ProjectId) -> None:
        started = self._started(pid)
        if started is not None:
            with self._held:
                self._projects[pid, started] = project
            self._unknown = self._unknown - {pid}

    def _marked_sample(self, sample: GpuSample) -> GpuSample:
        if not sample.processes:
            return sample
        marked = tuple(self._marked_process(process) for process in sample.processes)
        return replace(sample, processes=marked)

    def _marked_process(self, process: GpuProcess) -> GpuProcess:
        project = self.project_of(process.pid)
        return process if project is None else replace(process, project=project)

    def _started(self, pid: int) -> str | None:
        try:
            stat = (self.proc / str(pid) / "stat").read_text("utf-8", "replace")
        except OSError:
            return None
        # proc(5): field 22, counted behind the command in brackets, which may hold anything.
        fields = stat.rpartition(")")[2].split()
        return fields[19] if len(fields) > 19 else None

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


def _without_project(event: GpusSampled) -> set[int]:
    return {
        process.pid
        for sample in event.samples
        for process in sample.processes or ()
        if process.project is None
    }


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
