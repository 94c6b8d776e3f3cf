"""Whose runs the charts on screen are of, which stretch, and where the cursor is."""

from __future__ import annotations

import math

from trackio_view.light_typing import NamedTuple
from trackio_view.model.run import Run
from trackio_view.model.windows import Between, is_held, window_of
from trackio_view.model.x_axis import XAxis
from trackio_view.view.charts.chart_points import Point, point_at, x_of
from trackio_view.view.charts.charts_view import Spot, XSpan
from trackio_view.view.charts.shown_charts import focus_among
from trackio_view.view.dashboard import Dashboard

NO_VALUES_YET = "there are no values yet"
"""Why a key about the charts does nothing while there are no charts."""


def no_place_along(axis: XAxis) -> str:
    """Return why the charts cannot be drawn along an axis on which no row has a place."""
    return "no row has a time" if axis.is_time else "no row has a place on this axis"


class AskedRun(NamedTuple):
    """The run whose points the cursor goes along."""

    run: Run
    metric: str


def runs_shown(dashboard: Dashboard) -> list[Run]:
    """Return the runs whose charts are on screen, the one in front last."""
    compared = dashboard.compared
    if compared:
        return [one.run for one in compared]
    run = dashboard.run
    return [] if run is None else [run]


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


def asked_run(dashboard: Dashboard) -> AskedRun | None:
    """Return whose points the cursor goes along: the foremost run's with the focused metric."""
    metrics = dashboard.metrics
    if not metrics:
        return None
    metric = metrics[focus_among(dashboard.view, len(metrics))]
    runs = (run for run in reversed(runs_shown(dashboard)) if metric in run.series)
    run = next(runs, None)
    return None if run is None else AskedRun(run, metric)


def cursor_x(dashboard: Dashboard, asked: AskedRun | None = None) -> float | None:
    """Return where the cursor is on the x axis, `None` where that is not known.

    `asked` is `asked_run(dashboard)`, for callers that have it already.
    """
    return _x_of_spot(dashboard, asked, dashboard.view.charts.cursor)


def told_x(dashboard: Dashboard, asked: AskedRun | None = None) -> float | None:
    """Return where on the x axis titles tell values: at the cursor, or at the newest point where
    no cursor is on screen.
    """
    if dashboard.view.has_cursor:
        return cursor_x(dashboard, asked)
    return _x_of_spot(dashboard, asked, None)


def _x_of_spot(dashboard: Dashboard, asked: AskedRun | None, spot: Spot | None) -> float | None:
    asked, charts = asked or asked_run(dashboard), dashboard.view.charts
    if asked is None:
        return None
    axis = charts.framing.axis
    if spot is None and is_held(charts.window):
        # The newest point on screen, which no new row moves.
        span = x_span_of(dashboard)
        point = span and point_at(*asked, axis, span.shown[1])
        return point.x if point else None
    return x_of(*asked, axis, spot)


class PointAtCursor(NamedTuple):
    """What the focused chart has at the cursor."""

    run: Run
    metric: str
    x: float
    """Where the cursor is."""
    point: Point | None
    """The newest one up to there; `None` where nothing is logged up to there."""


def point_at_cursor(dashboard: Dashboard) -> PointAtCursor | None:
    """Return what the focused chart has where titles tell values; `None` where it has nothing."""
    asked = asked_run(dashboard)
    x = None if asked is None else told_x(dashboard, asked)
    if asked is None or x is None:
        return None
    point = point_at(*asked, dashboard.view.charts.framing.axis, x)
    return PointAtCursor(*asked, x, point)


def anchor_x(dashboard: Dashboard) -> float | None:
    """Return where the stretch begins that ends at the cursor, `None` without one."""
    charts = dashboard.view.charts
    if charts.anchor is None or not dashboard.view.has_cursor:
        return None
    asked = asked_run(dashboard)
    return None if asked is None else x_of(*asked, charts.framing.axis, charts.anchor)


class AtCursor(NamedTuple):
    """The chart that the cursor goes by, and where it is."""

    run: Run
    metric: str
    span: XSpan
    x: float


def at_cursor(dashboard: Dashboard) -> AtCursor | None:
    """Return the chart that the cursor goes along; `None` where nothing is there."""
    asked = asked_run(dashboard)
    if asked is None:
        return None
    span, x = x_span_of(dashboard), cursor_x(dashboard, asked)
    if span is None or x is None:
        return None
    return AtCursor(*asked, span, x)
