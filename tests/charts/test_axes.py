"""Axes hold their values, and no label touches another."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.charts.conftest import FINITE, ranges
from trackio_view.charts.axes import grown_end, padded, x_labels, y_axis
from trackio_view.charts.ticks import FLATTEST


@given(value=FINITE)
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
    # The axis does not extend to 0 where that would cost a third of the height.
    assert labelled(1.3, 2.0, 5) == [(0, "2.0"), (3, "1.5")]
    # Nor does it extend where labels would be sometimes three and sometimes two rows apart.
    assert labelled(3.9, 4.6, 11) == [(0, "4.6"), (3, "4.4"), (6, "4.2"), (9, "4.0")]


def test_a_y_axis_stays_while_new_values_find_room_in_it() -> None:
    """The axis stays, because one that moved with every value would redraw the whole chart."""
    axes = {y_axis(0.098, newest / 100, 6, 4) for newest in range(90, 101)}
    assert len(axes) == 1


def test_x_labels_name_both_ends() -> None:
    assert [label.text for label in x_labels(0, 399, 39, 4)] == ["0", "100", "200", "300", "399"]
    last = x_labels(9_491, 9_990, 60, 4)[-1]
    assert (last.tick, last.start + len(last.text), last.text) == (59, 60, "9,990")
    assert x_labels(9_491, 9_990, 60, 4)[0].text == "9,491"
    # The round number in the cell of an end stays while one or two steps come.
    assert [label.text for label in x_labels(0, 41, 20, 0)] == ["0", "20", "40"]
    assert [label.text for label in x_labels(123, 156, 9, 0)] == ["125", "156"]
    # A tick is left out if its label would touch the label of an end.
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


@given(left=st.integers(0, 10**6), length=st.integers(1, 10**9))
def test_an_axis_on_which_more_is_to_come_ends_at_a_round_number(left: int, length: int) -> None:
    right = float(left + length)
    end = grown_end(float(left), right)
    # Once 0 is near enough to be the base, the axis grows once more.
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


def test_the_end_of_an_axis_is_told_as_exactly_as_it_is_seen() -> None:
    """Counts of tokens end anywhere and are shortened; numbers with few digits keep all of them."""
    texts = [label.text for label in x_labels(368_603_136.0, 778_201_088.0, 42, 4)]
    assert (texts[0], texts[-1]) == ("369M", "778M")
    assert [label.text for label in x_labels(177_482.0, 177_982.0, 42, 4)][-1] == "177,982"
