import pytest

from trackio_view.model.pace import steps_per_second
from trackio_view.model.progress import _name_of_total, lacks_epoch, progress, seconds_left
from trackio_view.model.run import Run


def run_of(batch, config, *, metrics=None, steps=(0, 50, 100)) -> Run:
    run = Run("r", "r", config=config)
    run.append(
        batch(metrics or {"loss": [3.0, 2.0, 1.0]}, steps=list(steps), times=[0.0, 5.0, 10.0])
    )
    return run


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"max_steps": 400}, 0.25),
        ({"trainer": {"Max_Steps": 400.0}}, 0.25),
        ({"total_steps": 200, "max_steps": 400}, 0.25),
        ({"max_steps": -1, "num_train_steps": 200}, 0.5),
        ({"max_steps": 50}, 1.0),
        ({"trainer": {"steps": 400}}, 0.25),
        ({"steps": 400}, 0.25),
        ({"eval": {"steps": 400}, "warmup": {"num_steps": 50}, "save": {"iterations": 9}}, None),
        ({"eval": {"steps": 50}, "max_steps": 400}, 0.25),
        ({"x" * 1_000 + ".max_steps": 400}, 0.25),
        ({"max_steps" * 1_000: 400}, None),
        ({"max_steps": True}, None),
        ({"max_steps": "many"}, None),
        ({"max_steps": 10**400}, None),
        ({"lr": 0.1}, None),
        ({}, None),
        (None, None),
    ],
)
def test_progress(batch, config, expected) -> None:
    assert progress(run_of(batch, config)) == expected


def test_epochs_count_where_steps_are_not_limited(batch) -> None:
    metrics = {"train/epoch": [0.0, 0.5, 1.5]}
    run = run_of(batch, {"max_steps": -1, "num_train_epochs": 3}, metrics=metrics)
    assert progress(run) == 0.5
    assert seconds_left(run, steps_per_second(run)) == pytest.approx(10.0)
    assert progress(run_of(batch, {"epochs": 3})) is None


@pytest.mark.parametrize(
    ("config", "metric", "lacks"),
    [
        ({"epochs": 3}, "loss", True),
        ({"epochs": 3}, "train/epoch", False),
        ({"epochs": 3, "max_steps": 400}, "loss", False),
        ({"lr": 0.1}, "loss", False),
    ],
)
def test_an_epoch_is_lacked_where_it_alone_could_tell_the_progress(
    batch, config, metric: str, lacks: bool
) -> None:
    assert lacks_epoch(run_of(batch, config, metrics={metric: [1.0, 1.0, 1.0]})) is lacks


def test_the_step_that_is_meant_counts(batch) -> None:
    """The numbers are those of transformers' own callback: 60 % by steps, 10 % by calls."""
    run = Run("r", "r", config={"max_steps": 200})
    steps = list(range(10, 130, 10))
    run.append(
        batch(
            {"train/loss": [1 / step for step in steps], "train/global_step": steps},
            times=[5.0 * row for row in range(12)],
        )
    )
    assert progress(run) == 0.6
    assert seconds_left(run, steps_per_second(run)) == pytest.approx(40.0)
    run.append(batch({"eval/loss": [1.0]}, steps=[12], times=[56.0]))
    assert (progress(run), run.last_step) == (0.6, 120)


def test_a_late_evaluation_takes_nothing_back(batch) -> None:
    run = run_of(batch, {"max_steps": 400})
    run.append(batch({"eval/loss": [1.0]}, steps=[50], times=[11.0]))
    assert progress(run) == 0.25
    assert seconds_left(run, steps_per_second(run)) == pytest.approx(30.0)


def test_time_left_at_a_pace(batch) -> None:
    assert seconds_left(run_of(batch, {"max_steps": 400}), 10.0) == pytest.approx(30.0)
    assert seconds_left(run_of(batch, {"max_steps": 400}), 5.0) == pytest.approx(60.0)
    assert seconds_left(run_of(batch, {"max_steps": 100}), 10.0) == pytest.approx(0.0)
    assert seconds_left(run_of(batch, {"max_steps": 400}), None) is None
    assert seconds_left(run_of(batch, {}), 10.0) is None


def test_steps_counted_from_zero_are_one_more_than_the_last(run) -> None:
    made = run({"loss": [1.0] * 10})
    made.config = {"max_steps": 10}
    assert progress(made) == 1.0
    made.config = {"max_steps": 20}
    assert progress(made) == 0.5
    assert seconds_left(made, steps_per_second(made)) == pytest.approx(10.0)


def test_time_is_left_from_the_second_step_on(run, batch) -> None:
    made = run({"loss": [1.0] * 2})
    made.config = {"max_steps": 10}
    assert seconds_left(made, 1.0) == pytest.approx(8.0)
    metrics = {"epoch": [0.0, 0.5, 1.5]}
    counting_down = run_of(batch, {"num_train_epochs": 3}, metrics=metrics, steps=(-2, -1, 0))
    assert (progress(counting_down), seconds_left(counting_down, 1.0)) == (0.5, None)


def test_a_late_row_takes_no_epoch_back(batch) -> None:
    metrics = {"loss": [3.0, 2.0, 1.0], "epoch": [0.0, 1.0, 2.0]}
    run = run_of(batch, {"num_train_epochs": 4}, metrics=metrics)
    run.append(batch({"eval/loss": [1.0], "epoch": [1.0]}, steps=[50], times=[11.0]))
    assert progress(run) == 0.5


def test_the_names_in_configs_of_the_same_keys_are_read_once(batch) -> None:
    _name_of_total.cache_clear()
    for number in range(50):
        run = run_of(batch, {"optimizer": {"lr": 0.1, "seed": number}, "max_steps": 400})
        assert progress(run) == 0.25
    assert _name_of_total.cache_info().misses == 3
