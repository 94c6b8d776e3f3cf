"""Concludes from the closings of projects' locks which process writes which run.

Whoever adds rows holds the project's lock meanwhile, and writes at least a page. A pause is a
moment at which nobody had the lock, and up to which the program knows all rows. So the rows that
are new at a later look were written between the pause and that look, and whoever wrote less than a
page meanwhile did not add them. A look comes late, and others may write meanwhile: that only adds
suspects. A process is said to write a run if it alone of all processes on the machine is left after
at least two looks at new rows of the run (`run_writers`).

Whoever added rows since the last look has had the lock since then. Where it was seen who had it
each time, one of these added the rows, whatever others wrote (`lock_sessions`). Nothing else tells
the writer where others write all the time or together with it, or are out of sight, as for programs
in a container.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from trackio_view.light_typing import NamedTuple
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunOfRows
from trackio_view.sources.gpu.kernel.procfs import sees_everybody
from trackio_view.sources.gpu.lock_openings import LockEvents, LockOpenings
from trackio_view.sources.gpu.lock_sessions import LockSession
from trackio_view.sources.gpu.logging_links import LoggingLinks
from trackio_view.sources.gpu.open_questions import OpenQuestions
from trackio_view.sources.gpu.project_locks import has_changes, lock_holders, may_write
from trackio_view.sources.gpu.run_writers import RunWriters
from trackio_view.sources.gpu.write_counts import Stillness, WriteCounts

_ASKED_CLOSINGS = 10
"""At how many more closings rows are asked for after one that a suspected process may have written.
"""
_REST_SECONDS = 0.01
"""How long after a closing of a lock the process has nearly always closed the database, too."""
_AGAIN_SECONDS = 0.02
"""How long after a pause the next one may be, while several are suspected."""
_RECENT_SECONDS = 5.0
"""How long after a flush."""
_MOST_TRIES = 30
"""After so many closings that told nothing of a process that wrote with them, it is left alone."""
_TIRED_SECONDS = 60.0
"""How long it is left alone."""

AskNewRuns = Callable[[str], Collection[RunOfRows] | None]
"""Returns which runs of a project have rows since it was asked last; `None` where nobody knows."""


@dataclass(slots=True, eq=False, repr=False)
class _AskedProject:
    """A project whose rows are asked for."""

    left: int = _ASKED_CLOSINGS
    """At how many more closings of its lock."""
    pause: WriteCounts | None = None
    """What each process had written at the newest pause, or at one before where it was not looked
    at; `None` where rows may have come that nobody knows of.
    """

    def pause_at(self, counts: WriteCounts) -> None:
        """Let this be the newest pause."""
        self.pause = counts if self.pause is None else self.pause.updated(counts)


class _Rows(NamedTuple):
    """What a look at a project's rows found."""

    runs: Collection[RunOfRows] | None
    """The runs of new rows; `None` where that is unknown."""
    sessions: list[LockSession]
    """Who had the lock since the look before."""


