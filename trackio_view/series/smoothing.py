"""Smoothed series, extended as values come: each is looked at once, or once for each neighbour.

Values that are not finite are passed through as they are and weigh nothing.
"""

from __future__ import annotations

import math
from array import array
from itertools import pairwise

SMOOTHING_LEVELS = (0.0, 0.6, 0.9, 0.97, 0.99, 0.997)
"""Weights of what came before, from none on: what a key goes through."""


class MovingAverage:
    """The exponential moving average that TensorBoard draws, without its bias towards 0.

    `last = weight * last + (1 - weight) * value`, over `1 - weight ** n` after n finite values
    (`classicSmoothing` in TensorBoard's line_chart_v2/data_transformer.ts). As long as all values
    are equal they are returned unchanged.
    """

    def __init__(self, weight: float) -> None:
        self.weight = weight
        self.values: array[float] = array("d")
        """The average at each value that was looked at."""
        self._last = 0.0
        self._faded = 1.0
        """The weight to the power of how many finite values there were."""
        self._only = math.nan
        """The value that all had so far; NaN once there were two, or none."""

    def extend(self, source: array[float]) -> None:
        """Look at the values that came to a series since the last time."""
        weight, last, faded, only = self.weight, self._last, self._faded, self._only
        found = self.values
        for value in source[len(found) :]:
            if not math.isfinite(value):
                found.append(value)
                continue
            only = value if faded == 1.0 or value == only else math.nan
            last = last * weight + (1.0 - weight) * value
            faded *= weight
            found.append(value if value == only else last / (1.0 - faded))
        self._last, self._faded, self._only = last, faded, only


class TimeWeightedAverage:
    """A moving average in which what came before fades with the distance along x.

    Over each `unit` of x a value's share falls to `weight` of what it was, so that curves logged
    at other rates look alike: `last = last * k + value` and `total = total * k + 1` with
    `k = weight ** (distance / unit)`, and `last / total` is the average (the time-weighted
    smoothing of Weights & Biases). Where x goes back or is no number, nothing fades.
    """

    def __init__(self, weight: float, unit: float) -> None:
        self.weight, self.unit = weight, unit
        self.values: array[float] = array("d")
        """The average at each value that was looked at."""
        self._last = self._total = 0.0
        self._x = math.nan

    def extend(self, xs: array[float], source: array[float]) -> None:
        """Look at the values that came since the last time; `xs` holds an x for each value."""
        found = self.values
        start = len(found)
        for x, value in zip(xs[start : len(source)], source[start:], strict=True):
            if not math.isfinite(value):
                found.append(value)
                continue
            distance = x - self._x
            fades = math.isfinite(distance) and distance > 0
            kept = self.weight ** (distance / self.unit) if fades else 1.0
            self._last, self._total = self._last * kept + value, self._total * kept + 1.0
            self._x = x if math.isfinite(x) else self._x
            found.append(self._last / self._total)


class CentredMean:
    """The mean of the finite values around each, as TrackIO's own page draws it.

    Half of `width` values on either side count, as far as there are so many.
    """

    def __init__(self, width: int = 10) -> None:
        self.half = max(width, 3) // 2
        self.values: array[float] = array("d")
        """The mean around each value that was looked at; the last ones change as more come."""
        self._seen = 0

    def extend(self, source: array[float]) -> None:
        """Look at the values that came since the last time, and anew at those beside them."""
        if len(source) == self._seen:
            return
        begin = max(self._seen - self.half, 0)
        del self.values[begin:]
        for place in range(begin, len(source)):
            value = source[place]
            if math.isfinite(value):
                around = source[max(place - self.half, 0) : place + self.half + 1]
                known = [one for one in around if math.isfinite(one)]
                # Divided first: the sum of huge values is beyond a float.
                value = math.fsum(one / len(known) for one in known)
            self.values.append(value)
        self._seen = len(source)


def level_beside(weight: float, *, more: bool) -> float:
    """Return the next level of smoothing, or the same where there is none."""
    pairs = list(pairwise(SMOOTHING_LEVELS))
    beside = dict(pairs) if more else {higher: lower for lower, higher in pairs}
    return beside.get(weight, weight)
