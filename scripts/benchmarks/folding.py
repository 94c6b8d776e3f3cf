"""The cost of folding much data: thousands of metrics, and many runs."""

from __future__ import annotations

import resource
import time
from array import array
from collections.abc import Iterator, Mapping

from trackio_view.model.events import DetailsLoaded, LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails, RunRows
from trackio_view.screens.shell.frame import Composer
from trackio_view.series.series import MetricColumn
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import Resized
from trackio_view.view.responses import respond

_PROJECT = ProjectId("", "p")

BATCH = 200


def _rows(run: str, metrics: int, start: int, count: int) -> RunRows:
    rows = array("I", range(count))
    columns = {
        f"part/{metric}": MetricColumn(rows, array("d", range(metric, metric + count)))
        for metric in range(metrics)
    }
    numbers = array("d", range(start, start + count))
    return RunRows(run, run, start + count, numbers, numbers, columns, start + count)


def _batches(runs: int, rows: int, metrics: int) -> Iterator[RunRows]:
    for start in range(0, rows, BATCH):
        for run in range(runs):
            yield _rows(f"run-{run}", metrics, start, min(BATCH, rows - start))


def fold(runs: int, rows: int, metrics: int) -> Mapping[str, float]:
    """Return the processor time of a load's events, of the first frame, and of the next ones."""
    dashboard = Dashboard()
    respond(dashboard, Resized(120, 40))
    dashboard.watch(_PROJECT)
    dashboard.apply(LoadStarted(_PROJECT, 0, runs * rows))
    details = [RunDetails(f"run-{run}", f"run-{run}", {}) for run in range(runs)]
    dashboard.apply(DetailsLoaded(_PROJECT, 0, details))
    spent, loaded, events = 0.0, 0, 0
    for batch in _batches(runs, rows, metrics):
        loaded += len(batch.steps)
        begin = time.process_time()
        dashboard.apply(RowsLoaded(_PROJECT, 0, [batch], loaded))
        spent += time.process_time() - begin
        events += 1
    dashboard.apply(LoadFinished(_PROJECT, 0))
    composer = Composer()
    begin = time.process_time()
    composer.compose(dashboard, 1e9)
    first = time.process_time() - begin
    begin = time.process_time()
    for _ in range(20):
        composer.compose(dashboard, 1e9)
    return {
        "an event folded, CPU": spent / events * 1000,
        "first frame, CPU": first * 1000,
        "next frames, CPU": (time.process_time() - begin) / 20 * 1000,
        "peak memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
