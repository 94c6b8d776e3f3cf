"""The list of all charts: found by their names while these are typed, taken off the screen, brought
to the front, enlarged.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from trackio_view.view.bindings import Action, Mode
from trackio_view.view.chart_choice import ALL, VALUES, filter_of, in_order, is_named
from trackio_view.view.charted_runs import NOTHING_LOGGED
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.places import Seen
from trackio_view.view.runs.query_terms import Query
from trackio_view.view.scrolling import MOVES, lines_moved
from trackio_view.view.text_entry import TypedLine


@dataclass(slots=True)
class ChartListView:
    """Which charts are listed, and on which of them the line is."""

    on: str | None = None
    """The metric that the line is on. The line stays on it while others come and go."""
    typing: TypedLine = field(default_factory=TypedLine)
    """What the names listed fit."""
    fault: str = ""
    """Why the typed text is no filter. All charts are listed then."""
    _query: Query | None = None
    _place: int = 0
    """The place of the line when a key was last pressed."""
    _made_of: tuple[object, ...] = ()
    _metrics: Sequence[str] = ()
    _places: dict[str, int] = field(default_factory=dict)

    def type(self, keys: Sequence[str]) -> None:
        """Take in keys of the text that names are to fit."""
        self.typing.feed(keys)
        self._query, self.fault = filter_of(self.typing.text)

    def listed(self, metrics: Sequence[str], order: Sequence[str]) -> Sequence[str]:
        """Return those of `metrics` that fit what is typed, in the order of their charts.

        The list is made anew only after a change: each key and frame ask for it several times, and
        it may hold thousands of metrics.
        """
        made_of = (self._query, order, len(metrics))
        if self._made_of[:3] != made_of or self._made_of[3] is not metrics:
            ordered = in_order(metrics, order)
            query = self._query
            self._metrics = (
                ordered if query is None else [one for one in ordered if is_named(one, query)]
            )
            self._places = {metric: place for place, metric in enumerate(self._metrics)}
            self._made_of = (*made_of, metrics)
        return self._metrics

    def position(self) -> int:
        """Return the line among the charts that were listed last."""
        place = None if self.on is None else self._places.get(self.on)
        return max(0, min(self._place if place is None else place, len(self._metrics) - 1))

    def move(self, lines: int) -> None:
        """Move the line among the charts that were listed last."""
        self._place = max(0, min(self.position() + lines, len(self._metrics) - 1))
        self.on = self._metrics[self._place] if self._metrics else None


def listed_charts(dashboard: Dashboard, view: ChartListView) -> Sequence[str]:
    """Return the charts that are listed."""
    return view.listed(dashboard.every_metric, dashboard.view.choice.order)


def open_chart_list(dashboard: Dashboard) -> str | None:
    """Lay the list over the charts, with the line on the focused chart. Return why that cannot be,
    `None` where it can.
    """
    if not dashboard.every_metric:
        return NOTHING_LOGGED
    metrics = dashboard.metrics
    on = metrics[dashboard.focus] if metrics else None
    dashboard.view.open(Mode.CHART_LIST, ChartListView(on))
    return None


def move_over_chart_list(dashboard: Dashboard, action: Action, _: Seen) -> None:
    """Move the line of the list."""
    view = dashboard.view.state(ChartListView)
    if view is not None:
        listed_charts(dashboard, view)
        view.move(lines_moved(action, dashboard.height))


def type_in_chart_list(
    dashboard: Dashboard, action: Action | None, keys: Sequence[str], seen: Seen
) -> None:
    """Take in keys of the list. Letters find names; other keys act on the line or on all charts."""
    view = dashboard.view.state(ChartListView)
    if view is None:
        return
    listed = listed_charts(dashboard, view)
    if action is None:
        view.type(keys)
        listed_charts(dashboard, view)
        view.move(0)
        dashboard.view.said = view.fault
    elif action is Action.BACK:
        dashboard.view.back()
    elif action in MOVES:
        move_over_chart_list(dashboard, action, seen)
    elif not listed:
        dashboard.view.said = "no chart is named like that"
    elif action is Action.ENLARGE:
        _enlarge(dashboard, listed[view.position()])
    elif action is Action.TO_FRONT:
        metric = listed[view.position()]
        is_front = dashboard.view.charts.bring_to_front(metric)
        place = "at the front" if is_front else "in its own place again"
        dashboard.view.said = f"{metric} is {place}"
    else:
        chosen = listed if action is Action.DROP_LISTED else [listed[view.position()]]
        dashboard.view.said = _drop_or_show(dashboard, chosen)


def _drop_or_show(dashboard: Dashboard, metrics: Collection[str]) -> str:
    """Take charts off the screen. If none of them is on screen, bring them back. Return what was
    done.
    """
    charts = dashboard.view.charts
    dropped, chosen = charts.framing.dropped, frozenset(metrics)
    shows = chosen <= dropped
    dropped = dropped - chosen if shows else dropped | chosen
    charts.change(charts.framing._replace(dropped=dropped))
    what = next(iter(metrics)) if len(chosen) == 1 else f"{len(chosen):,} charts"
    verb = "is" if len(chosen) == 1 else "are"
    return f"{what} {verb} {'on the screen again' if shows else 'off the screen'}"


def _enlarge(dashboard: Dashboard, metric: str) -> None:
    """Let a chart fill the screen, also where it was not among the charts on screen."""
    view, charts = dashboard.view, dashboard.view.charts
    if metric in charts.framing.dropped:
        charts.change(charts.framing._replace(dropped=charts.framing.dropped - {metric}))
    if metric not in dashboard.metrics:
        view.choice.set_filter("")
    if metric not in dashboard.metrics:
        view.choice.tab = ALL
    if metric not in dashboard.metrics:
        view.choice.tab = VALUES
    view.back()
    view.focus = list(dashboard.metrics).index(metric)
    if not view.enlarged:
        view.charts.cursor = view.charts.anchor = None
        view.open(Mode.ENLARGED)
