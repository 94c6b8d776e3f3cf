"""The x of each row of a run, and the rows where it goes back, in which windows are looked up by
bisecting.

Like the run's rows it is only appended to, and each x is looked at once.
"""

from __future__ import annotations

import math
import operator
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

from trackio_view.series.blocks import MOST_STRETCHES
from trackio_view.series.numpy_policy import numpy_pays


class XColumn:
    """The x of each row, its bounds, and the rows in which it goes back."""

    def __init__(self) -> None:
        self.values: array[float] = array("d")
        self.low = math.inf
        """The smallest finite x; infinity where there is none."""
        self.high = -math.inf
        """The largest finite x; minus infinity where there is none."""
        self.gaps: array[int] = array("Q")
        """Rows without a finite x: the first row of each stretch, and the one after its last."""
        self._backs: array[int] = array("Q")
        """Rows whose x is lower than the one before, or where either is not a number."""
        self._seen = 0

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The smallest and the largest finite x, `None` where there is none."""
        return (self.low, self.high) if self.low <= self.high else None

    def follow(self, values: array[float]) -> None:
        """Take in the new rows of a column that grows, or all rows of another column."""
        if self.values is not values:
            self.values, self._seen = values, 0
            self.low, self.high = math.inf, -math.inf
            del self._backs[:], self.gaps[:]
        self.look()

    def look(self) -> None:
        """Take in the rows that came since the last time."""
        start, end = self._seen, len(self.values)
        if start == end:
            return
        first = max(start - 1, 0)
        if numpy_pays(end - start):
            import numpy as np

            own = np.frombuffer(self.values, dtype=np.float64)[first:end]
            backs = np.flatnonzero(~(own[1:] >= own[:-1])) + first + 1
            self._backs.extend(backs.tolist())
            is_finite = np.isfinite(own)
            finite = own[is_finite]
            if len(finite) < len(own):
                for row in np.flatnonzero(~is_finite[start - first :]).tolist():
                    self._add_gap(row + start)
            low, high = finite.min(initial=math.inf), finite.max(initial=-math.inf)
            self.low, self.high = min(self.low, float(low)), max(self.high, float(high))
        else:
            fresh = self.values[first:end]
            if not all(map(operator.le, fresh, fresh[1:])):
                for row, (before, x) in enumerate(pairwise(fresh), first + 1):
                    if not before <= x:
                        self._backs.append(row)
            known = fresh if math.isfinite(sum(fresh)) else list(filter(math.isfinite, fresh))
            if len(known) < len(fresh):
                for row in range(start, end):
                    if not math.isfinite(self.values[row]):
                        self._add_gap(row)
            self.low = min(self.low, min(known, default=math.inf))
            self.high = max(self.high, max(known, default=-math.inf))
        self._seen = end

    def _add_gap(self, row: int) -> None:
        if self.gaps and self.gaps[-1] == row:
            self.gaps[-1] = row + 1
        else:
            self.gaps.extend((row, row + 1))

    def count_without(self, rows: array[int], positions: range) -> int:
        """Return how many of the rows at some positions have no finite x."""
        if not self.gaps or not positions:
            return 0
        begin, end = positions.start, positions.stop
        # Only stretches that reach into the rows count. Each has an even and an odd place.
        first = bisect_right(self.gaps, rows[begin]) & ~1
        last = bisect_right(self.gaps, rows[end - 1]) + 1 & ~1
        inside = self.gaps[first:last]
        if numpy_pays(len(inside)):
            import numpy as np

            known = np.frombuffer(rows, dtype=np.dtype(rows.typecode))[begin:end]
            edges = np.searchsorted(known, np.frombuffer(inside, dtype=np.uint64))
            return int((edges[1::2] - edges[::2]).sum())
        places = [bisect_left(rows, edge, begin, end) for edge in inside]
        return sum(places[1::2]) - sum(places[::2])

    def rows_between(self, left: float, right: float, first: int = 0) -> list[tuple[int, int]]:
        """Return the stretches of rows from `first` on whose x lies in between, both ends included.

        Each is the first row and the one after the last. Adjoining stretches are joined.
        """
        end = len(self.values)
        inside = self._backs[bisect_right(self._backs, first) :]
        if len(inside) > MOST_STRETCHES:
            return self._compared(left, right, first)
        found: list[tuple[int, int]] = []
        for begin, after in pairwise([first, *inside, end]):
            # A row without a number is a stretch by itself, in which nothing lies in between.
            start = bisect_left(self.values, left, begin, after)
            stop = bisect_right(self.values, right, start, after)
            if start < stop and left <= self.values[start] <= right:
                _add(found, start, stop)
        return found

    def row_up_to(self, x: float) -> int | None:
        """Return the newest row of the highest finite x up to `x`, `None` where there is none."""
        found, best = None, -math.inf
        for begin, after in pairwise([0, *self._backs, len(self.values)]):
            row = bisect_right(self.values, x, begin, after) - 1
            if row >= begin and best <= self.values[row] <= x and math.isfinite(self.values[row]):
                found, best = row, self.values[row]
        return found

    def _compared(self, left: float, right: float, first: int) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        if numpy_pays(len(self.values) - first):
            import numpy as np

            own = np.frombuffer(self.values, dtype=np.float64)[first:]
            mask = np.concatenate(([False], (own >= left) & (own <= right), [False]))
            edges = np.flatnonzero(mask[1:] != mask[:-1]) + first
            return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]
        for row in range(first, len(self.values)):
            if left <= self.values[row] <= right:
                _add(found, row, row + 1)
        return found


def _add(stretches: list[tuple[int, int]], start: int, stop: int) -> None:
    if stretches and stretches[-1][1] == start:
        stretches[-1] = (stretches[-1][0], stop)
    else:
        stretches.append((start, stop))


def joined(
    before: Sequence[tuple[int, int]], after: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Return stretches of rows and those that follow them, joined where they adjoin."""
    found = list(before)
    for start, stop in after:
        _add(found, start, stop)
    return found
