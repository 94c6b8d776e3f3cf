"""`--once --format csv`: a row for every value, to be read by any program (RFC 4180)."""

from __future__ import annotations

import csv
import io
import math
from array import array
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from typing import NamedTuple

from trackio_view.headless.exit_codes import ExitCode
from trackio_view.headless.json_numbers import plain, spelled
from trackio_view.headless.output import say, write_out
from trackio_view.headless.project_data import (
    ProjectData,
    RunFacts,
    load_window,
    no_such_metric,
    no_such_run,
    visit_projects,
)
from trackio_view.headless.projects import no_metrics
from trackio_view.headless.reduction import reduced_positions
from trackio_view.model.selection import Selection
from trackio_view.model.series import Number, Series
from trackio_view.model.windows import ZOOM_LEVELS
from trackio_view.options import Options
from trackio_view.terminal.text import sanitize

COLUMNS = ("project", "run", "metric", "step", "time", "value")
_ROWS_A_PIECE = 4096

CsvRow = tuple[str, ...]


def print_csv(options: Options) -> int:
    """Print a header and a row for each value selected; return 0, or 1 where there is none.

    Runs follow each other, the one with the newest row first; within a run the order is that of
    logging, and within a row that of the metrics' names.
    """
    write_out([",".join(COLUMNS), "\n"])

    def show(project: ProjectData) -> ExitCode:
        runs = project.runs(options.selection)
        written = 0
        for facts in runs:
            table = _Table(project.name, facts.name)
            for piece in _pieces(_rows(project, facts, table, options)):
                write_out([piece])
                written += 1
        if not runs and options.run is not None:
            others = [run.name for run in project.runs(Selection())]
            say(no_such_run(project.name, options, others))
        elif not runs:
            say(no_metrics(project.name))
        elif not written and options.metric:
            say(no_such_metric(sanitize(project.name), options, ()))
        return ExitCode.DONE if written else ExitCode.NOTHING

    return visit_projects(options, show)


def _pieces(rows: Iterable[CsvRow]) -> Iterator[str]:
    """Yield the text of so many rows at a time that writing it costs little."""
    buffer = io.StringIO(newline="")
    # A line feed ends a line, as everywhere where `awk` and `wc` are.
    writer = csv.writer(buffer, lineterminator="\n")
    for number, row in enumerate(rows, 1):
        writer.writerow(row)
        if number % _ROWS_A_PIECE == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    if buffer.tell():
        yield buffer.getvalue()


def _rows(
    project: ProjectData, facts: RunFacts, table: _Table, options: Options
) -> Iterator[CsvRow]:
    selection, distinct_steps = options.selection, ZOOM_LEVELS[options.zoom].distinct_steps
    # A few rows at a time where that is all it takes: a project may be larger than the memory.
    whole = distinct_steps is None and selection.since is None and options.points is None
    if not whole or selection.metrics:
        run = load_window(project, facts, distinct_steps, selection)
        first_row = run.window_start(distinct_steps)
        columns: dict[str, _Column] = {}
        for name in selection.metrics_among(list(run.series)):
            series = run.series[name]
            start = series.start_of(first_row)
            if options.points is None:
                positions: Iterable[int] = range(start, len(series))
            else:
                positions = reduced_positions(series, start, options.points)
            columns[name] = _Column(series, positions)
        yield from table.rows(run.steps, run.times, columns)
        return
    for batch in project.stream(facts):
        columns = {}
        for name, column in batch.columns.items():
            series = Series(column.rows, column.values, column.exact)
            columns[name] = _Column(series, range(len(series)))
        yield from table.rows(batch.steps, batch.times, columns)


class _Column(NamedTuple):
    series: Series
    positions: Iterable[int]
    """Which of its values are written."""


class _Table:
    """The rows of one run, as text."""

    def __init__(self, project: str, run: str) -> None:
        self._lead = (sanitize(project), sanitize(run))
        self._names: dict[str, str] = {}
        self._times: dict[float, str] = {}

    def rows(
        self, steps: array[float], times: array[float], columns: Mapping[str, _Column]
    ) -> Iterator[CsvRow]:
        """Yield a row for each value of the columns, in the order of the run's rows."""
        cells = sorted(
            (column.series.rows[at], name, at)
            for name, column in columns.items()
            for at in column.positions
        )
        for row, name, at in cells:
            value = columns[name].series.number(at)
            yield (
                *self._lead,
                self._name(name),
                _step(steps[row]),
                self._time(times[row]),
                _text(value),
            )

    def _name(self, metric: str) -> str:
        name = self._names.get(metric)
        if name is None:
            name = self._names[metric] = sanitize(metric)
        return name

    def _time(self, seconds: float) -> str:
        """Return a time as ISO 8601 in UTC, empty where unknown; one flush's rows share it."""
        text = self._times.get(seconds)
        if text is None:
            if len(self._times) > _ROWS_A_PIECE:
                self._times.clear()
            text = self._times[seconds] = _iso(seconds)
        return text


def _iso(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="microseconds")
    except (ValueError, OverflowError, OSError):
        return ""


def _step(step: float) -> str:
    return "" if step != step else _text(step)


def _text(number: Number) -> str:
    """Return the digits that read back as the same number, not finite ones as TrackIO writes."""
    if isinstance(number, float) and not math.isfinite(number):
        return spelled(number)
    return str(plain(number))
