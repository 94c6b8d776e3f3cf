"""Envelopes equal a look at every value, whichever way they are made."""

from __future__ import annotations

import math
import struct
from array import array
from collections.abc import Iterable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackio_view.series import blocks as overview_module
from trackio_view.series import envelope as module
from trackio_view.series import numpy_policy
from trackio_view.series.envelope import (
    envelope,
    finite_bounds,
    holds_counts,
    step_bounds,
)
from trackio_view.series.extents import Extent
from trackio_view.series.medians import BLOCK
from trackio_view.series.scale import Scale
from trackio_view.series.series import Series
from trackio_view.series.sums import mean
from trackio_view.series.window import EVERY_ROW, Window

NUMPY, PYTHON = 1, 10**9


@pytest.fixture(params=[PYTHON, NUMPY], ids=["python", "numpy"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Force every column, however long, through plain Python or through numpy."""
    monkeypatch.setattr(numpy_policy, "WORTH_IMPORTING", request.param)
    monkeypatch.setattr(numpy_policy, "WORTH_USING", request.param)
    threshold: int = request.param
    return threshold


def series_of(values: list[float], rows: list[int] | None = None) -> Series:
    return Series(
        rows=array("I", rows if rows is not None else range(len(values))),
        values=array("d", values),
    )


def brute_force(
    steps: array[float], series: Series, window: Window, columns: int, left: float, right: float
) -> list[list[Extent]]:
    """Return the envelope by its definition, with a look at every value."""
    column_of = Scale.of_columns(left, right, columns).nearest
    stretches: list[list[tuple[float, float]]] = []
    previous = math.nan
    for row, value in zip(series.rows, series.values, strict=True):
        if not window.first <= row < window.end:
            continue
        step = steps[row]
        if not step >= previous:
            stretches.append([])
        stretches[-1].append((step, value))
        previous = step
    often = len(stretches) > overview_module.MOST_STRETCHES
    stretches = [
        [(step, value) for step, value in stretch if left <= step <= right] for stretch in stretches
    ]
    stretches = [stretch for stretch in stretches if stretch]
    spans = sum(column_of(stretch[-1][0]) - column_of(stretch[0][0]) + 1 for stretch in stretches)
    if often or (len(stretches) > 1 and spans > columns * module.MOST_EXTENTS_A_COLUMN):
        stretches = [[point for stretch in stretches for point in stretch]]
    segments: list[list[Extent]] = []
    for stretch in stretches:
        by_column: dict[int, list[float]] = {}
        for step, value in stretch:
            by_column.setdefault(column_of(step), []).append(value)
        segments.append([])
        for column in sorted(by_column):
            finite = [value for value in by_column[column] if math.isfinite(value)]
            if finite:
                low, high = min(finite), max(finite)
                # Medians have a definition and tests of their own (`test_medians.py`).
                extent = Extent(column, finite[0], low, high, finite[-1], ANY_MEDIAN, len(finite))
                segments[-1].append(extent)
            else:
                segments.append([])
    return [segment for segment in segments if segment]


class _Within(float):
    """Stands for any number."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


ANY_MEDIAN = _Within()

values_strategy = st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from(
    [0.0, 1.0, -1.0, math.nan, math.inf, -math.inf, 1.7e308, -1.7e308, 5e-324]
)


def known_steps(steps: array[float], rows: Iterable[int], window: Window) -> list[float]:
    """Return the finite steps of those of the rows that are in a window."""
    shown = [row for row in rows if window.first <= row < window.end]
    return [steps[row] for row in shown if math.isfinite(steps[row])]


def bits(value: float) -> bytes:
    """Return a value that is equal for equal values, and for two NaN."""
    return struct.pack("d", value)


@st.composite
def step_lists(draw: st.DrawFn, count: int) -> list[float]:
    kind = draw(st.sampled_from(["rising", "repeating", "jumps", "anything"]))
    if kind == "anything":
        return draw(st.lists(st.floats(), min_size=count, max_size=count))
    strides = {
        "rising": st.integers(1, 9),
        "repeating": st.sampled_from([0, 0, 0, 1, 50]),
        "jumps": st.sampled_from([1, 1, 1, 1, 2, -7, -30]),
    }[kind]
    at = draw(st.sampled_from([0.0, -50.0, 1e9, 0.25, 2.0**52]))
    steps = []
    for stride in draw(st.lists(strides, min_size=count, max_size=count)):
        steps.append(at)
        at += stride
    return steps


@st.composite
def cases(draw: st.DrawFn) -> tuple[array[float], Series, Window, int, float, float]:
    count = draw(st.integers(1, 60) | st.integers(BLOCK - 2, 5 * BLOCK))
    some = draw(st.lists(values_strategy, min_size=1, max_size=30))
    random = draw(st.randoms(use_true_random=False))
    values = [random.choice(some) for _ in range(count)]
    holes = draw(st.booleans())
    rows = sorted(random.sample(range(2 * count), count)) if holes else list(range(count))
    steps = array("d", draw(step_lists(rows[-1] + 1)))
    window = Window(draw(st.integers(0, rows[-1])), rows[-1] + 1)
    if draw(st.booleans()):
        window = Window(window.first, draw(st.integers(window.first, rows[-1])), follows=False)
    columns = draw(st.integers(1, 40))
    own = known_steps(steps, rows, window) or [0.0]
    left, right = min(own), max(own)
    if draw(st.booleans()):
        left, right = sorted((draw(st.sampled_from(own)), draw(st.sampled_from(own))))
    return steps, series_of(values, rows), window, columns, left, right


@settings(max_examples=150, deadline=None)
@given(case=cases())
@pytest.mark.parametrize("threshold", [PYTHON, NUMPY])
def test_equals_looking_at_every_value(
    case: tuple[array[float], Series, Window, int, float, float], threshold: int
) -> None:
    steps, logged, window, columns, left, right = case
    series = Series(logged.rows, logged.values)
    case = (steps, series, window, columns, left, right)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numpy_policy, "WORTH_IMPORTING", threshold)
        patch.setattr(numpy_policy, "WORTH_USING", threshold)
        found = envelope(*case)
        assert envelope(*case) == found, "asking leaves no trace"
        bounds = finite_bounds(steps, series, window)
        step_range = step_bounds(steps, series, window)
    assert list(found.segments) == brute_force(*case)
    values = [
        value
        for row, value in zip(series.rows, series.values, strict=True)
        if window.first <= row < window.end
    ]
    assert [bits(value) for value in series.within(window)] == [bits(value) for value in values]
    finite = [value for value in values if math.isfinite(value)]
    if finite:
        exact = float(sum(map(Fraction, finite)) / len(finite))
        assert mean([value for value in series.within(window) if math.isfinite(value)]) == (
            pytest.approx(exact, rel=1e-12)
        )
    assert bounds == ((min(finite), max(finite)) if finite else None)
    known = known_steps(steps, series.rows, window)
    assert step_range == ((min(known), max(known)) if known else None)


@settings(max_examples=40, deadline=None)
@given(case=cases(), cuts=st.lists(st.integers(1, 300), max_size=5))
@pytest.mark.parametrize("threshold", [PYTHON, NUMPY])
def test_growing_series_equals_one_that_came_whole(
    case: tuple[array[float], Series, Window, int, float, float], cuts: list[int], threshold: int
) -> None:
    """The blocks kept from earlier drawings stay right while values, and holes, come in."""
    steps, whole, _, columns, left, right = case
    growing = Series()
    grown = array("d")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numpy_policy, "WORTH_IMPORTING", threshold)
        patch.setattr(numpy_policy, "WORTH_USING", threshold)
        for cut in [*sorted(cuts), len(whole)]:
            known = len(growing)
            growing.rows.extend(whole.rows[known:cut])
            growing.values.extend(whole.values[known:cut])
            grown.extend(steps[len(grown) : growing.rows[-1] + 1])
            found = envelope(grown, growing, EVERY_ROW, columns, left, right)
            assert found.segments == brute_force(grown, growing, EVERY_ROW, columns, left, right)


