"""The course of a series, read from a few of its values."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import overload

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.series.trend import SAMPLES, course, log_like


class Counted(Sequence[float]):
    """A long series that counts how often a value of it is looked at."""

    looked_at = 0

    def __len__(self) -> int:
        return 1_000_000

    @overload
    def __getitem__(self, place: int) -> float: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[float]: ...
    def __getitem__(self, place: int | slice) -> float | Sequence[float]:
        assert isinstance(place, slice)
        places = range(*place.indices(len(self)))
        self.looked_at += len(places)
        return list(map(float, places))


def test_a_long_series_costs_what_a_short_one_does() -> None:
    series = Counted()
    found = course(series, 12)
    assert series.looked_at <= 12 * SAMPLES
    assert len(found) == 12
    assert found == sorted(found)


# The median for comparison adds the two middle values, which must not overflow.
@given(st.lists(st.floats(-8e307, 8e307), max_size=80), st.integers(1, 15))
def test_a_median_is_of_values_of_its_stretch(values: list[float], count: int) -> None:
    found = course(values, count)
    if len(values) <= count:
        assert found == values
        return
    for place, value in enumerate(found):
        part = values[len(values) * place // count : len(values) * (place + 1) // count]
        assert min(part) <= value <= max(part)
        if len(part) <= SAMPLES:
            assert value == pytest.approx(statistics.median(part))


def test_a_stretch_without_a_finite_value_is_told() -> None:
    assert math.isnan(course([1.0] * 10 + [math.nan] * 10, 2)[1])
    assert course([], 5) == []


@given(st.lists(st.floats(), max_size=20))
def test_heights_keep_the_order_of_the_values(values: list[float]) -> None:
    shares = log_like(values)
    known = [
        (value, share) for value, share in zip(values, shares, strict=True) if share is not None
    ]
    assert [math.isfinite(value) for value in values] == [share is not None for share in shares]
    assert all(0.0 <= share <= 1.0 for _, share in known)
    by_value = [share for _, share in sorted(known)]
    assert by_value == sorted(by_value)


def test_low_values_are_drawn_apart() -> None:
    assert log_like([0.0, 0.02, 0.5, 1.0]) == pytest.approx([0.0, 0.1763, 0.8286, 1.0], abs=1e-3)
    assert log_like([3.0, 3.0, math.nan]) == [0.0, 0.0, None]
    # The values need not be positive.
    assert log_like([-2.0, -1.0]) == [0.0, 1.0]
    # A range that is too small to be halved counts as flat.
    assert log_like([0.0, 5e-324]) == [0.0, 0.0]
    assert log_like([-1.7e308, 1.7e308]) == [0.0, 1.0]
