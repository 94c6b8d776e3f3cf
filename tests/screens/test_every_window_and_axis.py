"""Charts draw what a look at each row gives: under every window, along every axis, logarithmic and
smoothed or not.

How a window's newest steps are counted has tests of its own (`series/test_window.py`), and so has
the cursor that keys move (`test_cursor_in_every_window.py`).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from fractions import Fraction
from statistics import median
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import make_batch
from tests.series.test_smoothed import expected_of
from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run, RunRows
from trackio_view.model.windows import Between, Last, LastSeconds, WindowChoice, rows_of
from trackio_view.model.x_axis import CLOCK, ELAPSED, LOG_STEPS, STEPS, XAxis, XKind
from trackio_view.screens.stretch import Stretch, stretch_of
from trackio_view.series import numpy_policy
from trackio_view.series.beyond import beyond
from trackio_view.series.envelope import envelope, finite_bounds, nonfinite
from trackio_view.series.logarithms import not_positive
from trackio_view.series.scale import Scale
from trackio_view.series.smoothing import Smoothing, Way
from trackio_view.series.y_limits import automatic
from trackio_view.view.charts.chart_points import Point, next_point, point_at
from trackio_view.view.charts.charts_view import Framing

TOKENS = XAxis(XKind.METRIC, "tokens")
AXES = st.sampled_from([STEPS, LOG_STEPS, ELAPSED, CLOCK, TOKENS])
START = 1_700_000_000.0
SMOOTHINGS = (
    Smoothing(Way.BY_POINTS, 0.6),
    Smoothing(Way.BY_DISTANCE, 0.6),
    Smoothing(Way.CENTRED, 3),
)
NUMBERS = st.integers(-9, 99).map(float)
LOSSES = (
    NUMBERS
    | st.floats(0.01, 5)
    | st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1e5])
    | st.none()
)
OTHERS = st.tuples(
    # The values neither rise nor stand in every row.
    NUMBERS | st.sampled_from([math.nan, math.inf]) | st.none(),
    # A resumed run goes back.
    st.sampled_from([0, 1, 1, 1, 2, 9, -4]),
    st.sampled_from([0.0, 1.0, 1.0, 60.0, math.nan]),
)
"""Of a row: the other metric, by how much the step rises, and the seconds since the row before."""


class Logged(NamedTuple):
    """A run, and its rows one by one."""

    run: Run
    losses: Sequence[float | None]
    xs: dict[XAxis, list[float]]
    batch: RunRows


@st.composite
def runs(
    draw: st.DrawFn, values: st.SearchStrategy[float | None] = LOSSES, least: int = 1
) -> Logged:
    rows = draw(st.lists(st.tuples(values, OTHERS), min_size=least, max_size=90))
    losses, tokens = [row[0] for row in rows], [row[1][0] for row in rows]
    step, time, steps, times = 0, START, [], []
    for _, (_, stride, seconds) in rows:
        step += stride
        time += seconds if seconds == seconds else 1.0
        steps.append(float(step))
        times.append(time if seconds == seconds else math.nan)
    run = Run("run", "run")
    batch = make_batch({"loss": losses, "tokens": tokens}, steps=steps, times=times)
    run.append(batch)
    first = next((time for time in times if time == time), math.nan)
    carried, last = [], math.nan
    for own in tokens:
        last = last if own is None else own
        carried.append(last)
    xs = {
        STEPS: steps,
        LOG_STEPS: [math.log10(step) if step > 0 else math.nan for step in steps],
        ELAPSED: [time - first for time in times],
        CLOCK: times,
        TOKENS: carried,
    }
    return Logged(run, losses, xs, batch)


@st.composite
def windows(draw: st.DrawFn, logged: Logged) -> WindowChoice:
    kind = draw(st.sampled_from(["levels", "seconds", "held", "follows"]))
    if kind == "levels":
        return Last(draw(st.integers(0, 6)))
    if kind == "seconds":
        return LastSeconds(draw(st.sampled_from([1.0, 30.0, 1e6])))
    axis = draw(AXES)
    known = [x for x in logged.xs[axis] if math.isfinite(x)] or [0.0]
    left, right = sorted((draw(st.sampled_from(known)), draw(st.sampled_from(known))))
    return Between(axis, left, right if kind == "held" else None)


def rows_in(logged: Logged, window: WindowChoice) -> list[int]:
    """Return the rows of a window, found by a look at each row."""
    run, every = logged.run, range(len(logged.losses))
    if isinstance(window, Last):
        spans = rows_of(run, window).spans or ((rows_of(run, window).first, len(every)),)
        return [row for row in every if any(first <= row < end for first, end in spans)]
    if isinstance(window, LastSeconds):
        axis, left, right = CLOCK, run.last_time - window.seconds, math.inf
    else:
        axis, left = window.axis, window.left
        right = sys.float_info.max if window.right is None else window.right
    xs = logged.xs[axis]
    return [row for row in every if left <= xs[row] <= right and xs[row] < math.inf]


def averaged(logged: Logged, weight: float) -> list[float | None]:
    """Return TensorBoard's average of the losses by its formula, begun anew at each restart."""
    found: list[float | None] = []
    last, count, restarts = 0.0, 0, set(logged.run.order.restarts)
    for row, value in enumerate(logged.losses):
        if row in restarts:
            last, count = 0.0, 0
        if value is None or not math.isfinite(value):
            found.append(value)
            continue
        last, count = last * weight + (1 - weight) * value, count + 1
        found.append(last / (1 - weight**count))
    return found


