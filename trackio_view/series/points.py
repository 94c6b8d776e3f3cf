"""The points of a series along an x axis, found by bisecting wherever its x rises."""

from __future__ import annotations

import math
import sys
from array import array
from bisect import bisect_left, bisect_right

from trackio_view.series.blocks import MOST_STRETCHES
from trackio_view.series.numpy_policy import numpy_pays
from trackio_view.series.series import Series

LARGEST = sys.float_info.max
"""The largest finite x; its negative is the lowest."""


def at_or_before(
    xs: array[float], series: Series, x: float, first: int, *, strictly: bool = False
) -> int | None:
    """Return the position of the point of the highest x up to `x`, the newest of those that share
    it; `None` where there is none.

    `xs` has the x of each row of the run. Points before position `first` do not count, nor,
    `strictly`, those at `x` itself.
    """
    count, overview = len(series.values), series.overview
    if first >= count:
        return None
    bisect = bisect_left if strictly else bisect_right
    rising = overview.rising_steps(xs, series.rows, series.values)
    if rising is not None:
        # There is nearly always one stretch, and a cursor asks this of each chart with every key.
        own, shift = rising
        place = bisect(own, x, first + shift, count + shift) - 1
        is_there = place >= first + shift and -LARGEST <= own[place] <= LARGEST
        return place - shift if is_there else None
    own, shift = overview.steps_by_position(xs, series.rows)
    if series.overview.stretch_count(first, len(series)) > MOST_STRETCHES:
        limit = math.nextafter(x, -math.inf) if strictly else x
        found = _compared(own, first + shift, len(series) + shift, (-LARGEST, limit), highest=True)
        return None if found is None else found - shift
    found, best = None, -math.inf
    for begin, end in series.overview.stretches(first, len(series)):
        place = bisect(own, x, begin + shift, end + shift) - 1
        if place >= begin + shift and best <= own[place] and -LARGEST <= own[place] <= LARGEST:
            best, found = own[place], place
    return None if found is None else found - shift


def after(xs: array[float], series: Series, x: float, first: int = 0) -> int | None:
    """Return the position of the newest point with the lowest x beyond `x`, `None` without one."""
    if first >= len(series):
        return None
    series.overview.update(xs, series.rows, series.values)
    own, shift = series.overview.steps_by_position(xs, series.rows)
    if series.overview.stretch_count(first, len(series)) > MOST_STRETCHES:
        beyond = (math.nextafter(x, math.inf), LARGEST)
        found = _compared(own, first + shift, len(series) + shift, beyond, highest=False)
        return None if found is None else found - shift
    best = math.inf
    for begin, end in series.overview.stretches(first, len(series)):
        place = bisect_right(own, x, begin + shift, end + shift)
        if place < end + shift and x < own[place] < best:
            best = own[place]
    return None if best == math.inf else at_or_before(xs, series, best, first)


def _compared(
    own: array[float], start: int, end: int, bounds: tuple[float, float], *, highest: bool
) -> int | None:
    """Return the last place of the highest or lowest number within bounds, `None` without any.

    Each number is looked at, because unordered numbers allow no other way.
    """
    low, high = bounds
    choose = max if highest else min
    if numpy_pays(end - start):
        import numpy as np

        view = np.frombuffer(own, dtype=np.float64)[start:end]
        inside = np.flatnonzero((view >= low) & (view <= high))
        if not len(inside):
            return None
        numbers = view[inside]
        extreme = numbers.max() if highest else numbers.min()
        return int(inside[np.flatnonzero(numbers == extreme)[-1]]) + start
    best = choose((x for x in own[start:end] if low <= x <= high), default=None)
    if best is None:
        return None
    return next(place for place in range(end - 1, start - 1, -1) if own[place] == best)
