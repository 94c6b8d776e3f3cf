"""Which project a process writes to: the one whose flushes coincide with its own writes.

The counter of a process that writes all the time grows with the flushes of any project. So a link
needs two flushes, and no other process with a readable counter may have written at each of them.
Processes that also wrote in the pause between flushes do not count.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from trackio_view.sources.gpu.run_votes import Process
from trackio_view.sources.gpu.write_counts import WriteCounts, all_processes, who_flushed

_ENOUGH = 2
_MOST_CHECKED = 8
"""After so many flushes that were compared with all processes' counters, a process is left alone.
"""
_REST_SECONDS = 60.0
"""How long such a process is left alone."""
_MOST_UNRELATED = 10
"""After so many flushes without a vote, the counters of all processes are no longer read."""
_PAUSE_SECONDS = 0.2
"""How long after a flush its pause is looked at; TrackIO flushes every half second."""


@dataclass(slots=True)
class _Vote:
    """The evidence that a process writes to a project."""

    flushes: int = 0
    """At how many flushes of the project it wrote, and no other process without a project did."""
    checked: int = 0
    """How many of these flushes were compared with the counters of all processes."""
    others: frozenset[int] | None = None
    """Which other processes wrote at each of the compared flushes."""
    newest: float = 0.0
    """When the newest vote was given, in seconds of a monotonic clock."""


@dataclass(slots=True)
class ProjectVotes:
    """The votes so far, and the counters of all processes while a vote is open."""

    proc: Path
    _votes: dict[tuple[Process, str], _Vote] = field(default_factory=dict)
    _everybody: WriteCounts | None = None
    _steady: frozenset[int] = frozenset()
    """Which processes wrote in the newest pause."""
    _pause_at: float = math.inf
    _unrelated: int = 0
    """How many flushes came since the newest vote."""

    def seconds_to_pause(self, most: float) -> float:
        """Return how long to wait for the next flush until the pause is to be looked at."""
        return max(min(self._pause_at - time.monotonic(), most), 0.0)

    def pause(self, has_more: Callable[[float], bool]) -> None:
        """Find the processes that write while no project is written to.

        Before the pause is due, only leave out of the next flush what was written up to now.
        `has_more` returns whether a lock was opened or closed after so many seconds.
        """
        is_due = self._pause_at == math.inf or time.monotonic() >= self._pause_at
        if self._everybody is not None:
            later = self._everybody.again(all_processes(self.proc))
            # Who opened a lock meanwhile may have written rows.
            if not has_more(0.0):
                if is_due:
                    self._steady = frozenset(who_flushed(self._everybody.until(later)))
                self._everybody = later
        if is_due:
            self._pause_at = math.inf

    def miss_pause(self) -> None:
        """Look at no pause until the next flush: a lock was opened before."""
        if time.monotonic() >= self._pause_at:
            self._pause_at = math.inf

    def flushed(self) -> None:
        """Compare with all processes' counters of now on: this flush proves nothing."""
        self._unrelated += 1
        if self._unrelated > _MOST_UNRELATED:
            self._everybody = None
        if self._everybody is not None:
            self._count_everybody()

    def rests(self, process: Process, project: str) -> bool:
        """Return whether a process is left alone, because many flushes proved nothing."""
        vote = self._votes.get((process, project))
        return (
            vote is not None
            and vote.checked >= _MOST_CHECKED
            and time.monotonic() - vote.newest < _REST_SECONDS
        )

    def alone(self, process: Process, project: str) -> bool:
        """Return whether of all processes only this one wrote at a project's flush.

        Of the processes without a project it must be the only one that wrote; the flush is counted.
        False where this is unknown yet: the first such flush only begins to read all counters.
        """
        if self.rests(process, project):
            return False
        vote = self._votes.setdefault((process, project), _Vote())
        if vote.checked >= _MOST_CHECKED:
            vote = self._votes[process, project] = _Vote()
        self._unrelated = 0
        vote.newest = time.monotonic()
        steady = self._steady
        grown = self._count_everybody()
        if grown is None:
            vote.flushes += 1
            return False
        vote.checked += 1
        if process[0] in steady:
            return False
        vote.flushes += 1
        others = frozenset(grown - steady - {process[0]})
        vote.others = others if vote.others is None else vote.others & others
        return not vote.others

    def decided(self, process: Process, project: str) -> bool:
        """Return whether the votes settle a process' project, once the last vote found it alone."""
        vote = self._votes[process, project]
        rest = (
            other.flushes
            for (voted, name), other in self._votes.items()
            if voted == process and name != project
        )
        return vote.flushes >= _ENOUGH and vote.flushes > 2 * max(rest, default=0)

    def forget_ended(self, process_now: Callable[[int], Process | None]) -> None:
        """Drop the votes for processes that ended, given which process has a number now."""
        for process in {process for process, _ in self._votes}:
            if process_now(process[0]) != process:
                self.forget(process)

    def forget(self, process: Process) -> None:
        """Drop the votes for a process."""
        self._votes = {key: vote for key, vote in self._votes.items() if key[0] != process}
        if not self._votes:
            self._everybody, self._pause_at = None, math.inf

    def _count_everybody(self) -> set[int] | None:
        """Return which processes wrote since the last count of all, if there was one, and count
        from now on.
        """
        first = self._everybody is None
        counts = self._everybody = self._everybody or WriteCounts(self.proc)
        grown = counts.grown(all_processes(self.proc))
        self._steady = frozenset()
        self._pause_at = time.monotonic() + _PAUSE_SECONDS
        return None if first else grown
