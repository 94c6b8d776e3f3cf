"""Waits for the flushes of projects, and finds out which process holds an open lock.

TrackIO takes its project's lock for some milliseconds about twice a second. The kernel tells when a
lock is opened and closed. While it is open, the program looks for its holder.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from trackio_view.model.gpu import GpusSampled
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.gpu.closings import AskNewRuns, Closings
from trackio_view.sources.gpu.lock_openings import LockEvents, LockOpenings
from trackio_view.sources.gpu.logging_links import LoggingLinks
from trackio_view.sources.gpu.open_projects import HeldProjects
from trackio_view.sources.gpu.open_questions import OpenQuestions

# When the kernel tells of an opening, the process has not yet taken the lock, and will hold it only
# for milliseconds.
_MOST_LOOKS = 20
_LOOK_SECONDS = 0.0005
_OPEN_FILES_SECONDS = 1.0
"""How often the open files of a process that writes, but never held a project, are looked at."""


@dataclass(slots=True, eq=False, repr=False)
class FlushWatch:
    """What the flushes have told about the processes that use a GPU."""

    directory: str
    links: LoggingLinks
    new_runs: AskNewRuns | None
    """`None` without a database to ask; then only holders of locks and open files make links."""
    _questions: OpenQuestions = field(init=False)
    _closings: Closings = field(init=False)
    _held_projects: HeldProjects = field(init=False)

    def __post_init__(self) -> None:
        self._questions = OpenQuestions(self.links, asks_runs=self.new_runs is not None)
        self._closings = Closings(self.directory, self._questions, self.new_runs)
        self._held_projects = HeldProjects(self.links.proc, self.directory)

    def see(self, marked: GpusSampled) -> None:
        """Ask from now on about the processes of this reading."""
        self._questions.see(marked)

    def has_questions(self) -> bool:
        """Return whether a process has no project yet, or its run has yet to be found."""
        return self._questions.are_open()

    def begin(self, projects: Collection[str]) -> None:
        """Let only rows and writes from now on count."""
        self._closings.begin(projects)

    def wait(self, openings: LockOpenings, seconds: float) -> None:
        """Wait for the next openings and closings of locks, and draw conclusions from them."""
        openings.looks_for_holders = self._closings.stirs()
        events = openings.wait(self._closings.seconds_to_rest(seconds))
        if events.opened or events.closed:
            self.look(events, openings)
        else:
            self._closings.rest(events.busy, openings)
            self._link_holders(openings)

    def look(self, events: LockEvents, openings: LockOpenings) -> None:
        """Find out who wrote to closed locks and who holds open ones, until the next event of a
        lock.
        """
        self._link_holders(openings)
        if events.closed:
            self._closings.see(events, openings)
        if events.opened:
            self._closings.begin_flush(events, openings)
        if events.opened and self._closings.stirs():
            openings.looks_for_holders = True
            # A process keeps the file of a lock open from its opening on. One look is enough: a
            # process may have hundreds of files.
            self._see_open_files()
            for _ in range(_MOST_LOOKS):
                sought = openings.sessions.sought()
                if sought.isdisjoint(events.opened) or openings.has_more(_LOOK_SECONDS):
                    break
        self._link_holders(openings)

    def _see_open_files(self) -> None:
        moved = self._questions.may_have_moved()
        asked = sorted({*self._questions.without_project(), *moved})
        for pid, held in self._held_projects.held(asked, _OPEN_FILES_SECONDS):
            self.links.learn(pid, ProjectId(self.directory, held), "writes")

    def _link_holders(self, openings: LockOpenings) -> None:
        for project, pid in openings.sessions.take_seen():
            if pid in self._questions.candidates() | self._questions.may_have_moved():
                self.links.learn(pid, ProjectId(self.directory, project), "holds the lock")
