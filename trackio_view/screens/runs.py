"""The table of runs: one line a run, and summaries above groups."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from trackio_view.charts.bars import trend_bars
from trackio_view.charts.palette import (
    ACCENT,
    BAD,
    GOOD,
    KEY,
    LABEL,
    LINE_COLORS,
    MUTED,
    TITLE,
    VALUE,
    WARNING,
)
from trackio_view.charts.text_table import LazyRows, TableCell, TableColumn, TableRow, table
from trackio_view.model.config import config_text
from trackio_view.model.pace import RunState
from trackio_view.screens.memo import Memo
from trackio_view.screens.panels.run_filter import no_run_has
from trackio_view.screens.panels.run_state import STATE_STYLES, state_mark
from trackio_view.screens.pieces import Piece, draw_line
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import (
    ASCENDING,
    DASH,
    DESCENDING,
    FOLDED,
    LINE_MARKERS,
    POINTER,
    SEPARATOR,
    UNFOLDED,
    WARNING_SIGN,
    Repertoire,
    Signed,
)
from trackio_view.terminal.style import Style
from trackio_view.terminal.text import signed
from trackio_view.view.bindings import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.marks import home_appearance
from trackio_view.view.runs.columns import ColumnKind, RunColumn, RunEntry, column_of
from trackio_view.view.runs.query_terms import Value
from trackio_view.view.runs.table import (
    Arrangement,
    RunGroup,
    RunsTable,
    TableLine,
    spread_of,
)
from trackio_view.wording.missing import waiting_for
from trackio_view.wording.moments import clock_time
from trackio_view.wording.names import Names
from trackio_view.wording.numbers import (
    age_text,
    format_duration,
    format_rate,
    format_step,
    format_value,
)

_WIDEST_TITLE = 18
_TREND_WIDTH = 12
_LEAST_WIDTHS = {
    ColumnKind.STATE: 7,
    ColumnKind.STEP: 7,
    ColumnKind.COUNT: 5,
    ColumnKind.RATE: 7,
    ColumnKind.SHARE: 4,
    ColumnKind.DURATION: 7,
    ColumnKind.AGE: 6,
    ColumnKind.METRIC: 7,
    ColumnKind.BEST: 7,
    ColumnKind.TREND: _TREND_WIDTH,
}
"""Wide enough for what is usual, so that nothing moves while numbers change."""

_LEAST_TEXT = 8
_LEAST_NAME = 14
_WIDE, _WIDE_NAME = 100, 24
_TREND = ColumnKind.TREND
_ALIGNED_LEFT = frozenset({ColumnKind.STATE, ColumnKind.TEXT, ColumnKind.TREND})


def draw_runs(
    frame: Frame, area: Rect, dashboard: Dashboard, now: float, repertoire: Repertoire, memo: Memo
) -> None:
    """Draw the table of runs into `area`."""
    shown = dashboard.runs_table(now)
    view = dashboard.view.runs
    cursor = view.column_position(shown)
    rows = _rows(_Context(shown, dashboard, now, repertoire), memo)
    headings = _headings(shown.columns)
    titles = Names(headings)
    ranks = _ranks(shown.columns, cursor)
    content = table(
        [
            TableColumn("", minimum_width=1, maximum_width=1),
            *(
                _column(
                    column,
                    titles.cut(headings[place], _WIDEST_TITLE),
                    ranks[place],
                    place == cursor,
                    shown,
                    dashboard,
                )._replace(
                    names=partial(_names, shown, dashboard, memo) if column.key == "name" else None
                )
                for place, column in enumerate(shown.columns)
            ),
        ],
        rows,
        area.width - 2,
        area.height,
        selected=view.position(shown) if shown.lines else None,
        offset=view.offset,
        cursor=cursor + 1,
        empty=_reason_for_nothing(dashboard, shown, repertoire),
    )
    frame.blit(content, area.x + 1, area.y)


def draw_runs_header(frame: Frame, dashboard: Dashboard, now: float) -> None:
    """Draw whose runs are listed, how many of them, and how they are arranged."""
    shown = dashboard.runs_table(now)
    view = dashboard.view.runs
    wanted = view.arrangement
    bold = TITLE._replace(bold=True)
    if view.all_projects:
        projects = len(dashboard.known.projects)
        title = f"{projects:,} project{'s' * (projects != 1)}"
    else:
        on_screen = dashboard.view.project
        title = "trackio-view" if on_screen is None else dashboard.project_title(on_screen)
    count = f"{shown.total:,} run{'s' * (shown.total != 1)}"
    if len(shown.matching) != shown.total or view.filter.strip():
        count = f"{len(shown.matching):,} of {count}"
    left = [Piece(title, bold, 3), Piece(f" {POINTER} ", LABEL, 3), Piece(count, bold)]
    if view.filter.strip() and dashboard.view.mode is not Mode.RUN_FILTER:
        left += [Piece("  filter ", LABEL, 6), Piece(view.filter.strip(), ACCENT, 5)]
    right: list[Piece] = []
    titles = Names(column.title for column in shown.columns)
    sorted_by = next((column for column in shown.columns if column.key == wanted.sort), None)
    if sorted_by is not None:
        mark = _direction_mark(wanted.descending)
        by = titles.cut(sorted_by.title, _WIDEST_TITLE)
        right.append(Piece(signed("by ", by, " ", mark), LABEL, 4))
    grouped_by = column_of(wanted.group) if wanted.group is not None else None
    if grouped_by is not None:
        groups = sum(line.group is not None for line in shown.lines)
        separator = f" {SEPARATOR} " if right else ""
        title = titles.cut(grouped_by.title, _WIDEST_TITLE)
        right.append(Piece(f"{separator}{groups:,} group{'s' * (groups != 1)} by ", LABEL, 7))
        right.append(Piece(title, LABEL, 7))
    if len(dashboard.view.marks):
        separator = f" {SEPARATOR} " if right else ""
        right.append(Piece(f"{separator}{len(dashboard.view.marks):,} marked", ACCENT, 2))
    draw_line(frame, 0, left, right)


def _rows(context: _Context, memo: Memo) -> LazyRows:
    dashboard, lines = context.dashboard, context.table.lines
    # A row is the same until data, the arrangement, whose runs are listed, the marks or the
    # second change.
    version = (
        dashboard.known.revision,
        dashboard.view.runs.arrangement,
        dashboard.runs_scope,
        dashboard.view.marks.revision,
        int(context.now),
        context.repertoire,
    )

    def row(place: int) -> TableRow:
        line = lines[place]
        return memo.get(("run row", line.identity, version), lambda: _row(line, context))

    return LazyRows(len(lines), row)


class _Context(NamedTuple):
    table: RunsTable
    dashboard: Dashboard
    now: float
    repertoire: Repertoire


def _row(line: TableLine, context: _Context) -> TableRow:
    if line.entry is not None:
        return _run_row(line.entry, context)
    return _group_row(line.group, context) if line.group is not None else []


def _run_row(entry: RunEntry, context: _Context) -> TableRow:
    cells = [_mark(entry, context)]
    for column in context.table.columns:
        value = column.value(entry, context.now)
        cells.append(_cell(column, value, entry, context))
    return cells


def _mark(entry: RunEntry, context: _Context) -> TableCell:
    marks = context.dashboard.view.marks
    look = marks.appearances.get(entry.key)
    if look is None:
        return TableCell("")
    style = Style(LINE_COLORS[look.color], reverse=entry.key == marks.pinned)
    return TableCell(LINE_MARKERS[look.marker], style)


def _cell(column: RunColumn, value: Value, entry: RunEntry, context: _Context) -> TableCell:
    if column.key == "name":
        return _name_cell(entry, context)
    if value is None:
        return TableCell(DASH, MUTED)
    if column.kind is ColumnKind.TREND:
        return _trend_cell(column, entry, context)
    if column.kind is ColumnKind.STATE:
        state = RunState(value)
        return TableCell(f"{state_mark(state)} {state.value}", STATE_STYLES[state])
    text = _text(column, value, context)
    if isinstance(value, float) and not math.isfinite(value):
        return TableCell(text, BAD)
    if column.kind is ColumnKind.BEST and context.table.winners.get(column.key) == entry.key:
        return TableCell(text, GOOD._replace(bold=True))
    if column.kind in (ColumnKind.METRIC, ColumnKind.BEST):
        return TableCell(text)
    return TableCell(text, LABEL)


def _trend_cell(column: RunColumn, entry: RunEntry, context: _Context) -> TableCell:
    """Return the course of a metric in the run's colour: that of its line among others."""
    series = entry.run.series[column.metric or ""]
    look = context.dashboard.view.marks.appearances.get(entry.key) or home_appearance(entry.key)
    return TableCell(trend_bars(series.values, _TREND_WIDTH), Style(LINE_COLORS[look.color]))


