"""The keys: one table from which dispatch, the footer's keys, the help and the README are made."""

from __future__ import annotations

from collections.abc import Iterable

from trackio_view.light_typing import NamedTuple
from trackio_view.series.smoothing import STEPS
from trackio_view.series.y_limits import Limits
from trackio_view.view.actions import MODES, Action, Mode
from trackio_view.view.keys.key_labels import key_label


class Binding(NamedTuple):
    """Some keys, and the one thing that they do in some modes."""

    keys: tuple[str, ...]
    action: Action
    modes: frozenset[Mode]
    help: str
    """What it does, in a few words, for the help screen and the README."""


_CURSOR = frozenset({Mode.CURSOR, Mode.ENLARGED})
"""Modes in which the arrows move the cursor."""
_CHARTS = _CURSOR | {Mode.METRICS}
_SYSTEM = frozenset({Mode.SYSTEM})
_PLOTS = _CHARTS | _SYSTEM
_GRIDS = frozenset({Mode.METRICS, Mode.SYSTEM})
_AXES = frozenset({Mode.X_AXIS})
_WALL = frozenset({Mode.WALL})
_DIFF = frozenset({Mode.CONFIG_DIFF})
_PAGE = frozenset({Mode.RUN_PAGE})
_MEDIA = frozenset({Mode.MEDIA})
_TRACES = frozenset({Mode.TRACES})
_TRACE = frozenset({Mode.TRACE})
_FOLDED = _PAGE | _TRACE
"""Modes in which some lines open."""
_GPUS = frozenset({Mode.GPUS})
_DETAILS = frozenset({Mode.GPU_DETAILS})
_FLEET = frozenset({Mode.FLEET})
_RUNS = frozenset({Mode.RUNS})
_SIDEWAYS = _GRIDS | _GPUS | _DIFF | _WALL
"""Modes in which left and right go to what stands there."""
_RUN_LISTS = frozenset({Mode.RUN_COLUMNS, Mode.RUN_GROUPS})
_MARKING = _RUNS | _RUN_LISTS
"""Modes in which the space bar marks or chooses."""
_FILTERS = frozenset(
    {
        *(Mode.GPU_FILTER, Mode.FLEET_FILTER, Mode.CONFIG_SEARCH),
        *(Mode.RUN_FILTER, Mode.CHART_FILTER, Mode.HELP_SEARCH, Mode.TRACE_SEARCH),
    }
)
_GO_TO = frozenset({Mode.GO_TO})
_FIND = frozenset({Mode.FIND})
_CHART_LIST = frozenset({Mode.CHART_LIST})
_EXPORT = frozenset({Mode.EXPORT})
_COMPLETED = frozenset({Mode.RUN_FILTER, Mode.CHART_FILTER})
TYPING = _FILTERS | _GO_TO | _FIND | _CHART_LIST | _EXPORT
"""Modes in which keys are text."""
_LIMITS = ", ".join(limits.value for limits in Limits)
_OTHERS = Mode("Other screens")
"""Stands for the screens that have a row in the table of screens and no name in `view.actions`."""
_EVERYWHERE = frozenset({*MODES, _OTHERS})
_ALL = _EVERYWHERE - TYPING

