"""The charts of one run: a grid, paged, or one chart enlarged, beside the statistics."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

from trackio_view.charts.chart_marks import (
    StepMark,
    marks_at,
    note_on_alerts,
    note_on_resumes,
    note_on_values_without_place,
)
from trackio_view.charts.palette import (
    BAD,
    VALUE,
    WARNING,
    change_style,
)
from trackio_view.charts.plot import Axes
from trackio_view.model.events import ProgramOrigin, ProjectOrigin
from trackio_view.model.health import Finding
from trackio_view.model.project import Project
from trackio_view.model.run import NO_NAME, Run
from trackio_view.model.selection import expression_fault
from trackio_view.screens.canvas import Canvas, FocusedChart
from trackio_view.screens.chart_content import NOTHING_LOGGED_HERE, ChartSpec, Heading
from trackio_view.screens.chart_page import (
    DrawnPage,
    PlannedChart,
    PlannedPage,
    draw_page,
    page_of,
)
from trackio_view.screens.memo import Memo
from trackio_view.screens.panels.cursor_values import asked_of, asked_place, places_in
from trackio_view.screens.panels.tabs import nothing_chosen, titles_of_charts
from trackio_view.screens.pieces import draw_instead
from trackio_view.screens.stretch import (
    NEW_POINTS_A_FRAME,
    Stretch,
    grown,
    in_framing,
    line_of,
    stretch_of,
)
from trackio_view.series.series import difference
from trackio_view.series.window import Window
from trackio_view.terminal.cells import Rect
from trackio_view.terminal.glyphs import WARNING_SIGN, Repertoire, Signed
from trackio_view.terminal.style import StyledText
from trackio_view.terminal.text import text_width
from trackio_view.view.actions import Action, Mode
from trackio_view.view.charts.charts_view import Framing
from trackio_view.view.dashboard import Dashboard
from trackio_view.wording.numbers import as_counts, format_change, format_value
from trackio_view.wording.sentences import fit_sentence

_CHANGE_WIDTH = len("▼ 0.0412")

_LOOKED_AT = "how charts are looked at"
"""The name under which is noted how the charts of the newest whole page were looked at."""
_ANSWERED = "how charts were looked at in the newest frame"
_POINTS_OF_A_DRAWING = 60_000
"""What it costs to draw a chart anew, in points that are looked at for the first time."""


def draw_metrics(canvas: Canvas) -> DrawnPage:
    """Draw the charts between header and footer; return where they are.

    A hurried frame keeps to `NEW_POINTS_A_FRAME`: the focused chart is drawn in any case. Other
    charts that were never looked at stay as they were, or have only a box, and get their lines in
    one of the next frames. So do some charts whose window changes, because a key has to be answered
    in time: the first frame after it draws the focused chart alone.
    """
    frame, _, dashboard, now, repertoire, memo, shown, hurried = canvas
    project, run = dashboard.project, dashboard.run
    metrics, focus, layout = shown.metrics, shown.focus, shown.layout
    if project is None or run is None or not metrics:
        draw_instead(frame, _waiting_lines(dashboard, repertoire, memo))
        return DrawnPage(())
    framing = dashboard.view.charts.framing.drawing
    stretch = _numbered_stretch(project, run, framing, memo)
    places = page_of(layout, len(metrics), focus)
    if shown.lists_values:
        from trackio_view.screens.panels.value_list import draw_values

        area = Rect(0, 1, layout.grid_width, layout.grid_height)
        draw_values(frame, area, metrics, focus, run, memo)
        places = {}
    first = next(iter(places), 0)
    charts = _planned(canvas, project, stretch, places, first)
    budget = NEW_POINTS_A_FRAME if hurried else None
    titles = titles_of_charts(shown.chosen, dashboard.view.charts.framing, memo)
    page = draw_page(frame, charts, repertoire, memo, budget=budget, titles=titles)
    memo.note(_ANSWERED, framing)
    if page.whole:
        memo.note(_LOOKED_AT, framing)
    if layout.panel_width:
        from trackio_view.screens.panels.statistics import draw_statistics

        names = memo.names("metrics", metrics)
        panel = Rect(layout.grid_width, 1, layout.panel_width, layout.grid_height)
        draw_statistics(frame, panel, dashboard, now, stretch, names, memo)
    return page


def focused_metric(canvas: Canvas) -> FocusedChart | None:
    """Return the focused chart of the run on screen; `None` where there is no run."""
    charts, titles = planned_metrics(canvas, alone=True)
    if not charts:
        return None
    canvas.memo.note(_ANSWERED, canvas.dashboard.view.charts.framing.drawing)
    return FocusedChart(charts[0], titles)


def planned_metrics(canvas: Canvas, *, alone: bool = False) -> PlannedPage:
    """Return the charts of the page, or the focused one `alone`; none where there is no run."""
    dashboard, memo, shown = canvas.dashboard, canvas.memo, canvas.shown
    project, run = dashboard.project, dashboard.run
    if project is None or run is None:
        return PlannedPage(())
    framing = dashboard.view.charts.framing.drawing
    stretch = _numbered_stretch(project, run, framing, memo)
    places = page_of(shown.layout, len(shown.metrics), shown.focus)
    first = next(iter(places))
    if alone:
        places = {shown.focus: places[shown.focus]}
    charts = _planned(canvas, project, stretch, places, first)
    titles = titles_of_charts(shown.chosen, dashboard.view.charts.framing, memo)
    return PlannedPage(charts, titles)


def _numbered_stretch(project: Project, run: Run, framing: Framing, memo: Memo) -> Stretch:
    """Return what is on screen. A number in place of its long key makes each chart's key short."""
    stretch = stretch_of(project, run, framing)
    return stretch._replace(key=(memo.number_of(stretch.key),))


