"""The wall: one small chart a run, or a project, of one metric, to be watched at a glance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from trackio_view.charts.palette import (
    ACCENT,
    BAD,
    LABEL,
    TITLE,
    VALUE,
    WARNING,
)
from trackio_view.charts.plot import Axes
from trackio_view.light_typing import NamedTuple
from trackio_view.model.pace import RunState, state_of
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run
from trackio_view.screens.canvas import Canvas, Drawing, Drawn, FocusedChart
from trackio_view.screens.chart_content import ChartSpec, Heading, Legend, Titles
from trackio_view.screens.chart_page import (
    Asked,
    Crossing,
    DrawnPage,
    PlannedChart,
    draw_page,
    page_of,
)
from trackio_view.screens.memo import Memo
from trackio_view.screens.panels.cursor_values import told_at
from trackio_view.screens.panels.run_state import STATE_STYLES, state_mark
from trackio_view.screens.pieces import Piece, draw_instead, draw_line
from trackio_view.screens.shared_limits import y_range_of
from trackio_view.screens.stretch import (
    NEW_POINTS_A_FRAME,
    Stretch,
    grown,
    in_framing,
    line_of,
    stretch_of,
    whole_range,
)
from trackio_view.series.sums import as_float
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import POINTER, SEPARATOR, WARNING_SIGN, Repertoire
from trackio_view.terminal.style import StyledText
from trackio_view.view.charts.chart_points import point_at
from trackio_view.view.charts.charts_view import Framing
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.marks import short_titles
from trackio_view.view.places import WallChart
from trackio_view.view.wall import (
    is_by_project,
    wall_charts,
    wall_focus,
    wall_layout,
)
from trackio_view.wording.numbers import as_counts, counted, format_value

_FACTS_FROM_WIDTH = 30
_X_FROM_HEIGHT = 7
"""Where a box is lower, no chart has an x axis, and the border names its ends where they differ."""

WallGroup = tuple[ProjectId, str | None]
"""The charts of one metric of one project, which can be compared."""


class _Ranges(NamedTuple):
    """The axes that the charts of a group have together."""

    x: tuple[float, float] | None
    y: tuple[float, float] | None
    """`None` where each chart has limits of its own."""


_NO_RANGES = _Ranges(None, None)


class _WallPage(NamedTuple):
    """What all charts of a frame have in common."""

    framing: Framing
    by_project: bool
    """Whether a chart's title names its project, and not its run."""
    has_x: bool
    has_ends: bool
    """Whether each border names the ends of the x axis, which no chart has."""


class _PlacedChart(NamedTuple):
    """A chart of the page, and what it needs to be drawn in its place."""

    of: WallChart
    title: str
    box: Rect
    stretch: Stretch | None
    """`None` where no metric is drawn."""
    ranges: _Ranges
    focused: bool


def draw_wall(
    frame: Frame,
    dashboard: Dashboard,
    now: float,
    repertoire: Repertoire,
    memo: Memo,
    *,
    hurried: bool,
) -> DrawnPage:
    """Draw the charts between header and footer; return where they are.

    A hurried frame draws the focused chart in any case, and others that were never looked at in
    one of the next frames.
    """
    charts = wall_charts(dashboard, now)
    if not charts:
        draw_instead(frame, ["Waiting for the first row."])
        return DrawnPage(())
    planned, titles = _page(dashboard, charts, now, memo)
    budget = NEW_POINTS_A_FRAME if hurried else None
    return draw_page(frame, planned, repertoire, memo, budget=budget, titles=titles)


def _page(
    dashboard: Dashboard, charts: Sequence[WallChart], now: float, memo: Memo
) -> tuple[list[PlannedChart], Titles]:
    """Return the charts of the focused one's page, and what is shown of their titles."""
    focus = wall_focus(dashboard, charts)
    # Runs are compared: a wider chart would draw the same steps longer.
    places = page_of(wall_layout(dashboard, len(charts)), len(charts), focus, alike=True)
    titles = _titles(dashboard, charts, now, memo)
    names = memo.names("wall", titles)
    has_x = min(box.height for box in places.values()) >= _X_FROM_HEIGHT
    framing = dashboard.view.charts.framing.drawing
    stretches = {
        number: stretch_of(charts[number].project, charts[number].run, framing)
        for number in places
        if charts[number].metric is not None
    }
    shown = [(charts[number], stretch) for number, stretch in stretches.items()]
    ranges = _shared_ranges(shown, framing, memo)
    has_ends = not has_x and len(ranges) > 1
    page = _WallPage(framing, is_by_project(dashboard), has_x, has_ends)
    placed = [
        _PlacedChart(
            charts[number],
            titles[number],
            box,
            stretches.get(number),
            ranges.get(_group(charts[number]), _NO_RANGES),
            number == focus,
        )
        for number, box in places.items()
    ]
    return [_planned(dashboard, page, chart, now) for chart in placed], Titles(names)


