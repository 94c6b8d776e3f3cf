"""Numbers become places in order and back again, the same for arrays, and undrawable ones are
counted."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trackio_view.series.scale import Scale

HUGE = 1.7e308

numbers = st.floats(allow_nan=False, allow_infinity=False)
lengths = st.integers(1, 2000)
anything = st.one_of(st.floats(), numbers, st.floats(-2, 2))


@st.composite
def scales(draw: st.DrawFn) -> Scale:
    logarithmic = draw(st.booleans())
    ends = st.floats(1e-300, 1e300) if logarithmic else st.one_of(numbers, st.floats(-100, 100))
    low, high = sorted((draw(ends), draw(ends)))
    return Scale(
        low,
        high,
        draw(lengths),
        logarithmic=logarithmic,
        clipped=draw(st.booleans()),
        downwards=draw(st.booleans()),
        flat=draw(st.sampled_from((0.0, 0.5, 1.0))),
    )


def has_span(scale: Scale) -> bool:
    """Return whether the ends are further apart than rounding errors."""
    largest = max(abs(scale.low), abs(scale.high))
    return scale.high / 2 - scale.low / 2 > max(largest * 1e-9, 1e-300)


@pytest.mark.parametrize(
    ("value", "columns", "rows"),
    [(0.0, 0, 4), (1.0, 1, 3), (2.0, 2, 2), (4.0, 4, 0), (0.5, 1, 4), (1.4, 1, 3), (1.6, 2, 2)],
)
def test_columns_go_to_the_right_and_rows_down(value: float, columns: int, rows: int) -> None:
    # A value half way between two places has the later one, in either direction.
    assert Scale.of_columns(0.0, 4.0, 5).place(value) == columns
    assert Scale.of_rows(0.0, 4.0, 5).place(value) == rows
    assert Scale.of_columns(0.0, 4.0, 5).nearest_places(np.array([value])).tolist() == [columns]
    assert Scale.of_rows(0.0, 4.0, 5).nearest_places(np.array([value])).tolist() == [rows]


@given(scales(), anything.filter(lambda value: not math.isnan(value)))
@example(Scale(0.0, 1.0, 1), math.inf)
def test_many_numbers_are_placed_as_each_is(scale: Scale, value: float) -> None:
    assert scale.placing()(value) == scale.nearest(value)
    assert scale.nearest_of([value, scale.low]) == [scale.nearest(value), scale.nearest(scale.low)]


@pytest.mark.parametrize("value", [-HUGE, 0.0, 0.7, HUGE, math.inf, -math.inf])
def test_a_single_place_has_everything(value: float) -> None:
    scale = Scale(0.0, 1.0, 1)
    assert scale.nearest(value) == 0
    assert scale.nearest_places(np.array([value])).tolist() == [0]
    assert scale.value_at(0) == scale.values_at(np.array([0.0]))[0] == 0.5


@given(scale=scales(), values=st.lists(numbers, min_size=2, max_size=2))
@example(scale=Scale(0.0, 2.2e-308, 2, downwards=True), values=[0.0, 1.0])
def test_a_larger_number_never_has_an_earlier_place(scale: Scale, values: list[float]) -> None:
    smaller, larger = sorted(values)
    first, second = scale.position(smaller), scale.position(larger)
    assert math.isfinite(first)
    assert math.isfinite(second)
    # A scale has no direction where its ends are too close.
    assert (first >= second) if scale.downwards and scale.span else (first <= second)


@given(scale=scales())
@example(scale=Scale(-HUGE, HUGE, 1001))
@example(scale=Scale(-HUGE, HUGE, 1001, downwards=True))
@example(scale=Scale(5e-324, HUGE, 80, logarithmic=True))
def test_the_ends_are_the_first_and_the_last_place(scale: Scale) -> None:
    if not has_span(scale):
        return
    ends = (scale.high, scale.low) if scale.downwards else (scale.low, scale.high)
    assert [scale.place(end) for end in ends] == [0, scale.length - 1]
    if scale.length > 1:
        there = scale.value_at(0), scale.value_at(scale.length - 1)
        assert there == pytest.approx(ends, rel=1e-9)


@given(scale=scales(), data=st.data())
@example(scale=Scale(-HUGE, HUGE, 1001), data=None)
@example(scale=Scale(1e-300, 1e300, 7, logarithmic=True, downwards=True), data=None)
def test_the_value_at_a_place_has_that_place(scale: Scale, data: st.DataObject | None) -> None:
    place = data.draw(st.integers(0, scale.length - 1)) if data is not None else scale.length // 3
    value = scale.value_at(place)
    if scale.low == scale.high:
        assert value == scale.low
    elif has_span(scale) and (not scale.logarithmic or scale.high > scale.low * (1 + 1e-6)):
        # By a rounding the value may lie beyond an end.
        assert abs(scale.position(value) - place) < 0.5 or scale.length == 1


@given(scale=scales(), value=numbers)
def test_a_place_stands_for_a_value_within_half_a_place(scale: Scale, value: float) -> None:
    place = scale.place(value)
    if place is None or not has_span(scale) or scale.length == 1:
        return
    assert 0 <= place < scale.length
    inside = min(max(value, scale.low), scale.high)
    if scale.logarithmic:
        step = math.log(scale.high / scale.low) if scale.high / scale.low < math.inf else 1400
        distance = abs(math.log(scale.value_at(place)) - math.log(inside))
    else:
        step = scale.high / 2 - scale.low / 2
        distance = abs(scale.value_at(place) / 2 - inside / 2)
    assert distance <= step / (scale.length - 1) * (0.5 + 1e-6) + step * 1e-6


def test_a_place_beyond_the_ends_has_the_value_of_the_end() -> None:
    assert [Scale(2.0, 4.0, 11).value_at(place) for place in (-5, 0.5, 99)] == [2.0, 2.1, 4.0]
    assert [Scale.of_rows(2.0, 4.0, 11).value_at(place) for place in (-5, 99)] == [4.0, 2.0]


def test_equal_ratios_are_equally_far_on_a_logarithmic_scale() -> None:
    scale = Scale(1e-4, 1.0, 41, logarithmic=True)
    assert [scale.place(10.0**power) for power in (-4, -3, -2, -1, 0)] == [0, 10, 20, 30, 40]
    assert scale.value_at(20) == pytest.approx(1e-2)
    rows = Scale(1e-4, 1.0, 41, logarithmic=True, downwards=True)
    assert [rows.place(10.0**power) for power in (-4, -3, 0)] == [40, 30, 0]


@pytest.mark.parametrize("value", [0.0, -0.0, -1e-300, -math.inf])
def test_a_value_without_a_logarithm_lies_far_below_and_is_not_drawn(value: float) -> None:
    scale = Scale(1e-4, 1.0, 41, logarithmic=True)
    assert scale.position(value) == -1e6, "a line to it leaves at the low end"
    assert scale.place(value) is None
    assert Scale(1e-4, 1.0, 41, logarithmic=True, clipped=True).place(value) is None
    assert Scale(1e-4, 1.0, 41, logarithmic=True, clipped=True).nearest(value) == 0


@pytest.mark.parametrize("low", [0.0, -1.0, math.nan])
def test_a_logarithmic_scale_begins_above_zero(low: float) -> None:
    with pytest.raises(ValueError, match="logarithmic"):
        Scale(low, 1.0, 10, logarithmic=True)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_has_no_place(value: float) -> None:
    for scale in (Scale(0.0, 1.0, 9), Scale(0.0, 1.0, 9, clipped=True), Scale(3.0, 3.0, 9)):
        assert scale.place(value) is None


def test_beyond_the_ends_nothing_is_drawn_unless_it_is_clipped() -> None:
    scale = Scale(-1.0, 1.0, 21)
    assert [scale.place(value) for value in (-1.01, 1.01, HUGE)] == [None] * 3
    assert [scale.nearest(value) for value in (-2.0, 2.0)] == [-10, 30]
    clipped = Scale(-1.0, 1.0, 21, clipped=True)
    assert [clipped.place(value) for value in (-1.01, 1.01, HUGE)] == [0, 20, 20]
    assert [clipped.share(value) for value in (-9.0, 0.0, 9.0)] == [0.0, 0.5, 1.0]


@pytest.mark.parametrize(
    ("low", "high"), [(3.0, 3.0), (0.0, 0.0), (HUGE, HUGE), (0.0, 5e-324), (1.0, 0.0)]
)
def test_without_a_span_everything_lies_in_one_place(low: float, high: float) -> None:
    for value in (low, -HUGE, HUGE):
        assert Scale.of_columns(low, high, 40).nearest(value) == 0
        assert Scale.of_rows(low, high, 41).position(value) == 20
        assert Scale(low, high, 40).share(value) == 0.5
    assert Scale.of_rows(low, high, 41).value_at(7) == low


def test_huge_spans_are_divided_and_not_infinite() -> None:
    scale = Scale(-HUGE, HUGE, 101)
    assert [scale.place(value) for value in (-HUGE, -HUGE / 2, 0.0, HUGE)] == [0, 25, 50, 100]
    assert scale.value_at(75) == pytest.approx(HUGE / 2)
    assert Scale(0.0, 1e-300, 100).position(HUGE) == 1e6
    assert Scale(0.0, 1e-300, 100, downwards=True).position(HUGE) == -1e6


@given(scale=scales(), values=st.lists(anything, max_size=20))
@example(scale=Scale(0.0, 1e-300, 100), values=[HUGE, -HUGE, math.nan, math.inf, 0.0])
@example(scale=Scale(0.0, 1.0, 1), values=[math.inf, 0.0, -HUGE])
def test_arrays_go_where_their_numbers_go(scale: Scale, values: list[float]) -> None:
    array = np.array(values, dtype=np.float64)
    found = scale.places(array)
    expected = [scale.place(value) for value in values]
    # numpy's logarithms may differ in the last digit from those of plain Python.
    slack = 1 if scale.logarithmic else 0
    drawn = [place for place in expected if place is not None]
    assert len(found) == len(drawn)
    assert all(abs(a - b) <= slack for a, b in zip(found.tolist(), drawn, strict=True))
    tolerance = {"rel": 1e-9, "abs": 1e-6} if scale.logarithmic else {"rel": 0, "abs": 0}
    assert scale.positions(array).tolist() == pytest.approx(
        [scale.position(value) for value in values], nan_ok=True, **tolerance
    )
    places = np.arange(scale.length + 2) - 0.5
    assert scale.values_at(places).tolist() == pytest.approx(
        [scale.value_at(place) for place in places.tolist()], rel=1e-9 if scale.logarithmic else 0
    )


@pytest.mark.parametrize(("clipped", "places"), [(False, [0, 5, 10]), (True, [0, 0, 5, 10, 10])])
def test_clipped_values_are_drawn_at_the_ends(clipped: bool, places: list[int]) -> None:
    values = np.array([-3.0, 0.0, math.nan, 5.0, 10.0, 11.0, math.inf, -math.inf])
    found = Scale(0.0, 10.0, 11, clipped=clipped).places(values)
    assert found.tolist() == places


def test_zeros_have_no_place_on_a_logarithmic_scale() -> None:
    found = Scale(1.0, 100.0, 3, logarithmic=True).places(
        np.array([0.0, -5.0, 0.5, 1.0, 10.0, 100.0, 1000.0, math.nan])
    )
    assert found.tolist() == [0, 1, 2]
