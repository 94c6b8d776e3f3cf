"""Which run a process logs, by counting which runs' rows came while it wrote."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

RunOfRows = tuple[str | None, str]
"""A run's id, where its rows have one, and its name."""
Process = tuple[int, str]
"""A process' number and when it started, for numbers are used again."""

HELD = 2
"""What it weighs that a process held the lock before the rows were there."""
ALONE = 2
"""What it weighs that of everybody only this one wrote meanwhile."""
WROTE = 1
"""What it weighs that of the project's processes only this one wrote meanwhile."""
_ENOUGH = 3


@dataclass(slots=True)
class RunVotes:
    """The votes by process and project. One that is wrong by coincidence decides nothing."""

    _votes: dict[tuple[Process, str], Counter[RunOfRows]] = field(default_factory=dict)

    def count(self, process: Process, project: str, run: RunOfRows, weight: int) -> None:
        """Count a vote for a run of a project."""
        self._votes.setdefault((process, project), Counter())[run] += weight

    def settled(self, process: Process, project: str) -> RunOfRows | None:
        """Return the run of a project that the votes settle for a process, if any.

        They do where there are enough, and more than twice as many as for any other run. Then they
        begin anew, as a process may begin another run.
        """
        votes = self._votes.get((process, project), Counter())
        (run, most), *rest = [*votes.most_common(2), (None, 0)][:2]
        if run is None or most < _ENOUGH or most <= 2 * rest[0][1]:
            return None
        self.forget(process)
        return run

    def forget(self, process: Process) -> None:
        """Drop the votes for a process: they begin anew, or it ended."""
        self._votes = {key: votes for key, votes in self._votes.items() if key[0] != process}
