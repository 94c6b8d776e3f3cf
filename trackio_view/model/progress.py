"""How far a run is and when it ends, where its config names a total."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import lru_cache

from trackio_view.model.config import ConfigValue
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

_TOTALS = frozenset({*TOTAL_STEPS, *TOTAL_EPOCHS})
_GENERAL = frozenset({"steps", "n_steps", "num_steps", "iterations", "epochs", "n_epochs"})
"""Names that may count anything; within a section of a config they count the training only in these
sections."""

_NEAR_ROWS = 1_000
"""Rows among which a step is sought that comes right before another."""
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
    epoch = None if epochs is None else _epoch(run)
    return None if epoch is None or epochs is None else min(max(epoch / epochs, 0.0), 1.0)


def lacks_epoch(run: Run) -> bool:
    """Return whether only a metric `epoch` could tell the progress, and these rows have none."""
    total, epochs = _totals(run)
    return total is None and epochs is not None and _epoch(run) is None


def _epoch(run: Run) -> float | None:
    """Return the epoch at the run's newest step; a late row has that of an earlier one."""
    names = (name for name in run.series if name.rpartition("/")[2] == "epoch")
    series = next((run.series[name] for name in names if len(run.series[name])), None)
    if series is None:
        return None
    place = bisect_right(series.rows, run.order.highest_row) - 1
    value = series.values[place]
    return value if math.isfinite(value) else None


def _totals(run: Run) -> tuple[float | None, float | None]:
    """Return the run's steps and epochs in all; a config is searched for them once."""
    config = run.flat_config
    if run.kept.totals[0] is not config:
        numbers = _numbers(config)
        totals = (_first_of(TOTAL_STEPS, numbers), _first_of(TOTAL_EPOCHS, numbers))
        run.kept.totals = (config, *totals)
    return run.kept.totals[1], run.kept.totals[2]


def _steps_done(run: Run) -> float:
    # TrackIO counts from 0, so where every step is logged the last step is one less than their
    # number.
    first = run.steps[0] if math.isnan(run.first_step) else run.first_step
    from_zero = first == 0 and _is_each_logged(run)
    return float(run.last_step) + (1.0 if from_zero else 0.0)


def _is_each_logged(run: Run) -> bool:
    """Return whether the step before the last one was logged, too: the newest rows tell it."""
    row = run.order.highest_row
    before = run.last_step - 1
    return (
        run.last_step == 0
        or (row > 0 and run.steps[row - 1] == before)
        or before in run.steps[max(0, row - _NEAR_ROWS) : row]
    )


def seconds_left(run: Run, pace: float | None) -> float | None:
    """Return the seconds to the run's end, or `None` where its end or its pace is unknown.

    `pace` is in steps per second, as `pace.steps_per_second` tells it.
    """
    done = progress(run)
    if not done or pace is None or run.last_step <= 0:
        return None
    return (1 - done) / done * _steps_done(run) / pace


def _numbers(config: Mapping[str, ConfigValue]) -> dict[str, float]:
    """Return the numbers of a config that may say how long a training is, each by its name."""
    by_name: dict[str, float] = {}
    for key, value in config.items():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            # A name is recognised by its end, and a script gets names of megabytes whole.
            name = _name_of_total(key[-_LONGEST_NAME:])
            # HF's trainer writes -1 for "not limited by steps".
            if name is not None and 0 < value < 1e300:
                by_name.setdefault(name, float(value))
    return by_name


@lru_cache(maxsize=1024)
def _name_of_total(key: str) -> str | None:
    """Return the name in the key of a config if it is one of a training's length.

    It is kept, as the runs of a project have the same keys.
    """
    section, _, name = key.lower().rpartition(".")
    about_training = section.rpartition(".")[2] in TRAINING_SECTIONS or not section
    is_known = name in _TOTALS and (about_training or name not in _GENERAL)
    return name if is_known else None


def _first_of(names: Sequence[str], numbers: Mapping[str, float]) -> float | None:
    return next((numbers[name] for name in names if name in numbers), None) if numbers else None
