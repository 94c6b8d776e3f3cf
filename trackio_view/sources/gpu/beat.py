"""When something that is done again and again is due."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, eq=False, repr=False)
class Beat:
    """Equal pauses, counted from when something was due and not from when it came to be done.

    So what is due shortly after something else stays so, and what is told of GPUs after each
    reading stays as new as it was at first.
    """

    due: float
    """In seconds of the clock that `wait` is told."""

    def wait(self, now: float, pause: float) -> float:
        """Return the seconds until it is due again; 0 where it took longer than the pause."""
        self.due = max(self.due + pause, now)
        return self.due - now
