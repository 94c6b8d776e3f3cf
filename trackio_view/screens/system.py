"""What a run logged of its machine: a chart a metric, a line a device, over the run's own time."""

from __future__ import annotations

import math

from trackio_view.charts.box import StyledText, draw_box, inside
from trackio_view.charts.line import Line, line_chart
from trackio_view.charts.palette import (
    BAD,
    BLUE_TO_RED,
    LABEL,
    LINE_COLORS,
    TITLE,
    VALUE,
    Gradient,
)
from trackio_view.charts.time_axis import since
from trackio_view.model.machine import Machine, SystemChart, SystemLine
from trackio_view.model.machine_keys import HOW_TO_LOG, MachinePart
from trackio_view.screens.glyphs import Glyphs
from trackio_view.screens.grid import chart_place, draw_sentences
from trackio_view.screens.lines import Piece, draw_line
from trackio_view.screens.memo import Memo
from trackio_view.screens.shell.header import clock_time
from trackio_view.series.envelope import finite_bounds
from trackio_view.series.series import Series, Summary
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.style import Color, Style
from trackio_view.terminal.text import text_width
from trackio_view.view.dashboard import Dashboard
from trackio_view.wording.numbers import format_value

_AGGREGATE = Color(0x8B93A5, 246, 7)
_LEAST_PLOT_HEIGHT = 5


def draw_system_header(frame: Frame, dashboard: Dashboard, now: float, glyphs: Glyphs) -> None:
    """Draw whose machine is on screen, and when it was last heard of."""
    name = TITLE._replace(bold=True)
    left, right = [Piece("system metrics", name, 0)], []
    machine, project = dashboard.machine, dashboard.project
    if project is not None:
        left = [Piece(project.name, name, 3)]
    if machine is not None:
        left += [
            Piece(f" {glyphs.pointer} ", LABEL, 3),
            Piece(machine.name or "(no name)", name, 0),
            Piece(f" {glyphs.separator} system metrics", LABEL, 4),
        ]
    if machine is not None and machine.log is not None:
        count = machine.log.rows.row_count
        right = [
            Piece(f"{count:,} row{'s' * (count != 1)}", LABEL, 5),
            Piece(f" {glyphs.separator} last", LABEL, 6),
            Piece(f" {clock_time(machine.last_time, now)}", VALUE, 2),
        ]
    draw_line(frame, 0, left, right)


def draw_system(frame: Frame, dashboard: Dashboard, glyphs: Glyphs, memo: Memo) -> int:
    """Draw the charts between header and footer; return how many show data."""
    machine, charts = dashboard.machine, dashboard.system_charts
    if machine is None or not charts:
        draw_sentences(frame, _nothing_logged(dashboard, glyphs))
        return 0
    layout = dashboard.system_layout(len(charts))
    focus = min(dashboard.view.system_focus, len(charts) - 1)
    page_start = focus - focus % layout.page_size
    shown = charts[page_start : page_start + layout.page_size]
    drawing = _Drawing(frame, dashboard, machine, glyphs, memo)
    for place, chart in enumerate(shown):
        rect = chart_place(layout, place, len(shown))
        drawing.chart(rect, chart, focused=page_start + place == focus)
    return len(shown)


def _nothing_logged(dashboard: Dashboard, glyphs: Glyphs) -> list[str]:
    """Return why there is no chart, and what would make one."""
    project, machine = dashboard.project, dashboard.machine
    ellipsis = glyphs.ellipsis if glyphs.unicode else "..."
    if project is None:
        return [f"Looking for projects{ellipsis}"]
    if project.generation < 0 or not project.complete:
        return [f"Reading {project.name}{ellipsis}"]
    whose = f"of run {machine.name}" if machine is not None else f"in {project.name}"
    lines = [f"No system metrics {whose}.", "", "To log them:", HOW_TO_LOG]
    others = sum(1 for other in project.machines if other.logged())
    if others:
        runs = "1 other run" if others == 1 else f"{others:,} other runs"
        lines += ["", f"{runs} logged some: r and R go there."]
    return lines


