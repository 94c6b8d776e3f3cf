"""Sums and means of numbers of any size."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.series.sums import as_float, deviation, mean, total

LARGEST = 1.7976931348623157e308
HUGE = 10**400


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([], 0.0),
        ([0.1] * 10, 1.0),
        ([1e308, 1e308, -1e308], 1e308),
        ([LARGEST, LARGEST], math.inf),
        ([-1e308] * 40, -math.inf),
        ([HUGE, 1.5], math.inf),
        ([math.inf, 1e308, 1e308], math.inf),
    ],
)
def test_sums(numbers: list[float], expected: float) -> None:
    assert total(numbers) == expected


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([1, 2], 1.5),
        ([LARGEST] * 7, LARGEST),
        ([-LARGEST] * 3, -LARGEST),
        ([LARGEST, LARGEST, -LARGEST], LARGEST / 3),
        ([-HUGE, 2.5], -math.inf),
    ],
)
def test_means(numbers: list[float], expected: float) -> None:
    assert mean(numbers) == pytest.approx(expected)


@pytest.mark.parametrize("numbers", [[math.inf, -math.inf], [math.nan, 1e308], [HUGE, -HUGE]])
def test_numbers_without_a_sum_give_nan(numbers: list[float]) -> None:
    assert math.isnan(total(numbers))
    assert math.isnan(mean(numbers))


@given(st.permutations([1e308, 1e308, 1e308, math.inf, -math.inf, HUGE]))
def test_both_infinities_have_no_sum_wherever_they_stand(numbers: list[float]) -> None:
    assert math.isnan(total(numbers))
    assert math.isnan(mean(numbers))


@given(st.lists(st.floats(), min_size=1, max_size=40))
def test_no_floats_raise(numbers: list[float]) -> None:
    has_none = any(map(math.isnan, numbers)) or {math.inf, -math.inf} <= set(numbers)
    assert math.isnan(total(numbers)) is math.isnan(mean(numbers)) is has_none


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=40))
def test_a_mean_lies_between_its_numbers(numbers: list[float]) -> None:
    slack = 1e-15 * max(map(abs, numbers))
    assert min(numbers) - slack <= mean(numbers) <= max(numbers) + slack


def test_deviations() -> None:
    assert deviation([1.0, 2.0, 4.0]) == pytest.approx(statistics.stdev([1.0, 2.0, 4.0]))
    assert deviation([1e308, 1.2e308]) == pytest.approx(0.2e308 / math.sqrt(2))
    many = [1.7e308, 0.0] * 50
    assert deviation(many) == pytest.approx(0.85e308 * math.sqrt(100 / 99))
    assert deviation([LARGEST, -LARGEST]) == math.inf


def test_integers_beyond_floats() -> None:
    assert (as_float(HUGE), as_float(-HUGE), as_float(3)) == (math.inf, -math.inf, 3.0)
