"""The charts of GPUs over time: of one GPU, or a line for each of several."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from trackio_view.charts.box import StyledText, draw_box, inside
from trackio_view.charts.line import Line, line_chart
from trackio_view.charts.palette import (
    ASCII_LINE_MARKERS,
    BLUE_TO_RED,
    LINE_COLORS,
    LINE_MARKERS,
    RED_TO_GREEN,
    TEAL_TO_VIOLET,
    VALUE,
    Gradient,
)
from trackio_view.charts.time_axis import since
from trackio_view.model.gpu_history import GpuHistory, HistorySpan
from trackio_view.screens.glyphs import Glyphs
from trackio_view.screens.memo import Memo
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.style import Color, Style
from trackio_view.terminal.text import text_width
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.layout import best_grid
from trackio_view.wording.numbers import format_bytes

LEAST_CHART_HEIGHT = 6
_AXIS_FROM_HEIGHT = 8
"""Rows inside a chart's box from which there is room for an axis of times."""
_LOWEST_AXIS_FROM_HEIGHT = 6
"""The same for the lowest charts, whose axis serves all those above."""


class ChartGrid(NamedTuple):
    """How charts share a place."""

    width: int
    """Columns that a chart is given at least."""
    height: int
    """Rows that a chart is given at least, as long as that leaves one row of them."""
    columns: int
    """Charts side by side, at most."""


OF_ONE = (ChartGrid(30, 8, 3), ChartGrid(30, LEAST_CHART_HEIGHT, 3))
"""Low charts only where high ones would not be enough of them."""
_ENOUGH_CHARTS = 6
OF_SEVERAL = ChartGrid(29, 10, 6)
"""A chart with a line for every GPU has to be tall to be read."""


class GpuChart(NamedTuple):
    """A chart of the screen: one line, or several of one unit."""

    title: str
    lines: tuple[str, ...]
    """Names of history lines; one that ends in `:` stands for all that begin so."""
    unit: str
    most: float | None = None
    """The top of the axis where it is known beforehand; the bottom is 0 then."""
    gradient: Gradient = TEAL_TO_VIOLET
    from_zero: bool = False
    """Whether the axis starts at 0 though its top is not known."""
    main: str | None = None
    """What the first line is called where only that is drawn, a line for every GPU."""


_BYTES = "B/s"

GPU_CHARTS = (
    GpuChart("utilization", ("utilization",), "%", 100, RED_TO_GREEN),
    GpuChart("memory", ("memory_percent",), "%", 100, BLUE_TO_RED),
    GpuChart("temperature", ("temperature:",), "°C", None, BLUE_TO_RED),
    GpuChart("power", ("power", "power_limit"), "W", None, BLUE_TO_RED, from_zero=True),
    GpuChart(
        "clocks",
        ("clock_graphics", "clock_memory", "clock_fabric", "clock_soc", "clock_video"),
        "MHz",
        from_zero=True,
        main="GPU clock",
    ),
    GpuChart("fan", ("fan_percent",), "%", 100),
    GpuChart("memory bus", ("memory_bus_load",), "%", 100, BLUE_TO_RED),
    GpuChart("fan speed", ("fan_rpm",), "RPM", from_zero=True),
    GpuChart("codecs", ("encoder", "decoder"), "%", 100, main="encoder"),
    GpuChart(
        "PCIe traffic", ("pcie_read", "pcie_write"), _BYTES, from_zero=True, main="PCIe traffic in"
    ),
)
"""The charts in the order of their importance; one without any line is left out."""

_LINE_WORDS = {"power": "draw", "power_limit": "limit", "pcie_read": "in", "pcie_write": "out"}
"""What a line is called beside its value, where that is not its sensor or its clock."""


def draw_comparison(
    frame: Frame, area: Rect, dashboard: Dashboard, glyphs: Glyphs, memo: Memo
) -> None:
    """Draw charts in which every GPU of the overview has a line, in the look of its number."""
    view, gpus = dashboard.view.gpus, dashboard.gpus
    listed = [(number, gpus.histories[sample.identity.key]) for number, sample in view.listed(gpus)]
    charts = [
        chart for chart in GPU_CHARTS if any(_main_line(chart, history) for _, history in listed)
    ]
    for chart, place in zip(charts, chart_places(area, len(charts), OF_SEVERAL), strict=False):
        with_axis = has_axis(place, area)
        _draw_comparison(frame, place, chart, listed, view.history_span, glyphs, memo, with_axis)