class _Drawing:
    """What all charts of a frame have in common."""

    def __init__(
        self, frame: Frame, dashboard: Dashboard, machine: Machine, glyphs: Glyphs, memo: Memo
    ) -> None:
        project = dashboard.project
        self._frame = frame
        self._machine = machine
        self._glyphs = glyphs
        self._memo = memo
        self._steps = dashboard.zoom_level.distinct_steps
        self._time_range = machine.time_range(self._steps)
        self._enlarged = dashboard.view.system_enlarged
        self._key = (
            project and project.name,
            project and project.generation,
            project and project.complete,
            machine.run_id,
            self._time_range,
        )

    def chart(self, rect: Rect, chart: SystemChart, *, focused: bool) -> None:
        """Draw one chart with its box; enlarged, the legend stands below it."""
        legend = self._legend(chart)
        title = f"{chart.title} ({chart.unit})" if chart.unit else chart.title or "(no name)"
        draw_box(
            self._frame,
            rect,
            title=title,
            right=legend,
            focused=focused,
            unicode=self._glyphs.unicode,
        )
        place = inside(rect)
        if self._enlarged and len(chart.lines) > 1:
            height = self._draw_legend(place, chart)
            place = place._replace(height=place.height - height)
        self._draw_plot(place, chart)

    def _draw_plot(self, place: Rect, chart: SystemChart) -> None:
        machine = self._machine
        lengths = tuple(len(line.series) for line in chart.lines)
        size = (place.width, place.height, self._glyphs.unicode)

        def draw() -> Frame:
            return line_chart(
                [
                    Line(line.times, line.series, machine.window_of(line, self._steps), color)
                    for line, color in zip(chart.lines, colors_of(chart), strict=True)
                ],
                place.width,
                place.height,
                markers=self._glyphs.markers,
                x_range=self._time_range,
                y_range=_y_range(chart),
                x_axis=since(machine.first_time),
                waiting="nothing logged in this window",
            )

        key = ("system", chart.group.value, chart.title, lengths, *size, *self._key)
        self._frame.blit(self._memo.get(key, draw), place.x, place.y)

    def _legend(self, chart: SystemChart) -> list[StyledText]:
        """Return the newest value of each line in its colour; a lone line needs no name."""
        segments = []
        lines = list(zip(chart.lines, colors_of(chart), strict=True))
        if len(lines) == 1:
            line, _ = lines[0]
            style = VALUE if math.isfinite(line.series.values[-1]) else BAD
            return [StyledText(newest(line.series, unicode=self._glyphs.unicode), style)]
        # Where room lacks the last go: the aggregate is worth the most.
        for line, color in sorted(lines, key=lambda pair: pair[0].known.aggregate is None):
            value = newest(line.series, unicode=self._glyphs.unicode)
            segments.append(StyledText(f"{line.label} {value}", Style(color_of(color))))
        return segments

    def _draw_legend(self, place: Rect, chart: SystemChart) -> int:
        """Draw every line's name, newest value and range below the plot; return the rows taken."""
        entries = []
        for line, color in zip(chart.lines, colors_of(chart), strict=True):
            summary = self._summary(line)
            text = f"{self._glyphs.dot} {line_name(chart, line)} "
            text += newest(line.series, unicode=self._glyphs.unicode)
            if summary is not None and summary.minimum is not None:
                dash = self._glyphs.dash
                text += f" ({number(summary.minimum)}{dash}{number(summary.maximum or 0)})"
            entries.append((text, Style(color_of(color))))
        width = max(text_width(text) for text, _ in entries) + 2
        columns = max(1, place.width // width)
        rows = min(-(-len(entries) // columns), max(0, place.height - _LEAST_PLOT_HEIGHT))
        for position, (text, style) in enumerate(entries[: rows * columns]):
            x = place.x + 1 + position % columns * width
            y = place.y + place.height - rows + position // columns
            self._frame.put(x, y, text, style, limit=place.x + place.width - x)
        return rows

    def _summary(self, line: SystemLine) -> Summary | None:
        key = ("system summary", line.key, len(line.series), *self._key)
        return self._memo.get(
            key, lambda: line.series.summary(self._machine.window_of(line, self._steps))
        )


def colors_of(chart: SystemChart) -> list[Gradient | Color]:
    """Return each line's colour: a lone line's tells its height, several are told apart by it."""
    if len(chart.lines) == 1:
        return [BLUE_TO_RED]
    colors: list[Gradient | Color] = []
    for position, line in enumerate(chart.lines):
        device = line.known.device
        place = int(device) if device is not None and device.isdecimal() else position
        colors.append(_AGGREGATE if device is None else LINE_COLORS[place % len(LINE_COLORS)])
    return colors


def color_of(color: Gradient | Color) -> Color:
    """Return the colour in which a line's name is written."""
    return color if isinstance(color, Color) else color.color(0.5)


def line_name(chart: SystemChart, line: SystemLine) -> str:
    """Return what a line of a chart is called: `GPU 0`, `core 3`, `mean`."""
    device = line.known.device
    if device is None or not device.isdecimal():
        return line.label
    return f"{'core' if chart.group is MachinePart.CPU else chart.group.value} {device}"


def newest(series: Series, *, unicode: bool) -> str:
    """Return the newest value of a series in few digits; an integer in all of its own."""
    return number(series.number(-1), unicode=unicode)


def number(value: float, *, unicode: bool = True) -> str:
    """Return a value in few digits: `94`, `3.4`, `0.012`, `1,755`."""
    if isinstance(value, int) or not math.isfinite(value):
        return format_value(value, unicode=unicode)
    if value.is_integer() and abs(value) < 1e9:
        return f"{value:,.0f}"
    return format_value(value, 2, unicode=unicode)


def _y_range(chart: SystemChart) -> tuple[float, float] | None:
    """Return the axis' ends where they are known and no value lies beyond them."""
    if chart.most is None:
        return None
    for line in chart.lines:
        bounds = finite_bounds(line.times, line.series)
        if bounds is not None and not 0 <= bounds[0] <= bounds[1] <= chart.most:
            return None
    return 0.0, chart.most