def _name_cell(entry: RunEntry, context: _Context) -> TableCell:
    name = _name(entry, context.table)
    findings = context.dashboard.findings(entry.project, entry.run, context.now)
    if findings:
        return TableCell(name, WARNING, f" {WARNING_SIGN}")
    return TableCell(name)


def _name(entry: RunEntry, table: RunsTable) -> str:
    name = entry.run.name or "(no name)"
    if (entry.project.id, entry.run.name) in table.same_names:
        # Two runs may share a name; their ids tell them apart.
        return f"{name} ({entry.run.run_id[:6]})"
    return name


def _names(shown: RunsTable, dashboard: Dashboard, memo: Memo) -> Names:
    """Return what a name is told from where it is cut: all others, so that scrolling leaves it as
    it is.
    """
    wanted = dashboard.view.runs.arrangement
    version = (dashboard.known.revision, wanted, dashboard.runs_scope)

    def find() -> Names:
        groups = [_group_title(line.group, wanted) for line in shown.lines if line.group]
        return memo.names("runs", [*(_name(entry, shown) for entry in shown.matching), *groups])

    return memo.get(("run names", *version), find)


def _group_title(group: RunGroup, wanted: Arrangement) -> str:
    fold = FOLDED if group.key in wanted.collapsed else UNFOLDED
    return signed(fold, f" {group.title} ({len(group.members):,})")


