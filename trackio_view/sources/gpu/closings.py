"""Concludes from the closings of projects' locks which process wrote, and which run the new rows
belong to.

The program looks which processes' counters grew, and which runs have new rows.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from trackio_view.model.project_id import ProjectId
from trackio_view.sources.gpu.logging_links import LoggingLinks
from trackio_view.sources.gpu.open_questions import OpenQuestions
from trackio_view.sources.gpu.project_locks import LockEvents, has_lock, owner_of
from trackio_view.sources.gpu.project_votes import ProjectVotes
from trackio_view.sources.gpu.run_votes import Process, RunOfRows, RunVotes
from trackio_view.sources.gpu.write_counts import WriteCounts, who_flushed

_ASKED_CLOSINGS = 10
"""After a closing that a watched process may have written, rows are asked for at so many more."""
_QUIET_SECONDS = 0.15
"""After so long without a write, a process counts as one that pauses between its writes."""
_REST_SECONDS = 0.03
"""How long after a closing of a lock the process has nearly always closed the database, too."""

NewRuns = Callable[[str], Collection[RunOfRows] | None]
"""Returns which runs of a project have rows since it was asked last; `None` where nobody knows."""


@dataclass(slots=True)
class Closings:
    """What processes had written at the last closings, and the votes that came of them."""

    directory: str
    questions: OpenQuestions
    new_runs: NewRuns | None
    """`None` without a database to ask."""
    _run_votes: RunVotes = field(default_factory=RunVotes)
    _project_votes: ProjectVotes = field(init=False)
    _unlinked_counts: WriteCounts = field(init=False)
    """What each process without a project had written by the last look."""
    _rest_at: float = math.inf
    """When a process that closed a lock has closed the database, too, by a monotonic clock."""
    _looked_at: float = 0.0
    """When the last look was, in seconds of a monotonic clock."""
    _paused: set[int] = field(default_factory=set)
    """Which processes without a project stopped writing for a while; the others may write all the
    time.
    """
    _asked: dict[str, int] = field(default_factory=dict)
    """Project -> at how many more closings its rows are asked for. Rows that are new at a closing
    came with it only if the closing before was asked about, too.
    """
    _linked_counts: dict[str, WriteCounts] = field(default_factory=dict)
    """Project -> what each process that is linked to it had written by its last closing."""
    _holders: dict[str, set[int]] = field(default_factory=dict)
    """Project -> which processes held its lock since its last closing."""

    def __post_init__(self) -> None:
        self._project_votes = ProjectVotes(self.links.proc)
        self._unlinked_counts = WriteCounts(self.links.proc)

    @property
    def links(self) -> LoggingLinks:
        """The links that are known."""
        return self.questions.links

    def begin(self, projects: Collection[str]) -> None:
        """Let only rows and writes from now on count."""
        self._holders, self._linked_counts = {}, {}
        self._project_votes = ProjectVotes(self.links.proc)
        self._paused = set()
        self._wrote_without_project()
        for project in {link.project.name for _, link in self.links.known()}:
            self._counts_of(project).begin(self._linked_to(project))
        if self.new_runs is not None:
            for project in projects:
                self.new_runs(project)
            self._asked = dict.fromkeys(projects, _ASKED_CLOSINGS)

    def held(self, project: str, holders: Collection[int]) -> None:
        """Keep which processes held a project's lock."""
        self._holders.setdefault(project, set()).update(holders)

    def seconds_to_rest(self, most: float) -> float:
        """Return how long to wait for the next event of a lock before `rest` is due."""
        left = max(self._rest_at - time.monotonic(), 0.0)
        return self._project_votes.seconds_to_pause(min(most, left))

    def rest(self, busy: Collection[str], has_more: Callable[[float], bool]) -> None:
        """Leave what was written up to now out of the next flush, as no lock was opened since.

        When it has closed the lock, a process goes on to write: it folds the rows into the
        database. `busy` are projects whose lock is open; `has_more` waits for the next event of a
        lock for so many seconds, and returns whether it came.
        """
        self._rest_at = math.inf
        later = {
            project: self._linked_counts[project].again(self._linked_to(project))
            for project in self._linked_counts.keys() - {*busy}
            # Without a lock nobody knows who is writing.
            if has_lock(self.directory, project)
        }
        # Who opened a lock after the wait ended may already have written rows.
        opened = has_more(0.0)
        if not opened:
            self._linked_counts |= later
        if busy or opened:
            self._project_votes.miss_pause()
            return
        self._project_votes.forget_ended(self.links.process)
        self._project_votes.pause(has_more)
        self._wrote_without_project()

    def see(self, events: LockEvents, has_more: Callable[[float], bool]) -> None:
        """Find out who wrote to locks that were closed, and what; `has_more` as in `rest`."""
        # Writes belong to a project's flush only where no other project's lock was open meanwhile.
        # TrackIO closes the lock twice for one flush, often before this program wakes.
        lone = len(events.busy | {*events.closed}) == 1
        for project in events.closed:
            linked = self._linked_to(project)
            self._counts_of(project).adopt(linked, self._unlinked_counts)
        # Rows may be added until they were read. So this flush is counted until after that, and
        # the next from before.
        unlinked = self._unlinked_counts
        maybe = self._wrote_without_project()
        told = False
        for project in dict.fromkeys(events.closed):
            holders = self._holders.pop(project, set())
            linked, counts = self._linked_to(project), self._counts_of(project)
            self._linked_counts[project] = counts.again(linked)
            asked = [*self.questions.without_run(project)]
            wanted = bool(asked) or any(self._may_be_told(pid, project) for pid in maybe)
            runs = self._runs_of_closing(project, wanted=wanted)
            if wanted:
                self._rest_at = time.monotonic() + _REST_SECONDS
            later = counts.again(linked)
            written = counts.until(later)
            # Nobody adds rows while nobody has the lock.
            is_closed = project not in events.opened and has_lock(self.directory, project)
            if is_closed and not has_more(0.0):
                self._linked_counts[project] = later
            unlinked_written = unlinked.until(unlinked.again(self.questions.candidates()))
            grown, wrote = who_flushed(written), who_flushed(unlinked_written)
            for pid in (written.keys() - grown) | (unlinked_written.keys() - wrote):
                process = self.links.process(pid)
                if process is not None:
                    self._run_votes.rule_out(process, project, runs)
            if asked:
                # A process whose counters did not grow logged no rows, even if it held the lock.
                # The growth of a process that writes all the time proves nothing.
                silent = written.keys() - grown
                writers = holders | grown | (wrote & self._paused)
                able = [process for process in asked if process[0] not in silent]
                self._vote_for_runs(project, able, runs, writers)
            # A lock is also opened and closed without a write.
            if lone and runs and len(wrote) == 1 and not grown and holders <= wrote:
                (pid,) = wrote
                self._vote_for_project(pid, project, runs)
                told = True
        if not told:
            self._project_votes.flushed()

    def _wrote_without_project(self) -> set[int]:
        """Return which candidates wrote a flush's worth since the last call."""
        before = self._unlinked_counts
        self._unlinked_counts = before.again(self.questions.candidates())
        written = before.until(self._unlinked_counts)
        wrote = who_flushed(written)
        now = time.monotonic()
        self._paused &= written.keys()
        if now - self._looked_at >= _QUIET_SECONDS:
            self._paused |= written.keys() - wrote
        self._looked_at = now
        return wrote

    def _linked_to(self, project: str) -> set[int]:
        return {pid for (pid, _), link in self.links.known() if link.project.name == project}

    def _counts_of(self, project: str) -> WriteCounts:
        return self._linked_counts.setdefault(project, WriteCounts(self.links.proc))

    def _runs_of_closing(self, project: str, *, wanted: bool) -> set[RunOfRows]:
        """Return the runs whose rows came with a closing; none where the closing before was not
        asked.

        A process may use a GPU for days and log nothing: no database is opened for it.
        """
        before = self._asked.pop(project, None)
        left = _ASKED_CLOSINGS if wanted else (before or 0) - 1
        if self.new_runs is None or left < 0:
            return set()
        self._asked[project] = left
        runs = self.new_runs(project)
        if runs is None:
            # Its rows come with those of the next closing.
            del self._asked[project]
        return set() if before is None or runs is None else set(runs)

    def _vote_for_runs(
        self,
        project: str,
        asked: Collection[Process],
        runs: set[RunOfRows],
        writers: set[int],
    ) -> None:
        """Vote for a run where all new rows of a project came from one process."""
        # A process whose run is settled accounts for the new rows of that run.
        accounted = {
            pid: link.run
            for (pid, _), link in self.links.known()
            if link.project.name == project and link.settled_at is not None and link.run in runs
        }
        for process in asked:
            accounted.pop(process[0], None)
        left = runs - {*accounted.values()}
        if len(left) != 1:
            return
        (run,) = left
        for process in asked:
            if writers - accounted.keys() == {process[0]}:
                self._vote_for_run(process, project, run)

    def _vote_for_project(self, pid: int, project: str, runs: set[RunOfRows]) -> None:
        """Vote for a project where only this process without a project wrote at its flush."""
        process = self.links.process(pid)
        if process is None or not self._may_be_told(pid, project):
            return
        alone = self._project_votes.alone(process, project) and pid in self._paused
        if alone and self._project_votes.decided(process, project):
            self._project_votes.forget(process)
            self.links.learn(pid, ProjectId(self.directory, project), "writes")
        if len(runs) == 1:
            (run,) = runs
            self._vote_for_run(process, project, run)

    def _vote_for_run(self, process: Process, project: str, run: RunOfRows) -> None:
        self._run_votes.count(process, project, run)
        link = self.links.of(process[0])
        if link is not None and link.project.name == project:
            settled = self._run_votes.settled(process, project)
            if settled is not None:
                self.links.settle(process, settled, time.monotonic())

    def _may_be_told(self, pid: int, project: str) -> bool:
        """Return whether counters may tell that a process writes to a project.

        The owner of the project may run the process that writes, and only that user and root may
        read its counters.
        """
        process = self.links.process(pid)
        if process is None or self._project_votes.rests(process, project):
            return False
        owner = owner_of(self.directory, project)
        return owner is not None and os.geteuid() in (0, owner)
