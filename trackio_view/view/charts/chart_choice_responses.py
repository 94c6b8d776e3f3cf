"""What the keys do that choose among the charts and arrange them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from trackio_view.light_typing import NamedTuple
from trackio_view.view.actions import Action, Mode
from trackio_view.view.charts.chart_choice import ALL, FRONT, VALUES, next_tab
from trackio_view.view.charts.chart_list import bring_to_front, open_chart_list
from trackio_view.view.charts.charted_runs import NO_VALUES_YET
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.filter_completion import COMPLETING, chart_candidates, complete
from trackio_view.view.layout import PANEL_FROM_WIDTH
from trackio_view.view.places import Seen


class _Focused(NamedTuple):
    """The chart that has the focus before a key."""

    metric: str
    place: int


def _focused(dashboard: Dashboard) -> _Focused | None:
    metrics = dashboard.metrics
    return _Focused(metrics[dashboard.focus], dashboard.focus) if metrics else None


def _focus_again(dashboard: Dashboard, before: _Focused | None) -> None:
    """Give the focus to the same metric where it is still on screen, else to the first one."""
    metrics = dashboard.metrics
    has_it = before is not None and before.metric in metrics
    dashboard.view.focus = metrics.index(before.metric) if before is not None and has_it else 0


def answer(dashboard: Dashboard, action: Action) -> bool:
    """Do what an action means for the choice of charts; return whether it means anything."""
    if action not in _ANSWERS:
        return False
    before = _focused(dashboard)
    said = _ANSWERS[action](dashboard, before)
    dashboard.view.said = said or ""
    return True


def show_tab(dashboard: Dashboard, key: str) -> None:
    """Show the charts of a group, if it is still there."""
    if key in (tab.key for tab in dashboard.charts.tabs):
        before = _focused(dashboard)
        dashboard.view.choice.tab = key
        _focus_again(dashboard, before)


def _turn(dashboard: Dashboard, before: _Focused | None, direction: int) -> str | None:
    if not dashboard.every_metric:
        return NO_VALUES_YET
    key = next_tab(dashboard.charts, direction)
    if key is None:
        return "all names have one beginning: there is one group"
    dashboard.view.choice.tab = key
    _focus_again(dashboard, before)
    if dashboard.view.mode is Mode.METRICS:
        return None
    # The text at the cursor takes the place of the groups.
    count = len(dashboard.metrics)
    return f"{_TAB_NAMES.get(key, key)}: {count:,} chart{'s' * (count != 1)}"


_TAB_NAMES = {ALL: "all groups", FRONT: "at the front", VALUES: "values"}


def _start_typing(dashboard: Dashboard, _: _Focused | None) -> None:
    choice = dashboard.view.choice
    choice.typing.start(choice.filter)
    dashboard.view.open(Mode.CHART_FILTER, choice)


def _bring_to_front(dashboard: Dashboard, before: _Focused | None) -> str | None:
    if before is None:
        return "no chart has the focus"
    said = bring_to_front(dashboard, [before.metric])
    _focus_again(dashboard, before)
    return said


def _drop(dashboard: Dashboard, before: _Focused | None) -> str | None:
    if before is None:
        return "no chart has the focus"
    charts = dashboard.view.charts
    if dashboard.view.enlarged:
        dashboard.view.reduce()
    charts.change(charts.framing._replace(dropped=charts.framing.dropped | {before.metric}))
    dashboard.view.focus = min(before.place, max(0, len(dashboard.metrics) - 1))
    return f"{before.metric} is off the screen: {dashboard.view.key_of(Action.UNDO)} brings it back"


def _change_columns(dashboard: Dashboard, more: int) -> str | None:
    if dashboard.view.enlarged:
        return f"{dashboard.view.key_of(Action.BACK)} goes back to all charts"
    columns, charts = dashboard.layout.columns, dashboard.view.charts
    before = charts.framing
    wanted = before._replace(columns=max(1, columns + more))
    # Whether they have room is seen before anything is entered for undo.
    charts.framing = wanted
    found, charts.framing = dashboard.layout.columns, before
    if found == columns:
        return "no narrower charts have room" if more > 0 else "one column is the least"
    charts.change(wanted)
    return None


def _best_columns(dashboard: Dashboard) -> str | None:
    charts = dashboard.view.charts
    if charts.framing.columns is None:
        return "as many columns as look best"
    charts.change(charts.framing._replace(columns=None))
    return None


def _change_side_box(dashboard: Dashboard) -> str | None:
    if dashboard.width < PANEL_FROM_WIDTH:
        return f"a box beside the charts needs {PANEL_FROM_WIDTH} columns"
    charts = dashboard.view.charts
    side_box = charts.framing.side_box.following(dashboard.run_count)
    charts.change(charts.framing._replace(side_box=side_box))
    return f"the box beside the charts: {side_box.name.lower()}"


_ANSWERS: Mapping[Action, Callable[[Dashboard, _Focused | None], str | None]] = {
    Action.NEXT_TAB: lambda dashboard, before: _turn(dashboard, before, 1),
    Action.PREVIOUS_TAB: lambda dashboard, before: _turn(dashboard, before, -1),
    Action.FILTER: _start_typing,
    Action.TO_FRONT: _bring_to_front,
    Action.DROP: _drop,
    Action.CHART_LIST: lambda dashboard, _: open_chart_list(dashboard),
    Action.MORE_COLUMNS: lambda dashboard, _: _change_columns(dashboard, 1),
    Action.FEWER_COLUMNS: lambda dashboard, _: _change_columns(dashboard, -1),
    Action.BEST_COLUMNS: lambda dashboard, _: _best_columns(dashboard),
    Action.SIDE_BOX: lambda dashboard, _: _change_side_box(dashboard),
}


def drop_filter(dashboard: Dashboard) -> None:
    """Bring back the charts that a filter left out."""
    choice, before = dashboard.view.choice, _focused(dashboard)
    choice.set_filter("")
    _focus_again(dashboard, before)
    dashboard.view.said = f"no filter: {dashboard.view.key_of(Action.FILTER)} types one"


def type_chart_filter(
    dashboard: Dashboard, action: Action | None, keys: Sequence[str], _: Seen
) -> None:
    """Take in keys of the filter of charts. The charts are chosen while the filter is typed."""
    choice, before, said = dashboard.view.choice, _focused(dashboard), ""
    if action is None or action in COMPLETING:
        if action is None:
            choice.typing.feed(keys)
        else:
            said = complete(
                choice.typing,
                COMPLETING[action],
                lambda before: chart_candidates(before, dashboard.every_metric),
            )
        choice.set_filter(choice.typing.text)
        if choice.filter and not choice.fault and not dashboard.metrics and choice.tab != ALL:
            # The charts that the filter looks for may be in another group.
            choice.tab = ALL
    elif action is Action.CHOOSE and not choice.fault:
        choice.set_filter(choice.typing.finish().strip())
        dashboard.view.back()
    elif action is not Action.CHOOSE:
        choice.typing.drop()
        choice.set_filter("")
        dashboard.view.back()
    _focus_again(dashboard, before)
    dashboard.view.said = choice.fault or said
