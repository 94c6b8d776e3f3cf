"""The extents of a stretch of values in columns of dots: by point, by column, or with numpy.

Each way gives the same result. The number of values in a column decides which is fastest.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from trackio_view.light_typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from trackio_view.series.blocks import Overview
from trackio_view.series.medians import BLOCK, FEWEST, median, middle
from trackio_view.series.numpy_policy import numpy_pays
from trackio_view.series.scale import Scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]


_FEW = 7
"""How many points of a column can be placed one by one in the time that it takes to find the
column's end.
"""

_RANKED = BLOCK * FEWEST
"""A column of fewer values has their exact median, for which they are sorted. Then the lowest and
the highest are known, too."""


class Extent(NamedTuple):
    """The finite values of one column of dots."""

    column: int
    first: float
    low: float
    high: float
    last: float
    median: float
    """The median as `series.medians` defines it: exact where the column holds few values."""
    points: int
    """How many finite values the column holds."""


def _without_values(column: int) -> Extent:
    """Return the extent of a column whose values are not finite: its low is above its high."""
    return Extent(column, math.nan, math.inf, -math.inf, math.nan, math.nan, 0)


class Reduction(NamedTuple):
    """A series to be reduced to columns of dots: its steps, its values, and the range."""

    steps: array[float]
    shift: int
    values: array[float]
    overview: Overview
    columns: Scale
    """The scale from steps to columns of dots (`Scale.of_columns`). Steps beyond its ends are left
    out."""

    def clip(self, start: int, end: int) -> tuple[int, int]:
        """Return the part of a stretch whose steps lie in range."""
        if not math.isfinite(self.steps[start + self.shift]) and end - start == 1:
            return start, start
        stretch = start + self.shift, end + self.shift
        return (
            bisect_left(self.steps, self.columns.low, *stretch) - self.shift,
            bisect_right(self.steps, self.columns.high, *stretch) - self.shift,
        )

    def extents(self, start: int, end: int) -> Iterable[Extent]:
        """Return the extents of a stretch in which steps don't go back.

        A column without a finite value has an extent whose low is above its high.
        """
        if numpy_pays(end - start):
            return _extents_with_numpy(self, start, end)
        if end - start <= _FEW * self.columns.length:
            return _extents_by_point(self, start, end)
        return _extents_by_column(self, start, end)

    def first_finite(self, start: int, end: int) -> float:
        return next((value for value in self.values[start:end] if math.isfinite(value)), math.nan)

    def last_finite(self, start: int, end: int) -> float:
        return next(filter(math.isfinite, reversed(self.values[start:end])), math.nan)


def _extents_by_point(job: Reduction, start: int, end: int) -> Iterable[Extent]:
    """Find the extents by placing every point: the fastest way where columns hold a few points
    each.
    """
    found: list[Extent] = []
    places = job.columns.nearest_of(job.steps[start + job.shift : end + job.shift])
    values, plain = job.values[start:end].tolist(), not job.overview.gaps
    begin, count = 0, len(places)
    while begin < count:
        column, finish = places[begin], begin + 1
        if finish < count and places[finish] == column:
            finish = bisect_right(places, column, finish, count)
        own = values[begin:finish]
        if not plain:
            own = list(filter(math.isfinite, own))
        points = len(own)
        if not points:
            found.append(_without_values(column))
        elif finish - begin >= _RANKED:
            median_here = job.overview.medians.of_column(job.values, start + begin, start + finish)
            found.append(Extent(column, own[0], min(own), max(own), own[-1], median_here, points))
        elif points > 1:
            first, last = own[0], own[-1]
            own.sort()
            half = middle(own[(points - 1) // 2], own[points // 2])
            found.append(Extent(column, first, own[0], own[-1], last, half, points))
        else:
            value = own[0]
            found.append(Extent(column, value, value, value, value, value, 1))
        begin = finish
    return found


def _extents_by_column(job: Reduction, start: int, end: int) -> Iterable[Extent]:
    """Find the extents by searching for the ends of each column and comparing the bounds of its
    blocks: the fastest way where columns hold many points.
    """
    found: list[Extent] = []
    values = job.values
    bounds, median_of = job.overview.bounds, job.overview.medians.of_column
    plain = not job.overview.gaps
    for column, finish in _ends_of_columns(job, start, end):
        if plain and finish - start < _RANKED:
            few = values[start:finish].tolist()
            first, last, count = few[0], few[-1], finish - start
            few.sort()
            low, high = few[(count - 1) // 2], few[count // 2]
            middle_value = low if low == high else middle(low, high)
            found.append(Extent(column, first, few[0], few[-1], last, middle_value, count))
            start = finish
            continue
        low, high = bounds(values, start, finish)
        first, last = values[start], values[finish - 1]
        if not math.isfinite(first):
            first = job.first_finite(start, finish)
        if not math.isfinite(last):
            last = job.last_finite(start, finish)
        middle_value = median_of(values, start, finish)
        count = job.overview.finite_count(start, finish)
        found.append(Extent(column, first, low, high, last, middle_value, count))
        start = finish
    return found


def _ends_of_columns(job: Reduction, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield each column with a value, and the first position that lies in a later one."""
    steps, scale, shift, floor = job.steps, job.columns, job.shift, math.floor
    low, high, last = scale.low, scale.high, scale.last
    first, span = scale.first_measure, scale.span
    lowest, highest = start + shift, end + shift
    column = scale.nearest(steps[lowest])
    # Without a span all steps are in that column.
    while span and column < last:
        # An estimate, as rounding may be off by a step; the columns of its neighbours decide.
        # It is `value_at` of the middle between the columns, and they are `nearest` of steps in
        # range, both written out, as each chart asks this of each of its columns.
        share = (column + 0.5) / last
        place = bisect_left(steps, low * (1 - share) + high * share, lowest, highest)
        while place > lowest and floor((steps[place - 1] / 2 - first) / span * last + 0.5) > column:
            place = bisect_left(steps, steps[place - 1], lowest, place)
        following = last
        while (
            place < highest
            and (following := floor((steps[place] / 2 - first) / span * last + 0.5)) <= column
        ):
            place = bisect_right(steps, steps[place], place, highest)
        yield column, place - shift
        if place >= highest:
            return
        lowest, column = place, following
    yield column, end


