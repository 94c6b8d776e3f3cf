"""What the cells of the table of runs say: a run's values in a line, and the summary of a group."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial

from trackio_view.charts.bars import trend_bars
from trackio_view.charts.palette import (
    BAD,
    GOOD,
    LABEL,
    LINE_COLORS,
    MUTED,
    VALUE,
    WARNING,
)
from trackio_view.charts.text_table import LazyRows, TableCell, TableRow
from trackio_view.light_typing import NamedTuple
from trackio_view.model.config import config_text
from trackio_view.model.pace import RunState, is_settled
from trackio_view.model.run import NO_NAME
from trackio_view.screens.memo import Memo
from trackio_view.screens.panels.run_state import STATE_STYLES, state_mark
from trackio_view.series.envelope import holds_counts
from trackio_view.series.series import Number
from trackio_view.terminal.glyphs import (
    DASH,
    FOLDED,
    LINE_MARKERS,
    UNFOLDED,
    WARNING_SIGN,
    Repertoire,
)
from trackio_view.terminal.style import Style
from trackio_view.terminal.text import signed
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.marks import as_seen
from trackio_view.view.runs.columns import ColumnKind, RunColumn, RunEntry
from trackio_view.view.runs.query_terms import Value
from trackio_view.view.runs.table import (
    Arrangement,
    RunGroup,
    RunsTable,
    TableLine,
    spread_of,
)
from trackio_view.wording.moments import clock_time
from trackio_view.wording.names import Names
from trackio_view.wording.number_columns import NumberWriter, column_writer
from trackio_view.wording.numbers import (
    age_text,
    format_done,
    format_duration,
    format_exact,
    format_rate,
    format_step,
    format_value,
)

TREND_WIDTH = 12


def lazy_rows(context: RunsContext, memo: Memo) -> LazyRows:
    """Return the rows of the table, each made when it is asked for first."""
    dashboard, lines = context.dashboard, context.table.lines
    # A row is the same until data, the arrangement, whose runs are listed, the marks or the
    # second change.
    version = (
        dashboard.known.revision,
        dashboard.view.runs.arrangement,
        dashboard.runs_scope,
        dashboard.view.marks.revision,
        int(context.now),
    )

    @cache
    def writer(column: RunColumn) -> NumberWriter:
        # What a column holds is the same at every second in which the same runs match.
        made_of = (*version[:-1], context.table.now)
        values = memo.get(("run values", column.key, made_of), lambda: _values(column, context))
        return memo.get(
            ("run numbers", column.key, version),
            lambda: _writer(column, values, context.now, memo),
        )

    def row(place: int) -> TableRow:
        line = lines[place]
        return memo.get(("run row", line.identity, version), lambda: _row(line, context, writer))

    return LazyRows(len(lines), row)


class RunsContext(NamedTuple):
    """The table as it is now, and what else its cells are made from."""

    table: RunsTable
    dashboard: Dashboard
    now: float
    repertoire: Repertoire
    origins: Mapping[str, str]
    """What each origin is called."""


_VALUES = (ColumnKind.METRIC, ColumnKind.BEST)


class _ColumnValues(NamedTuple):
    """The values of a metric that stand in its column."""

    numbers: tuple[Number, ...]
    times: Sequence[float]
    """When the run of each number logged the metric last."""
    newest: float
    """The newest of the times, NaN where none is known."""
    counts: bool
    """Whether every value that a run logged of it is a whole number."""


def _values(column: RunColumn, context: RunsContext) -> _ColumnValues:
    numbers: list[Number] = []
    times: list[float] = []
    counts, now = True, context.now
    for entry in context.table.matching:
        run = entry.run
        series = run.series.get(column.metric or "")
        if series is None or not series.rows:
            continue
        counts = counts and holds_counts(run.steps, series, len(series))
        value = column.value(entry, now)
        if isinstance(value, int | float) and value == value:
            numbers.append(value)
            times.append(run.times[series.rows[-1]])
    newest = max((time for time in times if time == time), default=math.nan)
    return _ColumnValues(tuple(numbers), times, newest, counts)


def _writer(column: RunColumn, values: _ColumnValues, now: float, memo: Memo) -> NumberWriter:
    """Return how the values of a metric are written in their column.

    The values that runs log at the moment ask for no more digits: the column would be another one
    at every second.
    """
    settled = values.numbers
    if not is_settled(values.newest, now):
        known = zip(values.numbers, values.times, strict=True)
        settled = tuple(number for number, time in known if is_settled(time, now))
    # The values of runs that ended stay, whatever others log.
    state = (values.counts, settled)
    name = f"numbers of {column.key}"
    return memo.latest(name, state, lambda: column_writer(settled, counts=values.counts))


def _row(
    line: TableLine, context: RunsContext, writer: Callable[[RunColumn], NumberWriter]
) -> TableRow:
    if line.entry is not None:
        return _run_row(line.entry, context, writer)
    return _group_row(line.group, context, writer) if line.group is not None else []


def _run_row(
    entry: RunEntry, context: RunsContext, writer: Callable[[RunColumn], NumberWriter]
) -> TableRow:
    cells = [_mark(entry, context)]
    for column in context.table.columns:
        value = column.value(entry, context.now)
        write = writer(column) if column.kind in _VALUES else format_value
        cells.append(_cell(column, value, entry, context, write))
    return cells


def _mark(entry: RunEntry, context: RunsContext) -> TableCell:
    marks = context.dashboard.view.marks
    look = marks.appearances.get(entry.key)
    if look is None:
        return TableCell("")
    style = Style(LINE_COLORS[look.color], reverse=entry.key == marks.pinned)
    return TableCell(LINE_MARKERS[look.marker], style)


def _cell(
    column: RunColumn, value: Value, entry: RunEntry, context: RunsContext, write: NumberWriter
) -> TableCell:
    if column.key == "name":
        return _name_cell(entry, context)
    if value is None:
        return TableCell(DASH, MUTED)
    if column.kind is ColumnKind.TREND:
        return _trend_cell(column, entry, context)
    if column.kind is ColumnKind.STATE:
        state = RunState(value)
        return TableCell(f"{state_mark(state)} {state.value}", STATE_STYLES[state])
    text = cell_text(column, value, context.now, write)
    if column.key == "origin":
        text = context.origins.get(text, text)
    if isinstance(value, float) and not math.isfinite(value):
        return TableCell(text, BAD)
    if column.kind is ColumnKind.BEST and context.table.winners.get(column.key) == entry.key:
        return TableCell(text, GOOD._replace(bold=True))
    if column.kind in _VALUES:
        return TableCell(text)
    return TableCell(text, LABEL)


def _trend_cell(column: RunColumn, entry: RunEntry, context: RunsContext) -> TableCell:
    """Return the course of a metric in the run's colour: that of its line among others."""
    series = entry.run.series[column.metric or ""]
    marks = context.dashboard.view.marks
    look = marks.appearances.get(entry.key) or marks.home(entry.key)
    bars, style = partial(trend_bars, series.values), Style(LINE_COLORS[look.color])
    # The row keeps what it is narrower, because the values may be many.
    return TableCell(bars(TREND_WIDTH), style, narrower=cache(bars))


