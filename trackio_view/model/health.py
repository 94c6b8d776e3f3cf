"""Signs that a run is not well: each a rule with a name, a sentence and a threshold.

Rules look at each value once, when it comes. Rules about the present time are judged when a frame
is drawn.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import sub

from trackio_view.light_typing import NamedTuple
from trackio_view.model.pace import RunState, state_of, typical_gap
from trackio_view.model.progress import progress
from trackio_view.model.roles import is_loss
from trackio_view.model.run import Run
from trackio_view.series.series import Series


class Rule(NamedTuple):
    """One rule: what it is called in the settings, what it says, and when."""

    name: str
    sentence: str
    """What a person reads; `{metric}`, `{value}` and `{step}` are filled in."""
    threshold: float
    """The default; 0 turns the rule off."""
    meaning: str
    """What the threshold counts, for the settings' documentation."""
    least: float
    """The smallest threshold, other than 0, that makes sense."""
    most: float = math.inf
    """The largest that makes sense."""


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
    "after how many values without an improvement of their mean a live run's loss stands still",
    10,
)
SILENT = Rule(
    "went_silent",
    "no row for {value}, usually one each {step}",
    20,
    "after how many of its usual gaps between rows a run went silent; not before 30 seconds, nor"
    " before twice its longest pause",
    2,
)
GPU_IDLE = Rule(
    "gpu_idle",
    "{metric} is at most {value} busy for a minute while the run is live",
    5,
    "the load in percent below which a GPU is idle",
    0.1,
    100,
)
RULES = (NONFINITE, SPIKE, PLATEAU, SILENT, GPU_IDLE)

Thresholds = Mapping[str, float]
DEFAULT_THRESHOLDS: Thresholds = {rule.name: rule.threshold for rule in RULES}

_RECENT = 200
"""After so many further values, a finding about a spike or a non-finite value is withdrawn."""
_WARM_UP = 30
"""How many values it takes until a mean and its deviation are known well enough."""
_MEMORY = 0.05
"""The weight of the newest value in the running mean."""
_LEAST_RISE = 0.05
"""A spike must rise above the mean by at least this share of it, because a flat loss has tiny
deviations.
"""
_UNUSUAL = 2.0
"""A spike must be this many times the highest remembered rise. Some losses consist of spikes,
others leap at every epoch or at every restart of the learning rate.
"""
_SPIKE_SHARE = 0.75
"""The share of a spike that counts as a rise to be remembered."""
_FADING = 0.9998
"""How much of a remembered rise is left after each value: half of it after 3,500."""
_LARGEST = sys.float_info.max / 8
"""A larger value is replaced by this one, so that the difference of two values fits a float."""
_SLOW_VALUES = 100
"""How many values the mean spans by which a plateau is judged. The lowest single value is a matter
of luck: with noise it comes long before a loss stops to improve.
"""
_IMPROVEMENT = 0.001
"""The share by which a loss must fall below its best to count as better."""
_SILENT_SECONDS = 30.0
_PAUSES = 2.0
"""How many times as long as its longest pause a run may be silent."""
_FORGOTTEN_SECONDS = 3600.0
"""A run that is silent for longer has ended in some way, and nobody waits for it."""
IDLE_SECONDS = 60.0
_USED_PERCENT = 10.0


class Finding(NamedTuple):
    """A rule that a run breaks."""

    rule: Rule
    metric: str
    """The metric that tells; empty where the rule is about the whole run."""
    sentence: str
    step: float
    """The step at which it was seen first; NaN where the finding is not about a step."""


