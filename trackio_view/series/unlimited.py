"""Lines whose y axis shows everything, which is known without a look at all of their columns.

The columns of a long line cost most of a frame, and for most lines automatic limits change nothing:
their noise, their course or their ends alone span so much that limits are not worth it
(`series.y_limits`). A few values prove that; where they do not, the columns decide.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from trackio_view.light_typing import NamedTuple
from trackio_view.series.envelope import CROWDED
from trackio_view.series.numpy_policy import numpy_pays
from trackio_view.series.scale import Range, Scale
from trackio_view.series.series import Series
from trackio_view.series.window import Window
from trackio_view.series.y_limits import LIMIT_COLUMNS, WORTH_LIMITING, is_worth_limiting

_SAMPLES_A_COLUMN = 8
"""So many values a column at equal distances: noise shows in them, and they cost little."""


def shows_everything(
    parts: Sequence[tuple[array[float], Series, Window]], x_range: Range, everything: Range
) -> bool:
    """Return whether lines that are drawn together certainly have no automatic limits.

    A part is the steps of a run's rows, a series of it, and what is drawn of them; `everything` is
    the range of all values. `False` says nothing: their columns have to be seen.
    """
    if _ends_show_everything(parts, x_range, everything):
        return True
    least = _least_height(everything)
    if not math.isfinite(least):
        return False
    return any(
        _noise_shows_everything(columns, least) or _course_shows_everything(columns, series, least)
        for steps, series, window in parts
        for columns in [_sampled(steps, series, window, x_range)]
    )


def _least_height(everything: Range) -> float:
    """Return half the span beyond which limits are not worth it; infinity where it overflows."""
    low, high = everything
    if not math.isfinite(high - low):
        return math.inf
    # Sums and differences of the limits are rounded, so that a proof needs a little more.
    return (high / 2 - low / 2) / WORTH_LIMITING + 4 * math.ulp(max(abs(low), abs(high)))


def _ends_show_everything(
    parts: Iterable[tuple[array[float], Series, Window]], x_range: Range, everything: Range
) -> bool:
    """Return whether the first and the newest values, which limits hold, lie far enough apart."""
    ends = [value for part in parts for value in _ends(*part, x_range)]
    return bool(ends) and not is_worth_limiting(min(ends), max(ends), everything)


def _ends(steps: array[float], series: Series, window: Window, x_range: Range) -> Iterator[float]:
    """Yield the first and the newest value where they are finite and drawn."""
    stretches = series.stretches(window)
    if not stretches:
        return
    for position in (stretches[0].start, stretches[-1].stop - 1):
        value, step = series.values[position], steps[series.rows[position]]
        if math.isfinite(value) and x_range[0] <= step <= x_range[1]:
            yield value


class _Sampled(NamedTuple):
    """What some values of a column of dots show, of which one at least is finite."""

    column: int
    first: int
    """The position of the first value that was looked at."""
    last: int
    low: float
    high: float
    points: int
    """How many finite values were looked at."""


def _sampled(
    steps: array[float], series: Series, window: Window, x_range: Range
) -> Sequence[_Sampled]:
    """Return samples of a line's columns, in order; none of a line that is short or goes back."""
    stretches = series.stretches(window)
    if len(stretches) != 1:
        return ()
    rising = series.overview.rising_steps(steps, series.rows, series.values)
    if rising is None:
        return ()
    own, shift = rising
    begin, end = stretches[0].start + shift, stretches[0].stop + shift
    begin, end = bisect_left(own, x_range[0], begin, end), bisect_right(own, x_range[1], begin, end)
    stride = (end - begin) // (LIMIT_COLUMNS * _SAMPLES_A_COLUMN)
    if not stride:
        return ()
    positions = range(begin - shift, end - shift, stride)
    scale = Scale.of_columns(*x_range, LIMIT_COLUMNS)
    sample = _sample_with_numpy if numpy_pays(end - begin) else _sample
    return sample(own, shift, series.values, positions, scale)


def _sample(
    steps: array[float], shift: int, values: array[float], positions: range, scale: Scale
) -> Sequence[_Sampled]:
    begin, end, stride = positions.start, positions.stop, positions.step
    places = scale.nearest_of(steps[begin + shift : end + shift : stride])
    chosen = values[begin:end:stride].tolist()
    found: list[_Sampled] = []
    start = 0
    while start < len(chosen):
        finish = bisect_right(places, places[start], start)
        known = list(filter(math.isfinite, chosen[start:finish]))
        if known:
            ends = positions[start], positions[finish - 1]
            found.append(_Sampled(places[start], *ends, min(known), max(known), len(known)))
        start = finish
    return found


def _sample_with_numpy(
    steps: array[float], shift: int, values: array[float], positions: range, scale: Scale
) -> Sequence[_Sampled]:
    import numpy as np

    begin, end, stride = positions.start, positions.stop, positions.step
    places = scale.nearest_places(np.frombuffer(steps)[begin + shift : end + shift : stride])
    chosen = np.frombuffer(values)[begin:end:stride]
    starts = np.flatnonzero(np.append(True, places[1:] != places[:-1]))
    finite = np.isfinite(chosen)
    fields = (
        places[starts],
        begin + stride * starts,
        begin + stride * (np.append(starts[1:], len(chosen)) - 1),
        np.minimum.reduceat(np.where(finite, chosen, np.inf), starts),
        np.maximum.reduceat(np.where(finite, chosen, -np.inf), starts),
        np.add.reduceat(finite, starts, dtype=np.int64),
    )
    columns = map(_Sampled, *(field.tolist() for field in fields))
    return [column for column in columns if column.points]


def _noise_shows_everything(columns: Sequence[_Sampled], least: float) -> bool:
    """Return whether the usual height of a column's band is enough.

    Limits leave so much room below and above the line through the medians, on one side at least
    where values are. It is enough where most of all columns are crowded and as high.
    """
    high = sum(
        column.points >= CROWDED and column.high - column.low > 2 * least for column in columns
    )
    return 2 * high > LIMIT_COLUMNS


def _course_shows_everything(columns: Sequence[_Sampled], series: Series, least: float) -> bool:
    """Return whether the line through the medians leads far enough up and down.

    Its height counts as the middle one of three neighbours, so it lies between the bounds of all
    values of the three. They are looked at where the samples are lowest and highest.
    """
    # Three neighbours at least lie wholly between the samples of two others.
    inner = range(2, len(columns) - 2)
    if not inner:
        return False
    lowest, highest = (
        series.overview.bounds(series.values, columns[place - 2].last, columns[place + 2].first)
        for place in (
            min(inner, key=lambda place: columns[place].high),
            max(inner, key=lambda place: columns[place].low),
        )
    )
    return highest[0] / 2 - lowest[1] / 2 > least
