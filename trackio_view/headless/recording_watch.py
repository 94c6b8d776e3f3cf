"""A recording that `--until` watches: read at once, by the recording's own clock.

Its moments pass as fast as they are read, yet each outcome is judged as it would have been while
it was recorded: by what was known then, and by how long nothing had come.
"""

from __future__ import annotations

from pathlib import Path

from trackio_view.headless.event_watch import EventWatch
from trackio_view.headless.watch import Reach, Unwatchable
from trackio_view.model.selection import Selection
from trackio_view.recording.files import LeftOut, Unrecordable, read_header, recorded_events


class RecordingWatch(EventWatch):
    """Takes in one event of a recording a look, once its clock has come to the event's time."""

    def __init__(self, path: Path, project: str | None, metric: str, selection: Selection) -> None:
        """Open a recording; without a name, its own project is watched.

        Raises Unwatchable for what is no recording.
        """
        try:
            header = read_header(path)
        except Unrecordable as fault:
            raise Unwatchable(str(fault)) from None
        super().__init__(header.project if project is None else project, metric, selection)
        self._left_out = LeftOut()
        self._events = recorded_events(path, self._left_out)
        self._started = header.started
        self._at = 0.0
        self._next = next(self._events, None)
        self._is_due = False

    def left_out(self) -> list[str]:
        """Return a sentence for each kind of thing that could not be read so far."""
        return list(self._left_out.sentences().values())

    def now(self) -> float:
        """Return what the clock showed at this place of the recording, in epoch seconds."""
        return self._started + self._at

    def monotonic(self) -> float:
        """Return how many seconds of the recording have passed."""
        return self._at

    def sleep(self, seconds: float) -> None:
        """Let so many seconds of the recording pass, but no event.

        The clock stops at the next event's time before the event is taken in, so that a silence
        before it is seen.
        """
        if self._next is None:
            return
        self._is_due = self._next.at <= self._at
        if not self._is_due:
            self._at = min(self._at + seconds, self._next.at)

    @property
    def reach(self) -> Reach:
        """How far the last look has come: nothing comes once the recording has ended."""
        if self._next is None:
            return Reach.END
        return Reach.LOADING if self.is_loading else Reach.PRESENT

    def look(self) -> bool:
        """Take in the next event where it is due; return whether it brought rows."""
        if self._next is None or not self._is_due:
            return False
        found = self.apply(self._next.event)
        self._next, self._is_due = next(self._events, None), False
        return found
