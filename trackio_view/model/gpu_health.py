"""Signs that a GPU is not well: rules by the counts that its driver keeps, each in a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trackio_view.light_typing import NamedTuple
from trackio_view.model.gpu import GpuSample
from trackio_view.model.health import Rule, Thresholds

REPAIR_FAILED = "failed"
REPAIR_WAITS = "waits for a GPU reset"
NO_REPAIR = "none due"
NO_ACTION = "none"

MEMORY_REPAIR = Rule(
    "gpu_memory_repair",
    "memory repair {value}",
    1,
    "1 to tell of a GPU whose memory could not be repaired, or waits for a reset to be",
    1,
    1,
)
MEMORY_ERRORS = Rule(
    "gpu_memory_errors",
    "{value} since the driver loaded: results may be wrong, jobs will be killed",
    1,
    "how many uncorrected or deferred memory errors since the driver loaded are too many",
    1,
)
RECOVERY = Rule(
    "gpu_recovery",
    "the driver asks to {value}",
    1,
    "1 to tell of a GPU whose driver asks for a reset, a reboot or the like",
    1,
    1,
)
CARD_ERRORS = Rule(
    "gpu_card_errors",
    "{value}",
    1,
    "how many kinds of errors of the card itself are too many: XIDs seen while it is watched, or"
    " uncorrected errors of links",
    1,
)
SPARE_ROWS = Rule(
    "gpu_spare_rows",
    "no spare rows left in {value}",
    1,
    "how many banks of memory without a spare row are too many",
    1,
)
HEAT = Rule(
    "gpu_heat",
    "held back by {value} of the time",
    10,
    "the percent of the time from which heat or a power brake may not hold a GPU back; a power cap"
    " is as usual",
    0.1,
    100,
)
GPU_RULES = (MEMORY_REPAIR, MEMORY_ERRORS, RECOVERY, CARD_ERRORS, SPARE_ROWS, HEAT)
"""The worst first."""

DEFAULT_GPU_THRESHOLDS: Thresholds = {rule.name: rule.threshold for rule in GPU_RULES}

_HOLDS_BACK = {
    "throttled_heat": "heat",
    "throttled_hardware_heat": "heat, by the hardware,",
    "throttled_power_brake": "the power brake",
}
"""A field -> its cause in words, of the causes that are not as usual."""

HEALTH_FIELDS = (
    *("memory_repair", "ecc_uncorrected", "ecc_deferred", "recovery_action", "card_errors"),
    *("banks_without_spare_rows", *_HOLDS_BACK),
)
"""What the rules look at."""


class GpuFinding(NamedTuple):
    """A rule that a GPU breaks."""

    rule: Rule
    sentence: str


def gpu_findings(sample: GpuSample, thresholds: Thresholds) -> list[GpuFinding] | None:
    """Return what is wrong with a GPU, the worst first; `None` where it tells nothing of that.

    `thresholds` are by the name of the rule; one that is not there is the default.
    """
    if all(getattr(sample, name) is None for name in HEALTH_FIELDS):
        return None
    limits = {**DEFAULT_GPU_THRESHOLDS, **thresholds}
    return [
        GpuFinding(rule, rule.sentence.format(value=value))
        for rule, value in _broken(sample, limits)
    ]


def _broken(sample: GpuSample, limits: Mapping[str, float]) -> Iterator[tuple[Rule, str]]:
    """Yield each rule that is broken, and its value in words."""

    def exceeds(rule: Rule, value: float | None) -> bool:
        return bool(limits[rule.name]) and value is not None and value >= limits[rule.name]

    repair = sample.memory_repair
    if repair in (REPAIR_FAILED, REPAIR_WAITS) and limits[MEMORY_REPAIR.name]:
        advice = ": have the GPU replaced" if repair == REPAIR_FAILED else ""
        yield MEMORY_REPAIR, f"{repair}{advice}"
    if exceeds(MEMORY_ERRORS, sample.ecc_uncorrected):
        yield MEMORY_ERRORS, _counted(sample.ecc_uncorrected or 0, "uncorrected memory error")
    if exceeds(MEMORY_ERRORS, sample.ecc_deferred):
        yield MEMORY_ERRORS, _counted(sample.ecc_deferred or 0, "deferred memory error")
    if sample.recovery_action not in (None, NO_ACTION) and limits[RECOVERY.name]:
        yield RECOVERY, str(sample.recovery_action)
    errors = sample.card_errors or ()
    if exceeds(CARD_ERRORS, len(errors)):
        yield CARD_ERRORS, ", ".join(errors)
    if exceeds(SPARE_ROWS, sample.banks_without_spare_rows):
        yield SPARE_ROWS, _counted(sample.banks_without_spare_rows or 0, "bank")
    for name, cause in _HOLDS_BACK.items():
        share = getattr(sample, name)
        if exceeds(HEAT, share):
            yield HEAT, f"{cause} {share:.0f} %"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"
