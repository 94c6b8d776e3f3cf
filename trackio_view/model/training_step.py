"""The step that is meant: which metric carries a training's own step, by one rule.

Trainers log without a step, and TrackIO then counts their calls: transformers' own callback gives
its step as the metric `train/global_step`. A metric is the step where its name says so
(`STEP_NAMES`, alone or in a section that fits) and its values bear it out:

- it is on at least half of the rows that hold numbers: not on those of evaluations alone. TRL's
  GRPO logs the times of its functions in rows of their own, a dozen for each row of the training.
  So a metric whose name counts nothing else may also be on half of the rows of the training's loss.
  No other loss of it is logged more than twice as often then: the rows at the ends of epochs do not
  count the batches;
- it rises with the rows and does not stand still. It may fall back as often as trainings are
  resumed, or where several processes log one behind the other: then a new highest value soon
  follows. A metric whose name may count anything may fall for the second reason alone, and not
  far, because the batches of an epoch fall far;
- its values are whole numbers;
- it differs from TrackIO's own step somewhere, which would do as well otherwise.

A row without it has the step of the last row that had it; those before the first have its step.
"""

from __future__ import annotations

import math
import operator
from array import array
from bisect import bisect_left, bisect_right
from functools import lru_cache
from itertools import accumulate

from trackio_view.model.roles import TRAINING_SECTIONS, Role, is_held_out, main_loss, role_of
from trackio_view.series.series import Series

STEP_NAMES = (
    "global_step",
    "global_steps",
    "current_steps",
    "current_step",
    "__step",
    "____step",
    "_step",
    "global_iteration",
    "global_iter",
    "num_updates",
    "step",
    "steps",
    "train_step",
    "training_step",
    "optimizer_step",
    "iteration",
    "iterations",
    "iter",
    "iters",
    "iter_num",
)
"""What a step is called, in any case; of several, the first here wins, then the first logged.

TrackIO puts two underscores before a `step` that is logged, and before whatever begins with two.
"""

_COUNTS_ANYTHING = STEP_NAMES[STEP_NAMES.index("step") :]
"""Names that may also count within an epoch."""

_RESUMES = 2
_RISES_A_RESUME = 4
"""Falls that are always allowed, and how many rises make up for each one more."""
_FALLS_A_RECORD = 8
"""Falls that each new highest value makes up for: this many processes may log behind it."""
_FAR = 2
"""How many times the usual rise is a fall of more than a process that is behind."""
_TOO_FEW_TO_RISE = 3
"""Values that need not have risen yet: a first step is logged with an evaluation of it."""
_FRACTIONS = 0.05
"""The share of values that need not be whole: a step that once was NaN is still one."""


@lru_cache(maxsize=4096)
def step_rank(metric: str) -> int | None:
    """Return how good a name for the step a metric has, 0 the best, or `None` where it has none.

    It is kept, as the runs of a project have the same metrics.
    """
    section, _, name = metric.lower().replace(".", "/").rpartition("/")
    if name not in STEP_NAMES:
        return None
    fits = not section or section in TRAINING_SECTIONS
    if not fits and (name in _COUNTS_ANYTHING or is_held_out(section)):
        return None
    # A global step is the training's own in any section that is not about held-out data.
    return STEP_NAMES.index(name)


class _Evidence:
    """What the values of a metric say of its being the step.

    A plain class: to import `dataclasses` would cost `--once` a third of its start.
    """

    __slots__ = (
        "_gap",
        "_highest",
        "_loss",
        "_loss_rows",
        "_records",
        "_rows_beside",
        "differs",
        "falls",
        "fell_far",
        "fractions",
        "may_fall",
        "rises",
        "seen",
    )

    def __init__(self, *, may_fall: bool) -> None:
        self.may_fall = may_fall
        self.seen = self.rises = self.falls = self.fractions = 0
        self.fell_far = False
        self._highest = -math.inf
        self._gap = math.inf
        """By how much the highest value was beyond the one before it."""
        self._records = 0
        """Values beyond all before them that came after a fall."""
        self.differs = False
        """Whether it is another number than TrackIO's own step on any row."""
        self._loss: Series | None = None
        self._loss_rows = self._rows_beside = 0
        """How many rows of that loss were looked at, and how many of them have the metric, too."""

    def look(self, series: Series, logged_steps: array[float]) -> None:
        start, self.seen = self.seen, len(series)
        fresh = series.values[max(start - 1, 0) :]
        later = fresh[1:]
        if all(map(operator.le, fresh, later)):
            # This is nearly always so, and a single look at each value tells it.
            self.rises += max(len(set(fresh)) - 1, 0)
            if not self.falls:
                # Only the newest two matter as long as it never fell.
                fresh = array("d", sorted(set(fresh))[-2:])
        else:
            self.rises += sum(map(operator.lt, fresh, later))
        self._look_at_falls(fresh)
        added = series.values[start:]
        if not all(map(float.is_integer, added)):
            self.fractions += len(added) - sum(map(float.is_integer, added))
        if not self.differs:
            logged = map(logged_steps.__getitem__, series.rows[start:])
            self.differs = any(map(operator.ne, added, logged))

    def _look_at_falls(self, values: array[float]) -> None:
        """Count falls, and the values that make up for them."""
        before = values[0]
        for value in values:
            if value < before:
                self.falls += 1
                self.fell_far = self.fell_far or self._highest - value > _FAR * self._gap
            elif value > self._highest:
                self._gap = value - self._highest
                self._highest = value
                self._records += self.falls > 0
            before = value

    def holds(self) -> bool:
        """Return whether the values are those of a step, if enough rows have them."""
        resumes = _RESUMES + self.rises // _RISES_A_RESUME if self.may_fall else 0
        behind = _FALLS_A_RECORD * self._records if self.may_fall or not self.fell_far else 0
        return (
            self.differs
            and self.falls <= max(resumes, behind)
            and (self.rises > 0 or self.seen <= _TOO_FEW_TO_RISE)
            and self.fractions <= _FRACTIONS * self.seen
        )

    def is_beside(self, loss: Series, own: Series) -> bool:
        """Return whether the metric is on at least half of a loss's rows, each looked at once."""
        if loss is not self._loss:
            self._loss, self._loss_rows, self._rows_beside = loss, 0, 0
        fresh = loss.rows[self._loss_rows :]
        if fresh:
            self._loss_rows += len(fresh)
            since = own.rows[bisect_left(own.rows, fresh[0]) :]
            self._rows_beside += len(set(fresh).intersection(since))
        return 2 * self._rows_beside >= len(loss)


