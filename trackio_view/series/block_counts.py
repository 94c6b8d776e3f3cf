"""How many values of each block of a series lie beyond limits. Each block is counted once."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left

from trackio_view.light_typing import TYPE_CHECKING, NamedTuple
from trackio_view.series.medians import BLOCK
from trackio_view.series.numpy_policy import numpy_pays

if TYPE_CHECKING:
    from trackio_view.series.scale import Range

_NO_BLOCKS = array("Q", [0])
"""The sums of no block, which nothing is added to: few of a thousand runs are ever drawn."""
_AT_ONCE = 1024
"""Blocks that numpy compares at once, so few that the result stays in the processor's cache."""


class Blocks(NamedTuple):
    """The values of a series, and the facts of its whole blocks."""

    values: array[float]
    low: array[float]
    """The smallest finite value of each."""
    high: array[float]
    """The largest finite value of each."""
    gaps: array[int]
    """The positions of the values that are not finite."""


class BlockCounts:
    """Running sums of how many finite values of whole blocks lie below and above limits.

    The sums begin anew for other limits, and for blocks before the first one in the sums.
    """

    __slots__ = ("_above", "_below", "_first", "_limits", "read")

    def __init__(self) -> None:
        self._limits: Range | None = None
        self._first = 0
        """The block that the sums begin with."""
        self._below, self._above = _NO_BLOCKS, _NO_BLOCKS
        """For each block, how many values lie beyond in the blocks from the first to the one before
        it."""
        self.read = 0
        """How many values had to be looked at, for tests that count work."""

    def take_back(self, blocks: int) -> None:
        """Forget the blocks from number `blocks` on, because other values will stand there."""
        kept = max(blocks - self._first, 0) + 1
        del self._below[kept:], self._above[kept:]

    def between(self, blocks: Blocks, first: int, last: int, limits: Range) -> tuple[int, int]:
        """Return how many values of the whole blocks `first` to `last` lie below and above."""
        end = self._first + len(self._below) - 1
        if limits != self._limits or not self._first <= first <= end:
            self._limits, self._first = limits, first
            self._below, self._above = array("Q", [0]), array("Q", [0])
            end = first
        if last > end:
            if numpy_pays((last - end) * BLOCK):
                self._count_with_numpy(blocks, end, last, limits)
            else:
                self._count(blocks, end, last, limits)
        start, stop = first - self._first, last - self._first
        return self._below[stop] - self._below[start], self._above[stop] - self._above[start]

    def _count(self, blocks: Blocks, first: int, last: int, limits: Range) -> None:
        low, high = limits
        below, above = self._below[-1], self._above[-1]
        lows, highs = blocks.low[first:last], blocks.high[first:last]
        for block, lowest, highest in zip(range(first, last), lows, highs, strict=True):
            begin, end = block * BLOCK, (block + 1) * BLOCK
            if lowest > high:
                above += _finite_count(blocks.gaps, block)
            elif highest < low:
                below += _finite_count(blocks.gaps, block)
            elif lowest < low or highest > high:
                self.read += BLOCK
                lower, higher = count_beyond(blocks.values, begin, end, limits)
                below, above = below + lower, above + higher
            self._below.append(below)
            self._above.append(above)

    def _count_with_numpy(self, blocks: Blocks, first: int, last: int, limits: Range) -> None:
        import numpy as np

        low, high = limits
        lows = np.frombuffer(blocks.low, dtype=np.float64)[first:last]
        highs = np.frombuffer(blocks.high, dtype=np.float64)[first:last]
        gaps = np.searchsorted(np.array(blocks.gaps), np.arange(first, last + 1) * BLOCK)
        finite = BLOCK - np.diff(gaps)
        below = np.where(highs < low, finite, 0)
        above = np.where(lows > high, finite, 0)
        partly = ((lows < low) & (highs >= low)) | ((highs > high) & (lows <= high))
        own = np.frombuffer(blocks.values, dtype=np.float64)[first * BLOCK : last * BLOCK]
        matrix = own.reshape(-1, BLOCK)
        for begin in range(0, last - first, _AT_ONCE):
            some = slice(begin, begin + _AT_ONCE)
            places = np.flatnonzero(partly[some])
            if not len(places):
                continue
            rows = matrix[some] if len(places) == len(partly[some]) else matrix[some][places]
            self.read += rows.size
            lower, higher = rows < low, rows > high
            if blocks.gaps:
                lower &= rows > -math.inf
                higher &= rows < math.inf
            below[some][places] = np.count_nonzero(lower, axis=1)
            above[some][places] = np.count_nonzero(higher, axis=1)
        for sums, counts in ((self._below, below), (self._above, above)):
            sums.frombytes((np.cumsum(counts) + sums[-1]).astype(np.uint64).tobytes())


def _finite_count(gaps: array[int], block: int) -> int:
    first = bisect_left(gaps, block * BLOCK)
    return BLOCK - bisect_left(gaps, (block + 1) * BLOCK, first) + first


def count_beyond(values: array[float], start: int, end: int, limits: Range) -> tuple[int, int]:
    """Return how many finite values of `values[start:end]` lie below and above limits."""
    low, high = limits
    stretch = values[start:end]
    return (
        sum([-math.inf < value < low for value in stretch]),
        sum([high < value < math.inf for value in stretch]),
    )
