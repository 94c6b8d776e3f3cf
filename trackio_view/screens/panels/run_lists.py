"""The lists that lie over the table of runs: its columns, and what to group by."""

from __future__ import annotations

import math
from collections.abc import Sequence

from trackio_view.charts.box import blank_out, draw_box, inside, middle
from trackio_view.charts.palette import ACCENT, LABEL, MUTED
from trackio_view.charts.text_table import TableCell, TableColumn, TableRow, table
from trackio_view.model.config import config_text
from trackio_view.screens.canvas import Canvas, Drawing, Drawn
from trackio_view.screens.memo import Memo
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import DOT, SEPARATOR
from trackio_view.terminal.style import StyledText
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.runs.columns import ColumnKind, RunColumn, RunEntry
from trackio_view.view.runs.explained import explained_by, explained_column, share_text

_WIDEST = 64
_EXPLAINS = "explains"


def draw_run_lists(frame: Frame, area: Rect, dashboard: Dashboard, mode: Mode, memo: Memo) -> None:
    """Draw the list of columns or of groups, as `mode` says, over the middle of `area`."""
    view = dashboard.view.runs
    made_of = (dashboard.known.revision, dashboard.runs_scope, view.arrangement)
    rows = memo.get(("choices", mode, *made_of), lambda: _choice_rows(dashboard, mode))
    title = "group by" if mode is Mode.RUN_GROUPS else "columns"
    rect = middle(area, _WIDEST, len(rows) + 2)
    blank_out(frame, rect)
    subject = memo.get(("explained", mode, *made_of), lambda: _subject(dashboard, mode, rows))
    draw_box(frame, rect, title=title, right=subject, focused=True)
    place = inside(rect)
    content = table(
        [
            TableColumn("", minimum_width=1),
            TableColumn("", minimum_width=10, maximum_width=36),
            TableColumn("", minimum_width=4, priority=1, grows=True),
        ],
        rows,
        place.width - 2,
        place.height,
        selected=view.choice,
        header=False,
    )
    frame.blit(content, place.x + 1, place.y)


def _subject(dashboard: Dashboard, mode: Mode, rows: Sequence[TableRow]) -> list[StyledText]:
    """Return words for the metric whose variance each key explains, none without such a metric."""
    metric = _explained_metric(dashboard) if mode is Mode.RUN_GROUPS else None
    if metric is None or not any(_EXPLAINS in str(cell) for row in rows for cell in row):
        return []
    return [StyledText(f"variance of {metric.title}", LABEL)]


def _choice_rows(dashboard: Dashboard, mode: Mode) -> list[TableRow]:
    view, entries = dashboard.view.runs, dashboard.run_entries
    columns = view.choices(mode, entries)
    if mode is Mode.RUN_COLUMNS:
        keys = set(view.chosen_columns(entries))
        return [_choice_row(column.title, column.help, column.key in keys) for column in columns]
    group = view.arrangement.group
    explained = _explained_texts(columns, dashboard)
    return [
        _choice_row("no groups", "", group is None),
        *(
            _choice_row(
                column.title,
                explained.get(column.key, "") + _values_text(column, entries),
                column.key == group,
            )
            for column in columns
        ),
    ]


def _explained_metric(dashboard: Dashboard) -> RunColumn | None:
    return explained_column(dashboard.run_entries, dashboard.view.runs.arrangement.sort)


def _explained_texts(columns: Sequence[RunColumn], dashboard: Dashboard) -> dict[str, str]:
    """Return by a column's key how much it explains of the metric that is asked about."""
    entries, metric = dashboard.run_entries, _explained_metric(dashboard)
    keys = [column.title for column in columns if column.kind is ColumnKind.CONFIG]
    found = [] if metric is None else explained_by(entries, metric, keys, math.nan)
    return {
        f"config:{key}": f"{_EXPLAINS} {share_text(share)} {SEPARATOR} " for key, share in found
    }


def _choice_row(title: str, text: str, chosen: bool) -> TableRow:
    mark = DOT if chosen else ""
    return [TableCell(mark, ACCENT), title, TableCell(text, MUTED, is_prose=True)]


def _values_text(column: RunColumn, entries: Sequence[RunEntry]) -> str:
    values = {
        config_text(value)
        for entry in entries
        if (value := column.value(entry, math.nan)) is not None
    }
    if column.kind is ColumnKind.STATE:
        return "as inferred"
    if len(values) == 1:
        return f"all {values.pop()}"
    return f"{len(values):,} values" if values else "none"


def _drawing(mode: Mode) -> Drawing:
    def draw(canvas: Canvas) -> Drawn:
        draw_run_lists(canvas.frame, canvas.area, canvas.dashboard, mode, canvas.memo)
        return Drawn()

    return Drawing(draw)


COLUMNS = _drawing(Mode.RUN_COLUMNS)
GROUPS = _drawing(Mode.RUN_GROUPS)
