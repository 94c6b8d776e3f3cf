"""Smoothed series equal their definitions, however the values came."""

from __future__ import annotations

import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.series.smoothing import (
    SMOOTHING_LEVELS,
    CentredMean,
    MovingAverage,
    TimeWeightedAverage,
    level_beside,
)

VALUES = st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf, 2.5])
SERIES = st.lists(VALUES, max_size=60)
CUTS = st.lists(st.integers(0, 60), max_size=5)
WEIGHTS = st.sampled_from(SMOOTHING_LEVELS)


def parts(values: list[float], cuts: list[int]) -> list[array[float]]:
    """Return a series at some moments while it grows, whole at last."""
    edges = sorted(min(cut, len(values)) for cut in cuts)
    return [array("d", values[:end]) for end in (*edges, len(values))]


def same(found: array[float], expected: list[float]) -> bool:
    return len(found) == len(expected) and all(
        one == pytest.approx(other, rel=1e-9, abs=1e-6, nan_ok=True)
        for one, other in zip(found, expected, strict=True)
    )


@given(values=SERIES, cuts=CUTS, weight=WEIGHTS)
def test_a_moving_average_is_the_weighted_mean_of_all_before(
    values: list[float], cuts: list[int], weight: float
) -> None:
    average = MovingAverage(weight)
    for known in parts(values, cuts):
        average.extend(known)
    expected: list[float] = []
    before: list[float] = []
    for value in values:
        if not math.isfinite(value):
            expected.append(value)
            continue
        before.append(value)
        shares = [weight**age for age in reversed(range(len(before)))]
        total = math.fsum(share * one for share, one in zip(shares, before, strict=True))
        expected.append(total / math.fsum(shares))
    assert same(average.values, expected)


@pytest.mark.parametrize("weight", SMOOTHING_LEVELS)
def test_a_constant_stays_as_it_is(weight: float) -> None:
    average = MovingAverage(weight)
    average.extend(array("d", [0.1] * 500))
    assert average.values == array("d", [0.1] * 500)


@given(
    points=st.lists(st.tuples(VALUES, st.floats(0, 50) | st.just(math.nan)), max_size=40),
    cuts=CUTS,
    weight=WEIGHTS,
    unit=st.sampled_from([0.5, 1.0, 20.0]),
)
def test_a_time_weighted_average_fades_with_distance(
    points: list[tuple[float, float]], cuts: list[int], weight: float, unit: float
) -> None:
    values, xs = [value for value, _ in points], array("d", [x for _, x in points])
    average = TimeWeightedAverage(weight, unit)
    for known in parts(values, cuts):
        average.extend(xs, known)
    expected: list[float] = []
    shares: list[float] = []
    before: list[float] = []
    last_x = math.nan
    for value, x in points:
        if not math.isfinite(value):
            expected.append(value)
            continue
        fades = weight ** ((x - last_x) / unit) if x > last_x else 1.0
        last_x = last_x if math.isnan(x) else x
        shares = [share * fades for share in shares] + [1.0]
        before.append(value)
        total = math.fsum(share * one for share, one in zip(shares, before, strict=True))
        expected.append(total / math.fsum(shares))
    assert same(average.values, expected)


def test_of_equal_distances_both_averages_are_one() -> None:
    values = array("d", [math.sin(place) for place in range(200)])
    plain, weighted = MovingAverage(0.9), TimeWeightedAverage(0.9, 10.0)
    plain.extend(values)
    weighted.extend(array("d", range(0, 2000, 10)), values)
    assert same(weighted.values, list(plain.values))


@given(values=SERIES, cuts=CUTS, width=st.integers(1, 12))
def test_a_centred_mean_is_that_of_the_values_around(
    values: list[float], cuts: list[int], width: int
) -> None:
    mean = CentredMean(width)
    for known in parts(values, cuts):
        mean.extend(known)
    half = max(width, 3) // 2
    expected: list[float] = []
    for place, value in enumerate(values):
        around = values[max(place - half, 0) : place + half + 1]
        known_ones = [one for one in around if math.isfinite(one)]
        is_known = math.isfinite(value)
        expected.append(math.fsum(known_ones) / len(known_ones) if is_known else value)
    assert same(mean.values, expected)


class Counted:
    """A series that counts how many of its values are taken."""

    def __init__(self, values: array[float]) -> None:
        self.values, self.taken = values, 0

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, place: slice | int) -> array[float] | float:
        found = self.values[place]
        self.taken += len(found) if isinstance(found, array) else 1
        return found


def test_what_was_looked_at_is_not_looked_at_again() -> None:
    values = Counted(array("d", range(5000)))
    average, mean = MovingAverage(0.9), CentredMean(10)
    average.extend(values)  # type: ignore[arg-type]
    mean.extend(values)  # type: ignore[arg-type]
    values.values.append(1.0)
    values.taken = 0
    average.extend(values)  # type: ignore[arg-type]
    assert values.taken == 1
    values.taken = 0
    mean.extend(values)  # type: ignore[arg-type]
    assert values.taken <= 6 * 12


def test_levels_go_up_and_down_and_end() -> None:
    up = [0.0]
    while level_beside(up[-1], more=True) != up[-1]:
        up.append(level_beside(up[-1], more=True))
    assert tuple(up) == SMOOTHING_LEVELS
    assert [level_beside(weight, more=False) for weight in up] == [0.0, *up[:-1]]
