"""The course of a series in a few numbers: a glance, at one cost however long the series is."""

from __future__ import annotations

import math
from collections.abc import Sequence

from trackio_view.series.medians import median
from trackio_view.series.scale import Scale

SAMPLES = 5
"""How many values of each stretch are looked at."""
_BEND = 50.0
"""The lowest fiftieth of the heights takes as much of the scale as a fifth would: a loss that still
falls by a little is seen to."""


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
        found.append(median([values[at] for at in range(end - 1, start - 1, -step)]))
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
    if low == high:
        return [0.0 if math.isfinite(value) else None for value in values]
    scale = Scale(low, high, 2, clipped=True)
    return [
        math.log1p(_BEND * scale.share(value)) / math.log1p(_BEND) if math.isfinite(value) else None
        for value in values
    ]
