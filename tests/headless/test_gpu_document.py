"""`--gpu --once --format json` has every field of a sample, or the reason for its absence."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from trackio_view.headless.gpu_document import (
    GPU_KEYS,
    gpu_documents,
    search_documents,
)
from trackio_view.model.gpu import (
    Absence,
    GpuIdentity,
    GpuProcess,
    GpuSample,
    GpusSampled,
    VendorReport,
)
from trackio_view.model.gpu_fields import FIELDS_THAT_MAY_LACK
from trackio_view.model.project_id import ProjectId


def document(**fields: Any) -> dict[str, Any]:
    identity = fields.pop("identity", GpuIdentity("0000:03:00.0", "AMD", "Radeon"))
    (found,) = gpu_documents(GpusSampled((GpuSample(identity, 5.0, **fields),), ()))
    json.dumps(found, allow_nan=False)
    return found


def test_every_field_of_a_sample_is_told() -> None:
    elsewhere = {"identity", "state", "state_text", "reasons"}
    assert set(GPU_KEYS) == set(GpuSample._fields) - elsewhere
    assert len(set(GPU_KEYS.values())) == len(GPU_KEYS)


@pytest.mark.parametrize("field", FIELDS_THAT_MAY_LACK)
def test_an_absent_value_is_null_with_its_reason(field: str) -> None:
    key = GPU_KEYS[field]
    found = document()
    assert found[key] is None
    assert found["reasons"][key] == "no rate measured yet"
    denied = document(reasons={field: Absence.DENIED})
    assert denied["reasons"][key] == "permission denied"
    asleep = document(reasons={field: Absence.DENIED}, state=Absence.ASLEEP)
    assert asleep["reasons"][key] == "asleep"
    assert asleep["state"] == "asleep"
    stale = document(state=Absence.STALE, state_text="not answering for 12 s")
    assert stale["reasons"][key] == stale["state_text"] == "not answering for 12 s"


def test_zero_and_nothing_are_values() -> None:
    found = document(utilization=0.0, ecc_corrected=0, throttle_reasons=(), processes=())
    assert found["utilization_percent"] == 0
    assert found["ecc_corrected_count"] == 0
    assert found["throttle_reasons"] == found["processes"] == []
    assert not {"utilization_percent", "throttle_reasons", "processes"} & set(found["reasons"])


def test_the_health_of_a_gpu_is_told_by_rule_and_sentence() -> None:
    unknown = document()
    assert unknown["health"] is None
    assert unknown["reasons"]["health"] == "the GPU tells nothing of its health"
    assert document(ecc_uncorrected=0)["health"] == []
    ill = document(memory_repair="failed", ecc_uncorrected=0)
    assert ill["health"] == [
        {
            "rule": "gpu_memory_repair",
            "sentence": "memory repair failed: have the GPU replaced",
        }
    ]


def test_each_of_several_gpus_says_what_is_wrong_with_it(gpus_sampled) -> None:
    first, second, third = gpus_sampled(3, ecc_uncorrected=0).samples
    samples = (first._replace(ecc_uncorrected=2), second, third._replace(memory_repair="failed"))
    found = gpu_documents(GpusSampled(samples, ()))
    rules = [[finding["rule"] for finding in card["health"]] for card in found]  # type: ignore[attr-defined]
    assert rules == [["gpu_memory_errors"], [], ["gpu_memory_repair"]]


def test_the_work_of_a_gpu_is_told_in_a_sentence() -> None:
    found = document(activity="tensor cores 93 %", tensor_cores=92.8, bf16_estimate=730.0)
    assert found["activity"] == "tensor cores 93 %"
    assert found["tensor_cores_percent"] == 92.8
    assert found["bf16_estimate_teraflops_per_second"] == 730.0


def test_a_number_that_is_none_is_null_and_says_which() -> None:
    found = document(power=math.nan)
    assert found["power_watts"] is None
    assert found["reasons"]["power_watts"] == "logged as NaN"


def test_the_measure_of_a_number_is_told_by_the_documents_own_key() -> None:
    found = document(utilization=25.0, measures={"utilization": "time awake"})
    assert found["measures"] == {"utilization_percent": "time awake"}


def test_processes_say_what_is_not_known_of_them() -> None:
    project = ProjectId("/data", "my")
    logs = (project, "a", "id-a", "writes")
    whole = GpuProcess(7, "compute", 4096, 50.0, "ada", "python train.py", *logs, 96)
    first, second = document(processes=(whole, GpuProcess(8)))["processes"]
    assert first["pid"] == 7
    assert (first["memory_bytes"], first["load_percent"], first["user"]) == (4096, 50.0, "ada")
    assert first["project"] == "my"
    assert (first["run"], first["run_id"], first["link"]) == ("a", "id-a", "writes")
    assert (first["compute_unit_count"], first["reasons"]) == (96, {})
    assert second["memory_bytes"] is None
    unknown = {"kind", "memory_bytes", "load_percent", "user", "command", "project"}
    unknown |= {"run", "run_id", "link", "compute_unit_count"}
    assert set(second["reasons"]) == unknown


def test_a_process_of_a_known_project_says_why_its_run_is_not_known() -> None:
    logs = GpuProcess(7, project=ProjectId("/data", "my"), link="writes")
    first, second = document(processes=(logs, GpuProcess(8)))["processes"]
    alone = "not seen yet: no rows of one run came that it alone can have written"
    assert (first["reasons"]["run"], first["reasons"]["run_id"]) == (alone, alone)
    nowhere = second["reasons"]["project"]
    assert nowhere.startswith("not seen yet: it wrote to no project")
    assert (second["reasons"]["run"], second["reasons"]["run_id"]) == (nowhere, nowhere)


def test_a_run_without_an_id_is_said_to_have_none() -> None:
    logs = GpuProcess(7, project=ProjectId("/data", "my"), run="a", link="writes")
    (found,) = document(processes=(logs,))["processes"]
    assert "run" not in found["reasons"]
    assert found["reasons"]["run_id"] == "the run has none"


def test_a_partition_names_its_parent_and_others_say_why_not() -> None:
    part = document(identity=GpuIdentity("MIG-1", "NVIDIA", "1g", "550", parent="0000:01:00.0"))
    assert (part["parent_key"], part["driver"]) == ("0000:01:00.0", "550")
    told = document(identity=GpuIdentity("0000:01:00.0", "NVIDIA", "H200", uuid="GPU-1"))
    assert told["uuid"] == "GPU-1"
    whole = document()
    assert whole["reasons"]["uuid"] == "not reported"
    assert whole["parent_key"] is whole["driver"] is None
    assert {"parent_key", "driver"} <= set(whole["reasons"])


def test_gpus_are_numbered_and_searches_told_in_the_readings_order() -> None:
    samples = tuple(GpuSample(GpuIdentity(key, "AMD", key), 0.0) for key in "ba")
    report = (VendorReport("NVIDIA", 0, "no driver"), VendorReport("AMD", 2, "two"))
    reading = GpusSampled(samples, report)
    assert [(gpu["number"], gpu["key"]) for gpu in gpu_documents(reading)] == [(0, "b"), (1, "a")]
    assert search_documents(reading) == [
        {"vendor": "NVIDIA", "found_count": 0, "text": "no driver"},
        {"vendor": "AMD", "found_count": 2, "text": "two"},
    ]
