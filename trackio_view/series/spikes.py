"""Spikes of a series: where it leaps out of what is usual, and for how long that is so.

The middle 96 % of all values are usual, and so is the first value, because a loss begins steeply.
A spike is a stretch of values that lie beyond these by more than the range of the middle 96 %. What
is usual is judged by at most 256 values at equal distances, and judged again whenever a sixteenth
more values have come. Fewer than `FEWEST` values have no spikes, nor have values whose middle 96 %
are all the same.
"""

from __future__ import annotations

import math
from array import array

from trackio_view.series.beyond import parts_beyond
from trackio_view.series.series import Series

FEWEST = 100
"""With fewer values it is unknown what is usual."""
_MOST_RANKED = 256
"""What is usual is judged by so many values at most."""
_SHORT = 4096
"""Comparing so many values is faster than looking for their blocks."""
_SHARE = 50
"""One of so many values is left out at either end of those that are usual."""
_GROWTH = 16
"""What is usual is judged again when one value for so many has come."""


class Spikes:
    """The positions where spikes of one series begin, found as values come."""

    __slots__ = ("_beyond", "_judged", "_last", "_limits", "_seen", "starts")

    def __init__(self) -> None:
        self.starts: list[int] = []
        """The positions of the first value of each, ascending."""
        self._limits: tuple[float, float] | None = None
        self._judged = 0
        self._seen = 0
        self._last, self._beyond = -2, 0

    def look(self, series: Series) -> bool:
        """Take in the values that the overview has; return whether earlier spikes changed."""
        count = len(series)
        judges = count >= FEWEST and (count - self._judged) * _GROWTH >= self._judged
        if judges:
            self.starts.clear()
            self._limits = usual(series.values)
            self._judged, self._seen, self._last = count, 0, -2
        if self._limits is not None:
            self._find(series, range(self._seen, count), *self._limits)
        self._seen = count
        return judges

    def _find(self, series: Series, positions: range, low: float, high: float) -> None:
        values = series.values
        if len(positions) <= _SHORT:
            fresh = values[positions.start : positions.stop]
            # With a NaN in front, neither comparison is true.
            if not fresh or (low <= min(fresh) and max(fresh) <= high):
                return
        for begin, end in parts_beyond(series.overview, positions, low, high):
            for place, value in enumerate(values[begin:end], begin):
                side = (high < value < math.inf) - (-math.inf < value < low)
                if side and (place != self._last + 1 or side != self._beyond):
                    self.starts.append(place)
                if side:
                    self._last, self._beyond = place, side


def usual(values: array[float]) -> tuple[float, float] | None:
    """Return the bounds of a series' values without spikes; `None` where there are none."""
    known = sorted(filter(math.isfinite, values[:: -(-len(values) // _MOST_RANKED)]))
    if len(known) < FEWEST // 2:
        return None
    cut = len(known) // _SHARE
    low, high = known[cut], known[-1 - cut]
    span = high - low
    if not 0 < span < math.inf:
        return None
    first = next(filter(math.isfinite, values))
    return min(low, first) - span, max(high, first) + span
