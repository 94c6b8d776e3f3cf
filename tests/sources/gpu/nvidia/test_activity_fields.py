"""The counters of a GPU's parts become loads of codecs, an estimate, and words about each
instance."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.sources.gpu.nvidia.answering import device_of
from trackio_view.model.gpu import Absence
from trackio_view.model.gpu_activity import FLOPS_PER_CLOCK, RecentActivity
from trackio_view.sources.gpu.nvidia import activity
from trackio_view.sources.gpu.nvidia.activity_fields import (
    bf16_estimate,
    busy_codecs,
    figure,
    partition_activity,
    tensor_fp64,
)

Ask = Callable[..., Any]
BF16 = {"gpm_1": 991, "gpm_2": 956, "gpm_3": 141, "gpm_5": 928, "gpm_10": 174, "load": 98}
"""The figures of an H200 that multiplies large bf16 matrices, in tenths of a percent."""
DECODER, ENCODER = "nvmlDeviceGetDecoderUtilization", "nvmlDeviceGetEncoderUtilization"
CLOCK, CORES = "nvmlDeviceGetClockInfo", "nvmlDeviceGetNumGpuCores"
CAPABILITY = "nvmlDeviceGetCudaComputeCapability"
HOPPER: dict[object, object] = {(CLOCK, "gpu", 1): 1980, CORES: 132 * 128, CAPABILITY: (0, (9, 0))}


def test_one_figure() -> None:
    assert figure(activity.KERNELS)(device_of({}, {activity.KERNELS: 12.5})) == 12.5
    assert figure(activity.FP64)(device_of({}, {activity.KERNELS: 12.5})) is Absence.UNSUPPORTED


def test_codecs_at_work_are_told_by_name_where_the_chip_has_any() -> None:
    at_work = {30: 40.0, 47: 3.0, 51: 2.0, 169: 1.0}

    def told(answers: dict[object, object], figures: object) -> Any:
        device = device_of(answers, figures)
        device.activity_reader = cast("Any", SimpleNamespace(codec_loads=at_work))
        return busy_codecs(device)

    loads = {"decoder 0": 40.0, "jpeg 7": 3.0, "optical flow 1": 2.0, "encoder 3": 1.0}
    assert told({DECODER: [0, 1]}, {}) == loads
    assert told({ENCODER: [0, 1]}, {}) == loads, "a chip that only encodes"
    assert told({}, {}) is Absence.UNSUPPORTED
    assert told({DECODER: [0, 1]}, None) is None
    assert told({DECODER: [0, 1]}, Absence.DENIED) is Absence.DENIED


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


@pytest.mark.parametrize(
    ("figures", "fp64", "share"),
    [
        ({activity.TENSOR_DFMA: 30.0, activity.TENSOR_DMMA: 0.0}, 30.0, 0.2),
        ({activity.TENSOR_DFMA: 0.0, activity.TENSOR_DMMA: 30.0}, 30.0, 0.2),
        ({activity.TENSOR_DMMA: 30.0}, 30.0, 0.2),
        ({activity.TENSOR_DFMA: 30.0, activity.TENSOR_IMMA: 15.0}, 30.0, 0.05),
        # The sum of parts may be above the whole by what each was rounded.
        ({activity.TENSOR_DFMA: 50.5, activity.TENSOR_DMMA: 50.5}, 100.0, 0.0),
        ({}, Absence.UNSUPPORTED, 0.5),
    ],
)
def test_an_estimate_of_bf16_leaves_out_what_was_fp64_or_int8(
    figures: dict[int, float], fp64: object, share: float
) -> None:
    device = device_of(HOPPER, {activity.TENSOR_CORES: 50.0, **figures})
    assert tensor_fp64(device) == fp64
    estimate = share * 1980 * 132 * FLOPS_PER_CLOCK[(9, 0)] / 1e6
    assert bf16_estimate(device) == pytest.approx(estimate)


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
    """Return the words about the instances, and those instances that the reader keeps."""
    device, kept = device_of(INSTANCES), list[set[tuple[int, str]]]()
    device.divided = True
    reader = SimpleNamespace(
        lack=lambda: lack,
        read_instance=lambda number, uuid, now: figures[number],
        keep_instances=kept.append,
        recent=lambda number, uuid: RecentActivity(),
    )
    device.activity_reader = cast("Any", reader)
    return partition_activity(device), kept


def test_each_instance_that_tells_something_has_a_sentence() -> None:
    told, kept = instance_words({10: WORKING, 12: {**WORKING, activity.TENSOR_CORES: 60.0}})
    assert told == ("MIG 0: tensor cores 51 %", "MIG 2: tensor cores 60 %")
    # An instance without a number is neither asked nor kept.
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


def test_instances_that_cannot_be_counted_say_why() -> None:
    assert partition_activity(device_of(INSTANCES)) is Absence.UNSUPPORTED
    assert instance_words({}, Absence.DENIED) == (Absence.DENIED, [])
    assert instance_words({10: Absence.LOST, 12: Absence.LOST})[0] is Absence.LOST


def test_an_instance_that_is_not_counted_costs_only_itself() -> None:
    told, kept = instance_words({10: Absence.UNSUPPORTED, 12: WORKING})
    assert told == ("MIG 2: tensor cores 51 %",)
    assert kept == [{(10, "MIG-0"), (12, "MIG-2")}]
    # The other one is read for the first time, and its rate is to come.
    assert instance_words({10: Absence.UNSUPPORTED, 12: None})[0] is None


@pytest.mark.parametrize("options", [{"uncounted": 1}, {"instances": 0}])
def test_without_an_instance_to_ask_about_no_rate_is_to_come(
    ask_nvidia: Ask, options: dict[str, int]
) -> None:
    answer = ask_nvidia(
        """
        sampler = discover(roots, clock).samplers[0]
        sampler.sample(Tier.ALL)
        now += 1.0
        sample = sampler.sample(Tier.ALL)
        answer = [sample.partition_activity, words(sample)["partition_activity"]]
        """,
        gpm=1,
        mig=1,
        **options,
    )
    assert answer == [None, "UNSUPPORTED"]


def test_codecs_are_told_by_number_and_those_at_rest_by_none(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sampler = discover(roots, clock).samplers[0]
        sampler.sample(Tier.ALL)
        now += 1.0
        busy = sampler.sample(Tier.ALL).engines
        put("gpm_30", 0)
        put("gpm_169", 0)
        now += 1.0
        answer = [busy, sampler.sample(Tier.ALL).engines]
        """,
        gpm=1,
        gpm_30=120,
        gpm_169=55,
        **BF16,
    )
    assert answer == [{"decoder 0": 12.0, "encoder 3": 5.5}, {}]


