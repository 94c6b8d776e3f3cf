"""The charts of the marked runs: overlaid, or as the mean and spread of their groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from trackio_view.charts.box import draw_box, inside
from trackio_view.charts.chart_marks import StepMark, note_on_values_without_place
from trackio_view.charts.kept_columns import Keeping, Kept
from trackio_view.charts.line import ComparedLine, Overlay
from trackio_view.charts.line_looks import marker_of, style_of
from trackio_view.charts.palette import LABEL, WARNING
from trackio_view.charts.plot import Axes
from trackio_view.model.run import NO_NAME, RunKey
from trackio_view.screens.canvas import Canvas, FocusedChart
from trackio_view.screens.chart_content import ChartSpec, Heading, Legend
from trackio_view.screens.chart_page import (
    Asked,
    Crossing,
    DrawnPage,
    PlannedChart,
    PlannedPage,
    draw_page,
    page_of,
)
from trackio_view.screens.compared_page import (
    MANY,
    ComparedMember,
    ComparedPage,
    members_of,
    prepare_page,
)
from trackio_view.screens.memo import Memo
from trackio_view.screens.panels.compared_legend import (
    compact_legend,
    legend_entries,
    most_in_border,
)
from trackio_view.screens.panels.cursor_values import (
    MOST_SMOOTHED,
    AskedPlace,
    asked_of,
    asked_place,
    places_in,
    told_at,
)
from trackio_view.screens.panels.legend import (
    LegendEntry,
    draw_legend,
    heading_rows,
    rows_of_legend,
    shows_ranges,
)
from trackio_view.screens.panels.tabs import titles_of_charts
from trackio_view.screens.panels.two_runs import draw_two_runs, two_runs
from trackio_view.screens.shared_limits import shared_y_range
from trackio_view.screens.stretch import Stretch
from trackio_view.series.curves import Curve
from trackio_view.series.sums import as_float
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import WARNING_SIGN
from trackio_view.terminal.style import Style, StyledText
from trackio_view.terminal.text import signed
from trackio_view.view.charts.chart_points import PlaceInRun, Point
from trackio_view.view.charts.charts_view import Framing
from trackio_view.view.charts.shown_charts import ShownCharts
from trackio_view.view.dashboard import Dashboard
from trackio_view.wording.names import Names
from trackio_view.wording.numbers import as_counts, format_value

POINTS_A_FRAME = 150_000
"""Points that a hurried frame draws anew at most; its other charts follow in the next frames."""


_LEGEND_WIDTH = 56
_LEGEND_SHARE = 3
"""Where the legend stands below an enlarged chart, it takes at most this part of the height."""


def draw_comparison(canvas: Canvas) -> DrawnPage:
    """Draw the compared runs between header and footer; return where their charts are.

    A hurried frame keeps to `POINTS_A_FRAME`: the focused chart is drawn anew, others that would
    take too long stay as they were, for the next frame.
    """
    frame, _, dashboard, now, repertoire, memo, _, hurried = canvas
    comparison, cursor = prepare_page(dashboard, now, memo), asked_place(dashboard)
    (charts, titles), panel = _page(canvas, comparison, cursor)
    budget = POINTS_A_FRAME if hurried else None
    page = draw_page(frame, charts, repertoire, memo, budget=budget, titles=titles)
    if panel.width > 2 and panel.height > 2:
        _draw_legend(canvas, panel, comparison, None if cursor is None else cursor.x)
    return page


def focused_comparison(canvas: Canvas) -> FocusedChart:
    """Return the focused one of several charts."""
    dashboard, memo, shown = canvas.dashboard, canvas.memo, canvas.shown
    comparison, cursor = prepare_page(dashboard, canvas.now, memo), asked_place(dashboard)
    places = page_of(shown.layout, len(shown.metrics), shown.focus)
    alone = {shown.focus: places[shown.focus]}
    (chart,) = _planned(dashboard, comparison, shown, alone, cursor, memo, in_border=True)
    return FocusedChart(chart, titles_of_charts(shown.chosen, dashboard.view.charts.framing, memo))


def planned_comparison(canvas: Canvas) -> PlannedPage:
    """Return the charts of the page."""
    dashboard = canvas.dashboard
    comparison = prepare_page(dashboard, canvas.now, canvas.memo)
    return _page(canvas, comparison, asked_place(dashboard))[0]


def _page(
    canvas: Canvas, comparison: ComparedPage, cursor: AskedPlace | None
) -> tuple[PlannedPage, Rect]:
    """Return the charts of the page, and where the legend beside them stands."""
    dashboard, memo, shown = canvas.dashboard, canvas.memo, canvas.shown
    layout, focus = shown.layout, shown.focus
    panel = Rect(layout.grid_width, 1, layout.panel_width, layout.grid_height)
    places = page_of(layout, len(shown.metrics), focus)
    if dashboard.view.enlarged:
        area = Rect(0, 1, dashboard.width, layout.grid_height)
        count = len(comparison.group_names or comparison.compared)
        places[focus], panel = _enlarged_places(area, count, bool(layout.panel_width))
    in_border = not dashboard.view.enlarged or not panel.height
    charts = _planned(dashboard, comparison, shown, places, cursor, memo, in_border=in_border)
    titles = titles_of_charts(shown.chosen, dashboard.view.charts.framing, memo)
    return PlannedPage(charts, titles), panel


def _planned(
    dashboard: Dashboard,
    comparison: ComparedPage,
    shown: ShownCharts,
    places: Mapping[int, Rect],
    cursor: AskedPlace | None,
    memo: Memo,
    *,
    in_border: bool,
) -> list[PlannedChart]:
    """Return the charts of a page, each in its place, with their legends `in_border` or without."""
    metrics, enlarged = shown.metrics, dashboard.view.enlarged
    # A group's mean and spread are no lines of runs.
    stretches = [] if comparison.groups else comparison.stretches
    framing, x_range = dashboard.view.charts.framing.drawing, comparison.x_range
    runs = [(one.run, style_of(one.look, bold=True)) for one in comparison.compared]
    told = places_in(cursor, runs, framing)
    charts = []
    for number, box in places.items():
        metric = metrics[number]
        y_range = shared_y_range(metrics, metric, stretches, x_range, framing, memo)
        spec = partial(
            _spec, comparison, metric, box.width, dashboard, memo, y_range, in_border=in_border
        )
        asked = partial(_asked, framing, cursor, told, comparison, metric, box.width, in_border)
        chart = PlannedChart(
            ("compared", metric),
            (enlarged, y_range, *comparison.version_of(metric)),
            box,
            metric,
            spec,
            cost=partial(_points, comparison, metric),
            focused=number == shown.focus,
            asked=asked,
        )
        charts.append(chart)
    return charts


def _draw_legend(canvas: Canvas, panel: Rect, comparison: ComparedPage, x: float | None) -> None:
    """Draw what the runs have of the focused metric, at the cursor where it is at `x`; below the
    lines of two runs also what tells them apart.
    """
    frame, dashboard, memo, shown = canvas.frame, canvas.dashboard, canvas.memo, canvas.shown
    metric, names = shown.metrics[shown.focus], memo.names("metrics", shown.metrics)
    place, compared = inside(panel), comparison.compared
    axis, with_ranges = dashboard.view.charts.framing.axis, shows_ranges(place, len(compared))

    def draw() -> Frame:
        entries = legend_entries(comparison, metric, x, axis, with_ranges=with_ranges)
        return _legend_panel(panel, entries, metric, names, x)

    # At the cursor, a run may have a row that came after a window that is held.
    counts = () if x is None else tuple(one.run.row_count for one in compared)
    key = ("legend panel", metric, *panel, comparison.version_of(metric), x, counts)
    frame.blit(memo.get(key, draw), panel.x, panel.y)
    if len(compared) == 2:
        draw_two_runs(frame, place, rows_of_legend(place, 2), two_runs(dashboard, metric))


def _asked(
    framing: Framing,
    place: AskedPlace | None,
    runs: Sequence[tuple[PlaceInRun, Style]],
    comparison: ComparedPage,
    metric: str,
    width: int,
    in_border: bool,
) -> Asked | None:
    """Return what the runs have at the cursor: `in_border`, their values stand in the chart's own
    border. Of groups, only the cursor's line is drawn.
    """
    if place is None:
        return None
    asked = asked_of(framing, place, runs, metric)
    if asked is None or comparison.group_names:
        return None if asked is None else asked._replace(texts=(), crossings=())
    members = members_of(comparison, metric, asked.x, framing.axis)
    if len(members) < 2:
        return asked
    asked = asked._replace(crossings=_crossings(members, metric, asked.x))
    if not in_border:
        return asked
    entries, counts = [], comparison.counts(metric)
    for member in members[: most_in_border(width)]:
        style = style_of(member.one.look, bold=True)
        told = told_at(member.point, asked.x, style, counts=counts)
        text = signed(marker_of(member.one.look), " ", told.text)
        entries.append(StyledText(text, told.style))
    return asked._replace(legend=Legend(entries, more=len(members) - len(entries)))


def _crossings(members: Sequence[ComparedMember], metric: str, x: float) -> list[Crossing]:
    """Return where the cursor at `x` crosses the lines: each has its run's marker, a dim one behind
    the others, that in front before all.
    """
    here = [
        (member, member.point)
        for member in sorted(members, key=lambda member: (not member.is_dim, member.is_front))
        if member.point is not None and member.point.x == x
    ]
    return [
        Crossing(
            _height_of_line(member.stretch, metric, point),
            marker_of(member.one.look),
            style_of(member.one.look, bold=not member.is_dim, dim=member.is_dim),
        )
        for member, point in here
    ]


def _height_of_line(stretch: Stretch, metric: str, point: Point) -> float:
    """Return the value at which the line of a run passes a point: the smoothed one, where lines are
    smoothed.
    """
    is_near = stretch.unsmoothed(metric) <= MOST_SMOOTHED
    smoothed = stretch.smoothed(metric) if is_near else None
    return as_float(point.value) if smoothed is None else smoothed.values[point.position]


def _legend_panel(
    panel: Rect, entries: Sequence[LegendEntry], metric: str, names: Names, x: float | None
) -> Frame:
    frame = Frame(panel.width, panel.height)
    whole = Rect(0, 0, panel.width, panel.height)
    draw_box(frame, whole, title=metric or NO_NAME, names=names)
    draw_legend(frame, inside(whole), entries, "last" if x is None else "here")
    return frame


def _enlarged_places(area: Rect, count: int, beside: bool) -> tuple[Rect, Rect]:
    """Return the places of the chart and of its legend: beside it, or below where it is narrow; no
    legend where it had no room for two runs.
    """
    if beside:
        width = min(_LEGEND_WIDTH, area.width // 2)
        return (
            area._replace(width=area.width - width),
            area._replace(x=area.x + area.width - width, width=width),
        )
    border_and_heading = 2 + heading_rows(area.width - 2)
    height = min(count + border_and_heading, area.height // _LEGEND_SHARE)
    if height < min(count, 2) + border_and_heading:
        height = 0
    return (
        area._replace(height=area.height - height),
        area._replace(y=area.y + area.height - height, height=height),
    )


def _points(comparison: ComparedPage, metric: str) -> int:
    """Return what a chart's drawing costs, in points."""
    return sum(
        points
        for stretch, points in zip(comparison.stretches, comparison.points, strict=True)
        if metric in stretch.run.series
    )


