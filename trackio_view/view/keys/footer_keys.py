"""Which keys the footer may offer on each screen, the most important first."""

from __future__ import annotations

from trackio_view.model.windows import EVERYTHING
from trackio_view.view.actions import Action
from trackio_view.view.charts.shown_charts import ShownCharts
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.media import media_keys, shown_medium
from trackio_view.view.screen_row import Offer
from trackio_view.view.shown_configs import has_row_a_run
from trackio_view.view.trace import TraceView
from trackio_view.view.traces import shown_traces
from trackio_view.view.wall import is_by_project


def _are_any(shown: ShownCharts) -> bool:
    return bool(shown.metrics)


def _are_all_dropped(shown: ShownCharts) -> bool:
    return not shown.metrics and bool(shown.chosen.dropped)


def _are_filtered(shown: ShownCharts) -> bool:
    return shown.chosen.filtered_of is not None


def _lists_projects(dashboard: Dashboard) -> bool:
    return bool(dashboard.known.summaries)


def _is_zoomed(dashboard: Dashboard) -> bool:
    return dashboard.view.charts.window != EVERYTHING


def _is_held(dashboard: Dashboard) -> bool:
    return dashboard.view.charts.is_held


def _compares(dashboard: Dashboard) -> bool:
    return len(dashboard.compared) > 1


def _has_runs(dashboard: Dashboard) -> bool:
    project = dashboard.project
    return project is not None and len(project.runs) > 1


def _lists_runs(dashboard: Dashboard) -> bool:
    """Return whether the table of runs has others than the run on screen."""
    several_projects = dashboard.view.runs.all_projects and len(dashboard.known.projects) > 1
    return several_projects or _has_runs(dashboard)


def _has_anchor(dashboard: Dashboard) -> bool:
    return dashboard.view.charts.anchor is not None


def _are_grouped(shown: ShownCharts) -> bool:
    """Return whether one group of charts is on screen, or more charts than have room are."""
    chosen, page = shown.chosen, shown.layout.page_size
    return len(chosen.tabs) > 1 and (bool(chosen.tab) or len(chosen.metrics) > page)


def _has_many_gpus(dashboard: Dashboard) -> bool:
    return len(dashboard.known.gpus.histories) > 1


def _is_one_gpu(dashboard: Dashboard) -> bool:
    return dashboard.view.gpus.on_screen(dashboard.known.gpus) is not None


def _shows_logger(dashboard: Dashboard) -> bool:
    """Return whether the one GPU on screen has a process that logs a run."""
    return dashboard.view.gpus.logging_process(dashboard.known.gpus) is not None


def _has_steps(dashboard: Dashboard) -> bool:
    objects = dashboard.page_objects
    return objects is not None and bool(objects.tables or objects.media)


def _has_media_steps(dashboard: Dashboard) -> bool:
    shown = shown_medium(dashboard)
    return shown is not None and len(shown.steps) > 1


def _has_media_keys(dashboard: Dashboard) -> bool:
    return len(media_keys(dashboard)) > 1


def _has_several_traces(dashboard: Dashboard) -> bool:
    view = dashboard.view.state(TraceView)
    return view is not None and shown_traces(dashboard, view.traces).total > 1


def _is_searched(dashboard: Dashboard) -> bool:
    view = dashboard.view.state(TraceView)
    return view is not None and bool(view.search)


def _is_at_newest(dashboard: Dashboard) -> bool:
    return dashboard.view.charts.cursor is None


_MOVE = Offer("move", (Action.UP, Action.DOWN))
_OPEN = Offer("open", (Action.ENLARGE,))
_BACK = Offer("back", (Action.BACK,))
_ZOOM = Offer("zoom", (Action.ZOOM_IN, Action.ZOOM_OUT))
_ALL_DATA = Offer("all data", (Action.ALL_DATA,), _is_zoomed)
_CHOOSE = Offer("choose", (Action.CHOOSE,))
_POINT = Offer("point", (Action.POINT_BACK, Action.POINT_FORTH))
_CHART = Offer("chart", (Action.UP, Action.DOWN))
_FILTER = Offer("filter", (Action.FILTER,))
_SORT = Offer("sort", (Action.SORT,))
_RUNS = Offer("runs", (Action.RUNS,))
_RUN = Offer("run", (Action.NEXT_RUN,), _has_runs)
_PROJECTS = Offer("projects", (Action.PICK_PROJECT,))
_GPUS = Offer("GPUs", (Action.GPUS,))
_MACHINE = Offer("system", (Action.SYSTEM,))

_AT_CURSOR = (
    _POINT,
    _BACK,
    Offer("show it", (Action.CLOSER_LOOK,), _has_anchor),
    Offer("release", (Action.ANCHOR,), _has_anchor),
    Offer("copy", (Action.COPY,), lambda dashboard: not _is_at_newest(dashboard)),
    Offer("stretch", (Action.ANCHOR,), lambda dashboard: not _has_anchor(dashboard)),
    _ALL_DATA,
)

