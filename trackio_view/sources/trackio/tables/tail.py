"""How much of a run's end a window needs: the fewest rows that give what the whole run would.

Rows are read backwards from the newest one. Where no row before them is of a step that they hold,
they tell the window and the newest step; TrackIO's index by step says so without a look at those
rows. Where an import wrote one metric after the other, more rows are read until that holds.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import chain

from trackio_view.model.run import Run, RunRows
from trackio_view.sources.trackio.tables.rows_before import RowsBefore, is_of_several

_MOST_QUESTIONS = 64
"""Late rows, and steps with which a run began again, that are asked about one by one."""


class Tail:
    """The newest rows of a run, as far as they are read."""

    def __init__(self, distinct_steps: int | None, since: float | None) -> None:
        self.batches: list[RunRows] = []
        """In id order."""
        self._distinct_steps = distinct_steps
        self._since = since
        self._steps: list[float] = []
        """The steps of all rows, those that hold no JSON object included."""
        self._judged_rows = 0

    def prepend(self, batches: Sequence[RunRows], steps: Sequence[float]) -> None:
        """Take in the rows before those that are here; `steps` are also those of broken rows."""
        self.batches[:0] = batches
        self._steps += steps

    def is_enough(self, before: RowsBefore) -> bool:
        """Return whether the rows tell the window, and the newest step, as the whole run would."""
        rows = len(self._steps)
        if rows < 2 * self._judged_rows or not self._may_be_enough() or not self.batches:
            # The rows of a long run are looked at each time that they have doubled.
            return False
        self._judged_rows = rows
        run = Run("", "", since=self._since)
        for batch in self.batches:
            run.append(batch)
        window = run.window_rows(self._distinct_steps)
        if not window.first and window.spans is None:
            return False
        spans = window.spans or ((window.first, window.end),)
        shown = chain.from_iterable(run.steps[first:end] for first, end in spans)
        # A run that began again within these rows may have done so before, too.
        again = run.steps[run.order.begin :] if run.order.restarts else ()
        lowest = min(filter(math.isfinite, chain(shown, again)), default=math.nan)
        if math.isnan(lowest):
            return True
        if run.step_metric is not None:
            # No index has the values of a metric: it is taken to rise, unless a row that was read
            # shows that it falls. Then processes may log one behind the other, which are less far
            # apart than half of the rows that were read.
            rises = not run.order.late and not run.order.restarts
            return rises or window.first >= run.row_count // 2
        if _may_be_of_several(run, before):
            return False
        mine = sum(step >= lowest for step in self._steps)
        if before.count_from(lowest, mine + 1) <= mine:
            late = [row for row in run.order.late if run.steps[row] < lowest]
            return len(late) <= _MOST_QUESTIONS and not any(
                _falls_back(run, row) or before.is_repeated(run.steps[row], _metrics_of(run, row))
                for row in late
            )
        # A run that began again logs steps that it had logged before.
        plain = not run.order.late and not run.order.restarts
        return plain and before.begins_again(run.steps[0], _metrics_of(run, 0))

    def _may_be_enough(self) -> bool:
        """Return whether the rows may be enough, as far as that is cheap to tell, before they are
        looked at in their order.
        """
        if self._since is not None:
            since = self._since
            if any(time < since for batch in self.batches for time in batch.times):
                return True
        return self._distinct_steps is not None and len(self._steps) > self._distinct_steps

    @property
    def step_metric(self) -> str | None:
        """The metric that carries the step, by the rows that are here."""
        return step_metric_of(self.batches)


def _may_be_of_several(run: Run, before: RowsBefore) -> bool:
    """Return whether a row that begins again may be of a process that goes on: all rows decide."""
    newest = {run.steps[row]: row for row in run.order.restarts}
    if len(newest) > _MOST_QUESTIONS:
        return True
    for step, row in newest.items():
        metrics = _metrics_of(run, row)
        logged = {at for name in metrics for at in run.series[name].rows if at < row}
        below = [run.steps[at] for at in logged if run.steps[at] < step]
        if is_of_several(below + before.steps_below(step, metrics)):
            return True
    return False


def _falls_back(run: Run, row: int) -> bool:
    """Return whether a metric of a row was logged at a later step before: then all rows decide."""
    for metric in _metrics_of(run, row):
        rows = run.series[metric].rows
        place = bisect_left(rows, row)
        if place and run.steps[rows[place - 1]] > run.steps[row]:
            return True
    return False


def _metrics_of(run: Run, row: int) -> frozenset[str]:
    """Return the metrics that were logged in a row."""
    found = set()
    for name, series in run.series.items():
        place = bisect_left(series.rows, row)
        if place < len(series) and series.rows[place] == row:
            found.add(name)
    return frozenset(found)


def step_metric_of(batches: Sequence[RunRows]) -> str | None:
    """Return the metric that carries the step, as far as these rows tell."""
    run = Run("", "")
    for batch in batches:
        run.append(batch)
    return run.step_metric
