"""A recording that `--until` follows: read at once, by the recording's own clock.

Its moments pass as fast as they are read. But each outcome is judged as it would have been during
the recording: by what was known then, and by how long nothing had come.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trackio_view.model.events import DataEvent, Notice
from trackio_view.recording.files import Header, LeftOut, recorded_events
from trackio_view.sources.newest_rows import Reach, WaitingClock


class RecordedRows:
    """Brings one event of a recording a look, once its clock has come to the event's time."""

    def __init__(self, path: Path, header: Header, project: str | None) -> None:
        """Open a recording; without a name, its own project is followed."""
        self.project = header.project if project is None else project
        self.clock = WaitingClock(self._now, self._monotonic, self._sleep)
        self._left_out = LeftOut()
        self._events = recorded_events(path, self._left_out)
        self._started = header.started
        self._at = 0.0
        self._next = next(self._events, None)
        self._is_read = True
        """Whether the next event is known. The next event of a pipe may be hours away."""
        self._is_due = False

    @property
    def reach(self) -> Reach:
        """How far the last look has come: nothing comes once the recording has ended."""
        return Reach.END if self._is_read and self._next is None else Reach.PRESENT

    def look(self) -> Sequence[DataEvent]:
        """Return the next event where it is due."""
        if self._next is None or not self._is_due:
            return ()
        event = self._next.event
        self._next, self._is_read, self._is_due = None, False, False
        # A fault of that time does not prevent reading now.
        return () if isinstance(event, Notice) else (event,)

    def left_out(self) -> Sequence[str]:
        """Return a sentence for each kind of thing that could not be read so far."""
        return list(self._left_out.sentences().values())

    def _now(self) -> float:
        """Return what the clock showed at this place of the recording, in epoch seconds."""
        return self._started + self._at

    def _monotonic(self) -> float:
        """Return how many seconds of the recording have passed."""
        return self._at

    def _sleep(self, seconds: float) -> None:
        """Let so many seconds of the recording pass, but no event.

        The clock stops at the next event's time before the event is taken in, so that a silence
        before it is seen.
        """
        if not self._is_read:
            self._next, self._is_read = next(self._events, None), True
        if self._next is None:
            return
        self._is_due = self._next.at <= self._at
        if not self._is_due:
            self._at = min(self._at + seconds, self._next.at)
