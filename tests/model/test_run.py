"""Runs grow by batches; windows are cut by distinct steps."""

from __future__ import annotations

import math
import struct
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import make_batch
from trackio_view.model.roles import Role
from trackio_view.model.run import Run, RunRows, unknown_times
from trackio_view.model.x_axis import CLOCK, LOG_STEPS, STEPS
from trackio_view.series.envelope import envelope
from trackio_view.series.series import MetricColumn
from trackio_view.series.smoothing import Smoothing, Way
from trackio_view.series.window import Window


def batch(
    steps: list[float], columns: dict[str, dict[int, float]], last_id: int = 1, name: str = "run"
) -> RunRows:
    return RunRows(
        run_id="id",
        run_name=name,
        last_id=last_id,
        steps=array("d", steps),
        times=array("d", [float(place) for place in range(len(steps))]),
        columns={
            metric: MetricColumn(array("I", places), array("d", places.values()))
            for metric, places in columns.items()
        },
        last_step=steps[-1],
    )


def test_batches_are_appended() -> None:
    run = Run("id", "run")
    run.append(batch([0, 1], {"loss": {0: 3.0, 1: 2.0}, "lr": {1: 0.1}}, last_id=2))
    run.append(batch([2, 3], {"loss": {1: 1.0}, "acc": {0: 0.5}}, last_id=9, name="renamed"))
    assert list(run.steps) == [0, 1, 2, 3]
    assert (run.row_count, run.last_id, run.last_step, run.name) == (4, 9, 3, "renamed")
    assert {metric: list(series.rows) for metric, series in run.series.items()} == {
        "loss": [0, 1, 3],
        "lr": [1],
        "acc": [2],
    }
    assert list(run.series["loss"].values) == [3.0, 2.0, 1.0]


def test_columns_that_share_their_rows_do_not_share_them_in_the_run() -> None:
    rows = array("I", [0])
    columns = {metric: MetricColumn(rows, array("d", [1.0])) for metric in ("a", "b")}
    first = RunRows("id", "run", 1, array("d", [0]), array("d", [0]), columns)
    run = Run("id", "run")
    run.append(first)
    run.append(batch([1], {"a": {0: 2.0}}))
    assert list(run.series["a"].rows) == [0, 1]
    assert list(run.series["b"].rows) == [0]
    assert list(rows) == [0]


def test_times() -> None:
    run = Run("id", "run")
    assert math.isnan(run.first_time)
    assert math.isnan(run.last_time)
    for times in ([math.nan, 1.0], [2.0, math.nan], [math.nan, math.nan]):
        run.append(batch([0.0, 1.0], {})._replace(times=array("d", times)))
    assert (run.first_time, run.last_time) == (1, 2)


