"""Signs that a run is not well: each a rule with a name, a sentence and a threshold.

Rules look at each value once, when it comes; what depends on the time of day is asked when drawn.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from trackio_view.model.pace import RunState, state_of, typical_gap
from trackio_view.model.roles import is_loss
from trackio_view.model.run import Run
from trackio_view.model.series import Series


class Rule(NamedTuple):
    """One rule: what it is called in the settings, what it says, and when."""

    name: str
    sentence: str
    """What a person reads; `{metric}`, `{value}` and `{step}` are filled in."""
    threshold: float
    """The default; 0 turns the rule off."""
    meaning: str
    """What the threshold counts, for the settings' documentation."""
    least: float = 0.0
    """The smallest threshold, other than 0, that makes sense."""


NONFINITE = Rule(
    "not_finite",
    "{metric} became {value} at step {step}",
    1,
    "how many NaN or infinite values of a metric are too many",
    1,
)
SPIKE = Rule(
    "loss_spike",
    "{metric} leapt to {value} at step {step}",
    8,
    "how many times the usual deviation a loss may rise above its recent mean",
    1,
)
PLATEAU = Rule(
    "plateau",
    "{metric} has not improved since step {step}",
    2_000,
    "after how many values without an improvement a live run's loss stands still",
    10,
)
SILENT = Rule(
    "went_silent",
    "no row for {value}, usually one each {step}",
    20,
    "after how many of its usual gaps between rows, and 30 seconds, a run went silent",
    2,
)
GPU_IDLE = Rule(
    "gpu_idle",
    "{metric} is at most {value} busy for a minute while the run is live",
    5,
    "the load in percent below which a GPU is idle",
    0.1,
)
RULES = (NONFINITE, SPIKE, PLATEAU, SILENT, GPU_IDLE)

Thresholds = Mapping[str, float]
DEFAULT_THRESHOLDS: Thresholds = {rule.name: rule.threshold for rule in RULES}

_RECENT = 200
"""Values after which a spike is forgiven."""
_WARM_UP = 30
"""Values before a mean and its deviation are known well enough."""
_MEMORY = 0.05
"""The weight of the newest value in the running mean."""
_LEAST_RISE = 0.05
"""The share of the mean that a spike must rise above it: a flat loss has tiny deviations."""
_IMPROVEMENT = 0.001
"""The share by which a loss must fall below its best to count as better."""
_SILENT_SECONDS = 30.0
_FORGOTTEN_SECONDS = 3600.0
"""Runs silent for longer have ended, one way or another: nobody waits for them."""
IDLE_SECONDS = 60.0


class Finding(NamedTuple):
    """A rule that a run breaks."""

    rule: Rule
    metric: str
    """The metric that tells; empty where the rule is about the whole run."""
    sentence: str
    step: float
    """Where it was seen first; NaN where that is no matter of steps."""


@dataclass(slots=True)
class SeriesHealth:
    """What is remembered of a series' values."""

    seen: int = 0
    nonfinite: int = 0
    first_nonfinite: int = -1
    mean: float = math.nan
    deviation: float = 0.0
    finite: int = 0
    spike: int = -1
    """Position of the newest spike."""
    best: float = math.inf
    best_at: int = -1

    def look(self, values: array[float], spike_threshold: float, *, loss: bool) -> None:
        """Take in the values that came since the last look."""
        start, self.seen = self.seen, len(values)
        fresh = values[start:]
        # Adding up tells in C whether anything is not finite; it is nearly always nothing.
        if not math.isfinite(sum(fresh)):
            for position, value in enumerate(fresh, start):
                if not math.isfinite(value):
                    self.nonfinite += 1
                    if self.first_nonfinite < 0:
                        self.first_nonfinite = position
        if loss:
            self._follow(fresh, start, spike_threshold)

    def _follow(self, fresh: Sequence[float], start: int, threshold: float) -> None:
        mean, deviation, finite = self.mean, self.deviation, self.finite
        for position, value in enumerate(fresh, start):
            if not -math.inf < value < math.inf:
                continue
            finite += 1
            rise = value - mean
            if rise == rise:
                if (
                    finite > _WARM_UP
                    and threshold
                    and rise > threshold * deviation
                    and rise > _LEAST_RISE * abs(mean)
                ):
                    self.spike = position
                    # A spike must not become what is usual: the mean follows it slowly.
                    rise = threshold * deviation + _LEAST_RISE * abs(mean)
                weight = max(_MEMORY, 1 / finite)
                mean += weight * rise
                deviation += weight * (abs(rise) - deviation)
            else:
                mean = value
            if value < self.best - _IMPROVEMENT * abs(self.best) or self.best_at < 0:
                self.best, self.best_at = value, position
        self.mean, self.deviation, self.finite = mean, deviation, finite