@dataclass(slots=True, eq=False, repr=False)
class SeriesHealth:
    """What is remembered of a series' values."""

    seen: int = 0
    nonfinite: int = 0
    first_nonfinite: int = -1
    last_nonfinite: int = -1
    mean: float = math.nan
    deviation: float = 0.0
    finite: int = 0
    spike: int = -1
    """Position of the newest spike."""
    highest_rise: float = 0.0
    """The highest recent rise above the mean. It fades with each value."""
    level: float = math.nan
    """The slow mean."""
    best: float = math.inf
    """The lowest value of the slow mean, and its position."""
    best_at: int = -1

    def look(self, values: array[float], spike_threshold: float, *, loss: bool) -> None:
        """Take in the values that came since the last look."""
        start, self.seen = self.seen, len(values)
        fresh = values[start:]
        # One sum in C tells whether any value is not finite, which is rare.
        if not math.isfinite(sum(fresh)):
            for position, value in enumerate(fresh, start):
                if not math.isfinite(value):
                    self.nonfinite += 1
                    self.last_nonfinite = position
                    if self.first_nonfinite < 0:
                        self.first_nonfinite = position
        if loss:
            self._follow(fresh, start, spike_threshold)

    def _follow(self, fresh: Sequence[float], start: int, threshold: float) -> None:
        mean, deviation, finite = self.mean, self.deviation, self.finite
        highest, level = self.highest_rise, self.level
        for position, value in enumerate(fresh, start):
            if not -_LARGEST < value < _LARGEST:
                if not math.isfinite(value):
                    continue
                value = math.copysign(_LARGEST, value)
            finite += 1
            if finite == 1:
                mean = level = value
            rise = value - mean
            if (
                finite > _WARM_UP
                and threshold
                and rise > threshold * deviation
                and rise > _LEAST_RISE * abs(mean)
                and rise > _UNUSUAL * highest
            ):
                self.spike = position
                highest = _SPIKE_SHARE * rise
                # A spike must not change what counts as usual, so the mean follows it slowly.
                rise = threshold * deviation + _LEAST_RISE * abs(mean)
            else:
                highest = max(_FADING * highest, rise)
            weight = max(_MEMORY, 1 / finite)
            mean += weight * rise
            deviation += weight * (abs(rise) - deviation)
            level += (value - level) / min(finite, _SLOW_VALUES)
            if level < self.best - _IMPROVEMENT * abs(self.best) or self.best_at < 0:
                self.best, self.best_at = level, position
            elif finite == _SLOW_VALUES:
                # The mean of fewer values is a matter of luck, too.
                self.best = level
        self.mean, self.deviation, self.finite = mean, deviation, finite
        self.highest_rise, self.level = highest, level

    def rules(self, thresholds: Thresholds) -> list[tuple[Rule, int]]:
        """Return the rules that the values looked at break, each with the position that it names.

        `PLATEAU` is among them whatever the run's state, though it counts for a live run alone.
        """
        found = []
        limit = thresholds[NONFINITE.name]
        of_late = self.seen - self.last_nonfinite <= _RECENT
        if limit and self.nonfinite >= limit and of_late:
            found.append((NONFINITE, self.first_nonfinite))
        if self.spike >= 0 and self.seen - self.spike <= _RECENT:
            found.append((SPIKE, self.spike))
        limit = thresholds[PLATEAU.name]
        if limit and self.best_at >= 0 and self.seen - 1 - self.best_at >= limit:
            found.append((PLATEAU, self.best_at))
        return found


