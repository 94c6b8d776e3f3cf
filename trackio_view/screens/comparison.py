"""The charts of the marked runs: overlaid, or as the mean and spread of their groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from trackio_view.charts.box import StyledText, draw_box, inside
from trackio_view.charts.chart_marks import StepMark, note_on_steps_without_place
from trackio_view.charts.compared_lines import ComparedLine, color_of, marker_of
from trackio_view.charts.palette import LABEL, WARNING
from trackio_view.model.project_id import ProjectId
from trackio_view.model.roles import kind_of
from trackio_view.model.run import RunKey
from trackio_view.model.x_axis import STEPS, XAxis
from trackio_view.screens.chart_page import (
    NO_NAME,
    Asked,
    Axes,
    ChartSpec,
    Heading,
    Legend,
    Overlay,
    PlannedChart,
    draw_page,
    page_of,
)
from trackio_view.screens.memo import Memo
from trackio_view.screens.panels.cursor_values import asked_of, told_at
from trackio_view.screens.panels.legend import (
    LegendEntry,
    best_places,
    draw_legend,
    ranked,
    rows_of_legend,
)
from trackio_view.screens.panels.tabs import titles_of_charts
from trackio_view.screens.panels.two_runs import draw_two_runs, two_runs
from trackio_view.screens.stretch import Stretch, grown, stretch_of
from trackio_view.series.curves import LONG_SERIES, Curve
from trackio_view.series.series import Number, Summary
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import WARNING_SIGN, Repertoire
from trackio_view.terminal.style import Style
from trackio_view.terminal.text import signed
from trackio_view.view.chart_points import Point, point_at
from trackio_view.view.chart_responses import cursor_x
from trackio_view.view.compared_runs import ComparedRun
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.marks import (
    Appearance,
    choose_appearance,
    home_appearance,
    short_titles,
)
from trackio_view.view.runs.columns import RunEntry, column_of
from trackio_view.view.runs.table import group_text
from trackio_view.wording.names import Names
from trackio_view.wording.numbers import format_value

POINTS_A_FRAME = 150_000
"""Points that a hurried frame draws anew at most; its other charts follow in the next frames."""
_POINTS_A_LINE = 1_500
"""What a line costs beside its points, in points."""

MANY = 7
"""From so many runs on, the one in front and the best one are bright, and the others dim."""

_LEGEND_WIDTH = 56
_LEGEND_SHARE = 3
"""Where the legend stands below an enlarged chart, it takes at most this part of the height."""


class _ComparedPage(NamedTuple):
    """What all charts of a frame have in common."""

    compared: Sequence[ComparedRun]
    stretches: Sequence[Stretch]
    """What of each run is on screen."""
    x_range: tuple[float, float] | None
    groups: Sequence[int]
    group_names: Sequence[str]
    group_looks: Sequence[Appearance]
    unwell: frozenset[str]
    """Metrics of which a rule about a compared run's health speaks."""
    version: int
    """Another one whenever something changes that all charts show."""

    def version_of(self, metric: str) -> tuple[object, ...]:
        """Return a key that changes with whatever is shown of a metric.

        Rows that come after a window that is held do not change it.
        """
        held = (
            # The end of a run is marked, so the key also says whether the run goes on after the
            # window.
            (stretch.window.end < stretch.run.row_count, *stretch.shown(metric))
            if metric in stretch.run.series
            else None
            for stretch in self.stretches
            if not stretch.window.follows
        )
        return (self.version, metric in self.unwell, *held)


