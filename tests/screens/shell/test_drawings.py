"""Each screen has one drawing, and drawing changes nothing that another frame could see."""

from __future__ import annotations

import copy
import enum
from array import array
from collections.abc import Mapping
from typing import Any

import pytest

from trackio_view.model.events import DetailsLoaded, RowsLoaded, RunObjectsLoaded, SystemRowsLoaded
from trackio_view.model.objects import LoggedMedia, LoggedText, RunObjects
from trackio_view.model.opened_traces import (
    MessagePart,
    PartKind,
    TraceContent,
    TraceLoaded,
    TraceMessage,
    TraceRequest,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails, RunKey
from trackio_view.model.traces import LoggedTraces, TraceSummary
from trackio_view.screens.canvas import Drawing
from trackio_view.screens.shell.drawings import drawing_at
from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.cells import Frame
from trackio_view.view.actions import Action, Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.places import Seen
from trackio_view.view.responses import respond
from trackio_view.view.screen_table import SCREENS

EXPERIMENT = ProjectId("", "my-experiment")

NOW = 1_700_000_000.0

WAYS = {
    Mode.METRICS: ("+", "right"),
    Mode.CURSOR: ["v", "left"],
    Mode.ENLARGED: ("enter", "-"),
    Mode.GO_TO: ("1", "2"),
    Mode.FIND: (":", "l"),
    Mode.EXPORT: ("e", "x"),
    Mode.CHART_LIST: ("c", "l", "o"),
    Mode.HELP_SEARCH: ("?", "/", "a"),
    Mode.CHART_FILTER: ("/", "l", "o"),
    Mode.X_AXIS: ("X", "down"),
    Mode.RUNS: ("t", "end"),
    Mode.RUN_COLUMNS: ("t", "c", "down"),
    Mode.RUN_GROUPS: ("t", "G"),
    Mode.RUN_FILTER: ("t", "/", "a", "g", "e", "<", "9", "d"),
    Mode.RUN_PAGE: ("i", "end"),
    Mode.MEDIA: ("i", "end", "enter"),
    Mode.TRACES: ("i", "end", "tab", "tab", "tab", "enter", "down"),
    Mode.TRACE: ("i", "end", "tab", "tab", "enter", "end"),
    Mode.TRACE_SEARCH: ("i", "end", "tab", "tab", "enter", "/", "h"),
    Mode.CONFIG_DIFF: ("t", "*", "d", "end"),
    Mode.CONFIG_SEARCH: ("d", "a", "/", "l"),
    Mode.GPUS: ("g", "s"),
    Mode.GPU_FILTER: ("g", "/", "1"),
    Mode.GPU_DETAILS: ("g", "i", "end"),
    Mode.FLEET: ("g", "s", "end"),
    Mode.FLEET_FILTER: ("g", "/", "7"),
    Mode.SYSTEM: ("y", "right"),
    Mode.WALL: ("w", "end"),
    Mode.PROJECTS: ("p", "end"),
    Mode.HELP: ("t", "?", "end"),
}
"""Keys that lead to each screen, as far down as it goes."""

KEPT = {
    "SingleValues": {"_run", "_looked_at", "_made_of", "_found"},
    "Dashboard": {"_derived", "_shown", "derived_configs"},
    "RunsView": {"_table", "_table_of"},
    "ChartListView": {"_metrics", "_groups", "_lines", "_places", "_made_of"},
    "WallView": {"known"},
    "FleetView": {
        *("_matching", "_rows", "_places", "_totals"),
        *("_fleet", "_filtered", "_ordered"),
    },
    "Project": {"_newest_first", "_newest_run"},
    "RunHealth": {"_run", "_unwell"},
    "Series": {"_overview", "_bounds", "_summed"},
}
"""Answers that are kept until the facts behind them change. No frame can tell whether they were
asked for before: `test_earlier_drawings_are_not_seen` and `screens/test_drawn_before.py`
hold that."""


def snapshot(thing: Any, path: str = "", above: frozenset[int] = frozenset()) -> dict[str, str]:
    """Return every part of a value by its place in it, without the kept answers."""
    name = type(thing).__name__
    if isinstance(thing, str | bytes | float | int | None | enum.Enum | Mode | Action):
        return {path: repr(thing)}
    if isinstance(thing, array):
        return {path: repr(thing.tobytes())}
    if id(thing) in above or callable(thing):
        return {path: name}
    if isinstance(thing, Mapping):
        parts = [(repr(key), value) for key, value in thing.items()]
    elif isinstance(thing, list | tuple):
        parts = [(str(place), value) for place, value in enumerate(thing)]
    elif isinstance(thing, set | frozenset):
        return {path: repr(sorted(map(repr, thing)))}
    else:
        parts = [(field, getattr(thing, field)) for field in _fields(thing)]
    found = {path: f"{name} of {len(parts)}"}
    for field, value in parts:
        found |= snapshot(value, f"{path}/{field}", above | {id(thing)})
    return found


def _fields(thing: object) -> list[str]:
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    names = [*slots, *getattr(thing, "__dict__", ())]
    kept = KEPT.get(type(thing).__name__, set())
    if type(thing).__name__ == "Run":
        # Private fields of a run are answers about its rows. The rows themselves are public.
        kept = {name for name in names if name.startswith("_") or name == "kept"}
    return [name for name in names if name not in kept and hasattr(thing, name)]


@pytest.fixture
def filled(dashboard: Dashboard, gpus_sampled, fleet_sampled, batch, mode) -> Dashboard:
    """Data for every screen; of a fleet, more machines than lines where it is on screen."""
    dashboard.apply(fleet_sampled(60 if mode in (Mode.FLEET, Mode.FLEET_FILTER) else 6, gpus=2))
    dashboard.apply(gpus_sampled(2))
    details = [RunDetails(f"id{n}", f"run-{n}", {"lr": n, "max_steps": 4000}) for n in range(3)]
    dashboard.apply(DetailsLoaded(EXPERIMENT, 0, details))
    machine = batch(
        {"gpu/0/utilization": [40.0, 90.0], "cpu/percent": [1.0, 2.0]},
        steps=[NOW - 20, NOW - 10],
        times=[NOW - 20, NOW - 10],
        run_id="id2",
    )
    dashboard.apply(SystemRowsLoaded(EXPERIMENT, 0, [machine], True))
    text = LoggedText("notes", 1, "word " * 900)
    medium = LoggedMedia("sample", 1, "image", "/m/a.png", "a cat", "a.png")
    newest = tuple(TraceSummary(number, number, "k", number, request="hi") for number in (2, 1))
    objects = RunObjects(texts=(text,), media=(medium,), traces=LoggedTraces(2, newest))
    dashboard.apply(RunObjectsLoaded(EXPERIMENT, "id2", objects))
    said = [TraceMessage("user", [MessagePart(PartKind.TEXT, "hi\n" * 90)])]
    request = TraceRequest(RunKey(EXPERIMENT, "id2"), 2)
    dashboard.apply(TraceLoaded(request, TraceContent(newest[0], messages=said)))
    return dashboard


def test_every_row_names_how_its_screen_is_drawn() -> None:
    for mode, screen in SCREENS.items():
        drawing = drawing_at(screen.drawing)
        assert isinstance(drawing, Drawing), mode
        assert (drawing.header is not None) == screen.is_ground, mode
        assert (drawing.body is not None) or screen.typed is not None, mode


def go_to(dashboard: Dashboard, mode: Mode) -> Dashboard:
    """Lead to a screen as a person does who sees every frame. The frames are drawn of a copy."""
    dashboard.has_fleet = mode in (Mode.FLEET, Mode.FLEET_FILTER)
    drawn, composer, seen = twin(dashboard), Composer(), Seen()
    respond(dashboard, Resized(120, 40))
    respond(drawn, Resized(120, 40))
    for key in WAYS[mode]:
        respond(dashboard, KeyPressed(key), seen)
        respond(drawn, KeyPressed(key), seen)
        composer.compose(drawn, NOW)
        seen = composer.seen
    assert dashboard.view.mode is mode
    return dashboard


def twin(dashboard: Dashboard) -> Dashboard:
    """Return a copy that shares nothing with the original but a fault, which is never changed."""
    fault = dashboard.view.runs.fault
    return copy.deepcopy(dashboard, {id(fault): fault})


def cells(frame: Frame) -> tuple[object, object]:
    return frame.glyphs, frame.styles


@pytest.mark.parametrize("mode", SCREENS)
def test_drawing_changes_nothing(filled, batch, mode) -> None:
    go_to(filled, mode)
    # An event that comes meanwhile moves the line under the cursor.
    rows = batch({"val/loss": [0.1]}, steps=[1], run_id="a", run_name="a", first_id=9000)
    filled.apply(RowsLoaded(EXPERIMENT, 0, [rows], 6001))
    filled.project.runs = dict(sorted(filled.project.runs.items()))
    before, composer = snapshot(filled), Composer()
    first = cells(composer.compose(filled, NOW))
    assert snapshot(filled) == before
    assert cells(composer.compose(filled, NOW)) == first
    filled.width, filled.height = 50, 14
    composer.compose(filled, NOW + 3600)
    Composer().compose(filled, NOW)
    filled.width, filled.height = 120, 40
    assert snapshot(filled) == before
    assert cells(composer.compose(filled, NOW)) == first


@pytest.mark.parametrize("mode", SCREENS)
def test_earlier_drawings_are_not_seen(filled, batch, mode) -> None:
    go_to(filled, mode)
    untouched, composer = twin(filled), Composer()
    for width, height, now in ((120, 40, NOW), (61, 17, NOW + 9e5), (200, 50, NOW - 60)):
        filled.width, filled.height = width, height
        composer.compose(filled, now)
    rows = batch({"train/loss": [0.1, 0.2]}, steps=[2000, 2001], run_id="id1", first_id=9000)
    for dashboard in (filled, untouched):
        dashboard.width, dashboard.height = 100, 30
        dashboard.apply(RowsLoaded(EXPERIMENT, 0, [rows], 6002))
        respond(dashboard, KeyPressed("up"), Seen(NOW, mode, 12))
    drawn = composer.compose(filled, NOW)
    assert cells(drawn) == cells(Composer().compose(untouched, NOW))
