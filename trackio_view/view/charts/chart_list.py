"""The list of all charts, a tree by the beginnings of their names: found while these are typed,
taken off the screen, brought to the front, put in another order, enlarged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from trackio_view.light_typing import NamedTuple
from trackio_view.view.actions import Action, Mode
from trackio_view.view.charts.chart_choice import (
    ALL,
    VALUES,
    filter_of,
    group_of,
    in_order,
    in_own_order,
    is_named,
)
from trackio_view.view.charts.charted_runs import NO_VALUES_YET
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.places import Seen
from trackio_view.view.runs.query_terms import Query
from trackio_view.view.scrolling import MOVES, lines_moved
from trackio_view.view.text_entry import TypedLine


class ListedLine(NamedTuple):
    """A line of the list: a chart, or the group of those below it."""

    group: str
    metric: str | None = None
    """`None` on the line of the group."""


@dataclass(slots=True, eq=False, repr=False)
class ChartListView:
    """Which charts are listed, and on which of them the line is."""

    on: str | ListedLine | None = None
    """The metric that the line is on, or the line of a group. The line stays there while others
    come and go."""
    typing: TypedLine = field(default_factory=TypedLine)
    """The text that the names listed fit."""
    fault: str = ""
    """Why the typed text is no filter. All charts are listed then."""
    folded: frozenset[str] = frozenset()
    """The groups whose charts are not listed as long as nothing is typed."""
    _query: Query | None = None
    _place: int = 0
    """The place of the line when a key was last pressed."""
    _made_of: tuple[object, ...] = ()
    _metrics: Sequence[str] = ()
    _groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    _lines: Sequence[ListedLine] = ()
    _places: dict[str | ListedLine, int] = field(default_factory=dict)

    def type(self, keys: Sequence[str]) -> None:
        """Take in keys of the text that names are to fit."""
        self.typing.feed(keys)
        self._query, self.fault = filter_of(self.typing.text)

    def listed(
        self, metrics: Sequence[str], order: Sequence[str], own: Sequence[str] = ()
    ) -> Sequence[str]:
        """Return those of `metrics` that fit what is typed, in the order of their charts, group by
        group.

        The list is made anew only after a change: each key and frame ask for it several times, and
        it may hold thousands of metrics.
        """
        made_of = (self._query, self.folded, order, own, len(metrics))
        if self._made_of[:5] != made_of or self._made_of[5] is not metrics:
            ordered = in_own_order(in_order(metrics, order), own)
            query = self._query
            groups: dict[str, list[str]] = {}
            for metric in ordered:
                if query is None or is_named(metric, query):
                    groups.setdefault(group_of(metric), []).append(metric)
            self._metrics = [metric for group in groups.values() for metric in group]
            self._groups = groups
            self._lines = list(self._lines_of(groups))
            self._places = {line.metric or line: at for at, line in enumerate(self._lines)}
            self._made_of = (*made_of, metrics)
        return self._metrics

    def _lines_of(self, groups: Mapping[str, Sequence[str]]) -> Iterator[ListedLine]:
        for group, metrics in groups.items():
            # One group alone needs no name.
            if len(groups) > 1:
                yield ListedLine(group)
            if len(groups) == 1 or self._query is not None or group not in self.folded:
                yield from (ListedLine(group, metric) for metric in metrics)

    @property
    def lines(self) -> Sequence[ListedLine]:
        """The lines of the charts that were listed last."""
        return self._lines

    def of_group(self, group: str) -> Sequence[str]:
        """Return those of a group that were listed last, folded or not."""
        return self._groups.get(group, ())

    def line(self) -> ListedLine | None:
        """Return the line among those that were listed last; `None` where there is none."""
        return self._lines[self.position()] if self._lines else None

    def position(self) -> int:
        """Return the place of the line among those that were listed last."""
        place = None if self.on is None else self._places.get(self.on)
        if place is None and isinstance(self.on, str):
            # The group of the chart may be folded.
            place = self._places.get(ListedLine(group_of(self.on)))
        return max(0, min(self._place if place is None else place, len(self._lines) - 1))

    def move(self, lines: int) -> None:
        """Move the line among those that were listed last."""
        self._place = max(0, min(self.position() + lines, len(self._lines) - 1))
        line = self._lines[self._place] if self._lines else None
        self.on = None if line is None else line.metric or line


def listed_charts(dashboard: Dashboard, view: ChartListView) -> Sequence[str]:
    """Return the charts that are listed."""
    own = dashboard.view.charts.framing.order
    return view.listed(dashboard.every_metric, dashboard.view.choice.order, own)


def open_chart_list(dashboard: Dashboard) -> str | None:
    """Lay the list over the charts, with the line on the focused chart. Return why that cannot be,
    `None` where it can.
    """
    if not dashboard.every_metric:
        return NO_VALUES_YET
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
    elif action in (Action.LEFT, Action.RIGHT):
        dashboard.view.said = _sideways(dashboard, view, 1 if action is Action.RIGHT else -1)
    elif action in MOVES:
        move_over_chart_list(dashboard, action, seen)
    elif (line := view.line()) is None:
        dashboard.view.said = "no chart is named like that"
    elif action is Action.ENLARGE:
        _go_to(dashboard, line)
    else:
        # A key on a group acts on all charts of the group that are listed.
        chosen = view.of_group(line.group) if line.metric is None else [line.metric]
        if action is Action.TO_FRONT:
            dashboard.view.said = bring_to_front(dashboard, chosen)
        else:
            chosen = listed if action is Action.DROP_LISTED else chosen
            dashboard.view.said = _drop_or_show(dashboard, chosen)


def _sideways(dashboard: Dashboard, view: ChartListView, direction: int) -> str:
    """Fold a group or open it; put a chart a place earlier or later in its group."""
    line = view.line()
    if line is None:
        return "no chart is named like that"
    if line.metric is None:
        if view.typing.text:
            return "all that is found is listed"
        folded = frozenset({line.group})
        view.folded = view.folded - folded if direction > 0 else view.folded | folded
        listed_charts(dashboard, view)
        return ""
    group = list(view.of_group(line.group))
    place = group.index(line.metric)
    if not 0 <= place + direction < len(group):
        return f"it is the {'last' if direction > 0 else 'first'} of its group"
    group[place], group[place + direction] = group[place + direction], group[place]
    charts, moved = dashboard.view.charts, frozenset(group)
    others = tuple(other for other in charts.framing.order if other not in moved)
    charts.change(charts.framing._replace(order=(*others, *group)))
    # The line stays on the chart.
    view.on = line.metric
    listed_charts(dashboard, view)
    return ""


def bring_to_front(dashboard: Dashboard, metrics: Sequence[str]) -> str:
    """Put charts before all others, or back if all are there; return a sentence that says which."""
    is_front = dashboard.view.charts.bring_to_front(*metrics)
    if len(metrics) == 1:
        return f"{metrics[0]} is {'at the front' if is_front else 'in its own place again'}"
    where = "at the front" if is_front else "in their own places again"
    return f"{len(metrics):,} charts are {where}"


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


def _go_to(dashboard: Dashboard, line: ListedLine) -> None:
    """Enlarge the chart of a line, or show those of its group."""
    if line.metric is not None:
        _enlarge(dashboard, line.metric)
        return
    view, framing = dashboard.view, dashboard.view.charts.framing
    own = [metric for metric in dashboard.every_metric if group_of(metric) == line.group]
    if framing.dropped.issuperset(own):
        # Otherwise none of the group's charts would be on screen.
        view.charts.change(framing._replace(dropped=framing.dropped.difference(own)))
    view.back()
    view.reduce()
    view.choice.set_filter("")
    view.choice.tab = line.group
    view.focus = 0


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
