"""The wall: a small chart of one metric for each run or project. Which charts there are, and what
keys do.
"""

from __future__ import annotations

from collections.abc import Sequence

from trackio_view.model.project_id import ProjectId
from trackio_view.model.roles import chart_order, main_loss
from trackio_view.model.run import Run, RunKey
from trackio_view.view.actions import Action, Mode
from trackio_view.view.charts.chart_points import nearest_point
from trackio_view.view.charts.chart_responses import answer
from trackio_view.view.charts.charted_runs import NO_VALUES_YET
from trackio_view.view.charts.charts_view import Spot
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.layout import Layout, best_grid, moved_focus
from trackio_view.view.places import CHARTS, Seen, WallChart, WallCharts
from trackio_view.view.runs.table import RunsTable
from trackio_view.view.shown_machine import system_layout

_LEAST_WIDTH = 20
_LEAST_HEIGHT = 4
_ASKED_OF_CHARTS = frozenset({Action.ZOOM_IN, Action.ZOOM_OUT, Action.ALL_DATA, Action.LIMITS})


def is_by_project(dashboard: Dashboard) -> bool:
    """Return whether each project has one chart, that of its newest run, rather than each run."""
    chosen = dashboard.view.wall.by_project
    if chosen is not None:
        return chosen
    everything = dashboard.watch_all or dashboard.view.runs.all_projects
    return everything and len(dashboard.known.projects) > 1


def wall_charts(dashboard: Dashboard, now: float) -> Sequence[WallChart]:
    """Return the charts on all pages: runs as the table of runs has them, or projects by name.

    They are made anew only after a change, because keys and frames ask for them several times.
    """
    view, by_project = dashboard.view.wall, is_by_project(dashboard)
    table = None if by_project else dashboard.runs_table(now)
    made_of = (dashboard.known.revision, view.metric, by_project)
    if view.known.table is not table or view.known.made_of != made_of:
        charts = _projects(dashboard) if table is None else _runs(dashboard, table)
        places = {
            chart.project.id if by_project else chart.key: place
            for place, chart in enumerate(charts)
        }
        view.known = WallCharts(charts, places, table, made_of)
    return view.known.charts


def _projects(dashboard: Dashboard) -> list[WallChart]:
    projects = sorted(dashboard.known.projects.values(), key=lambda project: project.id[::-1])
    return [
        WallChart(project, run, _metric_of(dashboard, run) or main_loss(run.series))
        for project in projects
        if (run := project.newest_run) is not None
    ]


def _runs(dashboard: Dashboard, table: RunsTable) -> list[WallChart]:
    """Return a chart of each run. Those of a project in which no run has the metric show their main
    loss: beside another project's metric they would all be empty.
    """
    shown = [entry for entry in table.matching if entry.run.row_count]
    metrics = [_metric_of(dashboard, entry.run) for entry in shown]
    having = {entry.project.id for entry, own in zip(shown, metrics, strict=True) if own}
    return [
        WallChart(
            entry.project,
            entry.run,
            own if not having or entry.project.id in having else main_loss(entry.run.series),
        )
        for entry, own in zip(shown, metrics, strict=True)
    ]


def _metric_of(dashboard: Dashboard, run: Run) -> str | None:
    """Return the wall's metric if the run has it. Without a chosen metric, it is the run's main
    loss.
    """
    metric = dashboard.view.wall.metric
    if metric is None:
        return main_loss(run.series)
    return metric if metric in run.series else None


