"""The course of a series in a few numbers: a glance, at one cost however long the series is."""

from __future__ import annotations

import math
from collections.abc import Sequence

from trackio_view.series.medians import median

SAMPLES = 5
"""How many values of each stretch are looked at."""
_BEND = 50.0
"""The lowest fiftieth of the heights takes as much of the scale as a fifth would: a loss that still
falls by a little is seen to."""
_WHOLE = math.log1p(_BEND)


def course(values: Sequence[float], count: int) -> list[float]:
    """Return medians of `count` stretches of equal length, NaN where one has no finite value.

    Of each stretch `SAMPLES` values are looked at that lie evenly in it, the last one among them.
    A series of fewer values is returned as it is.
    """
    total = len(values)
    if total <= count:
        return list(values)
    found = []
    for place in range(count):
        start, end = total * place // count, total * (place + 1) // count
        step = -(-(end - start) // SAMPLES)
        some = values[start + (end - 1 - start) % step : end : step]
        # A table asks this of each of its rows: of an odd number that is finite it is the middle.
        if len(some) % 2 and math.isfinite(sum(some)):
            found.append(sorted(some)[len(some) // 2])
        else:
            found.append(median(some))
    return found


def log_like(values: Sequence[float]) -> list[float | None]:
    """Return how high each value lies between the lowest, 0, and the highest, 1, low ones drawn
    apart as by a logarithm; `None` for what is not finite.

    A share s of the range becomes log(1 + 50 s) / log(51), which asks no value to be positive.
    """
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return [None] * len(values)
    low, high = min(finite), max(finite)
    # Halves, as the distance of huge numbers is beyond a float.
    low, span = low / 2, high / 2 - low / 2
    if not span:
        return [0.0 if math.isfinite(value) else None for value in values]
    return [
        math.log1p(_BEND * ((value / 2 - low) / span)) / _WHOLE if math.isfinite(value) else None
        for value in values
    ]
