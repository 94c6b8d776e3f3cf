"""Spikes of a series are found where they begin, and noise has none."""

from __future__ import annotations

import math
import random
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.series import numpy_policy
from trackio_view.series.series import Series
from trackio_view.series.spikes import Spikes, usual


def starts_of(values: list[float], cut: int = 0) -> list[int]:
    """Return where spikes begin, looked at after `cut` values and at the end."""
    steps, series, spikes = array("d"), Series(), Spikes()
    for end in (cut, len(values)):
        for place in range(len(series), end):
            steps.append(place)
            series.rows.append(place)
            series.values.append(values[place])
        series.overview.update(steps, series.rows, series.values)
        spikes.look(series)
    return spikes.starts


def noisy(count: int, seed: int) -> list[float]:
    noise = random.Random(seed)
    return [1 + noise.gauss(0, 0.1) + 3 * math.exp(-place / 40) for place in range(count)]


@pytest.mark.parametrize("threshold", [1, 10**9], ids=["numpy", "python"])
@given(
    count=st.integers(100, 1500),
    seed=st.integers(0, 99),
    places=st.sets(st.floats(0.02, 0.98), max_size=4),
    length=st.integers(1, 3),
    height=st.floats(30, 1e30) | st.floats(-1e30, -30),
    cut=st.integers(0, 1500),
)
def test_each_spike_is_found_once_where_it_begins(
    count: int,
    seed: int,
    places: set[float],
    length: int,
    height: float,
    cut: int,
    threshold: int,
) -> None:
    values = noisy(count, seed)
    expected: list[int] = []
    for at in sorted(int(place * count) for place in places):
        # The outermost fiftieth of the values is never a spike. Two spikes side by side are one.
        if (len(expected) + 1) * length * 100 > count or (expected and at - expected[-1] <= length):
            continue
        values[at : at + length] = [height] * length
        expected.append(at)
    values = values[:count]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numpy_policy, "WORTH_IMPORTING", threshold)
        patch.setattr(numpy_policy, "WORTH_USING", threshold)
        assert starts_of(values, min(cut, count)) == expected


@given(
    values=st.lists(
        st.sampled_from([0.0, 1.0, 2.0, 90.0, -90.0, math.nan, math.inf, 1.7e308]), max_size=260
    )
)
def test_spikes_begin_where_values_leave_the_usual_range(values: list[float]) -> None:
    limits = usual(array("d", values)) if len(values) >= 100 else None
    expected: list[int] = []
    before = 0
    for place, value in enumerate(values):
        side = 0
        if limits is not None and math.isfinite(value):
            side = (value > limits[1]) - (value < limits[0])
        if side and side != before:
            expected.append(place)
        before = side
    assert starts_of(values) == expected


def test_noise_a_steep_start_and_rare_events_are_none() -> None:
    noise = random.Random(4)
    assert starts_of([noise.gauss(0, 1) for _ in range(5000)]) == []
    assert starts_of([10 * math.exp(-place / 9) for place in range(5000)]) == []
    assert starts_of([float(place == 700) for place in range(5000)]) == []
    assert starts_of([1.0, 2.0] * 40 + [900.0] + [1.0] * 9) == [], "it is not known what is usual"


def test_a_divergence_is_one_spike_where_it_begins_and_a_new_one_is_found_at_once() -> None:
    values = noisy(4000, 1)
    diverges = [*values, *(1.5**place for place in range(30))]
    (begins,) = starts_of(diverges, 4000)
    assert 4000 < begins < 4010
    assert starts_of([*values, 50.0], 4000) == [4000]


def test_a_slow_rise_is_no_spike_however_its_values_come() -> None:
    noise = random.Random(2)
    flat = [1 + noise.gauss(0, 0.01) for _ in range(200)]
    rising = [*flat, *(1 + place / 100 + noise.gauss(0, 0.01) for place in range(3000))]
    assert starts_of(rising) == []
    assert starts_of(rising, 200) == []
    assert starts_of([*rising, 500.0], 200) == [len(rising)]


def test_the_usual_is_as_far_again_beside_what_most_values_are() -> None:
    """The first value counts as usual: a loss begins high, and no spike is meant by it."""
    values = [float(number) for number in range(200)]

    def bounds(first: float) -> tuple[float, float]:
        found = usual(array("d", [first, *values]))
        assert found is not None
        return found

    low, high = bounds(100.0)
    assert low < 0.0 < 199.0 < high
    above, below = bounds(1e4), bounds(-1e4)
    assert above[1] - 1e4 == pytest.approx(high - 199.0, abs=10)
    assert above[0] == pytest.approx(low, abs=10)
    assert -1e4 - below[0] == pytest.approx(high - 199.0, abs=10)
    assert below[1] == pytest.approx(high, abs=10)
