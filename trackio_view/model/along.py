"""A run along another axis than that of its steps: the x of its rows, and its series as drawn."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Mapping

from trackio_view.series.blocks import MOST_STRETCHES
from trackio_view.series.numpy_policy import numpy_pays
from trackio_view.series.series import Series
from trackio_view.series.x_column import XColumn


def extend_logarithms(column: XColumn, steps: array[float]) -> None:
    """Append the logarithms of the steps of the rows that came."""
    values, log10, nan = column.values, math.log10, math.nan
    fresh = steps[len(values) :]
    values.extend([log10(step) if 0 < step < math.inf else nan for step in fresh])


def extend_elapsed(column: XColumn, times: array[float], first_time: float) -> None:
    """Append the seconds since `first_time` of the rows that came."""
    values = column.values
    if numpy_pays(len(times) - len(values)):
        import numpy as np

        fresh = np.frombuffer(times, dtype=np.float64)[len(values) :]
        values.frombytes((fresh - first_time).tobytes())
    else:
        values.extend([time - first_time for time in times[len(values) :]])


def extend_carried(column: XColumn, series: Series | None, row_count: int) -> None:
    """Append the value that a metric last had in each of the rows that came.

    Rows in which it was not logged have that of the row before; the first ones, NaN.
    """
    values = column.values
    last = values[-1] if values else math.nan
    if series is not None:
        done = len(values)
        positions = range(bisect_left(series.rows, done), len(series))
        if positions and series.rows[positions[0]] == done and len(positions) == row_count - done:
            # The usual case: every row has a value.
            values.extend(series.values[positions.start :])
            return
        for position in positions:
            row = series.rows[position]
            values.extend([last] * (row - len(values)))
            last = series.values[position]
            values.append(last)
    values.extend([last] * (row_count - len(values)))


class Along:
    """The rows and the series of a run along one axis."""

    def __init__(self) -> None:
        self.x = XColumn()
        self._twins: dict[str, Series] = {}
        self._restarts: dict[str, array[int]] = {}

    def series(self, metric: str, logged: Mapping[str, Series], restarts: array[int]) -> Series:
        """Return a metric's values, for drawings along this axis.

        It shares the numbers of the one that was `logged`; what drawings keep is its own. Its line
        breaks at the rows of `restarts`: time goes on where a run is resumed.
        """
        own = logged[metric]
        twin = self._twins.get(metric)
        if twin is None or twin.rows is not own.rows:
            twin = self._twins[metric] = Series(own.rows, own.values)
            twin.exact = own.exact
            self._restarts.pop(metric, None)
        known = self._restarts.get(metric)
        if known != restarts and (restarts or known):
            self._restarts[metric] = array("Q", restarts)
            breaks = list(dict.fromkeys(bisect_left(own.rows, row) for row in restarts))
            # A line of more pieces would be drawn as one band.
            twin.overview.breaks = breaks if len(breaks) < MOST_STRETCHES else ()
        return twin
