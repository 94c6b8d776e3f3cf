"""The envelope of a series, which a line chart draws: the exact extent of the values in each column
of dots.

A line through every point fills, within a column of dots, the rows from the smallest value to the
largest. So the smallest, largest, first and last value of each column draw the same picture as all
points, at the cost of the columns (M4: Jugel et al., VLDB 2014).
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from trackio_view.light_typing import NamedTuple
from trackio_view.series.blocks import MOST_STRETCHES, Overview
from trackio_view.series.extents import Extent, Reduction, merged
from trackio_view.series.medians import BLOCK
from trackio_view.series.numpy_policy import numpy_pays
from trackio_view.series.scale import Scale
from trackio_view.series.series import Series
from trackio_view.series.window import EVERY_ROW, Window

Segment = list[Extent]
"""An unbroken line, its columns ascending. Columns without a point are skipped."""


class Envelope(NamedTuple):
    """The extents of a series, in segments that are not joined."""

    segments: Sequence[Segment] = ()

    def has_band(self, dot: float) -> bool:
        """Return whether the columns are drawn as a band, and their medians as the line.

        This is so where a column holds `CROWDED` points or more, and points of a column lie further
        from the line through the medians than one and a half dots. `dot` is the height of a dot.
        The points of a smooth line all lie on the line through the medians.
        """
        if not any(extent.points >= CROWDED for segment in self.segments for extent in segment):
            return False
        return any(_lies_beside(segment, 1.5 * dot) for segment in self.segments)


def _lies_beside(segment: Segment, distance: float) -> bool:
    """Return whether points lie further from the line of medians than that.

    The line reaches half way to the medians of the neighbours. The first and the last column have
    one neighbour.
    """
    for before, here, after in zip(segment, segment[1:], segment[2:], strict=False):
        middle = here.median
        if here.high - middle <= distance and middle - here.low <= distance:
            # The line passes the column's own median, so that it is no further away.
            continue
        halves = middle / 2 + before.median / 2, middle / 2 + after.median / 2
        if (
            here.high - max(middle, *halves) > distance
            or min(middle, *halves) - here.low > distance
        ):
            return True
    if len(segment) > 2:
        return False
    return any(extent.high - extent.low > 2 * distance for extent in segment)


CROWDED = 3
"""If so many points share a column of dots, a line through all of them is a block."""

MOST_EXTENTS_A_COLUMN = 8
"""A line whose steps go back more often would fill its chart, so it is drawn as one band."""


def envelope(
    steps: array[float], series: Series, window: Window, columns: int, left: float, right: float
) -> Envelope:
    """Return the extents of a window's values, in `columns` columns of dots.

    `steps` are those of the run's rows. Step `left` falls in the middle of column 0 and `right`
    in that of the last; points beyond, or with a step that is not finite, are left out. The line
    breaks where a step is lower than the one before it, where the window leaves out rows, and at
    columns that hold values but no finite one. A line that goes back too often is merged, column by
    column, into one segment.
    """
    parts = series.stretches(window)
    if columns <= 0 or not parts or not -math.inf < left <= right < math.inf:
        return Envelope()
    overview = _updated_overview(steps, series)
    return Envelope(
        _segments(steps, series, overview, parts, Scale.of_columns(left, right, columns))
    )


def _segments(
    steps: array[float],
    series: Series,
    overview: Overview,
    parts: Sequence[range],
    scale: Scale,
) -> list[Segment]:
    place = scale.nearest
    own, shift = overview.steps_by_position(steps, series.rows)
    job = Reduction(own, shift, series.values, overview, scale)
    if sum(overview.stretch_count(at.start, at.stop) for at in parts) > MOST_STRETCHES:
        return _split(merged(job, parts))
    stretches = [
        (begin, finish)
        for at in parts
        for stretch_start, stretch_end in overview.stretches(at.start, at.stop)
        for begin, finish in [job.clip(stretch_start, stretch_end)]
        if begin < finish
    ]
    extents = sum(
        place(own[finish - 1 + shift]) - place(own[begin + shift]) + 1
        for begin, finish in stretches
    )
    if len(stretches) > 1 and extents > scale.length * MOST_EXTENTS_A_COLUMN:
        return _split(merged(job, parts))
    segments: list[Segment] = []
    for begin, finish in stretches:
        segments.extend(_split(job.extents(begin, finish)))
    return segments


def finite_bounds(
    steps: array[float], series: Series, window: Window = EVERY_ROW
) -> tuple[float, float] | None:
    """Return the smallest and largest finite value of a window, or `None` if none is."""
    stretches = series.stretches(window)
    if not stretches:
        return None
    overview = _updated_overview(steps, series)
    low, high = math.inf, -math.inf
    for positions in stretches:
        bounds = overview.bounds(series.values, positions.start, positions.stop)
        low, high = min(low, bounds[0]), max(high, bounds[1])
    return (low, high) if low <= high else None


class NonFinite(NamedTuple):
    """The values of a window that no line can show."""

    columns: Sequence[int] = ()
    """The columns of dots in which they are; some may come more than once."""
    nan: int = 0
    infinite: int = 0


def nonfinite(steps: array[float], series: Series, window: Window, columns: Scale) -> NonFinite:
    """Return how many values of a window are NaN or infinite, and in which columns of dots."""
    gaps = _updated_overview(steps, series).gaps if len(series) else series.overview.gaps
    if not gaps:
        return NonFinite()
    found: list[int] = []
    nan = infinite = 0
    for positions in series.stretches(window):
        own = gaps[bisect_left(gaps, positions.start) : bisect_left(gaps, positions.stop)]
        if numpy_pays(len(own)):
            import numpy as np

            places = np.frombuffer(own, dtype=np.uint64)
            rows = np.frombuffer(series.rows, dtype=np.dtype(series.rows.typecode))[places]
            values = np.frombuffer(series.values, dtype=np.float64)[places]
            shown = columns.places(np.frombuffer(steps, dtype=np.float64)[rows])
            found += set(shown.tolist())
            unknown = int(np.isnan(values).sum())
        else:
            unknown = sum(series.values[place] != series.values[place] for place in own)
            found += [
                column
                for place in own
                if (column := columns.place(steps[series.rows[place]])) is not None
            ]
        nan += unknown
        infinite += len(own) - unknown
    return NonFinite(found, nan, infinite)


def holds_counts(steps: array[float], series: Series, end: int) -> bool:
    """Return whether every value of the series before the position `end` is a whole number.

    Values after a held window do not count.
    """
    # A metric that is no count shows that in its first values, and its blocks need not be known.
    if not all(map(float.is_integer, series.values[: min(end, BLOCK)])):
        return False
    return _updated_overview(steps, series).whole_count >= end


def step_bounds(
    steps: array[float], series: Series, window: Window = EVERY_ROW
) -> tuple[float, float] | None:
    """Return the smallest and largest finite step of a window's values, or `None`."""
    overview = _updated_overview(steps, series) if len(series) else series.overview
    low, high = math.inf, -math.inf
    for positions in series.stretches(window):
        bounds = _step_bounds(steps, series, overview, positions)
        if bounds is not None:
            low, high = min(low, bounds[0]), max(high, bounds[1])
    return (low, high) if low <= high else None


def _step_bounds(
    steps: array[float], series: Series, overview: Overview, positions: range
) -> tuple[float, float] | None:
    start, end = positions.start, positions.stop
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
    if numpy_pays(len(steps)):
        import numpy as np

        view = np.frombuffer(steps, dtype=np.float64)
        finite = view[np.isfinite(view)]
        return (float(finite.min()), float(finite.max())) if len(finite) else None
    known = [step for step in steps if math.isfinite(step)]
    return (min(known), max(known)) if known else None


def _updated_overview(steps: array[float], series: Series) -> Overview:
    overview = series.overview
    overview.update(steps, series.rows, series.values)
    return overview


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
