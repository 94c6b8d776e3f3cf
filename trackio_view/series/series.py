"""One metric of one run: columns of numbers, only appended to.

Columns are `array.array`: they cost 8 bytes a number, grow in place, and are buffers that numpy
reads without a copy, yet importing them is free where numpy would cost 80 ms.
"""

from __future__ import annotations

import math
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from trackio_view.light_typing import NamedTuple
from trackio_view.series.blocks import Overview
from trackio_view.series.numpy_policy import numpy_pays
from trackio_view.series.window import EVERY_ROW, Window

Number = int | float
"""A logged number. Integers beyond 2^53 stay integers: a float would change their digits."""

LARGEST_EXACT_FLOAT_INTEGER = 2**53
MOST_FLOAT_BITS = sys.float_info.max_exp - 1
"""Of an integer. One with more bits may not fit a float."""
BEYOND_WRITING = 10**4300
"""Integers from here on have more digits than Python reads and writes."""


def spelled(number: float) -> str:
    """Return a number that is not finite as TrackIO spells it."""
    if number != number:
        return "NaN"
    return "Infinity" if number > 0 else "-Infinity"


_NOTHING_EXACT: Mapping[int, int] = {}


class MetricColumn(NamedTuple):
    """The values of one metric in a batch of rows, on their way from a source to a series."""

    rows: array[int]
    """Offsets into the batch's rows, ascending; typecode `I`. Columns of one shape share it."""
    values: array[float]
    """One float a row of `rows`; typecode `d`. NaN and infinities are kept as logged."""
    exact: Mapping[int, int] = _NOTHING_EXACT
    """Position in `values` -> the integer logged there, where a float can't hold it."""


class Summary(NamedTuple):
    """The exact facts of a stretch of a series."""

    value_count: int
    """Values in the stretch, not-a-number and infinities included."""
    first: Number
    last: Number
    minimum: Number | None
    """The smallest number, infinities included; `None` where every value is NaN."""
    maximum: Number | None
    nonfinite: int
    """How many values are NaN or infinite."""

    @property
    def change(self) -> Number | None:
        """Last minus first, or `None` where either is not finite."""
        return difference(self.first, self.last)


def difference(first: Number, last: Number) -> Number | None:
    """Return `last` minus `first`, or `None` where either is not finite."""
    if isinstance(first, float) != isinstance(last, float):
        # A whole float is taken as an integer, so that no digit of a large integer is lost.
        first, last = _whole(first), _whole(last)
    for number in (first, last):
        if isinstance(number, float) and not math.isfinite(number):
            return None
    try:
        return last - first
    except OverflowError:
        # A fraction does not matter beside an integer that is too large for a float.
        return int(last) - int(first)


def _whole(number: Number) -> Number:
    return int(number) if isinstance(number, float) and number.is_integer() else number


class _Summed(NamedTuple):
    """The result of `extremes` for adjoining positions."""

    start: int = 0
    end: int = 0
    low: float | None = None
    high: float | None = None
    nonfinite: int = 0


_NOTHING_SUMMED = _Summed()


