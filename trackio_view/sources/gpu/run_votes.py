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
WROTE = 1
"""What it weighs that of the project's processes only this one wrote meanwhile."""
_ENOUGH = 3


@dataclass(slots=True)
class RunVotes:
    """The votes so far. One that is wrong by coincidence decides nothing."""

    _votes: dict[Process, Counter[RunOfRows]] = field(default_factory=dict)

    def decided(self, process: Process, run: RunOfRows, weight: int) -> bool:
        """Count a vote; return whether it settles the run.

        It does with enough votes, and more than twice as many as for any other. Then the votes
        begin anew, as a process may begin another run.
        """
        votes = self._votes.setdefault(process, Counter())
        votes[run] += weight
        others = max((count for other, count in votes.items() if other != run), default=0)
        if votes[run] < _ENOUGH or votes[run] <= 2 * others:
            return False
        del self._votes[process]
        return True
