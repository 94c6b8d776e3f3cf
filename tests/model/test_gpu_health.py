"""Signs that a GPU is not well, each in a sentence, by thresholds that the settings have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from trackio_view.model.gpu import GpuIdentity, GpuSample
from trackio_view.model.gpu_health import (
    GPU_RULES,
    NO_ACTION,
    NO_REPAIR,
    gpu_findings,
)
from trackio_view.model.health import RULES, Rule

WELL: dict[str, Any] = {
    "memory_repair": NO_REPAIR,
    "ecc_uncorrected": 0,
    "recovery_action": NO_ACTION,
    "card_errors": (),
    "banks_without_spare_rows": 0,
    "throttled_heat": 0.0,
    "throttled_hardware_heat": 0.0,
    "throttled_power_brake": 0.0,
    "throttled_power": 80.0,
}


def sentences(thresholds: dict[str, float] | None = None, **fields: Any) -> list[str] | None:
    sample = GpuSample(GpuIdentity("k", "NVIDIA", "n"), 1.0, **fields)
    findings = gpu_findings(sample, thresholds or {})
    return None if findings is None else [finding.sentence for finding in findings]


def test_a_gpu_that_tells_nothing_is_not_well_but_unknown() -> None:
    assert sentences() is None
    assert sentences(utilization=50.0, ecc_corrected=3) is None
    assert sentences(**WELL) == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"memory_repair": "failed"}, "memory repair failed: have the GPU replaced"),
        ({"memory_repair": "waits for a GPU reset"}, "memory repair waits for a GPU reset"),
        (
            {"ecc_uncorrected": 1},
            "1 uncorrected memory error since the driver loaded: results may be wrong, "
            "jobs will be killed",
        ),
        (
            {"ecc_deferred": 2},
            "2 deferred memory errors since the driver loaded: results may be wrong, "
            "jobs will be killed",
        ),
        ({"recovery_action": "reboot the machine"}, "the driver asks to reboot the machine"),
        (
            {"card_errors": ("XID 74 (NVLink error)", "XID 95")},
            "XID 74 (NVLink error), XID 95",
        ),
        ({"banks_without_spare_rows": 2}, "no spare rows left in 2 banks"),
        ({"throttled_heat": 31.4}, "held back by heat 31 % of the time"),
        ({"throttled_power_brake": 50.0}, "held back by the power brake 50 % of the time"),
    ],
)
def test_each_rule_has_its_sentence(fields: dict[str, Any], sentence: str) -> None:
    assert sentences(**{**WELL, **fields}) == [sentence]


def test_the_worst_comes_first() -> None:
    found = sentences(**{**WELL, "throttled_heat": 40.0, "memory_repair": "failed"})
    assert found is not None
    assert [sentence[:4] for sentence in found] == ["memo", "held"]


def test_thresholds_are_those_of_the_settings() -> None:
    hot = {**WELL, "throttled_heat": 31.0}
    assert sentences({"gpu_heat": 40.0}, **hot) == []
    assert sentences({"gpu_heat": 0}, **hot) == []
    assert sentences({"gpu_memory_errors": 3}, **{**WELL, "ecc_uncorrected": 2}) == []


def test_each_rule_can_be_turned_off() -> None:
    broken: dict[str, Any] = {
        "memory_repair": "failed",
        "ecc_uncorrected": 1,
        "ecc_deferred": 1,
        "recovery_action": "reset",
        "card_errors": ("XID 95",),
        "banks_without_spare_rows": 1,
        **dict.fromkeys(("throttled_heat", "throttled_power_brake"), 50.0),
    }
    sample = GpuSample(GpuIdentity("k", "NVIDIA", "n"), 1.0, **broken)

    def found(off: Iterable[Rule]) -> set[Rule]:
        thresholds = dict.fromkeys((rule.name for rule in off), 0.0)
        return {finding.rule for finding in gpu_findings(sample, thresholds) or ()}

    assert found([]) == set(GPU_RULES)
    for rule in GPU_RULES:
        assert found([rule]) == set(GPU_RULES) - {rule}
    assert found(GPU_RULES) == set()


def test_names_are_unlike_those_of_a_trainings_rules() -> None:
    names = [rule.name for rule in (*RULES, *GPU_RULES)]
    assert len(set(names)) == len(names)
    assert all(rule.most >= rule.threshold >= rule.least for rule in GPU_RULES)
