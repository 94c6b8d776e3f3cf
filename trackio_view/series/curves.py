"""Stretches of many series, reduced together to columns of dots.

With numpy, this does for all lines at once what `series.envelope` does for one line: fifty series
cost little more than one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from trackio_view.light_typing import NamedTuple
from trackio_view.series.envelope import CROWDED, envelope
from trackio_view.series.medians import medians_between
from trackio_view.series.scale import Scale
from trackio_view.series.series import Series
from trackio_view.series.window import Window

if TYPE_CHECKING:
    from array import array

    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]

LONG_SERIES = 8_192
"""Longer stretches are drawn from the bounds of their blocks, so that their length costs
nothing."""


class Curve(NamedTuple):
    """A series within a window of its run, at the steps of the run's rows."""

    steps: array[float]
    series: Series
    window: Window

    @property
    def parts(self) -> list[range]:
        """The positions of its values in the series, in stretches."""
        return self.series.stretches(self.window)


class Columns(NamedTuple):
    """What the curves do in each column of dots in which they have values.

    The entries are sorted by curve, then as logged. A column appears again where a curve comes back
    to it.
    """

    curve: Array
    joined: Array
    """Whether the line is joined to the entry before."""
    column: Array
    first: Array
    low: Array
    high: Array
    last: Array
    mean: Array
    median: Array
    """As `series.medians` defines it."""
    points: Array
    """How many finite values the column holds."""

    def medians(self) -> Columns:
        """Return the lines through the medians, of the curves that are crowded; the others whole.

        A curve is crowded where a column of it holds `CROWDED` points or more: a line through all
        of them would be a block.
        """
        import numpy as np

        of_crowded = self.curve[self.points >= CROWDED]
        if not len(of_crowded):
            return self
        is_crowded = np.zeros(int(self.curve[-1]) + 1, dtype=bool)
        is_crowded[of_crowded] = True
        crowded = is_crowded[self.curve]
        first, low, high, last = (
            np.where(crowded, self.median, own)
            for own in (self.first, self.low, self.high, self.last)
        )
        return self._replace(first=first, low=low, high=high, last=last)

    def in_order(self, places: Sequence[int]) -> Columns:
        """Return the columns with other numbers for the curves: that of a curve is
        `places[curve]`."""
        import numpy as np

        if all(place == curve for curve, place in enumerate(places)):
            return self
        curve = np.array(places)[self.curve]
        order = np.argsort(curve, kind="stable")
        _, *others = self
        # Where means or medians were not asked for, their field holds another column, which is put
        # in order once.
        moved = {id(field): field[order] for field in {id(one): one for one in others}.values()}
        return Columns(curve[order], *(moved[id(field)] for field in others))

    @property
    def nbytes(self) -> int:
        """How many bytes of memory the columns take."""
        # Without means, their field holds another column, as that of medians does where no column
        # is crowded; each is counted once.
        return sum({id(field): field.nbytes for field in self}.values())

    def of_first(self, count: int) -> Columns:
        """Return the columns of the first `count` curves."""
        end = int(self.curve.searchsorted(count))
        if end == len(self.curve):
            return self
        return Columns(*(field[:end] for field in self))

    def band_of(self, curve: int) -> Columns | None:
        """Return the columns of a curve, or `None` where it is not crowded."""
        own = self.curve == curve
        if not (self.points[own] >= CROWDED).any():
            return None
        return Columns(*(field[own] for field in self))


