"""Alerts are marked once a place, the gravest on top, and of thousands some."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from trackio_view.model.alert_marks import alert_marks
from trackio_view.model.alerts import LEVELS, Alert
from trackio_view.model.run import Run, RunRows
from trackio_view.series.window import EVERY_ROW

MakeRun = Callable[..., Run]


def alerts_at(*steps: float | None, level: str = "warn") -> list[Alert]:
    return [Alert(at, "r", "r", "title", None, level, step, 0.0) for at, step in enumerate(steps)]


def test_each_place_is_marked_once_and_the_gravest_last(run: MakeRun) -> None:
    made = run({"loss": [1.0] * 50})
    assert alert_marks(made, (), EVERY_ROW) == []
    alerts = [
        *alerts_at(9, level="error"),
        *alerts_at(4, 9, 4, None, 4),
        *alerts_at(4, level="info"),
    ]
    assert alert_marks(made, alerts, EVERY_ROW) == [
        (4.0, "info"),
        (4.0, "warn"),
        (9.0, "warn"),
        (9.0, "error"),
    ]
    alerts += alerts_at(2, level="error")
    assert alert_marks(made, alerts, EVERY_ROW)[-2:] == [(2.0, "error"), (9.0, "error")]
    assert alert_marks(made, alerts_at(7), EVERY_ROW) == [(7.0, "warn")], "another list"


@pytest.mark.parametrize("columns", [1, 7, 76, 240, 800])
@pytest.mark.parametrize(("first", "count"), [(0, 20_000), (5_000, 9_000), (100, 300)])
def test_of_thousands_no_column_lacks_its_mark(
    run: MakeRun, columns: int, first: int, count: int
) -> None:
    made = run({"loss": [1.0] * 20_000})
    steps = [step for step in range(20_000) if random.Random(step).random() < 0.6]
    window = EVERY_ROW._replace(first=first, end=first + count)
    marks = alert_marks(made, alerts_at(*steps), window)
    assert len(marks) <= 2048 + 2
    shown = [step for step, _ in marks]
    assert set(shown) <= set(map(float, steps))

    def column(step: float) -> int:
        return round((step - first) / (count - 1) * (columns - 1))

    within = [step for step in steps if first <= step < first + count]
    assert {column(step) for step in shown} == {column(step) for step in within}


@pytest.mark.parametrize("has_own_step", [False, True])
def test_an_alert_is_looked_at_once(
    run: MakeRun, has_own_step: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"global_step": [10.0 * row for row in range(50)]} if has_own_step else {}
    made, alerts = run({"loss": [1.0] * 50, **own}), alerts_at(*range(50), *range(50))
    assert (made.step_metric is not None) is has_own_step
    looked: list[object] = []
    plain = Run.step_at

    def counted(self: Run, step: object, time: float) -> object:
        looked.append(step)
        return plain(self, step, time)  # type: ignore[arg-type]

    monkeypatch.setattr(Run, "step_at", counted)
    for _ in range(3):
        assert len(alert_marks(made, alerts, EVERY_ROW)) == 50
    assert len(looked) == 100
    alerts += alerts_at(51)
    assert len(alert_marks(made, alerts, EVERY_ROW)) == 51
    assert len(looked) == 101
    assert {level for _, level in alert_marks(made, alerts, EVERY_ROW)} <= set(LEVELS)


def test_an_alert_that_came_before_its_row_is_marked_at_the_rows_step(
    batch: Callable[..., RunRows],
) -> None:
    made, times = Run("r", "r"), [float(second) for second in range(22)]
    counted = [10.0 * step for step in range(1, 23)]
    metrics = {"loss": [1.0] * 20, "train/global_step": counted[:20]}
    made.append(batch(metrics, times=times[:20]))
    alerts = [one._replace(time=times[20]) for one in alerts_at(20)]
    # TrackIO counts its rows where nobody names a step, and that of the alert is not there yet.
    assert alert_marks(made, alerts, EVERY_ROW) == [(20.0, "warn")]
    metrics = {"loss": [1.0] * 2, "train/global_step": counted[20:]}
    made.append(batch(metrics, steps=[20, 21], times=times[20:], first_id=21))
    assert made.step_metric is not None
    assert alert_marks(made, alerts, EVERY_ROW) == [(210.0, "warn")]
