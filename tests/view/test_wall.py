"""The wall: its charts and its keys."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pressing import press
from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.model.selection import Selection
from trackio_view.model.x_axis import STEPS
from trackio_view.view.actions import Mode
from trackio_view.view.charts.charts_view import Spot
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.wall import is_by_project, wall_charts, wall_focus, wall_layout

P, Q = ProjectId("", "p"), ProjectId("", "q")


@pytest.fixture
def dashboard(batch: Any) -> Dashboard:
    """Twenty runs of a project, the first the youngest, and one of another."""
    made = Dashboard(width=80, height=24)
    for project, count in ((P, 20), (Q, 1)):
        made.meet(project)
        made.apply(LoadStarted(project, 0, count))
        rows = [
            batch(
                {"loss": [1.0], "acc": [0.5]} if number else {"loss": [1.0]},
                run_id=f"r{number}",
                times=[1000.0 - number],
                first_id=number + 1,
            )
            for number in range(count)
        ]
        made.apply(RowsLoaded(project, 0, rows, count))
        made.apply(LoadFinished(project, 0))
    made.watch(P)
    return made


def focused(dashboard: Dashboard) -> str:
    charts = wall_charts(dashboard, 0.0)
    return charts[wall_focus(dashboard, charts)].run.run_id


def test_w_opens_it_from_the_charts_and_from_the_table_and_leads_back(
    dashboard: Dashboard,
) -> None:
    press(dashboard, "w")
    assert dashboard.view.mode is Mode.WALL
    press(dashboard, "w")
    assert dashboard.view.mode is Mode.METRICS
    press(dashboard, "t", "w")
    assert list(dashboard.view.modes) == [Mode.METRICS, Mode.RUNS, Mode.WALL]
    press(dashboard, "escape")
    assert dashboard.view.mode is Mode.RUNS


def test_it_begins_with_the_focused_metric_on_the_run_on_screen(dashboard: Dashboard) -> None:
    dashboard.view.run_id = "r7"
    press(dashboard, "right", "w")
    assert dashboard.view.wall.metric == "acc"
    assert focused(dashboard) == "r7"
    # A run without the metric still has a place.
    assert [chart.metric for chart in wall_charts(dashboard, 0.0)][:2] == [None, "acc"]


def test_it_has_the_runs_of_the_table_in_its_order(dashboard: Dashboard) -> None:
    press(dashboard, "t", "/", *"r1", "enter", "w")
    names = [chart.run.run_id for chart in wall_charts(dashboard, 0.0)]
    assert names == ["r1", *(f"r{number}" for number in range(10, 20))]


def test_arrows_move_over_all_pages_and_the_focus_stays_on_its_run(
    dashboard: Dashboard, batch: Any
) -> None:
    dashboard.view.run_id = "r0"
    press(dashboard, "w")
    layout = wall_layout(dashboard, 20)
    assert layout.page_size >= 18, "eighteen runs at a glance"
    press(dashboard, "right", "down")
    assert focused(dashboard) == f"r{1 + layout.columns}"
    young = batch({"loss": [1.0]}, run_id="young", times=[2000.0], first_id=99)
    dashboard.apply(RowsLoaded(P, 0, [young], 21))
    assert focused(dashboard) == f"r{1 + layout.columns}"
    press(dashboard, "end")
    assert focused(dashboard) == "r19"
    press(dashboard, "home")
    assert focused(dashboard) == "young"


def test_enter_goes_to_the_runs_charts_on_the_same_metric(dashboard: Dashboard) -> None:
    dashboard.view.run_id = "r2"
    press(dashboard, "w", "tab", "right", "enter")
    assert list(dashboard.view.modes) == [Mode.METRICS]
    assert dashboard.run is not None
    assert dashboard.run.run_id == "r3"
    assert dashboard.metrics[dashboard.focus] == "acc"


def test_the_cursor_of_the_wall_goes_to_the_charts_with_the_run(dashboard: Dashboard) -> None:
    press(dashboard, "w")
    dashboard.view.wall.cursor = Spot(0.0, STEPS)
    press(dashboard, "enter")
    assert list(dashboard.view.modes) == [Mode.METRICS, Mode.CURSOR]
    assert dashboard.view.charts.cursor == Spot(0.0, STEPS)


def test_tab_goes_round_the_metrics(dashboard: Dashboard) -> None:
    press(dashboard, "w")
    metrics = []
    for key in ("tab", "tab", "shift_tab"):
        press(dashboard, key)
        metrics.append(dashboard.view.wall.metric)
    assert metrics == ["acc", "loss", "acc"]


def test_a_chart_a_project(dashboard: Dashboard) -> None:
    assert not is_by_project(dashboard)
    press(dashboard, "w", "a")
    charts = wall_charts(dashboard, 0.0)
    # The newest run of each.
    assert [chart.key for chart in charts] == [RunKey(P, "r0"), RunKey(Q, "r0")]
    press(dashboard, "right", "enter")
    assert dashboard.view.project == Q
    press(dashboard, "w", "a")
    assert not is_by_project(dashboard)
    # The wall begins with all projects where all are watched.
    dashboard.view.wall.by_project, dashboard.watch_all = None, True
    assert is_by_project(dashboard)


def test_a_project_without_the_metric_has_its_main_loss(dashboard: Dashboard, batch: Any) -> None:
    rows = batch({"val/loss": [1.0], "train/loss": [1.0]}, run_id="x", first_id=50)
    dashboard.apply(RowsLoaded(Q, 0, [rows], 2))
    press(dashboard, "w", "a")
    assert [chart.metric for chart in wall_charts(dashboard, 0.0)] == ["loss", "train/loss"]


def test_the_runs_of_a_project_without_the_metric_have_their_main_loss(
    dashboard: Dashboard,
) -> None:
    dashboard.view.runs.all_projects = True
    press(dashboard, "w", "a")
    dashboard.view.wall.metric = "acc"
    shown = {
        (chart.project.id, chart.run.run_id): chart.metric for chart in wall_charts(dashboard, 0.0)
    }
    assert shown[P, "r1"] == "acc"
    assert shown[P, "r0"] is None, "its project has the metric"
    assert shown[Q, "r0"] == "loss"
    dashboard.view.wall.metric = "nobody's"
    assert {chart.metric for chart in wall_charts(dashboard, 0.0)} == {None}


def test_without_a_run_keys_do_nothing(batch: Any) -> None:
    dashboard = Dashboard()
    press(dashboard, "w", "tab", "right", "enter", "a", "+", "end")
    assert dashboard.view.mode is Mode.WALL
    assert wall_charts(dashboard, 0.0) == []


def test_charts_are_listed_once_for_all_that_asks(dashboard: Dashboard, batch: Any) -> None:
    press(dashboard, "w")
    listed = wall_charts(dashboard, 0.0)
    press(dashboard, "right", "down", "end", "home")
    assert wall_charts(dashboard, 0.5) is listed
    press(dashboard, "tab")
    assert wall_charts(dashboard, 0.5) is not listed
    listed = wall_charts(dashboard, 0.5)
    young = batch({"loss": [1.0]}, run_id="young", times=[2000.0], first_id=99)
    dashboard.apply(RowsLoaded(P, 0, [young], 21))
    assert len(wall_charts(dashboard, 0.5)) == len(listed) + 1
    # Deleted runs are not kept.
    dashboard.apply(LoadStarted(P, 1, 0))
    dashboard.apply(LoadFinished(P, 1))
    assert dashboard.view.wall.known.charts == ()


def test_with_fewer_charts_the_focus_is_on_the_last_one(dashboard: Dashboard) -> None:
    press(dashboard, "w", "end")
    assert focused(dashboard) == "r19"
    charts = wall_charts(dashboard, 0.0)
    dashboard.view.wall.on = None
    assert wall_focus(dashboard, charts[:7]) == 6
    assert wall_focus(dashboard, ()) == 0


def test_metrics_that_were_left_out_are_not_gone_to(dashboard: Dashboard) -> None:
    dashboard.view.selection = Selection(metrics=("acc",))
    press(dashboard, "w")
    for key in ("tab", "tab", "shift_tab"):
        press(dashboard, key)
        assert dashboard.view.wall.metric == "acc"
