"""A series and its smoothed values, which are extended as values come: each is looked at once.

Values that are not finite stay as they are and have no weight. Where the steps of a run begin
again, smoothing begins anew, because an attempt says nothing about the next one.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from trackio_view.light_typing import NamedTuple
from trackio_view.series.medians import median
from trackio_view.series.numpy_policy import VALUES_AT_ONCE, numpy_pays
from trackio_view.series.series import Series
from trackio_view.series.smoothing import Smoothing, Way
from trackio_view.series.sums import mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]

_FIRST_VALUES = 256
"""The usual distance is the median of so many distances; a series of fewer values is smoothed
anew."""


class _AverageState(NamedTuple):
    """The state of an average after the values so far."""

    average: float = 0.0
    total: float = 0.0
    """The sum of the present weights of the values so far, in units of the newest value's
    weight."""
    x: float = math.nan
    """The x of the newest value that has one."""


class SmoothedSeries:
    """The smoothed values of one series."""

    __slots__ = ("_looked_at", "_restarts", "_state", "_unit", "series", "smoothing", "source")

    def __init__(self, source: Series, smoothing: Smoothing) -> None:
        self.source = source
        self.smoothing = smoothing
        self.series = Series(source.rows)
        """The smoothed values, one for each value that was looked at."""
        self._looked_at = 0
        self._restarts: array[int] = array("Q")
        self._state = _AverageState()
        self._unit = math.nan

    @property
    def behind(self) -> int:
        """The number of values of the source that were not looked at yet."""
        return len(self.source) - self._looked_at

    def update(self, xs: array[float], restarts: array[int]) -> Series:
        """Return the smoothed series, with the values that came since the last time.

        `xs` has the x of each row of the run, `restarts` the rows with which its steps begin again.
        """
        if self._restarts != restarts:
            self._follow(restarts)
        if self.behind:
            if self.smoothing.way is Way.CENTRED:
                self._centre()
            else:
                self._average(xs)
            self._looked_at = len(self.source)
        return self.series

    def _follow(self, restarts: array[int]) -> None:
        """Take back values that were smoothed across a restart, or apart where there is none."""
        both = zip(self._restarts, restarts, strict=False)
        same = next((place for place, (one, other) in enumerate(both) if one != other), None)
        if same is None:
            same = min(len(self._restarts), len(restarts))
        changed = min(known[same] for known in (self._restarts, restarts) if same < len(known))
        if bisect_left(self.source.rows, changed) < self._looked_at:
            # An attempt begins without a state, so none has to be kept for its beginning.
            self._go_back(bisect_left(self.source.rows, restarts[same - 1]) if same else 0)
        self._restarts = array("Q", restarts)

    def _go_back(self, position: int) -> None:
        """Smooth the values from the beginning of an attempt on anew."""
        self.series.take_back(position)
        self._looked_at, self._state = position, _AverageState()

    def _beginnings(self, start: int, end: int) -> list[int]:
        """Return the positions from `start` up to `end` at which attempts begin."""
        rows = self.source.rows
        first = bisect_left(self._restarts, rows[start - 1] + 1) if start else 0
        last = bisect_left(self._restarts, rows[end - 1] + 1)
        found = dict.fromkeys(bisect_left(rows, row) for row in self._restarts[first:last])
        return list(found)

    def _average(self, xs: array[float]) -> None:
        if self.smoothing.way is Way.BY_DISTANCE and self._looked_at < _FIRST_VALUES:
            self._go_back(0)
            self._unit = self._usual_distance(xs)
        start, end = self._looked_at, len(self.source)
        if not numpy_pays(end - start):
            self._average_each(xs, start, end)
            return
        for begin in range(start, end, VALUES_AT_ONCE):
            self._average_with_numpy(xs, begin, min(begin + VALUES_AT_ONCE, end))

    def _usual_distance(self, xs: array[float]) -> float:
        """Return the median of the distances between the first values, infinity without any."""
        own = [xs[row] for row in self.source.rows[:_FIRST_VALUES]]
        distances = [later - x for x, later in pairwise(own)]
        usual = median([distance for distance in distances if distance > 0])
        return usual if usual == usual else math.inf

    def _average_each(self, xs: array[float], start: int, end: int) -> None:
        average, total, last_x = self._state
        weight, unit = self.smoothing.amount, self._unit
        by_distance = self.smoothing.way is Way.BY_DISTANCE
        rows, found = self.source.rows, self.series.values
        beginnings = set(self._beginnings(start, end)) if self._restarts else ()
        for position, value in enumerate(self.source.values[start:end], start):
            if position in beginnings:
                total, last_x = 0.0, math.nan
            if not math.isfinite(value):
                found.append(value)
                continue
            fades = weight
            if by_distance:
                distance = xs[rows[position]] - last_x
                fades = weight ** (distance / unit) if 0 < distance < math.inf else 1.0
                if math.isfinite(xs[rows[position]]):
                    last_x = xs[rows[position]]
            total = total * fades + 1.0
            average = value if total == 1.0 else _drawn_towards(average, value, total)
            found.append(average)
        self._state = _AverageState(average, total, last_x)

    def _average_with_numpy(self, xs: array[float], start: int, end: int) -> None:
        """Do what `_average_each` does, with `total` and `average` as linear recurrences."""
        import numpy as np

        state = self._state
        values = np.frombuffer(self.source.values, dtype=np.float64)[start:end]
        places = np.flatnonzero(np.isfinite(values))
        known = values[places]
        beginnings = np.searchsorted(places, np.array(self._beginnings(start, end)) - start)
        inside = beginnings[beginnings < len(places)]
        fades, last_x = self._fades(xs, start + places, inside)
        fades[inside] = 0.0
        if self.smoothing.way is Way.BY_POINTS and not len(inside):
            totals = _totals(self.smoothing.amount, len(known), state.total)
        else:
            totals = _recurrence(fades, np.ones(len(known)), state.total)
        shares = 1.0 / totals
        # Differences from a value near by lose no digit, and a constant stays as it is.
        base = state.average if state.total else float(known[0]) if len(known) else 0.0
        with np.errstate(over="ignore"):
            distances = known - base
        if not np.isfinite(distances).all():
            base, distances = 0.0, known
        before = state.average - base if state.total else 0.0
        averages = _recurrence(1.0 - shares, distances * shares, before) + base
        found = values.copy()
        found[places] = averages
        self.series.values.frombytes(found.tobytes())
        if len(known):
            state = _AverageState(float(averages[-1]), float(totals[-1]), last_x)
        if len(inside) < len(beginnings):
            state = _AverageState()
        self._state = state

    def _fades(self, xs: array[float], positions: Array, beginnings: Array) -> tuple[Array, float]:
        """Return the factor by which weights fade before each value, and the x of the last value.

        `beginnings` are the places of the values with which attempts begin.
        """
        import numpy as np

        weight, last_x = self.smoothing.amount, self._state.x
        if self.smoothing.way is not Way.BY_DISTANCE or not len(positions):
            return np.full(len(positions), weight), last_x
        rows = np.frombuffer(self.source.rows, dtype=np.dtype(self.source.rows.typecode))
        own = np.append(last_x, np.frombuffer(xs, dtype=np.float64)[rows[positions]])
        # A value without an x lies at the x of the value before.
        numbered = np.where(np.isfinite(own), np.arange(len(own)), 0)
        numbered[beginnings + 1] = beginnings + 1
        carried = own[np.maximum.accumulate(numbered)]
        with np.errstate(invalid="ignore", over="ignore"):
            distances = own[1:] - carried[:-1]
            fades = weight ** (distances / self._unit)
        inside = (distances > 0) & np.isfinite(distances)
        return np.where(inside, fades, 1.0), float(carried[-1])

    def _centre(self) -> None:
        half = _half(self.smoothing)
        start = max(self._looked_at - half, 0)
        # The newest values had no neighbours behind them yet.
        self.series.take_back(start)
        for first, end in self._attempts(start):
            begin = max(first, start)
            if numpy_pays(end - begin):
                for part in range(begin, end, VALUES_AT_ONCE):
                    part_end = min(part + VALUES_AT_ONCE, end)
                    self._centre_with_numpy(first, end, part, part_end, half)
            else:
                for position in range(begin, end):
                    self.series.values.append(self._mean_around(position, first, end, half))

    def _attempts(self, start: int) -> Iterator[tuple[int, int]]:
        """Yield the positions at which the attempts from the one of `start` on begin and end."""
        rows, restarts = self.source.rows, self._restarts
        place = bisect_left(restarts, rows[start] + 1) if start < len(rows) else 0
        first = bisect_left(rows, restarts[place - 1]) if place else 0
        for end in [*self._beginnings(start + 1, len(rows)), len(rows)]:
            yield first, end
            first = end

    def _mean_around(self, position: int, first: int, end: int, half: int) -> float:
        values = self.source.values
        if not math.isfinite(values[position]):
            return values[position]
        around = values[max(position - half, first) : min(position + half + 1, end)]
        return mean(list(filter(math.isfinite, around)))

    def _centre_with_numpy(self, first: int, end: int, begin: int, stop: int, half: int) -> None:
        """Do what `_mean_around` does for the values from `begin` to `stop`."""
        import numpy as np

        count = stop - begin
        low, high = max(begin - half, first), min(stop + half, end)
        values = np.frombuffer(self.source.values, dtype=np.float64)[low:high]
        finite = np.isfinite(values)
        missing = (half - (begin - low), half - (high - stop))
        known = np.pad(np.where(finite, values, 0.0), missing)
        counts = np.cumsum(np.pad(finite.astype(np.int64), (missing[0] + 1, missing[1])))
        around = counts[2 * half + 1 :] - counts[: -2 * half - 1]
        sums = np.zeros(count)
        with np.errstate(over="ignore", invalid="ignore"):
            for shift in range(2 * half + 1):
                sums += known[shift : shift + count]
            means = sums / np.maximum(around, 1)
        own = slice(begin - low, begin - low + count)
        found = np.where(finite[own], means, values[own])
        for place in np.flatnonzero(~np.isfinite(means)):
            found[place] = self._mean_around(begin + int(place), first, end, half)
        self.series.values.frombytes(found.tobytes())


def _half(smoothing: Smoothing) -> int:
    """Return the number of values on either side in a mean, as on TrackIO's own page."""
    return int(smoothing.amount) // 2


