"""The facts of stretches, compared with a look at every value."""

from __future__ import annotations

import math
import statistics
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.series import stretch_facts
from trackio_view.series.series import Series
from trackio_view.series.stretch_facts import facts_of

numbers = st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf, 5.0])


@pytest.mark.parametrize("short", [0, 2_000], ids=["blocks", "each"])
@given(
    tail=st.lists(numbers, max_size=30),
    repeats=st.integers(0, 12),
    cut=st.integers(0, 300),
    ends=st.tuples(st.integers(0, 330), st.integers(0, 330)),
    gap=st.integers(0, 100),
)
def test_facts_are_those_of_the_values(
    tail: list[float], repeats: int, cut: int, ends: tuple[int, int], gap: int, short: int
) -> None:
    values = [math.sin(at) * 100 + at for at in range(repeats * 25)] + tail
    steps = array("d", [2.0 * row for row in range(2 * len(values))])
    rows = [2 * at for at in range(len(values))]
    series = Series(array("I", rows[:cut]), array("d", values[:cut]))
    start, end = sorted(min(at, len(values)) for at in ends)
    stretches = [range(start, max(start, end - gap)), range(max(0, min(end, end - gap + 7)), end)]
    stretches = [at for at in stretches if at]
    if len(stretches) == 2 and stretches[0].stop > stretches[1].start:
        stretches = [range(start, end)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stretch_facts, "SHORT", short)
        facts_of(steps, series, [range(min(start, len(series)), len(series))])
        series.rows.extend(rows[cut:])
        series.values.extend(values[cut:])
        found = facts_of(steps, series, stretches)
    at = [place for positions in stretches for place in positions if place >= 0]
    known = [(values[place], steps[rows[place]]) for place in at if math.isfinite(values[place])]
    if not known:
        assert found is None
        return
    assert found is not None
    own = [value for value, _ in known]
    assert (found.value_count, found.nonfinite) == (len(known), len(at) - len(known))
    first, last = values[at[0]], values[at[-1]]
    if math.isfinite(first) and math.isfinite(last):
        assert found.change == pytest.approx(last - first)
    else:
        assert found.change is None
    assert found.mean == pytest.approx(statistics.fmean(own), rel=1e-9, abs=1e-6)
    assert values[found.lowest] == min(own)
    assert values[found.highest] == max(own)
    if len(own) < 2:
        assert math.isnan(found.deviation)
        return
    assert found.deviation == pytest.approx(statistics.stdev(own), rel=1e-6, abs=1e-6)
    middle, centre = statistics.fmean(own), statistics.fmean([step for _, step in known])
    both = math.fsum((value - middle) * (step - centre) for value, step in known)
    spread = math.fsum((step - centre) ** 2 for _, step in known)
    assert found.slope == pytest.approx(both / spread, rel=1e-6, abs=1e-6)


def test_numbers_as_large_as_floats_are_told_without_a_fault() -> None:
    steps = array("d", range(5000))
    series = Series(array("I", range(5000)), array("d", [1e308, -1e308] * 2500))
    found = facts_of(steps, series, [range(5000)])
    assert found is not None
    assert (found.lowest, found.highest) == (1, 0)


@pytest.mark.parametrize("count", [10_000, 300_000])
def test_a_stretch_costs_the_same_however_long_it_is(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = array("d", range(count))
    series = Series(array("I", range(count)), array("d", range(count)))
    facts_of(steps, series, [range(count)])
    looked_at = 0
    group = stretch_facts._group

    def counted(steps: array[float], series: Series, start: int, end: int) -> object:
        nonlocal looked_at
        looked_at += end - start
        return group(steps, series, start, end)

    monkeypatch.setattr(stretch_facts, "_group", counted)
    monkeypatch.setattr(stretch_facts, "deviation", lambda _: pytest.fail("each is looked at"))
    found = facts_of(steps, series, [range(5, count - 3)])
    assert found is not None
    assert (found.lowest, found.highest, found.slope) == (5, count - 4, pytest.approx(1.0))
    assert looked_at < 128


def test_blocks_are_summed_once_while_the_steps_are_the_same() -> None:
    steps = array("d", range(5000))
    series = Series(array("I", range(5000)), array("d", range(5000)))
    sums = stretch_facts.BlockSums()
    sums.update(steps, series)
    kept = sums._columns
    sums.update(steps, series)
    assert sums._columns is kept
    sums.update(array("d", range(5000)), series)
    assert sums._columns is not kept


@pytest.mark.parametrize("count", [10, 5000])
def test_the_spread_of_large_numbers_is_that_of_small_ones(count: int) -> None:
    values = [math.sin(at) for at in range(count)]
    steps, rows = array("d", range(count)), array("I", range(count))
    small = facts_of(steps, Series(rows, array("d", values)), [range(count)])
    large = [value * 2.0**1000 for value in values]
    found = facts_of(steps, Series(rows, array("d", large)), [range(count)])
    assert small is not None
    assert found is not None
    assert found.deviation / 2.0**1000 == pytest.approx(small.deviation)
