"""Each key, in each place, changes the screen or says why it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from trackio_view.model.events import (
    LoadFinished,
    LoadStarted,
    Notice,
    OriginUnheard,
    ProgramOrigin,
    ProjectOrigin,
    ProjectsListed,
    ProjectSummary,
    RowsLoaded,
    RunObjectsLoaded,
)
from trackio_view.model.fleet import FleetSampled
from trackio_view.model.gpu import GpusSampled
from trackio_view.model.objects import RunObjects
from trackio_view.model.opened_traces import (
    MessagePart,
    PartKind,
    TraceContent,
    TraceLoaded,
    TraceMessage,
    TraceRequest,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.model.traces import LoggedTraces, TraceSummary
from trackio_view.screens.shell.frame import Composer, tell_unseen
from trackio_view.terminal.cells import Frame
from trackio_view.view.actions import Action, Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.folding import Fold
from trackio_view.view.keys.bindings import BINDINGS
from trackio_view.view.keys.input_events import KeyPressed
from trackio_view.view.responses import press_ahead, respond
from trackio_view.view.run_page import TRACES
from trackio_view.view.screen_table import SCREENS

P = ProjectId("", "p")
NOW = 1_000.0
FAR_TOO_OFTEN = 14
"""More presses than any key can act on in so little data."""

WAYS: dict[str, tuple[str, ...]] = {
    "charts": (),
    "charts of two runs": ("t", "space", "space", "t"),
    "a cursor": ("v",),
    "one chart": ("enter",),
    "the list of charts": ("c",),
    "a list of no chart": ("c", *"nothing"),
    "the filter of charts": ("/",),
    "where to go": ("1",),
    "what is found": (":", "l"),
    "where to write": ("e",),
    "x axes": ("X",),
    "projects": ("p",),
    "help": ("?",),
    "search of the help": ("?", "/"),
    "GPUs": ("g",),
    "filter of GPUs": ("g", "/"),
    "machine": ("y",),
    "a run's page": ("i",),
    "configs": ("d",),
    "search of configs": ("d", "/"),
    "runs": ("t",),
    "filter of runs": ("t", "/"),
    "columns of runs": ("t", "c"),
    "groups of runs": ("t", "G"),
    "wall": ("w",),
    "what is looked for": (":", *"los"),
    "what is not found": (":", *"xyzzy"),
    "where to write to": ("e",),
}
"""The keys that lead to each place."""


class Screen:
    """A dashboard that is drawn after each key, as for a person who types slowly."""

    def __init__(self, dashboard: Dashboard) -> None:
        self.dashboard = dashboard
        self.composer = Composer()
        self.frame = self.look()

    def look(self) -> Frame:
        self.frame = self.composer.compose(self.dashboard, NOW)
        return self.frame

    def press(self, key: str) -> bool:
        """Press a key, and return whether a person sees that it was pressed."""
        dashboard, before = self.dashboard, self.frame
        respond(dashboard, KeyPressed(key), self.composer.seen)

        def seen() -> object:
            self.look()
            return self.composer.seen

        press_ahead(dashboard, seen)  # type: ignore[arg-type]
        after = self.look()
        view = dashboard.view
        by_the_terminal = dashboard.quit or dashboard.redraw or view.to_change_theme or view.to_copy
        by_the_terminal = by_the_terminal or bool(view.export.wanted)
        changed = before.glyphs != after.glyphs or before.styles != after.styles
        return bool(by_the_terminal or changed or view.said)


def a_dashboard(batch: Callable[..., RunRows] | None, rows: int = 4) -> Dashboard:
    made = Dashboard(width=80, height=24)
    made.watch(P)
    made.apply(ProjectsListed("", [ProjectSummary(P, 2, 8, NOW, 4096)]))
    made.apply(LoadStarted(P, 0, 2 * rows))
    if batch is not None:
        metrics = {
            f"{group}/{name}": [float(rows - row) for row in range(rows)]
            for group in ("train", "eval")
            for name in ("loss", "acc", "x")
        }
        batches = [batch(metrics, run_id=name, run_name=name) for name in "ab"]
        made.apply(RowsLoaded(P, 0, batches, 2 * rows))
    made.apply(LoadFinished(P, 0))
    return made


def keys_of(mode: Mode) -> Iterator[tuple[str, Action]]:
    for binding in BINDINGS:
        if mode in binding.modes:
            for key in binding.keys:
                yield key, binding.action


def silent_keys(make: Callable[[], Dashboard], way: tuple[str, ...]) -> list[str]:
    """Return the keys of a place without a visible answer, each pressed as often as it may act."""

    def come() -> Screen:
        screen = Screen(make())
        for key in way:
            screen.press(key)
        return screen

    screen = come()
    mode = screen.dashboard.view.mode
    found, tried = [], set()
    for key, action in keys_of(mode):
        if action in tried:
            continue
        tried.add(action)
        screen = come()
        for time in range(FAR_TOO_OFTEN):
            if not screen.press(key):
                found.append(f"{key} ({action.name}), pressed {time + 1} times")
                break
            view = screen.dashboard.view
            if view.mode is not mode or screen.dashboard.quit or (time and view.said):
                break
    return found


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_no_key_is_silent(batch: Callable[..., RunRows], way: tuple[str, ...], utc: None) -> None:
    assert silent_keys(lambda: a_dashboard(batch), way) == []


@pytest.mark.parametrize("place", ["charts", "runs", "wall", "GPUs", "machine", "x axes", "help"])
def test_no_key_is_silent_where_there_is_nothing_yet(place: str, utc: None) -> None:
    assert silent_keys(lambda: a_dashboard(None), WAYS[place]) == []


def loading(batch: Callable[..., RunRows], *, some: bool) -> Dashboard:
    made = Dashboard(width=80, height=24)
    made.watch(P)
    made.apply(ProjectsListed("", [ProjectSummary(P, 2, 200, NOW, 4096)]))
    made.apply(LoadStarted(P, 0, 200))
    if some:
        rows = batch({"train/loss": [3.0, 2.0], "eval/acc": [1.0, 2.0]}, run_id="a", run_name="a")
        made.apply(RowsLoaded(P, 0, [rows], 100))
    return made


def with_long_names(batch: Callable[..., RunRows]) -> Dashboard:
    made = Dashboard(width=80, height=24)
    made.watch(P)
    metrics = {f"g{at % 3}/{'deep-' * 12}{at}": [1.0, float(at), 2.0] for at in range(30)}
    names = [f"{'a-very-long-name-' * 9}{at}" for at in range(5)]
    made.apply(ProjectsListed("", [ProjectSummary(P, 5, 15, NOW, 4096)]))
    made.apply(LoadStarted(P, 0, 15))
    made.apply(RowsLoaded(P, 0, [batch(metrics, run_id=it, run_name=it) for it in names], 15))
    made.apply(LoadFinished(P, 0))
    return made


def with_notices(batch: Callable[..., RunRows]) -> Dashboard:
    made = a_dashboard(batch)
    made.apply(Notice(ProgramOrigin.SETTINGS, "Unknown setting: charts.smoth."))
    made.apply(Notice(ProjectOrigin(P), "The database is locked by another program."))
    return made


def of_no_project(batch: Callable[..., RunRows]) -> Dashboard:
    made = Dashboard(width=80, height=24)
    made.apply(ProjectsListed("", []))
    return made


def unreachable(batch: Callable[..., RunRows]) -> Dashboard:
    made = Dashboard(width=80, height=24)
    made.apply(Notice(ProgramOrigin.DATA_DIRECTORY, "far:7860 refuses connections."))
    made.apply(OriginUnheard("far:7860", NOW))
    return made


STATES: dict[str, Callable[..., Dashboard]] = {
    "nothing is loaded yet": partial(loading, some=False),
    "some is loaded": partial(loading, some=True),
    "names are long": with_long_names,
    "notices are shown": with_notices,
    "there is no project": of_no_project,
    "the server is unreachable": unreachable,
}
NO_SCREENS_KEYS = ("ctrl_right", "unnamed", "f5", "\u00df")
"""Keys that no screen has."""


@pytest.mark.parametrize("state", STATES)
def test_no_key_is_silent_in_any_state(
    batch: Callable[..., RunRows], state: str, utc: None
) -> None:
    """Of the keys of each place, each state presses a share, and all states together press all."""
    number = list(STATES).index(state)
    silent, pressed = [], 0
    for place, way in WAYS.items():
        screen = Screen(STATES[state](batch))
        for key in way:
            screen.press(key)
        first_of = {action: key for key, action in reversed([*keys_of(screen.dashboard.view.mode)])}
        keys = [*NO_SCREENS_KEYS, *first_of.values()][number :: len(STATES)]
        for key in keys:
            screen = Screen(STATES[state](batch))
            for before in way:
                screen.press(before)
            frame = screen.frame
            if not screen.press(key) and not tell_unseen(
                screen.dashboard, frame, screen.frame, whole=screen.composer.whole
            ):
                silent.append((place, key))
            pressed += 1
    assert silent == []
    assert pressed > 3 * len(WAYS)


def test_no_key_of_gpus_is_silent(gpus_sampled: Callable[..., GpusSampled], utc: None) -> None:
    def make() -> Dashboard:
        dashboard = a_dashboard(None)
        dashboard.apply(gpus_sampled(3))
        return dashboard

    assert silent_keys(make, ("g",)) == []
    assert silent_keys(make, ("g", "enter")) == []
    assert silent_keys(make, ("g", "i")) == []


def test_no_key_of_a_fleet_is_silent(fleet_sampled: Callable[..., FleetSampled], utc: None) -> None:
    def make() -> Dashboard:
        dashboard = a_dashboard(None)
        dashboard.apply(fleet_sampled(3, 2))
        return dashboard

    assert silent_keys(make, ("g",)) == []
    assert silent_keys(make, ("g", "/")) == []


def test_no_key_of_traces_is_silent(batch: Callable[..., RunRows], utc: None) -> None:
    newest = tuple(TraceSummary(number, number, "k", number, request="hi") for number in (3, 2, 1))

    def make() -> Dashboard:
        dashboard = a_dashboard(batch)
        traces = LoggedTraces(3, newest)
        page = dashboard.front_key
        dashboard.apply(RunObjectsLoaded(P, page.run_id, RunObjects(traces=traces)))
        messages = [TraceMessage("user", [MessagePart(PartKind.TEXT, "hi")])] * 40
        for row in (3, 2, 1):
            content = TraceContent(newest[3 - row], messages=messages)
            dashboard.apply(TraceLoaded(TraceRequest(page, row), content))
        return dashboard

    screen, keys = Screen(make()), ["i", "end"]
    screen.press("i")
    screen.press("end")
    while screen.dashboard.view.page.chosen != Fold(TRACES):
        assert len(keys) < 20
        screen.press("tab")
        keys.append("tab")
    to_list = (*keys, "enter")
    assert silent_keys(make, to_list) == []
    assert silent_keys(make, (*to_list, "/")) == []
    assert silent_keys(make, (*to_list, "enter")) == []
    assert silent_keys(make, (*to_list, "end", "enter")) == []


def test_a_key_without_a_meaning_leads_to_the_help(batch: Callable[..., RunRows]) -> None:
    screen = Screen(a_dashboard(batch))
    for key, name in (("z", "z"), ("f5", "F5"), ("ß", "ß")):
        assert screen.press(key)
        assert screen.dashboard.view.said == f"{name} does nothing here: ? tells what keys do"


def test_every_place_is_among_those_that_are_tried(
    batch: Callable[..., RunRows], fleet_sampled: Callable[..., FleetSampled]
) -> None:
    seen = {Mode.FLEET, Mode.FLEET_FILTER, Mode.GPU_DETAILS, Mode.MEDIA}
    seen |= {Mode.TRACES, Mode.TRACE, Mode.TRACE_SEARCH}
    for way in WAYS.values():
        screen = Screen(a_dashboard(batch))
        for key in way:
            screen.press(key)
        seen.add(screen.dashboard.view.mode)
    assert seen == set(SCREENS)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("page_up",), "this is the first page"),
        (("left",), "nothing is further to the left"),
        (("up",), "nothing is above"),
    ],
)
def test_a_key_that_goes_no_further_says_so(
    batch: Callable[..., RunRows], keys: tuple[str, ...], said: str
) -> None:
    screen = Screen(a_dashboard(batch))
    for key in keys:
        screen.press(key)
    assert screen.dashboard.view.said == said


@pytest.mark.parametrize("way", ["the filter of charts", "filter of runs", "search of the help"])
@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("left",), "nothing is before the cursor"),
        (("a", "delete"), "nothing is behind the cursor"),
        (("ctrl_u",), "nothing is before the cursor"),
        (("ctrl_y",), "nothing was cut out"),
        (("f5",), "F5 does nothing in a line that is typed"),
        ((*"a" * 500, "b"), "no more than 500 characters"),
        (("a",), ""),
        (("a", "home"), ""),
        (("a", "left", "right"), ""),
    ],
)
def test_a_key_that_changes_nothing_of_a_typed_line_says_so(
    batch: Callable[..., RunRows], way: str, keys: tuple[str, ...], said: str
) -> None:
    dashboard = a_dashboard(batch)
    for key in (*WAYS[way], *keys):
        respond(dashboard, KeyPressed(key))
    assert dashboard.view.said == said
