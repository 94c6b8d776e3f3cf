"""The live screen shows the selection of the command line."""

from __future__ import annotations

from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run
from trackio_view.model.selection import Selection
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed
from trackio_view.view.responses import respond

P = ProjectId("", "p")


def loaded(batches, selection: Selection) -> Dashboard:
    dashboard = Dashboard()
    dashboard.view.selection = selection
    dashboard.watch(P)
    dashboard.apply(LoadStarted(P, 1, 10))
    dashboard.apply(RowsLoaded(P, 1, batches, 10))
    dashboard.apply(LoadFinished(P, 1))
    return dashboard


def shown(dashboard: Dashboard) -> Run:
    assert dashboard.run is not None
    return dashboard.run


def test_only_the_chosen_metrics_are_charts_also_of_those_that_come_later(batch) -> None:
    dashboard = loaded([batch({"loss": [1], "acc": [2]})], Selection(("acc", "^lr")))
    assert dashboard.metrics == ["acc"]
    dashboard.apply(RowsLoaded(P, 1, [batch({"lr": [1.0], "x": [1]}, first_id=2)], 11))
    assert dashboard.metrics == ["acc", "lr"]


def test_the_chosen_run_is_shown_until_a_key_chooses_another(batch) -> None:
    batches = [
        batch({"loss": [1]}, run_id="a", run_name="twin", first_id=1),
        batch({"loss": [2]}, run_id="b", run_name="twin", first_id=2),
        batch({"loss": [3]}, run_id="c", run_name="other", first_id=3),
    ]
    dashboard = loaded(batches, Selection(run="twin"))
    assert shown(dashboard).run_id == "b"
    respond(dashboard, KeyPressed("r"))
    assert shown(dashboard).run_id == "c"
    assert loaded(batches, Selection(run="nobody")).run is None


def test_no_window_reaches_back_before_since(batch) -> None:
    times = [10.0, 20.0, float("nan"), 30.0, 40.0]
    dashboard = loaded([batch({"loss": [5, 4, 3, 2, 1]}, times=times)], Selection(since=25.0))
    run = shown(dashboard)
    assert run.window(None).first == 2
    assert run.window(50).first == 2
    assert run.window(1).first == 4
    assert run.window(None).x_range == (2, 4)
    # A late row from before moves the end of the stretch.
    late = batch({"loss": [9, 8]}, times=[5.0, 50.0], steps=[5, 6], first_id=6)
    dashboard.apply(RowsLoaded(P, 1, [late], 7))
    assert run.window(None).first == 6
