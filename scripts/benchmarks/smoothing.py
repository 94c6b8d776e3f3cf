"""The cost of smoothing much data: a page of charts of long noisy series."""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Mapping

import numpy as np

from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.screens.shell.frame import Composer
from trackio_view.series.series import MetricColumn
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.responses import respond

_PROJECT = ProjectId("", "p")
_METRICS = 12
_FRAMES = 10


def _rows(first: int, count: int) -> RunRows:
    rows = array("I", range(count))
    noise = np.random.default_rng(first).normal(size=(_METRICS, count))
    falling = np.exp(-np.arange(first, first + count) / 2e5)
    columns = {
        f"loss/{number}": MetricColumn(rows, array("d", (falling + noise[number]).tobytes()))
        for number in range(_METRICS)
    }
    steps = array("d", range(first, first + count))
    times = array("d", [math.nan] * count)
    return RunRows("run", "run", first + count, steps, times, columns, first + count - 1)


def _after_each_row(dashboard: Dashboard, composer: Composer) -> float:
    """Return the processor time of a frame after a new row, as the mean of several."""
    spent = 0.0
    for _ in range(_FRAMES):
        run = dashboard.run
        known = 0 if run is None else run.row_count
        dashboard.apply(RowsLoaded(_PROJECT, 0, [_rows(known, 1)], known + 1))
        begin = time.process_time()
        composer.compose(dashboard, 1e9)
        spent += time.process_time() - begin
    return spent / _FRAMES


def smooth(rows: int) -> Mapping[str, float]:
    """Return the processor time of the first frame that is smoothed, and of those after a row."""
    dashboard, composer = Dashboard(), Composer()
    respond(dashboard, Resized(120, 50))
    dashboard.watch(_PROJECT)
    dashboard.apply(LoadStarted(_PROJECT, 0, rows))
    dashboard.apply(RowsLoaded(_PROJECT, 0, [_rows(0, rows)], rows))
    dashboard.apply(LoadFinished(_PROJECT, 0))
    composer.compose(dashboard, 1e9)
    plain = _after_each_row(dashboard, composer)
    for _ in "ss":
        respond(dashboard, KeyPressed("s"))
    begin = time.process_time()
    composer.compose(dashboard, 1e9)
    first = time.process_time() - begin
    smoothed = _after_each_row(dashboard, composer)
    return {
        "first frame, CPU": first * 1000,
        "a frame after a row, CPU": smoothed * 1000,
        "by that of lines not smoothed": smoothed / plain,
    }
