"""What keys do that ask the charts: which stretch of them is on screen, and along what."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from trackio_view.model.alerts import Alert
from trackio_view.model.chart_events import next_events
from trackio_view.model.run import Run
from trackio_view.model.windows import EVERYTHING, Between, is_held, rows_of, window_of
from trackio_view.model.x_axis import CLOCK, ELAPSED, LOG_STEPS, STEPS, XAxis, XKind
from trackio_view.series.smoothing import beside
from trackio_view.view.bindings import Action, Mode
from trackio_view.view.chart_points import first_point, newest_point, next_point, point_at, x_of
from trackio_view.view.charts import Framing, Spot, XSpan, panned, revealing, zoomed
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.places import AxesView

_AXES = (STEPS, ELAPSED, CLOCK)
_NOTHING = "nothing is logged yet"


def answer(dashboard: Dashboard, action: Action) -> bool:
    """Do what an action asks of the charts; return whether it asks anything of them."""
    if action not in _ANSWERS:
        return False
    said = _ANSWERS[action](dashboard)
    dashboard.view.said = said or ""
    return True


def runs_shown(dashboard: Dashboard) -> list[Run]:
    """Return the runs whose charts are on screen, the one in front last."""
    compared = dashboard.compared
    if compared:
        return [one.run for one in compared]
    return [] if dashboard.run is None else [dashboard.run]


def x_span_of(dashboard: Dashboard) -> XSpan | None:
    """Return what is on the x axis of the charts; `None` where nothing is."""
    framing = dashboard.view.charts.framing
    shown, whole = [], []
    for run in runs_shown(dashboard):
        bounds = run.x(framing.axis).bounds
        if bounds is not None:
            whole.append(bounds)
        x_range = window_of(run, framing.window, framing.axis).x_range
        if x_range is not None:
            shown.append(x_range)
    if not whole:
        return None
    low, high = min(low for low, _ in whole), max(high for _, high in whole)
    left, right = (
        min((at for at, _ in shown), default=low),
        max((at for _, at in shown), default=high),
    )
    return XSpan((left, right), (low, high))


def newest_x(dashboard: Dashboard) -> float:
    """Return the highest x along the axis of a window that is held; NaN where none is."""
    window = dashboard.view.charts.window
    if not isinstance(window, Between) or window.right is None:
        return math.nan
    found = [run.x(window.axis).high for run in runs_shown(dashboard)]
    return max((x for x in found if math.isfinite(x)), default=math.nan)


def _change(dashboard: Dashboard, framing: Framing | str) -> str | None:
    if isinstance(framing, str):
        return framing
    dashboard.view.charts.change(framing)
    return None


def zoom(dashboard: Dashboard, *, closer: bool, about: float | None = None) -> str | None:
    """Show half as much, or twice as much, about a place or the cursor; return why not."""
    charts, span = dashboard.view.charts, x_span_of(dashboard)
    if span is None:
        # Before anything is there, the level can be chosen.
        span = XSpan((0.0, 0.0), (0.0, 0.0))
    # About the newest point a window goes on following.
    has_cursor = dashboard.view.mode in (Mode.CURSOR, Mode.ENLARGED)
    if about is None and has_cursor and charts.cursor is not None:
        about = cursor_x(dashboard)
    framing = zoomed(charts.framing, span, closer=closer, about=about)
    if closer and not isinstance(framing, str) and is_held(framing.window):
        rows = max(
            (rows_of(run, framing.window).row_count for run in runs_shown(dashboard)), default=0
        )
        if rows < 2:
            return "no closer: too few steps are on screen"
    return _change(dashboard, framing)


def _pan(dashboard: Dashboard, direction: int) -> str | None:
    span = x_span_of(dashboard)
    if span is None:
        return _NOTHING
    return _change(dashboard, panned(dashboard.view.charts.framing, span, direction))


class _AtCursor(NamedTuple):
    """The chart that the cursor goes by, and where it is."""

    run: Run
    metric: str
    span: XSpan
    x: float


def _asked(dashboard: Dashboard) -> _AtCursor | None:
    asked, span = asked_run(dashboard), x_span_of(dashboard)
    x = cursor_x(dashboard)
    if asked is None or span is None or x is None:
        return None
    return _AtCursor(*asked, span, x)


def asked_run(dashboard: Dashboard) -> tuple[Run, str] | None:
    """Return whose points the cursor goes along: the foremost run's with the focused metric."""
    metrics = dashboard.metrics
    if not metrics:
        return None
    metric = metrics[dashboard.focus]
    runs = (run for run in reversed(runs_shown(dashboard)) if metric in run.series)
    run = next(runs, None)
    return None if run is None else (run, metric)


