"""The project picker: every project with what a glance at its database tells."""

from __future__ import annotations

from collections.abc import Sequence

from trackio_view.charts.box import blank_out, draw_box, inside, middle
from trackio_view.charts.palette import BAD, GOOD, LABEL
from trackio_view.charts.text_table import TableCell, TableColumn, TableRow, table
from trackio_view.screens.canvas import Canvas, Drawing, Drawn
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import ALERT, DASH, DOT, POINTER, Signed
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.places import PickerView
from trackio_view.view.project_lines import ProjectLine, project_lines
from trackio_view.wording.numbers import age_text, format_bytes, format_rate
from trackio_view.wording.origin_names import OriginNames
from trackio_view.wording.sentences import fit_sentence

_COLUMNS = (
    TableColumn("", minimum_width=1, maximum_width=1),
    TableColumn("project", minimum_width=12, grows=True),
    TableColumn("runs", align_right=True, priority=1),
    TableColumn("rows", align_right=True, priority=2),
    TableColumn("newest row", align_right=True, priority=1, minimum_width=10),
    TableColumn("rows/s", align_right=True, priority=2, minimum_width=7),
    TableColumn("size", align_right=True, priority=3),
)
_ORIGIN = TableColumn("from", priority=1, minimum_width=14, maximum_width=40)
"""Where projects of several origins are listed."""
_WIDEST = 90
_MARKED = Signed(f" {ALERT}")
"""Behind the name of a project of which something is to be said."""
_LEAST_HEIGHT = 3
"""Lines of the table that stay where what is said of the chosen project takes one."""


def draw_projects(frame: Frame, area: Rect, dashboard: Dashboard, now: float) -> None:
    """Draw the picker over the middle of `area`."""
    lines = project_lines(dashboard.known, now)
    has_remarks = any(line.remark for line in lines)
    rect = middle(area, _WIDEST, max(len(lines), 1) + 3 + has_remarks)
    blank_out(frame, rect)
    several = dashboard.has_several_origins
    titles = dashboard.origin_titles
    title = f"projects in {dashboard.directory}" if dashboard.directory else "projects"
    if several:
        # Each has its own in a column.
        title = f"projects in {len(titles):,} places"
    draw_box(frame, rect, title=title, focused=True)
    place = inside(rect)
    rows = [_row(line, line.project == dashboard.view.project) for line in lines]
    picker = dashboard.view.state(PickerView) or PickerView()
    columns: Sequence[TableColumn] = _COLUMNS
    if several:
        origin = _ORIGIN._replace(names=lambda: OriginNames(titles.values()))
        columns = (*_COLUMNS[:2], origin, *_COLUMNS[2:])
        rows = [
            [*row[:2], TableCell(titles[line.project.origin], LABEL), *row[2:]]
            for row, line in zip(rows, lines, strict=True)
        ]
    has_room = place.height > _LEAST_HEIGHT
    if has_remarks and has_room and picker.selected < len(lines):
        remark = fit_sentence(lines[picker.selected].remark or "", place.width - 2)
        frame.put(place.x + 1, place.y + place.height - 1, remark, LABEL)
    content = table(
        columns,
        rows,
        place.width - 2,
        place.height - (has_remarks and has_room),
        selected=picker.selected if rows else None,
        empty="no project there yet",
    )
    frame.blit(content, place.x + 1, place.y)


def _row(line: ProjectLine, on_screen: bool) -> TableRow:
    """Return the cells of a project; one of which something is to be said is marked."""
    mark = POINTER if on_screen else DOT if line.watched else ""
    if line.fault is not None:
        return [mark, line.project.name, "", "", TableCell(line.fault, BAD), "", ""]
    unknown = DASH
    return [
        mark,
        TableCell(line.project.name, sign=_MARKED if line.remark else ""),
        unknown if line.run_count is None else f"{line.run_count:,}",
        unknown if line.row_count is None else f"{line.row_count:,}",
        unknown if line.age is None else age_text(line.age),
        _pace_cell(line),
        TableCell(unknown if line.size is None else format_bytes(line.size), LABEL),
    ]


def _pace_cell(line: ProjectLine) -> TableCell:
    if not line.rows_per_second:
        return TableCell(DASH, LABEL)
    return TableCell(format_rate(line.rows_per_second), GOOD)


def _draw(canvas: Canvas) -> Drawn:
    draw_projects(canvas.frame, canvas.area, canvas.dashboard, canvas.now)
    return Drawn()


DRAWING = Drawing(_draw)