def _text(column: RunColumn, value: Value, context: _Context) -> str:
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
        # Not rounded up: a run at 99.9 % is not done.
        return f"{math.floor(value * 100)}%"
    if kind is ColumnKind.DURATION:
        return format_duration(value)
    if kind is ColumnKind.AGE:
        return age_text(value)
    if kind is ColumnKind.TIME:
        return clock_time(value, context.now)
    if kind is ColumnKind.CONFIG:
        text = format_value(value) if abs(value) >= 1e15 else f"{value:g}"
        return text if len(text) < 12 else format_value(value)
    return format_value(value)


def _group_row(group: RunGroup, context: _Context) -> TableRow:
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
            cells.append(TableCell(_summary_text(group, column, context), bold))
    return cells


def _summary_text(group: RunGroup, column: RunColumn, context: _Context) -> str:
    """Return a group's mean and spread in a column, its best, or what its members share."""
    if column.kind in (ColumnKind.CONFIG, ColumnKind.TEXT):
        values = {column.value(entry, context.now) for entry in group.members}
        value = values.pop()
        if values or value is None:
            return ""
        return _text(column, value, context)
    spread = spread_of(group, column, context.now)
    if spread is None:
        return ""
    if column.kind is ColumnKind.BEST and spread.best is not None:
        return _text(column, spread.best, context)
    text = _text(
        column, spread.mean if column.kind is not ColumnKind.STEP else round(spread.mean), context
    )
    if column.kind is not ColumnKind.METRIC or spread.deviation is None:
        return text
    sign = "+-" if context.repertoire is Repertoire.ASCII else "±"
    return f"{text} {sign}{format_value(spread.deviation, 2)}"