@dataclass(slots=True)
class RunHealth:
    """What the rules remember of a run."""

    series: dict[str, SeriesHealth] = field(default_factory=dict)
    _run: Run | None = field(default=None, repr=False)

    def look(self, run: Run, thresholds: Thresholds = DEFAULT_THRESHOLDS) -> None:
        """Take in the rows that came since the last look: their cost, and no more."""
        if self._run is not run:
            # A reload brings the run's rows again, in another object.
            self._run, self.series = run, {}
        for metric, series in run.series.items():
            known = self.series.get(metric)
            if known is None:
                known = self.series[metric] = SeriesHealth()
            if known.seen < len(series):
                known.look(series.values, thresholds[SPIKE.name], loss=is_loss(metric))

    def findings(
        self,
        run: Run,
        now: float,
        thresholds: Thresholds = DEFAULT_THRESHOLDS,
        idle_gpus: Sequence[str] = (),
    ) -> list[Finding]:
        """Return what is wrong with the run, the worst first.

        `now` is in seconds since the epoch; `idle_gpus` names the GPUs that idle.
        """
        state = state_of(run, now)
        found: list[Finding] = []
        for metric, known in self.series.items():
            series = run.series.get(metric)
            if series is None or known.seen > len(series):
                continue
            limit = thresholds[NONFINITE.name]
            if limit and known.nonfinite >= limit:
                found.append(_at(NONFINITE, run, metric, series, known.first_nonfinite))
            if known.spike >= 0 and known.seen - known.spike <= _RECENT:
                found.append(_at(SPIKE, run, metric, series, known.spike))
            limit = thresholds[PLATEAU.name]
            if (
                limit
                and state is RunState.LIVE
                and known.best_at >= 0
                and known.seen - 1 - known.best_at >= limit
            ):
                found.append(_at(PLATEAU, run, metric, series, known.best_at))
        found += _silence(run, now, thresholds[SILENT.name])
        if state is RunState.LIVE and thresholds[GPU_IDLE.name]:
            share = f"{thresholds[GPU_IDLE.name]:g}%"
            for name in idle_gpus:
                sentence = GPU_IDLE.sentence.format(metric=name, value=share)
                found.append(Finding(GPU_IDLE, "", sentence, math.nan))
        return sorted(found, key=lambda finding: RULES.index(finding.rule))


def _at(rule: Rule, run: Run, metric: str, series: Series, position: int) -> Finding:
    step = run.steps[series.rows[position]]
    # As a float: a logged integer may be too long to be written in short.
    value = series.values[position]
    sentence = rule.sentence.format(metric=metric, value=f"{value:.6g}", step=f"{step:.15g}")
    return Finding(rule, metric, sentence, step)


def _silence(run: Run, now: float, threshold: float) -> list[Finding]:
    gap = typical_gap(run)
    age = now - run.last_time
    if not threshold or gap is None or gap <= 0 or math.isnan(age):
        return []
    if not max(_SILENT_SECONDS, threshold * gap) < age < max(_FORGOTTEN_SECONDS, 100 * gap):
        return []
    # Rounded to minutes: a finding that ticked would move on screen each second.
    minutes = int(age // 60)
    span = f"{minutes} min" if minutes else "half a minute"
    sentence = SILENT.sentence.format(value=span, step=f"{gap:.3g} s")
    return [Finding(SILENT, "", sentence, math.nan)]


def idle_gpus(loads: Mapping[str, Sequence[float]], threshold: float) -> list[str]:
    """Return the names of the GPUs none of whose loads, in percent, reaches the threshold.

    Loads are those of the last `IDLE_SECONDS`; a GPU without any reading is not judged.
    """
    return [
        name
        for name, readings in loads.items()
        if threshold and readings and max(readings) < threshold
    ]
