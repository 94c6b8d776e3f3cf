"""The list of what charts can be drawn along: the step, two kinds of time, and every metric."""

from __future__ import annotations

from trackio_view.charts.box import blank_out, draw_box, inside, middle
from trackio_view.charts.text_table import TableCell, TableColumn, table
from trackio_view.screens.canvas import Canvas, Drawing, Drawn
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import POINTER
from trackio_view.view.charts.chart_responses import axis_choices
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.places import AxesView

_WIDEST = 50
_COLUMNS = (
    TableColumn("", minimum_width=1, maximum_width=1),
    TableColumn("draw the charts along", minimum_width=12, grows=True),
)


def draw_axes(frame: Frame, area: Rect, dashboard: Dashboard) -> None:
    """Draw the list over the middle of `area`."""
    choices, present = axis_choices(dashboard), dashboard.view.charts.framing.axis
    rect = middle(area, _WIDEST, len(choices) + 3)
    blank_out(frame, rect)
    draw_box(frame, rect, title="x axis", focused=True)
    place = inside(rect)
    rows = [
        [TableCell(POINTER if axis == present else ""), TableCell(axis.metric or axis.kind.value)]
        for axis in choices
    ]
    axes = dashboard.view.state(AxesView) or AxesView()
    content = table(_COLUMNS, rows, place.width - 2, place.height, selected=axes.selected)
    frame.blit(content, place.x + 1, place.y)


def _draw(canvas: Canvas) -> Drawn:
    draw_axes(canvas.frame, canvas.area, canvas.dashboard)
    return Drawn()


DRAWING = Drawing(_draw)
