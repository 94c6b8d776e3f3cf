"""Metrics with one value are a list instead of charts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.pressing import press
from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.look import Look, resolved
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import Resized
from trackio_view.view.responses import respond

P = ProjectId("", "p")
ROWS = 60
SIZES = [(40, 12), (80, 24), (120, 40), (200, 50)]


@pytest.fixture
def dashboard(batch: Callable[..., RunRows]) -> Dashboard:
    """A run whose trainer logs its results at the end, as metrics of their own."""
    made = Dashboard(width=80, height=24)
    made.watch(P)
    end: list[float | None] = [None] * (ROWS - 1)
    metrics = {
        "train/loss": [1.0 / (row + 1) for row in range(ROWS)],
        "eval/loss": [2.0 / (row + 1) for row in range(ROWS)],
        "train/weight_decay": [0.1] * ROWS,
        "train/train_runtime": [*end, 812.25],
        "train/total_flos": [*end, 2.65e15],
    }
    made.apply(LoadStarted(P, 0, ROWS))
    made.apply(RowsLoaded(P, 0, [batch(metrics)], ROWS))
    made.apply(LoadFinished(P, 0))
    return made


def shown(dashboard: Dashboard, *keys: str) -> Frame:
    press(dashboard, *keys)
    return resolved(Composer().compose(dashboard, 1.7e9 + ROWS), Look())


@pytest.mark.parametrize("size", SIZES)
def test_golden(dashboard: Dashboard, golden: Any, utc: None, size: tuple[int, int]) -> None:
    width, height = size
    respond(dashboard, Resized(width, height))
    frame = shown(dashboard, "shift_tab", "down")
    golden(f"values-{width}x{height}", frame)


def test_they_are_no_charts(dashboard: Dashboard) -> None:
    assert dashboard.metrics == ["train/loss", "eval/loss"]
    assert "values 3" in shown(dashboard).lines()[-2]


def test_keys_go_line_by_line_and_enter_makes_a_chart(dashboard: Dashboard) -> None:
    text = "\n".join(shown(dashboard, "shift_tab").lines())
    assert "the same 60 times" in text
    assert "812.25  once, at step 59" in text
    focused = [dashboard.metrics[dashboard.focus]]
    for _ in range(2):
        shown(dashboard, "down")
        focused.append(dashboard.metrics[dashboard.focus])
    assert sorted(focused) == sorted(dashboard.metrics)
    shown(dashboard, "down")
    assert dashboard.view.said == "nothing is below"
    lines = shown(dashboard, "enter").lines()
    assert dashboard.view.mode is Mode.ENLARGED
    assert focused[-1] in lines[1]
    shown(dashboard, "escape", "F")
    assert dashboard.charts.tab == "//"
    assert focused[-1] not in dashboard.metrics, "it is a chart now"
    assert len(dashboard.metrics) == 2


def test_they_are_found_in_the_list_of_all_charts(dashboard: Dashboard) -> None:
    shown(dashboard, "c", *"runtime", "enter")
    assert dashboard.view.mode is Mode.ENLARGED
    assert dashboard.metrics[dashboard.focus] == "train/train_runtime"


def test_compared_runs_and_chosen_metrics_have_charts_and_no_list(dashboard: Dashboard) -> None:
    shown(dashboard, "t", "space", "t")
    assert len(dashboard.metrics) == 5
    shown(dashboard, "t", "x", "t")
    assert len(dashboard.metrics) == 2
