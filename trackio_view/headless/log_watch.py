"""A plain training log that `--until` watches: followed as it grows."""

from __future__ import annotations

from pathlib import Path

from trackio_view.headless.event_watch import EventWatch
from trackio_view.headless.watch import Reach
from trackio_view.model.events import Notice, Severity
from trackio_view.model.selection import Selection
from trackio_view.sources.log.training_log import TrainingLog


class LogWatch(EventWatch):
    """Reads of a log what came since the last look, a piece at a time."""

    def __init__(self, path: Path, metric: str, selection: Selection) -> None:
        self._log = TrainingLog(path)
        super().__init__(self._log.project.name, metric, selection)

    @property
    def bytes_read(self) -> int:
        """How many bytes were read so far, for tests that count work."""
        return self._log.bytes_read

    @property
    def reach(self) -> Reach:
        """How far the last look has come: to the end of the log, or of a piece of it."""
        return Reach.PRESENT if self._log.at_end else Reach.MORE

    def look(self) -> bool:
        """Read the next piece; return whether any row is new."""
        found = False
        for event in self._log.read_new():
            if isinstance(event, Notice):
                # A log that is not there yet, or without a metric, is waited for in silence.
                is_fault = event.severity is Severity.ERROR
                self.fault = event.text if is_fault else None
            else:
                found |= self.apply(event)
        return found
