"""The charts of one run: a grid, paged, or one chart enlarged, beside the statistics."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from trackio_view.charts.box import StyledText, draw_bottom, draw_box, inside
from trackio_view.charts.line import Line, StepMark, line_chart
from trackio_view.charts.palette import (
    BAD,
    LEVEL_STYLES,
    VALUE,
    WARNING,
    change_style,
    gradient_for,
)
from trackio_view.model.project import Project
from trackio_view.model.run import Run
from trackio_view.model.selection import expression_fault
from trackio_view.screens.glyphs import Glyphs
from trackio_view.screens.grid import chart_place, draw_sentences
from trackio_view.screens.memo import Memo
from trackio_view.screens.panels.statistics import draw_statistics
from trackio_view.series.envelope import holds_counts
from trackio_view.series.series import Summary, difference
from trackio_view.series.window import Window
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.view.dashboard import Dashboard
from trackio_view.wording.numbers import as_counts, format_change, format_value

_CHANGE_WIDTH = len("▼ 0.0412")

NEW_POINTS_A_FRAME = 400_000
"""How many points a hurried frame looks at for the first time: about as many as 6 ms allow."""


class Stretch(NamedTuple):
    """The window of a run that is on screen, and a key that changes whenever it does."""

    run: Run
    window: Window
    key: tuple[object, ...]

    def summary(self, metric: str, memo: Memo) -> Summary | None:
        """Return the exact facts of a metric within the window, or `None` where it has none."""
        series = self.run.series[metric]
        return memo.get(
            ("summary", metric, len(series), *self.key), lambda: series.summary(self.window)
        )


def stretch_of(project: Project, run: Run, distinct_steps: int | None) -> Stretch:
    """Return the window of the last `distinct_steps` steps of a run, or all of it."""
    window = run.window(distinct_steps)
    version = (project.name, project.generation, project.complete, project.previewed_rows)
    return Stretch(run, window, (*version, run.run_id, run.row_count, window))


def draw_metrics(
    frame: Frame,
    dashboard: Dashboard,
    now: float,
    glyphs: Glyphs,
    memo: Memo,
    *,
    hurried: bool = False,
) -> bool:
    """Draw the charts between header and footer; return whether the frame is whole.

    A hurried frame keeps to `NEW_POINTS_A_FRAME`: the focused chart is drawn in any case, others
    that were never looked at have their box only, and their line in one of the next frames.
    """
    project, run, layout = dashboard.project, dashboard.run, dashboard.layout
    if project is None or run is None or not dashboard.metrics:
        _draw_waiting(frame, dashboard, glyphs)
        return True
    stretch = stretch_of(project, run, dashboard.zoom_level.distinct_steps)
    page_start = dashboard.focus - dashboard.focus % layout.page_size
    shown = dashboard.metrics[page_start : page_start + layout.page_size]
    findings = dashboard.findings(project, run, now)
    ready = _in_time(stretch, shown, dashboard.focus - page_start) if hurried else set(shown)
    marks = step_marks(project, run)
    for place, metric in enumerate(shown):
        focused = page_start + place == dashboard.focus
        rect = chart_place(layout, place, len(shown))
        if metric in ready:
            _draw_chart(frame, rect, stretch, metric, focused, marks, glyphs, memo)
        else:
            draw_box(frame, rect, title=_title(metric), unicode=glyphs.unicode)
        warnings = [
            StyledText(f"{glyphs.warning} {finding.sentence}", WARNING)
            for finding in findings
            # What is wrong with the whole run stands on the page's first chart.
            if finding.metric == metric or (not finding.metric and not place)
        ]
        draw_bottom(frame, rect, warnings)
    if layout.panel_width:
        panel = Rect(layout.grid_width, 1, layout.panel_width, layout.grid_height)
        draw_statistics(
            frame, panel, dashboard, now, glyphs, lambda name: stretch.summary(name, memo)
        )
    return len(ready) == len(shown)


def _in_time(stretch: Stretch, metrics: Sequence[str], focus: int) -> set[str]:
    """Return the metrics whose charts a hurried frame has the time for, the focused one first."""
    ready: set[str] = set()
    spent = 0
    for metric in [metrics[focus], *metrics]:
        series = stretch.run.series[metric]
        is_empty = not series.positions(stretch.window)
        new = 0 if is_empty else max(0, len(series) - series.overview.count)
        if metric not in ready and (not spent or not new or spent + new <= NEW_POINTS_A_FRAME):
            ready.add(metric)
            spent += new
    return ready


def _title(metric: str) -> str:
    return metric or "(no name)"


def step_marks(project: Project, run: Run) -> list[StepMark]:
    """Return where the run's alerts stand on its charts."""
    alerts = project.alerts.get(run.run_id) or project.alerts.get(run.name) or []
    return [
        StepMark(float(alert.step), LEVEL_STYLES[alert.level])
        for alert in alerts
        if alert.step is not None
    ]


