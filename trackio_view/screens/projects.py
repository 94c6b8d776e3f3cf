"""The project picker: every project with what a glance at its database tells."""

from __future__ import annotations

from trackio_view.charts.box import draw_box, inside
from trackio_view.charts.numbers import format_bytes
from trackio_view.charts.palette import BAD, LABEL
from trackio_view.charts.table import TableCell, TableColumn, TableRow, table
from trackio_view.model.dashboard import Dashboard
from trackio_view.model.events import ProjectSummary
from trackio_view.screens.glyphs import Glyphs
from trackio_view.screens.header import clock_time
from trackio_view.screens.help import blank_out, middle
from trackio_view.terminal.cells import Frame, Rect

_COLUMNS = (
    TableColumn("", minimum_width=1, maximum_width=1),
    TableColumn("project", minimum_width=12, grows=True),
    TableColumn("runs", align_right=True, priority=1),
    TableColumn("rows", align_right=True, priority=2),
    TableColumn("newest row", align_right=True, priority=1),
    TableColumn("size", align_right=True, priority=3),
)
_WIDEST = 90


def draw_projects(
    frame: Frame, area: Rect, dashboard: Dashboard, now: float, glyphs: Glyphs
) -> None:
    """Draw the picker over the middle of `area`."""
    rect = middle(area, _WIDEST, max(len(dashboard.summaries), 1) + 3)
    blank_out(frame, rect)
    title = f"projects in {dashboard.directory}" if dashboard.directory else "projects"
    draw_box(frame, rect, title=title, focused=True, unicode=glyphs.unicode)
    place = inside(rect)
    rows = [
        _row(summary, summary.name == dashboard.view.project, now, glyphs)
        for summary in dashboard.summaries
    ]
    content = table(
        _COLUMNS,
        rows,
        place.width - 2,
        place.height,
        selected=dashboard.view.selected_project if rows else None,
        empty="no project there yet",
        unicode=glyphs.unicode,
    )
    frame.blit(content, place.x + 1, place.y)


def _row(summary: ProjectSummary, on_screen: bool, now: float, glyphs: Glyphs) -> TableRow:
    mark = glyphs.pointer if on_screen else ""
    if summary.fault is not None:
        return [mark, summary.name, "", "", TableCell(summary.fault, BAD), ""]
    unknown = glyphs.dash
    newest = summary.newest_time
    return [
        mark,
        summary.name,
        unknown if summary.run_count is None else f"{summary.run_count:,}",
        unknown if summary.row_count is None else f"{summary.row_count:,}",
        unknown if newest is None else clock_time(newest, now),
        TableCell(format_bytes(summary.size), LABEL),
    ]