@dataclass(slots=True, eq=False, repr=False)
class RunHealth:
    """What the rules remember of a run."""

    series: dict[str, SeriesHealth] = field(default_factory=dict)
    longest_pause: float = 0.0
    """The longest pause between two rows, in seconds. Pauses so long that the run was started again
    do not count.
    """
    _rows: int = 0
    _run: Run | None = None
    _unwell: tuple[Thresholds, dict[str, SeriesHealth]] | None = None
    """The thresholds of the last look, and the metrics about which a rule may have a finding."""

    def look(self, run: Run, thresholds: Thresholds = DEFAULT_THRESHOLDS) -> None:
        """Take in the rows that came since the last look, at a cost that depends on them alone."""
        if self._run is not run:
            # A reload brings the run's rows again, in another object.
            self._run, self._rows, self.series, self.longest_pause = run, 0, {}, 0.0
        times = run.times[max(self._rows - 1, 0) :]
        longest = max(map(sub, times[1:], times), default=0.0)
        if not longest < _FORGOTTEN_SECONDS:
            # This is rare: a run was started again, or a time is unknown.
            pauses = map(sub, times[1:], times)
            longest = max((one for one in pauses if one < _FORGOTTEN_SECONDS), default=0.0)
        self.longest_pause = max(self.longest_pause, longest)
        self._rows, self._unwell = run.row_count, None
        spike_threshold = thresholds[SPIKE.name]
        for metric, series in run.series.items():
            known = self.series.get(metric)
            if known is None:
                known = self.series[metric] = SeriesHealth()
            if known.seen < len(series.values):
                known.look(series.values, spike_threshold, loss=is_loss(metric))

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
        # Each frame asks for the findings, and there may be thousands of metrics. So all metrics
        # are judged once after each row.
        if self._unwell is None or self._unwell[0] is not thresholds:
            unwell = {name: one for name, one in self.series.items() if one.rules(thresholds)}
            self._unwell = (thresholds, unwell)
        for metric, known in self._unwell[1].items():
            series = run.series.get(metric)
            if series is None or known.seen > len(series):
                continue
            for rule, position in known.rules(thresholds):
                if rule is not PLATEAU or state is RunState.LIVE:
                    found.append(_at(rule, run, metric, series, position))
        found += _silence(run, now, thresholds[SILENT.name], self.longest_pause)
        if state is RunState.LIVE and thresholds[GPU_IDLE.name]:
            share = f"{thresholds[GPU_IDLE.name]:g}%"
            for name in idle_gpus:
                sentence = GPU_IDLE.sentence.format(metric=name, value=share)
                found.append(Finding(GPU_IDLE, "", sentence, math.nan))
        return sorted(found, key=lambda finding: RULES.index(finding.rule))


def _told(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "infinite" if value > 0 else "negatively infinite"
    return f"{value:.6g}"


def _at(rule: Rule, run: Run, metric: str, series: Series, position: int) -> Finding:
    step = run.steps[series.rows[position]]
    # As a float: a logged integer may be too long to be written in short.
    value = series.values[position]
    sentence = rule.sentence.format(metric=metric, value=_told(value), step=f"{step:,.15g}")
    return Finding(rule, metric, sentence, step)


def _silence(run: Run, now: float, threshold: float, longest_pause: float) -> list[Finding]:
    gap = typical_gap(run)
    # Where a run's server is away, the run is not known to be silent.
    age = min(now, run.heard_until) - run.last_time
    if not threshold or gap is None or gap <= 0 or math.isnan(age):
        return []
    # A run that has paused before, to be evaluated or saved, may do so again.
    longest = max(_SILENT_SECONDS, threshold * gap, _PAUSES * longest_pause)
    if not longest < age < max(_FORGOTTEN_SECONDS, 100 * gap) or progress(run) == 1:
        return []
    # The time is rounded to minutes, because a sentence with seconds would change on screen each
    # second.
    minutes = int(age // 60)
    span = f"{minutes} min" if minutes else "half a minute"
    # Three digits, but no exponent.
    usual = f"{gap:.3g}" if gap < 999.5 else f"{gap:,.0f}"
    sentence = SILENT.sentence.format(value=span, step=f"{usual} s")
    return [Finding(SILENT, "", sentence, math.nan)]


def gpus_in_use(
    loads: Mapping[str, Sequence[float]], memory: Mapping[str, float]
) -> dict[str, Sequence[float]]:
    """Return the loads of the GPUs whose memory is not known to be free; of all where each is.

    `memory` is used memory in percent, by the GPU's name. TrackIO logs every GPU of a machine, also
    those that a run does not use, and a GPU that no run uses does not count as idle.
    """
    free = {name for name, percent in memory.items() if percent < _USED_PERCENT}
    used = {name: readings for name, readings in loads.items() if name not in free}
    return used or dict(loads)


def idle_gpus(loads: Mapping[str, Sequence[float]], threshold: float) -> list[str]:
    """Return the names of the GPUs none of whose loads, in percent, reaches the threshold.

    Loads are those of the last `IDLE_SECONDS`; a GPU without any reading is not judged.
    """
    return [
        name
        for name, readings in loads.items()
        if threshold and readings and max(readings) < threshold
    ]
