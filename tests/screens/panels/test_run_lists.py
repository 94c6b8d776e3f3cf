"""The lists over the table of runs: the columns, and what to group by."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.screens.conftest import EXPERIMENT
from trackio_view.model.events import DetailsLoaded, RowsLoaded
from trackio_view.model.run import RunDetails
from trackio_view.view.dashboard import Dashboard


@pytest.fixture
def sweep(dashboard: Dashboard, batch: Any) -> Dashboard:
    """Nine runs more, of whose config keys one decides."""
    names = [f"lr{rate}-seed{seed}" for rate in (1, 2, 3) for seed in (0, 1, 2)]
    rows = [batch({"loss": [float(name[2]) + 0.01 * int(name[-1])]}, run_id=name) for name in names]
    details = [
        RunDetails(name, name, {"lr": int(name[2]), "seed": int(name[-1]), "model": "m"})
        for name in names
    ]
    dashboard.apply(RowsLoaded(EXPERIMENT, 0, rows, 6009))
    dashboard.apply(DetailsLoaded(EXPERIMENT, 0, details))
    return dashboard


def test_groups_say_how_much_of_a_metric_they_explain(sweep: Dashboard, show: Any) -> None:
    # The list is about the best accuracy, which none of those runs has.
    text = "\n".join(show(120, 40, "t", "G").lines())
    assert "explains" not in text
    assert "variance of" not in text
    sweep.view.runs.arrangement = sweep.view.runs.arrangement._replace(sort="last:loss")
    text = "\n".join(show(120, 40).lines())
    assert "variance of loss" in text
    assert re.search(r" lr +explains 100% · 3 values ", text)
    assert re.search(r" seed +explains 0% · 3 values ", text)
    assert re.search(r" model +all m +│", text)
    # The list of columns has no such line.
    assert "explains" not in "\n".join(show(120, 40, "escape", "c").lines())
