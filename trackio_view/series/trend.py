"""The course of a series in a few numbers, at a cost that does not grow with the series."""

from __future__ import annotations

import math
from collections.abc import Sequence

from trackio_view.series.medians import median

SAMPLES = 5
"""How many values of each stretch are looked at."""
_BEND = 50.0
"""The lowest fiftieth of the heights takes as much of the scale as a fifth would, so that a loss
that still falls by a little is seen to fall."""
_WHOLE = math.log1p(_BEND)


def course(values: Sequence[float], count: int) -> list[float]:
    """Return medians of `count` stretches of equal length, NaN where one has no finite value.

    In each stretch `SAMPLES` values at equal distances are looked at, with the last value among
    them. A series of fewer values is returned as it is.
    """
    total = len(values)
    if total <= count:
        return list(values)
    found = []
    for place in range(count):
        start, end = total * place // count, total * (place + 1) // count
        step = -(-(end - start) // SAMPLES)
        some = values[start + (end - 1 - start) % step : end : step]
        # A table asks this for each of its rows. For an odd number of finite values, the median is
        # the middle one.
        if len(some) % 2 and math.isfinite(sum(some)):
            found.append(sorted(some)[len(some) // 2])
        else:
            found.append(median(some))
    return found


def log_like(values: Sequence[float]) -> list[float | None]:
    """Return the height of each value between the lowest, 0, and the highest, 1, with low heights
    spread as by a logarithm; `None` for values that are not finite.

    A share s of the range becomes log(1 + 50 s) / log(51), so values need not be positive.
    """
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return [None] * len(values)
    low, high = min(finite), max(finite)
    # The halves are subtracted, because the distance of huge numbers is beyond a float.
    low, span = low / 2, high / 2 - low / 2
    if not span:
        return [0.0 if math.isfinite(value) else None for value in values]
    return [
        math.log1p(_BEND * ((value / 2 - low) / span)) / _WHOLE if math.isfinite(value) else None
        for value in values
    ]
