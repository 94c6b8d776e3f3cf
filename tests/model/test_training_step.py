"""The metric that holds the training's step is found by its name and by the order of its values."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from trackio_view.model.run import Run
from trackio_view.model.training_step import step_rank

LOSS = "train/loss"


def run_of(batch, rows: Sequence[Mapping[str, float]], *, steps=None, size: int = 7) -> Run:
    """Return a run with `rows`, appended in pieces."""
    made = Run("id", "run")
    names = list(dict.fromkeys(name for row in rows for name in row))
    steps = list(range(len(rows))) if steps is None else steps
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        columns = {name: [row.get(name) for row in part] for name in names}
        made.append(
            batch(
                {name: column for name, column in columns.items() if column.count(None) < len(part)}
                or {name: [None] * len(part) for name in names[:1]},
                steps=steps[start : start + size],
                times=[1_700_000_000.0 + 5 * row for row in range(start, start + len(part))],
            )
        )
    return made


@pytest.mark.parametrize(
    ("metric", "known"),
    [
        ("train/global_step", True),
        ("global_step", True),
        ("trainer/global_step", True),
        ("training/global_step", True),
        ("__step", True),
        ("_step", True),
        ("current_steps", True),
        ("Train/Global_Step", True),
        ("train.global_step", True),
        ("train/step", True),
        ("____step", True),
        ("iter", True),
        ("iter_num", True),
        ("progress/global_step", True),
        ("losses.global_step", True),
        ("progress/step", False),
        ("validation/global_step", False),
        ("test.global_step", False),
        ("eval/global_step", False),
        ("epoch", False),
        ("train/epoch", False),
        ("tokens", False),
        ("num_input_tokens_seen", False),
        ("total_timesteps", False),
        ("step_time", False),
        ("train/steps_per_second", False),
        ("", False),
    ],
)
def test_names(metric: str, known: bool) -> None:
    assert (step_rank(metric) is not None) is known


@pytest.mark.parametrize(
    "metric",
    ["train/global_step", "global_step", "trainer/global_step", "__step", "_step", "current_steps"],
)
def test_the_trainings_own_step(batch, metric: str) -> None:
    run = run_of(batch, [{LOSS: 1 / step, metric: step} for step in range(10, 130, 10)])
    assert run.step_metric == metric
    assert list(run.steps) == list(range(10, 130, 10))
    assert list(run.logged_steps) == list(range(12))
    assert (run.last_step, run.last_logged_step) == (120, 11)
    assert type(run.last_step) is int


def test_rows_without_it_have_that_of_the_row_before(batch) -> None:
    rows = [{"eval/loss": 9.0}]
    for step in range(10, 100, 10):
        rows += [{LOSS: 1.0, "global_step": step}]
        rows += [{"eval/loss": 2.0}] if step % 30 == 0 else []
    run = run_of(batch, rows)
    assert list(run.steps) == [10, 10, 20, 30, 30, 40, 50, 60, 60, 70, 80, 90, 90]
    assert not run.order.late


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(
            [
                {LOSS: 1.0} if row % 10 else {"eval/loss": 1.0, "global_step": row * 10}
                for row in range(100)
            ],
            id="on evaluations alone",
        ),
        pytest.param([{LOSS: 1.0, "step": row % 20} for row in range(100)], id="within an epoch"),
        pytest.param([{LOSS: 1.0, "global_step": 0} for _ in range(100)], id="standing still"),
        pytest.param(
            [{LOSS: 1.0, "global_step": row + 0.5} for row in range(100)], id="no whole numbers"
        ),
        pytest.param(
            [{LOSS: 1.0, "global_step": [5, 4, 7, 2][row % 4]} for row in range(100)],
            id="up and down",
        ),
        pytest.param([{LOSS: 1.0, "global_step": row} for row in range(100)], id="as logged"),
        pytest.param([{LOSS: 1.0, "global_step": math.nan} for _ in range(100)], id="no numbers"),
        pytest.param([{LOSS: 1.0, "epoch": row / 9} for row in range(100)], id="an epoch"),
        pytest.param([{LOSS: 1.0, "tokens": row * 512} for row in range(100)], id="tokens"),
    ],
)
def test_a_metric_that_is_no_step_leaves_the_steps_as_logged(batch, rows) -> None:
    run = run_of(batch, rows)
    assert run.step_metric is None
    assert run.steps is run.logged_steps
    assert run.last_step == 99


def test_a_resume_falls_back_and_is_still_the_step(batch) -> None:
    steps = [*range(10, 210, 10), *range(110, 170, 10)]
    run = run_of(batch, [{LOSS: 1.0, "train/global_step": step} for step in steps])
    assert list(run.steps) == steps
    assert list(run.order.restarts) == [20]
    assert run.last_step == 160


RANKS = [max(row // 2 * 10 + (10 if row % 2 == 0 else 0), 10) for row in range(200)]
"""Two ranks log in turns, the second one a step behind."""


@pytest.mark.parametrize("metric", ["train/global_step", "__step", "iteration", "step"])
def test_ranks_one_behind_the_other_rise(batch, metric: str) -> None:
    run = run_of(batch, [{LOSS: 1.0, metric: step} for step in RANKS])
    assert (run.step_metric, run.last_step) == (metric, 1000)
    assert not run.order.restarts
    for size in (1, 999):
        pieces = run_of(batch, [{LOSS: 1.0, metric: step} for step in RANKS], size=size)
        assert (pieces.step_metric, pieces.steps) == (metric, run.steps)


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([row % 20 for row in range(100)], id="of twenty batches"),
        pytest.param([row % 3 for row in range(100)], id="of three"),
        pytest.param([row % (9 + row // 9) for row in range(100)], id="of ever more"),
    ],
)
def test_a_count_within_an_epoch_never_is_the_step(batch, steps: list[int]) -> None:
    run = run_of(batch, [{LOSS: 1.0, "iteration": step} for step in steps])
    assert run.step_metric is None


def test_of_several_the_best_name_wins(batch) -> None:
    rows = [{"iteration": row + 5, "train/global_step": row * 10} for row in range(20)]
    assert run_of(batch, rows).step_metric == "train/global_step"


def test_a_value_that_is_none_is_passed_over(batch) -> None:
    rows = [{LOSS: 1.0, "global_step": step * 10} for step in range(1, 40)]
    rows[20]["global_step"] = math.nan
    run = run_of(batch, rows)
    assert run.step_metric == "global_step"
    assert list(run.steps[19:23]) == [200, 200, 220, 230]


@pytest.mark.parametrize("size", [1, 3, 100])
def test_it_is_the_same_however_the_rows_come(batch, size: int) -> None:
    rows = [{LOSS: 1.0}] * 9 + [{LOSS: 1.0, "global_step": step * 10} for step in range(30)]
    run, whole = run_of(batch, rows, size=size), run_of(batch, rows, size=999)
    assert run.step_metric == whole.step_metric == "global_step"
    assert run.steps == whole.steps
    assert run.window(5) == whole.window(5)
    assert run.window(5).x_range == (250, 290)


def test_alerts_and_tables_stand_at_the_step_that_is_meant(batch) -> None:
    run = run_of(batch, [{LOSS: 1.0, "global_step": step} for step in range(10, 1010, 10)])
    assert run.step_at(4) == 50
    assert run.step_at(500) == 500, "beyond all that TrackIO counted: a person named it"
    second_row = 1_700_000_000.0 + 5.1
    assert run.step_at(1, second_row) == 20
    assert run.step_at(20, second_row) == 20
    assert run_of(batch, [{LOSS: 1.0}] * 9).step_at(4) == 4


@pytest.mark.parametrize(("rises", "is_step"), [(4, True), (3, False)])
def test_each_fall_is_made_up_for_by_four_rises(batch, rises: int, is_step: bool) -> None:
    steps = [10 * step for step in range(1, rises + 2)] * 20
    run = run_of(batch, [{LOSS: 1.0, "train/global_step": step} for step in steps])
    assert (list(run.steps) == steps) is is_step


@pytest.mark.parametrize(("fractions", "is_step"), [(5, True), (6, False)])
def test_of_a_hundred_steps_five_need_not_be_whole(batch, fractions: int, is_step: bool) -> None:
    steps = [10 * row + 0.5 * (row < fractions) for row in range(100)]
    run = run_of(batch, [{LOSS: 1.0, "train/global_step": step} for step in steps])
    assert (list(run.steps) == steps) is is_step


@pytest.mark.parametrize(("lacking", "is_step"), [(6, True), (7, False)])
def test_half_of_the_rows_need_not_have_it(batch, lacking: int, is_step: bool) -> None:
    with_step = [{LOSS: 1.0, "global_step": 10 * row} for row in range(5)]
    run = run_of(batch, [*with_step, *([{LOSS: 1.0}] * lacking)])
    assert run.step_metric == ("global_step" if is_step else None)


@pytest.mark.parametrize(("count", "is_step"), [(3, True), (4, False)])
def test_three_values_need_not_have_risen(batch, count: int, is_step: bool) -> None:
    run = run_of(batch, [{LOSS: 1.0, "global_step": 500}] * count)
    assert run.step_metric == ("global_step" if is_step else None)


def test_rows_without_the_loss_need_not_have_it(batch) -> None:
    profiled = [{f"profiling/Time taken: {name}": 0.1} for name in ("generate", "reward", "loss")]
    rows: list[Mapping[str, float]] = []
    for step in range(5, 55, 5):
        rows += [*profiled * 5, {LOSS: 1.0, "train/global_step": step}]
    for size in (7, 999):
        run = run_of(batch, rows, size=size)
        assert (run.step_metric, run.last_step) == ("train/global_step", 50)
    assert run_of(batch, profiled).step_metric is None
    others = [{LOSS: 1.0}, *profiled]
    assert run_of(batch, [*rows, *others * 11]).step_metric is None
    for name in ("eval/loss", "reward"):
        instead = [{name: 1.0, "train/global_step": step} for step in range(5, 55, 5)]
        assert run_of(batch, [*instead, *profiled * 4]).step_metric is None
        assert run_of(batch, [*instead, *profiled * 4, *[{LOSS: 1.0}] * 5]).step_metric is None


@pytest.mark.parametrize(
    ("batches", "epochs"),
    [("batch_loss", "global_step"), ("accuracy", "step"), ("reward", "iteration")],
)
def test_rows_at_the_ends_of_epochs_do_not_count_the_batches(
    batch, batches: str, epochs: str
) -> None:
    rows = [*[{batches: 1.0}] * 9, {LOSS: 1.0, epochs: 100.0}]
    rows = [{name: by * value for name, value in row.items()} for by in range(1, 9) for row in rows]
    for size in (1, 7, 999):
        assert run_of(batch, rows, size=size).step_metric is None


def test_a_step_on_every_other_row_stays_the_step(batch) -> None:
    run = Run("id", "run")
    carried = []
    for step in range(10, 110, 10):
        for row in ({"time": 1.0}, {LOSS: 1.0, "step": step}):
            columns = {name: [value] for name, value in row.items()}
            run.append(batch(columns, steps=[run.row_count], times=[run.row_count]))
            carried.append(run.step_metric)
    assert carried == [None, *["step"] * 19]


def test_each_row_of_the_loss_is_looked_at_once(batch) -> None:
    """So a row of a long run costs no more than one of a short run."""
    looked = 0

    class Counted(array):  # type: ignore[type-arg]
        def __getitem__(self, at: Any) -> Any:
            nonlocal looked
            piece = super().__getitem__(at)
            looked += len(piece) if isinstance(at, slice) else 0
            return piece

    run = Run("id", "run")
    for step in range(10, 510, 10):
        columns = {
            "time": [1, 1, None],
            LOSS: [None, None, 1],
            "global_step": [None, None, step],
        }
        run.append(batch(columns, steps=range(3), times=range(step, step + 3)))
        if step == 10:
            run.series[LOSS].rows = Counted("I", run.series[LOSS].rows)
    assert run.step_metric == "global_step"
    assert 0 < looked <= len(run.series[LOSS])


@pytest.mark.parametrize("gap", [1, 5])
def test_tables_stand_at_their_step_where_other_rows_name_steps_of_their_own(
    batch, gap: int
) -> None:
    rows: list[Mapping[str, float]] = []
    logged: list[int] = []
    tables: dict[int, int] = {}
    for step in range(gap, 9 * gap, gap):
        for named in range(step - gap, step):
            rows += [{"profiling/reward": 0.1}]
            logged += [named]
        for row in ({LOSS: 1.0, "train/global_step": step}, {"train/global_step": step}, {}):
            rows += [row]
            logged += [max(logged) + 1]
        tables[logged[-1]] = step
    for end in (len(rows), len(rows) - 1):
        last: list[Mapping[str, float]] = [{"profiling/reward": 0.1}] * (len(rows) - end)
        run = run_of(batch, rows[:end] + last, steps=logged[:end] + [step - 1] * len(last))
        wanted = dict(list(tables.items())[: len(tables) - len(last)])
        assert {table: run.step_at(table) for table in wanted} == wanted
        assert run.step_at(500) == 500
