"""The parts of each screen's own state that keys change, besides what all screens have in
common.
"""

from __future__ import annotations

from trackio_view.view.actions import Mode
from trackio_view.view.charts.chart_list import ChartListView, listed_charts
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.folding import PageSeen
from trackio_view.view.gpu_details import GpuDetailsView
from trackio_view.view.media import shown_medium
from trackio_view.view.places import AxesView, PickerView, Seen
from trackio_view.view.scrolling import ScrolledText
from trackio_view.view.shown_machine import system_charts
from trackio_view.view.trace import TraceView
from trackio_view.view.traces import TracesView
from trackio_view.view.wall import is_by_project, wall_charts, wall_focus


def of_text(dashboard: Dashboard, seen: Seen) -> object:
    """Return the first line on screen, and what a text leaves out."""
    place = dashboard.view.places[-1]
    if not isinstance(place.state, ScrolledText):
        return None
    furthest = seen.furthest if seen.mode is place.mode else None
    offset = place.state.offset
    first = offset if furthest is None else min(offset, furthest)
    diff = dashboard.view.diff
    return first, diff.first_run, diff.everything, diff.search


def of_page(dashboard: Dashboard, seen: Seen) -> object:
    """Return what a run's page is about, and what of it is open."""
    page = dashboard.view.page
    shown = seen.page or PageSeen()
    return of_text(dashboard, seen), page.current(shown), frozenset(page.switched), page.opened


def of_media(dashboard: Dashboard, _: Seen) -> object:
    """Return the medium on screen."""
    shown = shown_medium(dashboard)
    return None if shown is None else (shown.one.key, shown.one.number)


def of_traces(dashboard: Dashboard, _: Seen) -> object:
    """Return the line of the list, and what is searched for."""
    view = dashboard.view.state(TracesView)
    return None if view is None else (view.number, view.search)


def of_trace(dashboard: Dashboard, seen: Seen) -> object:
    """Return which trace is open, how, and what was found in it."""
    view, shown = dashboard.view.state(TraceView), seen.page or PageSeen()
    if view is None:
        return None
    folds = view.current(shown), frozenset(view.switched)
    return of_text(dashboard, seen), folds, view.traces.number, view.search, view.found


def of_gpus(dashboard: Dashboard, _: Seen) -> object:
    """Return which GPUs are on screen, and in which order."""
    gpus = dashboard.view.gpus
    return gpus.chosen, gpus.cursor, gpus.span, gpus.order, gpus.filter


def of_fleet(dashboard: Dashboard, _: Seen) -> object:
    """Return the line of a fleet, its order and its filter."""
    fleet = dashboard.view.fleet
    return fleet.position(dashboard.fleet_rows), fleet.order, fleet.filter


def of_machine(dashboard: Dashboard, _: Seen) -> object:
    """Return the chart with the focus."""
    last = len(system_charts(dashboard)) - 1
    return max(0, min(dashboard.view.system.focus, last)), dashboard.view.system.enlarged


def of_runs(dashboard: Dashboard, seen: Seen) -> object:
    """Return the place in the table of runs, and how it is arranged."""
    runs, table = dashboard.view.runs, dashboard.runs_table(seen.now)
    places = runs.position(table), runs.column_position(table)
    return places, runs.arrangement, runs.all_projects, runs.choice


def of_wall(dashboard: Dashboard, seen: Seen) -> object:
    """Return the chart with the focus, and what all show."""
    charts = wall_charts(dashboard, seen.now)
    focus = wall_focus(dashboard, charts)
    return focus, dashboard.view.wall.metric, dashboard.view.wall.cursor, is_by_project(dashboard)


def of_projects(dashboard: Dashboard, _: Seen) -> object:
    """Return the line of the picker."""
    picker = dashboard.view.state(PickerView)
    return None if picker is None else picker.selected


def of_axes(dashboard: Dashboard, _: Seen) -> object:
    """Return the line of the list of axes."""
    axes = dashboard.view.state(AxesView)
    return None if axes is None else axes.selected


def of_chart_list(dashboard: Dashboard, _: Seen) -> object:
    """Return the line of the list of charts, and what of it is there."""
    listed = dashboard.view.state(ChartListView)
    if listed is None:
        return None
    listed_charts(dashboard, listed)
    return listed.position(), listed.typing.text, listed.folded


def of_found(dashboard: Dashboard, _: Seen) -> object:
    """Return the line of what was found."""
    find = dashboard.view.find
    # Above the first line, a key brings back what was typed before.
    return find.selected, find.typing.state


def of_export(dashboard: Dashboard, _: Seen) -> object:
    """Return the file that is wanted."""
    return dashboard.view.export.wanted


def of_filter(dashboard: Dashboard, _: Seen) -> object:
    """Return the filter that is typed, and what completes it."""
    view = dashboard.view
    line = view.runs.typing if view.mode is Mode.RUN_FILTER else view.choice.typing
    return line.text, line.candidates, line.chosen, view.runs.fault


def of_gpu_details(dashboard: Dashboard, seen: Seen) -> object:
    """Return which GPU is on screen, and the first line of its details."""
    shown = dashboard.view.state(GpuDetailsView)
    return None if shown is None else shown.gpu, of_text(dashboard, seen)
