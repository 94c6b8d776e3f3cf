"""The table of screens: what each of them means for keys, for the footer and for what is read.

A row names the room that draws its screen and does not import it: this part of the program knows no
cells.
"""

from __future__ import annotations

from collections.abc import Mapping

from trackio_view.model.fleet import HOST_IDLE_PERCENT
from trackio_view.model.gpu_support import GPU_SUPPORT
from trackio_view.view import own_state, typed_responses
from trackio_view.view import screen_responses as responses
from trackio_view.view.actions import MODES, Action, Mode
from trackio_view.view.charts.chart_choice_responses import type_chart_filter
from trackio_view.view.charts.chart_list import (
    ChartListView,
    move_over_chart_list,
    type_in_chart_list,
)
from trackio_view.view.charts.go_to_responses import type_go_to
from trackio_view.view.export_responses import type_export
from trackio_view.view.finding_responses import move_over_found, type_find
from trackio_view.view.gpu_details import on_gpu_details
from trackio_view.view.keys import footer_keys
from trackio_view.view.keys.bindings import BINDINGS, Binding, bindings_with
from trackio_view.view.keys.footer_words import (
    words_of_charts,
    words_of_fleet,
    words_of_gpus,
    words_of_machine,
    words_of_runs,
    words_of_wall,
)
from trackio_view.view.media import move_over_media, on_media
from trackio_view.view.places import HelpView, View
from trackio_view.view.screen_row import KeyGroup, Screen, Typed, Wants
from trackio_view.view.shown_machine import system_charts
from trackio_view.view.text_entry import TypedLine
from trackio_view.view.trace import (
    TraceView,
    on_trace,
    trace_is_ahead,
    type_trace_search,
)
from trackio_view.view.traces import (
    TracesView,
    has_no_traces,
    move_over_traces,
)
from trackio_view.view.wall import move_over_wall, on_wall

_FLEET_NOTES = (
    f"A cell is a GPU, or a partition of one, and its number the load in percent, below "
    f"{HOST_IDLE_PERCENT:.0f} of which it is idle. Without room for numbers a bar as high as the "
    "load stands there. A dash is a GPU whose load nobody tells, and a cross one that nobody tells "
    "of any more.",
)
_GPU_NOTES = tuple(f"{gpu.vendor}, through {gpu.through}: {gpu.seen}." for gpu in GPU_SUPPORT)


_CHARTS = KeyGroup("Charts", "charts", "charts")
_RUNS = KeyGroup("The table of runs", "runs", "runs")
_CONFIGS = KeyGroup("A run's page and configs", "configs", "runs")
_GPUS = KeyGroup("GPUs", "GPUs", "gpus")
_TYPING = KeyGroup("While typing", "while typing")

_GO_TO_WORDS = ("go", "stay", "500-700  5000-  2h  14:30  30%")

_CHART_SCREEN = Screen(
    _CHARTS,
    "shell.drawings.CHARTS",
    responses.on_charts,
    responses.move_over_charts,
    is_ground=True,
    is_empty=lambda dashboard: not dashboard.every_metric,
    awaits=lambda dashboard: dashboard.run is None and not dashboard.compared,
    footer=words_of_charts,
    offers=footer_keys.METRICS,
)


def _typed_in_list(view: ChartListView | None) -> Typed:
    typing = TypedLine() if view is None else view.typing
    line = None if view is None else view.line()
    is_group = line is not None and line.metric is None
    keys = (
        (("space",), "on/off"),
        (("F",), "front"),
        (("left", "right"), "fold" if is_group else "order"),
        (("tab",), "all"),
    )
    return Typed("find", typing, "show" if is_group else "enlarge", "back", keys=keys)


def _looked_for(view: HelpView | None) -> Typed:
    search = TypedLine() if view is None else view.search
    return Typed("search", search)


def _searched_in(view: View) -> Typed:
    shown = view.places[-1].state
    line = shown.typing if isinstance(shown, TracesView | TraceView) else TypedLine()
    return Typed("search", line)


_RUN_LIST = Screen(
    _RUNS, "panels.run_lists.COLUMNS", responses.on_run_list, responses.move_over_choices
)