def draw_comparison(
    frame: Frame,
    dashboard: Dashboard,
    now: float,
    repertoire: Repertoire,
    memo: Memo,
    *,
    hurried: bool = False,
) -> bool:
    """Draw the compared runs between header and footer; return whether the frame is whole.

    A hurried frame keeps to `POINTS_A_FRAME`: the focused chart is drawn anew, others that would
    take too long stay as they were, for the next frame.
    """
    layout, metrics, focus = dashboard.layout, dashboard.metrics, dashboard.focus
    comparison = _prepare(dashboard, now, memo)
    focused = metrics[focus]
    panel = Rect(layout.grid_width, 1, layout.panel_width, layout.grid_height)
    places = page_of(layout, len(metrics), focus)
    if dashboard.view.enlarged:
        area = Rect(0, 1, dashboard.width, layout.grid_height)
        count = len(comparison.group_names or comparison.compared)
        places[focus], panel = _enlarged_places(area, count, bool(layout.panel_width))
    charts = [
        PlannedChart(
            ("compared", metrics[number]),
            (dashboard.view.enlarged, *comparison.version_of(metrics[number])),
            box,
            metrics[number],
            partial(_spec, comparison, metrics[number], box.width, dashboard),
            cost=partial(_points, comparison, metrics[number]),
            focused=number == focus,
            asked=partial(_asked, dashboard, comparison, metrics[number], box.width),
        )
        for number, box in places.items()
    ]
    budget = POINTS_A_FRAME if hurried else None
    page = draw_page(
        frame,
        charts,
        repertoire,
        memo,
        budget=budget,
        names=titles_of_charts(dashboard.charts, memo),
        beginning=dashboard.charts.beginning,
    )
    names = memo.names("metrics", metrics)
    if panel.width > 2 and panel.height > 2:
        x = cursor_x(dashboard) if dashboard.view.has_cursor else None
        axis = dashboard.view.charts.framing.axis
        legend_key = ("legend panel", focused, *panel, comparison.version_of(focused), x)
        entries = partial(legend_entries, comparison, focused, x, axis)
        legend = memo.get(legend_key, lambda: _legend_panel(panel, entries(), focused, names, x))
        frame.blit(legend, panel.x, panel.y)
        if len(comparison.compared) == 2:
            rows = rows_of_legend(inside(panel), 2)
            draw_two_runs(frame, inside(panel), rows, two_runs(dashboard, focused))
    return page.whole


def _asked(
    dashboard: Dashboard, comparison: _ComparedPage, metric: str, width: int
) -> Asked | None:
    """Return what the runs have at the cursor; groups have their line alone."""
    if not dashboard.view.has_cursor:
        return None
    runs = [(one.run, Style(color_of(one.look), bold=True)) for one in comparison.compared]
    asked = asked_of(dashboard, runs, metric)
    if asked is None or comparison.group_names:
        return None if asked is None else asked._replace(headings=(), values=())
    members = _members(comparison, metric, asked.x, dashboard.view.charts.framing.axis)
    if dashboard.view.enlarged or len(members) < 2:
        return asked
    entries = []
    for member in members[: _most_in_border(width)]:
        style = Style(color_of(member.one.look), bold=True)
        told = told_at(member.point, asked.x, style)
        text = signed(marker_of(member.one.look), " ", told.text)
        entries.append(StyledText(text, told.style))
    return asked._replace(legend=Legend(entries, more=len(members) - len(entries)))


