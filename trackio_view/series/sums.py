"""Sums and means of logged numbers, which may be as large as floats go and larger: nothing raises.

A sum beyond every float is infinite, a mean lies between its numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

_SCALE = 64
"""The power of two by which numbers are made smaller where their sum is beyond a float: enough for
2^64 of them. What is lost of small numbers does not matter beside such a sum."""


def as_float(number: float) -> float:
    """Return a number as a float; an integer beyond every float as infinity."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def total(numbers: Iterable[float]) -> float:
    """Return the sum, rounded once; NaN where a NaN or both infinities are among the numbers."""
    floats = list(map(as_float, numbers))
    try:
        return math.fsum(floats)
    except ValueError:
        return math.nan
    except OverflowError:
        return _scaled_back(_small_sum(floats))


def mean(numbers: Sequence[float]) -> float:
    """Return the mean of at least one number; NaN as `total`."""
    floats = list(map(as_float, numbers))
    try:
        return math.fsum(floats) / len(floats)
    except ValueError:
        return math.nan
    except OverflowError:
        found = _scaled_back(_small_sum(floats) / len(floats))
        return found if math.isnan(found) else min(found, max(floats))


def deviation(numbers: Sequence[float]) -> float:
    """Return the standard deviation of a sample of at least two finite numbers."""
    middle = mean(numbers)
    freedom = math.sqrt(len(numbers) - 1)
    # As `statistics.stdev`, which fails where a square is beyond a float.
    found = math.hypot(*(number - middle for number in numbers)) / freedom
    if math.isfinite(found):
        return found
    small = [math.ldexp(number, -_SCALE) for number in numbers]
    middle = math.ldexp(middle, -_SCALE)
    return _scaled_back(math.hypot(*(number - middle for number in small)) / freedom)


def _small_sum(floats: Iterable[float]) -> float:
    try:
        return math.fsum(math.ldexp(number, -_SCALE) for number in floats)
    except ValueError:
        # Both infinities come behind numbers whose sum was too large already.
        return math.nan


def _scaled_back(number: float) -> float:
    try:
        return math.ldexp(number, _SCALE)
    except OverflowError:
        return math.copysign(math.inf, number)