def cursor_x(dashboard: Dashboard) -> float | None:
    """Return where the cursor is on the x axis, `None` where that is not known."""
    asked, charts = asked_run(dashboard), dashboard.view.charts
    if asked is None:
        return None
    axis, spot = charts.framing.axis, charts.cursor
    if spot is None and is_held(charts.window):
        # The newest point on screen, which no new row moves.
        span = x_span_of(dashboard)
        point = span and point_at(*asked, axis, span.shown[1])
        return point.x if point else None
    return x_of(*asked, axis, spot)


def anchor_x(dashboard: Dashboard) -> float | None:
    """Return where the stretch begins that ends at the cursor, `None` without one."""
    asked, charts = asked_run(dashboard), dashboard.view.charts
    if asked is None or charts.anchor is None or not dashboard.view.has_cursor:
        return None
    return x_of(*asked, charts.framing.axis, charts.anchor)


def _switch_cursor(dashboard: Dashboard) -> str | None:
    view = dashboard.view
    if view.mode is Mode.ENLARGED:
        return "the cursor is always on in one chart"
    if view.mode is Mode.CURSOR:
        view.back()
    else:
        view.charts.cursor = view.charts.anchor = None
        view.open(Mode.CURSOR)
    return None


def axis_choices(dashboard: Dashboard) -> list[XAxis]:
    """Return what the charts can be drawn along."""
    metrics = (XAxis(XKind.METRIC, metric) for metric in dashboard.every_metric)
    return [STEPS, LOG_STEPS, *_AXES[1:], *metrics]


def draw_along(dashboard: Dashboard, axis: XAxis) -> str | None:
    """Draw the charts along another axis; return why not."""
    charts = dashboard.view.charts
    if not any(run.x(axis).bounds for run in runs_shown(dashboard)):
        return "no row has a time" if axis.is_time else "no row has a place on this axis"
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


def _copy(dashboard: Dashboard) -> str | None:
    """Have the value copied at the cursor; the second time in a row, a table."""
    if cursor_x(dashboard) is None:
        return _NOTHING
    dashboard.view.copies += 1
    dashboard.view.to_copy = True
    return None


def _set_anchor(dashboard: Dashboard) -> str | None:
    """Begin a stretch at the cursor, or let it go."""
    charts, x, key_of = dashboard.view.charts, cursor_x(dashboard), dashboard.view.key_of
    if dashboard.view.mode is Mode.METRICS:
        cursor, anchor = key_of(Action.CURSOR), key_of(Action.ANCHOR)
        return f"{cursor} puts a cursor on the charts, {anchor} begins a stretch there"
    if charts.anchor is not None:
        charts.anchor = None
    elif x is None:
        return _NOTHING
    else:
        charts.anchor = Spot(x, charts.framing.axis)
        # The other end is where the cursor is now, too: it does not follow.
        charts.cursor = charts.anchor
    return None


def _go_to_event(dashboard: Dashboard, direction: int) -> str | None:
    """Put the cursor where something happened next; return what."""
    view, span = dashboard.view, x_span_of(dashboard)
    if span is None:
        return _NOTHING
    has_cursor = view.mode is not Mode.METRICS and view.charts.cursor is not None
    x = cursor_x(dashboard) if has_cursor else None
    if x is None:
        # Without a place of its own it goes through what is on screen.
        left, right = span.shown
        x = math.nextafter(left, -math.inf) if direction > 0 else math.nextafter(right, math.inf)
    runs = [(run, _alerts_of(dashboard, run)) for run in runs_shown(dashboard)]
    found = next_events(runs, dashboard.metrics, view.charts.framing.axis, x, direction)
    if not found:
        on, back = view.key_of(Action.NEXT_EVENT), view.key_of(Action.EVENT_BEFORE)
        other = f"{on} goes on" if direction < 0 else f"{back} goes back"
        return f"nothing happened {'before' if direction < 0 else 'after'} here: {other}"
    if view.mode is Mode.METRICS:
        view.charts.anchor = None
        view.open(Mode.CURSOR)
    _put(dashboard, span, found[0].x, centred=True)
    _focus_on_one_of(dashboard, [event.metric for event in found if event.metric is not None])
    more = f" and {len(found) - 2} more" if len(found) > 2 else ""
    return " · ".join(event.what for event in found[:2]) + more


