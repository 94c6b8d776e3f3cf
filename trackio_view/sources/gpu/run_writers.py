"""Which process writes a run: the only one that wrote with each of the run's flushes.

At first it may be any process. Each flush rules out the processes that did not write at that time.
A process is said to be the writer once it is the only one left, after two flushes at the earliest.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from trackio_view.model.run import RunOfRows

Process = tuple[int, str]
"""A process' number and when it started, for numbers are used again."""

_ENOUGH = 2
"""How many flushes are needed: a writer that wrote a single time may have come and gone unseen."""
_ENOUGH_MORE = 4
"""So many more flushes are needed after each time that no process was left: another process may
write the run.
"""
_MOST_BEGUN = 3
"""After no process was left so many times, a process that nobody sees seems to write the run."""
_UNSEEN_SECONDS = 60.0
"""How long such a run is left alone."""


@dataclass(slots=True, eq=False, repr=False)
class _Suspects:
    """Who may write a run."""

    left: frozenset[int] | None = None
    """`None` while it may be any process."""
    flushes: int = 0
    """How many flushes left these."""
    begun: int = 0
    """How many times the search began anew because no process was left."""
    begun_at: float = 0.0

    def narrow(self, wrote: frozenset[int]) -> None:
        self.left = wrote if self.left is None else self.left & wrote
        self.flushes += 1
        if not self.left:
            # Another process writes the run now, or one that nobody sees.
            self.left, self.flushes = None, 0
            self.begun, self.begun_at = self.begun + 1, time.monotonic()

    def only_one(self) -> int | None:
        if self.left is None or self.flushes < _ENOUGH + self.begun * _ENOUGH_MORE:
            return None
        pid, *others = self.left
        return None if others else pid

    def is_unseen(self) -> bool:
        lasts = time.monotonic() - self.begun_at < _UNSEEN_SECONDS
        if not lasts:
            self.begun = 0
        return self.begun >= _MOST_BEGUN


@dataclass(slots=True, eq=False, repr=False)
class RunWriters:
    """Who may write each run of each project."""

    _suspects: dict[tuple[str, RunOfRows], _Suspects] = field(default_factory=dict)

    def suspects(self) -> frozenset[int]:
        """Return all processes that are suspected to write a run."""
        return frozenset().union(*(found.left or () for found in self._suspects.values()))

    def are_several(self) -> bool:
        """Return whether any run may be written by one of several processes."""
        return any(len(found.left or ()) > 1 for found in self._suspects.values())

    def is_unknown(self, project: str, runs: Iterable[RunOfRows]) -> bool:
        """Return whether any process may write one of these runs, so that all are looked at."""
        each = [self._suspects.get((project, run)) or _Suspects() for run in runs]
        return any(found.left is None and not found.is_unseen() for found in each)

    def narrow(
        self,
        project: str,
        runs: Iterable[RunOfRows],
        wrote: Collection[int],
        *,
        knows_everybody: bool,
    ) -> None:
        """Keep who may have written the rows of some runs.

        `wrote` has all suspects for which that is so; with `knows_everybody` all processes.
        """
        for run in runs:
            found = self._suspects.setdefault((project, run), _Suspects())
            if not found.is_unseen() and (knows_everybody or found.left is not None):
                found.narrow(frozenset(wrote))

    def told(self, project: str, runs: Iterable[RunOfRows]) -> dict[int, list[RunOfRows]]:
        """Return who certainly writes which of these runs."""
        writers: dict[int, list[RunOfRows]] = {}
        for run in runs:
            found = self._suspects.get((project, run))
            pid = None if found is None else found.only_one()
            if pid is not None:
                writers.setdefault(pid, []).append(run)
        return writers
