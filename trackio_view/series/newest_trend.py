"""Whether a series rises or falls now, and since when: told only where noise does not explain it.

A series is looked at as levels: its values where there are no more than `MOST_LEVELS`, else the
medians of stretches of 2, 4, 8 and so on of them, of the shortest that come to so few. Stretches
begin at multiples of their length, and the last one goes on to the newest value. The stretches of
a smoothed series are longer than the reach of its smoothing, because neighbouring smoothed values
would seem to be free of noise.

The noise of the levels is the median of their third differences, as a standard deviation: for
independent normal levels the median of |a - 3 b + 3 c - d| / sqrt(20) is 0.6745 deviations, and
neither a straight line nor an even bend adds to it.

The newest trend is the longest stretch of levels at the end in which none lies more than `NOISES`
deviations below an earlier one, from its lowest level on (the last of equal ones): a rise; a fall
is a rise of the levels with the other sign. It is told where

- there are `FEWEST_LEVELS` levels at least, and `FEWEST_RISING` in the stretch;
- the newest level lies more than `NOISES` deviations above the first;
- the later half of the stretch still rises: its slope by least squares is more than `NOISES` times
  the deviation that noise alone gives to it, so that a loss which fell and lies still is silent.

Of 1,000 series of independent normal values, 1 to 4 are said to have a trend.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence

from trackio_view.light_typing import NamedTuple
from trackio_view.series.medians import median
from trackio_view.series.series import Series

MOST_LEVELS = 64
FEWEST_LEVELS = 8
FEWEST_RISING = 4
NOISES = 5.0
_NORMAL = 0.6744897501960817 * math.sqrt(20)
"""The median of |a - 3 b + 3 c - d| of independent normal numbers of deviation 1."""


class NewestTrend(NamedTuple):
    """Where the newest trend of a series began, and how far it went."""

    position: int
    """The position of the value with which it began: the middle of a stretch, or the very first."""
    change: float
    """The newest level minus the first one; never 0."""
    spacing: int
    """How many values make a level, which is their median; 1 where each level is a value."""


def newest_trend(xs: array[float], series: Series, independent: int = 1) -> NewestTrend | None:
    """Return the newest trend of a series, `None` where there is none beyond its noise.

    `xs` has the x of each row of the run. Two values that are `independent` values apart tell
    nothing of each other. The medians of 64 stretches are taken, however long the series is.
    """
    count = len(series)
    spacing = 1
    while spacing < independent or count // spacing > MOST_LEVELS:
        spacing *= 2
    number = count // spacing
    if number < FEWEST_LEVELS:
        return None
    levels: Sequence[float] = series.values
    if spacing > 1:
        series.overview.update(xs, series.rows, series.values)
        of_column, edges = series.overview.medians.of_column, range(0, count, spacing)
        ends = [*edges[1:number], count]
        levels = [
            of_column(series.values, start, end) for start, end in zip(edges, ends, strict=False)
        ]
    if not math.isfinite(levels[-1]):
        return None
    known = [(place, level) for place, level in enumerate(levels) if math.isfinite(level)]
    found = _trend_of([level for _, level in known])
    if found is None:
        return None
    begin, change = found
    place = known[begin][0]
    # A trend from the first stretch on begins with the first value.
    position = place * spacing + (spacing - 1) // 2 if place else 0
    return NewestTrend(position, change, spacing)


def _trend_of(levels: Sequence[float]) -> tuple[int, float] | None:
    """Return the place of the level with which the newest trend of these levels begins, and its
    change."""
    if len(levels) < FEWEST_LEVELS:
        return None
    noise = _noise(levels)
    for sign in (1.0, -1.0):
        rising = [sign * level for level in levels]
        begin = _begin_of_rise(rising, NOISES * noise)
        own = rising[begin:]
        change = own[-1] - own[0]
        if len(own) < FEWEST_RISING or not NOISES * noise < change < math.inf:
            continue
        if _slope_in_noises(own[len(own) // 2 :], noise) > NOISES:
            return begin, sign * change
    return None


def _noise(levels: Sequence[float]) -> float:
    """Return the deviation of the levels from a smooth course."""
    each = zip(levels, levels[1:], levels[2:], levels[3:], strict=False)
    thirds = [abs((third - second) * 3 + (first - fourth)) for first, second, third, fourth in each]
    return median(thirds) / _NORMAL


def _begin_of_rise(levels: Sequence[float], most_fall: float) -> int:
    """Return where the newest rise begins: at the lowest level of the longest stretch at the end
    in which no level lies more than `most_fall` below an earlier one.
    """
    begin = len(levels) - 1
    for place in range(len(levels) - 2, -1, -1):
        if levels[place] - levels[begin] > most_fall:
            break
        if levels[place] < levels[begin]:
            begin = place
    return begin


def _slope_in_noises(levels: Sequence[float], noise: float) -> float:
    """Return the slope by least squares, in units of the deviation that noise alone gives it."""
    middle = (len(levels) - 1) / 2
    spread = math.sqrt(sum((place - middle) ** 2 for place in range(len(levels))))
    slope = sum((place - middle) * level for place, level in enumerate(levels)) / spread
    return slope / noise if noise else math.copysign(math.inf, slope) if slope else 0.0