def test_times_that_nobody_asked_for_are_looked_at_in_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Other numbers that are none mean the same, and are looked at row by row."""
    looked_at: list[int] = []
    monkeypatch.setattr(Run, "_follow_times", lambda _, base: looked_at.append(base))
    run = Run("id", "run")
    run.append(batch([0.0, 1.0], {})._replace(times=unknown_times(2)))
    assert looked_at == []
    odd = array("d", struct.pack("<2Q", *[0x7FF8_0000_0000_0001] * 2))
    for times in (odd, array("d", [math.nan, 5.0])):
        run.append(batch([2.0, 3.0], {})._replace(times=times))
    assert looked_at == [2, 4]
    assert run.first_time == 5.0


@given(
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from([1.0, 2.0, 3.0, math.nan])), min_size=1),
    st.integers(1, 9),
)
def test_the_time_of_the_newest_row_is_the_same_in_every_batch(
    logged: list[tuple[int, float]], size: int
) -> None:
    def lived(size: int) -> Run:
        run = Run("id", "run")
        for first in range(0, len(logged), size):
            steps, times = zip(*logged[first : first + size], strict=True)
            # No metric goes back, so the run never begins again: rows of an earlier step are late.
            run.append(batch(list(steps), {})._replace(times=array("d", times)))
        return run

    one, other = lived(size), lived(len(logged))
    assert repr((one.first_time, one.last_time)) == repr((other.first_time, other.last_time))


def brute_window(steps: list[float], wanted: int) -> int:
    """The first row from which on there are at most `wanted` distinct steps."""
    return next(first for first in range(len(steps) + 1) if len(set(steps[first:])) <= wanted)


def test_a_late_row_moves_nothing_back() -> None:
    run = Run("id", "run")
    run.append(batch([100, 200, 300], {"loss": {0: 3.0, 1: 2.0, 2: 1.0}}, last_id=3))
    run.append(batch([200], {"eval": {0: 1.0}}, last_id=4)._replace(times=array("d", [1.5])))
    assert (run.last_step, run.last_logged_step, run.last_time) == (300, 200, 2.0)
    run.append(batch([200], {"other": {0: 1.0}}, last_id=5)._replace(times=array("d", [9.0])))
    assert (run.last_step, run.last_time) == (300, 9.0), "yet it was alive then"
    run.append(batch([100], {"loss": {0: 1.0}}, last_id=6)._replace(times=array("d", [10.0])))
    assert (run.last_step, run.last_time) == (100, 10.0), "begun again"


steps_strategy = st.lists(st.integers(0, 40).map(float), min_size=1, max_size=120)


@given(steps=steps_strategy, more=steps_strategy, wanted=st.integers(1, 50))
def test_windows_count_distinct_steps(steps: list[float], more: list[float], wanted: int) -> None:
    run = Run("id", "run")
    for last_id, part in enumerate((steps, more)):
        # Each part is in order. The second part repeats steps of the first, or goes on.
        part = sorted(part)
        run.append(batch(part, {"loss": dict.fromkeys(range(len(part)), 1.0)}, last_id=last_id))
        if run.order.late:
            # `test_step_order` tests restarts that repeat no step at first.
            return
        logged = list(run.steps)
        first = brute_window(logged, wanted)
        window = run.window(wanted)
        assert window == Window(first, len(logged), (min(logged[first:]), max(logged[first:])))
        assert run.window(wanted) is window, "the same question is answered once"
        assert run.window(None) == Window(0, len(logged), (min(logged), max(logged)))
        assert run.window_rows(wanted) == Window(first, len(logged))


def test_window_over_a_run_that_repeats_one_step() -> None:
    run = Run("id", "run")
    run.append(batch([1.0] * 10_000 + [2.0] * 10_000 + [3.0], {}))
    assert [run.window(wanted).first for wanted in (1, 2, 3)] == [20_000, 10_000, 0]


def test_x_range_without_finite_steps() -> None:
    assert Run("id", "run").window(None).x_range is None
    run = Run("id", "run")
    run.append(batch([math.nan, math.inf], {}))
    assert run.window(None).x_range is None
    run.steps.append(4.0)
    assert run.window(None).x_range == (4.0, 4.0)


def test_smoothed_values_are_kept_of_one_smoothing_and_begin_anew_with_a_restart(run) -> None:
    often, rarely = Smoothing(Way.BY_POINTS, 0.6), Smoothing(Way.BY_POINTS, 0.9)
    made = run({"loss": [8.0, 4.0, 2.0]})
    smoothed = made.smoothed(STEPS, "loss", often)
    assert smoothed.values.tolist() == pytest.approx([8.0, 5.5, 3.714286])
    made.append(make_batch({"loss": [3.0] * 40}, steps=range(3, 43), first_id=4))
    times = [1_700_001_000.0 + row for row in range(20)]
    again = make_batch({"loss": [10.0] * 20}, steps=range(10, 30), times=times, first_id=44)
    made.append(again)
    assert made.order.restarts.tolist() == [43]
    assert made.unsmoothed(STEPS, "loss", often) == 60
    assert made.smoothed(STEPS, "loss", often) is smoothed
    assert smoothed.values[43:].tolist() == [10.0] * 20, "an attempt by itself"
    assert made.unsmoothed(STEPS, "loss", rarely) == 63
    assert made.unsmoothed(STEPS, "loss", often) == 63, "what was kept of another is let go"


def test_smoothed_values_along_another_axis_fade_with_its_distances(run) -> None:
    smoothing = Smoothing(Way.BY_DISTANCE, 0.5)
    made = run({"loss": [8.0, 4.0, 2.0]}, steps=[0, 1, 2], times=[0.0, 1.0, 1000.0])
    by_step = made.smoothed(STEPS, "loss", smoothing).values.tolist()
    by_time = made.smoothed(CLOCK, "loss", smoothing).values.tolist()
    assert by_step == pytest.approx([8.0, (4 + 4) / 1.5, (2 + 2 + 2) / 1.75])
    assert by_step[2] > by_time[2] > 2.0


def test_smoothed_values_follow_the_steps_that_are_meant(run) -> None:
    smoothing = Smoothing(Way.BY_POINTS, 0.6)
    made = run({"loss": [8.0, 4.0], "train/global_step": [10, 20]}, steps=[0, 1])
    before = made.smoothed(STEPS, "loss", smoothing)
    batches = [make_batch({"loss": [1.0] * 40, "train/global_step": [*range(30, 430, 10)]})]
    made.append(batches[0]._replace(steps=array("d", range(2, 42)), last_id=42))
    after = made.smoothed(STEPS, "loss", smoothing)
    assert len(after) == 42
    assert before.values[:2] == after.values[:2]


def test_lines_along_time_break_where_a_run_is_resumed(run) -> None:
    made = run({"loss": [3.0] * 40, "rare": [1.0] + [None] * 39})
    times = [1_700_001_000.0 + row for row in range(20)]
    again: dict[str, list[float | None]] = {"loss": [2.0] * 20, "rare": [None] * 10 + [1.0] * 10}
    made.append(make_batch(again, steps=range(10, 30), times=times, first_id=41))
    assert made.order.restarts.tolist() == [40]
    assert list(made.along(CLOCK, "loss").overview.breaks) == [40]
    assert list(made.along(CLOCK, "rare").overview.breaks) == [1]
    assert list(made.along(STEPS, "loss").overview.breaks) == [], "the steps go back there"
    smoothing = Smoothing(Way.BY_POINTS, 0.9)
    smoothed = made.smoothed(CLOCK, "loss", smoothing)
    assert list(smoothed.overview.breaks) == [40]
    assert list(made.logarithms(CLOCK, "loss", smoothing).overview.breaks) == [40]
    x = made.x(CLOCK)
    shown = envelope(x.values, made.along(CLOCK, "loss"), made.window_rows(None), 90, x.low, x.high)
    assert len(shown.segments) == 2


def test_the_logarithms_of_steps_follow_the_steps_that_are_meant(run) -> None:
    made = run({"loss": [3.0, 2.0, 1.0]}, steps=[-1, 0, 1])
    assert made.step_metric is None
    assert [x == x for x in made.x(LOG_STEPS).values] == [False, False, True]
    made = run({"loss": [3.0, 2.0, 1.0], "train/global_step": [0, 10, 100]}, steps=[-1, 0, 1])
    rows = {"loss": [1.0] * 40, "train/global_step": [*range(200, 600, 10)]}
    made.x(LOG_STEPS)
    made.append(make_batch(rows)._replace(steps=array("d", range(2, 42)), last_id=43))
    assert made.step_metric == "train/global_step"
    assert made.x(LOG_STEPS).values[:3].tolist() == pytest.approx([math.nan, 1, 2], nan_ok=True)
    assert made.x(LOG_STEPS).bounds == pytest.approx((1.0, math.log10(590)))
    # A metric that comes to carry the step changes the steps of the rows before it, too.
    made = run({"loss": [3.0, 2.0, 1.0]}, steps=[1, 10, 100])
    assert made.x(LOG_STEPS).values.tolist() == pytest.approx([0, 1, 2])
    made.append(make_batch(rows)._replace(steps=array("d", range(101, 141)), last_id=43))
    assert made.x(LOG_STEPS).values[:3].tolist() == pytest.approx([math.log10(200)] * 3)


def test_the_metric_of_a_role_is_the_first_that_was_logged() -> None:
    made = Run("run", "run")
    assert made.first_of(Role.LEARNING_RATE) is None
    made.append(make_batch({"loss": [1.0]}))
    assert made.first_of(Role.LEARNING_RATE) is None
    for number, name in enumerate(("train/lr", "lr"), 1):
        made.append(make_batch({name: [1.0]}, steps=[number], first_id=number + 1))
        assert made.first_of(Role.LEARNING_RATE) == "train/lr"
