"""Axes hold their values, and no label touches another."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.charts.conftest import FINITE, ranges
from trackio_view.charts import axes
from trackio_view.charts.axes import grown_end, opened, padded, x_labels, y_axis
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


@given(span=ranges(), finest=st.integers(-4, 4))
def test_steps_that_are_passed_over_are_never_the_best(
    span: tuple[float, float], finest: int
) -> None:
    low, high = span
    # Logged numbers have few decimals, and so have the ends here.
    low, high = (low, high) if finest < -2 else (round(low, finest), round(high, finest))
    assume(low < high)
    found = opened.__wrapped__(low, high)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(axes, "_LOSS_OF_ONE_TICK", -math.inf)
        assert opened.__wrapped__(low, high) == found


@given(span=ranges(), width=st.integers(1, 120), overhang=st.integers(0, 12))
def test_x_labels_do_not_touch(span: tuple[float, float], width: int, overhang: int) -> None:
    taken = -overhang - 2
    for label in x_labels(*span, width, overhang):
        assert label.start >= taken + 2 or label.start == -overhang
        assert label.tick in range(width)
        taken = label.start + len(label.text)
        assert taken <= width


@given(left=st.integers(0, 10**5), length=st.integers(1, 10**5), width=st.integers(1, 120))
def test_an_x_label_lies_below_the_middle_of_its_tick_where_it_has_room(
    left: int, length: int, width: int
) -> None:
    for label in x_labels(left, left + length, width, 3):
        assert label.tick is not None
        wanted, last = label.tick - len(label.text) // 2, width - len(label.text)
        assert label.start == max(min(wanted, last), -3) or label.tick in (0, width - 1)


def test_x_labels_are_whole_steps_and_shorten_where_it_is_narrow() -> None:
    assert [label.text for label in x_labels(0, 4, 60, 0)] == ["0", "1", "2", "3", "4"]
    assert [label.text for label in x_labels(7, 7, 20, 4)] == ["7"]
    assert [label.text for label in x_labels(4321, 4321, 5, 0)] == ["4,321"]
    assert x_labels(4321, 4321, 4, 0) == (), "it has no room"
    assert all("." not in label.text for label in x_labels(0, 3, 100, 0))
    assert [label.text for label in x_labels(0, 2_000_000, 13, 0)] == ["0", "1M", "2M"]


@given(span=ranges(), height=st.integers(0, 40), dots=st.sampled_from([2, 4]))
def test_a_y_axis_holds_its_values_and_has_a_label_a_row(
    span: tuple[float, float], height: int, dots: int
) -> None:
    low, high = padded(*span)
    axis = y_axis(low, high, height, dots)
    assert (axis.low, axis.high) == (low, high)
    rows = [label.row for label in axis.labels]
    assert rows == sorted(set(rows))
    assert all(0 <= row < height for row in rows)
    assert len({label.text for label in axis.labels}) == len(axis.labels)


@given(span=ranges())
def test_an_axis_that_opens_gives_little_height_away(span: tuple[float, float]) -> None:
    low, high = padded(*span)
    bottom, top = opened(low, high)
    assert bottom <= low < high <= top
    assert high / 2 - low / 2 >= 0.74 * (top / 2 - bottom / 2)


def labelled(low: float, high: float, height: int) -> list[tuple[int, str]]:
    return [(label.row, label.text) for label in y_axis(*opened(low, high), height, 4).labels]


def test_a_y_axis_opens_to_the_round_numbers_beside_its_values() -> None:
    assert opened(0.16, 14.89) == (0, 15)
    assert opened(0.098, 0.97) == (0, 1)
    assert opened(0, 3.99) == (0, 4)
    # The axis does not reach out where that would cost a third of the height.
    assert opened(1.4, 2.0) == (1.4, 2.0)
    assert opened(0, 100) == (0, 100)
    # Four ticks rather than the five or six of another step, and rather than two.
    assert opened(2.9, 9.5) == (2.5, 10)
    assert opened(0.6, 6.9) == (0, 7.5)


@pytest.mark.parametrize("height", [8, 9, 11, 14])
def test_a_chart_of_another_height_has_the_same_limits_and_may_have_more_ticks(height: int) -> None:
    assert [text for _, text in labelled(0.16, 14.89, height)] == ["15", "10", "5", "0"]
    assert labelled(0.16, 14.89, height)[-1][0] == height - 1
    assert len(labelled(0, 3.99, 30)) == 9


def test_a_y_axis_stays_while_new_values_find_room_in_it() -> None:
    """An axis that moved with every value would redraw the whole chart."""
    axes = {opened(0.098, newest / 100) for newest in range(92, 101)}
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


def test_the_labels_of_an_x_axis_are_of_one_manner() -> None:
    """All ticks have SI units, except where each single step is told, which would be longer so."""
    assert [label.text for label in x_labels(0, 2000, 40, 4)] == ["0", "500", "1k", "1.5k", "2k"]
    texts = [label.text for label in x_labels(1010, 6000, 50, 4)]
    assert texts == ["1.01k", "2k", "3k", "4k", "5k", "6k"]
    # An end is told as exactly as it is seen.
    texts = [label.text for label in x_labels(5000, 197_999, 54, 4)]
    assert (texts[0], texts[1], texts[-1]) == ("5k", "25k", "198k")
    texts = [label.text for label in x_labels(1800, 1999, 40, 4)]
    assert texts == ["1,800", "1,850", "1,900", "1,950", "1,999"]


@given(left=st.integers(0, 10**6), length=st.integers(1, 10**6), width=st.integers(10, 120))
def test_no_x_axis_has_labels_of_two_manners(left: int, length: int, width: int) -> None:
    texts = [label.text for label in x_labels(float(left), float(left + length), width, 4)]
    if any(text.endswith(("k", "M")) for text in texts):
        assert not any("," in text for text in texts)


def test_the_end_of_an_axis_is_told_as_exactly_as_it_is_seen() -> None:
    """Counts of tokens end anywhere and are shortened; numbers with few digits keep all of them."""
    texts = [label.text for label in x_labels(368_603_136.0, 778_201_088.0, 42, 4)]
    assert (texts[0], texts[-1]) == ("369M", "778M")
    assert [label.text for label in x_labels(177_482.0, 177_982.0, 42, 4)][-1] == "177.98k"
    assert [label.text for label in x_labels(177_482.0, 177_882.0, 42, 4)][-1] == "177,882"
