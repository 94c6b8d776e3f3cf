"""Which run a process logs: the one whose rows came most often while the process wrote."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

RunOfRows = tuple[str | None, str]
"""A run's id, where its rows have one, and its name."""
Process = tuple[int, str]
"""A process' number and when it started, for numbers are used again."""

_ENOUGH = 2
_RULED_OUT_SECONDS = 20.0
"""How long a process is ruled out that wrote nothing with rows of a run; it may begin to log it."""


@dataclass(slots=True)
class RunVotes:
    """The votes by process and project. One vote, which may be a coincidence, decides nothing."""

    _votes: dict[tuple[Process, str], Counter[RunOfRows]] = field(default_factory=dict)
    _ruled_out: dict[tuple[Process, str, RunOfRows], float] = field(default_factory=dict)
    """When a process last wrote nothing while rows of a project's run came."""

    def count(self, process: Process, project: str, run: RunOfRows) -> None:
        """Count a flush that brought rows of a project's run while only this process wrote."""
        self._votes.setdefault((process, project), Counter())[run] += 1

    def rule_out(self, process: Process, project: str, runs: Collection[RunOfRows]) -> None:
        """Keep that rows of a project's runs came while the process wrote nothing.

        It logs none of them now, whatever it wrote at other flushes.
        """
        now = time.monotonic()
        self._ruled_out |= {(process, project, run): now for run in runs}

    def settled(self, process: Process, project: str) -> RunOfRows | None:
        """Return the run of a project that the votes settle for a process, if any.

        They do where there are two, and more than twice as many as for any other run. Then they
        begin anew, as a process may begin another run.
        """
        votes = self._votes.get((process, project), Counter())
        (run, most), *rest = [*votes.most_common(2), (None, 0)][:2]
        if run is None or most < _ENOUGH or most <= 2 * rest[0][1]:
            return None
        ruled_out = self._ruled_out.get((process, project, run), -math.inf)
        if time.monotonic() - ruled_out < _RULED_OUT_SECONDS:
            return None
        self.forget(process)
        return run

    def forget(self, process: Process) -> None:
        """Drop the votes for a process: they begin anew."""
        self._votes = {key: votes for key, votes in self._votes.items() if key[0] != process}