def test_long_series_in_every_way(path: int) -> None:
    """The columns hold many values each, so that whole blocks lie within columns."""
    count = 40 * BLOCK * 5 + 17
    values = [math.sin(place) * (place % 97) for place in range(count)]
    values[1234] = 1e6
    values[5000:5400] = [math.nan] * 400
    values[7000] = math.inf
    values[0] = values[-1] = math.nan
    steps = array("d", [float(place) for place in range(count)])
    series = series_of(values)
    for first, end in ((0, count), (1, count), (BLOCK, count - 1), (777, 9_000), (5_001, 5_399)):
        held = Window(first, end, follows=False)
        arguments = (steps, series, held, 40, float(first), float(end - 1))
        assert envelope(*arguments).segments == brute_force(*arguments)
    uneven = array("d", [place if place < count - 500 else place * 100.0 for place in range(count)])
    series = series_of(values)
    arguments = (uneven, series, Window(3, count), 40, 0.0, uneven[-1])
    assert envelope(*arguments).segments == brute_force(*arguments)


def test_step_that_goes_back_breaks_the_line(path: int) -> None:
    steps = array("d", [0, 1, 2, 1, 2, 3])
    found = envelope(steps, series_of([5.0, 4, 3, 9, 8, 7]), EVERY_ROW, 4, 0, 3)
    assert [[extent.column for extent in segment] for segment in found.segments] == [
        [0, 1, 2],
        [1, 2, 3],
    ]


def test_column_without_finite_value_breaks_the_line_and_an_empty_one_does_not(path: int) -> None:
    steps = array("d", [0, 1, 2, 5])
    found = envelope(steps, series_of([1.0, math.nan, 2.0, 3.0]), EVERY_ROW, 6, 0, 5)
    assert [[extent.column for extent in segment] for segment in found.segments] == [[0], [2, 5]]


