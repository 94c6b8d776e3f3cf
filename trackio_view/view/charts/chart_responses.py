"""What keys do with the charts: which stretch is shown, along which axis, and how it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from trackio_view.model.windows import EVERYTHING, is_held, rows_of
from trackio_view.model.x_axis import CLOCK, ELAPSED, LOG_STEPS, STEPS, XAxis, XKind
from trackio_view.series.smoothing import beside
from trackio_view.view.actions import Action, Mode
from trackio_view.view.charts.charted_runs import (
    NO_VALUES_YET,
    cursor_x,
    no_place_along,
    runs_shown,
    x_span_of,
)
from trackio_view.view.charts.charts_view import (
    ALL_SHOWN,
    NO_CLOSER,
    Framing,
    XSpan,
    panned,
    with_slivers,
    zoomed,
)
from trackio_view.view.charts.cursor_responses import CURSOR_ANSWERS
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.places import AxesView

_AXES = (STEPS, ELAPSED, CLOCK)


def answer(dashboard: Dashboard, action: Action) -> bool:
    """Do what an action asks of the charts. Return whether the action is about the charts."""
    if action not in _ANSWERS:
        return False
    said = _ANSWERS[action](dashboard)
    dashboard.view.said = said or ""
    return True


def _change(dashboard: Dashboard, framing: Framing | str) -> str | None:
    if isinstance(framing, str):
        return framing
    dashboard.view.charts.change(framing)
    return None


def zoom(dashboard: Dashboard, *, closer: bool, about: float | None = None) -> str | None:
    """Show half or twice as much around a place that is pointed at, or the cursor. Return why that
    cannot be.
    """
    return _change(dashboard, _zoomed(dashboard, closer=closer, about=about))


def moved_again(dashboard: Dashboard, action: Action) -> Dashboard | None:
    """Return the dashboard as it would be if a key moved the window once more in the same way;
    `None` where the window would not change.
    """
    framing, view = _MOVED[action](dashboard), dashboard.view
    if isinstance(framing, str):
        return None
    return replace(dashboard, view=replace(view, charts=replace(view.charts, framing=framing)))


def _zoomed(dashboard: Dashboard, *, closer: bool, about: float | None = None) -> Framing | str:
    charts, span = dashboard.view.charts, x_span_of(dashboard)
    if span is None:
        # The zoom level can be chosen before there is any data.
        span = XSpan((0.0, 0.0), (0.0, 0.0))
    is_pointed = about is not None
    # A window around the newest point goes on following.
    has_cursor = dashboard.view.mode in (Mode.CURSOR, Mode.ENLARGED)
    if about is None and has_cursor and charts.cursor is not None:
        about = cursor_x(dashboard)
    framing = zoomed(charts.framing, span, closer=closer, about=about)
    if is_pointed and not closer and not isinstance(framing, str):
        framing = with_slivers(framing, span)
    if closer and not isinstance(framing, str) and is_held(framing.window):
        rows = max(
            (rows_of(run, framing.window).row_count for run in runs_shown(dashboard)), default=0
        )
        if rows < 2:
            return NO_CLOSER
    return framing


def _panned(dashboard: Dashboard, direction: int) -> Framing | str:
    span = x_span_of(dashboard)
    if span is None:
        return NO_VALUES_YET
    return panned(dashboard.view.charts.framing, span, direction)


def _move(dashboard: Dashboard, action: Action) -> str | None:
    """Show the window that an action leads to."""
    dashboard.view.charts.moved_by = action
    return _change(dashboard, _MOVED[action](dashboard))


_MOVED: Mapping[Action, Callable[[Dashboard], Framing | str]] = {
    Action.ZOOM_IN: partial(_zoomed, closer=True),
    Action.ZOOM_OUT: partial(_zoomed, closer=False),
    Action.PAN_BACK: partial(_panned, direction=-1),
    Action.PAN_FORTH: partial(_panned, direction=1),
}
"""The window that each of these leads to, or why there is none."""


def axis_choices(dashboard: Dashboard) -> list[XAxis]:
    """Return what the charts can be drawn along."""
    metrics = (XAxis(XKind.METRIC, metric) for metric in dashboard.every_metric)
    return [STEPS, LOG_STEPS, *_AXES[1:], *metrics]


def draw_along(dashboard: Dashboard, axis: XAxis) -> str | None:
    """Draw the charts along another axis. Return why that cannot be."""
    charts = dashboard.view.charts
    if not any(run.x(axis).bounds for run in runs_shown(dashboard)):
        return no_place_along(axis)
    if axis.kind is XKind.METRIC:
        charts.metric_axis = axis
    return _change(dashboard, charts.framing._replace(axis=axis))


def _next_axis(dashboard: Dashboard) -> str | None:
    charts = dashboard.view.charts
    known = [*_AXES, *([charts.metric_axis] if charts.metric_axis is not None else [])]
    place = known.index(charts.framing.axis) if charts.framing.axis in known else -1
    said = None
    for axis in [*known[place + 1 :], *known[: place + 1]]:
        why_not = draw_along(dashboard, axis)
        said = said or why_not
        if why_not is None:
            name = axis.metric or axis.kind.value
            return f"{said}: x is {name}" if said else f"x is {name}"
    return said


def _open_axes(dashboard: Dashboard) -> str | None:
    choices, axis = axis_choices(dashboard), dashboard.view.charts.framing.axis
    selected = choices.index(axis) if axis in choices else 0
    dashboard.view.open(Mode.X_AXIS, AxesView(selected))
    return None


def _type_place(dashboard: Dashboard) -> None:
    dashboard.view.go_to.drop()
    dashboard.view.open(Mode.GO_TO, dashboard.view.go_to)


def _show_all(dashboard: Dashboard) -> str | None:
    charts = dashboard.view.charts
    if charts.window == EVERYTHING:
        return ALL_SHOWN
    return _change(dashboard, charts.framing._replace(window=EVERYTHING))


def _undo(dashboard: Dashboard) -> str | None:
    return None if _turned_back(dashboard, dashboard.view.charts.undo) else "no change to undo"


def _turned_back(dashboard: Dashboard, turn: Callable[[], bool]) -> bool:
    """Undo or redo a change. The focus stays on its chart, or goes to a chart that comes back."""
    before, focus = dashboard.metrics, dashboard.focus
    if not turn():
        return False
    after = dashboard.metrics
    if after is not before and before:
        shown = frozenset(before)
        came = [metric for metric in after if metric not in shown]
        wanted = came[0] if len(came) == 1 else before[focus]
        if wanted in after:
            dashboard.view.focus = after.index(wanted)
    return True


def _change_limits(dashboard: Dashboard) -> str:
    charts = dashboard.view.charts
    limits = charts.framing.limits.following
    charts.change(charts.framing._replace(limits=limits, ranges=()))
    return f"y axes: {limits.value}"


def _switch_logarithm(dashboard: Dashboard) -> str:
    charts, metrics = dashboard.view.charts, dashboard.metrics
    if not metrics:
        return NO_VALUES_YET
    metric = metrics[dashboard.focus]
    logarithmic = charts.framing.logarithmic ^ {metric}
    charts.change(charts.framing._replace(logarithmic=logarithmic))
    kind = "logarithmic" if metric in logarithmic else "linear"
    note = ": means of groups stay linear" if dashboard.view.spread and kind != "linear" else ""
    return f"y of {metric} is {kind}{note}"


def _smooth(dashboard: Dashboard, *, more: bool) -> str:
    charts = dashboard.view.charts
    before = charts.framing.smoothing
    smoothing = beside(before, charts.smoothing_way, more=more)
    charts.change(charts.framing._replace(smoothing=smoothing))
    if smoothing is None:
        hint = f": {dashboard.view.key_of(Action.SMOOTHER)} smooths" if before is None else ""
        return f"not smoothed{hint}"
    hint = f": {dashboard.view.key_of(Action.ROUGHER)} goes back" if smoothing == before else ""
    return f"smooth {smoothing.words}{hint}"


def _redo(dashboard: Dashboard) -> str | None:
    return None if _turned_back(dashboard, dashboard.view.charts.redo) else "no change was undone"


_ANSWERS: Mapping[Action, Callable[[Dashboard], str | None]] = {
    **CURSOR_ANSWERS,
    **{action: partial(_move, action=action) for action in _MOVED},
    Action.ALL_DATA: _show_all,
    Action.NEXT_AXIS: _next_axis,
    Action.AXES: _open_axes,
    Action.GO_TO: _type_place,
    Action.LIMITS: _change_limits,
    Action.LOGARITHMIC: _switch_logarithm,
    Action.SMOOTHER: lambda dashboard: _smooth(dashboard, more=True),
    Action.ROUGHER: lambda dashboard: _smooth(dashboard, more=False),
    Action.UNDO: _undo,
    Action.REDO: _redo,
}
"""What each key does to the charts. The sentence that is returned is shown."""