@dataclass(slots=True, eq=False, repr=False)
class Closings:
    """What was seen at the last closings and pauses, and what it left of the suspects."""

    directory: str
    questions: OpenQuestions
    new_runs: AskNewRuns | None
    """`None` without a database to ask."""
    _writers: RunWriters = field(default_factory=RunWriters)
    _asked: dict[str, _AskedProject] = field(default_factory=dict)
    _looked: WriteCounts = field(init=False)
    """What the processes in question had written at the last closing."""
    _stillness: Stillness = field(default_factory=Stillness)
    """Since when each of them wrote nothing."""
    _tries: dict[tuple[int, str], tuple[int, float]] = field(default_factory=dict)
    """Process and project -> how many flushes told nothing of it, and when the last one did."""
    _rest_at: float = math.inf
    """When the next pause may be, by a monotonic clock."""
    _flushed_at: float = -math.inf
    """When rows were last asked for after a flush."""
    _sees_everybody: bool = field(init=False)

    def __post_init__(self) -> None:
        self._looked = WriteCounts.read(self.links.proc, ())
        self._sees_everybody = sees_everybody(self.links.proc)

    @property
    def links(self) -> LoggingLinks:
        """The links that are known."""
        return self.questions.links

    def begin(self, projects: Collection[str]) -> None:
        """Let only rows and writes from now on count."""
        self._writers, self._tries = RunWriters(), {}
        self._look()
        self._asked = (
            {} if self.new_runs is None else {project: _AskedProject() for project in projects}
        )
        self._rest_at = time.monotonic() + _REST_SECONDS if self._asked else math.inf

    def stirs(self) -> bool:
        """Return whether any process in question may have to do with what is opened.

        For days a process may use a GPU and write nothing. Whose counters are hidden may write.
        """
        return bool(self.questions.asked_about() - self._stillness.still())

    def seconds_to_rest(self, most: float) -> float:
        """Return how long to wait for the next event of a lock before `rest` is due."""
        return max(min(self._rest_at - time.monotonic(), most), 0.0)

    def rest(self, busy: Collection[str], openings: LockOpenings) -> None:
        """Let this be the pause before the next flush, as no event of a lock came for a while.

        `busy` are projects whose lock is open.
        """
        self._rest_at = math.inf
        pausing = [
            asked
            for project, asked in self._asked.items()
            if asked.left and project not in busy and self._knows_rows(asked, project, openings)
        ]
        if not pausing:
            return
        everybody = any(asked.pause is None for asked in pausing)
        counts = self._look(openings, everybody=everybody)
        # A process that opened a lock meanwhile may already have added rows.
        if not openings.has_more(0.0):
            for asked in pausing:
                asked.pause_at(counts)
        is_recent = time.monotonic() - self._flushed_at < _RECENT_SECONDS
        if self._writers.are_several() and is_recent:
            # The next opening may be told late, or not at all. The newer the pause before it, the
            # fewer others wrote since.
            self._rest_at = time.monotonic() + _AGAIN_SECONDS

    def begin_flush(self, events: LockEvents, openings: LockOpenings) -> None:
        """Let the opening of a lock be the pause, where no rows are on their way yet.

        What others wrote until then, they did not write with this flush.
        """
        opened = {
            project: asked
            for project in events.opened
            if (asked := self._asked.get(project)) is not None and asked.left
            if asked.pause is not None
        }
        if not opened:
            return
        counts = self._look(openings)
        untouched = [
            asked for project, asked in opened.items() if not has_changes(self.directory, project)
        ]
        if not openings.has_more(0.0):
            for asked in untouched:
                asked.pause_at(counts)

    def see(self, events: LockEvents, openings: LockOpenings) -> None:
        """Find out whose rows came with the closings of locks."""
        closed = dict.fromkeys(events.closed)
        before = self._looked
        counts = self._look(openings)
        for project in closed:
            wrote = {
                pid
                for pid in self._in_question(project)
                if before.written(pid) is not None and before.may_have_written(pid, counts)
            }
            self._ask_on(project, wrote)
        found = {
            project: self._new_rows(asked, project, openings)
            for project in closed
            if (asked := self._asked.get(project)) is not None and asked.left
        }
        if not found:
            return
        self._flushed_at = time.monotonic()
        self._rest_at = self._flushed_at + _REST_SECONDS
        # Counts that are taken after the rows were read include all that was written for them.
        everybody = any(
            self._writers.is_unknown(project, rows.runs or ()) for project, rows in found.items()
        )
        counts = self._look(openings, everybody=everybody)
        is_over = not openings.has_more(0.0)
        for project, rows in found.items():
            if rows.runs:
                # The process that wrote the rows has opened the lock by now.
                sessions = [*rows.sessions, *openings.sessions.since_taken(project)]
                self._conclude(project, rows.runs, counts, sessions)
            if rows.runs is not None and is_over and project not in events.open:
                self._asked[project].pause_at(counts)

    def _look(
        self, openings: LockOpenings | None = None, *, everybody: bool = False
    ) -> WriteCounts:
        """Return what the processes in question, and suspects, or all have written by now.

        Whoever opens a lock meanwhile is looked for in between, for it will soon be closed.
        """
        pids = self.questions.asked_about()
        is_asked = any(asked.left for asked in self._asked.values())
        suspects = self._writers.suspects() if is_asked else frozenset()
        seen = None if everybody and self._sees_everybody else pids | suspects

        def between() -> None:
            if openings is not None and openings.tells_openings:
                openings.has_more(0.0)

        self._looked = WriteCounts.read(self.links.proc, seen, between)
        self._stillness.see(pids, self._looked)
        return self._looked

    def _ask_on(self, project: str, wrote: Collection[int]) -> None:
        """Ask for rows at the next closings if processes in question wrote with these."""
        if self.new_runs is None:
            return
        now = time.monotonic()
        self._tries |= {
            (pid, project): (self._tries.get((pid, project), (0, now))[0] + 1, now) for pid in wrote
        }
        if wrote:
            self._asked.setdefault(project, _AskedProject()).left = _ASKED_CLOSINGS
        elif project in self._asked:
            asked = self._asked[project]
            asked.left = max(asked.left - 1, 0)

    def _in_question(self, project: str) -> set[int]:
        """Return the processes that may write to a project, and have no run."""
        linked = {pid for pid, _ in self.questions.without_run(project)}
        tired = time.monotonic() - _TIRED_SECONDS
        self._tries = {key: tries for key, tries in self._tries.items() if tries[1] > tired}
        return {
            pid
            for pid in linked | self.questions.candidates()
            if self._tries.get((pid, project), (0, 0.0))[0] < _MOST_TRIES
        }

    def _knows_rows(self, asked: _AskedProject, project: str, openings: LockOpenings) -> bool:
        """Return whether all rows of a project that nobody has opened are known from now on."""
        if asked.pause is not None:
            return True
        # A process that had the lock before the program watched it may still have it.
        if self.new_runs is None or lock_holders(self.directory, project, self.links.proc):
            return False
        openings.sessions.take(project)
        return self.new_runs(project) is not None

    def _new_rows(self, asked: _AskedProject, project: str, openings: LockOpenings) -> _Rows:
        """Return what is new since the last pause."""
        if self.new_runs is None or asked.pause is None:
            return _Rows(None, [])
        sessions = openings.sessions.take(project)
        runs = self.new_runs(project)
        if runs is None:
            asked.pause = None
        return _Rows(runs, sessions)

    def _conclude(
        self,
        project: str,
        runs: Collection[RunOfRows],
        counts: WriteCounts,
        sessions: Collection[LockSession],
    ) -> None:
        """Rule out who did not write the rows of these runs, and link who alone is left."""
        asked = self._asked[project]
        if asked.pause is None:
            return
        wrote = {
            pid
            for pid in asked.pause.writers(counts)
            if may_write(self.directory, project, self.links.proc, pid)
        }
        holders = {session.holder for session in sessions}
        # A process of another namespace may hold the lock, and is not seen otherwise.
        wrote |= {pid for pid in holders if pid is not None and not counts.tells_of(pid)}
        knows_everybody = counts.of_everybody
        if None not in holders:
            had_lock = {pid for pid in holders if pid is not None}
            certain = {pid for pid in had_lock if pid in wrote or counts.is_hidden(pid)}
            if certain:
                wrote, knows_everybody = certain, True
        self._writers.narrow(project, runs, wrote, knows_everybody=knows_everybody)
        for pid, of_process in self._writers.told(project, runs).items():
            self._link(pid, project, of_process)

    def _link(self, pid: int, project: str, runs: Collection[RunOfRows]) -> None:
        """Link a process to the project, and to the run where it is one."""
        if pid in self.questions.candidates():
            self.links.learn(pid, ProjectId(self.directory, project), "writes")
        asked = [process for process in self.questions.without_run(project) if process[0] == pid]
        if len(runs) == 1:
            (run,) = runs
            for process in asked:
                self.links.settle(process, run, time.monotonic())
