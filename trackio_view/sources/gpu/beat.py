"""Tells when something that is done again and again is due."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, eq=False, repr=False)
class Beat:
    """Equal pauses, counted from when something was due and not from when it was done.

    So two things of the same pause keep their distance: a screen that follows each reading of the
    GPUs shows readings that are as new as at first.
    """

    due: float
    """In seconds of the clock that `wait` is told."""

    def wait(self, now: float, pause: float) -> float:
        """Return the seconds until it is due again; 0 where it took longer than the pause."""
        self.due = max(self.due + pause, now)
        return self.due - now