def _drawn_towards(average: float, value: float, total: float) -> float:
    """Return the average with one more value in it, which has `1 / total` of the weight."""
    distance = value - average
    if math.isfinite(distance):
        return average + distance / total
    return average * (1.0 - 1.0 / total) + value / total


def _totals(weight: float, count: int, before: float) -> Array:
    """Return `_recurrence` of an equal weight and of ones: the sums of geometric series."""
    import numpy as np

    whole = 1.0 / (1.0 - weight)
    totals = np.full(count, whole)
    # From here on, the rest of the series is below the last digit of a float.
    near = min(count, math.ceil(math.log(1e-20) / math.log(weight)))
    totals[:near] += (before - whole) * weight ** np.arange(1.0, near + 1)
    return totals


def _recurrence(factors: Array, terms: Array, before: float) -> Array:
    """Return `found[n] = factors[n] * found[n - 1] + terms[n]`; `before` is `found[-1]`.

    The numbers are laid in as many rows as columns. Each row is first computed by itself, for all
    rows together, a column at a time. Then the contribution of the row before is added to each.
    """
    import numpy as np

    count = len(terms)
    width = math.isqrt(count) + 1
    height = -(-count // width)
    laid_factors, laid_terms = np.ones(height * width), np.zeros(height * width)
    laid_factors[:count], laid_terms[:count] = factors, terms
    products = laid_factors.reshape(height, width).T.copy()
    found = laid_terms.reshape(height, width).T.copy()
    for column in range(1, width):
        found[column] += products[column] * found[column - 1]
        products[column] *= products[column - 1]
    handed = np.empty(height)
    for row, (product, last) in enumerate(
        zip(products[-1].tolist(), found[-1].tolist(), strict=True)
    ):
        handed[row] = before
        before = product * before + last
    found += products * handed
    whole: Array = found.T.reshape(-1)[:count]
    return whole
