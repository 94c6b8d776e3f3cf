"""Series that are reduced together equal each one alone, and a look at every value."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.small_curves import NUMBERS, VALUES, curve
from trackio_view.series import curves as curves_module
from trackio_view.series.curves import Columns, columns_of, value_range
from trackio_view.series.envelope import envelope
from trackio_view.series.medians import medians_between
from trackio_view.series.scale import Scale
from trackio_view.series.window import EVERY_ROW, Window, held


@settings(deadline=None)
@given(
    VALUES,
    st.lists(st.integers(-5, 70), min_size=60, max_size=60),
    st.integers(1, 50),
    st.just(EVERY_ROW)
    | st.builds(Window, st.integers(0, 60), st.integers(0, 60), spans=st.none())
    # A window that leaves out rows in its middle.
    | st.lists(st.integers(0, 60), unique=True, min_size=6, max_size=6)
    .map(sorted)
    .map(lambda it: held([(it[0], it[1]), (it[2], it[3]), (it[4], it[5])], (0.0, 64.0))),
    st.integers(0, 60),
    st.sets(st.integers(0, 59), max_size=2),
)
def test_columns_are_those_of_the_exact_envelope(
    values, steps, count, window, resumed, without_place
) -> None:
    places = [float(step) for step in (*sorted(steps[:resumed]), *sorted(steps[resumed:]))]
    for row in without_place:
        places[row] = math.nan
    drawn = curve(values, places)._replace(window=window)
    finite = [value for value in drawn.series.within(window) if math.isfinite(value)]
    assert value_range([drawn]) == ((min(finite), max(finite)) if finite else None)
    found = columns_of([drawn], count, 0.0, 64.0)
    exact = envelope(drawn.steps, drawn.series, window, count, 0.0, 64.0)
    expected = [extent for segment in exact.segments for extent in segment]
    assert list(found.column) == [extent.column for extent in expected]
    for name in ("first", "low", "high", "last"):
        assert list(getattr(found, name)) == [getattr(extent, name) for extent in expected]
    begins = [number for number, joined in enumerate(found.joined) if not joined]
    lengths = [len(segment) for segment in exact.segments]
    assert begins == [sum(lengths[:number]) for number in range(len(lengths))]


@settings(deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=5), st.permutations(range(5)), st.booleans())
def test_curves_in_another_order_have_the_same_columns(values, places, means) -> None:
    places = [place for place in places if place < len(values)]
    drawn = [curve(own) for own in values]
    asked = [drawn[places.index(place)] for place in range(len(drawn))]
    found = columns_of(drawn, 20, 0.0, 64.0, means=means).in_order(places)
    expected = columns_of(asked, 20, 0.0, 64.0, means=means)
    for own, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(own, other)


@given(
    count=st.integers(1, 40),
    breaks=st.lists(st.integers(0, 45), max_size=6).map(sorted),
    start=st.integers(0, 40),
    long_series=st.sampled_from([0, 10_000]),
)
def test_a_line_breaks_where_its_overview_says_so(
    count: int, breaks: list[int], start: int, long_series: int
) -> None:
    drawn = curve([float(at) for at in range(count)], start=start)
    drawn.series.overview.breaks = breaks
    exact = envelope(drawn.steps, drawn.series, drawn.window, count, 0.0, count - 1.0)
    inside = sorted({at for at in breaks if start < at < count})
    edges = [start, *inside, count] if start < count else []
    expected = [list(range(*edge)) for edge in pairwise(edges)]
    assert [[extent.column for extent in segment] for segment in exact.segments] == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(curves_module, "LONG_SERIES", long_series)
        found = columns_of([curve([1.0]), drawn], count, 0.0, count - 1.0)
    own = found.curve == 1
    joined = found.joined[own].tolist()
    assert [at for at, one in zip(found.column[own], joined, strict=True) if not one] == edges[:-1]


def test_long_curves_come_from_their_overview_and_look_the_same(monkeypatch) -> None:
    values = [math.sin(step / 90) + 0.1 * math.sin(step * 2.1) for step in range(3000)]
    short = [curve(values), curve(values[::-1])]
    whole = columns_of(short, 80, 0.0, 2999.0)
    monkeypatch.setattr(curves_module, "LONG_SERIES", 100)
    reduced = columns_of([curve(values), curve(values[::-1])], 80, 0.0, 2999.0)
    for name in ("curve", "joined", "column", "first", "low", "high", "last"):
        assert list(getattr(whole, name)) == list(getattr(reduced, name))


def test_curves_of_other_lengths_steps_and_holes() -> None:
    sparse = curve([1.0, 2.0], steps=range(1000), rows=[10, 900])
    short = curve([5.0, 5.0, 5.0])
    empty = curve([])
    windowed = curve([9.0, 1.0, 1.0], start=1)
    found = columns_of([sparse, short, empty, windowed], 100, 0.0, 999.0)
    assert set(found.curve) == {0, 1, 3}
    assert value_range([sparse, short, empty, windowed]) == (1.0, 5.0)


def test_a_line_that_goes_back_breaks_and_both_parts_are_drawn() -> None:
    resumed = curve([1.0, 2.0, 3.0, 1.5, 2.5], steps=[0, 50, 99, 20, 60])
    found = columns_of([resumed], 100, 0.0, 99.0)
    assert [bool(joined) for joined in found.joined] == [False, True, True, False, True]


def of_curve(columns: Columns, number: int) -> list[tuple[float, ...]]:
    """Return the entries of one of the curves, without its number."""
    fields = (columns.joined, columns.column, columns.first, columns.low, columns.high)
    rows = zip(*(field.tolist() for field in fields), columns.last.tolist(), strict=True)
    return [row for row, owner in zip(rows, columns.curve, strict=True) if owner == number]


@settings(deadline=None)
@given(
    st.lists(st.tuples(VALUES, st.integers(0, 3)), min_size=1, max_size=5),
    st.integers(1, 40),
    st.sampled_from([4, 20, 10_000]),
)
def test_each_of_several_curves_equals_itself_drawn_alone(drawn, count, long_series) -> None:
    curves = [curve(values, start=start) for values, start in drawn]
    with pytest.MonkeyPatch.context() as patch:
        # Some series are long, so that their blocks are used.
        patch.setattr(curves_module, "LONG_SERIES", long_series)
        together = columns_of(curves, count, 0.0, 50.0)
        assert list(together.curve) == sorted(together.curve)
        for number, one in enumerate(curves):
            alone = of_curve(columns_of([one], count, 0.0, 50.0), 0)
            assert of_curve(together, number) == alone


@settings(deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=60), st.integers(2, 12))
def test_means_are_those_of_the_finite_values_of_a_column(values, count) -> None:
    right = 63.0
    found = columns_of([curve(values)], count, 0.0, right, means=True)
    members: dict[int, list[float]] = {}
    for step, value in enumerate(values):
        if math.isfinite(value):
            members.setdefault(int(step * (count - 1) / right + 0.5), []).append(value)
    expected = {column: sum(one / len(few) for one in few) for column, few in members.items()}
    assert found.column.tolist() == list(expected)
    assert found.mean.tolist() == pytest.approx(list(expected.values()), rel=1e-9, abs=1e-9)


def test_beside_means_no_median_is_looked_for(monkeypatch) -> None:
    looked: list[int] = []

    def counted(values, starts, ends):
        looked.append(len(starts))
        return medians_between(values, starts, ends)

    monkeypatch.setattr(curves_module, "medians_between", counted)
    crowded = [curve([1.0, 5.0, 4.0] * 40)]
    assert columns_of(crowded, 2, 0.0, 119.0).median.tolist() == [4.0, 4.0]
    assert looked == [2]
    assert columns_of(crowded, 2, 0.0, 119.0, means=True).mean.tolist()
    assert looked == [2]


def test_of_a_long_curve_the_mean_is_the_middle_of_its_extent(monkeypatch) -> None:
    monkeypatch.setattr(curves_module, "LONG_SERIES", 10)
    found = columns_of([curve([1.0, 1.0, 4.0] * 10)], 1, 0.0, 29.0, means=True)
    assert found.mean.tolist() == [2.5]


def test_values_beyond_either_edge_are_left_out() -> None:
    steps = [-3.0, 0.0, 1.0, 2.0, 3.0, math.inf, math.nan]
    found = columns_of([curve([9.0, 1.0, 2.0, 3.0, 9.0, 9.0, 9.0], steps)], 3, 0.0, 2.0)
    assert found.column.tolist() == [0, 1, 2]
    assert found.first.tolist() == [1.0, 2.0, 3.0]


def test_huge_steps_are_placed_without_overflow() -> None:
    found = columns_of([curve([1.0, 2.0, 3.0], [-1.7e308, 0.0, 1.7e308])], 11, -1.7e308, 1.7e308)
    assert found.column.tolist() == [0, 5, 10]


def test_the_smallest_steps_are_placed_without_overflow() -> None:
    columns = columns_of([curve([1.0, 2.0, 3.0], [0.0, 1e-320, 2e-320])], 11, 0.0, 2e-320)
    assert columns.column.tolist() == [0, 5, 10]


def test_the_range_leaves_out_what_no_axis_can_show() -> None:
    infinite = curve([math.inf, -math.inf, math.nan])
    assert value_range([infinite]) is None
    assert value_range([infinite, curve([3.0, math.nan, -2.0])]) == (-2.0, 3.0)
    assert value_range([curve([9.0, 1.0], start=1)]) == (1.0, 1.0)
    assert value_range([curve([]), curve([1.0], start=5)]) is None
    assert value_range([]) is None


def test_no_curve_or_no_column_is_empty() -> None:
    for found in (columns_of([], 5, 0.0, 1.0), columns_of([curve([1.0, 2.0])], 0, 0.0, 1.0)):
        assert len(found.curve) == len(found.column) == len(found.mean) == 0
        assert found.joined.dtype == np.dtype(bool)


def test_a_line_breaks_at_a_column_without_a_finite_value() -> None:
    values = [1.0, math.nan, 2.0, 3.0, math.nan, 3.5, math.inf, math.inf]
    found = columns_of([curve(values, [0, 1, 2, 3, 3, 4, 5, 6])], 7, 0.0, 6.0)
    assert found.column.tolist() == [0, 2, 3, 4]
    assert found.joined.tolist() == [False, False, True, True]


@pytest.mark.parametrize(("count", "right"), [(60, 198), (60, 1382), (60, 2714), (60, 2936)])
def test_a_step_half_way_between_two_columns_is_where_the_axis_has_it(count, right) -> None:
    """A mark on the axis, a cursor and the line are placed by one rule."""
    drawn = curve([1.0] * (right + 1))
    columns = columns_of([drawn], count, 0.0, float(right))
    scale = Scale.of_columns(0.0, float(right), count)
    assert columns.column.tolist() == sorted({scale.nearest(step) for step in range(right + 1)})
    alternating = curve([float(step % 2) for step in range(right + 1)])
    found = columns_of([alternating], count, 0.0, float(right))
    for column, first in zip(found.column.tolist(), found.first.tolist(), strict=True):
        steps = [step for step in range(right + 1) if scale.nearest(step) == column]
        assert first == steps[0] % 2
