"""Which runs are compared and which charts are on screen, derived of what is known and looked at.

Each frame asks for them often. An answer is kept until something that it was derived from changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from trackio_view.model.knowledge import Knowledge
from trackio_view.model.run import Run, RunKey
from trackio_view.model.selection import Selection
from trackio_view.view.chart_choice import ChosenCharts, choose
from trackio_view.view.compared_runs import ComparedRun, find_compared, metrics_of_all
from trackio_view.view.marks import Marks
from trackio_view.view.places import View
from trackio_view.view.shown_charts import ShownCharts
from trackio_view.view.single_values import SingleValues


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
