"""What the pointer is on in the shown frame: a chart and a place in it, a line, or a word."""

from __future__ import annotations

from trackio_view.charts.palette import SELECTED
from trackio_view.light_typing import NamedTuple
from trackio_view.screens.chart_page import DrawnChart, DrawnPage
from trackio_view.terminal.cells import Frame
from trackio_view.view.keys.input_events import (
    OnColumn,
    OnKey,
    OnRun,
    OnTab,
    Pointed,
    PointerAction,
)
from trackio_view.view.places import Seen

_EDGES = frozenset("─╭╰")
"""Glyphs that the first cells of a list's line never have within its box."""


class Hits(NamedTuple):
    """What is where in a frame."""

    frame: Frame
    page: DrawnPage
    """The charts that are seen; without any, what is pointed at are the lines of a list."""
    seen: Seen


class _Pressed(NamedTuple):
    """Where the button was pressed."""

    chart: DrawnChart
    x: int


class Pointing:
    """The button between its press and its release: a drag is about the chart that it began on."""

    def __init__(self) -> None:
        self._pressed: _Pressed | None = None
        self._drags = False

    def take(self, action: PointerAction, x: int, y: int, hits: Hits) -> Pointed | None:
        """Return what a report of the mouse is about; `None` where it means nothing."""
        if action is PointerAction.DRAG:
            return self._drag(x, hits)
        if action is PointerAction.RELEASE:
            pressed, self._pressed = self._pressed, None
            return None if pressed is None else _about(action, hits)
        found = pointed(hits, action, x, y)
        if action is PointerAction.CLICK:
            chart, self._drags = hits.page.at(x, y), False
            is_chart = chart is not None and found.on is None
            self._pressed = _Pressed(chart, x) if chart is not None and is_chart else None
        return found

    def _drag(self, x: int, hits: Hits) -> Pointed | None:
        pressed = self._pressed
        if pressed is None or (x == pressed.x and not self._drags):
            return None
        key = pressed.chart.key
        place, chart = next(
            ((at, one) for at, one in enumerate(hits.page.charts) if one.key == key), (0, None)
        )
        area = chart.area if chart is not None else None
        if chart is None or area is None:
            return None
        self._drags = True
        # A pointer beyond the edges counts as being at the edge.
        inside = min(max(x, area.x), area.x + area.width - 1)
        at, share = _x_in(chart, inside)
        return _about(PointerAction.DRAG, hits)._replace(chart=place, x=at, share=share)


def pointed(hits: Hits, action: PointerAction, x: int, y: int) -> Pointed:
    """Return what a press or a turn at a cell of the frame is about."""
    from trackio_view.charts.text_table import LinePlace, TitlePlace

    about, page = _about(action, hits), hits.page
    region = hits.frame.region(x, y)
    if isinstance(region, OnKey | OnTab | OnRun) and action is PointerAction.CLICK:
        return about._replace(on=region)
    if isinstance(region, TitlePlace) and action is PointerAction.CLICK:
        # The first column holds the marks and has no title.
        return about._replace(on=OnColumn(region.column - 1))
    chart = page.at(x, y)
    if chart is not None:
        at, share = _x_in(chart, x)
        return about._replace(chart=page.charts.index(chart), x=at, share=share)
    if page.charts:
        return about
    below = region.below if isinstance(region, LinePlace) else None
    return about._replace(lines=_lines_from_chosen(hits.frame, x, y) if below is None else below)


def _about(action: PointerAction, hits: Hits) -> Pointed:
    return Pointed(action, mode=hits.seen.mode, frame=hits.seen.frame)


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
