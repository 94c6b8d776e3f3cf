"""The links that were seen: which process logs to which project and run.

The thread that waits for locks adds to it while readings are marked with it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from trackio_view.model.gpu import GpuProcess
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunOfRows
from trackio_view.sources.gpu.jobs import read_stat
from trackio_view.sources.gpu.run_writers import Process


@dataclass(frozen=True, slots=True)
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
        return process._replace(project=self.project, run=run, run_id=run_id, link=link)


@dataclass(slots=True, eq=False, repr=False)
class LoggingLinks:
    """The links so far, by a process' number and start: numbers are used again."""

    proc: Path
    changes: int = 0
    """How often a link was found, or its run changed."""
    _links: dict[Process, SeenLogging] = field(default_factory=dict)
    _held: threading.Lock = field(default_factory=threading.Lock)

    def of(self, pid: int) -> SeenLogging | None:
        """Return what is known of a process that runs now."""
        process = self.process(pid)
        return None if process is None else self._links.get(process)

    def of_each(self, pids: Iterable[int]) -> dict[int, SeenLogging]:
        """Return what is known of those of these processes that run now."""
        found = ((pid, self.of(pid)) for pid in pids)
        return {pid: link for pid, link in found if link is not None}

    def learn(self, pid: int, project: ProjectId, how: str) -> None:
        """Keep which project a process logs to; of that project, what was seen first stays."""
        process = self.process(pid)
        if process is not None:
            with self._held:
                known = self._links.get(process)
                if known is None or known.project != project:
                    self._links[process] = SeenLogging(project, how)
                    self.changes += 1

    def settle(self, process: Process, run: RunOfRows, moment: float) -> None:
        """Keep which run a process logs, as seen at a moment of a monotonic clock."""
        with self._held:
            link = self._links.get(process)
            # It may have ended, and been forgotten, since it was looked at.
            if link is not None:
                self._links[process] = replace(link, run=run, settled_at=moment)
                self.changes += link.run != run

    def forget_ended(self) -> None:
        """Drop the processes that ended. Processes come and go for days."""
        with self._held:
            self._links = {
                process: link
                for process, link in self._links.items()
                if self.process(process[0]) == process
            }

    def known(self) -> list[tuple[Process, SeenLogging]]:
        """Return all links."""
        with self._held:
            return list(self._links.items())

    def by_pid(self) -> dict[int, SeenLogging]:
        """Return all links by the number of their process."""
        return {pid: link for (pid, _), link in self.known()}

    def process(self, pid: int) -> Process | None:
        """Return a process' number and start; `None` where there is none."""
        stat = read_stat(self.proc, pid)
        return None if stat is None else (pid, stat.started)
