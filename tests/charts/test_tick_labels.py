"""The labels of ticks differ from each other, and have no more digits than that takes."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from tests.charts.conftest import best_ticks, ranges
from trackio_view.charts.tick_labels import axis_number, has_short_labels, labels
from trackio_view.charts.ticks import Tick


@given(span=ranges(), wanted=st.integers(1, 12), whole=st.booleans())
def test_labels_tell_ticks_apart(span: tuple[float, float], wanted: int, whole: bool) -> None:
    found = best_ticks(*span, wanted, whole=whole)
    for short in (False, True):
        texts = labels(found, short=short)
        assert len(set(texts)) == len(found)


@given(st.lists(st.integers(-5000, 5000), min_size=1, max_size=6), st.integers(-5, 3))
def test_where_short_labels_are_ruled_out_they_are_the_same(
    digits: list[int], exponent: int
) -> None:
    chosen = [Tick(number, exponent) for number in digits]
    assert has_short_labels(chosen) or labels(chosen) == labels(chosen, short=True)
    assert not has_short_labels([Tick(25, -1), Tick(5, 0)])


def test_labels_have_the_digits_of_the_step() -> None:
    assert labels([Tick(38, -1), Tick(40, -1), Tick(42, -1)]) == ["3.8", "4.0", "4.2"]
    assert labels([Tick(9500, 0), Tick(10000, 0)]) == ["9,500", "10,000"]
    assert labels([Tick(10, -6), Tick(12, -6)]) == ["1.0e-5", "1.2e-5"]
    assert labels([Tick(0, -6), Tick(5, -6), Tick(10, -6)]) == ["0", "0.5e-5", "1.0e-5"]
    assert labels([Tick(5, 299), Tick(10, 299)]) == ["0.5e300", "1.0e300"]
    assert labels([Tick(15, 6), Tick(20, 6)]) == ["15M", "20M"]
    assert labels([Tick(1500, 0), Tick(2000, 0)], short=True) == ["1.5k", "2k"]
    # A logarithmic axis has ticks of several powers.
    assert labels([Tick(5, -1), Tick(1, 0), Tick(-2, 0)]) == ["0.5", "1.0", "-2.0"]
    assert labels([Tick(2, 0), Tick(15, -1)]) == ["2", "2"]
    assert labels([Tick(0, -7)]) == ["0"], "the step tells nothing of a single 0"
    assert labels([]) == []


def test_labels_of_a_narrow_range_far_from_zero_say_how_much_they_lie_above() -> None:
    found = best_ticks(1.0, 1.000_000_000_5, 3)
    assert [text[0] for text in labels(found)[1:]] == ["+"] * (len(found) - 1)
    assert max(map(len, labels(found))) <= 9


def test_the_number_above_which_others_lie_is_exact_or_says_that_it_is_not() -> None:
    bases = {
        low: labels(best_ticks(low, low + 9, 5))[0] for low in (1e15, 1e15 - 6, 123456789012346.0)
    }
    assert list(bases.values()) == ["1e15", "1e15-6", "~1.23e14"]
    assert labels(best_ticks(-123456789012346.0, -123456789012337.0, 5))[0] == "~-1.23e14"


def test_a_place_that_is_not_known_is_told_as_one() -> None:
    assert [axis_number(x) for x in (math.nan, math.inf)] == ["NaN", "inf"]
