"""The configs of the marked runs side by side: by default only what differs."""

from __future__ import annotations

from collections.abc import Sequence

from trackio_view.charts.box import blank_out, draw_box, inside
from trackio_view.charts.line_looks import marker_of, style_of
from trackio_view.charts.palette import ACCENT, LABEL, MUTED, VALUE
from trackio_view.charts.text_table import (
    ColumnCursor,
    LazyRows,
    TableCell,
    TableColumn,
    TableRow,
    table,
    wanted_width,
)
from trackio_view.screens.canvas import Canvas, Drawing, Drawn
from trackio_view.screens.pieces import Piece, draw_line
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import DASH
from trackio_view.terminal.style import Style, StyledText
from trackio_view.terminal.text import signed, text_width
from trackio_view.view.actions import Action
from trackio_view.view.charts.compared_runs import ComparedRun
from trackio_view.view.config_diff import ConfigLine
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.marks import short_titles
from trackio_view.view.runs.columns import RunEntry
from trackio_view.view.runs.explained import share_text
from trackio_view.view.shown_configs import (
    configured_runs,
    explained_metric,
    has_row_a_run,
    shown_lines,
)
from trackio_view.wording.names import Names
from trackio_view.wording.numbers import format_value

_KEY_WIDTH = 30
_VALUE_WIDTH = 24
_LEAST_KEY_WIDTH = 12
_LEAST_VALUE_WIDTH = 8
_GAP = 2
_WIDE = 60
"""Columns from which on a metric stands beside the runs, and is named."""
_LEAST_HEIGHT = 5
"""Rows: in a lower place nothing is told above the table."""
_MOST_EXPLAINED = 6
_BESIDE_ROWS = 3
"""The box's borders and the header."""
_BESIDE_COLUMNS = 8
"""The box's borders, a blank at each of them, and the blanks around the text in the upper one."""


