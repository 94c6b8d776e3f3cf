"""The content of each column of the table of runs, and the field that a name in a filter means."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run, RunKey
from trackio_view.view.runs.columns import (
    FIXED_COLUMNS,
    ColumnKind,
    QuerySubject,
    RunEntry,
    best_value,
    column_of,
    has_best,
    last_value,
)

NOW = 1_000.0
Entry = Callable[..., RunEntry]


@pytest.fixture
def entry(batch: Any) -> Entry:
    """Return a function that makes a run of ten rows a second apart, the last at `last`."""

    def make(
        metrics: dict[str, list[float]] | None = None,
        *,
        config: dict[str, Any] | None = None,
        group: str | None = None,
        last: float = NOW - 2,
    ) -> RunEntry:
        run = Run("id", "first try", config=config, group=group)
        values = metrics if metrics is not None else {"loss": [float(9 - row) for row in range(10)]}
        count = len(next(iter(values.values())))
        times = [last - (count - 1 - row) for row in range(count)]
        steps = [5 * row for row in range(count)]
        run.append(batch(values, run_id="id", run_name="first try", steps=steps, times=times))
        return RunEntry(Project(ProjectId("", "p")), run)

    return make


def values_of(entry: RunEntry, now: float = NOW) -> dict[str, Any]:
    return {column.key: column.value(entry, now) for column in FIXED_COLUMNS}


def test_the_fixed_columns_hold_state_pace_and_progress_of_a_run(entry: Entry) -> None:
    values = values_of(entry(config={"max_steps": 90}, group="g"))
    pace = values.pop("rate")
    assert pace == pytest.approx(5.0)
    assert values.pop("eta") == pytest.approx((90 - 45) / 5.0, rel=0.2)
    assert values.pop("progress") == pytest.approx(0.5, abs=0.06)
    assert values == {
        "state": "live",
        "name": "first try",
        "project": "p",
        "origin": "",
        "group": "g",
        "step": 45,
        "age": 2.0,
        "duration": 9.0,
        "started": NOW - 11,
        "rows": 10,
        "id": "id",
    }


def test_a_run_that_stands_still_has_no_time_left_and_then_no_pace(entry: Entry) -> None:
    found = entry(config={"max_steps": 90})
    states = {
        values["state"]: (values["eta"] is None, values["rate"] is None)
        for values in (values_of(found, NOW + later) for later in (0, 120, 1e6))
    }
    assert states == {"live": (False, False), "idle": (True, False), "stale": (True, True)}


def test_a_run_without_times_has_no_age_duration_or_start(entry: Entry) -> None:
    values = values_of(entry(last=math.nan))
    assert values["age"] is values["duration"] is values["started"] is None
    assert values["state"] == "unknown"


def test_the_best_value_goes_the_way_that_the_name_tells(entry: Entry) -> None:
    values = [2.0, math.nan, 1.0, math.inf, 3.0]
    run = entry({"loss": values, "accuracy": values, "size": values}).run
    assert (best_value(run, "loss"), best_value(run, "accuracy")) == (1.0, 3.0)
    assert best_value(run, "size") is None
    assert best_value(run, "val/loss") is None, "never logged"
    assert best_value(entry({"loss": [math.nan]}).run, "loss") is None
    assert [has_best(name) for name in ("loss", "accuracy", "size")] == [True, True, False]
    assert last_value(run, "loss") == 3.0
    assert last_value(run, "val/loss") is None


@pytest.mark.parametrize(
    ("key", "title", "kind", "descending", "value"),
    [
        ("last:loss", "loss", ColumnKind.METRIC, False, 2.0),
        ("last:accuracy", "accuracy", ColumnKind.METRIC, True, 0.5),
        ("best:loss", "best loss", ColumnKind.BEST, False, 1.0),
        ("best:accuracy", "best accuracy", ColumnKind.BEST, True, 0.75),
        ("config:lr", "lr", ColumnKind.CONFIG, False, 0.1),
        ("config:a:b", "a:b", ColumnKind.CONFIG, False, 7),
        ("last:absent", "absent", ColumnKind.METRIC, False, None),
        ("config:absent", "absent", ColumnKind.CONFIG, False, None),
    ],
)
def test_columns_of_metrics_and_config(
    entry: Entry, key: str, title: str, kind: ColumnKind, descending: bool, value: object
) -> None:
    column = column_of(key)
    assert column is not None
    assert (column.key, column.title, column.kind) == (key, title, kind)
    assert column.descending is descending
    metrics = {"loss": [1.0, 2.0], "accuracy": [0.75, 0.5]}
    assert column.value(entry(metrics, config={"lr": 0.1, "a:b": 7}), NOW) == value
    assert column.metric == (title.removeprefix("best ") if kind is not ColumnKind.CONFIG else None)


def test_a_fixed_column_is_found_by_its_key_and_no_other_is() -> None:
    for column in FIXED_COLUMNS:
        assert column_of(column.key) is column
        assert isinstance(column.kind, ColumnKind), column.title
    assert len({column.title for column in FIXED_COLUMNS}) == len(FIXED_COLUMNS)
    assert column_of("looks") is column_of("metric:loss") is column_of("") is None


def test_an_entry_is_known_by_project_and_run(entry: Entry) -> None:
    assert entry().key == RunKey(ProjectId("", "p"), "id")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Step", 45),
        ("steps", 45),
        ("looks", "live"),
        ("RUN", "first try"),
        ("lr", 0.1),
        ("optimizer.lr", 0.1),
        ("Optimizer.LR", 0.1),
        ("loss", "mse"),
        ("config.loss", "mse"),
        ("last.loss", 0.25),
        ("best.loss", 0.25),
        ("last.train/loss", 0.25),
        ("train/loss", 0.25),
        ("accuracy", 0.5),
        ("best.accuracy", 0.75),
        ("warmup", "null"),
        ("config.rows", 3),
        ("rows", 10),
        ("config.accuracy", None),
        ("last.warmup", None),
        ("oss", None),
        ("", None),
    ],
)
def test_a_name_in_a_filter_finds_a_column_a_metric_or_a_config_value(
    entry: Entry, field: str, value: object
) -> None:
    metrics = {"train/loss": [0.5] * 9 + [0.25], "val/accuracy": [0.75] * 9 + [0.5]}
    config = {"optimizer": {"lr": 0.1}, "loss": "mse", "warmup": None, "rows": 3}
    assert QuerySubject(entry(metrics, config=config), NOW).value(field) == value


def test_a_config_key_comes_before_another_name_of_a_column(entry: Entry) -> None:
    """`steps` is another name of the column `step`, unless the config has it."""
    assert QuerySubject(entry(config={"steps": 7}), NOW).value("steps") == 7
    assert QuerySubject(entry(config={"step": 7}), NOW).value("step") == 45


def test_of_names_with_the_same_last_part_the_first_is_meant(entry: Entry) -> None:
    metrics = {"train/loss": [1.0], "val/loss": [2.0]}
    subject = QuerySubject(entry(metrics), NOW)
    assert subject.value("loss") == 1.0
    assert subject.value("val/loss") == 2.0


def test_texts_of_a_run_that_a_bare_word_is_looked_for_in(entry: Entry) -> None:
    assert QuerySubject(entry(group="g"), NOW).texts == ("first try", "g", "p")
    assert QuerySubject(entry(), NOW).texts == ("first try", "", "p")


def test_a_step_is_told_with_its_fraction_and_only_where_it_is_one(entry: Entry) -> None:
    made = entry()
    for last, told in ((1.5, 1.5), (math.nan, None)):
        made.run.last_step = last
        assert values_of(made)["step"] == told
