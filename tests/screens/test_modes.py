"""Every mode of the charts, and everything that lies over them, at each usual size."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from trackio_view.model.events import (
    DetailsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    ProgramOrigin,
    ProjectsListed,
    ProjectSummary,
    RowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails, RunKey
from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.look import Look, resolved
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.responses import respond

NOW = 1_700_000_000.0
Golden = Callable[[str, Frame], None]
SIZES = ((40, 12), (80, 24), (120, 40), (200, 50))

OF_ONE_RUN = {
    "anchor": "v left shift_left shift_left a shift_left",
    "go-to": "1 2 0 0",
    "go-to-stretch": "5 0 0 - 7 0 0 enter",
    "held": "+ + [",
    "x-time": "x",
    "x-clock": "x x",
    "x-metric": "X end enter",
    "x-axis": "X down",
    "all-values": "o",
    "percentiles": "o o",
    "from-zero": "o o o",
    "side-box": "b",
    "side-box-other": "b b",
    "columns-fewer": "<",
    "columns-more": ">",
    "front": "right F tab",
    "dropped": "right D",
    "band-smooth-mean": "s s s s s",
    "anchor-enlarged": "enter shift_left shift_left a shift_left",
    "event": "n",
    "go-to-wrong": "9 9 9 9 9 enter",
    "help-of-runs": "t ?",
    "export": "e",
    "find-key": ": s m o o",
    "unknown-key": "ß",
    "all-dropped": "D D D D D D D",
    "cursor": "v left left",
    "cursor-enlarged": "enter left left",
    "cursor-smooth-log": "s L v left left",
    "closed-in": "+ + v shift_left +",
    "limits-typed": ": y space 0 . . 2 enter",
    "seconds": "1 m enter",
    "from-there-on": "1 5 0 0 - enter",
    "log-enlarged": "enter L",
    "anchor-x-time": "x v shift_left shift_left a shift_left",
    "cursor-log-x": "X down enter v shift_left",
    "cursor-x-metric": "X end enter v shift_left",
    "filter-completed": "/ l tab",
    "found-nothing": ": z z q q",
    "help-of-one-chart": "enter ?",
}
"""Names of frames, and the keys that lead to them."""
OF_THREE_RUNS = {
    "overlay": "",
    "overlay-cursor": "v shift_left",
    "overlay-anchor": "v shift_left shift_left a shift_left",
    "overlay-enlarged": "enter",
    "overlay-enlarged-cursor": "enter shift_left",
    "overlay-zoomed": "+ + down",
    "overlay-group": "tab",
    "overlay-box": "b",
    "overlay-box-other": "b b",
    "overlay-smooth": "s",
    "overlay-x-time": "x",
    "two": "t down down space v",
    "two-cursor": "t down down space v v shift_left",
    "two-enlarged": "t down down space v enter",
    "overlay-spread": "m",
    "overlay-spread-cursor": "m v shift_left",
    "overlay-log": "right L",
    "overlay-spread-log": "m right L",
    "overlay-smooth-log": "s s right L",
    "run-groups": "t G",
    "diff": "d",
    "diff-all-keys": "d a",
    "diff-searched": "d / o p t enter",
    "diff-search-typed": "d / o p t",
    "table-of-all": "t a",
    "wall-cursor": "w right +",
    "wall-limits": "w tab o",
    "overlay-front": "r",
    "overlay-event": "n",
    "overlay-x-metric": "X end enter",
    "run-filter-completed": "t / l tab",
}


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize(("name", "keys"), OF_ONE_RUN.items(), ids=OF_ONE_RUN)
def test_one_run(show: Any, golden: Golden, name: str, keys: str, width: int, height: int) -> None:
    golden(f"mode-{name}-{width}x{height}", show(width, height, *keys.split()))


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize(("name", "keys"), OF_THREE_RUNS.items(), ids=OF_THREE_RUNS)
def test_three_runs(
    compared: Dashboard,
    show: Any,
    golden: Golden,
    name: str,
    keys: str,
    width: int,
    height: int,
) -> None:
    golden(f"mode-{name}-{width}x{height}", show(width, height, *keys.split()))


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("keys", ["", "t", "enter"], ids=["charts", "table", "enlarged"])
def test_gpus_beside_runs(
    dashboard: Dashboard,
    show: Any,
    golden: Golden,
    gpus_sampled: Any,
    keys: str,
    width: int,
    height: int,
) -> None:
    dashboard.view.gpus.strip = True
    for second in range(60):
        dashboard.apply(gpus_sampled(2, NOW - 60 + second))
    name = {"": "charts", "t": "table"}.get(keys, keys)
    golden(f"mode-gpus-beside-{name}-{width}x{height}", show(width, height, *keys.split()))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_notices(dashboard: Dashboard, show: Any, golden: Golden, width: int, height: int) -> None:
    dashboard.apply(
        Notice(ProgramOrigin.SETTINGS, "Unknown setting: charts.smoth, perhaps smooth.")
    )
    golden(f"mode-notice-{width}x{height}", show(width, height))


OF_MANY_RUNS = {
    "many": "",
    "many-cursor": "v shift_left",
    "many-enlarged": "enter",
    "many-table": "t",
    "many-table-right": "t end right right right right right right",
    "many-diff": "d",
    "many-wall": "w",
}


@pytest.fixture
def many(batch: Any) -> Dashboard:
    """Twelve runs, marked, of two learning rates and three seeds and two sizes."""
    project = ProjectId("", "sweep")
    made = Dashboard(directory="/data")
    made.watch(project)
    made.apply(LoadStarted(project, 0, 12 * 200))
    runs, details = [], []
    for number in range(12):
        rate, seed, size = (1e-4, 1e-3)[number % 2], number // 2 % 3, (64, 256)[number // 6]
        times = [NOW - 400 + row * 2 - 3_000 * (number % 4) for row in range(200)]
        loss = [
            0.3 + number / 40 + 2 * math.exp(-row * (20 + number) / 900) + math.sin(row) / 20
            for row in range(200)
        ]
        accuracy = [1 - one / 3 for one in loss]
        name = f"adamw-lr{rate:g}-h{size}-seed{seed}"
        metrics = {"train/loss": loss, "val/accuracy": accuracy}
        runs.append(batch(metrics, times=times, run_id=f"id{number}", run_name=name))
        config = {"lr": rate, "seed": seed, "hidden": size, "optimizer": "adamw"}
        details.append(RunDetails(f"id{number}", name, config, None))
    made.apply(RowsLoaded(project, 0, runs, 12 * 200))
    made.apply(DetailsLoaded(project, 0, details))
    made.apply(LoadFinished(project, 0))
    made.view.marks.mark([RunKey(project, f"id{number}") for number in range(12)])
    return made


def look(dashboard: Dashboard, width: int, height: int, keys: str) -> Frame:
    composer = Composer()
    respond(dashboard, Resized(width, height))
    for key in keys.split():
        composer.compose(dashboard, NOW)
        respond(dashboard, KeyPressed(key), composer.seen)
    return resolved(composer.compose(dashboard, NOW), Look())


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize(("name", "keys"), OF_MANY_RUNS.items(), ids=OF_MANY_RUNS)
def test_many_runs(
    many: Dashboard,
    golden: Golden,
    utc: None,
    name: str,
    keys: str,
    width: int,
    height: int,
) -> None:
    golden(f"mode-{name}-{width}x{height}", look(many, width, height, keys))


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize(("name", "keys"), [("alone", ""), ("alone-box", "b")])
def test_a_run_alone(
    batch: Any, golden: Golden, utc: None, name: str, keys: str, width: int, height: int
) -> None:
    project = ProjectId("", "alone")
    made = Dashboard(directory="/data")
    made.watch(project)
    made.apply(LoadStarted(project, 0, 300))
    loss = [0.3 + 2 * math.exp(-row / 60) + math.sin(row) / 20 for row in range(300)]
    rate = [1e-3 * (1 - row / 300) for row in range(300)]
    times = [NOW - 300 + row for row in range(300)]
    metrics = {"train/loss": loss, "lr": rate}
    rows = [batch(metrics, times=times, run_name="only-one")]
    made.apply(RowsLoaded(project, 0, rows, 300))
    made.apply(LoadFinished(project, 0))
    golden(f"mode-{name}-{width}x{height}", look(made, width, height, keys))


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("keys", ["", "t", "g", "y", "w", "p"])
def test_nothing_there_yet(golden: Golden, keys: str, width: int, height: int) -> None:
    made = Dashboard(directory="/data/trackio")
    made.apply(ProjectsListed("", []))
    golden(f"mode-empty-{keys or 'charts'}-{width}x{height}", look(made, width, height, keys))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_project_that_loads(
    batch: Any, golden: Golden, utc: None, width: int, height: int
) -> None:
    project = ProjectId("", "large")
    made = Dashboard(directory="/data")
    made.watch(project)
    made.apply(LoadStarted(project, 0, 200_000))
    golden(f"mode-reading-{width}x{height}", look(made, width, height, ""))
    loss = [0.3 + 2 * math.exp(-row / 60) for row in range(300)]
    rows = [batch({"train/loss": loss}, times=[NOW] * 300, run_name="first")]
    made.apply(RowsLoaded(project, 0, rows, 60_000))
    golden(f"mode-loading-{width}x{height}", look(made, width, height, ""))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_project_is_waited_for(golden: Golden, utc: None, width: int, height: int) -> None:
    made = Dashboard(directory="/data/trackio")
    made.watch(ProjectId("", "mnits"))
    made.apply(ProjectsListed("", [ProjectSummary(ProjectId("", "mnist"), 3, 60, NOW, 90_000)]))
    golden(f"mode-waiting-{width}x{height}", look(made, width, height, "i"))