def test_instances_each_have_their_own(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sampler = discover(roots, clock).samplers[0]
        first = sampler.sample(Tier.ALL)
        now += 1.0
        second = sampler.sample(Tier.ALL)
        put("gpm_5", 300)
        now += 1.0
        third = sampler.sample(Tier.ALL)
        answer = [first.partition_activity, second.partition_activity, second.kernels,
                  library.stub_calls(11), third.partition_activity]
        """,
        gpm=1,
        mig=1,
        gpm_1=800,
        gpm_2=700,
        gpm_5=500,
    )
    # The stand-in adds the number of the instance; there is a gap between the two.
    words = ["MIG 0: tensor cores 51 %", "MIG 2: tensor cores 53 %"]
    # The words are about the last seconds, as those about a whole GPU.
    mean = ["MIG 0: tensor cores 41 %", "MIG 2: tensor cores 43 %"]
    assert answer == [None, words, None, 4, mean]


def test_once_tells_in_a_sentence_what_the_gpu_does(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        event = sample_once(roots, 20.0, vendors=VENDORS[:1])
        answer = [sample.activity for sample in event.samples]
        """,
        gpm=1,
        gpus=1,
        **BF16,
    )
    assert answer == ["tensor cores 93 %"]


def test_codecs_of_a_gpu_that_counts_no_parts_are_those_of_calls(ask_nvidia: Ask) -> None:
    script = """
        sample = discover(roots, clock).samplers[0].sample(Tier.ALL)
        answer = [sample.engines, words(sample).get("engines")]
        """
    assert ask_nvidia(script) == [{"jpeg": 5, "optical flow": 0}, None]
    assert ask_nvidia(script, "-DOLD_DRIVER") == [None, "UNSUPPORTED"]
