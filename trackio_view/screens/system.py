"""What a run logged of its machine: a chart a metric, a line a device, over the run's own time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from trackio_view.charts.line import Line
from trackio_view.charts.palette import (
    BAD,
    LABEL,
    LINE_COLORS,
    LOW_IS_GOOD,
    TITLE,
    VALUE,
    Gradient,
)
from trackio_view.charts.plot import Axes
from trackio_view.charts.time_axis import since
from trackio_view.light_typing import NamedTuple
from trackio_view.model.machine import Machine, SystemChart, SystemLine, ended_gpu_keys
from trackio_view.model.machine_keys import HOW_TO_LOG
from trackio_view.model.run import NO_NAME
from trackio_view.model.windows import WindowChoice
from trackio_view.screens.canvas import Canvas, Drawing, Drawn, FocusedChart
from trackio_view.screens.chart_content import ChartSpec, Heading, Legend, Titles
from trackio_view.screens.chart_page import (
    DrawnPage,
    PlannedChart,
    PlannedPage,
    draw_page,
    page_of,
)
from trackio_view.screens.memo import Memo
from trackio_view.screens.pieces import Piece, draw_instead, draw_line
from trackio_view.series.envelope import finite_bounds
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import DASH, DOT, POINTER, SEPARATOR, Repertoire
from trackio_view.terminal.style import Meaning, Style, StyledText
from trackio_view.view.actions import Action
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.shown_machine import shown_machine, system_charts, system_layout
from trackio_view.wording.missing import waiting_for
from trackio_view.wording.moments import clock_time
from trackio_view.wording.numbers import counted
from trackio_view.wording.system_metrics import (
    format_reading,
    line_name,
    newest_reading,
    not_logged_since,
)

_AGGREGATE = Meaning("label")


def draw_system_header(frame: Frame, dashboard: Dashboard, now: float) -> None:
    """Draw whose machine is on screen, and when it was last heard of."""
    name = TITLE._replace(bold=True)
    left, right = [Piece("system metrics", name, 0)], []
    machine, project = shown_machine(dashboard), dashboard.project
    if project is not None:
        left = [Piece(dashboard.project_title(project.id), name, 3)]
    if machine is not None:
        left += [
            Piece(f" {POINTER} ", LABEL, 3),
            Piece(machine.name or NO_NAME, name, 0),
            Piece(f" {SEPARATOR} system metrics", LABEL, 4),
        ]
    if machine is not None and machine.log is not None:
        count = machine.log.rows.row_count
        right = [
            Piece(counted(count, "row"), LABEL, 5),
            Piece(f" {SEPARATOR} last", LABEL, 6),
            Piece(f" {clock_time(machine.last_time, now)}", VALUE, 2),
        ]
    draw_line(frame, 0, left, right)


def draw_system(
    frame: Frame, dashboard: Dashboard, repertoire: Repertoire, memo: Memo
) -> DrawnPage:
    """Draw the charts between header and footer; return where they are."""
    machine, charts = shown_machine(dashboard), system_charts(dashboard)
    if machine is None or not charts:
        draw_instead(frame, _nothing_logged(dashboard))
        return DrawnPage(())
    planned, titles = _planned(dashboard, machine, charts, memo)
    return draw_page(frame, planned, repertoire, memo, titles=titles)


def _planned(
    dashboard: Dashboard, machine: Machine, charts: Sequence[SystemChart], memo: Memo
) -> tuple[list[PlannedChart], Titles]:
    """Return the charts of the focused one's page, and what is shown of their titles."""
    focus = min(dashboard.view.system.focus, len(charts) - 1)
    places = page_of(system_layout(dashboard, len(charts)), len(charts), focus)
    page = _system_page(dashboard, machine, ended_gpu_keys(charts))
    planned = []
    for number, box in places.items():
        chart = charts[number]
        lengths = tuple((line.key, len(line.series)) for line in chart.lines)
        planned.append(
            PlannedChart(
                ("system", machine.run_id, chart.group.value, chart.title),
                (lengths, page.enlarged, page.ended, page.key),
                box,
                _title(chart),
                partial(_spec, chart, page),
                focused=number == focus,
            )
        )
    names = memo.names("system charts", list(map(_title, charts)))
    return planned, Titles(names)


def _nothing_logged(dashboard: Dashboard) -> list[str]:
    """Return why there is no chart, and how to log what would make one."""
    project, machine = dashboard.project, shown_machine(dashboard)
    if project is None and not dashboard.known.listed:
        return ["Looking for projects"]
    if project is None:
        return ["Waiting for a TrackIO project in", dashboard.directory]
    if dashboard.awaits_project:
        return [waiting_for(project.name)]
    if project.generation < 0 or not project.complete:
        return [f"Reading {project.name}"]
    whose = f"of run {machine.name}" if machine is not None else f"in {project.name}"
    lines = [f"No system metrics {whose}.", "", "To log them:", HOW_TO_LOG]
    others = sum(1 for other in project.machines if other.logged())
    if others:
        runs = "1 other run" if others == 1 else f"{others:,} other runs"
        keys = map(dashboard.view.key_of, (Action.NEXT_RUN, Action.PREVIOUS_RUN))
        lines += ["", f"{runs} logged some: {' and '.join(keys)} go there."]
    return lines


