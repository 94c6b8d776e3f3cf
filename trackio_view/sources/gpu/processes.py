"""Which processes log to a TrackIO project, as far as it can be seen.

TrackIO does not record the process that logs. Such a process opens its project's files about twice
a second for some milliseconds, so that frequent looks at the open files find it once, which is
enough.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from trackio_view.model.gpu import GpuProcess, GpuSample, GpusSampled
from trackio_view.model.project_id import ProjectId

# The database, what SQLite keeps beside it, and the lock that TrackIO takes to write.
_PROJECT_FILE_ENDINGS = (".db", ".db-wal", ".db-shm", ".db-journal", ".lock")

Process = tuple[int, str]
"""A process' number and when it started, for numbers are used again."""


@dataclass(slots=True)
class TrainingProcesses:
    """What was seen of the processes so far."""

    directory: str
    """Where the projects lie: their origin."""
    proc: Path = Path("/proc")
    _projects: dict[Process, ProjectId] = field(default_factory=dict)

    def project_of(self, pid: int) -> ProjectId | None:
        """Return the project whose files the process was seen to hold open, now or before."""
        started = self._started(pid)
        if started is None:
            return None
        known = self._projects.get((pid, started))
        if known is None:
            known = self._open_project(pid)
            if known is not None:
                self._projects[pid, started] = known
        return known

    def marked(self, event: GpusSampled) -> GpusSampled:
        """Return the event with every process' project told where it is known."""
        # For days on end, processes come and go.
        self._projects = {
            (pid, started): project
            for (pid, started), project in self._projects.items()
            if self._started(pid) == started
        }
        samples = tuple(self._marked_sample(sample) for sample in event.samples)
        return replace(event, samples=samples)

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


def marking(
    processes: TrainingProcesses, send: Callable[[GpusSampled], Awaitable[None]]
) -> Callable[[GpusSampled], Coroutine[Any, Any, None]]:
    """Return what sends events on with their processes marked, looked at off the event loop."""

    async def send_marked(event: GpusSampled) -> None:
        import anyio.to_thread

        marked = await anyio.to_thread.run_sync(processes.marked, event, abandon_on_cancel=True)
        await send(marked)

    return send_marked
