"""What a line chart needs of a series: for each column of dots, the exact extent of its values.

A line drawn through every point fills, within a column of dots, the rows from the smallest value
to the largest; so the smallest, largest, first and last value of each column draw the same
picture as all points would, at the cost of the columns (M4: Jugel et al., VLDB 2014).
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from trackio_view.model import series as series_module
from trackio_view.model.overview import BLOCK, Overview, numpy_pays
from trackio_view.model.series import Series

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]


class Extent(NamedTuple):
    """The finite values of one column of dots."""

    column: int
    first: float
    low: float
    high: float
    last: float


Segment = list[Extent]
"""An unbroken line, its columns ascending. Columns without a point are skipped."""


@dataclass(slots=True)
class Envelope:
    """The extents of a series, in segments that are not joined."""

    segments: list[Segment] = field(default_factory=list)


MOST_STRETCHES = 256
MOST_EXTENTS_A_COLUMN = 8
"""A line that goes back more often than this fills its chart: it is drawn as one band."""


def envelope(
    steps: array[float], series: Series, start: int, columns: int, left: float, right: float
) -> Envelope:
    """Return the extents of the values from position `start` on, in `columns` columns of dots.

    `steps` are those of the run's rows. Step `left` falls in the middle of column 0 and `right`
    in that of the last; points beyond, or with a step that is not finite, are left out. The line
    breaks where a step is lower than the one before it, and at columns that hold values but no
    finite one. A line that goes back too often is merged, column by column, into one segment.
    The answer is shared: it is kept until the next question, and not to be changed.
    """
    end = len(series.values)
    if columns <= 0 or start >= end or not -math.inf < left <= right < math.inf:
        return Envelope()
    overview = _updated_overview(steps, series)
    wanted = (start, end, columns, left, right)
    if overview.drawing_of != wanted:
        overview.drawing = Envelope(_segments(steps, series, overview, wanted))
        overview.drawing_of = wanted
    drawing: Envelope = overview.drawing
    return drawing


def _segments(
    steps: array[float],
    series: Series,
    overview: Overview,
    wanted: tuple[int, int, int, float, float],
) -> list[Segment]:
    start, end, columns, left, right = wanted
    place = _column_scale(columns, left, right)
    own, shift = overview.steps_by_position(steps, series.rows)
    job = _Job(own, shift, series.values, overview, place, columns, left, right)
    if overview.stretch_count(start, end) > MOST_STRETCHES:
        return _split(_merged(job, start, end))
    stretches = [
        (begin, finish)
        for stretch_start, stretch_end in overview.stretches(start, end)
        for begin, finish in [job.clip(stretch_start, stretch_end)]
        if begin < finish
    ]
    extents = sum(
        place(own[finish - 1 + shift]) - place(own[begin + shift]) + 1
        for begin, finish in stretches
    )
    if len(stretches) > 1 and extents > columns * MOST_EXTENTS_A_COLUMN:
        return _split(_merged(job, start, end))
    segments: list[Segment] = []
    for begin, finish in stretches:
        segments.extend(_split(job.extents(begin, finish)))
    return segments


def finite_bounds(
    steps: array[float], series: Series, start: int = 0
) -> tuple[float, float] | None:
    """Return the smallest and largest finite value from `start` on, or `None` if none is."""
    if start >= len(series.values):
        return None
    overview = _updated_overview(steps, series)
    low, high = overview.bounds(series.values, start, len(series.values))
    return (low, high) if low <= high else None


def step_bounds(steps: array[float], series: Series, start: int = 0) -> tuple[float, float] | None:
    """Return the smallest and largest finite step of the values from `start` on, or `None`."""
    end = len(series.values)
    if start >= end:
        return None
    overview = _updated_overview(steps, series)
    own, shift = overview.steps_by_position(steps, series.rows)
    if overview.stretch_count(start, end) > MOST_STRETCHES:
        return _finite_range(own[start + shift : end + shift])
    low, high = math.inf, -math.inf
    for begin, finish in overview.stretches(start, end):
        first = bisect_right(own, -math.inf, begin + shift, finish + shift)
        last = bisect_left(own, math.inf, begin + shift, finish + shift)
        if first < last and math.isfinite(own[first]):
            low, high = min(low, own[first]), max(high, own[last - 1])
    return (low, high) if low <= high else None


def _finite_range(steps: array[float]) -> tuple[float, float] | None:
    if numpy_pays(len(steps), series_module.PAYS_WITH_NUMPY):
        import numpy as np

        view = np.frombuffer(steps, dtype=np.float64)
        finite = view[np.isfinite(view)]
        return (float(finite.min()), float(finite.max())) if len(finite) else None
    known = [step for step in steps if math.isfinite(step)]
    return (min(known), max(known)) if known else None


def _updated_overview(steps: array[float], series: Series) -> Overview:
    overview = series.overview
    overview.update(steps, series.rows, series.values, series_module.PAYS_WITH_NUMPY)
    return overview


def column_of(step: float, columns: int, left: float, right: float) -> int:
    """Return the column of dots that a step from `left` to `right` lies in."""
    return _column_scale(columns, left, right)(step)


def _column_scale(columns: int, left: float, right: float) -> Callable[[float], int]:
    """Return the function from a step to its column: never falling, as its callers rely on."""
    # Halves first: the span of two huge steps is beyond a float.
    origin, span, last = left / 2, right / 2 - left / 2, columns - 1
    if span <= 0:
        return lambda step: 0
    return lambda step: int((step / 2 - origin) / span * last + 0.5)


@dataclass(slots=True)
class _Job:
    """What one call of `envelope` works on."""

    steps: array[float]
    shift: int
    values: array[float]
    overview: Overview
    column_of: Callable[[float], int]
    columns: int
    left: float
    right: float

    def clip(self, start: int, end: int) -> tuple[int, int]:
        """Return the part of a stretch whose steps lie in range."""
        if not math.isfinite(self.steps[start + self.shift]) and end - start == 1:
            return start, start
        return (
            bisect_left(self.steps, self.left, start + self.shift, end + self.shift) - self.shift,
            bisect_right(self.steps, self.right, start + self.shift, end + self.shift) - self.shift,
        )

    def extents(self, start: int, end: int) -> Iterable[Extent]:
        """Return the extents of a stretch in which steps don't go back.

        A column without a finite value has an extent whose low is above its high.
        """
        if numpy_pays(end - start, series_module.PAYS_WITH_NUMPY):
            return _extents_with_numpy(self, start, end)
        if end - start <= 4 * self.columns:
            return _extents_by_point(self, start, end)
        return _extents_by_column(self, start, end)

    def first_finite(self, start: int, end: int) -> float:
        return next((value for value in self.values[start:end] if math.isfinite(value)), math.nan)

    def last_finite(self, start: int, end: int) -> float:
        return next(filter(math.isfinite, reversed(self.values[start:end])), math.nan)


def _split(extents: Iterable[Extent]) -> list[Segment]:
    """Return segments, broken at the columns that hold no finite value."""
    segments: list[Segment] = []
    segment: Segment = []
    for extent in extents:
        if extent.low <= extent.high:
            segment.append(extent)
        elif segment:
            segments.append(segment)
            segment = []
    if segment:
        segments.append(segment)
    return segments


def _extents_by_point(job: _Job, start: int, end: int) -> Iterable[Extent]:
    """Where columns hold a few points each, looking at every point is fastest."""
    found: list[Extent] = []
    column_of, shift = job.column_of, job.shift
    known_step, column = math.nan, -1
    current = -1
    first = last = math.nan
    low, high = math.inf, -math.inf
    for step, value in zip(
        job.steps[start + shift : end + shift], job.values[start:end], strict=True
    ):
        if step != known_step:
            known_step, column = step, column_of(step)
        if column != current:
            if current >= 0:
                found.append(Extent(current, first, low, high, last))
            current = column
            first = last = math.nan
            low, high = math.inf, -math.inf
        if -math.inf < value < math.inf:
            if low > high:
                first = low = high = value
            elif value < low:
                low = value
            elif value > high:
                high = value
            last = value
    if current >= 0:
        found.append(Extent(current, first, low, high, last))
    return found


def _extents_by_column(job: _Job, start: int, end: int) -> Iterable[Extent]:
    """Where columns hold many points, their ends are searched for and their blocks compared."""
    found: list[Extent] = []
    steps, shift, values, column_of = job.steps, job.shift, job.values, job.column_of
    bounds = job.overview.bounds
    plain = not job.overview.gaps
    while start < end:
        column = column_of(steps[start + shift])
        finish = _end_of_column(job, column, start, end)
        if plain and finish - start <= BLOCK:
            few = values[start:finish]
            found.append(Extent(column, few[0], min(few), max(few), few[-1]))
            start = finish
            continue
        low, high = bounds(values, start, finish)
        first, last = values[start], values[finish - 1]
        if not math.isfinite(first):
            first = job.first_finite(start, finish)
        if not math.isfinite(last):
            last = job.last_finite(start, finish)
        found.append(Extent(column, first, low, high, last))
        start = finish
    return found


def _end_of_column(job: _Job, column: int, start: int, end: int) -> int:
    """Return the first position from `start` on that lies in a later column."""
    steps, column_of = job.steps, job.column_of
    if column >= job.columns - 1:
        return end
    lowest, highest = start + job.shift, end + job.shift
    share = (column + 0.5) / (job.columns - 1)
    # An estimate, as rounding may be off by a step; the columns of its neighbours decide.
    edge = job.left * (1 - share) + job.right * share
    place = bisect_left(steps, edge, lowest, highest)
    while place > lowest and column_of(steps[place - 1]) > column:
        place = bisect_left(steps, steps[place - 1], lowest, place)
    while place < highest and column_of(steps[place]) <= column:
        place = bisect_right(steps, steps[place], place, highest)
    return place - job.shift


def _extents_with_numpy(job: _Job, start: int, end: int) -> Iterable[Extent]:
    import numpy as np

    steps = np.frombuffer(job.steps, dtype=np.float64)[start + job.shift : end + job.shift]
    values = np.frombuffer(job.values, dtype=np.float64)
    last_column = job.columns - 1
    half_left, span = job.left / 2, job.right / 2 - job.left / 2
    if span <= 0 or last_column == 0:
        low, high = job.overview.bounds(job.values, start, end)
        return [Extent(0, job.first_finite(start, end), low, high, job.last_finite(start, end))]
    wanted = np.arange(1, last_column + 1)
    shares = (wanted - 0.5) / last_column
    edges = np.searchsorted(steps, job.left * (1 - shares) + job.right * shares)

    def column_at(places: Array) -> Array:
        return ((steps[places] / 2 - half_left) / span * last_column + 0.5).astype(np.int64)

    count = end - start
    while True:
        # As in `_end_of_column`: the estimates move until their neighbours' columns agree.
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
    return map(
        Extent, occupied.tolist(), first.tolist(), lows.tolist(), highs.tolist(), last.tolist()
    )


def _bounds_with_numpy(job: _Job, values: Array, starts: Array, ends: Array) -> tuple[Array, Array]:
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
    offsets = np.arange(BLOCK)
    boundaries = np.append(starts, finish)
    first_blocks = boundaries // BLOCK
    places = first_blocks[:, None] * BLOCK + offsets
    around = values[np.minimum(places, len(values) - 1)]
    low_source, high_source = around, around
    if not clean:
        finite = np.isfinite(around)
        low_source = np.where(finite, around, np.inf)
        high_source = np.where(finite, around, -np.inf)
    right_part = (places[:-1] >= starts[:, None]) & (places[:-1] < ends[:, None])
    left_part = (places[1:] >= starts[:, None]) & (places[1:] < ends[:, None])
    low = np.minimum(
        np.where(right_part, low_source[:-1], np.inf).min(axis=1),
        np.where(left_part, low_source[1:], np.inf).min(axis=1),
    )
    high = np.maximum(
        np.where(right_part, high_source[:-1], -np.inf).max(axis=1),
        np.where(left_part, high_source[1:], -np.inf).max(axis=1),
    )
    inner_first, inner_end = first_blocks[:-1] + 1, first_blocks[1:]
    with_inner = np.flatnonzero(inner_first < inner_end)
    if len(with_inner):
        pairs = np.column_stack((inner_first[with_inner], inner_end[with_inner])).ravel()
        block_low = np.frombuffer(job.overview.block_low, dtype=np.float64)
        block_high = np.frombuffer(job.overview.block_high, dtype=np.float64)
        # reduceat takes no index at the very end; the last pair may run to it.
        if pairs[-1] == len(block_low):
            pairs = pairs[:-1]
        inner_low = np.minimum.reduceat(block_low, pairs)[::2]
        inner_high = np.maximum.reduceat(block_high, pairs)[::2]
        low[with_inner] = np.minimum(low[with_inner], inner_low)
        high[with_inner] = np.maximum(high[with_inner], inner_high)
    return low, high


def _merged(job: _Job, start: int, end: int) -> Iterable[Extent]:
    """Return one extent a column over everything that falls into it, in whatever order."""
    if numpy_pays(end - start, series_module.PAYS_WITH_NUMPY):
        return _merged_with_numpy(job, start, end)
    columns: dict[int, Extent] = {}
    shift, left, right, column_of = job.shift, job.left, job.right, job.column_of
    for step, value in zip(
        job.steps[start + shift : end + shift], job.values[start:end], strict=True
    ):
        if not left <= step <= right:
            continue
        column = column_of(step)
        known = columns.get(column)
        if not math.isfinite(value):
            if known is None:
                columns[column] = Extent(column, math.nan, math.inf, -math.inf, math.nan)
        elif known is None or known.low > known.high:
            columns[column] = Extent(column, value, value, value, value)
        else:
            columns[column] = Extent(
                column, known.first, min(known.low, value), max(known.high, value), value
            )
    return [columns[column] for column in sorted(columns)]


def _merged_with_numpy(job: _Job, start: int, end: int) -> Iterable[Extent]:
    import numpy as np

    steps = np.frombuffer(job.steps, dtype=np.float64)[start + job.shift : end + job.shift]
    values = np.frombuffer(job.values, dtype=np.float64)[start:end]
    inside = (steps >= job.left) & (steps <= job.right)
    if not inside.all():
        steps, values = steps[inside], values[inside]
    if not len(steps):
        return []
    half_left, span = job.left / 2, job.right / 2 - job.left / 2
    if span > 0:
        places = ((steps / 2 - half_left) / span * (job.columns - 1) + 0.5).astype(np.int32)
    else:
        places = np.zeros(len(steps), dtype=np.int32)
    finite = np.isfinite(values)
    occupied = np.unique(places)
    if not finite.all():
        places, values = places[finite], values[finite]
    order = np.argsort(places, kind="stable")
    places, values = places[order], values[order]
    found = {
        int(column): Extent(int(column), math.nan, math.inf, -math.inf, math.nan)
        for column in occupied
    }
    if len(places):
        starts = np.flatnonzero(np.append(True, places[1:] != places[:-1]))
        ends = np.append(starts[1:], len(places))
        rows = zip(
            places[starts].tolist(),
            values[starts].tolist(),
            np.minimum.reduceat(values, starts).tolist(),
            np.maximum.reduceat(values, starts).tolist(),
            values[ends - 1].tolist(),
            strict=True,
        )
        found.update((row[0], Extent(*row)) for row in rows)
    return [found[column] for column in sorted(found)]