_BINDINGS: tuple[Binding, ...] = (
    Binding(("+", "="), Action.ZOOM_IN, _PLOTS | _WALL | _GPUS, "zoom in: less, newer history"),
    Binding(("-", "_"), Action.ZOOM_OUT, _PLOTS | _WALL | _GPUS, "zoom out: more history"),
    Binding(("[",), Action.PAN_BACK, _PLOTS, "half a window back, held there"),
    Binding(("]",), Action.PAN_FORTH, _PLOTS, "half a window on"),
    Binding(("0",), Action.ALL_DATA, _PLOTS | _WALL, "all data, following the newest row"),
    Binding(("o",), Action.LIMITS, _PLOTS | _WALL, f"y axes: {_LIMITS}"),
    Binding(("L",), Action.LOGARITHMIC, _CHARTS, "the chart's y axis logarithmic, and back"),
    Binding(("s",), Action.SMOOTHER, _CHARTS, f"smooth more: {STEPS}"),
    Binding(("S",), Action.ROUGHER, _CHARTS, "smooth less, and not at all"),
    Binding(("u",), Action.UNDO, _PLOTS, "undo: the window, axes or charts before, of the last 50"),
    Binding(("U",), Action.REDO, _PLOTS, "redo what was undone"),
    Binding(("left", "h"), Action.POINT_BACK, _CURSOR, "the point before"),
    Binding(("right", "l"), Action.POINT_FORTH, _CURSOR, "the next point"),
    Binding(("up", "k"), Action.UP, _CURSOR, "the chart before, at the same place"),
    Binding(("down", "j"), Action.DOWN, _CURSOR, "the next chart, at the same place"),
    Binding(("shift_left",), Action.FAR_BACK, _CURSOR, "a tenth of the window back"),
    Binding(("shift_right",), Action.FAR_FORTH, _CURSOR, "a tenth of the window on"),
    Binding(("home",), Action.FIRST_POINT, _CURSOR, "the first point"),
    Binding(("end",), Action.NEWEST_POINT, _CURSOR, "the newest point, following it"),
    Binding(("left", "h"), Action.LEFT, _SIDEWAYS, "the next to the left"),
    Binding(("right", "l"), Action.RIGHT, _SIDEWAYS, "the next to the right"),
    Binding(("up", "k"), Action.UP, _ALL - _CURSOR, "the chart or line above"),
    Binding(("down", "j"), Action.DOWN, _ALL - _CURSOR, "the chart or line below"),
    Binding(("enter",), Action.ENLARGE, _FLEET, "the GPUs of the host, with the last hour"),
    Binding(("s",), Action.SORT, _FLEET, "by host, most load first, most idle first"),
    Binding(("/",), Action.FILTER, _FLEET, "filter by host, model, pod, job"),
    Binding(("enter",), Action.ENLARGE, _GRIDS, "enlarge the chart"),
    Binding(("enter",), Action.ENLARGE, _GPUS, "enlarge the GPU; then, open its run"),
    Binding(("enter",), Action.CLOSER_LOOK, _CURSOR, "zoom to the stretch; enlarge it"),
    Binding(("v",), Action.CURSOR, _CHARTS, "the values at a cursor, and back"),
    Binding(
        tuple("123456789"),
        Action.GO_TO,
        _CHARTS,
        "type where to go: step 1200, 500-700, 5000-, 2h, 14:30, 30%",
    ),
    Binding(("enter",), Action.CHOOSE, frozenset({Mode.PROJECTS}), "open the project"),
    Binding(("enter",), Action.RUN_PAGE, _RUNS, "the run's page; folds a group"),
    Binding(("v",), Action.RUN_CHARTS, _RUNS, "the run's charts"),
    Binding(("left", "h"), Action.LEFT, _RUNS, "the column to the left, to sort by"),
    Binding(("right", "l"), Action.RIGHT, _RUNS, "the column to the right, to sort by"),
    Binding(("s",), Action.SORT, _RUNS, "sort by the column, then the other way, then not"),
    Binding(("S",), Action.BEST_FIRST, _RUNS, "sort by the column, best first, at once"),
    Binding(("/",), Action.FILTER, _RUNS, "filter: text, /regex/, lr>=1e-3 -name:debug"),
    Binding(("space",), Action.MARK, _RUNS, "mark a run, or a group, to compare"),
    Binding(("*",), Action.MARK_MATCHING, _RUNS, "mark all runs that match"),
    Binding(("o",), Action.MARK_ONLY, _RUNS, "mark only this run"),
    Binding(("x",), Action.UNMARK_ALL, _RUNS, "mark none"),
    Binding(("c",), Action.COLUMNS, _RUNS | {Mode.RUN_COLUMNS}, "choose columns"),
    Binding(("G",), Action.GROUP, _RUNS | {Mode.RUN_GROUPS}, "group by a config key"),
    Binding(("enter", "v"), Action.RUN_CHARTS, _WALL, "the charts of the run"),
    Binding(("tab",), Action.NEXT_METRIC, _WALL, "the next metric"),
    Binding(("shift_tab",), Action.METRIC_BEFORE, _WALL, "the metric before"),
    Binding(("a",), Action.ALL_PROJECTS, _WALL, "a chart a run, or one a project"),
    Binding(("a",), Action.ALL_PROJECTS, _RUNS, "one project's runs, or those of all watched"),
    Binding(("enter", "space"), Action.CHOOSE, _RUN_LISTS, "take the column in or out; group"),
    Binding(("left", "h"), Action.LEFT, frozenset({Mode.RUN_COLUMNS}), "column to the left"),
    Binding(("right", "l"), Action.RIGHT, frozenset({Mode.RUN_COLUMNS}), "column to the right"),
    Binding(
        ("escape", "backspace"),
        Action.BACK,
        _ALL - {Mode.METRICS},
        "back",
    ),
    Binding(
        ("page_down", "space"), Action.NEXT_PAGE, _ALL - _MARKING, "next page of charts or lines"
    ),
    Binding(("page_down",), Action.NEXT_PAGE, _MARKING, "next page of lines"),
    Binding(("page_up",), Action.PREVIOUS_PAGE, _ALL, "previous page of charts or lines"),
    Binding(("home",), Action.FIRST, _ALL - _CURSOR, "first chart or line"),
    Binding(("end",), Action.LAST, _ALL - _CURSOR, "last chart or line"),
    Binding(("r",), Action.NEXT_RUN, _PLOTS, "next run"),
    Binding(("R",), Action.PREVIOUS_RUN, _PLOTS, "previous run"),
    Binding(("f",), Action.PIN, _CHARTS | _RUNS, "keep the run on top of the others, or no longer"),
    Binding(
        ("m",), Action.SPREAD, _CHARTS, "mean and spread of the marked runs by group, and back"
    ),
    Binding(("i",), Action.RUN_PAGE, _CHARTS, "the page of the run on screen"),
    Binding(("enter",), Action.UNFOLD, _FOLDED, "open the highlighted line, or close it"),
    Binding(("tab",), Action.NEXT_FOLD, _FOLDED, "the next line that opens"),
    Binding(("shift_tab",), Action.PREVIOUS_FOLD, _FOLDED, "the line before that opens"),
    Binding(("left", "h"), Action.LEFT, _PAGE, "the table or media of a step before"),
    Binding(("right", "l"), Action.RIGHT, _PAGE, "the table or media of a step later"),
    Binding(("left", "h"), Action.LEFT, _MEDIA, "the step or row before; ten, by page"),
    Binding(("right", "l"), Action.RIGHT, _MEDIA, "the next step or row"),
    Binding(("C",), Action.COPY, _MEDIA, "copy where the file lies"),
    Binding(("enter",), Action.CHOOSE, _TRACES, "open the trace"),
    Binding(("/",), Action.SEARCH, _TRACES, "search the traces: messages, metadata, spans"),
    Binding(("left", "h"), Action.LEFT, _TRACE, "the trace before"),
    Binding(("right", "l"), Action.RIGHT, _TRACE, "the next trace"),
    Binding(("/",), Action.SEARCH, _TRACE, "search the trace"),
    Binding(("n",), Action.NEXT_EVENT, _TRACE, "the next line found; without a search, error"),
    Binding(("N",), Action.EVENT_BEFORE, _TRACE, "the one before"),
    Binding(("C",), Action.COPY, _TRACE, "copy the conversation"),
    Binding(("n",), Action.NEXT_EVENT, _CHARTS, "next NaN, spike, alert, resume, best, end"),
    Binding(("N",), Action.EVENT_BEFORE, _CHARTS, "the one before"),
    Binding(("x",), Action.NEXT_AXIS, _CHARTS, "along steps, time, the clock, or a metric"),
    Binding(("X",), Action.AXES, _CHARTS | _AXES, "choose what the charts are drawn along"),
    Binding(("enter",), Action.CHOOSE, _AXES, "draw the charts along it"),
    Binding(("C",), Action.COPY, _CHARTS, "copy the value; twice, a table of all on screen"),
    Binding(("a",), Action.ANCHOR, _CHARTS, "a stretch from here to the cursor"),
    Binding(("d",), Action.CONFIG_DIFF, _CHARTS, "what differs in the marked runs' configs"),
    Binding(("d",), Action.CONFIG_DIFF, _RUNS, "what differs in the marked runs' configs"),
    Binding(("a",), Action.ALL_KEYS, _DIFF, "all keys, or those that differ"),
    Binding(("/",), Action.SEARCH, _DIFF, "search the configs"),
    Binding(("/",), Action.SEARCH, frozenset({Mode.HELP}), "search the help"),
    Binding(("t",), Action.RUNS, _PLOTS | _RUNS | _WALL, "the table of runs, and back"),
    Binding(("w",), Action.WALL, _CHARTS | _RUNS | _WALL, "the wall: a small chart of each run"),
    Binding(
        ("p",), Action.PICK_PROJECT, _PLOTS | _RUNS | _WALL | {Mode.PROJECTS}, "pick a project"
    ),
    Binding(("tab",), Action.NEXT_TAB, _CHARTS, "the next group of charts: names to their first /"),
    Binding(("shift_tab",), Action.PREVIOUS_TAB, _CHARTS, "the group before"),
    Binding(("/",), Action.FILTER, _CHARTS, "filter the charts: loss -eval /acc.*1/"),
    Binding(("c",), Action.CHART_LIST, _CHARTS, "choose charts from a list of all"),
    Binding(("F",), Action.TO_FRONT, _CHARTS, "this chart before all others, and back"),
    Binding(("D",), Action.DROP, _CHARTS, "this chart off the screen, until that is undone"),
    Binding((">",), Action.MORE_COLUMNS, _CHARTS, "one more column of charts"),
    Binding(("<",), Action.FEWER_COLUMNS, _CHARTS, "one column of charts less"),
    Binding((";",), Action.BEST_COLUMNS, _CHARTS, "as many columns of charts as look best"),
    Binding(("b",), Action.SIDE_BOX, _CHARTS, "the box beside the charts: off, narrow, wide"),
    Binding(
        ("g",), Action.GPUS, _PLOTS | _GPUS | _FLEET | _RUNS, "the GPUs, and back to the charts"
    ),
    Binding(("y",), Action.SYSTEM, _PLOTS | _GPUS | _RUNS, "what the run logged of its machine"),
    Binding(("G",), Action.GPU_STRIP, _CHARTS, "a line of GPUs below the charts"),
    Binding(tuple("0123456789"), Action.PICK_GPU, _GPUS, "the GPU of that number"),
    Binding(("a",), Action.ALL_GPUS, _GPUS, "all GPUs"),
    Binding(("i",), Action.GPU_DETAILS, _GPUS, "all details of the GPU"),
    Binding(("i",), Action.GPU_DETAILS, _DETAILS, "back to the GPUs"),
    Binding(("left", "h"), Action.LEFT, _DETAILS, "the GPU before"),
    Binding(("right", "l"), Action.RIGHT, _DETAILS, "the next GPU"),
    Binding(("s",), Action.SORT, _GPUS, "sort the processes by the next column"),
    Binding(("/",), Action.FILTER, _GPUS, "filter GPUs by name or process"),
    Binding(("enter",), Action.CHOOSE, _FILTERS, "keep the filter"),
    Binding(("escape",), Action.BACK, _FILTERS, "drop the filter"),
    Binding(("tab",), Action.COMPLETE, _COMPLETED, "complete the word; then, what else it may be"),
    Binding(("shift_tab",), Action.COMPLETE_BACK, _COMPLETED, "what it may be, backwards"),
    Binding(("up",), Action.UP, _CHART_LIST, "the chart above"),
    Binding(("down",), Action.DOWN, _CHART_LIST, "the chart below"),
    Binding(("page_up",), Action.PREVIOUS_PAGE, _CHART_LIST, "previous page of charts"),
    Binding(("page_down",), Action.NEXT_PAGE, _CHART_LIST, "next page of charts"),
    Binding(("home",), Action.FIRST, _CHART_LIST, "first chart"),
    Binding(("end",), Action.LAST, _CHART_LIST, "last chart"),
    Binding(("left",), Action.LEFT, _CHART_LIST, "the chart a place earlier; fold the group"),
    Binding(("right",), Action.RIGHT, _CHART_LIST, "the chart a place later; open the group"),
    Binding(("space",), Action.DROP, _CHART_LIST, "the chart or group off the screen, or back"),
    Binding(("tab",), Action.DROP_LISTED, _CHART_LIST, "all that are listed off, or back"),
    Binding(("F",), Action.TO_FRONT, _CHART_LIST, "the chart or group before all others, and back"),
    Binding(("enter",), Action.ENLARGE, _CHART_LIST, "enlarge the chart; show the group"),
    Binding(("escape",), Action.BACK, _CHART_LIST, "back to the charts"),
    Binding(("enter",), Action.CHOOSE, _GO_TO, "go there"),
    Binding(("escape",), Action.BACK, _GO_TO | _FIND | _EXPORT, "stay here"),
    Binding(("enter",), Action.CHOOSE, _FIND, "go there, or do what the key does"),
    Binding(("up",), Action.UP, _FIND, "the line above"),
    Binding(("down",), Action.DOWN, _FIND, "the line below"),
    Binding(("page_up",), Action.PREVIOUS_PAGE, _FIND, "ten lines up"),
    Binding(("page_down",), Action.NEXT_PAGE, _FIND, "ten lines down"),
    Binding(
        ("escape",),
        Action.DISMISS,
        frozenset({Mode.METRICS}),
        "dismiss notices, then the filter",
    ),
    Binding(("T",), Action.THEME, _ALL, "the next theme: dark, light, contrast, blind, mono"),
    Binding(("enter",), Action.CHOOSE, _EXPORT, "write the file"),
    Binding(("e",), Action.EXPORT, _ALL, "write the screen to a file; the charts' window as CSV"),
    Binding((":",), Action.FIND, _ALL, "find any run, metric, project or key by its name"),
    Binding(("?",), Action.HELP, _ALL, "this help"),
    Binding(("q",), Action.QUIT, _ALL, "quit"),
    Binding(("ctrl_l",), Action.REDRAW, _EVERYWHERE, "draw the screen anew"),
    Binding(("ctrl_c",), Action.INTERRUPT, _EVERYWHERE, "quit, also while typing"),
)