def _most_in_border(width: int) -> int:
    """Return how many entries of a legend a border so wide has room for at most."""
    return max(1, width // 6)


def _legend_panel(
    panel: Rect, entries: Sequence[LegendEntry], metric: str, names: Names, x: float | None
) -> Frame:
    frame = Frame(panel.width, panel.height)
    whole = Rect(0, 0, panel.width, panel.height)
    draw_box(frame, whole, title=metric or NO_NAME, names=names)
    draw_legend(frame, inside(whole), entries, "last" if x is None else "here")
    return frame


def _enlarged_places(area: Rect, count: int, beside: bool) -> tuple[Rect, Rect]:
    """Return the places of the chart and of its legend: beside it, or below where it is narrow."""
    if beside:
        width = min(_LEGEND_WIDTH, area.width // 2)
        return (
            area._replace(width=area.width - width),
            area._replace(x=area.x + area.width - width, width=width),
        )
    height = min(count + 2, area.height // _LEGEND_SHARE)
    return (
        area._replace(height=area.height - height),
        area._replace(y=area.y + area.height - height, height=height),
    )


def _prepare(dashboard: Dashboard, now: float, memo: Memo) -> _ComparedPage:
    compared, projects = dashboard.compared, dashboard.known.projects
    framing = dashboard.view.charts.framing.drawing
    stretches = [stretch_of(projects[one.key.project], one.run, framing) for one in compared]
    ranges = [stretch.window.x_range for stretch in stretches]
    known = [x_range for x_range in ranges if x_range is not None]
    whole = (min(low for low, _ in known), max(high for _, high in known)) if known else None
    x_range = grown(whole, framing)
    groups, names = _groups(dashboard, compared, now) if dashboard.view.spread else ([], [])
    looks: dict[str, Appearance] = {}
    # By name, so that a group looks the same in whatever order its runs were marked.
    for name in sorted(names):
        home = home_appearance(RunKey(ProjectId("", ""), name))
        looks[name] = choose_appearance(home, set(looks.values()))
    versions = []
    for one, stretch in zip(compared, stretches, strict=True):
        alerts = len(projects[one.key.project].alerts.get(one.key.run_id, ()))
        versions.append((one.run.name, alerts, stretch.key))
    state = (framing, dashboard.view.marks.revision, tuple(groups), tuple(names), *versions)
    unwell = memo.get(
        ("unwell", *((one.key, one.run.row_count, id(one.run)) for one in compared)),
        lambda: frozenset(
            finding.metric
            for one in compared
            for finding in dashboard.findings(projects[one.key.project], one.run, now)
        ),
    )
    group_looks = [looks[name] for name in names]
    version = memo.number_of(("compared", state))
    return _ComparedPage(compared, stretches, x_range, groups, names, group_looks, unwell, version)


def _groups(
    dashboard: Dashboard, compared: Sequence[ComparedRun], now: float
) -> tuple[list[int], list[str]]:
    """Return the number of each run's group, and the groups' names.

    Runs are grouped as the table of runs groups them, by default by TrackIO's own group.
    """
    column = column_of(dashboard.view.runs.arrangement.group or "group")
    numbers: dict[str, int] = {}
    groups = []
    for one in compared:
        entry = RunEntry(dashboard.known.projects[one.key.project], one.run)
        text = None if column is None else group_text(column.value(entry, now))
        name = f"no {'group' if column is None else column.title}" if text is None else text
        groups.append(numbers.setdefault(name, len(numbers)))
    return groups, list(numbers)


def _points(comparison: _ComparedPage, metric: str) -> int:
    """Return what a chart's drawing costs, in points."""
    return sum(
        min(stretch.window.row_count, LONG_SERIES) + _POINTS_A_LINE
        for stretch in comparison.stretches
        if metric in stretch.run.series
    )


def _spec(comparison: _ComparedPage, metric: str, width: int, dashboard: Dashboard) -> ChartSpec:
    lines: list[ComparedLine] = []
    behind: Curve | None = None
    marks: list[StepMark] = []
    for number, (one, stretch) in enumerate(
        zip(comparison.compared, comparison.stretches, strict=True)
    ):
        project = dashboard.known.projects[one.key.project]
        for alert in project.alerts.get(one.key.run_id, ()):
            if alert.step is not None:
                step = one.run.step_at(alert.step, alert.time)
                step = stretch.x_of_step(float(step))
                marks.append(StepMark(step, Style(color_of(one.look), bold=True)))
        if metric in one.run.series:
            smoothed, series = stretch.smoothed(metric), stretch.series(metric)
            logged = None
            # A mean of logarithms would not be that of the values.
            if metric in dashboard.view.charts.framing.logarithmic and not comparison.groups:
                logged, series = series, stretch.logarithms(metric)
                smoothed = stretch.smoothed_logarithms(metric)
            curve = Curve(stretch.x, series if smoothed is None else smoothed, stretch.window)
            behind = None if smoothed is None else curve._replace(series=series)
            group = comparison.groups[number] if comparison.groups else 0
            lines.append(ComparedLine(curve, one.look, group, logged=logged))
    pinned = any(one.key == dashboard.view.marks.pinned for one in comparison.compared)
    # Groups have no members of their own.
    members = [] if comparison.group_names else _members(comparison, metric)
    if len(lines) >= MANY and members:
        bright = {member.one.look for member in members if member.is_bright}
        lines = [replace(line, dim=line.look not in bright) for line in lines]
        # Those that are dim lie behind; the one in front stays the last.
        lines.sort(key=lambda line: not line.dim)
    legend = None
    if not dashboard.view.enlarged:
        legend = _compact_legend(comparison, metric, members, _most_in_border(width))
    return ChartSpec(
        [Heading(metric, _title_facts(comparison, metric, members))],
        Overlay(lines, comparison.group_looks, pinned, behind),
        Axes(
            x_range=comparison.x_range,
            x_labels=comparison.stretches[0].x_labels,
            x_text=comparison.stretches[0].x_text,
            limits=dashboard.view.charts.framing.limits,
        ),
        marks,
        note_on_steps_without_place(
            sum(
                stretch.without_place(metric)
                for stretch in comparison.stretches
                if metric in stretch.run.series
            )
        ),
        legend=legend,
    )


class _Member(NamedTuple):
    """A compared run that has a metric, with what it has of it."""

    one: ComparedRun
    stretch: Stretch
    number: Number | None
    """Its latest value on screen, or the one at the cursor; `None` where it has none there yet."""
    point: Point | None = None
    """Where that was logged, if a cursor asks."""
    is_front: bool = False
    is_best: bool = False
    is_dim: bool = False

    @property
    def is_bright(self) -> bool:
        return not self.is_dim


def _members(
    comparison: _ComparedPage, metric: str, x: float | None = None, axis: XAxis = STEPS
) -> list[_Member]:
    """Return the runs that have a metric by their values, at the cursor where it is at `x`."""
    found = []
    for one, stretch in zip(comparison.compared, comparison.stretches, strict=True):
        if metric in one.run.series:
            point = None if x is None else point_at(one.run, metric, axis, x)
            latest = stretch.latest(metric) if x is None else None
            found.append(_Member(one, stretch, latest if point is None else point.value, point))
    # Of equal ones the one in front comes first.
    found.reverse()
    direction = kind_of(metric).direction
    numbers = [member.number for member in found]
    best = best_places(numbers, direction)
    for place, member in enumerate(found):
        is_front, is_best = not place, place in best
        dim = len(found) >= MANY and not is_front and place not in best[:1]
        found[place] = member._replace(is_front=is_front, is_best=is_best, is_dim=dim)
    return [found[place] for place in ranked(numbers, direction)]


def _title_facts(
    comparison: _ComparedPage, metric: str, members: Sequence[_Member]
) -> list[StyledText]:
    """Return what stands right in the upper border: the front run's value, and how many runs."""
    if comparison.group_names:
        count = len(comparison.group_names)
        return [StyledText(f"{count} group{'' if count == 1 else 's'}", LABEL)]
    front = next((member for member in members if member.is_front), None)
    if front is None:
        return []
    look, stretch = front.one.look, front.stretch
    value = stretch.latest_text(metric, format_value(stretch.latest(metric)))
    style = Style(color_of(look), bold=True)
    facts = [StyledText(signed(marker_of(look), " ", value), style)]
    if len(members) > 1:
        facts.append(StyledText(f"{len(members)} runs", LABEL))
    if metric in comparison.unwell:
        facts.append(StyledText(WARNING_SIGN, WARNING))
    return facts


def _compact_legend(
    comparison: _ComparedPage, metric: str, members: Sequence[_Member], most: int
) -> Legend:
    """Return markers with names and last values for the lower border, the best first."""
    if comparison.group_names:
        return Legend(
            [
                StyledText(signed(marker_of(look), " ", name), Style(color_of(look)))
                for look, name in zip(comparison.group_looks, comparison.group_names, strict=True)
            ]
        )
    entries = [
        StyledText(
            signed(marker_of(one.look), " ", format_value(stretch.latest(metric))),
            Style(color_of(one.look), dim=is_dim),
        )
        for one, stretch, _, _, _, _, is_dim in members[:most]
    ]
    return Legend(entries, more=len(members) - len(entries))


def legend_entries(
    comparison: _ComparedPage, metric: str, x: float | None = None, axis: XAxis = STEPS
) -> list[LegendEntry]:
    """Return the legend's lines for a metric, the best first, as they are at the cursor at `x`."""
    entries: list[LegendEntry] = []
    if not comparison.group_names:
        named = [(one.key, one.run.name) for one in comparison.compared]
        names = dict(zip((key for key, _ in named), short_titles(named), strict=True))
        for one, stretch, number, point, is_front, is_best, is_dim in _members(
            comparison, metric, x, axis
        ):
            summary = stretch.run.series[metric].summary(stretch.window)
            entry = LegendEntry.of_run(one.look, names.pop(one.key), summary)._replace(
                is_front=is_front, is_best=is_best, is_dim=is_dim
            )
            if x is not None:
                earlier = point is not None and point.x != x
                entry = entry._replace(last=number, is_earlier=earlier)
            entries.append(entry)
        looks = {one.key: one.look for one in comparison.compared}
        return entries + [LegendEntry.of_run(looks[key], names[key], None) for key in names]
    summaries: list[Summary | None] = []
    for stretch in comparison.stretches:
        series = stretch.run.series.get(metric)
        summaries.append(None if series is None else series.summary(stretch.window))
    for group, (look, name) in enumerate(
        zip(comparison.group_looks, comparison.group_names, strict=True)
    ):
        members = [
            summary
            for number, summary in zip(comparison.groups, summaries, strict=True)
            if number == group and summary is not None
        ]
        entries.append(LegendEntry.of_group(look, name, members))
    direction = kind_of(metric).direction
    return [entries[place] for place in ranked([entry.last for entry in entries], direction)]