class Series:
    """One metric of one run, in the order logged."""

    __slots__ = (
        "_bounds",
        "_overview",
        "_summed",
        "changed_from",
        "exact",
        "rows",
        "sums",
        "values",
    )

    def __init__(
        self,
        rows: array[int] | None = None,
        values: array[float] | None = None,
        exact: Mapping[int, int] = _NOTHING_EXACT,
    ) -> None:
        self.rows: array[int] = array("I") if rows is None else rows
        """Row number in the run of each value, ascending."""
        self.values: array[float] = array("d") if values is None else values
        self.exact = dict(exact)
        """Position in `values` -> the integer logged there, where a float can't hold it."""
        self._overview: Overview | None = None
        self.sums: object = None
        """The sums of its blocks, which `stretch_facts` makes when a long stretch is asked for
        first."""
        self.changed_from = sys.maxsize
        """The first position whose value was taken back since `logarithms` looked at the values."""
        self._bounds = (0, math.inf, -math.inf)
        """The number of values that were looked at, and the bounds of the finite ones among
        them."""
        self._summed = _NOTHING_SUMMED
        """The stretch that was summed up last, and its extremes."""

    def __len__(self) -> int:
        return len(self.values)

    @property
    def overview(self) -> Overview:
        """The index of its values, by which drawings are fast. It is brought up to date by each of
        them, and most series of many metrics or runs are never drawn.
        """
        if self._overview is None:
            self._overview = Overview()
        return self._overview

    def finite_bounds(self) -> tuple[Number, Number] | None:
        """Return the smallest and the largest finite number, `None` where none is finite.

        Each call looks only at the values that were appended since the last call.
        """
        seen, low, high = self._bounds
        if seen != len(self.values):
            fresh_low, fresh_high = _finite_extremes(self.values, seen)
            seen, low, high = len(self.values), min(low, fresh_low), max(high, fresh_high)
            self._bounds = (seen, low, high)
        if low > high:
            return None
        if not self.exact:
            return low, high
        everywhere = range(seen)
        lowest = self._exact_extreme(low, everywhere, smallest=True)
        highest = self._exact_extreme(high, everywhere, smallest=False)
        return (low if lowest is None else lowest, high if highest is None else highest)

    def append(self, column: MetricColumn, rows: array[int]) -> None:
        """Append a batch's column; `rows` are its row numbers within the run."""
        start = len(self.values)
        self.rows.extend(rows)
        self.values.extend(column.values)
        for position, number in column.exact.items():
            self.exact[start + position] = number

    def append_one(self, row: int, value: float) -> None:
        """Append a single value, of the row with this number within the run."""
        self.rows.append(row)
        self.values.append(value)

    def take_back(self, count: int) -> None:
        """Forget the values from position `count` on, because others will stand there."""
        if count < len(self.values):
            del self.values[count:]
            self.changed_from = min(self.changed_from, count)
            if self._summed.end > count:
                self._summed = _NOTHING_SUMMED
            if self._overview is not None:
                self._overview.take_back(count)
            self.sums, self._bounds = None, (0, math.inf, -math.inf)

    def number(self, position: int) -> Number:
        """Return the number logged at `position`, exact also beyond 2^53."""
        if position < 0:
            position += len(self.values)
        return self.exact.get(position, self.values[position])

    def positions(self, window: Window) -> range:
        """Return the positions from the first to the last value logged in a window's rows.

        Where the window leaves out rows, `stretches` tells which of them are its own.
        """
        if window.spans is not None:
            stretches = self.stretches(window)
            return range(stretches[0].start, stretches[-1].stop) if stretches else range(0)
        rows = self.rows
        start = bisect_left(rows, window.first) if window.first else 0
        end = len(rows)
        if end and rows[-1] >= window.end:
            end = bisect_left(rows, window.end, start)
        return range(start, end)

    def stretches(self, window: Window) -> list[range]:
        """Return the positions of the values logged in a window's rows, with adjoining ones joined.

        This is one stretch or none, except where the window leaves out rows of the series.
        """
        if window.spans is None:
            positions = self.positions(window)
            return [positions] if positions else []
        found: list[range] = []
        end = 0
        for first_row, end_row in window.spans:
            start = bisect_left(self.rows, first_row, end)
            end = bisect_left(self.rows, end_row, start)
            if found and found[-1].stop == start:
                found[-1] = range(found[-1].start, end)
            elif start < end:
                found.append(range(start, end))
        return found

    def within(self, window: Window) -> array[float]:
        """Return the values that were logged in a window's rows, as floats."""
        values = array("d")
        for positions in self.stretches(window):
            values += self.values[positions.start : positions.stop]
        return values

    def summary(self, window: Window = EVERY_ROW) -> Summary | None:
        """Return the exact facts of the values in a window, or `None` where there are none."""
        summaries = [self._summary(positions) for positions in self.stretches(window)]
        if not summaries:
            return None
        return summaries[0] if len(summaries) == 1 else _joined(summaries)

    def _summary(self, positions: range) -> Summary:
        low, high, nonfinite = self._extremes(positions)
        return Summary(
            value_count=len(positions),
            first=self.number(positions[0]),
            last=self.number(positions[-1]),
            minimum=self._exact_extreme(low, positions, smallest=True),
            maximum=self._exact_extreme(high, positions, smallest=False),
            nonfinite=nonfinite,
        )

    def _extremes(self, positions: range) -> tuple[float | None, float | None, int]:
        """Return the result of `extremes`. Where a stretch grew, only the new values are
        looked at."""
        known = self._summed
        if known.start != positions.start or known.end > positions.stop:
            known = _Summed(positions.start, positions.start)
        if known.end < positions.stop:
            low, high, nonfinite = extremes(self.values, range(known.end, positions.stop))
            known = _Summed(
                positions.start,
                positions.stop,
                min([one for one in (known.low, low) if one is not None], default=None),
                max([one for one in (known.high, high) if one is not None], default=None),
                known.nonfinite + nonfinite,
            )
            self._summed = known
        return known.low, known.high, known.nonfinite

    def _exact_extreme(
        self, bound: float | None, positions: range, *, smallest: bool
    ) -> Number | None:
        """Return the exact number behind the float extreme `bound`.

        Rounding to float keeps order, so only integers that round to `bound` itself can beat it.
        """
        if bound is None or abs(bound) < LARGEST_EXACT_FLOAT_INTEGER or not self.exact:
            return bound
        rivals: Iterator[int] = (
            number
            for position, number in self.exact.items()
            if position in positions and self.values[position] == bound
        )
        best: Number | None = (min if smallest else max)(rivals, default=None)
        if best is None:
            return bound
        if self._holds_plain_float(bound, positions):
            return min(best, bound) if smallest else max(best, bound)
        return best

    def _holds_plain_float(self, bound: float, positions: range) -> bool:
        return any(
            self.values[position] == bound and position not in self.exact for position in positions
        )


