"""The metrics with a single value. Each value is read once."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable

import pytest

from trackio_view.model.run import Run, RunRows
from trackio_view.series.series import MetricColumn
from trackio_view.view.single_values import LEAST_ROWS, SingleValues

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
def test_what_is_not_finite_stays_a_chart(run: MakeRun, bad: float) -> None:
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