def _planned(
    canvas: Canvas, project: Project, stretch: Stretch, places: Mapping[int, Rect], first: int
) -> list[PlannedChart]:
    """Return charts of a page, each in its place. The `first` of it tells of the whole run, too."""
    _, _, dashboard, now, repertoire, memo, shown, _ = canvas
    metrics, run = shown.metrics, stretch.run
    framing = dashboard.view.charts.framing.drawing
    findings = dashboard.findings(project, run, now)
    marks = step_marks(project, run, stretch.window)
    asked_at = asked_place(dashboard)
    x_range = grown(stretch.window.x_range, framing)
    # How all charts are looked at is long: as a number it makes each chart's key short.
    looked_at = memo.number_of(framing)
    least_cost = _least_cost(framing, memo)
    told = places_in(asked_at, [(run, VALUE)], framing)
    alert_count = len(project.alerts_of(run))
    of_all = (alert_count, len(run.order.restarts), looked_at)
    project_id, run_id, y_range = project.id, run.run_id, None
    has_ranges = bool(framing.ranges or framing.shared)
    if has_ranges:
        from trackio_view.screens.shared_limits import shared_y_range
    charts: list[PlannedChart] = []
    for number, box in places.items():
        metric, is_first = metrics[number], number == first
        of_run = alert_count if is_first and framing.marks else None
        if has_ranges:
            y_range = shared_y_range(metrics, metric, [stretch], x_range, framing, memo)
        warnings = [
            _warning(finding, box.width)
            for finding in findings
            if finding.metric == metric or (not finding.metric and is_first)
        ]
        # Each key asks for all charts, and fields by their names cost more.
        chart = PlannedChart(
            ("run", project_id, run_id, metric),
            (of_all, is_first, y_range, stretch.version(metric)),
            box,
            metric,
            partial(_spec, stretch, metric, marks, repertoire, framing, y_range, of_run),
            partial(_cost, stretch, metric, least_cost),
            number == shown.focus,
            warnings,
            partial(asked_of, framing, asked_at, told, metric),
        )
        charts.append(chart)
    return charts


_AROUND_NOTES, _BESIDE_WARNING = 6, 4
"""Columns of a lower border that notes have no room in, and those for how many more there are."""


def _warning(finding: Finding, width: int) -> StyledText:
    """Return what a finding says in a box so wide. Where there is no room for all, the metric is
    left out first, whose name is the box's title, and then its end.
    """
    text, room = f"{WARNING_SIGN} {finding.sentence}", width - _AROUND_NOTES
    if text_width(text) <= room:
        return StyledText(text, WARNING)
    untitled = f"{WARNING_SIGN} {finding.sentence.removeprefix(f'{finding.metric} ')}"
    return StyledText(text, WARNING, fit_sentence(untitled, room - _BESIDE_WARNING))