def test_line_that_goes_back_all_the_time_becomes_one_band(path: int) -> None:
    epoch, epochs = 50, 2 * overview_module.MOST_STRETCHES
    steps = array("d", [float(place % epoch) for place in range(epoch * epochs)])
    series = series_of([float(place // epoch) for place in range(epoch * epochs)])
    found = envelope(steps, series, EVERY_ROW, epoch, 0, epoch - 1)
    assert found.segments == [
        [
            Extent(column, 0.0, 0.0, epochs - 1.0, epochs - 1.0, (epochs - 1) / 2, epochs)
            for column in range(epoch)
        ]
    ]


def test_nothing_to_draw(path: int) -> None:
    steps = array("d", [1, 2])
    two = series_of([1.0, 2.0])
    assert not envelope(steps, Series(), EVERY_ROW, 10, 0, 1).segments
    assert not envelope(steps, two, Window(2, 2), 10, 1, 2).segments
    assert not envelope(steps, two, Window(1, 1), 10, 1, 2).segments
    assert not envelope(steps, two, EVERY_ROW, 0, 1, 2).segments
    assert not envelope(steps, two, EVERY_ROW, 10, math.nan, 2).segments
    assert not envelope(steps, series_of([math.nan, math.inf]), EVERY_ROW, 10, 1, 2).segments
    assert finite_bounds(steps, two, Window(1, 1)) is None
    assert step_bounds(steps, two, Window(1, 1)) is None
    assert finite_bounds(steps, Series()) is None
    assert step_bounds(steps, Series()) is None
    assert finite_bounds(steps, series_of([math.nan, -math.inf])) is None


def test_equal_steps_and_huge_steps(path: int) -> None:
    found = envelope(array("d", [7, 7, 7]), series_of([1.0, 3.0, 2.0]), EVERY_ROW, 10, 7, 7)
    assert found.segments == [[Extent(0, 1.0, 1.0, 3.0, 2.0, 2.0, 3)]]
    steps = array("d", [-1.7e308, 0, 1.7e308])
    found = envelope(steps, series_of([1.0, 2.0, 3.0]), EVERY_ROW, 11, steps[0], steps[-1])
    assert [extent.column for extent in found.segments[0]] == [0, 5, 10]


def test_a_value_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing again after one more value reads blocks and edges, but not all values."""
    count = 200_000
    steps = array("d", [float(place) for place in range(count)])
    series = series_of([float(place % 1000) for place in range(count)])
    envelope(steps, series, EVERY_ROW, 240, 0, count - 1)
    looked_at: list[int] = []
    update = overview_module.Overview._look

    def counting(self: overview_module.Overview, *arguments: object) -> None:
        looked_at.append(arguments[4] - arguments[3])  # type: ignore[operator]
        update(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(overview_module.Overview, "_look", counting)
    steps.append(float(count))
    series.rows.append(count)
    series.values.append(0.5)
    envelope(steps, series, EVERY_ROW, 240, 0, count)
    envelope(steps, series, EVERY_ROW, 240, 0, count)
    assert looked_at == [1]
    held = envelope(steps, series, Window(9, count // 2, follows=False), 240, 0, count)
    series.rows.append(count)
    series.values.append(0.25)
    steps.append(float(count))
    again = envelope(steps, series, Window(9, count // 2, follows=False), 240, 0, count)
    assert again == held, "what comes after a held window changes nothing in it"
    assert looked_at == [1, 1]


def test_columns_can_still_grow_after_a_drawing(path: int) -> None:
    """No numpy view of a column is kept, because the array could not grow then."""
    steps = array("d", range(1000))
    series = series_of([float(place) for place in range(1000)])
    found = envelope(steps, series, EVERY_ROW, 20, 0, 999)
    steps.extend([1000.0])
    series.rows.append(1000)
    series.values.append(math.nan)
    series.overview.gaps.append(10**6)
    assert found.segments


def test_counts_are_told_from_measurements(path: int) -> None:
    """The first fraction may come late, and whole numbers may follow it."""
    steps = array("d", range(3000))
    series = series_of([float(step % 7) for step in range(2000)])
    assert holds_counts(steps, series, 2000)
    series.rows.extend(range(2000, 2500))
    series.values.extend([1.0] * 300 + [0.5] + [2.0] * 199)
    assert not holds_counts(steps, series, 2301)
    assert holds_counts(steps, series, 2300)
    series.rows.extend(range(2500, 3000))
    series.values.extend([3.0] * 500)
    assert not holds_counts(steps, series, 3000)
    assert holds_counts(steps, series, 2300)
    for gap in (math.nan, math.inf):
        assert not holds_counts(steps, series_of([1.0] * 2000 + [gap]), 2001)


def test_a_measurement_is_told_by_its_first_values_alone() -> None:
    steps = array("d", range(1000))
    measured, counted = series_of([1.0] * 40 + [0.5] + [1.0] * 959), series_of([1.0] * 1000)
    assert not holds_counts(steps, measured, 1000)
    assert measured.overview.count == 0
    assert holds_counts(steps, measured, 40)
    assert holds_counts(steps, counted, 1000)