def _spec(
    comparison: ComparedPage,
    metric: str,
    width: int,
    dashboard: Dashboard,
    memo: Memo,
    y_range: tuple[float, float] | None,
    *,
    in_border: bool,
) -> ChartSpec:
    # Groups of runs have no member in front.
    members = [] if comparison.group_names else members_of(comparison, metric)
    framing = dashboard.view.charts.framing
    is_log = metric in framing.logarithmic and not comparison.groups
    lines, drawn, behind = _lines(comparison, metric, members, is_log=is_log)
    pinned = any(one.key == dashboard.view.marks.pinned for one in comparison.compared)
    # Dim lines lie behind the others. The line in front stays the last one.
    order = sorted(range(len(lines)), key=lambda place: not lines[place].dim)
    lines = [lines[place] for place in order]
    keeping = None
    if behind is None:
        made_of = (metric, framing.axis, is_log)
        keeping = _keeping(memo, made_of, [drawn[place] for place in order])
    legend = None
    if in_border:
        legend = compact_legend(comparison, metric, members, width)
    return ChartSpec(
        _headings(comparison, metric, members),
        Overlay(
            lines,
            comparison.group_looks,
            pinned,
            behind,
            keeping,
            has_band=framing.band,
            marks_ends=framing.marks,
        ),
        Axes(
            x_range=comparison.x_range,
            y_range=y_range,
            x_labels=comparison.stretches[0].x_labels,
            x_text=comparison.stretches[0].x_text,
            limits=framing.limits,
        ),
        _alerts(dashboard, comparison) if framing.marks else (),
        note_on_values_without_place(
            sum(
                stretch.without_place(metric)
                for stretch in comparison.stretches
                if metric in stretch.run.series
            ),
            comparison.stretches[0].why_without_place,
        ),
        legend=legend,
    )


