"""A page of charts: where each chart stands, which charts are drawn anew, and where they were
drawn.

Screens describe their charts as `PlannedChart`s. A chart is asked for its content, a `ChartSpec`,
only if no drawing of it is kept from an earlier frame.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import lru_cache

from trackio_view.charts.box import blank_bottom, draw_bottom, draw_box, draw_top
from trackio_view.charts.palette import BORDER, BORDER_FOCUSED, CURSOR
from trackio_view.charts.plot import Plot
from trackio_view.charts.raster import DOT_GRIDS
from trackio_view.light_typing import NamedTuple
from trackio_view.screens.chart_content import (
    AS_THEY_ARE,
    ChartSpec,
    Heading,
    Legend,
    Picture,
    Titles,
    picture_of,
)
from trackio_view.screens.memo import Memo
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import ANCHOR_LINE, CROSSING, CURSOR_LINE, Repertoire
from trackio_view.terminal.style import PLAIN, Style, StyledText
from trackio_view.terminal.text import text_width
from trackio_view.view.layout import Layout


class Crossing(NamedTuple):
    """Where the cursor crosses a line."""

    value: float
    sign: str = CROSSING
    style: Style = CURSOR


class Asked(NamedTuple):
    """What a chart tells at the cursor, drawn over it in this frame alone."""

    texts: Iterable[str]
    """What stands beside the title in the upper border, from the longest to the shortest: the first
    that has room, else the last. Without texts, the border stays as it is.
    """
    x: float
    """Where the cursor is."""
    style: Style = PLAIN
    """That of the text."""
    crossings: Sequence[Crossing] = ()
    """What its lines have there; later ones are drawn over others."""
    anchor: float | None = None
    """Where the stretch begins of which the chart tells the change."""
    legend: Legend | None = None
    """What stands in the lower border, in the place of the chart's own legend."""


class PlannedChart(NamedTuple):
    """A chart that has a place on the page. Its drawing may be known from an earlier frame."""

    key: Hashable
    """What the chart shows, the same from frame to frame. It holds plain values only, as `Memo`
    asks for.
    """
    version: Hashable
    """A value that changes whenever anything in the chart changes. It holds plain values only."""
    box: Rect
    title: str
    """The title of its box as long as nothing else of the chart is drawn."""
    spec: Callable[[], ChartSpec]
    cost: Callable[[], int] = lambda: 0
    """Returns how many points have to be looked at to draw it anew."""
    focused: bool = False
    warnings: Sequence[StyledText] = ()
    """What stands in the lower border in this frame; it is no part of the version."""
    asked: Callable[[], Asked | None] = lambda: None
    """Returns what is told at the cursor in this frame; it is no part of the version."""
    headings: Sequence[Heading] = ()
    """What stands in the borders in this frame, in place of the content's headings; it is no part
    of the version.
    """


class PlannedPage(NamedTuple):
    """The charts of a page, and what is shown of their titles."""

    charts: Sequence[PlannedChart]
    titles: Titles = AS_THEY_ARE


class DrawnChart(NamedTuple):
    """Where a chart was drawn, in cells of the frame."""

    key: Hashable
    box: Rect
    area: Rect | None = None
    """Where the lines are, between the axes; `None` where there is none of them yet."""
    plot: Plot | None = None
    """What the edges of `area` stand for; its places are in cells of the box's inside."""
    is_drawn: bool = True
    """Whether its lines are drawn, and not its box alone."""


class DrawnPage(NamedTuple):
    """What a frame shows of a page."""

    charts: tuple[DrawnChart, ...]
    """In the order in which they were planned."""
    whole: bool = True
    """Whether every chart is shown as it is."""
    focus: Rect | None = None
    """Where the focused chart is, if it is one of them."""

    def at(self, x: int, y: int) -> DrawnChart | None:
        """Return the chart whose box holds a cell of the frame."""
        return next((chart for chart in self.charts if chart.box.holds(x, y)), None)


