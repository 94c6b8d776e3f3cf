"""What NVIDIA's driver writes into a number that it does not have is no number anywhere."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.sources.gpu.nvidia.answering import device_of, field
from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.nvidia import codes, health_fields
from trackio_view.sources.gpu.nvidia.activity import TENSOR_CORES
from trackio_view.sources.gpu.nvidia.device import MEMORY_V2, NvidiaDevice
from trackio_view.sources.gpu.nvidia.fields import FIELDS
from trackio_view.sources.gpu.nvidia.processes import ProcessReader
from trackio_view.sources.gpu.sampler import Roots

NARROW, WIDE = 0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF
GIB = 1 << 30


def read(name: str, device: NvidiaDevice) -> Any:
    return next(line.read for line in FIELDS if line.name == name)(device)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("pcie_replays", "nvmlDeviceGetPcieReplayCounter"),
        ("persistence", "nvmlDeviceGetPersistenceMode"),
        ("compute_mode", "nvmlDeviceGetComputeMode"),
        ("module_id", "nvmlDeviceGetModuleId"),
        ("memory_repair", "nvmlDeviceGetRetiredPagesPendingStatus"),
        ("power", "nvmlDeviceGetPowerUsage"),
        ("power_limit", "nvmlDeviceGetEnforcedPowerLimit"),
        ("performance_state", "nvmlDeviceGetPerformanceState"),
        ("clock_sm", "nvmlDeviceGetClockInfo"),
        ("clock_memory_max", "nvmlDeviceGetMaxClockInfo"),
        ("pcie_width", "nvmlDeviceGetCurrPcieLinkWidth"),
        ("pcie_generation_max", "nvmlDeviceGetMaxPcieLinkGeneration"),
        ("temperatures", "nvmlDeviceGetTemperatureV"),
        ("heat_limits", "nvmlDeviceGetTemperatureThreshold"),
        ("heat_margin", "nvmlDeviceGetMarginTemperature"),
    ],
)
def test_all_ones_of_a_call_are_no_number(name: str, call: str) -> None:
    assert read(name, device_of({call: NARROW})) is Absence.UNSUPPORTED


@pytest.mark.parametrize("sentinel", [NARROW, WIDE])
def test_all_reasons_at_once_are_no_reason(sentinel: int) -> None:
    device = device_of({"nvmlDeviceGetCurrentClocksEventReasons": sentinel})
    assert read("throttle_reasons", device) is Absence.UNSUPPORTED


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("encoder", "nvmlDeviceGetEncoderUtilization"),
        ("partitions", "nvmlDeviceGetMigMode"),
        ("power_limit_min", "nvmlDeviceGetPowerManagementLimitConstraints"),
        ("power_limit_max", "nvmlDeviceGetPowerManagementLimitConstraints"),
    ],
)
def test_all_ones_of_a_call_that_tells_two_are_no_number(name: str, call: str) -> None:
    assert read(name, device_of({call: [NARROW, NARROW]})) is Absence.UNSUPPORTED


@pytest.mark.parametrize("kind", [1, 3])
@pytest.mark.parametrize(
    "name",
    [
        *("rows_remapped_corrected", "rows_remapped_uncorrected", "pages_retired"),
        *("memory_repair", "recovery_action", "power_instant", "c2c_read"),
    ],
)
def test_all_ones_of_a_numbered_field_are_no_number(name: str, kind: int) -> None:
    device = device_of({"nvmlDeviceGetFieldValues": field(NARROW, kind)}, {})
    # The stand-in answers one field at a time.
    device.calls._refusal = codes.INVALID_ARGUMENT
    assert read(name, device) is Absence.UNSUPPORTED


def test_a_counter_of_64_bits_that_is_used_up_is_no_count() -> None:
    device = device_of({"nvmlDeviceGetFieldValues": field(WIDE)})
    for device.time in (0.0, 10.0):
        device.calls.begin()
        assert read("throttled_power", device) is Absence.UNSUPPORTED


def test_all_ones_are_no_amount_of_memory() -> None:
    total = 80 * GIB
    whole = SimpleNamespace(total=total, used=WIDE, reserved=WIDE, free=WIDE)
    window = SimpleNamespace(bar1Total=total, bar1Used=WIDE)
    device = device_of(
        {
            ("nvmlDeviceGetMemoryInfo", "gpu", MEMORY_V2): whole,
            "nvmlDeviceGetBAR1MemoryInfo": window,
        }
    )
    assert read("memory_total", device) == total
    assert read("bar1_total", device) == total
    for name in ("memory_used", "memory_reserved", "bar1_used"):
        assert read(name, device) is Absence.UNSUPPORTED, name


def test_all_ones_are_no_count_of_rows_without_spares() -> None:
    device = device_of({"nvmlDeviceGetRowRemapperHistogram": SimpleNamespace(none=NARROW)})
    assert health_fields.spare_rows(device) is Absence.UNSUPPORTED


def test_an_instance_of_unknown_size_has_a_number_only() -> None:
    size = SimpleNamespace(memorySizeMB=WIDE, computeInstanceSliceCount=1, gpuInstanceSliceCount=1)
    answers = {
        "nvmlDeviceGetMigMode": [1, 1],
        "nvmlDeviceGetMaxMigDeviceCount": 1,
        "nvmlDeviceGetMigDeviceHandleByIndex": "instance",
        "nvmlDeviceGetAttributes_v2": size,
        "nvmlDeviceGetMemoryInfo": SimpleNamespace(used=WIDE, total=GIB),
    }
    assert read("partitions", device_of(answers)) == ("MIG 0",)


def test_a_gpu_in_partitions_keeps_no_load_while_its_mode_is_not_told() -> None:
    answers: dict[Any, object] = {
        "nvmlDeviceGetMigMode": [1, 1],
        "nvmlDeviceGetUtilizationRates": SimpleNamespace(gpu=0, memory=0),
    }
    device = device_of(answers)
    device.readings.put("partitions", read("partitions", device))
    answers["nvmlDeviceGetMigMode"] = (19, None)
    device.calls.begin()
    device.readings.put("partitions", read("partitions", device))
    assert device.readings.reasons["partitions"] is Absence.FAILED
    assert read("utilization", device) is Absence.UNSUPPORTED


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ((0, 3_100_000_000), 31.0),
        # The driver counts in steps.
        ((0, 15_000_000_000), 100.0),
        # It was set anew, in either direction.
        ((0, 1 << 60), None),
        ((5_000_000_000, 1_000_000_000), None),
    ],
)
def test_a_share_of_time_by_a_counter(counts: tuple[int, int], told: float | None) -> None:
    answers: dict[Any, object] = {}
    device = device_of(answers)
    for device.time, count in zip((0.0, 10.0), counts, strict=True):
        device.calls.begin()
        answers["nvmlDeviceGetFieldValues"] = field(count)
        share = read("throttled_heat", device)
    assert share == (told if told is None else pytest.approx(told))


@pytest.mark.parametrize("code", [10, 19, 4])
def test_a_list_of_processes_that_fails_does_not_say_that_there_are_none(code: int) -> None:
    answers = {
        "nvmlDeviceGetComputeRunningProcesses_v3": (code, None),
        "nvmlDeviceGetGraphicsRunningProcesses_v3": [],
    }
    reader = ProcessReader(Roots(), lambda number: None)
    assert isinstance(reader.read(device_of(answers).calls), Absence)
    answers["nvmlDeviceGetComputeRunningProcesses_v3"] = (3, None)
    assert reader.read(device_of(answers).calls) == ()


def test_a_process_without_a_number_is_none() -> None:
    listed = [SimpleNamespace(pid=pid, usedGpuMemory=WIDE) for pid in (0, NARROW, 4_242_424)]
    answers = {"nvmlDeviceGetComputeRunningProcesses_v3": listed}
    found = ProcessReader(Roots(), lambda number: None).read(device_of(answers).calls)
    assert not isinstance(found, Absence)
    assert [(process.pid, process.memory) for process in found] == [(4_242_424, None)]


def test_an_estimate_of_cores_that_are_not_counted() -> None:
    answers: dict[Any, object] = {
        "nvmlDeviceGetClockInfo": 1980,
        "nvmlDeviceGetNumGpuCores": 16_896,
        "nvmlDeviceGetCudaComputeCapability": (0, (9, 0)),
    }
    assert read("bf16_estimate", device_of(answers, {TENSOR_CORES: 50.0})) > 0
    answers["nvmlDeviceGetNumGpuCores"] = NARROW
    device = device_of(answers, {TENSOR_CORES: 50.0})
    assert read("bf16_estimate", device) is Absence.UNSUPPORTED


def test_a_count_of_fans_that_fails_for_the_moment() -> None:
    device = device_of({"nvmlDeviceGetNumFans": (19, None)})
    assert read("fan_percent", device) is Absence.FAILED