def _alerts(dashboard: Dashboard, comparison: ComparedPage) -> list[StepMark]:
    """Return the marks of the runs' alerts, each in the colour of its run."""
    marks = []
    for one, stretch in zip(comparison.compared, comparison.stretches, strict=True):
        project = dashboard.known.projects[one.key.project]
        look = style_of(one.look, bold=True)
        alerts = project.alerts_of(one.run)
        if not alerts:
            continue
        from trackio_view.model.alert_marks import alert_marks

        for step, _ in alert_marks(one.run, alerts, stretch.window):
            marks.append(StepMark(stretch.x_of_step(step), look))
    return marks


def _lines(
    comparison: ComparedPage, metric: str, members: Sequence[ComparedMember], *, is_log: bool
) -> tuple[list[ComparedLine], list[tuple[RunKey, object]], Curve | None]:
    """Return the lines of a metric, what each was drawn of, and the logged curve of the last one.

    What a line was drawn of is the key of its run, and a version that changes with the line. The
    logged curve is `None` where the last line is not smoothed.
    """
    bright = {member.one.look for member in members if not member.is_dim}
    lines: list[ComparedLine] = []
    behind: Curve | None = None
    drawn: list[tuple[RunKey, object]] = []
    for number, (one, stretch) in enumerate(
        zip(comparison.compared, comparison.stretches, strict=True)
    ):
        # A line without any place on the x axis must not set the y axis.
        if metric in one.run.series and stretch.has_place(metric):
            smoothed, series = stretch.smoothed(metric), stretch.series(metric)
            logged = None
            # The mean of logarithms is not the logarithm of the mean.
            if is_log:
                logged, series = series, stretch.logarithms(metric)
                smoothed = stretch.smoothed_logarithms(metric)
            curve = Curve(stretch.x, series if smoothed is None else smoothed, stretch.window)
            behind = None if smoothed is None else curve._replace(series=series)
            group = comparison.groups[number] if comparison.groups else 0
            dim = len(members) >= MANY and one.look not in bright
            goes_on = one.key in comparison.live
            lines.append(ComparedLine(curve, one.look, group, dim, logged, goes_on))
            drawn.append((one.key, stretch.version(metric)))
    return lines, drawn, behind


