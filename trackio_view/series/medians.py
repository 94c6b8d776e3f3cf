"""Medians of columns of dots, at a cost that does not grow with the number of values.

The median of a few values is exact: the middle one, or the mean of the two in the middle. Of many
it is a reduction, which is said here and nowhere else: each full block of `BLOCK` values has its
exact median, each full group of `GROUP` blocks the median of their medians, each full group of
those likewise, and so on. A column of `FEWEST` units or more has the median of the medians of
those units of the largest such kind that lie wholly in it; fewer than `BLOCK * FEWEST` values are
looked at one by one. A unit without a finite value does not count; where none has any, smaller
ones are looked at. So a median lies between the column's bounds, and a column looks at no more than
`BLOCK * FEWEST` numbers.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence

from trackio_view.light_typing import TYPE_CHECKING, Any, TypeAlias
from trackio_view.series.numpy_policy import numpy_pays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]

BLOCK = 64
"""How many values share bounds and a median: few enough to look at each one at an edge, and many
enough to skip most of a long stretch."""

GROUP = 8
"""How many units make one of the next larger kind."""

FEWEST = 4
"""A column of fewer units is divided into smaller ones."""


def middle(low: float, high: float) -> float:
    """Return the mean of the two numbers in the middle, which lies between them."""
    # The halves are added, because the sum of huge numbers is beyond a float. Equal numbers are not
    # halved, because half of the smallest float is 0.
    return low if low == high else low / 2 + high / 2


def median(values: Sequence[float]) -> float:
    """Return the exact median of the finite values, NaN where none is."""
    known = sorted(filter(math.isfinite, values))
    count = len(known)
    if not count:
        return math.nan
    return middle(known[(count - 1) // 2], known[count // 2])


def medians_of_rows(rows: Array) -> Array:
    """Return the exact median of the finite values of each row of a matrix, NaN where none is."""
    import numpy as np

    finite = np.isfinite(rows)
    if finite.all():
        counts = np.full(len(rows), rows.shape[1])
        ordered = np.sort(rows, axis=1)
    else:
        counts = finite.sum(axis=1)
        ordered = np.sort(np.where(finite, rows, np.inf), axis=1)
    every = np.arange(len(rows))
    low = ordered[every, np.maximum(counts - 1, 0) // 2]
    high = ordered[every, np.minimum(counts // 2, rows.shape[1] - 1)]
    found = np.where(low == high, low, low / 2 + high / 2)
    return np.where(counts > 0, found, np.nan)


def _medians_of_blocks(values: array[float], first: int, end: int) -> array[float]:
    """Return the exact medians of the blocks `first` to `end`, which are full."""
    if not numpy_pays((end - first) * BLOCK):
        places = range(first * BLOCK, end * BLOCK, BLOCK)
        return array("d", [median(values[begin : begin + BLOCK]) for begin in places])
    import numpy as np

    rows = np.frombuffer(values, dtype=np.float64)[first * BLOCK : end * BLOCK]
    return array("d", medians_of_rows(rows.reshape(-1, BLOCK)).tobytes())


class BlockMedians:
    """The medians of the full units of a series, made once when a column first asks for any."""

    __slots__ = ("full", "kinds")

    def __init__(self) -> None:
        self.full = 0
        """How many blocks of the series are full."""
        self.kinds: list[array[float]] = []
        """The medians of blocks, of groups of blocks, of groups of those, and so on, as far as
        there are any.
        """

    def _follow(self, values: array[float]) -> None:
        """Find the medians of the blocks that became full since a column asked last."""
        known = len(self.kinds[0]) if self.kinds else 0
        if known == self.full:
            return
        if not self.kinds:
            self.kinds.append(array("d"))
        self.kinds[0].extend(_medians_of_blocks(values, known, self.full))
        for kind, smaller in enumerate(self.kinds):
            if kind + 1 == len(self.kinds):
                if len(smaller) < GROUP:
                    break
                self.kinds.append(array("d"))
            larger = self.kinds[kind + 1]
            for begin in range(len(larger) * GROUP, len(smaller) - GROUP + 1, GROUP):
                larger.append(median(smaller[begin : begin + GROUP]))

    def take_back(self, blocks: int) -> None:
        """Forget the medians of all but so many blocks, because no more are full."""
        self.full = min(self.full, blocks)
        for kind in self.kinds:
            del kind[blocks:]
            blocks //= GROUP

    def of_column(self, values: array[float], start: int, end: int) -> float:
        """Return the median of `values[start:end]` as this module defines it."""
        largest = self._kind_for(end - start)
        if largest >= 0:
            self._follow(values)
        for kind in range(largest, -1, -1):
            size = BLOCK * GROUP**kind
            found = median(self.kinds[kind][-(-start // size) : end // size])
            if found == found:
                return found
        return median(values[start:end])

    def _kind_for(self, count: int) -> int:
        """Return the kind of units into which a column is divided; -1 for single values."""
        kind, least = -1, BLOCK * FEWEST
        while count >= least:
            kind, least = kind + 1, least * GROUP
        return kind

    def of_columns(self, values: array[float], starts: Array, ends: Array) -> Array:
        """Return what `of_column` does, for columns that are given as arrays."""
        import numpy as np

        counts = ends - starts
        found = np.full(len(starts), np.nan)
        largest = self._kind_for(int(counts.max()))
        if largest >= 0:
            self._follow(values)
        for kind in range(-1, largest + 1):
            least = BLOCK * FEWEST * GROUP**kind if kind >= 0 else 0
            most = BLOCK * FEWEST * GROUP ** (kind + 1)
            own = np.flatnonzero((counts >= least) & (counts < most))
            if len(own):
                size = BLOCK * GROUP**kind if kind >= 0 else 1
                source = np.frombuffer(self.kinds[kind] if kind >= 0 else values, dtype=np.float64)
                found[own] = medians_between(source, -(-starts[own] // size), ends[own] // size)
        for place in np.flatnonzero(np.isnan(found)):
            found[place] = self.of_column(values, int(starts[place]), int(ends[place]))
        return found


def medians_between(source: Array, starts: Array, ends: Array) -> Array:
    """Return the exact median of the finite values of each part of an array, which has at least
    one.

    Parts of similar length are ranked together, so that a long part costs the others nothing.
    """
    import numpy as np

    counts = ends - starts
    found = np.empty(len(starts))
    kinds = np.frexp(counts)[1]
    # The first `numpy.unique` of a program imports `numpy.ma`, which takes 25 ms.
    for kind in set(kinds.tolist()):
        own = np.flatnonzero(kinds == kind)
        width = int(counts[own].max())
        places = starts[own][:, None] + np.arange(width)
        rows = source[np.minimum(places, len(source) - 1)]
        if int(counts[own].min()) < width:
            rows[places >= ends[own][:, None]] = np.nan
        found[own] = medians_of_rows(rows)
    return found
