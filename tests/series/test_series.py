"""Series keep numbers exactly as logged, and tell exact facts of them."""

from __future__ import annotations

import itertools
import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.series import numpy_policy
from trackio_view.series.series import MetricColumn, Number, Series, Summary, extremes
from trackio_view.series.window import EVERY_ROW, Window

logged = (
    st.floats()
    | st.integers(-(10**6), 10**6)
    | st.integers(2**53 - 3, 2**53 + 3)
    | st.integers(-(2**70), 2**70)
    | st.sampled_from([2.0**53, 2.0**60, 2**60 + 1, math.nan, math.inf, -math.inf])
)


def column_of(numbers: list[Number]) -> MetricColumn:
    """Return a column as sources make it: integers that a float would change are kept aside."""
    exact = {
        place: number
        for place, number in enumerate(numbers)
        if isinstance(number, int) and int(float(number)) != number
    }
    values = array("d", [float(number) for number in numbers])
    return MetricColumn(array("I", range(len(numbers))), values, exact)


def series_of(numbers: list[Number]) -> Series:
    series = Series()
    column = column_of(numbers)
    series.append(column, column.rows)
    return series


@given(batches=st.lists(st.lists(logged, max_size=8), max_size=4))
def test_numbers_come_back_as_logged(batches: list[list[Number]]) -> None:
    series = Series()
    for batch in batches:
        rows = array("I", range(len(series), len(series) + len(batch)))
        series.append(column_of(batch), rows)
    numbers = [number for batch in batches for number in batch]
    assert len(series) == len(numbers)
    for place, number in enumerate(numbers):
        assert series.number(place) == number or number != number
        assert series.number(place - len(numbers)) == number or number != number
    assert list(series.rows) == list(range(len(numbers)))


@pytest.mark.parametrize("threshold", [1, 10**9], ids=["numpy", "python"])
@given(
    numbers=st.lists(logged, min_size=1, max_size=30),
    strides=st.lists(st.sampled_from([1, 1, 1, 4]), min_size=30, max_size=30),
    first=st.integers(0, 90),
    end=st.integers(0, 120) | st.just(EVERY_ROW.end),
)
def test_summary_is_exact(
    numbers: list[Number], strides: list[int], first: int, end: int, threshold: int
) -> None:
    series = Series()
    column = column_of(numbers)
    rows = array("I", itertools.accumulate(strides[: len(numbers)]))
    series.append(column, rows)
    window = Window(first, end, follows=end == EVERY_ROW.end)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numpy_policy, "WORTH_IMPORTING", threshold)
        summary = series.summary(window)
    stretch = [number for row, number in zip(rows, numbers, strict=True) if first <= row < end]
    if not stretch:
        assert summary is None
        return
    assert summary is not None
    known = [number for number in stretch if number == number]
    assert summary.value_count == len(stretch)
    assert summary.first == stretch[0] or stretch[0] != stretch[0]
    assert summary.last == stretch[-1] or stretch[-1] != stretch[-1]
    assert summary.minimum == (min(known) if known else None)
    assert summary.maximum == (max(known) if known else None)
    assert summary.nonfinite == sum(not math.isfinite(number) for number in stretch)


stretches = st.lists(logged, min_size=1, max_size=5)


@given(before=stretches, between=st.lists(logged, max_size=3), after=stretches)
def test_the_summary_of_two_stretches_leaves_out_what_lies_between(
    before: list[Number], between: list[Number], after: list[Number]
) -> None:
    first, end = len(before), len(before) + len(between)
    total = end + len(after)
    window = Window(0, total, spans=((0, first), (end, total)))
    found = series_of([*before, *between, *after]).summary(window)
    # NaN equals nothing.
    assert repr(found) == repr(series_of([*before, *after]).summary())


def summary_of(first: Number, last: Number) -> Summary:
    return Summary(2, first, last, None, None, 0)


@pytest.mark.parametrize(
    ("first", "last", "change"),
    [
        (10.5, 0.5, -10.0),
        (2**60, 2**60 + 1, 1),
        (2.0**60, 2**60 + 1, 1),
        (math.nan, 1.0, None),
        (1.0, math.inf, None),
        (10**400, 10**400 + 7, 7),
        (0.5, 10**400, 10**400),
        (10**400, math.nan, None),
    ],
)
def test_change(first: Number, last: Number, change: Number | None) -> None:
    assert summary_of(first, last).change == change


def test_positions_of_rows() -> None:
    series = Series(rows=array("I", [2, 5, 9]), values=array("d", [1, 2, 3]))
    starts = [series.positions(Window(row, 10)).start for row in (0, 2, 3, 5, 9, 10)]
    assert starts == [0, 0, 1, 1, 2, 3]
    ends = [series.positions(Window(0, row)).stop for row in (0, 2, 3, 5, 9, 10, 11)]
    assert ends == [0, 0, 1, 1, 2, 3, 3]
    assert not series.positions(Window(6, 6))
    assert not series.positions(Window(9, 3)), "an end before the first row is no row"
    assert not Series().positions(EVERY_ROW)


def test_empty() -> None:
    assert Series().summary() is None
    with pytest.raises(IndexError):
        Series().number(-1)


@pytest.mark.parametrize("threshold", [1, 10**9], ids=["numpy", "python"])
@given(batches=st.lists(st.lists(logged, min_size=1, max_size=8), max_size=4))
def test_finite_bounds_are_those_of_all_that_came(
    batches: list[list[Number]], threshold: int
) -> None:
    series = Series()
    numbers: list[Number] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numpy_policy, "WORTH_IMPORTING", threshold)
        patch.setattr(numpy_policy, "WORTH_USING", threshold)
        for batch in batches:
            rows = array("I", range(len(series), len(series) + len(batch)))
            series.append(column_of(batch), rows)
            numbers += [number for number in batch if math.isfinite(float(number))]
            expected = (min(numbers), max(numbers)) if numbers else None
            assert series.finite_bounds() == expected


def test_the_summary_of_a_series_looks_at_new_values_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []

    def counting(values: array[float], positions: range) -> object:
        looked_at.append(len(positions))
        return extremes(values, positions)

    monkeypatch.setattr("trackio_view.series.series.extremes", counting)
    series = Series()
    for start, values in ((0, [2.0, math.nan, 5.0]), (3, [1.0]), (4, [math.inf])):
        rows = array("I", range(start, start + len(values)))
        series.append(MetricColumn(rows, array("d", values)), rows)
        series.summary()
        series.summary()
    assert looked_at == [3, 1, 1]
    known = series.summary()
    assert known is not None
    assert (known.minimum, known.maximum, known.nonfinite) == (1.0, math.inf, 2)
    series.take_back(3)
    # The rows stay, as they do for a smoothed series.
    series.append(MetricColumn(array("I"), array("d", [3.0, 4.0])), array("I"))
    known = series.summary()
    assert known is not None
    assert (known.minimum, known.maximum, known.nonfinite) == (2.0, 5.0, 1)
    assert series.finite_bounds() == (2.0, 5.0)


def test_values_that_were_taken_back_are_gone_from_the_index_too() -> None:
    steps, series = (
        array("d", range(300)),
        series_of([9.0 if row == 210 else 1.0 for row in range(300)]),
    )
    series.overview.update(steps, series.rows, series.values)
    series.take_back(200)
    for row in range(200, 300):
        series.append_one(row, 2.0)
    series.overview.update(steps, series.rows, series.values)
    assert series.overview.bounds(series.values, 0, 300) == (1.0, 2.0)