def _extents_with_numpy(job: Reduction, start: int, end: int) -> Iterable[Extent]:
    import numpy as np

    steps = np.frombuffer(job.steps, dtype=np.float64)[start + job.shift : end + job.shift]
    values = np.frombuffer(job.values, dtype=np.float64)
    last_column = job.columns.nearest(job.columns.high)
    if last_column == 0:
        low, high = job.overview.bounds(job.values, start, end)
        first_here, last_here = job.first_finite(start, end), job.last_finite(start, end)
        middle_value = job.overview.medians.of_column(job.values, start, end)
        points = job.overview.finite_count(start, end)
        return [Extent(0, first_here, low, high, last_here, middle_value, points)]
    wanted = np.arange(1, last_column + 1)
    edges = np.searchsorted(steps, job.columns.values_at(wanted - 0.5))

    def column_at(places: Array) -> Array:
        return job.columns.nearest_places(steps[places])

    count = end - start
    while True:
        # The estimates are moved until the columns of their neighbours agree, as in
        # `_ends_of_columns`.
        early = (edges > 0) & (column_at(np.maximum(edges - 1, 0)) >= wanted)
        late = (edges < count) & (column_at(np.minimum(edges, count - 1)) < wanted)
        if not (early.any() or late.any()):
            break
        edges[early] = np.searchsorted(steps, steps[edges[early] - 1], side="left")
        edges[late] = np.searchsorted(steps, steps[edges[late]], side="right")
    starts = np.concatenate(([0], edges)) + start
    ends = np.concatenate((edges, [count])) + start
    occupied = np.flatnonzero(starts < ends)
    starts, ends = starts[occupied], ends[occupied]
    lows, highs = _bounds_with_numpy(job, values, starts, ends)
    first, last = values[starts], values[ends - 1]
    for place in np.flatnonzero(~np.isfinite(first)):
        first[place] = job.first_finite(int(starts[place]), int(ends[place]))
    for place in np.flatnonzero(~np.isfinite(last)):
        last[place] = job.last_finite(int(starts[place]), int(ends[place]))
    counts = ends - starts
    gaps = np.frombuffer(job.overview.gaps, dtype=np.uint64)
    if len(gaps):
        counts = counts - (np.searchsorted(gaps, ends) - np.searchsorted(gaps, starts))
    medians = job.overview.medians.of_columns(job.values, starts, ends)
    fields = (occupied, first, lows, highs, last, medians, counts)
    return map(Extent, *(field.tolist() for field in fields))