def _least_cost(framing: Framing, memo: Memo) -> int:
    """Return as how many points the drawing of a chart counts in a hurried frame.

    New rows change all charts at once. A key that changes all charts is answered by the focused one
    first.
    """
    if memo.noted(_LOOKED_AT) in (None, framing):
        return 0
    return _POINTS_OF_A_DRAWING if memo.noted(_ANSWERED) == framing else NEW_POINTS_A_FRAME


def _cost(stretch: Stretch, metric: str, least: int) -> int:
    """Return how many points have to be looked at to draw a chart; as many at `least`, where its
    drawing alone counts.
    """
    return max(stretch.new_points(metric), least)


def step_marks(project: Project, run: Run, window: Window) -> list[StepMark]:
    """Return where on its charts the run was resumed, and where its alerts stand."""
    alerts = project.alerts_of(run)
    if not alerts:
        return marks_at(run.resumed_at(), ())
    from trackio_view.model.alert_marks import alert_marks

    return marks_at(run.resumed_at(), alert_marks(run, alerts, window))


def _spec(
    stretch: Stretch,
    metric: str,
    marks: Sequence[StepMark],
    repertoire: Repertoire,
    framing: Framing,
    y_range: tuple[float, float] | None,
    alert_count: int | None,
) -> ChartSpec:
    """Return a chart; one with the run's `alert_count` tells of what happened to the run, too."""
    placed = [mark._replace(step=stretch.x_of_step(mark.step)) for mark in marks if framing.marks]
    line = line_of(stretch, metric, logarithmic=metric in framing.logarithmic)
    has_place = stretch.has_place(metric)
    return ChartSpec(
        _headings(stretch, metric, repertoire),
        # A chart without any value that has a place on the x axis has no line, though its values
        # may be finite.
        [in_framing(line, framing)] if has_place else [],
        Axes(
            x_range=grown(stretch.window.x_range, framing),
            y_range=y_range,
            x_labels=stretch.x_labels,
            x_text=stretch.x_text,
            limits=framing.limits,
        ),
        placed,
        [
            *note_on_values_without_place(stretch.without_place(metric), stretch.why_without_place),
            *(() if alert_count is None else note_on_resumes(_resumed_at(stretch))),
            *note_on_alerts(alert_count or 0),
        ],
        waiting=NOTHING_LOGGED_HERE if has_place else stretch.why_nothing_has_place,
    )


def _resumed_at(stretch: Stretch) -> list[float]:
    """Return the steps at which the run was resumed, those that are within the window."""
    steps = stretch.run.resumed_at()
    if stretch.window.x_range is None:
        return steps
    low, high = stretch.window.x_range
    return [step for step in steps if low <= stretch.x_of_step(step) <= high]


def _headings(stretch: Stretch, metric: str, repertoire: Repertoire) -> list[Heading]:
    """Return headings; where lines are smoothed, first with the smoothed value in them.

    The change gives way to a name that is whole without it.
    """
    facts = _latest(stretch, metric, repertoire)
    told = [facts, facts[:1], facts]
    if stretch.smoothing is not None:
        value = StyledText(stretch.latest_text(metric, facts[0].text), facts[0].style)
        told = [[value, *facts[1:]], [value], *told]
    return [Heading(metric, one) for one in told]


def _latest(stretch: Stretch, metric: str, repertoire: Repertoire) -> list[StyledText]:
    """Return a window's latest value and its change, for the box's upper border.

    Where nothing was logged within the window, the newest value stands there.
    """
    series = stretch.run.series[metric]
    positions = series.positions(stretch.window)
    newest = positions[-1] if positions else len(series) - 1
    latest = stretch.latest(metric)
    style = VALUE if math.isfinite(series.values[newest]) else BAD
    if not positions:
        return [StyledText(format_value(latest), style)]
    first = series.number(positions[0])
    if stretch.counts(metric):
        latest, first = as_counts(latest, first)
    # One value has not changed.
    change = difference(first, latest) if len(positions) > 1 else None
    text = format_change(change, value=latest)
    if text and isinstance(latest, float):
        # The change usually has one width, so that the value before it stays in its place.
        text = Signed(text.rjust(_CHANGE_WIDTH))
    if text and repertoire is Repertoire.ASCII:
        # The mark stands close to the number there, behind a blank that no border has room for.
        text = Signed(text[1:])
    shown = format_value(latest)
    return [StyledText(shown, style), StyledText(text, change_style(metric, change))]


