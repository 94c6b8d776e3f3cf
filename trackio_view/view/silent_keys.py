"""What is said of a key that changed nothing. No key is silent: a key that cannot act says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from trackio_view.view.bindings import ALWAYS_ACT, Action, Mode, key_label
from trackio_view.view.chart_list import ChartListView, listed_charts
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.folding import PageSeen
from trackio_view.view.media import shown_medium
from trackio_view.view.places import AxesView, PickerView, Seen
from trackio_view.view.screen_table import SCREENS
from trackio_view.view.scrolling import ScrolledText
from trackio_view.view.shown_machine import system_charts
from trackio_view.view.text_entry import MOST_CHARACTERS
from trackio_view.view.trace import TraceView
from trackio_view.view.traces import TracesView
from trackio_view.view.wall import is_by_project, wall_charts, wall_focus


def looked_at(dashboard: Dashboard, seen: Seen) -> tuple[object, ...]:
    """Return what keys change of what is looked at: the same again after one that changed nothing.

    It is cheap, whatever is on screen: each key asks for it twice.
    """
    view = dashboard.view
    own = _OWN.get(view.mode)
    return (
        *(place.mode for place in view.places),
        (view.project, view.run_id, dashboard.focus, view.spread, view.gpus.strip),
        (view.charts.framing, view.charts.cursor, view.charts.anchor),
        (view.choice.tab, view.choice.filter),
        (view.columns, view.side_box, view.marks.revision),
        (dashboard.quit, dashboard.redraw, view.to_copy, view.to_change_theme),
        (len(dashboard.known.notices), len(dashboard.kept.keys)),
        None if own is None else own(dashboard, seen),
    )


def _of_text(dashboard: Dashboard, seen: Seen) -> object:
    place = dashboard.view.places[-1]
    if not isinstance(place.state, ScrolledText):
        return None
    furthest = seen.furthest if seen.mode is place.mode else None
    offset = place.state.offset
    first = max(0, offset if furthest is None else min(offset, furthest))
    diff = dashboard.view.diff
    return first, diff.first_run, diff.everything, diff.search


def _of_page(dashboard: Dashboard, seen: Seen) -> object:
    page = dashboard.view.page
    shown = seen.page or PageSeen()
    return _of_text(dashboard, seen), page.current(shown), frozenset(page.switched), page.opened


def _of_media(dashboard: Dashboard, _: Seen) -> object:
    shown = shown_medium(dashboard)
    return None if shown is None else (shown.one.key, shown.one.number)


def _of_traces(dashboard: Dashboard, _: Seen) -> object:
    view = dashboard.view.state(TracesView)
    return None if view is None else (view.number, view.search)


def _of_trace(dashboard: Dashboard, seen: Seen) -> object:
    view, shown = dashboard.view.state(TraceView), seen.page or PageSeen()
    if view is None:
        return None
    folds = view.current(shown), frozenset(view.switched)
    return _of_text(dashboard, seen), folds, view.traces.number, view.search, view.found


def _of_gpus(dashboard: Dashboard, _: Seen) -> object:
    gpus = dashboard.view.gpus
    return gpus.chosen, gpus.cursor, gpus.span, gpus.order, gpus.filter


def _of_fleet(dashboard: Dashboard, _: Seen) -> object:
    fleet = dashboard.view.fleet
    return fleet.position(dashboard.fleet_rows), fleet.order, fleet.filter


def _of_machine(dashboard: Dashboard, _: Seen) -> object:
    last = len(system_charts(dashboard)) - 1
    return max(0, min(dashboard.view.system.focus, last)), dashboard.view.system.enlarged


def _of_runs(dashboard: Dashboard, seen: Seen) -> object:
    runs, table = dashboard.view.runs, dashboard.runs_table(seen.now)
    places = runs.position(table), runs.column_position(table)
    return places, runs.arrangement, runs.all_projects, runs.choice


def _of_wall(dashboard: Dashboard, seen: Seen) -> object:
    charts = wall_charts(dashboard, seen.now)
    focus = wall_focus(dashboard, charts)
    return focus, dashboard.view.wall.metric, dashboard.view.wall.cursor, is_by_project(dashboard)


def _of_projects(dashboard: Dashboard, _: Seen) -> object:
    picker = dashboard.view.state(PickerView)
    return None if picker is None else picker.selected


def _of_axes(dashboard: Dashboard, _: Seen) -> object:
    axes = dashboard.view.state(AxesView)
    return None if axes is None else axes.selected


def _of_chart_list(dashboard: Dashboard, _: Seen) -> object:
    listed = dashboard.view.state(ChartListView)
    if listed is None:
        return None
    listed_charts(dashboard, listed)
    return listed.position(), listed.typing.text, listed.folded


def _of_found(dashboard: Dashboard, _: Seen) -> object:
    return dashboard.view.find.selected


def _of_export(dashboard: Dashboard, _: Seen) -> object:
    return dashboard.view.export.wanted


def _of_filter(dashboard: Dashboard, _: Seen) -> object:
    view = dashboard.view
    line = view.runs.typing if view.mode is Mode.RUN_FILTER else view.choice.typing
    return line.text, line.candidates, line.chosen, view.runs.fault


_OWN: Mapping[Mode, Callable[[Dashboard, Seen], object]] = {
    Mode.HELP: _of_text,
    Mode.CONFIG_DIFF: _of_text,
    Mode.RUN_PAGE: _of_page,
    Mode.MEDIA: _of_media,
    Mode.TRACES: _of_traces,
    Mode.TRACE: _of_trace,
    Mode.GPUS: _of_gpus,
    Mode.GPU_DETAILS: lambda dashboard, seen: (
        _of_gpus(dashboard, seen),
        _of_text(dashboard, seen),
    ),
    Mode.FLEET: _of_fleet,
    Mode.SYSTEM: _of_machine,
    Mode.RUNS: _of_runs,
    Mode.RUN_COLUMNS: _of_runs,
    Mode.RUN_GROUPS: _of_runs,
    Mode.WALL: _of_wall,
    Mode.PROJECTS: _of_projects,
    Mode.X_AXIS: _of_axes,
    Mode.CHART_LIST: _of_chart_list,
    Mode.FIND: _of_found,
    Mode.EXPORT: _of_export,
    Mode.RUN_FILTER: _of_filter,
    Mode.CHART_FILTER: _of_filter,
}
"""What keys change of a place's own state, besides what all places have in common."""


