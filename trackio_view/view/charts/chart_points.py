"""What the charts say at a place on their x axis: the cursor, and the points on either side."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left

from trackio_view.light_typing import NamedTuple
from trackio_view.model.run import Run
from trackio_view.model.x_axis import STEPS, XAxis
from trackio_view.series.points import LARGEST, after, at_or_before
from trackio_view.series.series import Number, Series
from trackio_view.view.charts.charts_view import Spot


class Point(NamedTuple):
    """A logged value, and where it was logged."""

    position: int
    """Its place in the series."""
    row: int
    x: float
    step: float
    time: float
    """Seconds since the epoch; NaN where unknown."""
    value: Number


class PlaceInRun(NamedTuple):
    """A place on the x axis of a run, for those who ask several of its metrics there."""

    run: Run
    axis: XAxis
    x: float
    xs: array[float]
    """The x of each row of the run."""
    first_row: int
    """The first row that is in any window."""

    def point(self, metric: str) -> Point | None:
        """Return what a metric has there: the newest value of the highest x up to there."""
        run, axis, x, xs, first_row = self
        series = run.series.get(metric)
        if series is None:
            return None
        first = bisect_left(series.rows, first_row) if first_row else 0
        along = series if axis is STEPS else run.along(axis, metric)
        return _point(run, series, xs, at_or_before(xs, along, x, first))


def place_in(run: Run, axis: XAxis, x: float) -> PlaceInRun:
    """Return a place on the x axis of a run."""
    return PlaceInRun(run, axis, x, run.x(axis).values, run.window_rows(None).first)


def point_at(run: Run, metric: str, axis: XAxis, x: float) -> Point | None:
    """Return what a metric had at `x`: the newest value of the highest x up to there."""
    return place_in(run, axis, x).point(metric)


def newest_point(run: Run, metric: str, axis: XAxis) -> Point | None:
    """Return the value that stands at the right end, `None` without any."""
    return point_at(run, metric, axis, LARGEST)


def next_point(run: Run, metric: str, axis: XAxis, x: float, direction: int) -> Point | None:
    """Return the nearest point before (-1) or beyond (1) `x`, `None` where there is none."""
    if metric not in run.series:
        return None
    xs, along, first = run.x(axis).values, run.along(axis, metric), _first_of(run, metric)
    if direction > 0:
        return _point(run, run.series[metric], xs, after(xs, along, x, first))
    return _point(run, run.series[metric], xs, at_or_before(xs, along, x, first, strictly=True))


def first_point(run: Run, metric: str, axis: XAxis) -> Point | None:
    """Return the value that stands at the left end, `None` without any."""
    return next_point(run, metric, axis, -math.inf, 1)


def nearest_point(run: Run, metric: str, axis: XAxis, x: float) -> Point | None:
    """Return the point that is nearest to a place, `None` without any."""
    points = (point_at(run, metric, axis, x), next_point(run, metric, axis, x, 1))
    known = [point for point in points if point is not None]
    return min(known, key=lambda point: (abs(point.x - x), point.x), default=None)


MOST_COUNTED = 1_000
"""So many points of one place are counted at most: a metric on the x axis may never change."""


def count_in_a_row(run: Run, metric: str, axis: XAxis, point: Point) -> int:
    """Return how many points were logged at the x of a point one behind the other, it being the
    last of them: at most `MOST_COUNTED`.
    """
    xs, rows = run.x(axis).values, run.series[metric].rows
    first = max(_first_of(run, metric), point.position + 1 - MOST_COUNTED)
    place = point.position
    while place > first and xs[rows[place - 1]] == point.x:
        place -= 1
    return point.position + 1 - place


def x_of(run: Run, metric: str, axis: XAxis, spot: Spot | None) -> float | None:
    """Return where a spot lies along an axis; without one, where the newest point does.

    A spot along another axis lies at the metric's point there. `None` where that is not known.
    """
    if spot is not None and spot.axis == axis:
        return spot.x
    if spot is None:
        point = newest_point(run, metric, axis)
        return None if point is None else point.x
    point = point_at(run, metric, spot.axis, spot.x)
    x = math.nan if point is None else run.x(axis).values[point.row]
    return x if math.isfinite(x) else None


def _first_of(run: Run, metric: str) -> int:
    """Return the first position that is in any window."""
    row = run.window_rows(None).first
    return bisect_left(run.series[metric].rows, row) if row else 0


def _point(run: Run, series: Series, xs: array[float], position: int | None) -> Point | None:
    if position is None:
        return None
    row = series.rows[position]
    return Point(position, row, xs[row], run.steps[row], run.times[row], series.number(position))