def _focus_on_one_of(dashboard: Dashboard, metrics: Sequence[str]) -> None:
    """Focus the first chart of these, unless one of them has the focus, or there is none."""
    shown = dashboard.metrics
    if metrics and shown[dashboard.focus] not in metrics:
        dashboard.view.focus = shown.index(metrics[0])


def _alerts_of(dashboard: Dashboard, run: Run) -> Sequence[Alert]:
    """Return a run's alerts: in projects from before run ids its name is its id."""
    for project in dashboard.known.projects.values():
        if project.run_of(run.run_id) is run:
            return project.alerts.get(run.run_id) or project.alerts.get(run.name) or ()
    return ()


def _type_place(dashboard: Dashboard) -> None:
    dashboard.view.go_to.drop()
    dashboard.view.open(Mode.GO_TO, dashboard.view.go_to)


def _look_closer(dashboard: Dashboard) -> str | None:
    charts, x = dashboard.view.charts, cursor_x(dashboard)
    begin = anchor_x(dashboard)
    if begin is not None and x is not None:
        if begin == x:
            return "the stretch is empty: move the cursor first"
        stretch = Between(charts.framing.axis, min(begin, x), max(begin, x))
        charts.anchor = None
        charts.change(charts.framing._replace(window=stretch))
        return None
    if dashboard.view.mode is Mode.ENLARGED:
        actions = (Action.ANCHOR, Action.CLOSER_LOOK, Action.BACK)
        anchor, enter, back = map(dashboard.view.key_of, actions)
        return f"{anchor} begins a stretch, {enter} shows it; {back} goes back to all charts"
    dashboard.view.open(Mode.ENLARGED)
    return None


def _put(dashboard: Dashboard, span: XSpan, x: float, *, centred: bool = False) -> None:
    """Put the cursor at a place, and a window there where it is beyond the edges."""
    charts = dashboard.view.charts
    charts.cursor = Spot(x, charts.framing.axis)
    framing = revealing(charts.framing, span, x, centred=centred)
    charts.change(framing, pushing=True)


def point_to(dashboard: Dashboard, x: float) -> str | None:
    """Put the cursor on the point that is nearest to a place; return why not."""
    asked = _asked(dashboard)
    if asked is None:
        return _NOTHING
    axis = dashboard.view.charts.framing.axis
    points = (
        point_at(asked.run, asked.metric, axis, x),
        next_point(asked.run, asked.metric, axis, x, 1),
    )
    nearest = min((abs(point.x - x), point.x) for point in points if point is not None)
    _put(dashboard, asked.span, nearest[1])
    return None


def drag(dashboard: Dashboard, start: float, x: float) -> str | None:
    """Let the stretch from `start` to the point nearest to `x` be told of; return why not."""
    charts = dashboard.view.charts
    if charts.anchor is None:
        said = point_to(dashboard, start)
        if said is not None:
            return said
        charts.anchor = charts.cursor
    return point_to(dashboard, x)


def end_drag(dashboard: Dashboard) -> str | None:
    """Show the stretch that was dragged; return why not."""
    charts = dashboard.view.charts
    said = None if charts.anchor is None else _look_closer(dashboard)
    charts.anchor = None
    return said


def _step(dashboard: Dashboard, direction: int) -> str | None:
    asked = _asked(dashboard)
    if asked is None:
        return _NOTHING
    axis = dashboard.view.charts.framing.axis
    point = next_point(asked.run, asked.metric, axis, asked.x, direction)
    if point is None:
        return f"the {'first' if direction < 0 else 'newest'} point of {asked.metric}"
    _put(dashboard, asked.span, point.x)
    return None