def look_of(number: int, *, unicode: bool) -> StyledText:
    """Return the marker of a GPU's lines, in their colour: its row's, and their newest point's."""
    markers = LINE_MARKERS if unicode else ASCII_LINE_MARKERS
    marker = markers[number // len(LINE_COLORS) % len(markers)]
    return StyledText(marker, Style(_color(number), bold=True))


def _main_line(chart: GpuChart, history: GpuHistory) -> str | None:
    return next(iter(lines_of(chart, history)), None)


def _draw_comparison(
    frame: Frame,
    rect: Rect,
    chart: GpuChart,
    listed: Sequence[tuple[int, GpuHistory]],
    span: HistorySpan,
    glyphs: Glyphs,
    memo: Memo,
    with_axis: bool,
) -> None:
    draw_box(frame, rect, title=_title(chart, chart.main), unicode=glyphs.unicode)
    place = inside(rect)
    drawn = [
        (number, history, name)
        for number, history in listed
        if history.times and (name := _main_line(chart, history)) is not None
    ]
    if not drawn or not place.width or not place.height:
        return
    end = max(history.times[-1] for _, history, _ in drawn)

    def draw() -> Frame:
        lines = [
            Line(
                history.times,
                history.lines[name],
                history.window(span.seconds),
                _color(number),
                look_of(number, unicode=glyphs.unicode).text,
            )
            for number, history, name in drawn
        ]
        return _chart_of(chart, lines, place, end, span, glyphs, with_axis)

    version = tuple((number, h.dropped, len(h.times)) for number, h, _ in drawn)
    key = ("gpus", chart.title, *place[2:], glyphs.unicode, span.seconds, with_axis, version)
    frame.blit(memo.get(key, draw), place.x, place.y)


def places_of_one(grid: Rect, count: int) -> list[Rect]:
    """Return places for the charts of one GPU."""
    high, low = (chart_places(grid, count, of) for of in OF_ONE)
    return high if len(high) >= min(count, _ENOUGH_CHARTS) else low


def chart_places(grid: Rect, count: int, of: ChartGrid) -> list[Rect]:
    """Return places for as many charts as fit, which fill the grid."""
    if not count or grid.height < 3:
        return []
    most_columns = max(1, min(grid.width // of.width, of.columns))
    most_rows = max(1, grid.height // of.height)
    columns, rows = best_grid((grid.width, grid.height), most_columns, most_rows, count)
    shown = min(count, columns * rows)
    places = []
    for place in range(shown):
        column, row = place % columns, place // columns
        in_row = min(columns, shown - row * columns)
        left, right = grid.width * column // in_row, grid.width * (column + 1) // in_row
        top, bottom = grid.height * row // rows, grid.height * (row + 1) // rows
        places.append(Rect(grid.x + left, grid.y + top, right - left, bottom - top))
    return places


def has_axis(place: Rect, grid: Rect) -> bool:
    """Return whether a chart at `place` has room for its axis of times."""
    lowest = place.y + place.height == grid.y + grid.height
    return place.height - 2 >= (_LOWEST_AXIS_FROM_HEIGHT if lowest else _AXIS_FROM_HEIGHT)


def lines_of(chart: GpuChart, history: GpuHistory) -> list[str]:
    return [
        name
        for wanted in chart.lines
        for name in history.lines
        if name == wanted or (wanted.endswith(":") and name.startswith(wanted))
    ]


def draw_chart(
    frame: Frame,
    rect: Rect,
    chart: GpuChart,
    history: GpuHistory,
    span: HistorySpan,
    glyphs: Glyphs,
    memo: Memo,
    with_axis: bool,
) -> None:
    names = lines_of(chart, history)
    several = len(names) > 1
    title, right = _heading(chart, names, history, rect.width)
    draw_box(frame, rect, title=title, right=right, unicode=glyphs.unicode)
    place = inside(rect)
    if not place.width or not place.height or not history.times:
        return
    window = history.window(span.seconds)
    end = history.times[-1]

    def draw() -> Frame:
        lines = [
            Line(
                history.times,
                history.lines[name],
                window,
                _color(position) if several else chart.gradient,
            )
            for position, name in enumerate(names)
        ]
        return _chart_of(chart, lines, place, end, span, glyphs, with_axis)

    version = (history.dropped, len(history.times), span.seconds, with_axis)
    key = ("gpu", history.latest.identity.key, chart.title, *place[2:], glyphs.unicode, *version)
    frame.blit(memo.get(key, draw), place.x, place.y)


def _chart_of(
    chart: GpuChart,
    lines: Sequence[Line],
    place: Rect,
    end: float,
    span: HistorySpan,
    glyphs: Glyphs,
    with_axis: bool,
) -> Frame:
    return line_chart(
        lines,
        place.width,
        place.height,
        markers=glyphs.markers,
        x_range=(end - span.seconds, end),
        y_range=None if chart.most is None else (0.0, chart.most),
        from_zero=chart.from_zero,
        show_steps=with_axis,
        x_axis=since(end, "now"),
    )


def _title(chart: GpuChart, name: str | None = None) -> str:
    name = name or chart.title
    # Bytes are written with a unit of their own.
    return name if chart.unit == _BYTES else f"{name} ({chart.unit})"


def _color(position: int) -> Color:
    return LINE_COLORS[position % len(LINE_COLORS)]


def _heading(
    chart: GpuChart, names: Sequence[str], history: GpuHistory, width: int
) -> tuple[str, list[StyledText]]:
    """Return the title, and the newest value of each line in its colour.

    Where room is short the unit gives way first, then the lines' names.
    """
    values: list[StyledText] = []
    named: list[StyledText] = []
    for position, name in enumerate(names):
        value = history.lines[name].values[-1]
        if math.isnan(value):
            continue
        in_bytes = chart.unit == _BYTES
        number = f"{format_bytes(value)}/s" if in_bytes else f"{value:,.0f}"
        if len(names) == 1:
            return chart.title, [
                StyledText(number if in_bytes else f"{number} {chart.unit}", VALUE)
            ]
        style = Style(foreground=_color(position))
        word = _LINE_WORDS.get(name, name.rpartition(":")[2].removeprefix("clock_"))
        values.append(StyledText(number, style))
        named.append(StyledText(f"{word} {number}", style))
    title = _title(chart)
    for heading in ((title, named), (chart.title, named), (title, values)):
        taken = text_width(heading[0]) + sum(text_width(text) + 2 for text, _ in heading[1])
        # The corners and blanks of the border, and a piece of its line.
        if taken <= width - 7:
            return heading
    return chart.title, values
