"""What the counters of a GPU's parts become: loads of codecs, an estimate, words an instance."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.sources.gpu.nvidia.answering import device_of
from trackio_view.model.gpu import Absence
from trackio_view.model.gpu_activity import FLOPS_PER_CLOCK
from trackio_view.sources.gpu.nvidia import activity
from trackio_view.sources.gpu.nvidia.activity_fields import (
    bf16_estimate,
    busy_codecs,
    figure,
    partition_activity,
)

DECODER, ENCODER = "nvmlDeviceGetDecoderUtilization", "nvmlDeviceGetEncoderUtilization"
CLOCK, CORES = "nvmlDeviceGetClockInfo", "nvmlDeviceGetNumGpuCores"
CAPABILITY = "nvmlDeviceGetCudaComputeCapability"
HOPPER: dict[object, object] = {(CLOCK, "gpu", 1): 1980, CORES: 132 * 128, CAPABILITY: (0, (9, 0))}


def test_one_figure() -> None:
    assert figure(activity.KERNELS)(device_of({}, {activity.KERNELS: 12.5})) == 12.5
    assert figure(activity.FP64)(device_of({}, {activity.KERNELS: 12.5})) is Absence.UNSUPPORTED


def test_codecs_that_work_are_told_by_name_and_those_that_idle_are_not() -> None:
    figures = {30: 40.0, 31: 0.0, 47: 3.0, 51: 2.0, 169: 1.0}
    loads = {"decoder 0": 40.0, "jpeg 7": 3.0, "optical flow 1": 2.0, "encoder 3": 1.0}
    assert busy_codecs(device_of({DECODER: [0, 1]}, figures)) == loads
    assert busy_codecs(device_of({ENCODER: [0, 1]}, figures)) == loads, "a chip that only encodes"
    assert busy_codecs(device_of({}, figures)) is Absence.UNSUPPORTED
    assert busy_codecs(device_of({DECODER: [0, 1]}, None)) is None
    assert busy_codecs(device_of({DECODER: [0, 1]}, Absence.DENIED)) is Absence.DENIED


def test_an_estimate_follows_from_tensor_cores_clock_and_chip() -> None:
    figures = {activity.TENSOR_CORES: 50.0}
    estimate = 0.5 * 1980 * 132 * FLOPS_PER_CLOCK[(9, 0)] / 1e6
    assert bf16_estimate(device_of(HOPPER, figures)) == pytest.approx(estimate)
    assert bf16_estimate(device_of(HOPPER, None)) is None
    assert bf16_estimate(device_of(HOPPER, {})) is Absence.UNSUPPORTED
    for lacking in HOPPER:
        known = {name: answer for name, answer in HOPPER.items() if name != lacking}
        assert bf16_estimate(device_of(known, figures)) is Absence.UNSUPPORTED, lacking
    old = {**HOPPER, CAPABILITY: (0, (7, 0))}
    assert bf16_estimate(device_of(old, figures)) is Absence.UNSUPPORTED
    garbage = {**HOPPER, (CLOCK, "gpu", 1): 50_001}
    assert bf16_estimate(device_of(garbage, figures)) is Absence.UNSUPPORTED
    assert bf16_estimate(device_of({**HOPPER, (CLOCK, "gpu", 1): 50_000}, figures)) > 0


INSTANCES: dict[object, object] = {
    "nvmlDeviceGetMaxMigDeviceCount": 3,
    **{("nvmlDeviceGetMigDeviceHandleByIndex", "gpu", place): f"i{place}" for place in range(3)},
    **{("nvmlDeviceGetGpuInstanceId", f"i{place}"): 10 + place for place in (0, 2)},
    **{("nvmlDeviceGetUUID", f"i{place}"): f"MIG-{place}" for place in range(3)},
}
WORKING = {activity.KERNELS: 99.0, activity.SM_BUSY: 90.0, activity.TENSOR_CORES: 51.0}


def instance_words(
    figures: dict[int, object], lack: Absence | None = None
) -> tuple[Any, list[set[tuple[int, str]]]]:
    """Return what is told of the instances, and which of them the reader is to keep."""
    device, kept = device_of(INSTANCES), list[set[tuple[int, str]]]()
    device.readings.put("partitions", ("MIG 0",))
    reader = SimpleNamespace(
        lack=lambda: lack,
        read_instance=lambda number, uuid, now: figures[number],
        keep_instances=kept.append,
    )
    device.activity_reader = cast("Any", reader)
    return partition_activity(device), kept


def test_each_instance_that_tells_something_has_a_sentence() -> None:
    told, kept = instance_words({10: WORKING, 12: {**WORKING, activity.TENSOR_CORES: 60.0}})
    assert told == ("MIG 0: tensor cores 51 %", "MIG 2: tensor cores 60 %")
    # One without a number is not asked, and not kept.
    assert kept == [{(10, "MIG-0"), (12, "MIG-2")}]
    told, kept = instance_words({10: None, 12: WORKING})
    assert told == ("MIG 2: tensor cores 51 %",)
    assert instance_words({10: None, 12: None})[0] is None


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({activity.TENSOR_CORES: 0.0, activity.FP32: 80.0}, "fp32 without tensor cores"),
        ({activity.TENSOR_CORES: 3.0, activity.MEMORY_BANDWIDTH: 95.0}, "bound by memory"),
        ({activity.SM_BUSY: 2.0}, "kernels too small: 2 % of the SMs"),
        ({activity.KERNELS: 0.0, activity.SM_BUSY: 0.0}, "idle: no kernels"),
    ],
)
def test_the_sentence_is_made_of_all_that_is_counted(figures: dict[int, float], words: str) -> None:
    (told,), _ = instance_words({10: {**WORKING, **figures}, 12: None})
    assert told.startswith(f"MIG 0: {words}")


def test_why_no_instance_is_told_of() -> None:
    assert partition_activity(device_of(INSTANCES)) is Absence.UNSUPPORTED
    assert instance_words({}, Absence.DENIED) == (Absence.DENIED, [])
    assert instance_words({10: Absence.LOST})[0] is Absence.LOST
