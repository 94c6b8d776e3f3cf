"""Which project a process writes to, by whose counters grew with the flushes of its lock.

A process that writes all the time grows with the flushes of any project. So a link needs two
flushes, and of all processes whose counters are readable no other one may have grown with each of
them. Those that also wrote in the pause between flushes do not count.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from trackio_view.sources.gpu.run_votes import Process
from trackio_view.sources.gpu.write_counts import WriteCounts, all_processes

_ENOUGH = 2
_MOST_CHECKED = 8
"""How many flushes are compared with everybody's counters before a process is left alone."""
_REST_SECONDS = 60.0
"""For how long it is left alone then."""
_MOST_UNRELATED = 10
"""After so many flushes without a vote, everybody's counters are read no more."""
_PAUSE_SECONDS = 0.2
"""How long after a flush the pause is looked at; TrackIO flushes every half second."""


@dataclass(slots=True)
class _Vote:
    """What speaks for a process writing to a project."""

    flushes: int = 0
    """How many flushes of the project grew it, and no other process without a project."""
    checked: int = 0
    """How many of them were compared with everybody's counters."""
    others: frozenset[int] | None = None
    """Who else grew with each of those that were compared."""
    newest: float = 0.0
    """When the newest vote was given, in seconds of a monotonic clock."""


@dataclass(slots=True)
class ProjectVotes:
    """The votes so far, and everybody's counters while a vote is open."""

    proc: Path
    _votes: dict[tuple[Process, str], _Vote] = field(default_factory=dict)
    _everybody: WriteCounts | None = None
    _steady: frozenset[int] = frozenset()
    """Who wrote in the newest pause."""
    _pause_at: float = math.inf
    _unrelated: int = 0
    """How many flushes came since the newest vote."""

    def seconds_to_pause(self, most: float) -> float:
        """Return how long to wait for the next flush until the pause is to be looked at."""
        return max(min(self._pause_at - time.monotonic(), most), 0.0)

    def pause(self) -> None:
        """Look who writes while no project is written to."""
        self._pause_at = math.inf
        if self._everybody is not None:
            self._steady = frozenset(self._everybody.grown(all_processes(self.proc)))

    def flushed(self) -> None:
        """Count everybody's writes from now on: the flush that came tells nothing."""
        self._unrelated += 1
        if self._unrelated > _MOST_UNRELATED:
            self._everybody = None
        if self._everybody is not None:
            self._count_everybody()

    def rests(self, process: Process, project: str) -> bool:
        """Return whether a process is left alone, as many flushes did not tell."""
        vote = self._votes.get((process, project))
        return (
            vote is not None
            and vote.checked >= _MOST_CHECKED
            and time.monotonic() - vote.newest < _REST_SECONDS
        )

    def alone(self, process: Process, project: str) -> bool:
        """Return whether of everybody only this process wrote with a project's flush.

        It is asked for a process that alone wrote of those without a project, and counts the flush.
        False where that can't be told yet: the first such flush only begins to look at everybody.
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
        """Return whether the votes settle a process' project: the last one found it alone."""
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
        """Return who grew since everybody was counted last, if ever, and count from now on."""
        first = self._everybody is None
        counts = self._everybody = self._everybody or WriteCounts(self.proc)
        grown = counts.grown(all_processes(self.proc))
        self._steady = frozenset()
        self._pause_at = time.monotonic() + _PAUSE_SECONDS
        return None if first else grown
