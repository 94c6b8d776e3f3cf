"""Medians of columns are exact for few values, and of bounded cost and error for many."""

from __future__ import annotations

import math
import statistics
from array import array
from bisect import bisect_left, bisect_right

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trackio_view.series import medians as module
from trackio_view.series import numpy_policy
from trackio_view.series.envelope import envelope
from trackio_view.series.extents import Extent
from trackio_view.series.medians import BLOCK, FEWEST, GROUP, BlockMedians, median
from trackio_view.series.series import Series
from trackio_view.series.window import EVERY_ROW

VALUES = st.floats(-1e9, 1e9) | st.sampled_from([math.nan, math.inf, -math.inf, 5e-324, 1.7e308])


def kept_of(values: array[float]) -> BlockMedians:
    kept = BlockMedians()
    kept.full = len(values) // BLOCK
    return kept


def by_definition(values: array[float], start: int, end: int) -> float:
    """Return the median of a column by the definition in the module's docstring."""

    def of_unit(begin: int, size: int) -> float:
        if size == BLOCK:
            return median(values[begin : begin + BLOCK])
        part = size // GROUP
        return median([of_unit(begin + place * part, part) for place in range(GROUP)])

    size = BLOCK
    while end - start >= size * GROUP * FEWEST:
        size *= GROUP
    while end - start >= BLOCK * FEWEST and size >= BLOCK:
        units = range(-(-start // size) * size, end - size + 1, size)
        found = median([of_unit(begin, size) for begin in units])
        if not math.isnan(found):
            return found
        size //= GROUP
    return median(values[start:end])


@given(st.lists(VALUES, max_size=40))
def test_of_a_few_values_it_is_exact(values: list[float]) -> None:
    known = [value for value in values if math.isfinite(value)]
    found = median(values)
    rows = np.array([values]) if values else np.empty((0, 1))
    for one in (found, *module.medians_of_rows(rows)):
        if not known:
            assert math.isnan(one)
        elif max(map(abs, known)) < 1e300:
            assert one == pytest.approx(statistics.median(known), rel=1e-12, abs=1e-300)
            assert min(known) <= one <= max(known)


@example(noise=[float(place) for place in range(97)], count=3200, cuts=[2050, 3150])
@settings(deadline=None, max_examples=60)
@given(
    noise=st.lists(VALUES, min_size=1, max_size=97),
    count=st.integers(1, 40 * BLOCK),
    cuts=st.lists(st.integers(0, 40 * BLOCK), max_size=9),
)
def test_both_ways_give_the_definition(noise: list[float], count: int, cuts: list[int]) -> None:
    values = array("d", (noise[place * place % len(noise)] for place in range(count)))
    kept = kept_of(values)
    edges = sorted({0, count, *(cut for cut in cuts if cut < count)})
    starts, ends = np.array(edges[:-1]), np.array(edges[1:])
    together = kept.of_columns(values, starts, ends)
    for start, end, found in zip(edges, edges[1:], together, strict=False):
        expected = by_definition(values, start, end)
        for one in (found, kept.of_column(values, start, end)):
            assert one == expected or (math.isnan(one) and math.isnan(expected))


def test_columns_of_a_long_series_are_near_the_exact_median() -> None:
    """The median of `GROUP ** 2` blocks or more lies between a quarter and three quarters of the
    values."""
    count = 300_000
    values = array("d", np.random.default_rng(1).gamma(1.5, size=count).tobytes())
    kept = kept_of(values)
    for start, end in ((0, count), (77, 5_000), (1_234, 40_000), (63, 63 + BLOCK * FEWEST)):
        ranked = sorted(values[start:end])
        found = kept.of_column(values, start, end)
        assert bisect_left(ranked, found) / len(ranked) >= 0.4
        assert bisect_right(ranked, found) / len(ranked) <= 0.6


def test_edges_stand_in_where_no_whole_unit_has_a_value() -> None:
    values = array("d", [math.nan] * (BLOCK - 1) + [3.0] + [math.nan] * (8 * BLOCK) + [4.0, 9.0])
    kept = kept_of(values)
    start, end = BLOCK - 1, len(values)
    assert kept.of_column(values, start, end) == 4.0
    assert kept.of_columns(values, np.array([start]), np.array([end])).tolist() == [4.0]


@pytest.mark.parametrize("threshold", [1, 10**9], ids=["numpy", "python"])
def test_the_work_does_not_grow_with_the_series(
    threshold: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frame of 240 columns ranks a bounded number of values in each column, also when it is drawn
    again."""
    monkeypatch.setattr(numpy_policy, "WORTH_IMPORTING", threshold)
    monkeypatch.setattr(numpy_policy, "WORTH_USING", threshold)
    ranked: list[int] = []
    plain, of_rows = module.median, module.medians_of_rows
    work: dict[int, int] = {}
    for count in (3_000, 30_000, 300_000):
        steps = array("d", range(count))
        values = array("d", ((place * 7919) % 1000 for place in range(count)))
        series = Series(array("I", range(count)), values)
        envelope(steps, series, EVERY_ROW, 240, 0, count - 1)
        ranked.clear()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "median", lambda some: ranked.append(len(some)) or plain(some))
            patch.setattr(
                module, "medians_of_rows", lambda rows: ranked.append(rows.size) or of_rows(rows)
            )
            envelope(steps, series, EVERY_ROW, 240, 0, count - 1)
        work[count] = sum(ranked)
    most = 240 * BLOCK * FEWEST
    assert max(work.values()) <= most
    assert work[300_000] < most // 4, "the medians of blocks stand for their values"


@pytest.mark.parametrize("threshold", [1, 10**9], ids=["numpy", "python"])
def test_blocks_are_ranked_when_a_column_asks_and_each_once(
    threshold: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns of few values are ranked by themselves: a short series pays for no blocks."""
    monkeypatch.setattr(numpy_policy, "WORTH_IMPORTING", threshold)
    monkeypatch.setattr(numpy_policy, "WORTH_USING", threshold)
    columns, few = 20, BLOCK * FEWEST - 2
    count = columns * few
    steps = array("d", range(count + BLOCK))
    series = Series(array("I", range(count)), array("d", (at * 7919 % 997 for at in range(count))))
    envelope(steps, series, EVERY_ROW, columns + 1, 0, count)
    kept = series.overview.medians
    assert (kept.full, kept.kinds) == (count // BLOCK, [])
    kept.of_column(series.values, 0, count)
    assert len(kept.kinds[0]) == kept.full
    ranked: list[int] = []
    plain, of_rows = module.median, module.medians_of_rows
    monkeypatch.setattr(module, "median", lambda some: ranked.append(len(some)) or plain(some))
    monkeypatch.setattr(
        module, "medians_of_rows", lambda rows: ranked.append(rows.size) or of_rows(rows)
    )
    series.rows.extend(range(count, count + BLOCK))
    series.values.extend(map(float, range(BLOCK)))
    series.overview.update(steps, series.rows, series.values)
    kept.of_column(series.values, 0, BLOCK * FEWEST)
    assert len(kept.kinds[0]) == kept.full == count // BLOCK + 1
    assert ranked.count(BLOCK) == 1
    assert sum(ranked) <= BLOCK + GROUP + FEWEST


@pytest.mark.parametrize("threshold", [1, 10**9], ids=["numpy", "python"])
def test_a_column_knows_its_median_and_how_many_values_it_has(
    threshold: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numpy_policy, "WORTH_IMPORTING", threshold)
    monkeypatch.setattr(numpy_policy, "WORTH_USING", threshold)
    steps = array("d", [0, 0, 0, 1, 1, 2])
    series = Series(array("I", range(6)), array("d", [9.0, 1.0, 2.0, 4.0, math.nan, 5.0]))
    ((a, b, c),) = envelope(steps, series, EVERY_ROW, 3, 0, 2).segments
    assert a == Extent(0, 9.0, 1.0, 9.0, 2.0, 2.0, 3)
    assert (b.median, b.points, c.median, c.points) == (4.0, 1, 5.0, 1)