def _leap(dashboard: Dashboard, direction: int) -> str | None:
    """Go a tenth of the window on, to the point that lies there."""
    asked = _asked(dashboard)
    if asked is None:
        return _NOTHING
    axis = dashboard.view.charts.framing.axis
    left, right = asked.span.shown
    target = asked.x + direction * (right - left) / 10
    point = point_at(asked.run, asked.metric, axis, target)
    if point is None or (point.x - asked.x) * direction <= 0:
        # Fewer points than that: the next one, or the last one there is.
        if direction < 0 and point is None:
            point = first_point(asked.run, asked.metric, axis)
            if point is not None and point.x < asked.x:
                _put(dashboard, asked.span, point.x)
                return None
        return _step(dashboard, direction)
    _put(dashboard, asked.span, point.x)
    return None


def _go_first(dashboard: Dashboard) -> str | None:
    asked = _asked(dashboard)
    point = asked and first_point(asked.run, asked.metric, dashboard.view.charts.framing.axis)
    if asked is None or point is None:
        return _NOTHING
    _put(dashboard, asked.span, point.x)
    return None


def _go_newest(dashboard: Dashboard) -> str | None:
    asked = _asked(dashboard)
    if asked is None:
        return _NOTHING
    point = newest_point(asked.run, asked.metric, dashboard.view.charts.framing.axis)
    charts = dashboard.view.charts
    if point is not None:
        _put(dashboard, asked.span, point.x)
    window = charts.window
    if isinstance(window, Between) and window.right is not None:
        # From here on it goes along with the newest rows, as the cursor does.
        charts.change(charts.framing._replace(window=window._replace(right=None)), pushing=True)
    charts.cursor = None
    return None


def _show_all(dashboard: Dashboard) -> str | None:
    charts = dashboard.view.charts
    if charts.window == EVERYTHING:
        return "all data is on screen"
    return _change(dashboard, charts.framing._replace(window=EVERYTHING))


def _undo(dashboard: Dashboard) -> str | None:
    return None if _turned_back(dashboard, dashboard.view.charts.undo) else "no change to undo"


def _turned_back(dashboard: Dashboard, turn: Callable[[], bool]) -> bool:
    """Undo or redo a change; the focus stays on its chart, or goes to the one that came back."""
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
    charts.change(charts.framing._replace(limits=limits))
    return f"y axes: {limits.value}"


def _switch_logarithm(dashboard: Dashboard) -> str:
    charts, metrics = dashboard.view.charts, dashboard.metrics
    if not metrics:
        return _NOTHING
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
    return f"smooth {smoothing.text}{hint}"


def _redo(dashboard: Dashboard) -> str | None:
    return None if _turned_back(dashboard, dashboard.view.charts.redo) else "no change was undone"


_ANSWERS: Mapping[Action, Callable[[Dashboard], str | None]] = {
    Action.ZOOM_IN: lambda dashboard: zoom(dashboard, closer=True),
    Action.ZOOM_OUT: lambda dashboard: zoom(dashboard, closer=False),
    Action.PAN_BACK: lambda dashboard: _pan(dashboard, -1),
    Action.PAN_FORTH: lambda dashboard: _pan(dashboard, 1),
    Action.ALL_DATA: _show_all,
    Action.NEXT_AXIS: _next_axis,
    Action.AXES: _open_axes,
    Action.ANCHOR: _set_anchor,
    Action.COPY: _copy,
    Action.NEXT_EVENT: lambda dashboard: _go_to_event(dashboard, 1),
    Action.EVENT_BEFORE: lambda dashboard: _go_to_event(dashboard, -1),
    Action.GO_TO: _type_place,
    Action.CURSOR: _switch_cursor,
    Action.CLOSER_LOOK: _look_closer,
    Action.POINT_BACK: lambda dashboard: _step(dashboard, -1),
    Action.POINT_FORTH: lambda dashboard: _step(dashboard, 1),
    Action.FAR_BACK: lambda dashboard: _leap(dashboard, -1),
    Action.FAR_FORTH: lambda dashboard: _leap(dashboard, 1),
    Action.FIRST_POINT: _go_first,
    Action.NEWEST_POINT: _go_newest,
    Action.LIMITS: _change_limits,
    Action.LOGARITHMIC: _switch_logarithm,
    Action.SMOOTHER: lambda dashboard: _smooth(dashboard, more=True),
    Action.ROUGHER: lambda dashboard: _smooth(dashboard, more=False),
    Action.UNDO: _undo,
    Action.REDO: _redo,
}
"""What each key does to the charts; what it returns is said, as why it could do nothing."""
