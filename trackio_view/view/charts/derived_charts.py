"""Which runs are compared and which charts are on screen, derived from what is known and looked at.

Each frame asks for them often. An answer is kept until something that it was derived from changes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from trackio_view.model.knowledge import Knowledge
from trackio_view.model.run import Run, RunKey
from trackio_view.model.selection import Selection
from trackio_view.series.series import Series
from trackio_view.view.charts.chart_choice import ChosenCharts, choose
from trackio_view.view.charts.compared_runs import ComparedRun, find_compared, metrics_of_all
from trackio_view.view.charts.shown_charts import ShownCharts
from trackio_view.view.marks import Marks
from trackio_view.view.places import View

LEAST_ROWS = 50
"""In a run of fewer rows every metric may still become a line, and charts would come and go."""


@dataclass(slots=True, eq=False, repr=False)
class SingleValues:
    """Which metrics of the run on screen have one value; each of their values is looked at once."""

    _run: Run | None = None
    _looked_at: dict[str, int] = field(default_factory=dict)
    """How many equal values each metric has so far; -1 for a metric whose values differ."""
    _made_of: tuple[int, int] = (0, 0)
    _found: frozenset[str] = frozenset()

    def of(self, run: Run, metrics: Sequence[str]) -> frozenset[str]:
        """Return those of a run's metrics that have one value: the same object while they do."""
        if run.row_count < LEAST_ROWS:
            return frozenset()
        if self._run is not run:
            self._run, self._looked_at, self._made_of = run, {}, (0, 0)
        made_of = (run.row_count, len(metrics))
        if self._made_of != made_of:
            self._made_of = made_of
            found = frozenset(one for one in metrics if self._is_single(one, run.series[one]))
            self._found = self._found if found == self._found else found
        return self._found

    def _is_single(self, metric: str, series: Series) -> bool:
        seen = self._looked_at.get(metric, 0)
        count = len(series)
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


@dataclass(slots=True, eq=False, repr=False)
class DerivedCharts:
    """The newest answers, each beside what it was derived from."""

    _compared: tuple[object, list[ComparedRun]] = (None, [])
    _compared_metrics: tuple[object, list[str]] = (None, [])
    _selected: tuple[list[str], list[str]] | None = None
    """The metrics of a run, and the selected ones among them."""
    _single: SingleValues = field(default_factory=SingleValues)
    _charts: tuple[object, list[str], ChosenCharts] | None = None
    """By what the charts were chosen, among which metrics, and which ones were chosen."""
    _charts_of: tuple[object, ChosenCharts] | None = None
    """The state in which they were asked for last, and the answer."""
    _shown: tuple[object, ShownCharts] | None = None
    """The state in which they were laid out last, and how."""

    def compared(self, marks: Marks, known: Knowledge, shown: RunKey) -> list[ComparedRun]:
        """Return the marked runs that are there while a run is shown, the one in front last."""
        made_of = (marks.revision, known.revision, shown)
        if self._compared[0] != made_of:
            self._compared = (made_of, find_compared(marks, known.projects, shown))
        return self._compared[1]

    def metrics(
        self, selection: Selection, compared: list[ComparedRun], run: Run | None
    ) -> list[str]:
        """Return the selected metrics of all compared runs, or of a run, in the charts' order."""
        if compared:
            # The key by which the compared runs were found changes with every row, too.
            made_of = self._compared[0]
            if self._compared_metrics[0] != made_of:
                found = selection.metrics_among(metrics_of_all(compared))
                self._compared_metrics = (made_of, found)
            return self._compared_metrics[1]
        if run is None:
            return []
        metrics = run.chart_metrics
        if not selection.metrics:
            return metrics
        if self._selected is None or self._selected[0] is not metrics:
            self._selected = (metrics, selection.metrics_among(metrics))
        return self._selected[1]

    def charts_of(self, state: object, choose: Callable[[], ChosenCharts]) -> ChosenCharts:
        """Return what `choose` does, which is not asked again in the state of the newest answer.

        The state changes with whatever the answer follows from.
        """
        if self._charts_of is None or self._charts_of[0] != state:
            self._charts_of = state, choose()
        return self._charts_of[1]

    def shown(self, state: object, lay_out: Callable[[], ShownCharts]) -> ShownCharts:
        """Return what `lay_out` does, which is not asked again in the state of the newest answer.

        The state changes with whatever the answer follows from.
        """
        if self._shown is None or self._shown[0] != state:
            self._shown = state, lay_out()
        return self._shown[1]

    def charts(self, view: View, compared: list[ComparedRun], run: Run | None) -> ChosenCharts:
        """Return which of all charts of the compared runs, or of a run, are on screen."""
        metrics, choice = self.metrics(view.selection, compared, run), view.choice
        framing = view.charts.framing
        dropped, front, own = framing.dropped, framing.front, framing.order
        single: frozenset[str] = frozenset()
        if run is not None and not view.selection.metrics:
            # A metric that was asked for is never one of them, and there are none where runs are
            # compared.
            single = self._single.of(run, metrics)
        made_of = (choice.tab, choice.filter, front, choice.order, own, dropped, single)
        # The metrics are compared by identity, because each frame asks often and there may be
        # thousands.
        if self._charts is None or self._charts[0] != made_of or self._charts[1] is not metrics:
            chosen = choose(metrics, choice, dropped, single, front, own)
            self._charts = (made_of, metrics, chosen)
        return self._charts[2]

    def forget(self) -> None:
        """Drop what would keep old runs in memory until it is derived again."""
        self._compared, self._compared_metrics = (None, []), (None, [])
        self._selected = self._charts = self._charts_of = self._shown = None
        self._single = SingleValues()
