"""The decimal logarithms of a series, for charts with a logarithmic y axis.

They are a series of their own, so that bands, medians and limits are found as in any other series.
NaN stands for zeros and negative numbers, which have no logarithm, and for values that are not
finite.
"""

from __future__ import annotations

import math
import sys
from array import array
from bisect import bisect_left

from trackio_view.series.numpy_policy import VALUES_AT_ONCE, numpy_pays
from trackio_view.series.series import Series
from trackio_view.series.window import Window

_LARGEST = sys.float_info.max


class Logarithms:
    """The logarithms of one series, extended as values come: each is looked at once."""

    __slots__ = ("series", "source")

    def __init__(self, source: Series) -> None:
        self.source = source
        self.series = Series(source.rows)

    def update(self) -> Series:
        """Return the logarithms, with those of the values that came or changed."""
        source, own = self.source, self.series
        if source.changed_from < len(own):
            own.take_back(source.changed_from)
        source.changed_from = sys.maxsize
        start, end = len(own), len(source)
        for begin in range(start, end, VALUES_AT_ONCE):
            part = source.values[begin : min(begin + VALUES_AT_ONCE, end)]
            own.values.extend(_logarithms(part))
        return own


def _logarithms(values: array[float]) -> array[float]:
    if numpy_pays(len(values)):
        import numpy as np

        numbers = np.frombuffer(values, dtype=np.float64)
        is_drawn = (numbers > 0) & (numbers <= _LARGEST)
        return array("d", np.log10(numbers, out=np.full(len(numbers), np.nan), where=is_drawn))
    log10, nan = math.log10, math.nan
    return array("d", [log10(value) if 0 < value <= _LARGEST else nan for value in values])


def not_positive(steps: array[float], logged: Series, logarithms: Series, window: Window) -> int:
    """Return how many finite values of a window have no logarithm."""
    for series in (logged, logarithms):
        if len(series):
            series.overview.update(steps, series.rows, series.values)
    return sum(
        _between(logarithms.overview.gaps, at) - _between(logged.overview.gaps, at)
        for at in logged.stretches(window)
    )


def _between(gaps: array[int], positions: range) -> int:
    return bisect_left(gaps, positions.stop) - bisect_left(gaps, positions.start)


def number_of(logarithm: float) -> float:
    """Return the number with a given logarithm; the largest float where it is beyond floats."""
    try:
        return math.pow(10.0, logarithm)
    except OverflowError:
        return _LARGEST
