"""The compared runs and the charts on screen are derived once, and again on each change."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable

import pytest

from trackio_view.model.events import RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run, RunKey, RunRows
from trackio_view.model.selection import Selection
from trackio_view.series.series import MetricColumn
from trackio_view.view.charts import derived_charts
from trackio_view.view.charts.chart_choice import FRONT, ChosenCharts
from trackio_view.view.charts.derived_charts import LEAST_ROWS, DerivedCharts, SingleValues
from trackio_view.view.dashboard import Dashboard

P = ProjectId("", "p")
A, B = RunKey(P, "a"), RunKey(P, "b")


@pytest.fixture
def dashboard(batch) -> Dashboard:
    made = Dashboard()
    made.watch(P)
    rows = [
        batch({"loss": [3.0, 2.0], "lr": [1.0, 0.5]}, run_id="a"),
        batch({"loss": [3.0, 1.0], "accuracy": [0.1, 0.2]}, run_id="b", first_id=3),
    ]
    made.apply(RowsLoaded(P, 0, rows, 4))
    return made


@pytest.fixture
def derived() -> DerivedCharts:
    return DerivedCharts()


def counted(monkeypatch: pytest.MonkeyPatch, name: str) -> list[int]:
    """Return a list that grows with each derivation by that name."""
    calls: list[int] = []
    derive: Callable[..., object] = getattr(derived_charts, name)

    def count(*arguments: object) -> object:
        calls.append(1)
        return derive(*arguments)

    monkeypatch.setattr(derived_charts, name, count)
    return calls


def test_compared_runs_change_with_marks_rows_and_the_run_in_front(
    dashboard: Dashboard, derived: DerivedCharts, batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = counted(monkeypatch, "find_compared")
    marks, known = dashboard.view.marks, dashboard.known

    def compared(shown: RunKey = A) -> list[RunKey]:
        return [one.key for one in derived.compared(marks, known, shown)]

    assert compared() == []
    marks.mark([A, B])
    assert compared() == compared() == [B, A], "the one in front is drawn last"
    assert len(calls) == 2
    assert compared(shown=B) == [A, B]
    assert len(calls) == 3
    dashboard.apply(RowsLoaded(P, 0, [batch({"new": [1.0]}, run_id="a", first_id=5)], 5))
    compared(shown=B)
    assert len(calls) == 4


def test_metrics_of_compared_runs_are_those_of_all_and_of_one_run_its_own(
    dashboard: Dashboard, derived: DerivedCharts
) -> None:
    run = dashboard.known.projects[P].runs["a"]
    everything, some = Selection(), Selection(metrics=("lr", "acc"))
    assert derived.metrics(everything, [], None) == []
    assert derived.metrics(everything, [], run) == run.chart_metrics
    assert derived.metrics(some, [], run) == ["lr"]
    assert derived.metrics(some, [], run) is derived.metrics(some, [], run)
    dashboard.view.marks.mark([A, B])
    compared = derived.compared(dashboard.view.marks, dashboard.known, A)
    assert set(derived.metrics(everything, compared, run)) == {"loss", "lr", "accuracy"}


def test_metrics_of_compared_runs_follow_their_rows(
    dashboard: Dashboard, derived: DerivedCharts, batch
) -> None:
    dashboard.view.marks.mark([A, B])

    def metrics() -> list[str]:
        compared = derived.compared(dashboard.view.marks, dashboard.known, A)
        return derived.metrics(Selection(metrics=("l",)), compared, None)

    assert set(metrics()) == {"loss", "lr"}
    assert metrics() is metrics()
    dashboard.apply(RowsLoaded(P, 0, [batch({"val/loss": [1.0]}, run_id="b", first_id=5)], 5))
    assert set(metrics()) == {"loss", "lr", "val/loss"}


def test_charts_are_chosen_anew_when_what_was_chosen_or_logged_changes(
    dashboard: Dashboard, derived: DerivedCharts, batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = counted(monkeypatch, "choose")
    run, view = dashboard.known.projects[P].runs["a"], dashboard.view

    def charts() -> list[str]:
        return list(derived.charts(view, [], run).metrics)

    assert set(charts()) == {"loss", "lr"}
    assert charts() == charts()
    assert len(calls) == 1
    view.choice.set_filter("los")
    assert charts() == ["loss"]
    view.choice.set_filter("")
    dashboard.apply(RowsLoaded(P, 0, [batch({"z": [1.0, 2.0]}, run_id="a", first_id=5)], 6))
    assert "z" in charts()
    assert len(calls) == 3
    view.selection = Selection(metrics=("lr",))
    assert charts() == ["lr"]


def test_a_metric_of_one_value_is_no_chart_unless_it_was_asked_for(
    dashboard: Dashboard, derived: DerivedCharts, batch
) -> None:
    rows = batch(
        {"loss": [*map(float, range(60))], "final": [0.5, *[None] * 59]}, run_id="c", first_id=9
    )
    dashboard.apply(RowsLoaded(P, 0, [rows], 64))
    run, view = dashboard.known.projects[P].runs["c"], dashboard.view
    first = list(derived.charts(view, [], run).metrics)
    view.selection = Selection(metrics=("final",))
    assert list(derived.charts(view, [], run).metrics) == ["final"]
    assert first == ["loss"]


def test_a_metric_of_one_value_is_a_chart_once_it_has_another(
    dashboard: Dashboard, derived: DerivedCharts, batch
) -> None:
    rows = batch({"loss": [*map(float, range(60))], "rate": [0.5] * 60}, run_id="c", first_id=9)
    dashboard.apply(RowsLoaded(P, 0, [rows], 64))
    run, view = dashboard.known.projects[P].runs["c"], dashboard.view
    assert list(derived.charts(view, [], run).metrics) == ["loss"]
    more = batch({"loss": [60.0], "rate": [0.25]}, steps=[60], run_id="c", first_id=69)
    dashboard.apply(RowsLoaded(P, 0, [more], 65))
    assert list(derived.charts(view, [], run).metrics) == ["loss", "rate"]


def test_forgotten_charts_are_derived_again(
    dashboard: Dashboard, derived: DerivedCharts, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen, found = counted(monkeypatch, "choose"), counted(monkeypatch, "find_compared")
    run, view = dashboard.known.projects[P].runs["a"], dashboard.view
    view.marks.mark([A, B])
    for _ in range(2):
        derived.compared(view.marks, dashboard.known, A)
        derived.charts(view, [], run)
        derived.forget()
    assert (len(chosen), len(found)) == (2, 2)


def test_in_one_state_the_charts_are_chosen_once(
    dashboard: Dashboard, batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    choose = Dashboard._choose_charts

    def count(self: Dashboard) -> ChosenCharts:
        calls.append(1)
        return choose(self)

    monkeypatch.setattr(Dashboard, "_choose_charts", count)
    assert dashboard.charts is dashboard.charts
    assert len(calls) == 1
    view = dashboard.view
    changes: list[Callable[[], object]] = [
        lambda: view.choice.set_filter("los"),
        lambda: setattr(view.choice, "tab", FRONT),
        lambda: setattr(view, "run_id", "a"),
        lambda: view.marks.mark([A, B]),
        lambda: view.charts.bring_to_front("lr"),
        lambda: setattr(view, "selection", Selection(metrics=("lr",))),
        lambda: dashboard.apply(
            RowsLoaded(P, 0, [batch({"new": [1.0]}, run_id="a", first_id=5)], 5)
        ),
        lambda: dashboard.watch(ProjectId("", "q")),
    ]
    for number, change in enumerate(changes, 2):
        change()
        assert dashboard.charts == choose(dashboard)
        assert len(calls) == number
    dashboard._derived.forget()
    assert dashboard.charts == choose(dashboard)
    assert len(calls) == len(changes) + 2


MakeRun = Callable[..., Run]


def padded(*values: float | None) -> list[float | None]:
    return [*values, *[None] * (LEAST_ROWS - len(values))]


def test_once_and_always_the_same_are_single(run: MakeRun) -> None:
    rows = LEAST_ROWS
    made = run(
        {
            "loss": [float(row) for row in range(rows)],
            "constant": [3.0] * rows,
            "once": padded(5.0),
            "twice": padded(5.0, 5.0),
            "changed at the end": [1.0] * (rows - 1) + [2.0],
        }
    )
    assert SingleValues().of(made, made.chart_metrics) == {"constant", "once", "twice"}


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_metric_with_values_that_are_not_finite_stays_a_chart(run: MakeRun, bad: float) -> None:
    made = run({"once": padded(bad), "within": padded(1.0, bad, 1.0), "loss": [1.0] * LEAST_ROWS})
    assert SingleValues().of(made, made.chart_metrics) == {"loss"}


def test_in_a_short_run_all_are_charts(run: MakeRun) -> None:
    made = run({"loss": [1.0] * (LEAST_ROWS - 1)})
    assert SingleValues().of(made, made.chart_metrics) == frozenset()


def test_a_metric_that_changes_is_a_chart_from_then_on(run: MakeRun) -> None:
    made, single = run({"lr": [1.0] * LEAST_ROWS, "k": [2.0] * LEAST_ROWS}), SingleValues()
    found = single.of(made, made.chart_metrics)
    assert found == {"lr", "k"}
    assert single.of(made, made.chart_metrics) is found
    made.append(one_more_row(made, lr=1.0, k=2.0))
    assert single.of(made, made.chart_metrics) is found, "what follows from it stays, too"
    made.append(one_more_row(made, lr=0.5, k=2.0))
    assert single.of(made, made.chart_metrics) == {"k"}
    made.append(one_more_row(made, lr=1.0, k=2.0))
    assert single.of(made, made.chart_metrics) == {"k"}


def one_more_row(made: Run, **values: float) -> RunRows:
    columns = {
        name: MetricColumn(array("I", [0]), array("d", [value])) for name, value in values.items()
    }
    count = made.row_count
    return RunRows(
        made.run_id,
        made.name,
        count + 1,
        array("d", [float(count)]),
        array("d", [1e9 + count]),
        columns,
        count,
    )


def test_another_run_is_looked_at_anew(run: MakeRun) -> None:
    single = SingleValues()
    one, other = run({"lr": [1.0] * LEAST_ROWS}), run({"lr": [1.0, 2.0] * LEAST_ROWS})
    assert single.of(one, one.chart_metrics) == {"lr"}
    assert single.of(other, other.chart_metrics) == frozenset()
    assert single.of(one, one.chart_metrics) == {"lr"}


def test_a_run_that_comes_to_lie_in_memory_where_another_lay_is_looked_at_anew(
    run: MakeRun,
) -> None:
    single = SingleValues()
    for number in range(6):
        made = run({"lr": [1.0, float(number % 2), *[1.0] * LEAST_ROWS]})
        assert bool(single.of(made, made.chart_metrics)) is bool(number % 2)
        del made
