"""What keys and the mouse do with the cursor on the charts: points, stretches and events."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from trackio_view.model.chart_events import look_on, look_on_alerts, next_events
from trackio_view.model.run import Run
from trackio_view.model.windows import Between
from trackio_view.view.actions import Action, Mode
from trackio_view.view.charts.chart_points import (
    first_point,
    nearest_point,
    newest_point,
    next_point,
    point_at,
)
from trackio_view.view.charts.charted_runs import (
    NO_VALUES_YET,
    anchor_x,
    at_cursor,
    cursor_x,
    runs_shown,
    x_span_of,
)
from trackio_view.view.charts.charts_view import Seeking, Spot, XSpan, revealing
from trackio_view.view.dashboard import Dashboard

if TYPE_CHECKING:
    from trackio_view.model.alerts import Alert


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


def _no_point(dashboard: Dashboard) -> str:
    """Return why the cursor has no place: nothing is logged, or all of it beyond what is shown."""
    return "there is no point up to here" if dashboard.metrics else NO_VALUES_YET


def _copy(dashboard: Dashboard) -> str | None:
    """Copy the value at the cursor. The second key in a row copies a table."""
    if cursor_x(dashboard) is None:
        return _no_point(dashboard)
    dashboard.view.copies += 1
    dashboard.view.to_copy = True
    return None


def _set_anchor(dashboard: Dashboard) -> str | None:
    """Begin a stretch at the cursor, or drop the one that was begun."""
    charts, x, key_of = dashboard.view.charts, cursor_x(dashboard), dashboard.view.key_of
    if dashboard.view.mode is Mode.METRICS:
        cursor, anchor = key_of(Action.CURSOR), key_of(Action.ANCHOR)
        return f"{cursor} puts a cursor on the charts, {anchor} begins a stretch there"
    if charts.anchor is not None:
        charts.anchor = None
    elif x is None:
        return _no_point(dashboard)
    else:
        charts.anchor = Spot(x, charts.framing.axis)
        # Both ends are where the cursor is now, and neither follows new rows.
        charts.cursor = charts.anchor
    return None


_LOOKED_AT_ONCE = 30_000
"""How many values are looked at before a frame is drawn: as many as take about 12 ms."""
_ALERTS_AT_ONCE = 5_000
"""The same for alerts."""


def go_on_seeking(dashboard: Dashboard) -> bool:
    """Go on with the search for the next event for as long as a frame allows. Return whether a
    search is going on.
    """
    seeking = dashboard.view.charts.seeking
    if seeking is None:
        return False
    dashboard.view.said = _go_to_event(dashboard, *seeking) or ""
    return True


def _go_to_event(dashboard: Dashboard, direction: int, number: int = 0) -> str | None:
    """Put the cursor on the next event. Return what happened there, or how far the search for it
    has come.
    """
    view, metrics = dashboard.view, dashboard.metrics
    shown, axis = runs_shown(dashboard), view.charts.framing.axis
    reached = look_on(shown, metrics, axis, number, _LOOKED_AT_ONCE)
    view.charts.seeking = None if reached is None else Seeking(direction, reached)
    if reached is not None:
        return f"looking for what happened: {reached / (len(shown) * len(metrics)):.0%}"
    runs = [(run, _alerts_of(dashboard, run)) for run in shown]
    share = look_on_alerts(runs, axis, _ALERTS_AT_ONCE)
    if share < 1:
        view.charts.seeking = Seeking(direction, len(shown) * len(metrics))
        return f"looking for what happened: alerts {share:.0%}"
    span = x_span_of(dashboard)
    if span is None:
        return NO_VALUES_YET
    has_cursor = view.mode is not Mode.METRICS and view.charts.cursor is not None
    x = cursor_x(dashboard) if has_cursor else None
    if x is None:
        # A cursor without a place of its own goes through the events on screen.
        left, right = span.shown
        x = math.nextafter(left, -math.inf) if direction > 0 else math.nextafter(right, math.inf)
    found = next_events(runs, metrics, axis, x, direction)
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
    for project in dashboard.known.projects.values():
        if project.run_of(run.run_id) is run:
            return project.alerts_of(run)
    return ()


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
    """Put the cursor on the point nearest to a place. Return why that cannot be."""
    asked = at_cursor(dashboard)
    if asked is None:
        return _no_point(dashboard)
    point = nearest_point(asked.run, asked.metric, dashboard.view.charts.framing.axis, x)
    if point is None:
        return _no_point(dashboard)
    _put(dashboard, asked.span, point.x)
    return None


def drag(dashboard: Dashboard, start: float, x: float) -> str | None:
    """Tell of the stretch from `start` to the point nearest to `x`. Return why that cannot be."""
    charts = dashboard.view.charts
    if charts.anchor is None:
        said = point_to(dashboard, start)
        if said is not None:
            return said
        charts.anchor = charts.cursor
    return point_to(dashboard, x)


def end_drag(dashboard: Dashboard) -> str | None:
    """Show the stretch that was dragged. Return why that cannot be."""
    charts = dashboard.view.charts
    said = None if charts.anchor is None else _look_closer(dashboard)
    charts.anchor = None
    return said


def _step(dashboard: Dashboard, direction: int) -> str | None:
    asked = at_cursor(dashboard)
    if asked is None:
        return _no_point(dashboard)
    axis = dashboard.view.charts.framing.axis
    point = next_point(asked.run, asked.metric, axis, asked.x, direction)
    if point is None:
        return f"the {'first' if direction < 0 else 'newest'} point of {asked.metric}"
    _put(dashboard, asked.span, point.x)
    return None


def _leap(dashboard: Dashboard, direction: int) -> str | None:
    """Go a tenth of the window on, to the point that lies there."""
    asked = at_cursor(dashboard)
    if asked is None:
        return _no_point(dashboard)
    axis = dashboard.view.charts.framing.axis
    left, right = asked.span.shown
    target = asked.x + direction * (right - left) / 10
    point = point_at(asked.run, asked.metric, axis, target)
    if point is None or (point.x - asked.x) * direction <= 0:
        # Where no point lies a tenth of the window on, the cursor goes to the next point, or to the
        # last one.
        if direction < 0 and point is None:
            point = first_point(asked.run, asked.metric, axis)
            if point is not None and point.x < asked.x:
                _put(dashboard, asked.span, point.x)
                return None
        return _step(dashboard, direction)
    _put(dashboard, asked.span, point.x)
    return None


def _go_first(dashboard: Dashboard) -> str | None:
    asked = at_cursor(dashboard)
    point = asked and first_point(asked.run, asked.metric, dashboard.view.charts.framing.axis)
    if asked is None or point is None:
        return _no_point(dashboard)
    _put(dashboard, asked.span, point.x)
    return None


def _go_newest(dashboard: Dashboard) -> str | None:
    asked = at_cursor(dashboard)
    if asked is None:
        return _no_point(dashboard)
    charts = dashboard.view.charts
    axis = charts.framing.axis
    point = newest_point(asked.run, asked.metric, axis)
    if point is not None:
        _put(dashboard, asked.span, point.x)
    window = charts.window
    if isinstance(window, Between) and window.right is not None:
        # From here on it goes along with the newest rows, as the cursor does. It lies along the
        # axis that is drawn, because a resumed run may be before a window of steps again.
        if window.axis != axis:
            window = Between(axis, asked.span.shown[0])
        charts.change(charts.framing._replace(window=window._replace(right=None)), pushing=True)
    charts.cursor = None
    return None


CURSOR_ANSWERS: Mapping[Action, Callable[[Dashboard], str | None]] = {
    Action.ANCHOR: _set_anchor,
    Action.COPY: _copy,
    Action.NEXT_EVENT: lambda dashboard: _go_to_event(dashboard, 1),
    Action.EVENT_BEFORE: lambda dashboard: _go_to_event(dashboard, -1),
    Action.CURSOR: _switch_cursor,
    Action.CLOSER_LOOK: _look_closer,
    Action.POINT_BACK: lambda dashboard: _step(dashboard, -1),
    Action.POINT_FORTH: lambda dashboard: _step(dashboard, 1),
    Action.FAR_BACK: lambda dashboard: _leap(dashboard, -1),
    Action.FAR_FORTH: lambda dashboard: _leap(dashboard, 1),
    Action.FIRST_POINT: _go_first,
    Action.NEWEST_POINT: _go_newest,
}
"""What each key does with the cursor. The sentence that is returned is shown."""