def _draw_chart(
    frame: Frame,
    rect: Rect,
    stretch: Stretch,
    metric: str,
    focused: bool,
    marks: Sequence[StepMark],
    glyphs: Glyphs,
    memo: Memo,
) -> None:
    run, series = stretch.run, stretch.run.series[metric]
    place = inside(rect)

    def draw_border(target: Frame, at: Rect, *, focused: bool = False) -> None:
        draw_box(
            target,
            at,
            title=_title(metric),
            right=memo.get(("latest", *key), lambda: _latest(stretch, metric, glyphs)),
            focused=focused,
            unicode=glyphs.unicode,
        )

    def draw_whole() -> Frame:
        chart = Frame(rect.width, rect.height)
        draw_border(chart, Rect(0, 0, rect.width, rect.height))
        chart.blit(memo.get(("plot", *key), draw_plot), place.x - rect.x, place.y - rect.y)
        return chart

    def draw_plot() -> Frame:
        line = Line(run.steps, series, stretch.window, gradient_for(metric))
        return line_chart(
            [line],
            place.width,
            place.height,
            markers=glyphs.markers,
            x_range=stretch.window.x_range,
            step_marks=marks,
            waiting="nothing logged in this window",
        )

    size = (place.width, place.height)
    key = (metric, len(series), *size, glyphs.unicode, len(marks), *stretch.key)
    frame.blit(memo.get(("chart", *key), draw_whole), rect.x, rect.y)
    if focused:
        # Comes and goes with every arrow, so it is no part of what is kept.
        draw_border(frame, rect, focused=True)


def _latest(stretch: Stretch, metric: str, glyphs: Glyphs) -> list[StyledText]:
    """Return the latest value and its change over the window, for the box's upper border."""
    run, series = stretch.run, stretch.run.series[metric]
    latest, positions = series.number(-1), series.positions(stretch.window)
    style = VALUE if math.isfinite(series.values[-1]) else BAD
    if not positions:
        return [StyledText(format_value(latest, unicode=glyphs.unicode), style)]
    first = series.number(positions[0])
    if holds_counts(run.steps, series):
        latest, first = as_counts(latest, first)
    change = difference(first, latest)
    text = format_change(change, value=latest, unicode=glyphs.unicode)
    if text and isinstance(latest, float):
        # Of one width as a rule, so that the value before it stays where it is.
        text = text.rjust(_CHANGE_WIDTH - (not glyphs.unicode))
    shown = format_value(latest, unicode=glyphs.unicode)
    return [StyledText(shown, style), StyledText(text, change_style(metric, change))]


def _draw_waiting(frame: Frame, dashboard: Dashboard, glyphs: Glyphs) -> None:
    project = dashboard.project
    ellipsis = glyphs.ellipsis if glyphs.unicode else "..."
    if project is None and not dashboard.listed:
        lines = [f"Looking for projects{ellipsis}"]
    elif project is None:
        lines = [
            "Waiting for a TrackIO project in",
            dashboard.directory,
            "",
            'trackio.init(project="...") and trackio.log({...}) make one.',
        ]
    elif project.generation < 0 and any(source == project.name for source, _ in dashboard.notices):
        # The notice says what keeps it.
        lines = ["No rows yet of", project.name]
    elif project.generation < 0 or not project.complete:
        lines = [f"Reading {project.name}{ellipsis}"]
    elif project.runs and dashboard.run is None:
        lines = ["Waiting for the run", dashboard.view.selection.run or "", f"in {project.name}"]
    elif dashboard.run is not None and dashboard.run.series:
        wanted = " or ".join(dashboard.view.selection.metrics)
        faults = filter(None, map(expression_fault, dashboard.view.selection.metrics))
        lines = ["No metric is named", wanted, f"in {project.name}", *faults]
    elif project.runs:
        lines = ["No numbers logged yet", f"in {project.name}"]
    else:
        lines = ["Waiting for the first row of", project.name]
    draw_sentences(frame, lines)