def _headings(columns: Sequence[RunColumn]) -> list[str]:
    """Return what stands above the columns: their titles, in which a metric that has a column for
    its newest value is called by its last part, where that is its alone.
    """
    spelled = {column.metric for column in columns if column.kind is ColumnKind.METRIC}
    tails = Counter(name.rpartition("/")[2] for name in spelled if name is not None)
    headings = []
    for column in columns:
        tail = (column.metric or "").rpartition("/")[2]
        short = column.metric in spelled and column.kind is not ColumnKind.METRIC
        if short and column.metric is not None and tail and tails[tail] == 1:
            headings.append(column.title.replace(column.metric, tail))
        else:
            headings.append(column.title)
    return headings


def _ranks(columns: Sequence[RunColumn], cursor: int) -> list[int]:
    """Return the order in which columns give way, the highest first.

    Those right of the cursor do before those left of it, so that it takes along what it has passed.
    Of the rest each second one that stays is of the config, and a trend is worth less than the
    numbers that it leads to.
    """
    worth: list[float] = []
    configs = others = 0
    for column in columns:
        is_config = column.kind is ColumnKind.CONFIG
        worth.append(2 * configs + 3.5 if is_config else others + 2.5 * (column.kind is _TREND))
        configs, others = configs + is_config, others + (not is_config)
    order = sorted(range(len(columns)), key=lambda place: (place > cursor, worth[place]))
    ranks = [0] * len(columns)
    for rank, place in enumerate(order, 1):
        ranks[place] = rank
    return ranks


def _column(
    column: RunColumn,
    title: str,
    rank: int,
    has_cursor: bool,
    shown: RunsTable,
    dashboard: Dashboard,
) -> TableColumn:
    wanted = dashboard.view.runs.arrangement
    sorted_by = column.key == wanted.sort
    if sorted_by:
        title = signed(title, " ", _direction_mark(wanted.descending))
    is_text = column.kind in _ALIGNED_LEFT or (
        column.kind is ColumnKind.CONFIG and _holds_text(column, shown)
    )
    least = _LEAST_WIDTHS.get(column.kind)
    if is_text and least is None:
        least = _LEAST_TEXT
    if column.key == "name":
        least = _WIDE_NAME if dashboard.width >= _WIDE else _LEAST_NAME
    keeps = has_cursor or sorted_by or column.key == "name"
    return TableColumn(
        title,
        align_right=not is_text,
        priority=0 if keeps else rank,
        minimum_width=least,
        maximum_width=40 if is_text and column.key != "name" else None,
        title_style=KEY._replace(underline=True) if has_cursor else ACCENT if sorted_by else LABEL,
    )


def _direction_mark(descending: bool) -> Signed:
    return DESCENDING if descending else ASCENDING


def _holds_text(column: RunColumn, shown: RunsTable) -> bool:
    for entry in shown.matching:
        value = column.value(entry, 0.0)
        if value is not None:
            return isinstance(value, str | bool)
    return True


def _reason_for_nothing(dashboard: Dashboard, shown: RunsTable, repertoire: Repertoire) -> str:
    if shown.total and shown.unknown_fields:
        return no_run_has(shown)
    if shown.total:
        return "no run matches the filter"
    project = dashboard.project
    if project is None:
        return "no project there yet"
    kept = dashboard.kept.sentence(arrows=repertoire is not Repertoire.ASCII)
    if kept:
        return kept
    if dashboard.awaits_project:
        return waiting_for(project.name)
    return "no runs there yet" if project.complete else "reading"