def _name_cell(entry: RunEntry, context: RunsContext) -> TableCell:
    name = _name(entry, context.table)
    findings = context.dashboard.findings(entry.project, entry.run, context.now)
    if findings:
        return TableCell(name, WARNING, f" {WARNING_SIGN}")
    return TableCell(name)


def _name(entry: RunEntry, table: RunsTable) -> str:
    name = entry.run.name or NO_NAME
    if (entry.project.id, as_seen(entry.run.name)) in table.same_names:
        # Two runs may share a name; their ids tell them apart.
        return f"{name} ({entry.run.run_id[:6]})"
    return name


def names_to_tell_apart(shown: RunsTable, dashboard: Dashboard, memo: Memo) -> Names:
    """Return the names that a cut name is told from: those of all runs, so that scrolling does not
    change it.
    """
    wanted = dashboard.view.runs.arrangement
    version = (dashboard.known.revision, wanted, dashboard.runs_scope, shown.now)

    def find() -> Names:
        groups = [_group_title(line.group, wanted) for line in shown.lines if line.group]
        return memo.names("runs", [*(_name(entry, shown) for entry in shown.matching), *groups])

    return memo.get(("run names", *version), find)


def _group_title(group: RunGroup, wanted: Arrangement) -> str:
    fold = FOLDED if group.key in wanted.collapsed else UNFOLDED
    return signed(fold, f" {group.title} ({len(group.members):,})")