def bindings_with(others: frozenset[Mode], own: Iterable[Binding] = ()) -> tuple[Binding, ...]:
    """Return all keys where there are other screens, too, with keys of their own. They have the
    keys that hold everywhere.
    """
    shared = (
        binding._replace(modes=binding.modes - {_OTHERS} | others)
        if _OTHERS in binding.modes
        else binding
        for binding in _BINDINGS
    )
    return (*shared, *own)


BINDINGS = bindings_with(frozenset())
"""The keys of the screens that have a name in `view.actions`."""


class KeyTable:
    """Which key does what on which screen."""

    __slots__ = ("_actions", "bindings")

    def __init__(self, bindings: tuple[Binding, ...]) -> None:
        self.bindings = bindings
        """In the order in which help and footer tell of them."""
        self._actions = {
            (mode, key): binding.action
            for binding in bindings
            for mode in binding.modes
            for key in binding.keys
        }

    def action(self, mode: Mode, key: str) -> Action | None:
        """Return what `key` does in `mode`, `None` where it does nothing."""
        return self._actions.get((mode, key))

    def label(self, mode: Mode, action: Action) -> str:
        """Return how the key of an action is written: the first it has in `mode`, else anywhere."""
        having = [binding for binding in self.bindings if binding.action is action]
        here = next((binding for binding in having if mode in binding.modes), having[0])
        return key_label(here.keys[0])


DEFAULT_KEYS = KeyTable(BINDINGS)

ALWAYS_ACT = frozenset(
    {
        *(Action.RUNS, Action.PICK_PROJECT, Action.GPUS, Action.SYSTEM, Action.ALL_PROJECTS),
        *(Action.BACK, Action.HELP, Action.QUIT),
    }
)
"""The actions of keys that also act on a screen with nothing to show."""
