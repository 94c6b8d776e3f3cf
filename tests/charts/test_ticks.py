"""Ticks are round numbers that rise and lie within their span."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.charts.conftest import best_ticks, ranges
from trackio_view.charts.ticks import is_flat


def values(low: float, high: float, wanted: int) -> list[float]:
    return [tick.value for tick in best_ticks(low, high, wanted)]


def test_ticks_of_plain_ranges() -> None:
    assert values(3.7, 4.25, 3) == [3.8, 4.0, 4.2]
    assert values(0, 1, 5) == [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert values(0.1, 0.3, 3) == [0.1, 0.2, 0.3]
    assert values(0, 10_000, 5) in ([0, 2500, 5000, 7500, 10_000], [0, 2000, 4000, 6000, 8000, 1e4])
    assert values(-1e-5, 1e-5, 3) == [-1e-5, 0, 1e-5]
    assert values(1e-5, 1.3e-5, 4) == [1e-5, 1.1e-5, 1.2e-5, 1.3e-5]


def test_the_roundest_numbers_that_come_near_to_what_is_wanted() -> None:
    assert values(0, 10, 8) == list(range(11))
    assert values(0, 10, 5) == [0, 2, 4, 6, 8, 10]
    assert values(0, 10, 4) == [0, 5, 10]
    assert values(0, 12, 5) == [0, 2.5, 5, 7.5, 10]


def test_no_ticks_without_a_span() -> None:
    assert best_ticks(1, 1, 5) == []
    assert best_ticks(math.nan, 1, 5) == []
    assert best_ticks(0, math.inf, 5) == []
    assert best_ticks(0, 1, 0) == []


@given(span=ranges(), wanted=st.integers(1, 12))
def test_ticks_lie_within_and_rise(span: tuple[float, float], wanted: int) -> None:
    found = best_ticks(*span, wanted)
    assert len(found) <= 2 * wanted
    numbers = [tick.value for tick in found]
    assert numbers == sorted(set(numbers)) or span[1] / 2 - span[0] / 2 < 1e-300
    assert all(span[0] <= number <= span[1] for number in numbers)


@pytest.mark.parametrize(("low", "flat"), [(2.0**53 - 2, False), (2.0**53, True)])
def test_whole_numbers_one_beside_the_other_are_a_span_while_floats_hold_each(
    low: float, flat: bool
) -> None:
    assert is_flat(low, low + 2) is flat
