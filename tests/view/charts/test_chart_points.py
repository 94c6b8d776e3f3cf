"""The place of a point along each axis, and the points beside it."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from trackio_view.model.run import Run, RunRows
from trackio_view.model.x_axis import CLOCK, ELAPSED, STEPS, XAxis, XKind
from trackio_view.view.charts.chart_points import (
    Point,
    count_in_a_row,
    first_point,
    newest_point,
    next_point,
    place_in,
    point_at,
    x_of,
)
from trackio_view.view.charts.charts_view import Spot

TOKENS = XAxis(XKind.METRIC, "tokens")


@pytest.fixture
def run(batch: Callable[..., RunRows]) -> Run:
    """Ten steps two seconds apart; a validation at steps 0 and 5; no time of the last row."""
    made = Run("run", "run")
    metrics = {
        "loss": [float(10 - step) for step in range(10)],
        "val": [0.5 if step % 5 == 0 else None for step in range(10)],
        "tokens": [100.0 * step for step in range(10)],
    }
    times = [1e9 + 2 * step for step in range(9)]
    made.append(batch(metrics, times=[*times, math.nan]))
    return made


def test_points_are_told_with_their_own_step_and_time(run: Run) -> None:
    point = point_at(run, "val", STEPS, 7.5)
    assert point is not None
    assert (point.step, point.x, point.time, point.value) == (5, 5, 1e9 + 10, 0.5)
    assert point_at(run, "val", STEPS, -1) is None
    assert point_at(run, "no such", STEPS, 5) is None
    assert next_point(run, "no such", STEPS, 5, 1) is None


def test_one_place_serves_all_metrics_of_a_run(run: Run) -> None:
    for axis, x, steps in ((STEPS, 6.5, (6, 5)), (ELAPSED, 13.0, (6, 5)), (TOKENS, 350.0, (3, 0))):
        place = place_in(run, axis, x)
        points = [place.point(metric) for metric in ("loss", "val")]
        assert points == [point_at(run, metric, axis, x) for metric in ("loss", "val")]
        assert tuple(point and point.step for point in points) == steps
        assert place.point("no such") is None


def test_the_ends_and_the_neighbours(run: Run) -> None:
    found = (
        first_point(run, "val", STEPS),
        newest_point(run, "val", STEPS),
        next_point(run, "val", STEPS, 3, 1),
        next_point(run, "val", STEPS, 5, -1),
    )
    assert [None if point is None else point.step for point in found] == [0, 5, 5, 0]
    assert next_point(run, "val", STEPS, 5, 1) is None
    assert next_point(run, "val", STEPS, 0, -1) is None


def test_a_spot_is_the_same_point_along_every_axis(run: Run) -> None:
    spot = Spot(4.0, STEPS)
    assert x_of(run, "loss", STEPS, spot) == 4
    assert x_of(run, "loss", CLOCK, spot) == 1e9 + 8
    assert x_of(run, "loss", ELAPSED, spot) == 8
    assert x_of(run, "loss", TOKENS, spot) == 400
    assert x_of(run, "loss", STEPS, Spot(8.0, ELAPSED)) == 4
    assert x_of(run, "loss", STEPS, None) == 9
    assert x_of(run, "loss", CLOCK, Spot(9.0, STEPS)) is None, "its time is unknown"


def test_no_point_from_before_the_earliest_time_is_told(run: Run) -> None:
    run.since = 1e9 + 7
    found = first_point(run, "loss", STEPS)
    assert found is not None
    assert found.step == 4
    assert point_at(run, "loss", STEPS, 3) is None


def test_points_of_one_place_are_counted_one_behind_the_other(
    batch: Callable[..., RunRows],
) -> None:
    made = Run("run", "run")
    made.append(batch({"loss": [1.0] * 7}, steps=[1, 2, 2, 3, 2, 2, 2]))
    counts = []
    for position in (0, 2, 3, 6):
        x = made.steps[position]
        point = Point(position, position, x, x, math.nan, 1.0)
        counts.append(count_in_a_row(made, "loss", STEPS, point))
    assert counts == [1, 2, 1, 3]