def _is_told_of(project: Project, dashboard: Dashboard) -> bool:
    """Return whether a notice says what keeps a project from being read."""
    # In the demo there is one project, which is the demo's.
    origins = (ProjectOrigin(project.id), ProgramOrigin.DEMO)
    return any(origin in origins for origin, _ in dashboard.known.notices)


def _logs_machine_alone(project: Project, run: Run) -> bool:
    return not run.row_count and project.machine_of(run).logged()


def _waiting_lines(dashboard: Dashboard, repertoire: Repertoire, memo: Memo) -> list[str]:
    """Return what is waited for, what keeps it from being found, and which keys are kept until it
    is there.
    """
    kept = dashboard.kept_sentence(arrows=repertoire is not Repertoire.ASCII)
    told = [_awaited(dashboard, memo), _faults_of_places(dashboard), [kept] if kept else []]
    lines = [line for paragraph in told if paragraph for line in ("", *paragraph)]
    return lines[1:]


def _faults_of_places(dashboard: Dashboard) -> list[str]:
    """Return what is wrong with the places that are looked at before any project is read.

    The screen has room for whole sentences then, and the footer often not.
    """
    if dashboard.project is not None and dashboard.project.generation >= 0:
        return []
    remarks = [remark for told in dashboard.known.remarks.values() for remark in told]
    notices = dashboard.known.notices.items()
    return [
        *remarks,
        *(
            notice.text
            for (origin, _), notice in notices
            if origin is ProgramOrigin.DATA_DIRECTORY and notice.text
        ),
    ]


def _lines_of_awaited(dashboard: Dashboard, memo: Memo) -> list[str]:
    """Return the lines that say which project is waited for, where, and what is like it."""
    known, project = dashboard.known, dashboard.view.project
    if project is None:
        return []
    from trackio_view.wording.missing import awaited_project

    present = [summary.id.name for summary in known.summaries]
    return memo.get(
        ("awaited", project, known.revision),
        lambda: awaited_project(
            project.name,
            dashboard.directory,
            present,
            dashboard.view.key_of(Action.PICK_PROJECT),
        ),
    )


def _awaited(dashboard: Dashboard, memo: Memo) -> list[str]:
    project = dashboard.project
    if project is None and not dashboard.known.listed:
        lines = ["Looking for projects"]
    elif project is None:
        lines = [
            "Waiting for a TrackIO project in",
            dashboard.directory,
            "",
            'trackio.init(project="...") and trackio.log({...}) make one;',
            "trackio-view --demo shows a small real one.",
        ]
    elif dashboard.awaits_project and (ProgramOrigin.DEMO, "") not in dashboard.known.notices:
        lines = _lines_of_awaited(dashboard, memo)
    elif project.generation < 0 and _is_told_of(project, dashboard):
        # The notice tells why the project cannot be read.
        lines = ["No rows yet of", project.name]
    elif project.generation < 0 or not project.complete:
        lines = [f"Reading {project.name}"]
    elif project.every_run and dashboard.run is None:
        lines = ["Waiting for the run", dashboard.view.selection.run or "", f"in {project.name}"]
    elif dashboard.every_metric:
        view = dashboard.view
        dropping = Action.DISMISS if view.mode is Mode.METRICS else Action.BACK
        lines = nothing_chosen(dashboard.charts, view.choice, view.key_of, dropping, memo)
    elif dashboard.run is not None and dashboard.run.series:
        from trackio_view.wording.missing import no_metric_named

        wanted = dashboard.view.selection.metrics
        faults = filter(None, map(expression_fault, wanted))
        lines = no_metric_named(project.name, wanted, faults)
    elif dashboard.run is not None and _logs_machine_alone(project, dashboard.run):
        name = dashboard.run.name or NO_NAME
        # Other runs of the project may have rows.
        lines = [project.name] if project.runs else ["Waiting for the first row of", project.name]
        lines += [
            "",
            f"{name} logs its machine so far: {dashboard.view.key_of(Action.SYSTEM)} shows it.",
        ]
    elif dashboard.run is not None:
        from trackio_view.wording.missing import no_numbers

        lines = [no_numbers(dashboard.run.name), f"in {project.name}"]
        lines += ["", f"{dashboard.view.key_of(Action.RUN_PAGE)} shows what else it logged."]
    else:
        lines = ["Waiting for the first row of", project.name]
    return lines
