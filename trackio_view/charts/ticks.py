"""Ticks: round numbers to read a chart by."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from operator import itemgetter

from trackio_view.light_typing import NamedTuple
from trackio_view.series.series import LARGEST_EXACT_FLOAT_INTEGER


class Tick(NamedTuple):
    """A round number, as `digits * 10 ** exponent`, so that its label is exact."""

    digits: int
    exponent: int

    @property
    def value(self) -> float:
        return tick_value(*self)


# The axes of a page have ticks in common, and a number takes long to read.
@lru_cache(maxsize=4096)
def tick_value(digits: int, exponent: int) -> float:
    """Return `digits * 10 ** exponent`."""
    return float(f"{digits}e{exponent}")


# From the roundest on; the weights are the loss of roundness against one tick more or less.
_MULTIPLES: tuple[tuple[int, int, float], ...] = (
    (1, 0, 0.0),
    (5, 0, 0.10),
    (2, 0, 0.15),
    (25, -1, 0.35),
)

FLATTEST = 1e-13
"""A span smaller than this part of its numbers is beyond what floats can divide evenly."""
_LARGEST_WITH_EIGHTHS = 2.0**50
"""Beyond, floats between whole numbers are too few to be ticks."""


def is_flat(low: float, high: float) -> bool:
    """Return whether a span is too small for its numbers to be divided; whole numbers are exact."""
    largest = max(abs(low), abs(high))
    is_exact = largest <= LARGEST_EXACT_FLOAT_INTEGER
    if is_exact and low == math.floor(low) and high == math.floor(high):
        return high <= low
    return high / 2 - low / 2 <= largest * FLATTEST / 2


def choices_of_ticks(
    low: float, high: float, wanted: int, *, whole: bool = False
) -> Iterator[list[Tick]]:
    """Yield choices of round numbers from `low` to `high`, both included, about `wanted` of each,
    at most twice as many; the best choice first.

    Steps are 1, 2, 2.5 or 5 times a power of ten. The order weighs roundness against density, as
    Talbot, Lin and Hanrahan do ("An Extension of Wilkinson's Algorithm", 2010). `whole` allows
    integers only. There is none without room, without a span, or of numbers that are not finite.
    """
    if not (math.isfinite(low) and math.isfinite(high)) or wanted < 1 or is_flat(low, high):
        return
    whole = whole or max(abs(low), abs(high)) > _LARGEST_WITH_EIGHTHS
    half, most = high / 2 - low / 2, HALF_A_STEP * (2 * wanted + 1)
    bounds = shortest(low), shortest(high)
    found: list[tuple[float, int, int, range]] = []
    for multiple, exponent, roughness in tick_steps(low, high, whole=whole):
        # To count ticks exactly takes long, and many steps are too fine in any case.
        if half > most * tick_value(multiple, exponent):
            continue
        first, last = tick_range(*bounds, multiple, exponent)
        count = last - first + 1
        if 1 <= count <= 2 * wanted:
            loss = density_loss(count, wanted) + roughness
            found.append((loss, multiple, exponent, range(first, last + 1)))
    for _, multiple, exponent, places in sorted(found, key=itemgetter(0)):
        yield [Tick(place * multiple, exponent) for place in places]


HALF_A_STEP = 0.51
"""Half of a distance between ticks, with room for rounding."""


def tick_steps(low: float, high: float, *, whole: bool) -> Iterator[tuple[int, int, float]]:
    """Yield steps as multiple, exponent and roughness, from fine to coarse."""
    # Halved like the span, which may be beyond a float; log10(2) is added back.
    power = math.floor(math.log10(high / 2 - low / 2) + 0.30103)
    for exponent in range(power - 2, power + 2):
        for multiple, shift, roughness in _MULTIPLES:
            if not whole or exponent + shift >= 0:
                yield multiple, exponent + shift, roughness


def density_loss(count: int, wanted: float) -> float:
    """Return what it costs that there are `count` ticks rather than as many as wanted."""
    # Too few ticks are worse than too many; a single tick tells no scale.
    density = abs(math.log(count / wanted)) * (1.0 if count >= wanted else 1.3)
    return density + (2.0 if count == 1 else 0.0)


def shortest(bound: float) -> Tick:
    """Return a bound by its shortest digits, so that 0.1 lies on a step of 0.1 although its float
    is larger.
    """
    digits, _, power = repr(bound).partition("e")
    whole, _, fraction = digits.partition(".")
    return Tick(int(whole + fraction), int(power or 0) - len(fraction))


def tick_range(low: Tick, high: Tick, multiple: int, exponent: int) -> tuple[int, int]:
    """Return the first and last count of steps that lie from `low` to `high`."""
    return -_steps_below(-low.digits, low.exponent - exponent, multiple), _steps_below(
        high.digits, high.exponent - exponent, multiple
    )


def _steps_below(digits: int, exponent: int, multiple: int) -> int:
    """Return how often a step fits into a number, both in the same power of ten."""
    power: int = 10 ** abs(exponent)
    return digits * power // multiple if exponent >= 0 else digits // (multiple * power)
