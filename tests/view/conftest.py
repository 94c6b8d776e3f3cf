"""A dashboard with a loaded project, and a function that presses keys."""

from __future__ import annotations

import math

import pytest

from tests.conftest import MakeBatch
from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded, RunObjectsLoaded
from trackio_view.model.objects import RunObjects
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey, RunRows
from trackio_view.model.traces import LoggedTraces, TraceSummary
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import Resized
from trackio_view.view.responses import respond
from trackio_view.view.run_page import RunPageView

P = ProjectId("", "p")
"""The project that is loaded."""


def loaded(*runs: RunRows, width: int = 80, height: int = 24) -> Dashboard:
    """Return a dashboard with project `P` on screen, which has these rows and is loaded to its
    end."""
    made = Dashboard()
    respond(made, Resized(width, height))
    made.watch(P)
    made.apply(LoadStarted(P, 0, 0))
    row_count = 0
    for run in runs:
        row_count += len(run.steps)
        made.apply(RowsLoaded(P, 0, [run], row_count))
    made.apply(LoadFinished(P, 0))
    return made


GROUPED = ["loss", *(f"{group}/{name}" for group in ("actor", "critic") for name in "abcd")]
"""The metrics of `grouped`: the loss, and two groups of four."""


@pytest.fixture
def grouped(batch: MakeBatch) -> Dashboard:
    """A run of two rows, with a metric without a group and two groups of four metrics."""
    return loaded(batch({name: [1.0, 2.0] for name in GROUPED}), width=120, height=40)


TRACED = RunKey(P, "r")
"""The page of the run that logs traces."""


def trace_summary(number: int) -> TraceSummary:
    return TraceSummary(number, 100 + number, "k", number)


def log_traces(
    dashboard: Dashboard, total: int, *, known: int = 10, within_rows: bool = False
) -> None:
    """Let the run have so many traces, of which its page knows the newest."""
    newest = tuple(trace_summary(number) for number in range(total, max(0, total - known), -1))
    traces = LoggedTraces(total, newest, within_rows)
    dashboard.apply(RunObjectsLoaded(P, "r", RunObjects(traces=traces)))


@pytest.fixture
def traced(batch: MakeBatch) -> Dashboard:
    """The open page of a run, whose traces `log_traces` tells."""
    made = Dashboard(width=80, height=24)
    made.watch(P)
    made.apply(RowsLoaded(P, 0, [batch({"loss": [1.0]}, run_id="r")], 1))
    made.view.open(Mode.RUN_PAGE, RunPageView(key=TRACED))
    return made


@pytest.fixture
def long_run(batch: MakeBatch) -> Dashboard:
    """A run of two thousand steps of a loss, with a validation every hundred steps."""
    rare = [step / 7 if step % 100 == 0 else None for step in range(2000)]
    metrics = {"loss": [step / 3 for step in range(2000)], "val/loss": rare}
    return loaded(batch(metrics, times=[math.nan] * 2000))
