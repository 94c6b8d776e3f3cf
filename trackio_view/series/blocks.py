"""The index of a series, by which a drawing costs the same however long the series grows.

Like the series it is only appended to, and each new value is looked at once.
"""

from __future__ import annotations

import math
import operator
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

from trackio_view.light_typing import Any
from trackio_view.series.block_counts import BlockCounts, Blocks
from trackio_view.series.medians import BLOCK, BlockMedians
from trackio_view.series.numpy_policy import numpy_pays, numpy_pays_for_blocks

MOST_STRETCHES = 256
"""If x goes back more often than this, the stretches between are not looked at one by one: rows are
compared instead of bisected, and a line is drawn as one band."""


class Overview:
    """Bounds and medians of blocks of a series, and where its values are not finite, its steps go
    back or its line breaks.
    """

    __slots__ = (
        "_source",
        "_steps",
        "block_high",
        "block_low",
        "breaks",
        "count",
        "counts",
        "gaps",
        "medians",
        "restarts",
        "whole_count",
    )

    def __init__(self) -> None:
        self.count = 0
        """How many values have been looked at."""
        self.block_low: array[float] = array("d")
        """The smallest finite value of each whole block of `BLOCK`; infinity where none is."""
        self.block_high: array[float] = array("d")
        """The largest finite value of each whole block; minus infinity where none is."""
        self.medians = BlockMedians()
        """The median of the finite values of each whole block."""
        self.counts = BlockCounts()
        """How many finite values of whole blocks lie beyond the newest limits."""
        self.gaps: array[int] = array("Q")
        """Positions of the values that are not finite."""
        self.restarts: array[int] = array("Q")
        """Positions whose step is lower than the one before, or where either is not a number."""
        self.breaks: Sequence[int] = ()
        """Positions at which the line breaks although no step goes back, ascending."""
        self.whole_count = 0
        """How many values come before the first that is no whole number. Counts, such as tokens,
        have none."""
        self._steps: array[float] | None = None
        """Steps by position, where the series skips rows of its run."""
        self._source: array[float] | None = None
        """The run's steps that were looked at."""

    def update(self, steps: array[float], rows: array[int], values: array[float]) -> None:
        """Take in the values that came since the last call."""
        if self._source is not steps or len(values) < self.count:
            self._forget(steps)
        if len(values) == self.count:
            return
        start, end = self.count, len(values)
        if rows[-1] - rows[0] != end - 1:
            self._gather(steps, rows)
        column, shift = self.steps_by_position(steps, rows)
        # A metric that is no count shows that in its first values.
        self._count_whole(values, start, min(start + BLOCK, end))
        if numpy_pays(end - start):
            self._look_with_numpy(column, shift, values, start, end)
        else:
            self._count_whole(values, start + BLOCK, end)
            self._look(column, shift, values, start, end)
        self.medians.full = len(self.block_low)
        self.count = end

    def steps_by_position(self, steps: array[float], rows: array[int]) -> tuple[array[float], int]:
        """Return a column of steps, and the number to add to a position of the series to find its
        step.

        A series without holes uses the run's own column, from the series' first row on.
        """
        return (steps, rows[0]) if self._steps is None else (self._steps, 0)

    def rising_steps(
        self, steps: array[float], rows: array[int], values: array[float]
    ) -> tuple[array[float], int] | None:
        """Return what `steps_by_position` does, up to date, where no step goes back and the line
        breaks nowhere; else `None`.
        """
        if len(values) != self.count or self._source is not steps:
            self.update(steps, rows, values)
        if self.restarts or self.breaks:
            return None
        return (steps, rows[0]) if self._steps is None else (self._steps, 0)

    def take_back(self, count: int) -> None:
        """Forget the values from position `count` on, because other values will stand there."""
        if count >= self.count:
            return
        self.count, blocks = count, count // BLOCK
        del self.block_low[blocks:], self.block_high[blocks:]
        self.medians.take_back(blocks)
        self.counts.take_back(blocks)
        del self.gaps[bisect_left(self.gaps, count) :]
        del self.restarts[bisect_left(self.restarts, count) :]
        self.whole_count = min(self.whole_count, count)
        if self._steps is not None:
            del self._steps[count:]

    def _forget(self, steps: array[float]) -> None:
        self.take_back(0)
        self._steps = None
        self._source = steps

    def _count_whole(self, values: array[float], start: int, end: int) -> None:
        """Go on counting whole numbers from `start` on, unless an earlier value was none."""
        if self.whole_count != start or start >= end:
            return
        fresh = values[start:end]
        if all(map(float.is_integer, fresh)):
            self.whole_count = end
        else:
            self.whole_count += next(n for n, one in enumerate(fresh) if not one.is_integer())

    def _gather(self, steps: array[float], rows: array[int]) -> None:
        if self._steps is None:
            self._steps = array("d")
        done = len(self._steps)
        if numpy_pays(len(rows) - done):
            import numpy as np

            own = np.frombuffer(steps, dtype=np.float64)
            numbers = np.frombuffer(rows, dtype=np.dtype(rows.typecode))[done:]
            self._steps.frombytes(own[numbers].tobytes())
        else:
            self._steps.extend([steps[row] for row in rows[done:]])

    def _look(
        self, steps: array[float], shift: int, values: array[float], start: int, end: int
    ) -> None:
        fresh = values[start:end]
        # A finite sum has only finite terms, and adding takes a fifth of the time of checking each
        # value.
        if not math.isfinite(sum(fresh)):
            self.gaps.extend(
                [place for place, value in enumerate(fresh, start) if not math.isfinite(value)]
            )
        first = max(start, 1)
        own = steps[first + shift - 1 : end + shift]
        later = own[1:]
        if not all(map(operator.le, own, later)):
            for place, (before, step) in enumerate(zip(own, later, strict=False), first):
                if not before <= step:
                    self.restarts.append(place)
        for begin in range(len(self.block_low) * BLOCK, end - BLOCK + 1, BLOCK):
            low, high = slice_bounds(values, self.gaps, begin, begin + BLOCK)
            self.block_low.append(low)
            self.block_high.append(high)

    def _look_with_numpy(
        self, steps: array[float], shift: int, values: array[float], start: int, end: int
    ) -> None:
        import numpy as np

        view = np.frombuffer(values, dtype=np.float64)
        fresh = view[start:end]
        finite = np.isfinite(fresh)
        if self.whole_count >= min(start + BLOCK, end):
            odd = np.flatnonzero(~(finite & (np.rint(fresh) == fresh)))
            self.whole_count = start + int(odd[0]) if len(odd) else end
        if not finite.all():
            self.gaps.extend((np.flatnonzero(~finite) + start).tolist())
        first = max(start, 1)
        own = np.frombuffer(steps, dtype=np.float64)
        later, earlier = own[first + shift : end + shift], own[first + shift - 1 : end + shift - 1]
        back = np.flatnonzero(~(later >= earlier))
        if len(back):
            self.restarts.extend((back + first).tolist())
        begin = len(self.block_low) * BLOCK
        whole = view[begin : begin + (end - begin) // BLOCK * BLOCK].reshape(-1, BLOCK)
        if len(whole):
            low, high = _finite_extremes(whole)
            self.block_low.frombytes(low.tobytes())
            self.block_high.frombytes(high.tobytes())

    def bounds(self, values: array[float], start: int, end: int) -> tuple[float, float]:
        """Return the finite bounds of `values[start:end]`; infinity and minus infinity where no
        value is finite.
        """
        first, last = -(-start // BLOCK), min(end // BLOCK, len(self.block_low))
        if first >= last:
            return slice_bounds(values, self.gaps, start, end)
        if numpy_pays_for_blocks(last - first):
            import numpy as np

            low = float(np.frombuffer(self.block_low, dtype=np.float64)[first:last].min())
            high = float(np.frombuffer(self.block_high, dtype=np.float64)[first:last].max())
        else:
            low, high = min(self.block_low[first:last]), max(self.block_high[first:last])
        for begin, finish in ((start, first * BLOCK), (last * BLOCK, end)):
            edge_low, edge_high = slice_bounds(values, self.gaps, begin, finish)
            low, high = min(low, edge_low), max(high, edge_high)
        return low, high

    def count_beyond(
        self, values: array[float], first: int, last: int, limits: tuple[float, float]
    ) -> tuple[int, int]:
        """Return how many finite values of the whole blocks `first` to `last` lie below and above
        limits.
        """
        blocks = Blocks(values, self.block_low, self.block_high, self.gaps)
        return self.counts.between(blocks, first, last, limits)

    def finite_count(self, start: int, end: int) -> int:
        """Return how many of the values from `start` to `end` are finite."""
        return end - start - (bisect_left(self.gaps, end) - bisect_left(self.gaps, start))

    def stretches(self, start: int, end: int) -> Sequence[tuple[int, int]]:
        """Return the stretches of `start` to `end` in which no step goes back and nothing breaks,
        in order.
        """
        inside: Sequence[int] = _between(self.restarts, start, end)
        if self.breaks:
            inside = sorted({*inside, *_between(self.breaks, start, end)})
        edges = [start, *inside, end]
        return list(pairwise(edges))

    def stretch_count(self, start: int, end: int) -> int:
        """Return the number of stretches, or up to twice as many where lines break."""
        count = bisect_left(self.restarts, end) - bisect_right(self.restarts, start) + 1
        return count + len(_between(self.breaks, start, end)) if self.breaks else count


def _between(places: Sequence[int], start: int, end: int) -> Sequence[int]:
    """Return the places after `start` and before `end`, from ascending ones."""
    return places[bisect_right(places, start) : bisect_left(places, end)]


def slice_bounds(
    values: array[float], gaps: array[int], start: int, end: int
) -> tuple[float, float]:
    """Return the finite bounds of a few values, given the positions of the values that are not
    finite.
    """
    stretch: Sequence[float] = values[start:end]
    if gaps and bisect_left(gaps, start) < bisect_left(gaps, end):
        stretch = [value for value in stretch if math.isfinite(value)]
    return (min(stretch), max(stretch)) if stretch else (math.inf, -math.inf)


def _finite_extremes(rows: Any) -> tuple[Any, Any]:
    """Return the smallest and the largest finite number of each row of a matrix."""
    import numpy as np

    low, high = rows.min(axis=1), rows.max(axis=1)
    # A value that is not finite makes the bounds of its row wrong, so such rows are computed again.
    bad = np.flatnonzero(~(np.isfinite(low) & np.isfinite(high)))
    if len(bad):
        some = rows[bad]
        finite = np.isfinite(some)
        low[bad] = np.where(finite, some, np.inf).min(axis=1)
        high[bad] = np.where(finite, some, -np.inf).max(axis=1)
    return low, high