def smoothed_by(logged: Logged, smoothing: Smoothing, axis: XAxis) -> list[float | None]:
    """Return the smoothed value of each loss along an axis, by the definition."""
    if smoothing.way is Way.BY_POINTS:
        return averaged(logged, smoothing.amount)
    rows = [row for row, value in enumerate(logged.losses) if value is not None]
    values = [value for value in logged.losses if value is not None]
    attempts = [sum(restart <= row for restart in logged.run.order.restarts) for row in rows]
    # The definition numbers attempts by twice the position of their first value.
    starts = {2 * attempts.index(attempt) for attempt in set(attempts) if attempt}
    own = expected_of(values, [logged.xs[axis][row] for row in rows], starts, smoothing)
    found = dict(zip(rows, own, strict=True))
    return [found.get(row) for row in range(len(logged.losses))]


def shown_of(
    logged: Logged, smoothing: Smoothing | None, axis: XAxis, *, logarithmic: bool
) -> list[float | None]:
    """Return the value of each row that a chart draws; `None` where the metric was not logged."""
    values = logged.losses if smoothing is None else smoothed_by(logged, smoothing, axis)
    if not logarithmic:
        return list(values)
    return [
        own if own is None else math.log10(own) if 0 < own < math.inf else math.nan
        for own in values
    ]


@settings(max_examples=60)
@given(
    data=st.data(),
    logged=runs(),
    axis=AXES,
    logarithmic=st.booleans(),
    smoothing=st.sampled_from([None, *SMOOTHINGS]),
    columns=st.integers(1, 30),
    threshold=st.sampled_from([1, 10**9]),
)
def test_bands_medians_and_limits_are_those_of_the_rows(
    data: st.DataObject,
    logged: Logged,
    axis: XAxis,
    logarithmic: bool,
    smoothing: Smoothing | None,
    columns: int,
    threshold: int,
) -> None:
    if not any(value is not None for value in logged.losses):
        return
    window = data.draw(windows(logged))
    project = Project(ProjectId("", "p"))
    framing = Framing(window, axis, smoothing=smoothing)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numpy_policy, "WORTH_IMPORTING", threshold)
        patch.setattr(numpy_policy, "WORTH_USING", threshold)
        stretch = stretch_of(project, logged.run, framing)
        values, xs = shown_of(logged, smoothing, axis, logarithmic=logarithmic), logged.xs[axis]
        points = [
            (xs[row], value)
            for row in rows_in(logged, window)
            if (value := values[row]) is not None
        ]
        check_drawing(stretch, points, logarithmic=logarithmic, columns=columns)
        counted = [logged.losses[row] for row in rows_in(logged, window)]
        series = stretch.run.series["loss"]
        if logarithmic and smoothing is None:
            low = sum(value is not None and -math.inf < value <= 0 for value in counted)
            logs = stretch.logarithms("loss")
            assert not_positive(stretch.x, series, logs, stretch.window) == low