_EMPTY = "there is nothing here yet that it could be about"
_UNSEEN_WITHOUT_DATA = frozenset({Action.ZOOM_IN, Action.ZOOM_OUT})
"""What is chosen for later where there is no data yet, and not seen until then."""
_KEPT_ON_SCREEN = 4
"""How many kept keys the sentence about them names."""
_WHY: Mapping[Action, str] = {
    Action.LEFT: "nothing is further to the left",
    Action.RIGHT: "nothing is further to the right",
    Action.UP: "nothing is above",
    Action.DOWN: "nothing is below",
    Action.PREVIOUS_PAGE: "this is the first page",
    Action.NEXT_PAGE: "this is the last page",
    Action.FIRST: "this is the first one",
    Action.LAST: "this is the last one",
    Action.FIRST_POINT: "this is the first point",
    Action.NEWEST_POINT: "this is the newest point",
    Action.ZOOM_IN: "no closer",
    Action.ZOOM_OUT: "no further out",
    Action.NEXT_RUN: "there is no other run",
    Action.PREVIOUS_RUN: "there is no other run",
    Action.NEXT_METRIC: "there is no other metric",
    Action.METRIC_BEFORE: "there is no other metric",
    Action.ENLARGE: "there is nothing to enlarge",
    Action.RUN_PAGE: "there is no run yet",
    Action.RUN_CHARTS: "there is no run yet",
    Action.PIN: "there is no run yet",
    Action.MARK: "there is no run here",
    Action.MARK_MATCHING: "all runs that match are marked",
    Action.MARK_ONLY: "this run alone is marked",
    Action.UNMARK_ALL: "no run is marked",
    Action.PICK_GPU: "no GPU has this number",
    Action.ALL_GPUS: "all GPUs are on screen",
    Action.NEXT_FOLD: "no other line opens",
    Action.PREVIOUS_FOLD: "no other line opens",
    Action.UNFOLD: "no line here opens",
    Action.DISMISS: "there is nothing to dismiss",
    Action.SORT: "there is nothing to sort",
    Action.COMPLETE: "the word is complete",
    Action.COMPLETE_BACK: "the word is complete",
}
_WHY_ON: Mapping[tuple[Mode, Action], str] = {
    (Mode.RUN_PAGE, Action.LEFT): "nothing on screen has an earlier step",
    (Mode.RUN_PAGE, Action.RIGHT): "nothing on screen has a later step",
    **{
        (Mode.MEDIA, action): "no earlier step is kept"
        for action in (Action.LEFT, Action.PREVIOUS_PAGE, Action.FIRST)
    },
    **{
        (Mode.MEDIA, action): "this is the newest step"
        for action in (Action.RIGHT, Action.NEXT_PAGE, Action.LAST)
    },
    (Mode.TRACE, Action.LEFT): "this is the first trace",
    (Mode.TRACE, Action.RIGHT): "this is the newest trace",
    (Mode.TRACE, Action.NEXT_EVENT): "no line here is told apart",
    (Mode.TRACE, Action.EVENT_BEFORE): "no line here is told apart",
    (Mode.TRACES, Action.CHOOSE): "no trace is there to be opened",
    (Mode.MEDIA, Action.UP): "no other media are above",
    (Mode.MEDIA, Action.DOWN): "no other media are below",
    (Mode.RUN_COLUMNS, Action.CHOOSE): "the run's name stays",
    (Mode.RUN_COLUMNS, Action.LEFT): "it cannot go further to the left",
    (Mode.RUN_COLUMNS, Action.RIGHT): "it cannot go further to the right",
    (Mode.FIND, Action.CHOOSE): "nothing is called like that",
    (Mode.PROJECTS, Action.CHOOSE): "there is no project yet",
}
"""What is said on one screen alone."""