def draw_wall_header(frame: Frame, dashboard: Dashboard, now: float, memo: Memo) -> None:
    """Draw what has a chart, how many of them, of which metric, and how many runs are live."""
    charts, project = wall_charts(dashboard, now), dashboard.project
    bold = TITLE._replace(bold=True)
    if is_by_project(dashboard):
        left = [Piece(counted(len(charts), "project"), bold)]
    else:
        title = "trackio-view" if project is None else dashboard.project_title(project.id)
        if dashboard.view.runs.all_projects:
            title = counted(len(dashboard.known.projects), "project")
        count, asked = counted(len(charts), "run"), dashboard.view.runs.filter.strip()
        if asked:
            # The table of runs, where the filter was typed, is not on screen.
            count = f"{len(charts):,} of {counted(dashboard.runs_table(now).total, 'run')}"
        left = [Piece(title, bold, 3), Piece(f" {POINTER} ", LABEL, 3), Piece(count, bold)]
        if asked:
            left += [Piece("  filter ", LABEL, 6), Piece(asked, ACCENT, 5)]
    # Neither is found anew with each key, because there may be a thousand runs.
    wanted = dashboard.view.runs.arrangement
    made_of = (dashboard.view.wall.known.made_of, wanted, dashboard.runs_scope, len(charts))
    chosen = dashboard.view.wall.metric
    metric = memo.get(("metric of the wall", made_of), lambda: _told_metric(chosen, charts))
    live = memo.get(
        ("live on the wall", made_of, int(now)),
        lambda: sum(state_of(chart.run, now) is RunState.LIVE for chart in charts),
    )
    left.append(Piece(f" {SEPARATOR} {metric}", ACCENT, 1))
    style = STATE_STYLES[RunState.LIVE] if live else LABEL
    draw_line(frame, 0, left, [Piece(f"{live:,} live", style, 2)])


def _told_metric(chosen: str | None, charts: Sequence[WallChart]) -> str:
    """Return of which metric the charts are: the chosen one, beside which a project without it has
    its main loss.
    """
    shown = {chart.metric for chart in charts if chart.metric is not None}
    if chosen is not None and (not shown or chosen in shown):
        return f"{chosen} or main loss" if len(shown) > 1 else chosen
    return shown.pop() if len(shown) == 1 else "main loss"


def _titles(dashboard: Dashboard, charts: Sequence[WallChart], now: float, memo: Memo) -> list[str]:
    if is_by_project(dashboard):
        return [dashboard.project_title(chart.project.id) for chart in charts]
    # Runs are called by what tells them apart, for which there is little room.
    wanted = dashboard.view.runs.arrangement
    # Time alone may change the order of the table, and so which chart is where.
    made_at = dashboard.runs_table(now).now
    version = (dashboard.known.revision, wanted, dashboard.runs_scope, made_at)
    return memo.get(
        ("titles on the wall", *version),
        lambda: short_titles([(chart.key, chart.run.name) for chart in charts]),
    )


def _group(chart: WallChart) -> WallGroup:
    return chart.project.id, chart.metric


def _shared_ranges(
    charts: Sequence[tuple[WallChart, Stretch]], framing: Framing, memo: Memo
) -> dict[WallGroup, _Ranges]:
    """Return the axes of the charts on screen: a run of 60 steps is seen to be shorter than one
    of 400. The charts of a group have one range of y, too, where a person chose so.
    """
    groups: dict[WallGroup, list[tuple[Stretch, str]]] = {}
    for chart, stretch in charts:
        if chart.metric is not None:
            groups.setdefault(_group(chart), []).append((stretch, chart.metric))
    found = {}
    for group, shown in groups.items():
        x_range = grown(whole_range([stretch for stretch, _ in shown]), framing)
        y_range = None
        if framing.shared and x_range is not None:
            y_range = y_range_of(shown, x_range, framing, memo)
        found[group] = _Ranges(x_range, y_range)
    return found


