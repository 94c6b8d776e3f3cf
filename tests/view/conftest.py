"""A dashboard with a loaded project, and a function that presses keys."""

from __future__ import annotations

import math

import pytest

from tests.conftest import MakeBatch
from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.input_events import Resized
from trackio_view.view.responses import respond

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


@pytest.fixture
def long_run(batch: MakeBatch) -> Dashboard:
    """A run of two thousand steps of a loss, with a validation every hundred steps."""
    rare = [step / 7 if step % 100 == 0 else None for step in range(2000)]
    metrics = {"loss": [step / 3 for step in range(2000)], "val/loss": rare}
    return loaded(batch(metrics, times=[math.nan] * 2000))
