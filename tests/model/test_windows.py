"""The rows of a run in a chosen window, compared with a look at every row."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import make_batch
from trackio_view.model.run import Run, RunRows
from trackio_view.model.windows import (
    EVERYTHING,
    Between,
    Last,
    LastSeconds,
    is_held,
    rows_of,
    window_of,
)
from trackio_view.model.x_axis import CLOCK, ELAPSED, STEPS, XAxis, XKind
from trackio_view.series.window import Window

TOKENS = XAxis(XKind.METRIC, "tokens")
AXES = (STEPS, CLOCK, ELAPSED, TOKENS)


def rows_in(window: Window) -> list[int]:
    spans = window.spans or ((window.first, window.end),)
    return [row for first, end in spans for row in range(first, end)]


def brute_x(run: Run, axis: XAxis) -> list[float]:
    if axis == STEPS:
        return list(run.steps)
    if axis == CLOCK:
        return list(run.times)
    if axis == ELAPSED:
        return [time - run.first_time for time in run.times]
    found, last = [], math.nan
    tokens = dict(zip(run.series["tokens"].rows, run.series["tokens"].values, strict=True))
    for row in range(run.row_count):
        last = tokens.get(row, last)
        found.append(last)
    return found


row = st.tuples(st.integers(0, 30), st.integers(0, 40), st.none() | st.integers(-5, 30))


@given(
    rows=st.lists(row, min_size=1, max_size=40),
    cut=st.integers(0, 40),
    left=st.integers(-3, 33),
    width=st.none() | st.integers(0, 20),
    axis=st.sampled_from(AXES),
    along=st.sampled_from(AXES),
)
def test_a_range_holds_the_rows_whose_x_lies_in_it(
    rows: list[tuple[int, int, int | None]],
    cut: int,
    left: int,
    width: int | None,
    axis: XAxis,
    along: XAxis,
) -> None:
    run = Run("run", "run")
    choice = Between(axis, left, None if width is None else left + width)
    for part in (rows[:cut], rows[cut:]):
        if part:
            steps, times, tokens = zip(*part, strict=True)
            metrics = {"loss": [1.0] * len(part), "tokens": tokens}
            run.append(make_batch(metrics, steps=steps, times=[1e9 + it for it in times]))
        if run.row_count and "tokens" in run.series:
            window = window_of(run, choice, along)
    xs = brute_x(run, axis)
    right = math.inf if width is None else left + width
    inside = [place for place, x in enumerate(xs) if left <= x <= right]
    if axis == CLOCK:
        assert inside in ([], list(range(run.row_count)))
    assert rows_in(rows_of(run, choice)) == inside
    assert is_held(choice) == (width is not None) == (not window.follows)
    if along == axis and width is not None:
        assert window.x_range == (left, left + width)
    elif along != axis:
        shown = [x for at in inside if math.isfinite(x := brute_x(run, along)[at])]
        assert window.x_range == ((min(shown), max(shown)) if shown else None)


@pytest.fixture
def run(batch: Callable[..., RunRows]) -> Run:
    made = Run("run", "run")
    values = [float(step) for step in range(2000)]
    made.append(batch({"loss": values}, times=[1e9 + 2 * step for step in range(2000)]))
    return made


def test_the_newest_time_follows(run: Run, batch: Callable[..., RunRows]) -> None:
    choice = LastSeconds(60)
    assert rows_of(run, choice) == Window(1969, 2000)
    assert window_of(run, choice).x_range == (1969.0, 1999.0)
    run.append(batch({"loss": [1.0]}, steps=[2000], times=[1e9 + 4000], first_id=2001))
    assert rows_of(run, choice) == Window(1970, 2001)
    assert window_of(run, choice, ELAPSED).x_range == (3940.0, 4000.0)


def test_an_unknown_time_has_no_newest_rows(batch: Callable[..., RunRows]) -> None:
    run = Run("run", "run")
    run.append(batch({"loss": [1.0, 2.0]}, times=[math.nan, math.nan]))
    assert window_of(run, LastSeconds(60)).row_count == 0
    assert window_of(run, EVERYTHING, CLOCK).x_range is None
    assert run.x(ELAPSED).bounds is None


def test_no_row_from_before_the_earliest_time_is_in_any_window(run: Run) -> None:
    run.since = 1e9 + 1000
    assert rows_of(run, Between(STEPS, 0, 600)) == Window(500, 601, (0, 600), follows=False)
    assert rows_of(run, Last(0)).first == 500


def test_a_row_that_lies_elsewhere_leaves_a_held_window_the_very_same(
    run: Run, batch: Callable[..., RunRows]
) -> None:
    choice = Between(STEPS, 500, 700)
    before = window_of(run, choice)
    run.append(batch({"loss": [0.0] * 10_000}, steps=range(2000, 12_000), first_id=2001))
    assert window_of(run, choice) == before
    run.append(batch({"loss": [0.0]}, steps=[600], first_id=12_001))
    assert window_of(run, choice).spans == ((500, 701), (12_000, 12_001)), "a step again"


def test_a_metric_keeps_its_value_until_it_is_logged_again(batch: Callable[..., RunRows]) -> None:
    run = Run("run", "run")
    run.append(batch({"loss": [1.0] * 4, "epoch": [None, 1.0, None, 2.0]}))
    run.append(batch({"loss": [1.0] * 2}, steps=[4, 5], first_id=5))
    axis = XAxis(XKind.METRIC, "epoch")
    assert list(run.x(axis).values[1:]) == [1.0, 1.0, 2.0, 2.0, 2.0]
    assert math.isnan(run.x(axis).values[0])
    assert not run.x(XAxis(XKind.METRIC, "no such")).bounds
    twin = run.along(axis, "loss")
    assert twin.values is run.series["loss"].values
    assert twin is run.along(axis, "loss")
    assert run.along(STEPS, "loss") is run.series["loss"]
    assert isinstance(twin.rows, array)


def test_a_run_keeps_a_bounded_number_of_windows_and_each_answer_is_right(run: Run) -> None:
    """Each step of panning asks for another window."""
    for number in range(300):
        choice = Between(STEPS, number, number + 500)
        assert rows_of(run, choice) == Window(
            number, number + 501, (number, number + 500), follows=False
        )
        assert window_of(run, choice, ELAPSED).x_range == (2.0 * number, 2.0 * number + 1000)
        assert max(len(run.kept.rows), len(run.kept.windows)) <= 100
