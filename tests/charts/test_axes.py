"""Ticks are round, labels tell them apart, and nothing overlaps."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from trackio_view.charts.axes import (
    FLATTEST,
    Tick,
    axis_number,
    grown_end,
    labels,
    padded,
    ticks,
    x_labels,
    y_axis,
)

finite = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def ranges(draw: st.DrawFn) -> tuple[float, float]:
    """Ranges as losses, steps and odd runs have them, of every magnitude."""
    kind = draw(st.sampled_from(["any", "narrow", "small", "steps"]))
    if kind == "steps":
        left = draw(st.integers(-1000, 10**9))
        return float(left), float(left + draw(st.integers(0, 10**7)))
    first = draw(finite)
    if kind == "narrow":
        second = first * (1 + draw(st.floats(1e-12, 1e-2)))
    elif kind == "small":
        first = draw(st.floats(0.1, 9.9)) * 10.0 ** draw(st.integers(-300, 300))
        second = first * draw(st.floats(0.01, 100))
    else:
        second = draw(finite)
    assume(math.isfinite(second))
    low, high = min(first, second), max(first, second)
    return low, high


def values(low: float, high: float, wanted: int) -> list[float]:
    return [tick.value for tick in ticks(low, high, wanted)]


def test_ticks_of_plain_ranges() -> None:
    assert values(3.7, 4.25, 3) == [3.8, 4.0, 4.2]
    assert values(0, 1, 5) == [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert values(0.1, 0.3, 3) == [0.1, 0.2, 0.3]
    assert values(0, 10_000, 5) in ([0, 2500, 5000, 7500, 10_000], [0, 2000, 4000, 6000, 8000, 1e4])
    assert values(-1e-5, 1e-5, 3) == [-1e-5, 0, 1e-5]
    assert values(1e-5, 1.3e-5, 4) == [1e-5, 1.1e-5, 1.2e-5, 1.3e-5]


def test_no_ticks_without_a_span() -> None:
    assert ticks(1, 1, 5) == []
    assert ticks(math.nan, 1, 5) == []
    assert ticks(0, math.inf, 5) == []
    assert ticks(0, 1, 0) == []


@given(span=ranges(), wanted=st.integers(1, 12))
def test_ticks_lie_within_and_rise(span: tuple[float, float], wanted: int) -> None:
    found = ticks(*span, wanted)
    assert len(found) <= 2 * wanted
    numbers = [tick.value for tick in found]
    assert numbers == sorted(set(numbers)) or span[1] / 2 - span[0] / 2 < 1e-300
    assert all(span[0] <= number <= span[1] for number in numbers)


@given(span=ranges(), wanted=st.integers(1, 12), whole=st.booleans())
def test_labels_tell_ticks_apart(span: tuple[float, float], wanted: int, whole: bool) -> None:
    found = ticks(*span, wanted, whole=whole)
    for short in (False, True):
        texts = labels(found, short=short)
        assert len(set(texts)) == len(found)


def test_labels_have_the_digits_of_the_step() -> None:
    assert labels([Tick(38, -1), Tick(40, -1), Tick(42, -1)]) == ["3.8", "4.0", "4.2"]
    assert labels([Tick(9500, 0), Tick(10000, 0)]) == ["9,500", "10,000"]
    assert labels([Tick(10, -6), Tick(12, -6)]) == ["1.0e-5", "1.2e-5"]
    assert labels([Tick(0, -6), Tick(5, -6), Tick(10, -6)]) == ["0", "0.5e-5", "1.0e-5"]
    assert labels([Tick(5, 299), Tick(10, 299)]) == ["0.5e300", "1.0e300"]
    assert labels([Tick(15, 6), Tick(20, 6)]) == ["15M", "20M"]
    assert labels([Tick(1500, 0), Tick(2000, 0)], short=True) == ["1.5k", "2k"]
    assert labels([]) == []


def test_labels_of_a_narrow_range_far_from_zero_say_how_much_they_lie_above() -> None:
    found = ticks(1.0, 1.000_000_000_5, 3)
    assert [text[0] for text in labels(found)[1:]] == ["+"] * (len(found) - 1)
    assert max(map(len, labels(found))) <= 9


@given(value=finite)
def test_padding_opens_a_constant(value: float) -> None:
    low, high = padded(value, value)
    assert low <= value <= high
    assert math.isfinite(low)
    assert math.isfinite(high)
    assert high / 2 - low / 2 > max(abs(low), abs(high)) * FLATTEST / 2


def test_padding_leaves_a_span_alone() -> None:
    assert padded(1.0, 2.0) == (1.0, 2.0)


@given(span=ranges(), width=st.integers(1, 120), overhang=st.integers(0, 12))
def test_x_labels_do_not_touch(span: tuple[float, float], width: int, overhang: int) -> None:
    taken = -overhang - 2
    for label in x_labels(*span, width, overhang):
        assert label.start >= taken + 2 or label.start == -overhang
        assert 0 <= label.tick < width
        taken = label.start + len(label.text)
        assert taken <= width


def test_x_labels_are_whole_steps_and_shorten_where_it_is_narrow() -> None:
    assert [label.text for label in x_labels(0, 4, 60, 0)] == ["0", "1", "2", "3", "4"]
    assert [label.text for label in x_labels(7, 7, 20, 4)] == ["7"]
    assert all("." not in label.text for label in x_labels(0, 3, 100, 0))
    assert [label.text for label in x_labels(0, 2_000_000, 13, 0)] == ["0", "1M", "2M"]


@given(
    span=ranges(),
    height=st.integers(0, 40),
    dots=st.sampled_from([2, 4]),
    opens=st.booleans(),
)
def test_a_y_axis_holds_its_values_and_has_a_label_a_row(
    span: tuple[float, float], height: int, dots: int, opens: bool
) -> None:
    low, high = padded(*span)
    axis = y_axis(low, high, height, dots, opens=opens)
    assert axis.low <= low < high <= axis.high
    assert opens or (axis.low, axis.high) == (low, high)
    assert high / 2 - low / 2 >= 0.74 * (axis.high / 2 - axis.low / 2)
    rows = [label.row for label in axis.labels]
    assert rows == sorted(set(rows))
    assert all(0 <= row < height for row in rows)
    assert len({label.text for label in axis.labels}) == len(axis.labels)


def labelled(low: float, high: float, height: int) -> list[tuple[int, str]]:
    return [(label.row, label.text) for label in y_axis(low, high, height, 4).labels]


def test_a_y_axis_opens_to_the_round_numbers_beside_its_values() -> None:
    assert labelled(3.7, 4.3, 3) == [(0, "4.2"), (1, "4.0"), (2, "3.8")]
    assert labelled(0.098, 0.97, 6) == [(0, "1.0"), (3, "0.5"), (5, "0.0")]
    assert labelled(0, 3.99, 6) == [(0, "4"), (3, "2"), (5, "0")]
    assert labelled(0.542, 2.65, 6) == [(0, "3"), (2, "2"), (4, "1")]
    assert y_axis(0, 3.99, 6, 4, opens=False).high == 3.99
    # The axis does not reach out where that would cost a third of the height.
    assert labelled(1.3, 2.0, 5) == [(0, "2.0"), (3, "1.5")]
    # It does not do so, either, for labels that are sometimes three and sometimes two rows apart.
    assert labelled(3.9, 4.6, 11) == [(0, "4.6"), (3, "4.4"), (6, "4.2"), (9, "4.0")]


def test_a_y_axis_stays_while_new_values_find_room_in_it() -> None:
    """An axis that moved with every value would redraw the whole chart."""
    axes = {y_axis(0.098, newest / 100, 6, 4) for newest in range(90, 101)}
    assert len(axes) == 1


def test_x_labels_name_both_ends() -> None:
    assert [label.text for label in x_labels(0, 399, 39, 4)] == ["0", "100", "200", "300", "399"]
    last = x_labels(9_491, 9_990, 60, 4)[-1]
    assert (last.tick, last.start + len(last.text), last.text) == (59, 60, "9,990")
    assert x_labels(9_491, 9_990, 60, 4)[0].text == "9,491"
    # A tick whose label would touch an end's gives way to it.
    assert [label.text for label in x_labels(0, 103, 39, 4)] == ["0", "50", "103"]


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (1e15, 1e15 + 9),
        (1e15 - 5, 1e15 + 5),
        (123456789012345.0, 123456789012347.0),
        (2.0**53 - 20, 2.0**53),
        (-1e15 - 3, -1e15),
    ],
)
def test_whole_numbers_near_1e15_are_told_apart(low: float, high: float) -> None:
    found = [label.text for label in y_axis(low, high, 12, 4).labels]
    assert len(found) > 1
    assert len(set(found)) == len(found)
    ends = [label.text for label in x_labels(low, high, 60, 3)]
    assert len(ends) > 1
    assert len(set(ends)) == len(ends)


def test_the_number_above_which_others_lie_is_exact_or_says_that_it_is_not() -> None:
    bases = {low: labels(ticks(low, low + 9, 5))[0] for low in (1e15, 1e15 - 6, 123456789012346.0)}
    assert list(bases.values()) == ["1e15", "1e15-6", "~1.23e14"]


@given(left=st.integers(0, 10**6), length=st.integers(1, 10**9))
def test_an_axis_on_which_more_is_to_come_ends_at_a_round_number(left: int, length: int) -> None:
    right = float(left + length)
    end = grown_end(float(left), right)
    # Where 0 comes near enough to be the base, the axis grows once more.
    assume(left <= right / 10 or left > end / 10)
    base = 0 if left <= right / 10 else left
    assert right <= end
    assert end - base <= 1.34 * (right - base)
    assert grown_end(float(left), end) == end
    assert grown_end(float(left), (right + end) / 2) == end, "it stands still in between"


@pytest.mark.parametrize(
    ("left", "right", "end"),
    [(0, 1999, 2000), (0, 5_310, 6_000), (1, 197_999, 200_000), (10, 6_000, 6_000), (0, 0, 0)],
)
def test_ends_that_grow(left: float, right: float, end: float) -> None:
    assert grown_end(left, right) == end


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 3e-4, ["3e-4", "2e-4", "1e-4", "0"]),
        (0.0, 10_000.0, ["10k", "5k", "0"]),
        (0.0, 1.0, ["1.0", "0.5", "0.0"]),
    ],
)
def test_a_y_axis_has_labels_of_one_manner(low: float, high: float, expected: list[str]) -> None:
    axis = y_axis(low, high, 9, 4)
    assert [label.text for label in axis.labels] == expected


def test_an_x_axis_has_units_where_they_make_it_shorter() -> None:
    assert [label.text for label in x_labels(0, 2000, 40, 4)] == ["0", "500", "1k", "1.5k", "2k"]
    assert [label.text for label in x_labels(1800, 1999, 40, 4)][-1] == "1,999"


def test_a_place_that_is_not_known_is_told_as_one() -> None:
    assert [axis_number(x) for x in (math.nan, math.inf)] == ["NaN", "inf"]
