"""The values of a series beyond the ends of an axis: their exact number, and the furthest one."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence

from trackio_view.light_typing import NamedTuple
from trackio_view.series.block_counts import count_beyond
from trackio_view.series.blocks import Overview
from trackio_view.series.medians import BLOCK
from trackio_view.series.numpy_policy import numpy_pays_for_blocks
from trackio_view.series.series import Series
from trackio_view.series.window import Window


class Beyond(NamedTuple):
    """The values of a window beyond one end of an axis."""

    found: int = 0
    """How many values."""
    extreme: float = math.nan
    """The value that lies furthest beyond; the first of equal ones."""
    step: float = math.nan
    """The step of that value."""


def beyond(
    steps: array[float], series: Series, window: Window, limits: tuple[float, float]
) -> tuple[Beyond, Beyond]:
    """Return exactly how many finite values of a window lie below and above the limits.

    Blocks that lie wholly within or wholly beyond are counted by their bounds. In other blocks each
    value is looked at once, as long as the limits stay.
    """
    values, overview, stretches = series.values, series.overview, series.stretches(window)
    if values:
        overview.update(steps, series.rows, values)
    counts = [_counts(values, overview, positions, limits) for positions in stretches]
    below, above = sum(lower for lower, _ in counts), sum(higher for _, higher in counts)
    if not below and not above:
        return Beyond(), Beyond()
    bounds = [overview.bounds(values, each.start, each.stop) for each in stretches]

    def told(found: int, furthest: Sequence[float], extreme: float, *, lowest: bool) -> Beyond:
        if not found:
            return Beyond()
        positions = stretches[furthest.index(extreme)]
        place = first_place(values, overview, positions, extreme, lowest=lowest)
        return Beyond(found, values[place], steps[series.rows[place]])

    lows, highs = [low for low, _ in bounds], [high for _, high in bounds]
    return told(below, lows, min(lows), lowest=True), told(above, highs, max(highs), lowest=False)


def _counts(
    values: array[float], overview: Overview, positions: range, limits: tuple[float, float]
) -> tuple[int, int]:
    """Return how many finite values of a stretch lie below and above limits."""
    start, stop = positions.start, positions.stop
    first, last = _whole_blocks(overview, positions)
    if first >= last:
        return count_beyond(values, start, stop, limits)
    below, above = overview.count_beyond(values, first, last, limits)
    for begin, end in ((start, first * BLOCK), (last * BLOCK, stop)):
        lower, higher = count_beyond(values, begin, end, limits)
        below, above = below + lower, above + higher
    return below, above


def first_place(
    values: array[float], overview: Overview, positions: range, extreme: float, *, lowest: bool
) -> int:
    """Return the first position of a stretch's smallest or largest value, which is `extreme`."""
    first, last = _whole_blocks(overview, positions)
    start = positions.start
    if first < last and extreme not in values[start : first * BLOCK]:
        bounds = overview.block_low if lowest else overview.block_high
        try:
            start = bounds.index(extreme, first, last) * BLOCK
        except ValueError:
            start = last * BLOCK
    return values.index(extreme, start, positions.stop)


def _whole_blocks(overview: Overview, positions: range) -> tuple[int, int]:
    """Return the first of the blocks that lie in a stretch, and the one after the last."""
    return -(-positions.start // BLOCK), min(positions.stop // BLOCK, len(overview.block_low))


def parts_beyond(
    overview: Overview, positions: range, low: float, high: float
) -> Iterator[tuple[int, int]]:
    """Yield the parts of a stretch that may have values beyond the limits."""
    first, last = _whole_blocks(overview, positions)
    if first >= last:
        yield positions.start, positions.stop
        return
    yield positions.start, first * BLOCK
    for block in _blocks_beyond(overview, first, last, low, high):
        yield block * BLOCK, (block + 1) * BLOCK
    yield last * BLOCK, positions.stop


def _blocks_beyond(
    overview: Overview, first: int, last: int, low: float, high: float
) -> Sequence[int]:
    if numpy_pays_for_blocks(last - first):
        import numpy as np

        lows = np.frombuffer(overview.block_low, dtype=np.float64)[first:last]
        highs = np.frombuffer(overview.block_high, dtype=np.float64)[first:last]
        found: list[int] = (np.flatnonzero((lows < low) | (highs > high)) + first).tolist()
        return found
    both = zip(overview.block_low[first:last], overview.block_high[first:last], strict=True)
    return [
        block for block, bounds in enumerate(both, first) if bounds[0] < low or bounds[1] > high
    ]
