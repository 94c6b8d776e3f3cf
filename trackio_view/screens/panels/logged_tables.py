"""The tables that a run logged, on its page: as wide as there is room, each row to be opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby

from trackio_view.charts.palette import LABEL, MUTED, VALUE
from trackio_view.charts.text_table import TableCell, TableColumn, shown_columns, table
from trackio_view.model.objects import LoggedMedia, LoggedTable
from trackio_view.model.run import NO_NAME, Run
from trackio_view.screens.page_parts import OpeningLine, PageLine, PageParts, StyledLine
from trackio_view.screens.panels.logged_media import place_among_steps
from trackio_view.screens.panels.page_lines import (
    heading,
    opening_line,
    segments_of,
    table_as_lines,
)
from trackio_view.screens.wrapping import wrapped
from trackio_view.terminal.style import StyledText
from trackio_view.terminal.text import text_width
from trackio_view.view.folding import Fold, Opened
from trackio_view.view.run_page import CELL, TABLE, TABLE_ROW
from trackio_view.wording.numbers import format_step

_MOST_ROWS = 50
_LEAST_CELL = 6
_USUAL_CELL = 32
"""Columns that a long text is given where several have to share the width."""
_GAP = 2
_ROW_INDENT = 6


def table_sections(
    tables: Sequence[LoggedTable], run: Run, opened: Opened, width: int, parts: PageParts
) -> Iterator[PageLine]:
    """Yield each table as it was at the step that is looked at, below its heading."""
    for key, of_key in groupby(tables, key=lambda table: table.key):
        steps = list(of_key)
        logged = steps[-1 - min(opened.back.get(key, 0), len(steps) - 1)]
        fold = Fold(TABLE, key)
        is_open = fold not in opened.switched
        sign, _ = opening_line(fold, "", is_open=is_open).segments
        told = [heading(f"{key} at step {format_step(run.step_at(logged.step))}")]
        if len(steps) > 1:
            told.append(StyledText(f"  {place_among_steps(logged, steps)}", LABEL))
        first, *rest = wrapped(told, width - 2)
        yield ()
        yield OpeningLine([sign, *first], fold)
        yield from ([StyledText("  ", LABEL), *line] for line in rest)
        if is_open:
            yield from _table_lines(logged, opened, width, parts)


def _table_lines(
    logged: LoggedTable, opened: Opened, width: int, parts: PageParts
) -> Iterator[PageLine]:
    if not logged.columns:
        yield (StyledText("  an empty table", MUTED),)
        return
    grid = parts.part(f"table {logged.key}", logged, partial(_grid_lines, logged, width))
    # The titles come first, and the text about omitted rows comes last.
    for number, line in enumerate(grid, -1):
        if not 0 <= number < len(logged.rows[:_MOST_ROWS]):
            yield line
            continue
        fold = Fold(TABLE_ROW, logged.key, str(logged.step), number)
        is_open = fold in opened.switched
        sign, _ = opening_line(fold, "", is_open=is_open).segments
        yield OpeningLine([sign, *segments_of(line)[1:]], fold)
        if is_open:
            yield from parts.part(
                f"row {number} of table {logged.key}",
                (logged.step, logged.rows[number]),
                partial(_row_lines, logged, number, width),
            )


def _grid_lines(logged: LoggedTable, width: int) -> Iterator[StyledLine]:
    rows = logged.rows[:_MOST_ROWS]
    widest = _widest_cell(logged.columns, rows, width - 2)
    columns = [
        TableColumn(
            name or NO_NAME,
            minimum_width=_LEAST_CELL,
            maximum_width=widest,
            priority=number,
        )
        for number, name in enumerate(logged.columns)
    ]
    cells = [[TableCell(text, is_prose=True) for text in row] for row in rows]
    yield from table_as_lines(table(columns, cells, width - 2, len(rows) + 1))
    left_out = [(logged.row_count - len(rows), "row")]
    left_out.append((len(columns) - shown_columns(columns, rows, width - 2), "column"))
    more = [f"{count:,} more {word}{'s' * (count != 1)}" for count, word in left_out if count > 0]
    if more:
        yield (StyledText(f"  {' and '.join(more)}", MUTED),)


def _row_lines(logged: LoggedTable, number: int, width: int) -> Iterator[PageLine]:
    """Yield a row in full: each column's name, and below it what the cell holds, line by line.

    Media are lines to be opened.
    """
    for name, text in zip(logged.columns, logged.rows[number], strict=False):
        yield from wrapped([StyledText(f"    {name or NO_NAME}", LABEL)], width, 4)
        media = [
            (place, medium)
            for place, (row, medium) in enumerate(logged.media)
            if row == number and medium.key == name
        ]
        for place, medium in media:
            yield _medium_line(logged, place, medium)
        if media:
            continue
        for line in text.splitlines() or [""]:
            indented = StyledText(" " * _ROW_INDENT + line, VALUE)
            yield from wrapped([indented], width, _ROW_INDENT)


def _medium_line(logged: LoggedTable, place: int, medium: LoggedMedia) -> OpeningLine:
    fold = Fold(CELL, logged.key, str(logged.step), place)
    told = [StyledText(f"  {medium.caption}", VALUE)] if medium.caption else []
    told.append(StyledText(f"  {medium.path}", MUTED))
    sign, kind, *more = opening_line(fold, medium.kind, *told, is_open=False).segments
    return OpeningLine([StyledText(" " * (_ROW_INDENT - 2), VALUE), sign, kind, *more], fold)


def _widest_cell(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> int:
    """Return how wide a cell may be so that the columns share the width, the long ones alike."""
    wanted = sorted(
        max(text_width(name), *(text_width(row[place]) for row in rows), _LEAST_CELL)
        for place, name in enumerate(columns)
    )
    room = width - _GAP * (len(wanted) - 1)
    for place, columns_wanted in enumerate(wanted):
        share = room // (len(wanted) - place)
        if columns_wanted > share:
            return max(share, _USUAL_CELL)
        room -= columns_wanted
    return max(wanted[-1], _USUAL_CELL)
