"""Metrics of which a line tells no more than a number: they were logged once, or are always the
same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from trackio_view.model.run import Run
from trackio_view.series.series import Series

LEAST_ROWS = 50
"""In a run of fewer rows every metric may still become a line, and charts would come and go."""


@dataclass(slots=True, eq=False, repr=False)
class SingleValues:
    """Which metrics of the run on screen have one value; each of their values is looked at once."""

    _run: int = 0
    _looked_at: dict[str, int] = field(default_factory=dict)
    """How many equal values each metric has so far; -1 for a metric whose values differ."""
    _made_of: tuple[int, int, int] = (0, 0, 0)
    _found: frozenset[str] = frozenset()

    def of(self, run: Run, metrics: Sequence[str]) -> frozenset[str]:
        """Return those of a run's metrics that have one value: the same object while they do."""
        if run.row_count < LEAST_ROWS:
            return frozenset()
        made_of = (id(run), run.row_count, len(metrics))
        if self._made_of != made_of:
            if self._run != id(run):
                self._run, self._looked_at = id(run), {}
            self._made_of = made_of
            found = frozenset(one for one in metrics if self._is_single(one, run.series[one]))
            self._found = self._found if found == self._found else found
        return self._found

    def _is_single(self, metric: str, series: Series) -> bool:
        seen = self._looked_at.get(metric, 0)
        count = len(series)
        if seen > count:
            seen = 0
        if seen < 0 or series.exact or not count:
            return False
        first = series.values[0]
        # NaN equals nothing, so such a metric keeps its chart. Most metrics end elsewhere than they
        # began, which is told without a look at what lies between.
        is_single = math.isfinite(first) and series.values[-1] == first
        if is_single:
            fresh = series.values[seen:]
            is_single = fresh.count(first) == len(fresh)
        self._looked_at[metric] = count if is_single else -1
        return is_single
