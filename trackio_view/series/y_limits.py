"""What a y axis spans: everything, or what a spike of a few steps does not set.

The automatic limits are those of a chart of `LIMIT_COLUMNS` columns, so that a line has the same at
every size. They hold the medians of its columns, leaving out what a single column does
alone between its neighbours, widened by the usual height of a column's band; and always the first
and the newest value. So the steep start of a loss and a divergence stay, which fill columns, and a
spike of a few steps goes. Where most columns hold fewer than three points, the limits leave out
the hundredth part of the values at either end instead. They are used only where everything spans
at least four times as much, and never where nothing but the spikes varies: then no axis hides
anything. An end that all values reach with a tenth of the height more has them all.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator, Sequence
from itertools import chain

from trackio_view.light_typing import TYPE_CHECKING
from trackio_view.series.envelope import CROWDED, Segment
from trackio_view.series.extents import Extent
from trackio_view.series.medians import median, medians_between
from trackio_view.series.scale import Range
from trackio_view.series.series import Series
from trackio_view.series.window import Window

if TYPE_CHECKING:
    from trackio_view.series.curves import Columns


class Limits(enum.Enum):
    """How a y axis is chosen; the values are what a person calls it."""

    AUTO = "auto"
    EVERY = "all values"
    MIDDLE = "5–95 %"
    ZERO = "from zero"

    # Many keys of dictionaries hold one, and the hash of `Enum` is a slow Python function.
    __hash__ = object.__hash__

    @property
    def following(self) -> Limits:
        """The next choice for a key."""
        every = list(Limits)
        return every[(every.index(self) + 1) % len(every)]


LIMIT_COLUMNS = 112
"""The columns of dots whose medians decide, however wide the chart is that is drawn."""

WORTH_LIMITING = 4
"""The limits are used if everything spans so many times as much."""

_LITTLE = 0.1
"""An end is moved by such a part of the height if everything fits then."""
_SPARSE_SHARE = 100
"""In sparse lines, one value in so many is left out at either end."""
_MIDDLE_SHARE = 20
"""The same for `Limits.MIDDLE`: 5 %."""
_MOST_RANKED = 4096
"""The middle values are found from so many values at equal distances."""


def automatic(lines: Sequence[Sequence[Segment]], everything: Range) -> Range:
    """Return the automatic limits of lines that are drawn together, given the range of all."""
    ranges = [_limits_of(segments) for segments in lines if segments]
    if not ranges:
        return everything
    return _worthwhile(min(low for low, _ in ranges), max(high for _, high in ranges), everything)


def is_worth_limiting(low: float, high: float, everything: Range) -> bool:
    """Return whether everything spans so much more than from `low` to `high` that limits help."""
    return high / 2 - low / 2 <= (everything[1] / 2 - everything[0] / 2) / WORTH_LIMITING


def _worthwhile(low: float, high: float, everything: Range) -> Range:
    low, high = max(low, everything[0]), min(high, everything[1])
    if low == high or not is_worth_limiting(low, high, everything):
        return everything
    span = high / 2 - low / 2
    # The noise at an end is no spike, and without it the axis would move with each new column.
    little = 2 * span * _LITTLE
    return (
        everything[0] if low - everything[0] <= little else low,
        everything[1] if everything[1] - high <= little else high,
    )


def automatic_of_columns(columns: Columns, everything: Range) -> Range:
    """Return what `automatic` does, for curves that are given as columns."""
    import numpy as np

    curve, middle, points = columns.curve, columns.median, columns.points
    if not len(curve):
        return everything
    starts = np.flatnonzero(np.append(True, curve[1:] != curve[:-1]))
    ends = np.append(starts[1:], len(curve))
    crowded = points >= CROWDED
    dense = 2 * np.add.reduceat(crowded.astype(np.int64), starts) >= ends - starts
    # Only columns with a neighbour on either side count, as in `_without_lone_columns`.
    inner = np.zeros(len(curve), dtype=bool)
    inner[1:-1] = curve[2:] == curve[:-2]
    filtered = middle.copy()
    filtered[1:-1] = np.sort(np.stack((middle[:-2], middle[1:-1], middle[2:])), axis=0)[1]
    kept = inner | np.repeat(ends - starts < 3, ends - starts)
    filtered = np.where(inner, filtered, middle)
    with np.errstate(over="ignore", invalid="ignore"):
        heights = medians_between(
            np.where(crowded, columns.high - columns.low, np.nan), starts, ends
        )
        heights = np.where(np.isfinite(heights), heights, np.inf)
        low = np.minimum.reduceat(np.where(kept, filtered, np.inf), starts) - heights
        high = np.maximum.reduceat(np.where(kept, filtered, -np.inf), starts) + heights
    for place in np.flatnonzero(~dense):
        own = slice(starts[place], ends[place])
        several = points[own] > 1
        values = [*columns.low[own].tolist(), *columns.high[own][several].tolist()]
        low[place], high[place] = _middle(values, _SPARSE_SHARE)
    first, newest = columns.first[starts], columns.last[ends - 1]
    lowest = np.minimum(low, np.minimum(first, newest)).min()
    highest = np.maximum(high, np.maximum(first, newest)).max()
    return _worthwhile(float(lowest), float(highest), everything)


def _limits_of(segments: Sequence[Segment]) -> Range:
    extents = list(chain.from_iterable(segments))
    crowded = [extent for extent in extents if extent.points >= CROWDED]
    if 2 * len(crowded) >= len(extents):
        medians = list(_without_lone_columns([extent.median for extent in extents]))
        height = median([extent.high - extent.low for extent in crowded])
        # Everything is shown where the height between huge numbers is beyond a float.
        height = height if math.isfinite(height) else math.inf
        low, high = min(medians) - height, max(medians) + height
    else:
        low, high = _middle(list(chain.from_iterable(map(_values_of, extents))), _SPARSE_SHARE)
    first, newest = extents[0].first, extents[-1].last
    return min(low, first, newest), max(high, first, newest)


def _without_lone_columns(medians: Sequence[float]) -> Iterator[float]:
    """Yield the middle one of each three neighbouring values, so that a lone high or low column
    counts for nothing."""
    if len(medians) < 3:
        yield from medians
        return
    for place in range(1, len(medians) - 1):
        yield sorted(medians[place - 1 : place + 2])[1]


def _values_of(extent: Extent) -> tuple[float, ...]:
    return (extent.low,) if extent.points == 1 else (extent.low, extent.high)


def _middle(values: list[float], share: int) -> Range:
    """Return the range of values without one in `share` values at either end."""
    values.sort()
    cut = len(values) // share
    return values[cut], values[-1 - cut]


def middle_part(lines: Sequence[tuple[Series, Window]], everything: Range) -> Range:
    """Return the range of lines' values without the lowest and the highest 5 %.

    Where a window has more than `_MOST_RANKED` values, so many at equal distances are used. They
    stay the same while the window moves over them, so the range rarely changes.
    """
    ranges: list[Range] = []
    for series, window in lines:
        values: list[float] = []
        stretches = series.stretches(window)
        stride = -(-sum(map(len, stretches)) // _MOST_RANKED) or 1
        for positions in stretches:
            first = -(-positions.start // stride) * stride
            values += series.values[first : positions.stop : stride]
        values = list(filter(math.isfinite, values))
        if values:
            ranges.append(_middle(values, _MIDDLE_SHARE))
    if not ranges:
        return everything
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def undrawn(
    limits: Limits,
    lines: Sequence[tuple[Series, Window]],
    everything: Range,
    *,
    logarithmic: bool,
) -> Range | None:
    """Return the limits that are known without a look at the drawn columns; `None` for automatic
    ones.

    A logarithmic axis has no zero and shows everything instead.
    """
    low, high = everything
    if limits is Limits.ZERO and not logarithmic:
        return min(low, 0.0), max(high, 0.0) or 1.0
    if limits is Limits.MIDDLE:
        return middle_part(lines, everything)
    return None if limits is Limits.AUTO else everything