def cell_text(
    column: RunColumn, value: Value, now: float, write: NumberWriter = format_value
) -> str:
    """Return a run's value in a column as it is written there, that of a metric by `write`; `now`
    is in epoch seconds.
    """
    kind = column.kind
    if isinstance(value, str | bool) or value is None:
        return config_text(value)
    if kind is ColumnKind.STEP:
        return format_step(value)
    if kind is ColumnKind.COUNT:
        return f"{value:,}"
    if kind is ColumnKind.RATE:
        return format_rate(value)
    if kind is ColumnKind.SHARE:
        return format_done(value)
    if kind is ColumnKind.DURATION:
        return format_duration(value)
    if kind is ColumnKind.AGE:
        return age_text(value)
    if kind is ColumnKind.TIME:
        return clock_time(value, now)
    if kind is ColumnKind.CONFIG:
        return _config_number(value)
    return write(value)


_WIDEST_NUMBER = 11


def _config_number(value: Number) -> str:
    """Return a number of a config as it was chosen, so that no two values of a key look alike.

    A float whose digits nobody chose is rounded.
    """
    exact = format_exact(value)
    texts = (exact,) if isinstance(value, int) else (exact, f"{value:g}")
    return next((text for text in texts if len(text) <= _WIDEST_NUMBER), format_value(value))


def _group_row(
    group: RunGroup, context: RunsContext, writer: Callable[[RunColumn], NumberWriter]
) -> TableRow:
    bold = VALUE
    cells = [TableCell("")]
    wanted = context.dashboard.view.runs.arrangement
    for column in context.table.columns:
        if column.key == "name":
            cells.append(TableCell(_group_title(group, wanted), bold))
        elif column.kind is ColumnKind.STATE:
            live = sum(
                column.value(entry, context.now) == RunState.LIVE.value for entry in group.members
            )
            cells.append(TableCell(f"{live} live" if live else "", GOOD))
        else:
            write = writer(column) if column.kind in _VALUES else format_value
            cells.append(TableCell(_summary_text(group, column, context, write), bold))
    return cells


def _summary_text(
    group: RunGroup, column: RunColumn, context: RunsContext, write: NumberWriter
) -> str:
    """Return a group's mean and spread in a column, its best, or what its members share."""
    if column.kind in (ColumnKind.CONFIG, ColumnKind.TEXT):
        values = {column.value(entry, context.now) for entry in group.members}
        value = values.pop()
        if values or value is None:
            return ""
        return cell_text(column, value, context.now)
    spread = spread_of(group, column, context.now)
    if spread is None:
        return ""
    if column.kind is ColumnKind.BEST and spread.best is not None:
        return cell_text(column, spread.best, context.now, write)
    mean = round(spread.mean) if column.kind is ColumnKind.STEP else spread.mean
    text = cell_text(column, mean, context.now, write)
    if column.kind is not ColumnKind.METRIC or spread.deviation is None:
        return text
    sign = "+-" if context.repertoire is Repertoire.ASCII else "±"
    return f"{text} {sign}{format_value(spread.deviation, 2)}"