def _planned(
    dashboard: Dashboard, page: _WallPage, chart: _PlacedChart, now: float
) -> PlannedChart:
    (project, run, metric), title, box, stretch, ranges, focused = chart
    state = state_of(run, now)
    findings = dashboard.findings(project, run, now)
    key = ("wall", project.id, run.run_id, metric, title)
    warnings = [
        StyledText(f"{WARNING_SIGN} {finding.sentence}", WARNING)
        for finding in findings
        if finding.metric in (metric, "")
    ]
    if metric is None or stretch is None:
        return PlannedChart(key, state, box, title, partial(_empty, title), focused=focused)
    return PlannedChart(
        key,
        (page, ranges, state, bool(findings), *stretch.version(metric)),
        box,
        title,
        partial(_spec, page, chart, stretch, metric, state, bool(findings)),
        cost=partial(stretch.new_points, metric),
        focused=focused,
        warnings=warnings,
        asked=partial(_asked, dashboard, run, metric, box),
    )


def _asked(dashboard: Dashboard, run: Run, metric: str, box: Rect) -> Asked | None:
    """Return what a chart tells at the cursor; `None` without one."""
    spot = dashboard.view.wall.cursor
    if spot is None or spot.axis != dashboard.view.charts.framing.axis:
        return None
    point = point_at(run, metric, spot.axis, spot.x)
    crossings = []
    if point is not None and point.x == spot.x:
        crossings.append(Crossing(as_float(point.value)))
    told = told_at(point, spot.x, VALUE)
    if box.width < _FACTS_FROM_WIDTH:
        return Asked((), spot.x, crossings=crossings, legend=Legend([told]))
    return Asked([told.text], spot.x, told.style, crossings)


def _empty(title: str) -> ChartSpec:
    return ChartSpec([Heading(title)], [], waiting="not logged")


def _spec(
    page: _WallPage,
    chart: _PlacedChart,
    stretch: Stretch,
    metric: str,
    state: RunState,
    has_findings: bool,
) -> ChartSpec:
    ranges = chart.ranges
    latest = stretch.latest(metric)
    if stretch.counts(metric):
        (latest,) = as_counts(latest)
    facts = [StyledText(format_value(latest), VALUE if math.isfinite(as_float(latest)) else BAD)]
    if has_findings:
        facts.append(StyledText(WARNING_SIGN, WARNING))
    facts.append(StyledText(state_mark(state), STATE_STYLES[state]))
    # A narrow title has room for the name alone.
    is_narrow = chart.box.width < _FACTS_FROM_WIDTH
    notes = []
    if page.by_project and not is_narrow:
        notes.append(StyledText(f"{stretch.run.name} {SEPARATOR} {metric}", LABEL))
    if page.has_ends and ranges.x is not None:
        left, right = map(stretch.x_text, ranges.x)
        notes.append(StyledText(f"{left} to {right}", LABEL))
    return ChartSpec(
        [Heading(chart.title, () if is_narrow else facts)],
        [in_framing(line_of(stretch, metric), page.framing)],
        Axes(
            x_range=ranges.x,
            y_range=ranges.y,
            limits=page.framing.limits,
            has_x=page.has_x,
            x_labels=stretch.x_labels,
        ),
        notes=notes,
        legend=Legend(facts) if is_narrow else None,
    )


def _draw(canvas: Canvas) -> Drawn:
    frame, _, dashboard, now, repertoire, memo, _, hurried = canvas
    return Drawn.of_charts(draw_wall(frame, dashboard, now, repertoire, memo, hurried=hurried))


def _draw_header(canvas: Canvas) -> None:
    draw_wall_header(canvas.frame, canvas.dashboard, canvas.now, canvas.memo)


def _focused(canvas: Canvas) -> FocusedChart | None:
    dashboard, now = canvas.dashboard, canvas.now
    charts = wall_charts(dashboard, now)
    if not charts:
        return None
    planned, titles = _page(dashboard, charts, now, canvas.memo)
    return FocusedChart(next(chart for chart in planned if chart.focused), titles)


DRAWING = Drawing(_draw, _draw_header, _focused)