def draw_config_diff(frame: Frame, area: Rect, dashboard: Dashboard) -> int:
    """Draw the configs' table into `area`: a line a key, a column a run.

    Returns the first line from which the end of the table is on screen.
    """
    if has_row_a_run(dashboard):
        return _draw_turned(frame, area, dashboard)
    diff = dashboard.view.diff
    runs, lines = configured_runs(dashboard), shown_lines(dashboard)
    first = max(0, min(diff.first_run, len(runs) - 1))
    # As many runs as may fit beside the keys, each wide enough to be read.
    most = max(1, (area.width - 4 - _LEAST_KEY_WIDTH) // (_LEAST_VALUE_WIDTH + _GAP))
    shown = runs[first : first + most]
    names = short_titles([(one.key, one.run.name) for one in runs])
    columns = [
        # The number of hidden columns at the left end takes the place of this title.
        TableColumn(
            "" if first else "key",
            minimum_width=_LEAST_KEY_WIDTH,
            maximum_width=_KEY_WIDTH,
            names=lambda: Names(line.key for line in lines),
        ),
        *(
            TableColumn(
                names[first + number],
                minimum_width=_LEAST_VALUE_WIDTH,
                maximum_width=_VALUE_WIDTH,
                # The first run stays longest, because the others are compared with it.
                priority=number,
                title_style=_title_style(one, marked=bool(dashboard.compared)),
                title_mark=_title_mark(one, marked=bool(dashboard.compared)),
            )
            for number, one in enumerate(shown)
        ),
    ]
    marked = bool(dashboard.compared)
    rows = [_row(line, runs, first, len(shown), marked=marked) for line in lines]
    cursor = ColumnCursor(1, first, len(runs) - first - len(shown))
    return _draw_table(frame, area, dashboard, columns, rows, cursor)


def _draw_table(
    frame: Frame,
    area: Rect,
    dashboard: Dashboard,
    columns: Sequence[TableColumn],
    rows: Sequence[TableRow],
    cursor: ColumnCursor,
) -> int:
    """Draw the table in its box, `cursor` being its first column that scrolls. Return the first
    line from which its end is on screen.
    """
    diff, count = dashboard.view.diff, len(shown_lines(dashboard))
    # The page stays in sight below a table that needs no whole screen.
    explained = _explained(inside(area), dashboard)
    height = _BESIDE_ROWS + bool(explained) + max(1, len(rows))
    title = "config: all keys" if diff.everything else "config: what differs"
    facts = _facts(count, diff.search)
    if rows and height <= area.height and not cursor.has_more:
        # A table that scrolls has the whole width, which no row still to come changes. So has one
        # beside which only a strip of the page had room.
        told = [title, *(fact.text for fact in facts)], [piece.text for piece in explained]
        above = max(sum(map(text_width, texts)) + len(texts) for texts in told)
        needs = max(wanted_width(columns, rows), above) + _BESIDE_COLUMNS
        if needs * 2 <= area.width:
            area = area._replace(width=needs)
    area = area._replace(height=min(area.height, height))
    blank_out(frame, area)
    draw_box(frame, area, title=title, right=facts, focused=True)
    place = inside(area)
    if explained:
        draw_line(frame, place.y, explained, x=place.x, width=place.width)
        place = place._replace(y=place.y + 1, height=place.height - 1)
    content = table(
        columns,
        rows,
        place.width - 2,
        place.height,
        offset=diff.offset,
        cursor=cursor,
        empty=_nothing(configured_runs(dashboard), dashboard),
    )
    frame.blit(content, place.x + 1, place.y)
    return max(0, len(rows) - (place.height - 1))


def _explained(place: Rect, dashboard: Dashboard) -> list[Piece]:
    """Return how much of a metric each key explains, nothing where the place is too low for it."""
    column, explained = explained_metric(dashboard)
    if not explained or column is None or place.height < _LEAST_HEIGHT:
        return []
    metric = f"variance of {column.title} " if place.width >= _WIDE else ""
    pieces = [Piece(f"{metric}explained by ", LABEL, 1)]
    for number, (key, share) in enumerate(explained[:_MOST_EXPLAINED]):
        pieces.append(Piece(f"{', ' * (number > 0)}{key} {share_text(share)}", VALUE, number * 2))
    return pieces


def _draw_turned(frame: Frame, area: Rect, dashboard: Dashboard) -> int:
    """Draw the same with a line a run and a column a key."""
    diff = dashboard.view.diff
    runs, lines = configured_runs(dashboard), shown_lines(dashboard)
    column = explained_metric(dashboard)[0] if area.width >= _WIDE else None
    first = max(0, min(diff.first_run, len(lines) - 1))
    marked = bool(dashboard.compared)
    entries = [RunEntry(dashboard.known.projects[one.key.project], one.run) for one in runs]
    names = short_titles([(one.key, one.run.name) for one in runs])
    columns = [
        TableColumn("", minimum_width=1, maximum_width=1),
        TableColumn("run", minimum_width=12, maximum_width=_KEY_WIDTH, names=lambda: Names(names)),
    ]
    if column is not None:
        columns.append(TableColumn(column.title, align_right=True, priority=1))
    columns += [
        TableColumn(
            line.key,
            minimum_width=_LEAST_VALUE_WIDTH,
            maximum_width=_VALUE_WIDTH,
            priority=number + 2,
            title_style=VALUE if line.differs else LABEL,
        )
        for number, line in enumerate(lines[first:])
    ]

    def row(place: int) -> TableRow:
        one = runs[place]
        style = style_of(one.look, bold=True)
        cells = [TableCell(marker_of(one.look) if marked else "", style), TableCell(names[place])]
        if column is not None:
            value = column.value(entries[place], 0.0)
            text = format_value(value) if isinstance(value, int | float) else DASH
            cells.append(TableCell(text, VALUE))
        for line in lines[first:]:
            written = line.values[place]
            cells.append(TableCell(DASH, MUTED) if written is None else TableCell(written))
        return cells

    rows = LazyRows(len(runs), row) if lines else []
    cursor = ColumnCursor(len(columns) - len(lines[first:]), before=first)
    return _draw_table(frame, area, dashboard, columns, rows, cursor)


def _facts(keys: int, search: str) -> list[StyledText]:
    facts = [StyledText(f"{keys:,} key{'' if keys == 1 else 's'}", LABEL)]
    if search:
        facts.append(StyledText(f"/{search}", ACCENT))
    return facts


def _title_mark(one: ComparedRun, *, marked: bool) -> str:
    return signed(marker_of(one.look), " ") if marked else ""


def _title_style(one: ComparedRun, *, marked: bool) -> Style:
    return style_of(one.look, bold=True) if marked else LABEL


def _row(
    line: ConfigLine,
    runs: list[ComparedRun],
    first: int,
    count: int,
    *,
    marked: bool,
) -> TableRow:
    cells: list[str | TableCell] = [TableCell(line.key, VALUE if line.differs else LABEL)]
    for number in range(first, first + count):
        value = line.values[number]
        if value is None:
            cells.append(TableCell(DASH, MUTED))
        else:
            style = style_of(runs[number].look) if marked and line.differs else Style()
            cells.append(TableCell(value, style))
    return cells


def _nothing(runs: list[ComparedRun], dashboard: Dashboard) -> str:
    diff = dashboard.view.diff
    if not runs:
        return "no run to show the config of"
    if all(one.run.config is None for one in runs):
        return "none of these runs has a config"
    if diff.search:
        return "no key or value holds this text"
    if len(runs) == 1:
        return (
            "a single run differs from none: mark others in the table of runs, or press"
            f" {dashboard.view.key_of(Action.ALL_KEYS)}"
        )
    return f"nothing differs; {dashboard.view.key_of(Action.ALL_KEYS)} shows all keys"


def _draw(canvas: Canvas) -> Drawn:
    return Drawn(furthest=draw_config_diff(canvas.frame, canvas.area, canvas.dashboard))


DRAWING = Drawing(_draw)
