"""The rows of a run as lines of CSV (RFC 4180): one for every value, to be read by any program."""

from __future__ import annotations

import math
import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from operator import itemgetter

from trackio_view.light_typing import NamedTuple
from trackio_view.model.clock import known_moment
from trackio_view.series.series import Number, Series, spelled
from trackio_view.series.window import Window
from trackio_view.terminal.text import sanitize
from trackio_view.wording.numbers import format_exact

COLUMNS = ("project", "run", "metric", "step", "time", "value", "run_id")
"""`run_id` tells runs of one name apart. A new column is added at the end, so that scripts which
count columns go on working.
"""
SMOOTHED = "smoothed"
"""The additional column where a smoothing is asked for."""
ORIGIN = "origin"
"""The additional column where projects of several origins are written, two of which may have one
name.
"""
_ROWS_A_PIECE = 4096
_NEEDS_QUOTES = re.compile(r'[",\r\n]')


def heading(*, smoothed: bool, origins: bool) -> str:
    """Return the first line."""
    return ",".join([*COLUMNS, *[SMOOTHED] * smoothed, *[ORIGIN] * origins]) + "\n"


class CsvColumn(NamedTuple):
    """One metric of a run, as lines of CSV tell of it."""

    series: Series
    positions: Sequence[int]
    """Which of its values are written, ascending."""
    smoothed: array[float] | None = None
    """The smoothed value of each, where they are asked for."""


class RunLines:
    """The rows of one run, as text."""

    def __init__(self, project: str, run_name: str, run_id: str, origin: str | None) -> None:
        """`origin` is `None` where there is no column for it."""
        self._lead = f"{_cell(project)},{_cell(run_name)}"
        self._end = f",{_cell(run_id)}"
        self._origin = "" if origin is None else f",{_cell(origin)}"
        self._leads: dict[str, str] = {}
        self._times: dict[float, str] = {}

    def lines(
        self,
        steps: array[float],
        times: array[float],
        columns: Mapping[str, CsvColumn],
        window: Window,
    ) -> Iterator[list[str]]:
        """Yield a line for each value of the columns, in the order of the window's rows."""
        for row in range(window.first, window.end, _ROWS_A_PIECE):
            # Sorting by rows keeps the names of each row in order.
            cells = [
                cell
                for name in sorted(columns)
                for cell in self._cells(name, columns[name], steps, times, row)
            ]
            cells.sort(key=itemgetter(0))
            if cells:
                yield [line for _, line in cells]

    def _cells(
        self,
        name: str,
        column: CsvColumn,
        steps: array[float],
        times: array[float],
        first_row: int,
    ) -> Iterator[tuple[int, str]]:
        """Yield the row and the line of each value of a column, for one piece of rows from
        `first_row` on.
        """
        series, positions, smoothed = column
        rows, values, exact = series.rows, series.values, series.exact
        end, origin = self._end, self._origin
        lead = self._leads.get(name)
        if lead is None:
            lead = self._leads[name] = f"{self._lead},{_cell(name)}"
        begin = bisect_left(positions, first_row, key=rows.__getitem__)
        after = bisect_left(positions, first_row + _ROWS_A_PIECE, key=rows.__getitem__)
        for at in positions[begin:after]:
            row = rows[at]
            value = exact.get(at, values[at]) if exact else values[at]
            more = "" if smoothed is None else f",{_text(smoothed[at])}"
            place = f"{_step(steps[row])},{self._time(times[row])}"
            yield row, f"{lead},{place},{_text(value)}{end}{more}{origin}\n"

    def _time(self, seconds: float) -> str:
        """Return a time as ISO 8601 in UTC, empty where unknown; one flush's rows share it."""
        text = self._times.get(seconds)
        if text is None:
            if len(self._times) > _ROWS_A_PIECE:
                self._times.clear()
            text = self._times[seconds] = _iso(seconds)
        return text


def _cell(text: str) -> str:
    """Return a name as a field, in quotes where RFC 4180 asks for them."""
    shown = sanitize(text)
    if not _NEEDS_QUOTES.search(shown):
        return shown
    quotes = shown.replace('"', '""')
    return f'"{quotes}"'


def _iso(seconds: float) -> str:
    if math.isnan(known_moment(seconds)):
        return ""
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="microseconds")


def _step(step: float) -> str:
    return "" if step != step else _text(step)


def _text(number: Number) -> str:
    """Return digits that read back as the same number; NaN and infinities as TrackIO has them."""
    if isinstance(number, float) and not math.isfinite(number):
        return spelled(number)
    return format_exact(number)