def wall_layout(dashboard: Dashboard, count: int) -> Layout:
    """Return how the wall is divided at the present size: as many charts as can be read."""
    whole = system_layout(dashboard, 1)
    size = (whole.grid_width, whole.grid_height)
    most = (max(1, size[0] // _LEAST_WIDTH), max(1, size[1] // _LEAST_HEIGHT))
    columns, rows = best_grid(size, *most, max(1, count))
    return whole._replace(columns=columns, rows=rows)


def wall_focus(dashboard: Dashboard, charts: Sequence[WallChart]) -> int:
    """Return which chart has the focus: the one of the same project or run as long as it is there,
    however the others are sorted.
    """
    view = dashboard.view.wall
    place = None if view.on is None else view.known.places.get(view.on)
    return max(0, min(view.place if place is None else place, len(charts) - 1))


def open_wall(dashboard: Dashboard) -> None:
    """Open the wall with the metric of the focused chart, and with the focus on the run
    on screen.
    """
    view, metrics = dashboard.view.wall, dashboard.metrics
    view.cursor = None
    view.metric = metrics[dashboard.focus] if metrics else None
    view.on = dashboard.front_key
    if is_by_project(dashboard):
        view.on = dashboard.view.project


def move_over_wall(dashboard: Dashboard, action: Action, seen: Seen) -> None:
    """Move the focus over the charts."""
    charts = wall_charts(dashboard, seen.now)
    layout = wall_layout(dashboard, len(charts))
    focus_wall(
        dashboard, charts, moved_focus(action, wall_focus(dashboard, charts), len(charts), layout)
    )


def focus_wall(dashboard: Dashboard, charts: Sequence[WallChart], place: int) -> None:
    """Focus the chart at a place, if there still is one."""
    view = dashboard.view.wall
    view.place = place
    if place < len(charts):
        chart = charts[place]
        on: RunKey | ProjectId = chart.project.id if is_by_project(dashboard) else chart.key
        view.on = on


def point_to_on_wall(dashboard: Dashboard, charts: Sequence[WallChart], x: float) -> str | None:
    """Let all charts tell their values where the focused one has the point nearest to a place;
    return what is said of it.
    """
    view, axis = dashboard.view, dashboard.view.charts.framing.axis
    if not charts:
        return NO_VALUES_YET
    chart = charts[wall_focus(dashboard, charts)]
    point = None if chart.metric is None else nearest_point(chart.run, chart.metric, axis, x)
    if point is None:
        return NO_VALUES_YET
    view.wall.cursor = Spot(point.x, axis)
    back, charts_of_run = view.key_of(Action.BACK), view.key_of(Action.RUN_CHARTS)
    return f"the values there; {charts_of_run} opens the run there, {back} tells the newest again"


def on_wall(dashboard: Dashboard, action: Action, seen: Seen) -> bool:
    """Answer a key of the wall."""
    view = dashboard.view
    charts = wall_charts(dashboard, seen.now)
    if action is Action.BACK and view.wall.cursor is not None:
        view.wall.cursor = None
    elif action in (Action.BACK, Action.WALL):
        view.back()
    elif action is Action.RUN_CHARTS:
        if charts:
            _go_to(dashboard, charts[wall_focus(dashboard, charts)])
    elif action in (Action.NEXT_METRIC, Action.METRIC_BEFORE):
        _change_metric(dashboard, charts, 1 if action is Action.NEXT_METRIC else -1)
    elif action is Action.ALL_PROJECTS:
        by_project = not is_by_project(dashboard)
        view.wall.by_project, view.wall.place = by_project, 0
        view.wall.on = view.project if by_project else dashboard.shown_key
    elif action in _ASKED_OF_CHARTS:
        return answer(dashboard, action)
    else:
        return False
    return True


def _go_to(dashboard: Dashboard, chart: WallChart) -> None:
    """Show the charts of the run, the one with the same metric focused, and the cursor where it was
    on the wall.
    """
    view, cursor = dashboard.view, dashboard.view.wall.cursor
    dashboard.show_run(chart.key)
    view.back_to(*CHARTS)
    if chart.metric in dashboard.metrics:
        view.focus = dashboard.metrics.index(chart.metric)
    if cursor is not None:
        view.charts.cursor, view.charts.anchor = cursor, None
        if not view.has_cursor:
            view.open(Mode.CURSOR)


def _change_metric(dashboard: Dashboard, charts: Sequence[WallChart], direction: int) -> None:
    """Draw the metric after this one, or before it, of those that any of the runs has."""
    together: dict[str, None] = {}
    for chart in charts:
        together.update(dict.fromkeys(chart.run.series))
    metrics = dashboard.view.selection.metrics_among(chart_order(together))
    if not metrics:
        return
    shown = charts[wall_focus(dashboard, charts)].metric
    wanted = dashboard.view.wall.metric or shown
    place = metrics.index(wanted) if wanted in metrics else -direction
    dashboard.view.wall.metric = metrics[(place + direction) % len(metrics)]