def check_drawing(
    stretch: Stretch, points: Sequence[tuple[float, float]], *, logarithmic: bool, columns: int
) -> None:
    """Compare the drawing of a stretch with its points, which are pairs of a place and a value."""
    series = stretch.series("loss") if stretch.smoothing is None else stretch.smoothed("loss")
    if logarithmic:
        smooth = stretch.smoothing is not None
        series = stretch.smoothed_logarithms("loss") if smooth else stretch.logarithms("loss")
    assert series is not None
    finite = [value for _, value in points if math.isfinite(value)]
    everything = finite_bounds(stretch.x, series, stretch.window)
    assert (everything is None) == (not finite)
    if everything is not None:
        assert everything == pytest.approx((min(finite), max(finite)))
    assert stretch.without_place("loss") == sum(not math.isfinite(x) for x, _ in points)
    if stretch.window.x_range is None:
        assert not any(math.isfinite(x) for x, _ in points)
        return
    left, right = stretch.window.x_range
    scale = Scale.of_columns(left, right, columns)
    by_column: dict[int, list[float]] = {}
    for x, value in points:
        if left <= x <= right and math.isfinite(value):
            by_column.setdefault(scale.nearest(x), []).append(value)
    for x, _ in points:
        if left <= x <= right and left < right:
            exact = (Fraction(x) - Fraction(left)) / (Fraction(right) - Fraction(left))
            assert abs(scale.nearest(x) - exact * (columns - 1)) <= Fraction(1, 2) + Fraction(1e-6)
    drawn = envelope(stretch.x, series, stretch.window, columns, left, right)
    extents = [extent for segment in drawn.segments for extent in segment]
    assert {extent.column for extent in extents} == by_column.keys()
    for column, own in by_column.items():
        here = [extent for extent in extents if extent.column == column]
        assert min(extent.low for extent in here) == pytest.approx(min(own))
        assert max(extent.high for extent in here) == pytest.approx(max(own))
        assert sum(extent.points for extent in here) == len(own)
        if len(here) == 1:
            assert here[0].median == pytest.approx(median(own))
    gaps = nonfinite(stretch.x, series, stretch.window, scale)
    assert gaps.nan + gaps.infinite == len(points) - len(finite)
    if everything is not None and extents:
        limits = automatic([drawn.segments], everything)
        assert everything[0] <= limits[0] <= limits[1] <= everything[1]
        below, above = beyond(stretch.x, series, stretch.window, limits)
        low = [value for value in series.within(stretch.window) if value < limits[0]]
        high = [value for value in series.within(stretch.window) if value > limits[1]]
        assert below.found == sum(map(math.isfinite, low))
        assert above.found == sum(map(math.isfinite, high))


@given(logged=runs(), axis=AXES, x=st.integers(-9, 99).map(float), since_start=st.booleans())
def test_the_cursor_tells_the_points_that_are_there(
    logged: Logged, axis: XAxis, x: float, since_start: bool
) -> None:
    """Of points at one place the newest counts; beside a place, the nearest on either side."""
    if axis == CLOCK and since_start:
        x += START
    known = [
        (own, row)
        for row, own in enumerate(logged.xs[axis])
        if logged.losses[row] is not None and math.isfinite(own)
    ]
    upto = max((it for it in known if it[0] <= x), default=None)
    before = max((it for it in known if it[0] < x), default=None)
    lowest = min((own for own, _ in known if own > x), default=None)
    beyond_it = max((it for it in known if it[0] == lowest), default=None)
    if not any(value is not None for value in logged.losses):
        return
    for point, expected in (
        (point_at(logged.run, "loss", axis, x), upto),
        (next_point(logged.run, "loss", axis, x, -1), before),
        (next_point(logged.run, "loss", axis, x, 1), beyond_it),
    ):
        check_point(point, expected, logged)


def check_point(point: Point | None, expected: tuple[float, int] | None, logged: Logged) -> None:
    assert (point is None) == (expected is None)
    if point is not None and expected is not None:
        assert (point.x, point.row) == expected
        assert point.value == logged.losses[point.row] or math.isnan(float(point.value))
        assert point.step == logged.xs[STEPS][point.row]
