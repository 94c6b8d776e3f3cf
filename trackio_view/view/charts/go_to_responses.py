"""What happens with a place that was typed: the cursor or the window goes there."""

from __future__ import annotations

import math
from collections.abc import Sequence

from trackio_view.model.clock import local_text
from trackio_view.model.windows import Between, LastSeconds, WindowChoice
from trackio_view.model.x_axis import CLOCK, STEPS, XAxis, XKind
from trackio_view.view.actions import Action, Mode
from trackio_view.view.charts.charted_runs import (
    NO_VALUES_YET,
    cursor_x,
    no_place_along,
    runs_shown,
    x_span_of,
)
from trackio_view.view.charts.charts_view import Spot, revealing
from trackio_view.view.charts.go_to import (
    AxisNumber,
    ClockTime,
    GoToPlace,
    Newest,
    Percent,
    parse_target,
)
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.places import Seen


def type_go_to(dashboard: Dashboard, action: Action | None, keys: Sequence[str], _: Seen) -> None:
    """Take in keys of the place to go to. A text that names no place stays, so that it can be
    corrected.
    """
    view = dashboard.view
    if action is None:
        view.go_to.feed(keys)
        return
    if action is Action.CHOOSE and view.go_to.text.strip():
        said = _go(dashboard, view.go_to.text)
        if said:
            view.said = said
            return
        view.go_to.finish()
    view.go_to.drop()
    if view.mode is Mode.GO_TO:
        view.back()


def _go(dashboard: Dashboard, text: str) -> str | None:
    """Go to the place that a text names. Return why that cannot be."""
    target = parse_target(text)
    if isinstance(target, str):
        return target
    view, runs = dashboard.view, runs_shown(dashboard)
    if not any(run.row_count for run in runs):
        return NO_VALUES_YET
    if isinstance(target, Newest):
        if all(math.isnan(run.last_time) for run in runs):
            return no_place_along(CLOCK)
        _show(dashboard, LastSeconds(target.seconds))
        return None
    axis = _axis_of(dashboard, target.start)
    bounds = _bounds(dashboard, axis)
    if bounds is None:
        return no_place_along(axis)
    low, high = bounds
    end = math.nan if target.end is None else _x_of(target.end, low, high, high)
    start = _x_of(target.start, low, high, high if end != end else end)
    if axis == STEPS and isinstance(target.start, Percent) and low.is_integer():
        # Where steps are whole numbers, the ends of the stretch are, too.
        start, end = (x if math.isnan(x) else float(round(x)) for x in (start, end))
    if target.end is not None and start > end:
        return f"{_text(start, axis)} to {_text(end, axis)} runs backwards"
    if start > high or (start < low and not target.is_stretch) or end < low:
        beyond = start if start > high or not target.is_stretch else end
        return (
            f"{_text(beyond, axis)} is beyond the data, {_text(low, axis)} to {_text(high, axis)}"
        )
    if target.is_stretch:
        _show(dashboard, Between(axis, start, None if target.end is None else end))
        return None
    view.back()
    if view.mode is Mode.METRICS:
        view.charts.anchor = None
        view.open(Mode.CURSOR)
    view.charts.cursor = Spot(start, axis)
    x, span = cursor_x(dashboard), x_span_of(dashboard)
    if x is not None and span is not None:
        view.charts.change(revealing(view.charts.framing, span, x, centred=True))
    return None


def _show(dashboard: Dashboard, window: WindowChoice) -> None:
    """Show a stretch. A cursor outside of it goes to its newest point."""
    charts = dashboard.view.charts
    charts.change(charts.framing._replace(window=window))
    x, span = cursor_x(dashboard), x_span_of(dashboard)
    if x is None or span is None or not span.shown[0] <= x <= span.shown[1]:
        charts.cursor = None


def _axis_of(dashboard: Dashboard, place: GoToPlace) -> XAxis:
    """Return the axis that a place is meant along. A number is a step unless x is a metric."""
    axis = dashboard.view.charts.framing.axis
    if isinstance(place, ClockTime):
        return CLOCK
    return axis if isinstance(place, Percent) or axis.kind is XKind.METRIC else STEPS


def _bounds(dashboard: Dashboard, axis: XAxis) -> tuple[float, float] | None:
    known = [bounds for run in runs_shown(dashboard) if (bounds := run.x(axis).bounds) is not None]
    if not known:
        return None
    return min(low for low, _ in known), max(high for _, high in known)


def _x_of(place: GoToPlace, low: float, high: float, limit: float) -> float:
    """Return where a place is among all data; a time of day is the last one up to `limit`."""
    if isinstance(place, AxisNumber):
        return place.value
    if isinstance(place, Percent):
        return low + (high - low) * place.value / 100
    return place.before(limit)


def _text(x: float, axis: XAxis) -> str:
    if axis == CLOCK:
        return local_text(x, "%m-%d %H:%M:%S") or "that time"
    if axis == STEPS:
        # With so many digits, a long step has no exponent.
        return f"step {x:,.15g}"
    return f"{x:,.10g}"