def why_nothing(dashboard: Dashboard, mode: Mode, action: Action, *, changed: bool) -> str:
    """Return why an action on a screen did nothing that is seen. Return an empty text if it did
    something, or `changed` what is looked at.
    """
    is_empty = SCREENS[mode].is_empty(dashboard)
    kept = len(dashboard.kept.keys)
    if kept and (not changed or kept > _KEPT_ON_SCREEN):
        return f"{kept} keys wait for data{'' if changed else ': no more are kept'}"
    if changed and not (is_empty and action in _UNSEEN_WITHOUT_DATA):
        return ""
    if is_empty and action not in ALWAYS_ACT:
        return _EMPTY
    return _WHY_ON.get((mode, action)) or _WHY.get(action, "there is nothing to do")


_BEFORE = "nothing is before the cursor"
_BEHIND = "nothing is behind the cursor"
_WHY_TYPED: Mapping[str, str] = {
    **dict.fromkeys(("left", "ctrl_b", "home", "ctrl_a", "shift_left"), _BEFORE),
    **dict.fromkeys(("backspace", "ctrl_w", "ctrl_u"), _BEFORE),
    **dict.fromkeys(("right", "ctrl_f", "end", "ctrl_e", "shift_right"), _BEHIND),
    **dict.fromkeys(("delete", "ctrl_d", "ctrl_k"), _BEHIND),
    **dict.fromkeys(("up", "ctrl_p"), "no earlier line is known"),
    **dict.fromkeys(("down", "ctrl_n"), "no later line is known"),
    "ctrl_y": "nothing was cut out that could come back",
    "ctrl_z": "nothing is there to be undone",
}
"""What is said of keys that edit a line, where they found nothing to do."""


def why_not_typed(key: str) -> str:
    """Return why a key changed nothing of the line that is typed."""
    if key == "space" or len(key) == 1:
        return f"no more than {MOST_CHARACTERS} characters"
    return _WHY_TYPED.get(key) or f"{key_label(key)} does nothing in a line that is typed"


def no_such_key(key: str, help_key: str) -> str:
    """Return what is said of a key that has no meaning on a screen."""
    return f"{key_label(key)} does nothing here: {help_key} tells what keys do"
