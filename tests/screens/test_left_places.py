"""A person who has left every place again sees the same as a person who never went there, and goes
on seeing it while both press the same keys.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import make_batch, make_gpu
from trackio_view.model.alerts import Alert
from trackio_view.model.events import (
    AlertsLoaded,
    DataEvent,
    DetailsLoaded,
    LoadFinished,
    LoadStarted,
    ProjectsListed,
    ProjectSummary,
    RowsLoaded,
    SystemRowsLoaded,
)
from trackio_view.model.gpu import GpusSampled
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails
from trackio_view.screens.shell.frame import Composer
from trackio_view.view.actions import MODES, Action, Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.bindings import BINDINGS, TYPING
from trackio_view.view.keys.input_events import KeyPressed, PointerAction, Resized
from trackio_view.view.places import Seen, View
from trackio_view.view.responses import press_ahead, respond
from trackio_view.view.text_entry import TypedLine

P, Q = ProjectId("", "p"), ProjectId("/far", "p")
"""Two projects of one name in two places."""
NOW = 1_700_000_000.0
DOORS = (*"tgyidwc/1:eXp?v", "enter")
"""Keys that lead from the charts to other places."""
FURTHER = ("tc", "tG", "t/", "ti", "g/", "gi", "d/", "?/", "t?", "wp", "ye", "v:", "gy")
"""Keys of places behind those."""
NOT_MEANT = (Action.QUIT, Action.INTERRUPT, Action.REDRAW, Action.BACK, Action.THEME)
"""Keys that end the program, go back, or are about the terminal are not pressed in between."""
CLICK = "click"
"""Stands for the mouse, pressed and let go beside the middle of the screen."""
KEYS = {
    mode: [
        *(one.keys[0] for one in BINDINGS if mode in one.modes and one.action not in NOT_MEANT),
        *(("l", "a", "1") if mode in TYPING else ()),
        CLICK,
    ]
    for mode in MODES
}
SIZES = ((80, 24), (40, 12), (200, 50))
PRESSES = st.integers(0, 29)
"""Each stands for one of the keys of the place that is open."""
Visit = tuple[str, Sequence[int | str], bool, tuple[int, int]]
"""The key that opens a place, keys pressed there, whether the same key leaves it, and the size of
the screen meanwhile.
"""
VISITS = st.lists(
    st.tuples(
        st.sampled_from(DOORS),
        st.lists(PRESSES, max_size=5),
        st.booleans(),
        st.sampled_from(SIZES),
    ),
    min_size=1,
    max_size=5,
)
FOLLOWING = st.lists(PRESSES, max_size=4)


def events_of(project: ProjectId) -> list[DataEvent]:
    """Return what is told of a project of two runs."""
    metrics = {
        f"{group}/{name}": [float(8 - row) for row in range(8)]
        for group in ("train", "eval")
        for name in ("loss", "acc", "x")
    }
    machine = {f"gpu/{number}/utilization": [50.0, 60.0] for number in range(2)}
    times = [NOW - 20, NOW - 10]
    found: list[DataEvent] = [LoadStarted(project, 0, 16)]
    details, rows, logs = [], [], []
    for at, run in enumerate("ab"):
        config = {f"key {number}": number + at for number in range(60)}
        details.append(RunDetails(run, run, config, f"group {at}"))
        rows.append(make_batch(metrics, run_id=run, first_id=8 * at))
        logs.append(make_batch(machine, run_id=run, steps=times, times=times, first_id=2 * at))
    alert = Alert(1, "a", "a", "odd", "text", "warn", 3, NOW - 15)
    return [
        *found,
        DetailsLoaded(project, 0, details),
        RowsLoaded(project, 0, rows, 16),
        LoadFinished(project, 0),
        AlertsLoaded(project, 0, [alert], False),
        SystemRowsLoaded(project, 0, logs, True),
        ProjectsListed(project.origin, [ProjectSummary(project, 2, 16, NOW, 4096)]),
    ]


def gpus_of(host: str) -> GpusSampled:
    samples = [make_gpu(number, NOW) for number in range(2)]
    there = tuple(one._replace(identity=one.identity._replace(host=host)) for one in samples)
    return GpusSampled(there, (), host, NOW)


def made() -> Dashboard:
    dashboard = Dashboard(width=100, height=30)
    for project in (P, Q):
        dashboard.meet(project)
        for event in events_of(project):
            dashboard.apply(event)
    dashboard.watch(P)
    for host in ("", "far"):
        dashboard.apply(gpus_of(host))
    return dashboard


KEPT = {
    "": ("project", "run_id", "focus", "spread", "theme", "marks"),
    "charts": ("framing", "metric_axis", "smoothing_way", "_before", "_undone"),
    "choice": ("tab", "filter", "_query"),
    "runs": ("all_projects", "arrangement", "filter", "column", "_line", "_place"),
    "gpus": ("chosen", "cursor", "span", "filter", "order", "strip"),
    "system": ("focus", "enlarged"),
    "wall": ("by_project",),
    "diff": ("everything",),
}
"""What is found again as it was left, by the part of a view that holds it."""
GOES_FIRST = {
    Mode.SYSTEM: lambda view: view.system.enlarged,
    Mode.GPUS: lambda view: view.gpus.chosen is not None,
    Mode.WALL: lambda view: view.wall.cursor is not None,
}
"""What Escape takes away before it leaves a place."""
FILTERS = {
    Mode.CHART_FILTER: lambda view: view.choice.filter,
    Mode.GPU_FILTER: lambda view: view.gpus.filter,
    Mode.CONFIG_SEARCH: lambda view: view.diff.search,
    Mode.RUN_FILTER: lambda view: view.runs.filter,
}
"""The texts that are typed in these places. Escape drops them; the filter of runs from before holds
again.
"""


def typed_lines(view: View) -> list[TypedLine]:
    """Return the lines that know what was typed into them before."""
    parts = (view.choice, view.runs, view.gpus, view.diff, view.find, view.export)
    return [view.help_search, view.go_to, *(part.typing for part in parts)]


def earlier(line: TypedLine) -> list[str]:
    """Return the lines that the up arrow brings back."""
    return [] if line._editor is None else line._editor.history.entries


def keep(lived: View, fresh: View) -> None:
    """Give a fresh view what is kept of one that was used."""
    for part, names in KEPT.items():
        one, other = (getattr(view, part) if part else view for view in (lived, fresh))
        for name in names:
            setattr(other, name, copy.deepcopy(getattr(one, name)))
    for line, empty in zip(typed_lines(lived), typed_lines(fresh), strict=True):
        for before in earlier(line):
            empty.start(before)
            empty.finish()


class Person:
    """Somebody who presses keys and sees what comes of them."""

    def __init__(self) -> None:
        self.dashboard = made()
        self.view = self.dashboard.view
        self._composer = Composer()
        self._runs_filter = ""
        self.drawn = self._look()

    def _look(self) -> Any:
        frame = self._composer.compose(self.dashboard, NOW)
        self.drawn = frame.lines(), frame.styles
        return self.drawn

    def _seen(self) -> Seen:
        self._look()
        return self._composer.seen

    def press(self, key: int | str) -> None:
        """Press the key of a name, or the key of the open place that a number stands for."""
        mode, project = self.view.mode, self.view.project
        if mode is Mode.RUNS:
            self._runs_filter = self.view.runs.filter
        named = KEYS[mode][key % len(KEYS[mode])] if isinstance(key, int) else key
        if named == CLICK:
            self._click()
        else:
            respond(self.dashboard, KeyPressed(named), self._composer.seen)
        press_ahead(self.dashboard, self._seen)
        self._look()
        if mode is Mode.PROJECTS and self.view.project != project:
            assert (self.view.run_id, self.view.focus) == (None, 0), "those are another project's"

    def _click(self) -> None:
        composer, place = self._composer, (self.dashboard.width // 3, self.dashboard.height // 2)
        for action in (PointerAction.CLICK, PointerAction.RELEASE):
            pointed = composer.pointed(action, *place, composer.hits)
            if pointed is not None:
                respond(self.dashboard, pointed, composer.seen)

    def resize(self, size: tuple[int, int]) -> None:
        respond(self.dashboard, Resized(*size), self._composer.seen)
        self._look()

    def visit(self, *keys: int | str) -> None:
        """Go somewhere, and come back to the charts."""
        for key in keys:
            self.press(key)
        self.leave()

    def leave(self) -> None:
        """Press Escape until only the charts are left."""
        while (mode := self.view.mode) is not Mode.METRICS:
            self.press("escape")
            if self.view.mode is mode:
                continue
            assert mode not in GOES_FIRST or not GOES_FIRST[mode](self.view)
            held = self._runs_filter if mode is Mode.RUN_FILTER else ""
            assert mode not in FILTERS or FILTERS[mode](self.view) == held


def go_on_alike(
    lived: Person, doors: Iterable[Sequence[str]], following: Sequence[int], size: tuple[int, int]
) -> None:
    """Lead a person who has left every place, and a person who was nowhere, to some places: both
    must see the same.
    """
    fresh = Person()
    keep(lived.view, fresh.view)
    lived.view.said = ""
    for one in (lived, fresh):
        one.resize(size)
    assert lived.drawn == fresh.drawn
    for door in doors:
        presses: list[int | str] = [*door, *following]
        for key in presses:
            for one in (lived, fresh):
                one.press(key)
            assert lived.drawn == fresh.drawn, (door, key)
        for one in (lived, fresh):
            one.leave()
        assert lived.drawn == fresh.drawn, door


@pytest.mark.parametrize("door", [*((door,) for door in DOORS), *map(tuple, FURTHER)], ids=" ".join)
def test_no_key_behind_a_door_leaves_anything_there(utc: None, door: Sequence[str]) -> None:
    lived = Person()
    lived.press("end")
    lived.press("r")
    for key in door:
        lived.press(key)
    keys = KEYS[lived.view.mode]
    lived.leave()
    for key in keys:
        lived.visit(*door, key, "enter")
        lived.visit(*door, key)
    go_on_alike(lived, dict.fromkeys((door, ("enter",), ("v",))), [], SIZES[0])


@given(VISITS, FOLLOWING, st.sampled_from(SIZES))
@settings(
    max_examples=20, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_person_who_left_every_place_sees_the_same_as_one_who_never_went_there(
    utc: None, visits: Sequence[Visit], following: Sequence[int], size: tuple[int, int]
) -> None:
    lived = Person()
    for door, keys, by_its_key, then in visits:
        lived.resize(then)
        lived.visit(door, *keys, *([door] if by_its_key else []))
    go_on_alike(lived, dict.fromkeys((door,) for door, *_ in visits), following, size)