def _keeping(
    memo: Memo, made_of: tuple[object, ...], drawn: Sequence[tuple[RunKey, object]]
) -> Keeping:
    """Return what keeps the columns of some runs' lines, in the order of the runs' keys.

    `drawn` has the key of each run, and what changes with its line, as they are drawn.
    """
    order = sorted(range(len(drawn)), key=lambda place: drawn[place][0])
    lines = memo.number_of(("lines", *(drawn[place] for place in order)))

    def keep(key: tuple[object, ...], compute: Callable[[], Kept]) -> Kept:
        return memo.get((*key, lines, *made_of), compute)

    return Keeping(keep, order)


def _headings(
    comparison: ComparedPage, metric: str, members: Sequence[ComparedMember]
) -> list[Heading]:
    """Return headings. The number of runs gives way to a name that is whole without it."""
    facts = _title_facts(comparison, metric, members)
    brief = [fact for fact in facts if fact.style is not LABEL] or facts
    return [Heading(metric, one) for one in (facts, brief, facts)]


def _title_facts(
    comparison: ComparedPage, metric: str, members: Sequence[ComparedMember]
) -> list[StyledText]:
    """Return what stands right in the upper border: the front run's value, and how many runs."""
    if comparison.group_names:
        count = len(comparison.group_names)
        return [StyledText(f"{count} group{'' if count == 1 else 's'}", LABEL)]
    front = next((member for member in members if member.is_front), None)
    if front is None:
        return []
    look, stretch = front.one.look, front.stretch
    latest = stretch.latest(metric)
    if comparison.counts(metric):
        (latest,) = as_counts(latest)
    value = stretch.latest_text(metric, format_value(latest))
    style = style_of(look, bold=True)
    facts = [StyledText(signed(marker_of(look), " ", value), style)]
    if len(members) > 1:
        facts.append(StyledText(f"{len(members)} runs", LABEL))
    if metric in comparison.unwell:
        facts.append(StyledText(WARNING_SIGN, WARNING))
    return facts