class TrainingStep:
    """Which metric of one run carries its step, and that step of each row, as the rows come."""

    def __init__(self) -> None:
        self.metric: str | None = None
        """`None` where TrackIO's own step is the one that is meant."""
        self.steps: array[float] = array("d")
        """One a row; empty without a metric."""
        self._evidence: dict[str, _Evidence] = {}
        """By metric, the best name first."""
        self._losses: list[Series] = []
        """The training's losses, the main one first."""
        self._metric_count = 0
        """Of so many metrics."""
        self._counted: array[float] = array("d")
        """The highest step that TrackIO had up to each row that was asked for."""

    def consider(self, metric: str) -> None:
        """Take note of a metric that the run logs for the first time."""
        rank = step_rank(metric)
        if rank is None:
            return
        self._evidence[metric] = _Evidence(may_fall=STEP_NAMES[rank] not in _COUNTS_ANYTHING)
        ranks = {name: step_rank(name) or 0 for name in self._evidence}
        self._evidence = dict(sorted(self._evidence.items(), key=lambda item: ranks[item[0]]))

    def look(self, series: dict[str, Series], logged_steps: array[float], number_rows: int) -> bool:
        """Look at the rows that came; return whether another metric carries the step now.

        `number_rows` is how many of the run's rows hold numbers at all.
        """
        if not self._evidence:
            return False
        for name, evidence in self._evidence.items():
            if evidence.seen < len(series[name]):
                evidence.look(series[name], logged_steps)
        # Where every other row has it, the run may be at a row that has not.
        holding = (
            name
            for name, known in self._evidence.items()
            if known.holds()
            and (
                2 * known.seen + 1 >= number_rows
                or self._is_beside_loss(known, series[name], series)
            )
        )
        before, self.metric = self.metric, next(holding, None)
        if self.metric != before:
            # Another array: who keeps something about the steps sees that they are others.
            self.steps = array("d")
        if self.metric is not None:
            _fill(self.steps, series[self.metric], len(logged_steps))
        return self.metric != before

    def _is_beside_loss(self, known: _Evidence, own: Series, series: dict[str, Series]) -> bool:
        if not known.may_fall:
            return False
        if self._metric_count != len(series):
            self._metric_count = len(series)
            names = [name for name in series if role_of(name) is Role.LOSS]
            main = main_loss(names)
            self._losses = [series[name] for name in sorted(names, key=lambda name: name != main)]
        if not self._losses or 2 * len(own) < max(map(len, self._losses)):
            return False
        return known.is_beside(self._losses[0], own)

    def counted(self, logged_steps: array[float]) -> array[float]:
        """Return how far TrackIO's own step had come at each row.

        A trainer may name steps of its own in some rows, which are behind TrackIO's count. A row
        without a name counts on from the highest.
        """
        highest, seen = self._counted, len(self._counted)
        so_far = highest[-1] if highest else -math.inf
        added = accumulate(logged_steps[seen:], max, initial=so_far)
        next(added)
        highest.extend(added)
        return highest


def _fill(steps: array[float], series: Series, row_count: int) -> None:
    """Append the steps of the rows that came since, up to `row_count` of them."""
    rows = series.rows
    place, end = bisect_left(rows, len(steps)), len(rows)
    while place < end:
        # Rows that follow each other are taken at once, as are those between that have none.
        difference = rows[place] - place
        after = bisect_right(range(end), difference, place, end, key=lambda at: rows[at] - at)
        values = series.values[place:after]
        if not math.isfinite(sum(values)):
            after = place + 1
            values = values[:1]
        if math.isfinite(values[0]):
            before = steps[-1] if steps else values[0]
            steps.extend([before] * (rows[place] - len(steps)))
            steps.extend(values)
        place = after
    if steps:
        steps.extend([steps[-1]] * (row_count - len(steps)))
