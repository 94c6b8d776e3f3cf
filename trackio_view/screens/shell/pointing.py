"""What the pointer is on in the frame that was seen: a chart and a place in it, or a line."""

from __future__ import annotations

from trackio_view.charts.palette import SELECTED
from trackio_view.screens.chart_page import DrawnChart, DrawnPage
from trackio_view.terminal.cells import Frame
from trackio_view.view.input_events import Pointed, PointerAction

_EDGES = frozenset("─╭╰")
"""What the first cells of a line's row have none of, within its box."""


def pointed(frame: Frame, page: DrawnPage, action: PointerAction, x: int, y: int) -> Pointed:
    """Return what a press or a turn at a cell of the frame is about.

    `page` has the charts that are seen; without any, it is about the lines of a list.
    """
    chart = page.at(x, y)
    if chart is not None:
        return Pointed(action, page.charts.index(chart), *_x_in(chart, x))
    return Pointed(action, lines=None if page.charts else _lines_from_chosen(frame, x, y))


def _x_in(chart: DrawnChart, x: int) -> tuple[float | None, float]:
    """Return where on the axis of a chart a column is, and at which share of its width."""
    area, plot = chart.area, chart.plot
    if area is None or plot is None or not area.x <= x < area.x + area.width:
        return None, 0.0
    left, right = plot.x_range
    # The middle of the cell.
    share = (x - area.x + 0.5) / area.width
    return left + (right - left) * share, share


def _lines_from_chosen(frame: Frame, x: int, y: int) -> int | None:
    """Return how many lines below the chosen one a cell is; `None` where no line of its list is."""
    chosen = next((row for row in range(frame.height) if SELECTED in frame.styles[row]), None)
    if chosen is None or not 0 <= y < frame.height:
        return None
    first = frame.styles[chosen].index(SELECTED)
    last = frame.width - 1 - frame.styles[chosen][::-1].index(SELECTED)
    begin, between = max(0, first - 2), range(min(y, chosen), max(y, chosen) + 1)
    is_beyond = any(_EDGES & set(frame.glyphs[row][begin : first + 1]) for row in between)
    if (
        not first <= x <= last
        or is_beyond
        or not "".join(frame.glyphs[y][first : last + 1]).strip()
    ):
        return None
    return y - chosen
