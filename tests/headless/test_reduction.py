"""The reduction: few points, and every extreme of all of them."""

from __future__ import annotations

import math
from array import array

from hypothesis import given
from hypothesis import strategies as st

from trackio_view.headless.reduction import reduced_positions
from trackio_view.series.series import MetricColumn, Series
from trackio_view.series.window import Window

numbers = st.one_of(
    st.floats(), st.integers(-(2**70), 2**70), st.integers(2**60, 2**60 + 9), st.just(math.nan)
)


def series_of(values: list[float | int]) -> Series:
    exact = {
        at: value
        for at, value in enumerate(values)
        if isinstance(value, int) and abs(value) > 2**53
    }
    series = Series()
    rows = array("I", range(len(values)))
    series.append(MetricColumn(rows, array("d", values), exact), rows)
    return series


@given(
    st.lists(numbers, min_size=1, max_size=120),
    st.integers(4, 40),
    st.integers(0, 130),
    st.integers(1, 130),
)
def test_few_positions_with_every_extreme(
    values: list[float | int], most: int, start: int, count: int
) -> None:
    series = series_of(values)
    start = min(start, len(values) - 1)
    end = min(start + count, len(values))
    positions = list(reduced_positions(series, Window(start, start + count), most))
    assert positions == sorted(set(positions))
    assert len(positions) <= most
    assert positions[0] == start
    assert positions[-1] == end - 1
    if end - start <= most:
        assert positions == list(range(start, end))
    everything, kept = (
        [number for at in chosen if (number := series.number(at)) == number]
        for chosen in (range(start, end), positions)
    )
    if everything:
        assert min(kept) == min(everything)
        assert max(kept) == max(everything)


@given(st.lists(numbers, min_size=9, max_size=60), st.integers(4, 20), st.integers(1, 3))
def test_stretches_that_lie_apart_are_reduced_together(
    values: list[float | int], most: int, apart: int
) -> None:
    series = series_of(values)
    spans = ((0, 3), (3 + apart, 5 + apart), (6 + apart, len(values)))
    window = Window(0, len(values), spans=spans)
    within = [at for begin, end in spans for at in range(begin, end)]
    positions = list(reduced_positions(series, window, most))
    assert positions == sorted(set(positions) & set(within))
    assert len(positions) == min(most, len(within)) or len(within) > most >= len(positions)
    assert (positions[0], positions[-1]) == (0, within[-1])
    everything, kept = (
        [number for at in chosen if (number := series.number(at)) == number]
        for chosen in (within, positions)
    )
    if everything:
        assert (min(kept), max(kept)) == (min(everything), max(everything))