@lru_cache(maxsize=64)
def places_in(area: Rect, columns: int, count: int, *, alike: bool = False) -> tuple[Rect, ...]:
    """Return places for `count` charts, so many side by side, which fill the area exactly.

    Those of a shorter last row share its whole width, unless all are to be `alike`.
    """
    rows = -(-count // columns)
    places = []
    for place in range(count):
        column, row = place % columns, place // columns
        in_row = columns if alike else min(columns, count - row * columns)
        left, right = area.width * column // in_row, area.width * (column + 1) // in_row
        top, bottom = area.height * row // rows, area.height * (row + 1) // rows
        places.append(Rect(area.x + left, area.y + top, right - left, bottom - top))
    return tuple(places)


def page_of(layout: Layout, count: int, focus: int, *, alike: bool = False) -> dict[int, Rect]:
    """Return the numbers of the charts on the focused one's page, of `count`, and their places."""
    start = focus - focus % layout.page_size
    shown = range(start, min(start + layout.page_size, count))
    area = Rect(0, 1, layout.grid_width, layout.grid_height)
    return dict(zip(shown, places_in(area, layout.columns, len(shown), alike=alike), strict=True))


def draw_page(
    frame: Frame,
    charts: Sequence[PlannedChart],
    repertoire: Repertoire,
    memo: Memo,
    *,
    budget: int | None = None,
    titles: Titles = AS_THEY_ARE,
) -> DrawnPage:
    """Draw the charts, each in its place; return where they are, and whether the page is whole.

    A hurried frame has a `budget` of points: the focused chart is drawn in any case, others that
    would go beyond it stay as they were, or are an empty box, for one of the next frames.
    """
    # All charts together are kept in one piece from the second frame on in which they are the same:
    # a key that moves the focus or the cursor does not put them together anew. The names are the
    # titles as they are shown, with stars and without what all of them leave out.
    shown = [(chart.key, chart.version, chart.box, chart.title) for chart in charts]
    state = (None if titles.names is None else titles.names.identity, shown)
    page, whole = memo.again("page", state, lambda: _page(charts, repertoire, memo, titles)), True
    if page is not None:
        frame.blit(page.frame, page.place.x, page.place.y)
        drawn = page.charts
    else:
        drawn, whole = _draw_in_time(frame, charts, repertoire, memo, budget, titles)
        if whole and _fill_their_place(tuple([chart.box for chart in charts])):
            memo.note("page", state)
    for chart, place in zip(charts, drawn, strict=True):
        _draw_of_this_frame(frame, chart, place, repertoire, titles)
    focus = next((chart.box for chart in charts if chart.focused), None)
    return DrawnPage(drawn, whole, focus)


def draw_alone(
    frame: Frame, chart: PlannedChart, repertoire: Repertoire, memo: Memo, titles: Titles
) -> None:
    """Draw one of the charts of a page alone, as `draw_page` does."""
    (drawn,), _ = _draw_in_time(frame, [chart], repertoire, memo, None, titles)
    _draw_of_this_frame(frame, chart, drawn, repertoire, titles)


def draw_ahead(chart: PlannedChart, repertoire: Repertoire, memo: Memo, titles: Titles) -> bool:
    """Draw a chart of a frame that may come, which then finds it kept. Return whether it was not
    kept before.
    """
    _, key = _keys_of(chart, titles)
    is_new = not memo.knows(key)
    if is_new:
        _picture(chart, key, repertoire, memo, titles)
    return is_new


def _keys_of(chart: PlannedChart, titles: Titles) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """Return the name under which a chart's newest drawing is known, and the key of this one."""
    name = ("chart", chart.key, chart.box.width, chart.box.height)
    return name, (*name, chart.version, *titles.key(chart.title, chart.box.width))


def _draw_of_this_frame(
    frame: Frame, chart: PlannedChart, drawn: DrawnChart, repertoire: Repertoire, titles: Titles
) -> None:
    """Draw over a chart whatever belongs to this frame alone and is no part of its version."""
    heading = titles.fitting(chart.headings, chart.box.width) if chart.headings else None
    if heading is not None:
        draw_top(frame, chart.box, heading.title, heading.facts, titles.names)
        if heading.below:
            notes = drawn.plot.notes if drawn.plot else ()
            draw_bottom(frame, chart.box, [*heading.below, *notes], anew=True)
    if drawn.is_drawn:
        _draw_asked(frame, chart, drawn, repertoire, titles)
    if chart.warnings:
        notes = drawn.plot.notes if drawn.plot else ()
        draw_bottom(frame, chart.box, [*chart.warnings, *notes], anew=True)
    if chart.focused:
        _brighten(frame, chart.box)


def _draw_in_time(
    frame: Frame,
    charts: Sequence[PlannedChart],
    repertoire: Repertoire,
    memo: Memo,
    budget: int | None,
    titles: Titles,
) -> tuple[tuple[DrawnChart, ...], bool]:
    """Draw each chart, or what there is time for; return where they are, and whether they are
    whole.
    """
    drawn: dict[int, DrawnChart] = {}
    spent, whole = 0, True
    for number in sorted(range(len(charts)), key=lambda number: not charts[number].focused):
        chart = charts[number]
        key: tuple[object, ...] | None
        name, key = _keys_of(chart, titles)
        if budget is not None and not memo.knows(key):
            cost = chart.cost()
            if spent and cost and spent + cost > budget:
                key, whole = memo.newest(name), False
            else:
                spent += cost
        if key is None:
            draw_box(frame, chart.box, title=titles.shown(chart.title), names=titles.names)
            drawn[number] = DrawnChart(chart.key, chart.box, is_drawn=False)
        else:
            memo.remember_newest(name, key)
            drawn[number] = _draw(frame, chart, key, repertoire, memo, titles)
    return tuple(drawn[number] for number in range(len(charts))), whole


class _WholePage(NamedTuple):
    """All charts of a page in one frame, and where it lies on the screen."""

    frame: Frame
    place: Rect
    charts: tuple[DrawnChart, ...]


def _page(
    charts: Sequence[PlannedChart], repertoire: Repertoire, memo: Memo, titles: Titles
) -> _WholePage:
    """Return charts that were drawn whole as one picture."""
    place = place_of([chart.box for chart in charts])
    whole = Frame(place.x + place.width, place.y + place.height)
    drawn, _ = _draw_in_time(whole, charts, repertoire, memo, None, titles)
    return _WholePage(whole.part(place), place, drawn)


def place_of(boxes: Sequence[Rect]) -> Rect:
    """Return the least place that holds all boxes."""
    left, top = (min((box[side] for box in boxes), default=0) for side in (0, 1))
    right = max((box.x + box.width for box in boxes), default=0)
    bottom = max((box.y + box.height for box in boxes), default=0)
    return Rect(left, top, right - left, bottom - top)


@lru_cache(maxsize=16)
def _fill_their_place(boxes: tuple[Rect, ...]) -> bool:
    """Return whether nothing else lies in the place that holds all boxes."""
    place = place_of(boxes)
    return place.width * place.height == sum([box.width * box.height for box in boxes])


def _draw(
    frame: Frame,
    chart: PlannedChart,
    key: Hashable,
    repertoire: Repertoire,
    memo: Memo,
    titles: Titles,
) -> DrawnChart:
    box = chart.box
    picture = _picture(chart, key, repertoire, memo, titles)
    frame.blit(picture.frame, box.x, box.y)
    area = picture.area
    if area is not None:
        # Each key comes here for each chart, and naming the fields takes a quarter of the time of
        # `_replace`.
        area = Rect(box.x + area.x, box.y + area.y, area.width, area.height)
    return DrawnChart(chart.key, box, area, picture.plot)


def _picture(
    chart: PlannedChart, key: Hashable, repertoire: Repertoire, memo: Memo, titles: Titles
) -> Picture:
    return memo.get(key, lambda: picture_of(chart.spec(), chart.box, repertoire, titles))


def _draw_asked(
    frame: Frame,
    chart: PlannedChart,
    drawn: DrawnChart,
    repertoire: Repertoire,
    titles: Titles,
) -> None:
    """Draw over a chart what is told at the cursor. The cost does not depend on what is in the
    chart.
    """
    asked = chart.asked()
    if asked is None:
        return
    texts, at, style, crossings, anchor, legend = asked
    box, title = chart.box, titles.shown(chart.title)
    room, text = box.width - 9 - text_width(title), ""
    for text in texts:
        if text_width(text) <= room:
            break
    if text:
        draw_top(frame, box, title, [StyledText(text, style)], titles.names)
    if legend is not None:
        blank_bottom(frame, box)
        draw_bottom(frame, box, legend.entries, legend.more)
    area, plot = drawn.area, drawn.plot
    if area is None or plot is None:
        return
    left, top, _, height = area
    grid = DOT_GRIDS[repertoire]
    columns = plot.dot_columns(grid)
    column = None if anchor is None else columns.place(anchor)
    if column is not None:
        frame.put_column(left + column // grid.columns, top, height, ANCHOR_LINE, CURSOR)
    column = columns.place(at)
    if column is None:
        return
    x = left + column // grid.columns
    frame.put_column(x, top, height, CURSOR_LINE, CURSOR)
    for value, sign, style in crossings:
        row = plot.dot_row(value, grid)
        if row is not None:
            frame.put_column(x, top + row // grid.rows, 1, sign, style)


def _brighten(frame: Frame, box: Rect) -> None:
    """Show by the border alone that a chart is focused, so that an arrow key draws no chart
    anew.
    """
    top, bottom = box.y, box.y + box.height - 1
    edge = range(box.x, box.x + box.width)
    sides = {*edge[:1], *edge[-1:]}
    for y in range(top, bottom + 1):
        styles = frame.styles[y]
        for x in edge if y in (top, bottom) else sides:
            if styles[x] is BORDER or styles[x] == BORDER:
                styles[x] = BORDER_FOCUSED
