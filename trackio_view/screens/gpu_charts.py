"""The charts of GPUs over time: of one GPU, or a line for each of several."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from trackio_view.charts.box import Segment, draw_box, inside
from trackio_view.charts.line import Line, line_chart
from trackio_view.charts.palette import (
    BLUE_TO_RED,
    LINE_COLORS,
    RED_TO_GREEN,
    TEAL_TO_VIOLET,
    VALUE,
    Gradient,
)
from trackio_view.model.dashboard import Dashboard
from trackio_view.model.gpu_history import GpuHistory, HistorySpan
from trackio_view.model.series import Series, extremes
from trackio_view.screens.glyphs import Glyphs
from trackio_view.screens.memo import Memo
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.style import Color, Style

_CHART_WIDTH = 34
LEAST_CHART_HEIGHT = 6


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


GPU_CHARTS = (
    GpuChart("utilization", ("utilization",), "%", 100, RED_TO_GREEN),
    GpuChart("memory", ("memory_percent",), "%", 100, BLUE_TO_RED),
    GpuChart("temperature", ("temperature:",), "°C", None, BLUE_TO_RED),
    GpuChart("power", ("power", "power_limit"), "W", None, BLUE_TO_RED),
    GpuChart(
        "clocks",
        ("clock_graphics", "clock_memory", "clock_fabric", "clock_soc", "clock_video"),
        "MHz",
    ),
    GpuChart("fan", ("fan_percent",), "%", 100),
    GpuChart("fan speed", ("fan_rpm",), "RPM", from_zero=True),
    GpuChart("memory bus", ("memory_bus_load",), "%", 100, BLUE_TO_RED),
    GpuChart("codecs", ("encoder", "decoder"), "%", 100),
    GpuChart("PCIe traffic", ("pcie_read", "pcie_write"), "B/s", from_zero=True),
)
"""The charts in the order of their importance; one without any line is left out."""


def draw_comparison(
    frame: Frame, area: Rect, dashboard: Dashboard, glyphs: Glyphs, memo: Memo
) -> None:
    """Draw charts in which every GPU of the overview has a line, in the colour of its number."""
    view, gpus = dashboard.view.gpus, dashboard.gpus
    listed = [(number, gpus.histories[sample.identity.key]) for number, sample in view.listed(gpus)]
    charts = [
        chart
        for chart in GPU_CHARTS
        if len(chart.lines) <= 2 and any(_main_line(chart, history) for _, history in listed)
    ]
    for chart, place in zip(charts, chart_places(area, len(charts)), strict=False):
        _draw_comparison(frame, place, chart, listed, view.history_span, glyphs, memo)


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
) -> None:
    draw_box(frame, rect, title=f"{chart.title} ({chart.unit})", unicode=glyphs.unicode)
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
        return line_chart(
            [
                Line(
                    history.times,
                    history.lines[name],
                    history.lines[name].start_of(history.first_row(span.seconds)),
                    _color(number),
                )
                for number, history, name in drawn
            ],
            place.width,
            place.height,
            markers=glyphs.markers,
            x_range=(end - span.seconds, end),
            y_range=_y_range(chart, [history.lines[name] for _, history, name in drawn]),
            show_steps=False,
        )

    version = tuple((number, h.dropped, len(h.times)) for number, h, _ in drawn)
    key = ("gpus", chart.title, place.width, place.height, glyphs.unicode, span.seconds, version)
    frame.blit(memo.get(key, draw), place.x, place.y)


def chart_places(grid: Rect, count: int) -> list[Rect]:
    """Return places for as many charts as fit, which fill the grid."""
    if not count or grid.height < 3:
        return []
    columns = max(1, min(grid.width // _CHART_WIDTH, 3, count))
    rows = max(1, min(grid.height // LEAST_CHART_HEIGHT, -(-count // columns)))
    shown = min(count, columns * rows)
    places = []
    for place in range(shown):
        column, row = place % columns, place // columns
        in_row = min(columns, shown - row * columns)
        left, right = grid.width * column // in_row, grid.width * (column + 1) // in_row
        top, bottom = grid.height * row // rows, grid.height * (row + 1) // rows
        places.append(Rect(grid.x + left, grid.y + top, right - left, bottom - top))
    return places


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
) -> None:
    names = lines_of(chart, history)
    several = len(names) > 1
    draw_box(
        frame,
        rect,
        title=chart.title,
        right=_legend(chart, names, history),
        unicode=glyphs.unicode,
    )
    place = inside(rect)
    if not place.width or not place.height or not history.times:
        return
    first_row = history.first_row(span.seconds)
    end = history.times[-1]

    def draw() -> Frame:
        return line_chart(
            [
                Line(
                    history.times,
                    history.lines[name],
                    history.lines[name].start_of(first_row),
                    _color(position) if several else chart.gradient,
                )
                for position, name in enumerate(names)
            ],
            place.width,
            place.height,
            markers=glyphs.markers,
            x_range=(end - span.seconds, end),
            y_range=_y_range(chart, [history.lines[name] for name in names]),
            show_steps=False,
        )

    version = (history.dropped, len(history.times), span.seconds)
    key = ("gpu", history.latest.identity.key, chart.title, *place[2:], glyphs.unicode, *version)
    frame.blit(memo.get(key, draw), place.x, place.y)


def _y_range(chart: GpuChart, lines: Sequence[Series]) -> tuple[float, float] | None:
    """Return the axis of a chart whose ends are known beforehand, else `None`."""
    if chart.most is not None:
        return (0.0, chart.most)
    if not chart.from_zero:
        return None
    highest = (extremes(line.values, 0)[1] for line in lines)
    return (0.0, max([1.0, *(value for value in highest if value is not None)]))


def _color(position: int) -> Color:
    return LINE_COLORS[position % len(LINE_COLORS)]


def _legend(chart: GpuChart, names: Sequence[str], history: GpuHistory) -> list[Segment]:
    """Return the newest value of each line, in its line's colour."""
    segments = []
    for position, name in enumerate(names):
        value = history.lines[name].values[-1]
        if math.isnan(value):
            continue
        number = f"{value:,.0f}"
        if len(names) == 1:
            segments.append(Segment(f"{number} {chart.unit}", VALUE))
        else:
            word = name.rpartition(":")[2].removeprefix("clock_").replace("_", " ")
            style = Style(foreground=_color(position))
            segments.append(Segment(f"{word} {number}", style))
    return segments