class _SystemPage(NamedTuple):
    """What all charts of a frame have in common."""

    machine: Machine
    choice: WindowChoice
    enlarged: bool
    ended: frozenset[str]
    """The keys of GPUs that are logged no more."""
    key: tuple[object, ...]
    """It changes whenever the window of time does."""


def _system_page(dashboard: Dashboard, machine: Machine, ended: frozenset[str]) -> _SystemPage:
    project = dashboard.project
    choice = dashboard.view.charts.window
    reading = project and (
        *(project.id, project.generation, project.complete),
        # A table of machines may begin anew where the others go on.
        project.machine_loads,
    )
    key = (reading, machine.run_id, machine.times_of(choice))
    return _SystemPage(machine, choice, dashboard.view.system.enlarged, ended, key)


def _spec(chart: SystemChart, page: _SystemPage) -> ChartSpec:
    machine = page.machine
    legend = None
    if page.enlarged and len(chart.lines) > 1:
        legend = Legend(_legend(chart, page), below=True)
    return ChartSpec(
        [Heading(_title(chart), _newest_values(chart, page.ended))],
        [
            Line(line.times, line.series, machine.window_in(line, page.choice), color)
            for line, color in zip(chart.lines, colors_of(chart), strict=True)
        ],
        Axes(
            x_range=machine.times_of(page.choice),
            y_range=_y_range(chart),
            x_labels=since(machine.first_time),
        ),
        legend=legend,
    )


def _title(chart: SystemChart) -> str:
    return f"{chart.title} ({chart.unit})" if chart.unit else chart.title


def _newest_values(chart: SystemChart, ended: frozenset[str]) -> list[StyledText]:
    """Return the newest value of each line in its colour; a lone line needs no name."""

    def newest(line: SystemLine) -> str:
        return DASH if line.key in ended else newest_reading(line.series)

    segments = []
    lines = list(zip(chart.lines, colors_of(chart), strict=True))
    if len(lines) == 1:
        line, _ = lines[0]
        style = VALUE if math.isfinite(line.series.values[-1]) else BAD
        return [StyledText(newest(line), style)]
    # Where room is short the last ones are left out, so the aggregate, which is worth most, comes
    # first.
    for line, color in sorted(lines, key=lambda pair: pair[0].known.aggregate is None):
        segments.append(StyledText(f"{line.label} {newest(line)}", Style(color_of(color))))
    return segments


def _legend(chart: SystemChart, page: _SystemPage) -> list[StyledText]:
    """Return every line's name, newest value and range."""
    entries = []
    for line, color in zip(chart.lines, colors_of(chart), strict=True):
        summary = line.series.summary(page.machine.window_in(line, page.choice))
        text = f"{DOT} {line_name(chart, line)} "
        text += not_logged_since(line) if line.key in page.ended else newest_reading(line.series)
        if summary is not None and summary.minimum is not None:
            low, high = format_reading(summary.minimum), format_reading(summary.maximum or 0)
            text += f" ({low}{DASH}{high})"
        entries.append(StyledText(text, Style(color_of(color))))
    return entries


def colors_of(chart: SystemChart) -> list[Gradient | Meaning]:
    """Return each line's colour: a lone line's tells its height, several are told apart by it."""
    if len(chart.lines) == 1:
        return [LOW_IS_GOOD]
    colors: list[Gradient | Meaning] = []
    for position, line in enumerate(chart.lines):
        device = line.known.device
        place = int(device) if device is not None and device.isdecimal() else position
        colors.append(_AGGREGATE if device is None else LINE_COLORS[place % len(LINE_COLORS)])
    return colors


def color_of(color: Gradient | Meaning) -> Meaning:
    """Return the colour in which a line's name is written."""
    return color if isinstance(color, Meaning) else color.color(0.5)


def _y_range(chart: SystemChart) -> tuple[float, float] | None:
    """Return the axis' ends where they are known and no value lies beyond them."""
    if chart.most is None:
        return None
    for line in chart.lines:
        bounds = finite_bounds(line.times, line.series)
        if bounds is not None and not 0 <= bounds[0] <= bounds[1] <= chart.most:
            return None
    return 0.0, chart.most


def _draw(canvas: Canvas) -> Drawn:
    page = draw_system(canvas.frame, canvas.dashboard, canvas.repertoire, canvas.memo)
    return Drawn.of_charts(page)


def _draw_header(canvas: Canvas) -> None:
    draw_system_header(canvas.frame, canvas.dashboard, canvas.now)


def _focused(canvas: Canvas) -> FocusedChart | None:
    charts, titles = _page(canvas)
    focused = next((chart for chart in charts if chart.focused), None)
    return None if focused is None else FocusedChart(focused, titles)


def _page(canvas: Canvas) -> PlannedPage:
    dashboard = canvas.dashboard
    machine, charts = shown_machine(dashboard), system_charts(dashboard)
    if machine is None or not charts:
        return PlannedPage(())
    return PlannedPage(*_planned(dashboard, machine, charts, canvas.memo))


DRAWING = Drawing(_draw, _draw_header, _focused, _page)