def _bounds_with_numpy(
    job: Reduction, values: Array, starts: Array, ends: Array
) -> tuple[Array, Array]:
    """Return the finite bounds of adjoining parts of the values: edges exact, blocks between."""
    import numpy as np

    gaps = job.overview.gaps
    begin, finish = int(starts[0]), int(ends[-1])
    clean = bisect_left(gaps, begin) == bisect_left(gaps, finish)
    if finish - begin < 4 * BLOCK * len(starts):
        part = values[begin:finish]
        if clean:
            places = starts - begin
            return np.minimum.reduceat(part, places), np.maximum.reduceat(part, places)
        finite = np.isfinite(part)
        return (
            np.minimum.reduceat(np.where(finite, part, np.inf), starts - begin),
            np.maximum.reduceat(np.where(finite, part, -np.inf), starts - begin),
        )
    # Each boundary between two parts lies in a block: its values before belong to the part on
    # the left, those from it on to the part on the right.
    boundaries = np.append(starts, finish)
    first_blocks, offsets = boundaries // BLOCK, boundaries % BLOCK
    places = (first_blocks[:, None] * BLOCK + np.arange(BLOCK)).ravel()
    around = values[np.minimum(places, len(values) - 1)]
    low_source, high_source = around, around
    if not clean:
        finite = np.isfinite(around)
        low_source = np.where(finite, around, np.inf)
        high_source = np.where(finite, around, -np.inf)
    in_one_block = first_blocks[:-1] == first_blocks[1:]
    # From where to where the values of each part lie in the rows of blocks.
    rows = np.arange(len(starts)) * BLOCK
    right = np.column_stack((offsets[:-1], np.where(in_one_block, offsets[1:], BLOCK)))
    right = (right + rows[:, None]).ravel()
    left = np.column_stack((np.where(in_one_block, offsets[:-1], 0), offsets[1:]))
    left = (left + rows[:, None] + BLOCK).ravel()
    low = np.minimum.reduceat(low_source, right)[::2]
    high = np.maximum.reduceat(high_source, right)[::2]
    # A boundary at which a block begins has no values of it on the left, and `reduceat` answers
    # with one that is on the right.
    has_left = left[::2] < left[1::2]
    left_low = np.minimum.reduceat(low_source, left)[::2]
    left_high = np.maximum.reduceat(high_source, left)[::2]
    low = np.where(has_left, np.minimum(low, left_low), low)
    high = np.where(has_left, np.maximum(high, left_high), high)
    inner_first, inner_end = first_blocks[:-1] + 1, first_blocks[1:]
    # The widest part holds four blocks at least.
    with_inner = np.flatnonzero(inner_first < inner_end)
    pairs = np.column_stack((inner_first[with_inner], inner_end[with_inner])).ravel()
    block_low = np.frombuffer(job.overview.block_low, dtype=np.float64)
    block_high = np.frombuffer(job.overview.block_high, dtype=np.float64)
    # `reduceat` takes no index at the very end, which the last pair may reach.
    kept = pairs[: len(pairs) - int(pairs[-1] == len(block_low))]
    inner_low = np.minimum.reduceat(block_low, kept)[::2]
    inner_high = np.maximum.reduceat(block_high, kept)[::2]
    low[with_inner] = np.minimum(low[with_inner], inner_low)
    high[with_inner] = np.maximum(high[with_inner], inner_high)
    return low, high


def merged(job: Reduction, parts: Sequence[range]) -> Iterable[Extent]:
    """Return one extent for each column, over all its values in any order."""
    if numpy_pays(sum(map(len, parts))):
        return _merged_with_numpy(job, parts)
    columns: dict[int, list[float]] = {}
    shift, column_of = job.shift, job.columns.placing()
    left, right = job.columns.low, job.columns.high
    points = (
        point
        for at in parts
        for point in zip(
            job.steps[at.start + shift : at.stop + shift],
            job.values[at.start : at.stop],
            strict=True,
        )
    )
    for step, value in points:
        if left <= step <= right:
            known = columns.setdefault(column_of(step), [])
            if math.isfinite(value):
                known.append(value)
    return [
        Extent(column, of[0], min(of), max(of), of[-1], median(of), len(of))
        if (of := columns[column])
        else _without_values(column)
        for column in sorted(columns)
    ]


def _merged_with_numpy(job: Reduction, parts: Sequence[range]) -> Iterable[Extent]:
    import numpy as np

    every_step = np.frombuffer(job.steps, dtype=np.float64)[job.shift :]
    every_value = np.frombuffer(job.values, dtype=np.float64)
    steps = np.concatenate([every_step[at.start : at.stop] for at in parts])
    values = np.concatenate([every_value[at.start : at.stop] for at in parts])
    inside = (steps >= job.columns.low) & (steps <= job.columns.high)
    if not inside.all():
        steps, values = steps[inside], values[inside]
    if not len(steps):
        return []
    places = job.columns.nearest_places(steps)
    finite = np.isfinite(values)
    occupied = np.flatnonzero(np.bincount(places))
    if not finite.all():
        places, values = places[finite], values[finite]
    order = np.argsort(places, kind="stable")
    places, values = places[order], values[order]
    ranked = values[np.lexsort((values, places))]
    found = {column: _without_values(column) for column in occupied.tolist()}
    if len(places):
        starts = np.flatnonzero(np.append(True, places[1:] != places[:-1]))
        ends = np.append(starts[1:], len(places))
        lower, upper = ranked[(starts + ends - 1) // 2], ranked[(starts + ends) // 2]
        medians = np.where(lower == upper, lower, lower / 2 + upper / 2)
        rows = zip(
            places[starts].tolist(),
            values[starts].tolist(),
            np.minimum.reduceat(values, starts).tolist(),
            np.maximum.reduceat(values, starts).tolist(),
            values[ends - 1].tolist(),
            medians.tolist(),
            (ends - starts).tolist(),
            strict=True,
        )
        found.update((row[0], Extent(*row)) for row in rows)
    return [found[column] for column in sorted(found)]
