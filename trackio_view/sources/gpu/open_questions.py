"""Which processes are asked about: those that use a GPU and have no project or no run yet."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from trackio_view.model.gpu import SAME_JOB, GpusSampled
from trackio_view.sources.gpu.jobs import ancestors
from trackio_view.sources.gpu.logging_links import LoggingLinks
from trackio_view.sources.gpu.run_writers import Process

_RUN_SECONDS = 60.0
"""How long a link of a process to a run holds before the next flushes are asked again."""


@dataclass(slots=True, eq=False, repr=False)
class OpenQuestions:
    """What is not known yet of the processes of the newest reading."""

    links: LoggingLinks
    asks_runs: bool
    """False without a database to ask."""
    _asking: frozenset[int] = frozenset()
    """The processes of the newest reading but those that another process of their job logs for."""
    _families: Mapping[int, frozenset[int]] = field(default_factory=dict)
    """Each of its processes -> itself and those that started it."""

    def see(self, marked: GpusSampled) -> None:
        """Ask from now on about the processes of this reading."""
        found = [process for sample in marked.samples for process in sample.processes or ()]
        self._asking = frozenset(process.pid for process in found if process.link != SAME_JOB)
        self._families = {
            pid: frozenset((pid, *ancestors(self.links.proc, pid)[1:]))
            for pid in {process.pid for process in found}
        }

    def are_open(self) -> bool:
        """Return whether a process has no project yet, or its run has yet to be found."""
        return any(self.without_project()) or any(self.without_run())

    def without_project(self) -> Iterator[int]:
        """Yield the processes that no project is known of."""
        known = self.links.by_pid()
        return (pid for pid in sorted(self._asking) if pid not in known)

    def without_run(self, project: str | None = None) -> Iterator[Process]:
        """Yield the processes whose run has yet to be found, for the first time or anew; with a
        project, those that log to it.
        """
        if not self.asks_runs:
            return
        due = time.monotonic() - _RUN_SECONDS
        seen = frozenset().union(*self._families.values())
        for process, link in self.links.known():
            is_due = link.settled_at is None or link.settled_at < due
            if process[0] in seen and is_due and project in (None, link.project.name):
                yield process

    def may_have_moved(self) -> frozenset[int]:
        """Return the processes whose link is a minute old: they may log to another project by now,
        as a notebook does.
        """
        due = {pid for pid, _ in self.without_run()}
        return frozenset(due & self._asking)

    def candidates(self) -> frozenset[int]:
        """Return the processes without a project, and those that started them."""
        # A reading may come in between, which knows other processes.
        families = self._families
        of_each = (families.get(pid, frozenset([pid])) for pid in self.without_project())
        return frozenset().union(*of_each) - self.links.by_pid().keys()

    def asked_about(self) -> frozenset[int]:
        """Return all processes that a flush may tell something of."""
        return self.candidates() | {pid for pid, _ in self.without_run()}
