"""How far a run is and when it ends, where its config names a total."""

from __future__ import annotations

import math
from collections.abc import Mapping

from trackio_view.model.config import ConfigValue
from trackio_view.model.pace import steps_per_second
from trackio_view.model.roles import TRAINING_SECTIONS
from trackio_view.model.run import Run

TOTAL_STEPS = (
    "max_steps",
    "total_steps",
    "num_train_steps",
    "num_training_steps",
    "max_train_steps",
    "total_train_steps",
    "total_training_steps",
    "training_steps",
    "train_steps",
    "num_steps",
    "n_steps",
    "max_iters",
    "max_iterations",
    "total_iters",
    "total_iterations",
    "num_iterations",
    "num_iters",
    "iterations",
    "train_iters",
    "total_updates",
    "max_updates",
    "total_timesteps",
    "steps",
)
"""Names of a config's key for the number of steps in all; the first that is there wins."""

TOTAL_EPOCHS = (
    "num_train_epochs",
    "max_epochs",
    "num_epochs",
    "total_epochs",
    "n_epochs",
    "epochs",
)
"""Names for the number of epochs, for runs that log a metric `epoch`."""

_GENERAL = frozenset({"steps", "n_steps", "num_steps", "iterations", "epochs", "n_epochs"})
"""Names that may count anything; within a section of a config they count the training only in these
sections."""

_LONGEST_NAME = 100
"""Characters: more than a section and a name take."""


def total_steps(run: Run) -> float | None:
    """Return how many steps the run's config says that it will take, or `None`."""
    return _totals(run)[0]


def progress(run: Run) -> float | None:
    """Return how much of the run is done, 0 to 1, or `None` where its config names no total."""
    total, epochs = _totals(run)
    if total is not None and math.isfinite(run.last_step):
        return min(max(_steps_done(run) / total, 0.0), 1.0)
    if epochs is None:
        return None
    series = next(
        (series for name, series in run.series.items() if name.rpartition("/")[2] == "epoch"), None
    )
    if series is None or not len(series) or not math.isfinite(series.values[-1]):
        return None
    return min(max(series.values[-1] / epochs, 0.0), 1.0)


def _totals(run: Run) -> tuple[float | None, float | None]:
    """Return the run's steps and epochs in all; a config is searched for them once."""
    config = run.flat_config
    if run.known_totals[0] is not config:
        run.known_totals = (config, _total(config, TOTAL_STEPS), _total(config, TOTAL_EPOCHS))
    return run.known_totals[1], run.known_totals[2]


def _steps_done(run: Run) -> float:
    # TrackIO counts from 0, so where every step was logged the last step is one less than their
    # number.
    from_zero = run.steps[0] == 0 and run.row_count > run.last_step
    return float(run.last_step) + (1.0 if from_zero else 0.0)


def seconds_left(run: Run, pace: float | None = None) -> float | None:
    """Return the seconds to the run's end, or `None` where its end or its pace is unknown.

    `pace` is in steps per second; where it is not given, it is the newest of the run's rows.
    """
    done = progress(run)
    pace = steps_per_second(run) if pace is None else pace
    if not done or pace is None or run.last_step <= 0:
        return None
    return (1 - done) / done * _steps_done(run) / pace


def _total(config: Mapping[str, ConfigValue], names: tuple[str, ...]) -> float | None:
    by_name: dict[str, float] = {}
    for key, value in config.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        # What a name is told by stands at its end; a script gets names of megabytes whole.
        section, _, name = key[-_LONGEST_NAME:].lower().rpartition(".")
        # HF's trainer writes -1 for "not limited by steps".
        about_training = section.rpartition(".")[2] in TRAINING_SECTIONS or not section
        counts = about_training or name not in _GENERAL
        if number and counts and 0 < value < 1e300:  # type: ignore[operator]
            by_name.setdefault(name, float(value))  # type: ignore[arg-type]
    return next((by_name[name] for name in names if name in by_name), None)
