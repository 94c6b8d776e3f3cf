"""The ticks of a logarithmic axis are round numbers in their places, for every span and height."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.charts.log_axis import log_axis, log_x_labels, opened_log
from trackio_view.series.scale import Scale

UNITS = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}


def number(text: str) -> float:
    plain = text.replace(",", "")
    return float(plain[:-1]) * UNITS[plain[-1]] if plain[-1] in UNITS else float(plain)


@given(
    low=st.floats(-320, 308),
    span=st.floats(1e-16, 3) | st.floats(1, 600),
    height=st.integers(1, 50),
    opens=st.booleans(),
)
def test_each_label_stands_where_its_number_is(
    low: float, span: float, height: int, opens: bool
) -> None:
    high = min(low + span, 308.2)
    if high <= low:
        return
    bottom, top = opened_log(low, high) if opens else (low, high)
    assert bottom <= low < high <= top
    assert high - low >= 0.7 * (top - bottom), "little height is given away"
    axis = log_axis(bottom, top, height, 4)
    assert (axis.low, axis.high) == (bottom, top)
    scale = Scale.of_rows(axis.low, axis.high, height * 4)
    # Numbers that hardly differ are written as a difference from one rounded number.
    is_exact = not any(label.text[0] in "+~" for label in axis.labels)
    for label in axis.labels:
        assert 0 <= label.row < height
        # The smallest numbers have few digits.
        if is_exact and number(label.text) > 1e-300:
            dot = scale.nearest(math.log10(number(label.text)))
            # Half way between two dots, the last digit decides which dot is drawn.
            assert label.row in {(dot - 1) // 4, dot // 4, (dot + 1) // 4}
    assert all(above.row < below.row for above, below in pairwise(axis.labels))
    assert len({label.text for label in axis.labels}) == len(axis.labels)


@pytest.mark.parametrize(
    ("low", "high", "height", "texts"),
    [
        (0, 2, 16, ["100", "50", "20", "10", "5", "2", "1"]),
        (0, 2, 12, ["100", "30", "10", "3", "1"]),
        (-5, 0, 16, ["1", "0.1", "0.01", "1e-3", "1e-4", "1e-5"]),
        (math.log10(2.5), math.log10(3000), 8, ["1k", "100", "10", "1"]),
        (math.log10(0.3), math.log10(0.33), 8, ["0.33", "0.32", "0.31", "0.30"]),
        (-300, 300, 16, ["1e300", "1e200", "1e100", "1", "1e-100", "1e-200", "1e-300"]),
        (0, 0, 8, []),
    ],
)
def test_ticks_are_round(low: float, high: float, height: int, texts: list[str]) -> None:
    axis = log_axis(*opened_log(low, high), height, 4)
    assert [label.text for label in axis.labels] == texts


@given(
    left=st.floats(-20, 20),
    span=st.floats(1e-16, 3) | st.floats(1, 40),
    width=st.integers(1, 200),
    overhang=st.integers(0, 8),
)
def test_labels_below_an_axis_of_logarithms_do_not_touch(
    left: float, span: float, width: int, overhang: int
) -> None:
    placed = log_x_labels(left, left + span, width, overhang)
    columns = Scale.of_columns(left, left + span, width)
    for label in placed:
        assert label.start >= -overhang
        assert label.start + len(label.text) <= max(width, len(label.text) - overhang)
        assert label.tick is not None
        assert abs(label.tick - columns.nearest(math.log10(number(label.text)))) <= 1
    for before, after in pairwise(placed):
        assert before.start + len(before.text) + 2 <= after.start
    if width >= 40 and span >= 1.5:
        assert len(placed) >= 1


def test_steps_from_10_to_6000_have_the_powers_of_ten() -> None:
    texts = [label.text for label in log_x_labels(1.0, math.log10(6000), 38, 6)]
    assert texts == ["10", "100", "1k"]
    narrow = [label.text for label in log_x_labels(1.0, 4.0, 12, 6)]
    assert len(narrow) == 2, "where it is narrow, too, two labels tell how far it reaches"
    assert log_x_labels(math.nan, 1.0, 40, 6) == ()
    for step in (100, 123):
        only = math.log10(step)
        assert [label.text for label in log_x_labels(only, only, 40, 6)] == [str(step)]
    assert log_x_labels(only, only, 2, 6) == (), "it has no room"
