"""The runs whose configs are compared, the lines of these, and how much of a metric they
explain."""

from __future__ import annotations

import pytest

from tests.conftest import MakeBatch
from tests.pressing import press
from tests.view.conftest import P, loaded
from trackio_view.model.events import DetailsLoaded
from trackio_view.model.run import RunDetails, RunKey
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.shown_configs import (
    configured_runs,
    explained_metric,
    has_row_a_run,
    shown_lines,
)

RATES = (0.1, 0.2, 0.3, 0.4)


@pytest.fixture
def dashboard(batch: MakeBatch) -> Dashboard:
    """Four runs with one seed; their loss is ten times their learning rate."""
    made = loaded(*(batch({"loss": [9.0, 10 * rate]}, run_id=f"r{rate}") for rate in RATES))
    configs = [RunDetails(f"r{rate}", f"r{rate}", {"lr": rate, "seed": 1}) for rate in RATES]
    made.apply(DetailsLoaded(P, 0, configs))
    return made


def mark(dashboard: Dashboard, *rates: float) -> None:
    dashboard.view.marks.mark([RunKey(P, f"r{rate}") for rate in rates])


def names(dashboard: Dashboard) -> list[str]:
    return [one.run.run_id for one in configured_runs(dashboard)]


def test_the_marked_runs_in_the_order_marked_else_all(dashboard: Dashboard) -> None:
    assert names(dashboard) == [f"r{rate}" for rate in RATES]
    mark(dashboard, 0.3)
    mark(dashboard, 0.1)
    assert names(dashboard) == ["r0.3", "r0.1"]
    assert [line.values for line in shown_lines(dashboard)] == [("0.3", "0.1")]
    assert names(Dashboard()) == []
    assert shown_lines(Dashboard()) == []


def test_lines_follow_what_is_shown_and_what_is_looked_for(dashboard: Dashboard) -> None:
    def keys() -> list[str]:
        return [line.key for line in shown_lines(dashboard)]

    assert keys() == ["lr"]
    press(dashboard, "d", "a")
    assert keys() == ["lr", "seed"]
    press(dashboard, "/", *"see")
    assert keys() == ["seed"]
    dashboard.apply(DetailsLoaded(P, 0, [RunDetails("r0.1", "r0.1", {"see": 2})]))
    assert keys() == ["see"], "the only config that is left"


def test_lines_are_made_once_until_a_config_changes(dashboard: Dashboard) -> None:
    first = shown_lines(dashboard)[0]
    assert shown_lines(dashboard)[0] is first
    dashboard.apply(DetailsLoaded(P, 0, [RunDetails("r0.1", "r0.1", {"lr": 7, "seed": 1})]))
    again = shown_lines(dashboard)[0]
    assert again is not first
    assert again.values[0] == "7"


def test_runs_have_rows_where_they_are_more_than_keys(dashboard: Dashboard) -> None:
    mark(dashboard, 0.1)
    assert not has_row_a_run(Dashboard()), "no key for no run"
    mark(dashboard, 0.2)
    press(dashboard, "d", "a")
    assert not has_row_a_run(dashboard), "two keys for two runs"
    mark(dashboard, 0.3)
    assert has_row_a_run(dashboard)


def test_a_config_key_that_moves_the_loss_explains_it(batch: MakeBatch) -> None:
    runs = [(f"r{number}", 0.1 * (number % 2 + 1)) for number in range(8)]
    dashboard = loaded(*(batch({"loss": [9.0, rate]}, run_id=run) for run, rate in runs))
    configs = [RunDetails(run, run, {"lr": rate, "seed": 1}) for run, rate in runs]
    dashboard.apply(DetailsLoaded(P, 0, configs))
    column, found = explained_metric(dashboard)
    assert column is not None
    assert column.metric == "loss"
    assert [one.key for one in found] == ["lr"], "what does not differ explains nothing"
    assert explained_metric(dashboard)[1] is found, "it is derived once"
    press(dashboard, "d", "a")
    assert explained_metric(dashboard) == (column, found), "also where all keys are shown"
    dashboard.view.marks.mark([RunKey(P, run) for run, _ in runs[:3]])
    assert explained_metric(dashboard) == (column, []), "by three runs nothing is said"


def test_without_runs_nothing_is_to_be_explained() -> None:
    assert explained_metric(Dashboard()) == (None, [])
