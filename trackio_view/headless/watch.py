"""What `--until` asks of whatever it watches: the newest value of the run that is looked at."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol

from trackio_view.model.run import Run, RunRows
from trackio_view.model.selection import Selection
from trackio_view.series.series import Number

STEP = "step"
"""What a condition calls the run's step, unless the run logs a metric of that name."""

_KEPT_ROWS = 10_000
"""Rows kept to tell a run's pace: a wait may last for weeks."""


@dataclass(slots=True)
class WatchedRun:
    """What is known of a run that is waited for."""

    run: Run
    value: Number | None = None
    """The metric's newest value; `None` until it is logged."""
    step: float | None = None
    """The step at which it was logged."""
    had_nan: bool = False
    """Whether the metric was NaN in the newest look: its last value, or one since."""

    def append(self, metric: str, batch: RunRows, *, all_new: bool) -> None:
        """Take in rows; `all_new` says that they came while we were waiting."""
        if self.run.row_count > _KEPT_ROWS:
            self.run = Run(self.run.run_id, self.run.name)
        base = self.run.row_count
        self.run.append(batch)
        column = batch.columns.get(metric)
        if column is None:
            if metric == STEP and STEP not in self.run.series:
                self.value = self.step = self.run.last_step
            return
        last = len(column.values) - 1
        self.value = column.exact.get(last, column.values[last])
        self.step = self.run.steps[base + column.rows[last]]
        # NaN is the only number that differs from itself.
        logged = column.values if all_new else column.values[last:]
        self.had_nan = any(value != value for value in logged) or (all_new and self.had_nan)


class Unwatchable(Exception):
    """What was named cannot be watched, or no longer; the text is a sentence."""


class Reach(enum.Enum):
    """How far the last look has come."""

    PRESENT = enum.auto()
    """All that was there is known; more may come."""
    MORE = enum.auto()
    """More is there to be read at once: what is known is not the newest."""
    LOADING = enum.auto()
    """What is known is not the newest; the rest comes with time."""
    END = enum.auto()
    """All is known, and nothing more will come."""


class Watch(Protocol):
    """What is looked at again and again until a condition holds."""

    selection: Selection
    fault: str | None
    """Why nothing could be read at the last look, if nothing could."""

    @property
    def project(self) -> str | None:
        """The project that is watched; `None` until it is known."""

    @property
    def current(self) -> WatchedRun | None:
        """The selected run, or the one with the newest row; `None` until there is one."""

    @property
    def reach(self) -> Reach:
        """How far the last look has come."""

    def look(self) -> bool:
        """Read what is new; return whether any row is."""
