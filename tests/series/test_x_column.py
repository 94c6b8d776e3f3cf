"""Stretches of rows by their x, found by bisecting and compared with a look at every row."""

from __future__ import annotations

import math
from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.series import numpy_policy, x_column
from trackio_view.series.x_column import XColumn, joined

numbers = st.integers(-20, 40).map(float)
anything = numbers | st.sampled_from([math.nan, math.inf, -math.inf])
columns = st.lists(anything, max_size=60).map(lambda values: array("d", values))


@pytest.mark.parametrize("most", [0, 256], ids=["compared", "bisected"])
@pytest.mark.parametrize("threshold", [1, 10**9], ids=["numpy", "python"])
@given(xs=columns, left=numbers, right=numbers, first=st.integers(0, 60), cut=st.integers(0, 60))
def test_rows_between_are_those_whose_x_is(
    xs: array[float], left: float, right: float, first: int, cut: int, threshold: int, most: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numpy_policy, "WORTH_IMPORTING", threshold)
        patch.setattr(numpy_policy, "WORTH_USING", threshold)
        patch.setattr(x_column, "MOST_STRETCHES", most)
        growing = xs[:cut]
        column = XColumn()
        column.follow(growing)
        growing.extend(xs[cut:])
        column.follow(growing)
        first = min(first, len(xs))
        found = column.rows_between(left, right, first)
    rows = [row for start, stop in found for row in range(start, stop)]
    assert rows == [row for row in range(first, len(xs)) if left <= xs[row] <= right]
    assert all(start < stop for start, stop in found)
    upto = [(x, row) for row, x in enumerate(xs) if math.isfinite(x) and x <= right]
    assert column.row_up_to(right) == (max(upto)[1] if upto else None)
    finite = [x for x in xs if math.isfinite(x)]
    assert column.bounds == ((min(finite), max(finite)) if finite else None)


@given(rows=st.sets(st.integers(0, 60)), cut=st.integers(0, 60))
def test_stretches_that_adjoin_are_one(rows: set[int], cut: int) -> None:
    def spans(wanted: list[int]) -> list[tuple[int, int]]:
        return joined([], [(row, row + 1) for row in sorted(wanted)])

    early, late = [row for row in rows if row < cut], [row for row in rows if row >= cut]
    assert joined(spans(early), spans(late)) == spans(list(rows))


@pytest.mark.parametrize("threshold", [1, 10**9], ids=["numpy", "python"])
@given(
    xs=st.lists(st.sampled_from([1.0, 2.0, math.nan, math.inf, -math.inf]), max_size=40),
    kept=st.sets(st.integers(0, 39)),
    cuts=st.lists(st.integers(0, 40), max_size=3),
    ends=st.tuples(st.integers(0, 40), st.integers(0, 40)),
)
def test_rows_without_an_x_are_counted(
    xs: list[float], kept: set[int], cuts: list[int], ends: tuple[int, int], threshold: int
) -> None:
    rows = array("I", [row for row in range(len(xs)) if row in kept])
    positions = range(min(ends), min(max(ends), len(rows)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numpy_policy, "WORTH_IMPORTING", threshold)
        patch.setattr(numpy_policy, "WORTH_USING", threshold)
        column = XColumn()
        for cut in [*sorted(cuts), len(xs)]:
            column.values.extend(xs[len(column.values) : cut])
            column.look()
        found = column.count_without(rows, positions)
    assert found == sum(not math.isfinite(xs[rows[at]]) for at in positions)


def test_another_column_is_taken_in_anew() -> None:
    column = XColumn()
    rows = array("I", range(4))
    column.follow(array("d", [5.0, 3.0, math.nan, math.inf]))
    assert column.count_without(rows, range(4)) == 2
    column.follow(array("d", [1.0, 2.0, 4.0, 3.0]))
    assert (column.bounds, column.rows_between(2, 9)) == ((1.0, 4.0), [(1, 4)])
    assert column.count_without(rows, range(4)) == 0


class Counted(list[float]):
    """Numbers that count how often one is read."""

    looked_at = 0

    def __getitem__(self, key: Any) -> Any:
        Counted.looked_at += 1
        return super().__getitem__(key)


@pytest.mark.parametrize("count", [10_000, 1_000_000])
def test_a_window_costs_the_same_however_long_the_run_is(count: int) -> None:
    column = XColumn()
    column.follow(array("d", range(count)))
    column.values = Counted(column.values)  # type: ignore[assignment]
    Counted.looked_at = 0
    assert column.rows_between(500, 700) == [(500, 701)]
    assert Counted.looked_at < 60