SCREENS: Mapping[Mode, Screen] = {
    Mode.METRICS: _CHART_SCREEN,
    Mode.CURSOR: _CHART_SCREEN._replace(offers=footer_keys.CURSOR),
    Mode.ENLARGED: _CHART_SCREEN._replace(offers=footer_keys.ENLARGED),
    Mode.RUNS: Screen(
        _RUNS,
        "runs.DRAWING",
        responses.on_runs,
        responses.move_over_runs,
        is_ground=True,
        wants=Wants(clock=True),
        about_all_projects=lambda view: view.runs.all_projects,
        is_empty=lambda dashboard: not dashboard.has_run_entries,
        awaits=lambda dashboard: not dashboard.has_run_entries,
        footer=words_of_runs,
        offers=footer_keys.RUNS,
        own_state=own_state.of_runs,
    ),
    Mode.RUN_COLUMNS: _RUN_LIST._replace(
        offers=footer_keys.RUN_COLUMNS, own_state=own_state.of_runs
    ),
    Mode.RUN_GROUPS: _RUN_LIST._replace(
        drawing="panels.run_lists.GROUPS",
        offers=footer_keys.RUN_GROUPS,
        own_state=own_state.of_runs,
    ),
    Mode.CONFIG_DIFF: Screen(
        _CONFIGS,
        "config_diff.DRAWING",
        responses.on_config_diff,
        responses.move_in_text,
        offers=footer_keys.CONFIG_DIFF,
        own_state=own_state.of_text,
    ),
    Mode.RUN_PAGE: Screen(
        _CONFIGS,
        "run_page.DRAWING",
        responses.on_run_page,
        responses.move_in_text,
        wants=Wants(page=True, gpus=True),
        is_ahead=responses.page_is_ahead,
        offers=footer_keys.RUN_PAGE,
        own_state=own_state.of_page,
    ),
    Mode.MEDIA: Screen(
        _CONFIGS,
        "media.DRAWING",
        on_media,
        move_over_media,
        offers=footer_keys.MEDIA,
        own_state=own_state.of_media,
    ),
    Mode.TRACES: Screen(
        _CONFIGS,
        "traces.DRAWING",
        responses.on_trace_list,
        move_over_traces,
        is_empty=has_no_traces,
        offers=footer_keys.TRACES,
        own_state=own_state.of_traces,
    ),
    Mode.TRACE: Screen(
        _CONFIGS,
        "trace.DRAWING",
        on_trace,
        responses.move_in_text,
        is_ahead=trace_is_ahead,
        offers=footer_keys.TRACE,
        own_state=own_state.of_trace,
    ),
    Mode.GPUS: Screen(
        _GPUS,
        "gpus.DRAWING",
        responses.on_gpus,
        responses.move_over_gpus,
        is_ground=True,
        reads_project=False,
        wants=Wants(gpus=True),
        is_empty=lambda dashboard: not dashboard.known.gpus.histories,
        footer=words_of_gpus,
        notes=_GPU_NOTES,
        offers=footer_keys.GPUS,
        own_state=own_state.of_gpus,
    ),
    Mode.GPU_DETAILS: Screen(
        _GPUS,
        "gpu_details.DRAWING",
        on_gpu_details,
        responses.move_in_text,
        reads_project=False,
        notes=_GPU_NOTES,
        offers=footer_keys.GPU_DETAILS,
        own_state=own_state.of_gpu_details,
    ),
    Mode.FLEET: Screen(
        KeyGroup("A fleet of GPUs", "fleet", "gpus"),
        "fleet.DRAWING",
        responses.on_fleet,
        responses.move_over_fleet,
        is_ground=True,
        reads_project=False,
        wants=Wants(gpus=True, clock=True),
        is_empty=lambda dashboard: not dashboard.fleet_rows,
        footer=words_of_fleet,
        notes=_FLEET_NOTES,
        offers=footer_keys.FLEET,
        own_state=own_state.of_fleet,
    ),
    Mode.SYSTEM: Screen(
        KeyGroup("A run's machine", "machine", "gpus"),
        "system.DRAWING",
        responses.on_system,
        responses.move_over_machine,
        is_ground=True,
        is_empty=lambda dashboard: not system_charts(dashboard),
        footer=words_of_machine,
        offers=footer_keys.SYSTEM,
        own_state=own_state.of_machine,
    ),
    Mode.WALL: Screen(
        KeyGroup("The wall", "the wall", "runs"),
        "wall.DRAWING",
        on_wall,
        move_over_wall,
        is_ground=True,
        wants=Wants(clock=True),
        about_all_projects=lambda view: view.wall.by_project is not False,
        is_empty=lambda dashboard: not dashboard.has_run_entries,
        footer=words_of_wall,
        offers=footer_keys.WALL,
        own_state=own_state.of_wall,
    ),
    Mode.PROJECTS: Screen(
        KeyGroup("Projects", "projects"),
        "projects.DRAWING",
        responses.on_projects,
        responses.move_over_projects,
        wants=Wants(projects=True, clock=True),
        about_all_projects=lambda _: True,
        offers=footer_keys.PROJECTS,
        own_state=own_state.of_projects,
    ),
    Mode.X_AXIS: Screen(
        _CHARTS,
        "axis_list.DRAWING",
        responses.on_axes,
        responses.move_over_axes,
        offers=footer_keys.X_AXIS,
        own_state=own_state.of_axes,
    ),
    Mode.HELP: Screen(
        KeyGroup("Help", "help"),
        "help.DRAWING",
        responses.on_help,
        responses.move_in_text,
        offers=footer_keys.HELP,
        own_state=own_state.of_text,
    ),
    Mode.HELP_SEARCH: Screen(
        _TYPING,
        take_text=typed_responses.type_help_search,
        typed=lambda view: _looked_for(view.state(HelpView)),
    ),
    Mode.GPU_FILTER: Screen(
        _TYPING,
        take_text=typed_responses.type_gpu_filter,
        typed=lambda view: Typed("filter", view.gpus.typing),
    ),
    Mode.FLEET_FILTER: Screen(
        _TYPING,
        take_text=typed_responses.type_fleet_filter,
        typed=lambda view: Typed("filter", view.fleet.typing),
    ),
    Mode.CONFIG_SEARCH: Screen(
        _TYPING,
        take_text=typed_responses.type_search,
        typed=lambda view: Typed("search", view.diff.typing),
    ),
    Mode.TRACE_SEARCH: Screen(
        _TYPING,
        take_text=type_trace_search,
        typed=_searched_in,
    ),
    Mode.GO_TO: Screen(
        _TYPING,
        take_text=type_go_to,
        typed=lambda view: Typed("go to", view.go_to, *_GO_TO_WORDS),
    ),
    Mode.FIND: Screen(
        _TYPING,
        "found.DRAWING",
        move=move_over_found,
        take_text=type_find,
        typed=lambda view: Typed("find", view.find.typing, "go", "stay", "y 0..2 sets this y axis"),
        own_state=own_state.of_found,
    ),
    Mode.EXPORT: Screen(
        _TYPING,
        take_text=type_export,
        typed=lambda view: Typed(
            "write to", view.export.typing, "write", "stay", ".png .svg .html .txt .ans .csv"
        ),
        own_state=own_state.of_export,
    ),
    Mode.CHART_FILTER: Screen(
        _TYPING,
        take_text=type_chart_filter,
        typed=lambda view: Typed("charts", view.choice.typing, examples="loss -eval /acc/"),
        own_state=own_state.of_filter,
    ),
    Mode.CHART_LIST: Screen(
        _CHARTS,
        "chart_list.DRAWING",
        move=move_over_chart_list,
        take_text=type_in_chart_list,
        typed=lambda view: _typed_in_list(view.state(ChartListView)),
        own_state=own_state.of_chart_list,
    ),
    Mode.RUN_FILTER: Screen(
        _TYPING,
        "panels.run_filter.DRAWING",
        take_text=typed_responses.type_run_filter,
        typed=lambda view: Typed("filter", view.runs.typing),
        own_state=own_state.of_filter,
    ),
}
"""Every screen, in the order in which the manual tells of their keys."""


def every_binding() -> tuple[Binding, ...]:
    """Return the keys of all screens: those of the table of keys, and those that rows bring."""
    own: list[Binding] = []
    for screen in SCREENS.values():
        own += [screen.opening.binding] if screen.opening is not None else []
        own += screen.bindings
    others = SCREENS.keys() - set(MODES)
    return bindings_with(frozenset(others), own) if others or own else BINDINGS


def action_of_enter(mode: Mode) -> Action | None:
    """Return what Enter does on a screen with the default keys, `None` where it does nothing."""
    having = (one for one in every_binding() if mode in one.modes and "enter" in one.keys)
    return next((one.action for one in having), None)


def opened_by(action: Action) -> Mode | None:
    """Return the screen that a key of its own row opens, `None` where an action opens none."""
    for mode, screen in SCREENS.items():
        if screen.opening is not None and screen.opening.binding.action is action:
            return mode
    return None
