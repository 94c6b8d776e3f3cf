"""`--once --format csv`: a row for every value, to be read by any program (RFC 4180)."""

from __future__ import annotations

import math
import re
from array import array
from bisect import bisect_left
from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.json_numbers import spelled
from trackio_view.headless.output import say, write_as_utf8, write_out
from trackio_view.headless.reading import (
    ProjectReading,
    load_whole,
    load_window,
    missing_metric,
    visit_projects,
)
from trackio_view.headless.reduction import reduced_positions
from trackio_view.model.clock import known_moment
from trackio_view.model.selection import Selection
from trackio_view.model.x_axis import STEPS
from trackio_view.options.command_line import Options
from trackio_view.series.series import Number, Series
from trackio_view.series.window import ZOOM_LEVELS, Window, all_rows
from trackio_view.sources.source import RunFacts
from trackio_view.terminal.text import sanitize
from trackio_view.wording.missing import no_rows_since
from trackio_view.wording.numbers import format_exact

COLUMNS = ("project", "run", "metric", "step", "time", "value", "run_id")
"""`run_id` tells runs of one name apart. A new column is added at the end, so that scripts which
count columns go on working.
"""
SMOOTHED = "smoothed"
"""The column more where a smoothing is asked for."""
_ROWS_A_PIECE = 4096
_NEEDS_QUOTES = re.compile(r'[",\r\n]')


def print_csv(options: Options) -> int:
    """Print a header and a row for each value selected; return 0, or 1 where there is none.

    Runs follow each other, the one with the newest row first; within a run the order is that of
    logging, and within a row that of the metrics' names.
    """
    # Whatever the locale: other programs expect a table's text as UTF-8.
    write_as_utf8()
    header = ",".join(COLUMNS if options.smoothing is None else (*COLUMNS, SMOOTHED)) + "\n"
    begun = False

    def write(text: str) -> None:
        nonlocal begun
        write_out([text] if begun else [header, text])
        begun = True

    def show(project: ProjectReading) -> ExitCode:
        runs = project.runs(options.selection)
        written = 0
        for facts in runs:
            for lines in _lines(project, facts, options):
                write("".join(lines))
                written += len(lines)
        if not runs:
            say(project.without_numbers(options.selection))
        elif not written and not any(_has_metric(project, facts, options) for facts in runs):
            say(missing_metric(sanitize(project.name), options, ()))
        elif not written and options.since is not None:
            say(no_rows_since(sanitize(project.name)))
        elif not written:
            say(project.without_numbers(options.selection))
        return ExitCode.DONE if written else ExitCode.NOTHING

    code = visit_projects(options, show)
    if not begun:
        write("")
    return code


def _has_metric(project: ProjectReading, facts: RunFacts, options: Options) -> bool:
    """Return whether a run logged what was chosen, whenever that was."""
    if not options.metric:
        return True
    run = load_window(project, facts, 1, options.selection)
    return bool(options.selection.metrics_among(list(run.series)))


def _lines(project: ProjectReading, facts: RunFacts, options: Options) -> Iterator[list[str]]:
    """Yield the lines of a run, a few thousand at a time."""
    selection, distinct_steps = options.selection, ZOOM_LEVELS[options.zoom_level].distinct_steps
    table, smoothing = _RunTable(project.name, facts), options.smoothing
    # Where all rows are written, they are read a few at a time, as a project may be larger than the
    # memory.
    is_whole = distinct_steps is None and selection.since is None and options.points is None
    if is_whole and smoothing is None:
        chosen = _chosen_metrics(project, facts, selection)
        steps, done = project.training_steps(facts), 0
        for batch in project.stream(facts):
            columns = {}
            for name, column in batch.columns.items():
                if chosen is None or name in chosen:
                    series = Series(column.rows, column.values, column.exact)
                    columns[name] = _Column(series, range(len(series)))
            rows = all_rows(len(batch.steps))
            own = batch.steps if steps is None else steps[done : done + rows.end]
            done += rows.end
            yield from table.lines(own, batch.times, columns, rows)
        return
    # An average is one of all rows before.
    run = (
        load_window(project, facts, distinct_steps, selection)
        if smoothing is None
        else load_whole(project, facts, selection)
    )
    window = run.window_rows(distinct_steps)
    columns = {}
    for name in selection.metrics_among(list(run.series)):
        series = run.series[name]
        positions: Sequence[int] = list(chain.from_iterable(series.stretches(window)))
        if options.points is not None:
            positions = reduced_positions(series, window, options.points)
        smoothed = None if smoothing is None else run.smoothed(STEPS, name, smoothing).values
        columns[name] = _Column(series, positions, smoothed)
    yield from table.lines(run.steps, run.times, columns, window)


def _chosen_metrics(
    project: ProjectReading, facts: RunFacts, selection: Selection
) -> Container[str] | None:
    """Return which metrics of a run are chosen, reading no more rows than tell; `None` for all."""
    if not selection.metrics:
        return None
    names: dict[str, None] = {}
    for batch in project.stream(facts):
        names |= dict.fromkeys(batch.columns)
        # Once every name is met there is no regular expression among them.
        if names.keys() >= set(selection.metrics):
            break
    return frozenset(selection.metrics_among(list(names)))


class _Column(NamedTuple):
    series: Series
    positions: Sequence[int]
    """Which of its values are written, ascending."""
    smoothed: array[float] | None = None
    """The smoothed value of each, where they are asked for."""


class _RunTable:
    """The rows of one run, as text."""

    def __init__(self, project: str, run: RunFacts) -> None:
        self._lead = f"{_cell(project)},{_cell(run.name)}"
        self._end = f",{_cell(run.run_id)}"
        self._leads: dict[str, str] = {}
        self._times: dict[float, str] = {}

    def lines(
        self,
        steps: array[float],
        times: array[float],
        columns: Mapping[str, _Column],
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
        column: _Column,
        steps: array[float],
        times: array[float],
        first_row: int,
    ) -> Iterator[tuple[int, str]]:
        """Yield row and line of a column's values from a row on, as many rows as are a piece."""
        series, positions, smoothed = column
        rows, values, exact, end = series.rows, series.values, series.exact, self._end
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
            yield row, f"{lead},{place},{_text(value)}{end}{more}\n"

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
    """Return the digits that read back as the same number, not finite ones as TrackIO writes."""
    if isinstance(number, float) and not math.isfinite(number):
        return spelled(number)
    return format_exact(number)