METRICS = (
    Offer("dismiss", (Action.DISMISS,), lambda dashboard: bool(dashboard.known.dismissable)),
    Offer("undo", (Action.UNDO,), charts=_are_all_dropped),
    _ALL_DATA,
    _ZOOM._replace(charts=_are_any),
    Offer("enlarge", (Action.ENLARGE,), charts=_are_any),
    Offer("read", (Action.CURSOR,), charts=_are_any),
    Offer("pan", (Action.PAN_BACK, Action.PAN_FORTH), _is_held),
    _FILTER._replace(charts=_are_filtered),
    Offer("front", (Action.NEXT_RUN,), _compares),
    Offer("diff", (Action.CONFIG_DIFF,), _compares),
    Offer("group", (Action.NEXT_TAB,), charts=_are_grouped),
    _RUNS._replace(when=_lists_runs),
    _RUN,
    Offer("go to", (Action.GO_TO,), charts=_are_any),
    Offer("find", (Action.FIND,)),
    *(_RUNS, _PROJECTS, _GPUS, _MACHINE),
)
CURSOR = (
    *_AT_CURSOR,
    Offer("event", (Action.NEXT_EVENT,)),
    Offer("enlarge", (Action.CLOSER_LOOK,)),
)
ENLARGED = (*_AT_CURSOR, _CHART, Offer("event", (Action.NEXT_EVENT,)), _ZOOM)
RUNS = (
    Offer("open", (Action.RUN_PAGE,)),
    Offer("mark", (Action.MARK,)),
    Offer("diff", (Action.CONFIG_DIFF,), _compares),
    Offer("compare", (Action.RUNS,), _compares),
    Offer("mark all", (Action.MARK_MATCHING,), lambda shown: bool(shown.view.runs.filter)),
    Offer("charts", (Action.RUN_CHARTS,)),
    _FILTER,
    _SORT,
    Offer("charts", (Action.RUNS,)),
    *(_PROJECTS, _GPUS, _MACHINE, _BACK),
)
RUN_COLUMNS = (
    *(Offer("in/out", (Action.CHOOSE,)), Offer("shift", (Action.LEFT, Action.RIGHT))),
    *(_MOVE, _BACK),
)
RUN_GROUPS = (_CHOOSE, _MOVE, _BACK)
WALL = (
    _ALL_DATA,
    Offer("charts", (Action.RUN_CHARTS,)),
    Offer("metric", (Action.NEXT_METRIC,)),
    Offer("by run", (Action.ALL_PROJECTS,), is_by_project),
    _ZOOM,
    _BACK,
    *(_RUNS, _PROJECTS),
)
CONFIG_DIFF = (
    Offer("differences", (Action.ALL_KEYS,), lambda shown: shown.view.diff.everything),
    Offer("all keys", (Action.ALL_KEYS,), lambda shown: not shown.view.diff.everything),
    Offer("search", (Action.SEARCH,)),
    _BACK,
    Offer("runs", (Action.LEFT, Action.RIGHT), lambda shown: not has_row_a_run(shown)),
    Offer("keys", (Action.LEFT, Action.RIGHT), has_row_a_run),
    _MOVE,
)
RUN_PAGE = (
    Offer("open", (Action.UNFOLD,)),
    Offer("next", (Action.NEXT_FOLD,)),
    Offer("step", (Action.LEFT, Action.RIGHT), _has_steps),
    *(_MOVE, _BACK),
)
MEDIA = (
    Offer("step", (Action.LEFT, Action.RIGHT), _has_media_steps),
    Offer("key", (Action.UP, Action.DOWN), _has_media_keys),
    Offer("copy path", (Action.COPY,)),
    _BACK,
)
TRACES = (
    Offer("open", (Action.CHOOSE,)),
    Offer("search", (Action.SEARCH,)),
    *(_MOVE, _BACK),
)
TRACE = (
    Offer("other trace", (Action.LEFT, Action.RIGHT), _has_several_traces),
    Offer("open", (Action.UNFOLD,)),
    Offer("search", (Action.SEARCH,)),
    Offer("next", (Action.NEXT_EVENT,), _is_searched),
    *(_BACK, _MOVE),
)
GPUS = (
    Offer("all GPUs", (Action.ALL_GPUS,), lambda shown: shown.view.gpus.chosen is not None),
    Offer("its run", (Action.ENLARGE,), _shows_logger),
    Offer("enlarge", (Action.ENLARGE,), lambda shown: not _is_one_gpu(shown)),
    Offer("details", (Action.GPU_DETAILS,)),
    _ZOOM,
    _FILTER._replace(when=_has_many_gpus),
    _SORT,
    _BACK,
    *(Offer("charts", (Action.GPUS,)), _MACHINE),
)
GPU_DETAILS = (*(Offer("GPU", (Action.LEFT, Action.RIGHT), _has_many_gpus), _MOVE, _BACK),)
FLEET = (_OPEN, _SORT, _FILTER, _MOVE, _BACK, Offer("charts", (Action.GPUS,)))
SYSTEM = (
    _ALL_DATA,
    _ZOOM,
    _BACK,
    Offer("enlarge", (Action.ENLARGE,), lambda dashboard: not dashboard.view.system.enlarged),
    _CHART._replace(when=lambda dashboard: dashboard.view.system.enlarged),
    _RUN,
    _GPUS,
    *(_RUNS, _PROJECTS, Offer("charts", (Action.SYSTEM,))),
)
PROJECTS = (
    *(Offer("open", (Action.CHOOSE,), _lists_projects), _MOVE._replace(when=_lists_projects)),
    _BACK,
)
X_AXIS = (_CHOOSE, _MOVE, _BACK)
HELP = (Offer("search", (Action.SEARCH,)), _MOVE, _BACK)