def value_range(curves: Sequence[Curve]) -> tuple[float, float] | None:
    """Return the smallest and the largest finite value of all curves, `None` where none is."""
    import numpy as np

    values = [_values(curve, at) for curve in curves for at in curve.parts]
    if not values:
        return None
    everything = np.concatenate(values)
    low, high = float(everything.min()), float(everything.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        finite = everything[np.isfinite(everything)]
        if not len(finite):
            return None
        low, high = float(finite.min()), float(finite.max())
    return low, high


def columns_of(
    curves: Sequence[Curve], count: int, left: float, right: float, *, means: bool = False
) -> Columns:
    """Return what the curves do in `count` columns of dots, from step `left` to step `right`.

    As `series.envelope.envelope` has it for one line: values beyond the edges or without a finite
    step are left out, lines break where steps go back and at columns without a finite value.
    With `means`, `Columns.mean` holds the means of the columns' finite values, else their first:
    means are drawn instead of medians, which then are not looked for.
    """
    import numpy as np

    parts_of = [curve.parts for curve in curves]
    lengths = [sum(map(len, parts)) for parts in parts_of]
    short = [
        (number, curve, at)
        for number, curve in enumerate(curves)
        if lengths[number] <= LONG_SERIES
        for at in parts_of[number]
    ]
    found = _reduced(short, count, left, right, means)
    parts = [found] if found is not None else []
    for number, curve in enumerate(curves):
        if lengths[number] > LONG_SERIES:
            parts += _from_overview(curve, number, count, left, right)
    if not parts:
        empty = np.empty(0)
        none = np.empty(0, dtype=np.int64)
        values = (empty, empty, empty, empty, empty, empty)
        return Columns(none, none.astype(bool), none, *values, none)
    if len(parts) == 1:
        return parts[0]
    joined = [np.concatenate(pieces) for pieces in zip(*parts, strict=True)]
    order = np.argsort(joined[0], kind="stable")
    return Columns(*(piece[order] for piece in joined))


def _values(curve: Curve, positions: range) -> Array:
    import numpy as np

    values: Array = np.frombuffer(curve.series.values, dtype=np.float64)
    return values[positions.start : positions.stop]


def _own_steps(curve: Curve, positions: range) -> Array:
    import numpy as np

    rows = curve.series.rows
    steps = np.frombuffer(curve.steps, dtype=np.float64)
    first, last = rows[positions[0]], rows[positions[-1]]
    if last - first == len(positions) - 1:
        return steps[first : last + 1]
    numbers = np.frombuffer(rows, dtype=np.dtype(rows.typecode))
    own: Array = steps[numbers[positions.start : positions.stop]]
    return own


def _stretches(curves: Sequence[tuple[int, Curve, range]]) -> Array | None:
    """Return the stretch in which each value of a line lies; `None` where no line breaks."""
    import numpy as np

    if not any(curve.series.overview.breaks for _, curve, _ in curves):
        return None
    return np.concatenate(
        [
            np.searchsorted(
                np.array(curve.series.overview.breaks, dtype=np.int64),
                np.arange(at.start, at.stop),
                side="right",
            )
            for _, curve, at in curves
        ]
    )


def _reduced(
    curves: Sequence[tuple[int, Curve, range]],
    count: int,
    left: float,
    right: float,
    means: bool,
) -> Columns | None:
    """Return the columns of curves that are short enough for a look at every value.

    A curve is given with its number, and with the positions of some of its values, in order. Only
    values that are given together are joined.
    """
    import numpy as np

    if not curves or count <= 0:
        return None
    lengths = [len(at) for _, _, at in curves]
    values = np.concatenate([_values(curve, at) for _, curve, at in curves])
    steps = np.concatenate([_own_steps(curve, at) for _, curve, at in curves])
    part = np.repeat(np.arange(len(curves)), lengths)
    stretch = _stretches(curves)
    # A line that goes back breaks, also where it does so beyond the edges or without a place.
    broken = (part[1:] != part[:-1]) | ~(steps[1:] >= steps[:-1])
    if stretch is not None:
        broken |= stretch[1:] != stretch[:-1]
    inside = (steps >= left) & (steps <= right)
    if not inside.all():
        line = np.concatenate(([0], np.cumsum(broken)))[inside]
        values, steps, part = values[inside], steps[inside], part[inside]
        if not len(values):
            return None
        broken = line[1:] != line[:-1]
    column = Scale.of_columns(left, right, count).nearest_places(steps)
    starts = np.concatenate(([0], np.flatnonzero(broken | (column[1:] != column[:-1])) + 1))
    ends = np.concatenate((starts[1:], [len(values)]))
    joined = np.concatenate(([False], ~broken[starts[1:] - 1]))
    finite = np.isfinite(values)
    points, kept = ends - starts, None
    if finite.all():
        low, high = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
        first, last = values[starts], values[ends - 1]
    else:
        first, low, high, last = _of_finite(values, finite, starts, ends)
        kept = low <= high
        joined[1:] &= kept[:-1]
        points = np.add.reduceat(finite.astype(np.int64), starts)
    mean = _means(values, finite, starts, ends) if means else first
    # No median is drawn where no column is crowded, or beside means.
    crowded = not means and int(points.max()) >= CROWDED
    median = medians_between(values, starts, ends) if crowded else first
    fields = (first, low, high, last, mean, median, points)
    owner = np.array([number for number, _, _ in curves])[part[starts]]
    found = Columns(owner, joined, column[starts], *fields)
    return found if kept is None else Columns(*(field[kept] for field in found))


def _of_finite(
    values: Array, finite: Array, starts: Array, ends: Array
) -> tuple[Array, Array, Array, Array]:
    """Return the first, the smallest, the largest and the last finite value of each part.

    The smallest is above the largest where none is finite.
    """
    import numpy as np

    low = np.minimum.reduceat(np.where(finite, values, np.inf), starts)
    high = np.maximum.reduceat(np.where(finite, values, -np.inf), starts)
    places = np.arange(len(values))
    following = np.minimum.accumulate(np.where(finite, places, len(values) - 1)[::-1])[::-1]
    preceding = np.maximum.accumulate(np.where(finite, places, 0))
    return values[following[starts]], low, high, values[preceding[ends - 1]]


def _means(values: Array, finite: Array, starts: Array, ends: Array) -> Array:
    """Return the mean of the finite values of each part, 0 where none is finite."""
    import numpy as np

    counts = np.add.reduceat(finite.astype(np.int64), starts)
    # The values are divided first, because the sum of huge values is beyond a float.
    shares = np.where(finite, values, 0.0) / np.repeat(np.maximum(counts, 1), ends - starts)
    means: Array = np.add.reduceat(shares, starts)
    return means


def _from_overview(
    curve: Curve, number: int, count: int, left: float, right: float
) -> list[Columns]:
    import numpy as np

    found = envelope(curve.steps, curve.series, curve.window, count, left, right)
    parts = []
    for segment in found.segments:
        column, first, low, high, last, median, points = (
            np.array(values) for values in zip(*segment, strict=True)
        )
        joined = np.arange(len(column)) > 0
        parts.append(
            Columns(
                np.full(len(column), number),
                joined,
                column.astype(np.int64),
                first,
                low,
                high,
                last,
                # The overview keeps no sums, so the middle of a column's extent is the nearest
                # known value.
                low / 2 + high / 2,
                median,
                points.astype(np.int64),
            )
        )
    return parts
