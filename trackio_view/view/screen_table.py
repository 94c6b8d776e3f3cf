"""The table of screens: what each of them means for keys, for the footer and for what is read.

How a screen is drawn stands in the table of the shell, which has the same modes; this part of the
program knows no cells.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from trackio_view.model.events import DataEvent, Notice, ProjectRenamed, ProjectsListed
from trackio_view.model.fleet import IDLE_PERCENT, FleetSampled
from trackio_view.model.gpu import GpusRemembered, GpusSampled
from trackio_view.model.gpu_support import GPU_SUPPORT
from trackio_view.model.opened_media import MediaLoaded, MediaRequest
from trackio_view.model.opened_traces import (
    TraceListLoaded,
    TraceListRequest,
    TraceLoaded,
    TraceRequest,
)
from trackio_view.model.run import RunKey
from trackio_view.model.windows import WindowChoice
from trackio_view.model.x_axis import STEPS, XAxis
from trackio_view.view import screen_responses as responses
from trackio_view.view import typed_responses
from trackio_view.view.bindings import Action, Mode
from trackio_view.view.chart_choice_responses import type_chart_filter
from trackio_view.view.chart_list import (
    ChartListView,
    move_over_chart_list,
    type_in_chart_list,
)
from trackio_view.view.charted_runs import newest_x
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.export_responses import type_export
from trackio_view.view.finding_responses import move_over_found, type_find
from trackio_view.view.go_to_responses import type_go_to
from trackio_view.view.gpu_details import on_gpu_details
from trackio_view.view.media import media_request, move_over_media, on_media
from trackio_view.view.places import HelpView, Seen, View
from trackio_view.view.screen_responses import fleet_room
from trackio_view.view.shown_machine import system_charts, system_layout
from trackio_view.view.text_entry import TypedLine
from trackio_view.view.trace import (
    TraceView,
    listed_by,
    on_trace,
    trace_is_ahead,
    trace_request,
    type_trace_search,
)
from trackio_view.view.traces import (
    TracesView,
    has_no_traces,
    move_over_traces,
    traces_request,
)
from trackio_view.view.wall import move_over_wall, on_wall, wall_charts, wall_focus, wall_layout


class KeyGroup(NamedTuple):
    """Groups of screens whose keys the manual tells together."""

    heading: str
    name: str
    """What the screens are called within a sentence."""
    page: str = "keys"
    """The page of the manual that tells of them."""


class ShownPart(NamedTuple):
    """Which of many things are on screen, counted from one."""

    unit: str
    first: int
    last: int
    total: int
    short: bool = True
    """Whether the numbers are understood without the word, where room is short."""


class FooterWords(NamedTuple):
    """What the footer says about the data on screen."""

    window: WindowChoice | str = ""
    """The stretch that charts show; of GPUs, its label."""
    since: float | None = None
    """The earliest time in any window, in seconds since the epoch; `None` where there is none."""
    part: ShownPart | None = None
    axis: XAxis = STEPS
    """What the charts are drawn along."""
    newest: float = math.nan
    """The newest x of the runs along the axis of a window that is held."""


class Typed(NamedTuple):
    """A text that is being typed, and what it is typed for."""

    word: str
    line: TypedLine
    keep: str = "keep"
    drop: str = "drop"
    """What Enter and Esc do."""
    examples: str = ""


@dataclass(frozen=True, slots=True)
class Wants:
    """What a screen wants sampled or read while it is seen."""

    gpus: bool = False
    page: bool = False
    """Whether the objects of the run on the open page are wanted."""
    projects: bool = False
    """Whether every project that is listed is summarized often."""
    clock: bool = False
    """Whether the screen is drawn again as time passes, because it shows ages."""


Respond = Callable[[Dashboard, Action, Seen], bool]
Move = Callable[[Dashboard, Action, Seen], None]
TakeText = Callable[[Dashboard, Action | None, Sequence[str], Seen], None]

_NOTES = (
    "A run's state is inferred from the age of its last row, measured by its usual time between "
    "rows: TrackIO records no end. A zoom level counts distinct steps, so a metric logged rarely "
    "shows its points of that stretch.",
)
_FLEET_NOTES = (
    f"A cell is a GPU, or a partition of one, and its number the load in percent, below "
    f"{IDLE_PERCENT:.0f} of which it is idle. Without room for numbers a bar as high as the load "
    "stands there. Nobody tells the load where there is a dash; a cross is a GPU that is told of "
    "no more.",
)
_GPU_NOTES = tuple(f"{gpu.vendor}, through {gpu.through}: {gpu.seen}." for gpu in GPU_SUPPORT)


@dataclass(frozen=True, slots=True)
class Screen:
    """One row: everything about a screen but how it is drawn."""

    keys: KeyGroup
    respond: Respond | None = None
    """Does what an action means there; returns whether it means anything there. `None` where keys
    are text.
    """
    move: Move | None = None
    """How the screen scrolls: it gets the moves that `respond` leaves."""
    take_text: TakeText | None = None
    """Takes in keys that are text. For the few keys that end the typing it is given an action."""
    typed: Callable[[View], Typed] | None = None
    is_ground: bool = False
    """Whether the screen fills the frame and has its own header. Other screens lie over such a
    ground.
    """
    reads_project: bool = True
    """Whether the screen is about the project on screen. Then the footer tells how far the project
    is read.
    """
    wants: Wants = Wants()
    about_all_projects: Callable[[View], bool] = lambda _: False
    """Whether reports of any project may change the screen."""
    is_empty: Callable[[Dashboard], bool] = lambda _: False
    """Whether the screen has nothing to show. Then most of its keys do nothing."""
    awaits: Callable[[Dashboard], bool] | None = None
    """Whether the screen has no data yet that keys could be about. Then keys are kept."""
    is_ahead: Callable[[Dashboard, Action, Seen], bool] | None = None
    """Whether an action is about what the next frame shows. Then that frame is drawn first."""
    footer: Callable[[Dashboard, float], FooterWords] = lambda _, __: FooterWords()
    """What a ground says in the footer at a time."""
    notes: tuple[str, ...] = _NOTES
    """What its help says below the keys."""


def _chart_words(dashboard: Dashboard, count: int, page: int, focus: int) -> FooterWords:
    if not count:
        return FooterWords()
    first = focus - focus % page
    last = min(first + page, count)
    part = ShownPart("chart" if last == first + 1 else "charts", first + 1, last, count)
    return FooterWords(
        dashboard.view.charts.window,
        dashboard.view.selection.since,
        part if page < count else None,
        dashboard.view.charts.framing.axis,
        newest_x(dashboard),
    )


def _of_charts(dashboard: Dashboard, _: float) -> FooterWords:
    shown = dashboard.shown_charts
    return _chart_words(dashboard, len(shown.metrics), shown.layout.page_size, shown.focus)


def _of_machine(dashboard: Dashboard, _: float) -> FooterWords:
    count = len(system_charts(dashboard))
    focus = max(0, min(dashboard.view.system.focus, count - 1))
    return _chart_words(dashboard, count, system_layout(dashboard, count).page_size, focus)


def _of_wall(dashboard: Dashboard, now: float) -> FooterWords:
    charts = wall_charts(dashboard, now)
    page = wall_layout(dashboard, len(charts)).page_size
    return _chart_words(dashboard, len(charts), page, wall_focus(dashboard, charts))


def _of_gpus(dashboard: Dashboard, _: float) -> FooterWords:
    return FooterWords(dashboard.view.gpus.history_span.label)


def _of_fleet(dashboard: Dashboard, _: float) -> FooterWords:
    fleet = dashboard.view.fleet
    count, room = len(dashboard.fleet_rows), fleet_room(dashboard)
    if count <= room:
        return FooterWords(fleet.order.value)
    line = fleet.position(dashboard.fleet_rows) + 1
    part = ShownPart("host", line, line, count, short=False)
    return FooterWords(fleet.order.value, part=part)


def _of_runs(dashboard: Dashboard, now: float) -> FooterWords:
    table = dashboard.runs_table(now)
    count = len(table.lines)
    if count <= dashboard.layout.grid_height - 1:
        return FooterWords()
    line = dashboard.view.runs.position(table) + 1
    return FooterWords(part=ShownPart("line", line, line, count, short=False))


_CHARTS = KeyGroup("Charts", "charts", "charts")
_RUNS = KeyGroup("The table of runs", "runs", "runs")
_CONFIGS = KeyGroup("A run's page and configs", "configs", "runs")
_GPUS = KeyGroup("GPUs", "GPUs", "gpus")
_TYPING = KeyGroup("While typing", "while typing")

_GO_TO_WORDS = ("go", "stay", "500-700  5000-  2h  14:30  30%")

_CHART_SCREEN = Screen(
    _CHARTS,
    responses.on_charts,
    responses.move_over_charts,
    is_ground=True,
    is_empty=lambda dashboard: not dashboard.every_metric,
    awaits=lambda dashboard: dashboard.run is None and not dashboard.compared,
    footer=_of_charts,
)


def _typed_in_list(view: ChartListView | None) -> Typed:
    typing = TypedLine() if view is None else view.typing
    line = None if view is None else view.line()
    is_group = line is not None and line.metric is None
    hints = f"Space on/off  F front  ←→ {'fold' if is_group else 'order'}  Tab all"
    return Typed("find", typing, "show" if is_group else "enlarge", "back", hints)


def _looked_for(view: HelpView | None) -> Typed:
    search = TypedLine() if view is None else view.search
    return Typed("search", search)


def _searched_in(view: View) -> Typed:
    shown = view.places[-1].state
    line = shown.typing if isinstance(shown, TracesView | TraceView) else TypedLine()
    return Typed("search", line)


_RUN_LIST = Screen(_RUNS, responses.on_run_list, responses.move_over_choices)

SCREENS: Mapping[Mode, Screen] = {
    Mode.METRICS: _CHART_SCREEN,
    Mode.CURSOR: _CHART_SCREEN,
    Mode.ENLARGED: _CHART_SCREEN,
    Mode.RUNS: Screen(
        _RUNS,
        responses.on_runs,
        responses.move_over_runs,
        is_ground=True,
        wants=Wants(clock=True),
        about_all_projects=lambda view: view.runs.all_projects,
        is_empty=lambda dashboard: not dashboard.has_run_entries,
        awaits=lambda dashboard: not dashboard.has_run_entries,
        footer=_of_runs,
    ),
    Mode.RUN_COLUMNS: _RUN_LIST,
    Mode.RUN_GROUPS: _RUN_LIST,
    Mode.CONFIG_DIFF: Screen(_CONFIGS, responses.on_config_diff, responses.move_in_text),
    Mode.RUN_PAGE: Screen(
        _CONFIGS,
        responses.on_run_page,
        responses.move_in_text,
        wants=Wants(page=True, gpus=True),
        is_ahead=responses.page_is_ahead,
    ),
    Mode.MEDIA: Screen(_CONFIGS, on_media, move_over_media),
    Mode.TRACES: Screen(
        _CONFIGS,
        responses.on_trace_list,
        move_over_traces,
        is_empty=has_no_traces,
    ),
    Mode.TRACE: Screen(
        _CONFIGS,
        on_trace,
        responses.move_in_text,
        is_ahead=trace_is_ahead,
    ),
    Mode.GPUS: Screen(
        _GPUS,
        responses.on_gpus,
        responses.move_over_gpus,
        is_ground=True,
        reads_project=False,
        wants=Wants(gpus=True),
        is_empty=lambda dashboard: not dashboard.known.gpus.histories,
        footer=_of_gpus,
        notes=_GPU_NOTES,
    ),
    Mode.GPU_DETAILS: Screen(
        _GPUS,
        on_gpu_details,
        responses.move_in_text,
        reads_project=False,
        notes=_GPU_NOTES,
    ),
    Mode.FLEET: Screen(
        KeyGroup("A fleet of GPUs", "fleet", "gpus"),
        responses.on_fleet,
        responses.move_over_fleet,
        is_ground=True,
        reads_project=False,
        wants=Wants(gpus=True, clock=True),
        is_empty=lambda dashboard: not dashboard.fleet_rows,
        footer=_of_fleet,
        notes=_FLEET_NOTES,
    ),
    Mode.SYSTEM: Screen(
        KeyGroup("A run's machine", "machine", "gpus"),
        responses.on_system,
        responses.move_over_machine,
        is_ground=True,
        is_empty=lambda dashboard: not system_charts(dashboard),
        footer=_of_machine,
    ),
    Mode.WALL: Screen(
        KeyGroup("The wall", "the wall", "runs"),
        on_wall,
        move_over_wall,
        is_ground=True,
        wants=Wants(clock=True),
        about_all_projects=lambda view: view.wall.by_project is not False,
        is_empty=lambda dashboard: not dashboard.has_run_entries,
        footer=_of_wall,
    ),
    Mode.PROJECTS: Screen(
        KeyGroup("Projects", "projects"),
        responses.on_projects,
        responses.move_over_projects,
        wants=Wants(projects=True, clock=True),
        about_all_projects=lambda _: True,
    ),
    Mode.X_AXIS: Screen(_CHARTS, responses.on_axes, responses.move_over_axes),
    Mode.HELP: Screen(KeyGroup("Help", "help"), responses.on_help, responses.move_in_text),
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
        move=move_over_found,
        take_text=type_find,
        typed=lambda view: Typed("find", view.find.typing, "go", "stay"),
    ),
    Mode.EXPORT: Screen(
        _TYPING,
        take_text=type_export,
        typed=lambda view: Typed(
            "write to", view.export.typing, "write", "stay", ".png .svg .html .txt .csv"
        ),
    ),
    Mode.CHART_FILTER: Screen(
        _TYPING,
        take_text=type_chart_filter,
        typed=lambda view: Typed("charts", view.choice.typing, examples="loss -eval /acc/"),
    ),
    Mode.CHART_LIST: Screen(
        _CHARTS,
        move=move_over_chart_list,
        take_text=type_in_chart_list,
        typed=lambda view: _typed_in_list(view.state(ChartListView)),
    ),
    Mode.RUN_FILTER: Screen(
        _TYPING,
        take_text=typed_responses.type_run_filter,
        typed=lambda view: Typed("filter", view.runs.typing),
    ),
}
"""Every screen, in the order in which the manual tells of their keys."""


def visible(view: View) -> list[Mode]:
    """Return the modes that are seen: the highest ground, then the screens over it, from below."""
    modes = list(view.modes)
    grounds = [place for place, mode in enumerate(modes) if SCREENS[mode].is_ground]
    return modes[grounds[-1] :]


def ground(view: View) -> Screen:
    """Return the screen that whatever else is seen lies over."""
    screens = (SCREENS[place.mode] for place in reversed(view.places))
    return next(screen for screen in screens if screen.is_ground)


class Wanted(NamedTuple):
    """What sources should bring for what is seen."""

    gpus: bool
    page: RunKey | None
    """The run whose objects are to be read."""
    projects: bool
    clock: bool
    host: str | None = None
    """The machine of a fleet whose GPUs are looked at."""
    media: MediaRequest | None = None
    """The file that is looked at."""
    traces: TraceListRequest | None = None
    """The traces that are listed,"""
    trace: TraceRequest | None = None
    """and the one that is looked at."""


def wanted(dashboard: Dashboard) -> Wanted:
    """Return what sources should bring for what is seen."""
    view = dashboard.view
    wants = [SCREENS[mode].wants for mode in visible(view)]
    return Wanted(
        view.gpus.strip or any(want.gpus for want in wants),
        view.page.key if any(want.page for want in wants) else None,
        any(want.projects for want in wants),
        any(want.clock for want in wants),
        view.fleet.opened if Mode.GPUS in visible(view) else None,
        media_request(dashboard) if Mode.MEDIA in visible(view) else None,
        traces_request(dashboard, listed_by(dashboard)),
        trace_request(dashboard),
    )


def shows(dashboard: Dashboard, event: DataEvent) -> bool:
    """Return whether what a source reported may change what is on screen."""
    view = dashboard.view
    if isinstance(event, ProjectsListed):
        return wanted(dashboard).projects or dashboard.run is None
    if isinstance(event, Notice | ProjectRenamed | GpusSampled | GpusRemembered | FleetSampled):
        return True
    if isinstance(event, MediaLoaded):
        return event.request == wanted(dashboard).media
    if isinstance(event, TraceListLoaded):
        return event.request == wanted(dashboard).traces
    if isinstance(event, TraceLoaded):
        return event.request == wanted(dashboard).trace
    if any(SCREENS[mode].about_all_projects(view) for mode in visible(view)):
        return True
    return event.project == view.project or any(
        key.project == event.project for key in view.marks.appearances
    )