def _joined(summaries: Sequence[Summary]) -> Summary:
    """Return the facts of stretches that follow each other, of one at least."""
    lows = [one.minimum for one in summaries if one.minimum is not None]
    highs = [one.maximum for one in summaries if one.maximum is not None]
    return Summary(
        value_count=sum(one.value_count for one in summaries),
        first=summaries[0].first,
        last=summaries[-1].last,
        minimum=min(lows, default=None),
        maximum=max(highs, default=None),
        nonfinite=sum(one.nonfinite for one in summaries),
    )


def extremes(values: array[float], positions: range) -> tuple[float | None, float | None, int]:
    """Return smallest, largest and the number of non-finite values at adjoining positions.

    NaN is no candidate; infinities are. Both bounds are `None` where all values are NaN.
    """
    start, end = positions.start, positions.stop
    if numpy_pays(end - start):
        import numpy as np

        view = np.frombuffer(values, dtype=np.float64)[start:end]
        low, high = float(np.fmin.reduce(view)), float(np.fmax.reduce(view))
        nonfinite = len(view) - int(np.isfinite(view).sum())
    else:
        stretch = values[start:end] if end - start < len(values) else values
        # A finite sum has only finite terms. Where the sum is not finite, the terms are counted one
        # by one.
        nonfinite = 0
        if not math.isfinite(sum(stretch)):
            nonfinite = len(stretch) - sum(map(math.isfinite, stretch))
        numbers = [value for value in stretch if value == value] if nonfinite else stretch
        low, high = (min(numbers), max(numbers)) if numbers else (math.nan, math.nan)
    return (None, None, nonfinite) if math.isnan(low) else (low, high, nonfinite)


def _finite_extremes(values: array[float], start: int) -> tuple[float, float]:
    """Return the smallest and largest finite value from `start` on, else both infinities.

    The first call looks at the whole series while a key waits for the answer.
    """
    if numpy_pays(len(values) - start):
        import numpy as np

        view = np.frombuffer(values, dtype=np.float64)[start:]
        finite = view[np.isfinite(view)]
        return float(finite.min(initial=math.inf)), float(finite.max(initial=-math.inf))
    # The numbers of a list are objects already. Each of three looks at an array would make them
    # anew.
    stretch = values[start:].tolist()
    if not math.isfinite(sum(stretch)):
        stretch = [value for value in stretch if math.isfinite(value)]
    return min(stretch, default=math.inf), max(stretch, default=-math.inf)
