"""The marked runs that are drawn together."""

from __future__ import annotations

from collections.abc import Callable

from tests.view.conftest import P, loaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey, RunRows
from trackio_view.view.charts.compared_runs import find_compared, metrics_of_all
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.marks import Marks


def dashboard_of(batch: Callable[..., RunRows]) -> Dashboard:
    return loaded(
        batch({"lr": [0.1], "loss": [1.0]}, run_id="a"),
        batch({"loss": [1.0], "eval/loss": [2.0]}, run_id="b", first_id=2),
        batch({"loss": [1.0]}, run_id="c", first_id=3),
    )


def key(run: str) -> RunKey:
    return RunKey(P, run)


def marked(*runs: str) -> Marks:
    marks = Marks()
    for run in runs:
        marks.toggle(key(run))
    return marks


def order(marks: Marks, dashboard: Dashboard, shown: str) -> list[str]:
    return [one.key.run_id for one in find_compared(marks, dashboard.known.projects, key(shown))]


def test_the_run_on_screen_lies_in_front_unless_one_is_pinned(
    batch: Callable[..., RunRows],
) -> None:
    dashboard, marks = dashboard_of(batch), marked("a", "b", "c")
    assert order(marks, dashboard, "a") == ["b", "c", "a"]
    assert order(marks, dashboard, "elsewhere") == ["a", "b", "c"]
    marks.pinned = key("b")
    assert order(marks, dashboard, "a") == [one.run_id for one in marks.runs]


def test_marks_of_runs_that_are_gone_are_passed_over(batch: Callable[..., RunRows]) -> None:
    dashboard, marks = dashboard_of(batch), marked("a", "gone")
    marks.toggle(RunKey(ProjectId("far", "p"), "a"))
    assert order(marks, dashboard, "b") == ["a"]
    (one,) = find_compared(marks, dashboard.known.projects, key("b"))
    assert one.look == marks.appearances[key("a")]
    assert one.run is dashboard.known.projects[P].runs["a"]


def test_their_metrics_are_those_of_any_in_the_order_of_charts(
    batch: Callable[..., RunRows],
) -> None:
    dashboard = dashboard_of(batch)
    compared = find_compared(marked("a", "b"), dashboard.known.projects, key("a"))
    assert metrics_of_all(compared) == ["loss", "eval/loss", "lr"]
