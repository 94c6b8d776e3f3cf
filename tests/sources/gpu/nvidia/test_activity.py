"""The loads of a GPU's parts, by the driver's counters, with the real binding on the stand-in."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pynvml
import pytest

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.nvidia import activity

Ask = Callable[..., Any]

BF16 = {"gpm_1": 991, "gpm_2": 956, "gpm_3": 141, "gpm_5": 928, "gpm_10": 174, "load": 98}
"""The figures of an H200 that multiplies large bf16 matrices, in tenths of a percent."""


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (activity.KERNELS, "GRAPHICS_UTIL"),
        (activity.SM_BUSY, "SM_UTIL"),
        (activity.SM_OCCUPANCY, "SM_OCCUPANCY"),
        (activity.INTEGER, "INTEGER_UTIL"),
        (activity.TENSOR_CORES, "ANY_TENSOR_UTIL"),
        (activity.TENSOR_DFMA, "DFMA_TENSOR_UTIL"),
        (activity.TENSOR_DMMA, "DMMA_TENSOR_UTIL"),
        (activity.TENSOR_IMMA, "IMMA_TENSOR_UTIL"),
        (activity.MEMORY_BANDWIDTH, "DRAM_BW_UTIL"),
        (activity.FP64, "FP64_UTIL"),
        (activity.FP32, "FP32_UTIL"),
        (activity.FP16, "FP16_UTIL"),
        (activity.PCIE_WRITE, "PCIE_TX_PER_SEC"),
        (activity.PCIE_READ, "PCIE_RX_PER_SEC"),
        (activity.NVLINK_READ, "NVLINK_TOTAL_RX_PER_SEC"),
        (activity.NVLINK_WRITE, "NVLINK_TOTAL_TX_PER_SEC"),
        (activity.C2C_READ, "C2C_TOTAL_RX_PER_SEC"),
        (activity.C2C_WRITE, "C2C_TOTAL_TX_PER_SEC"),
        *zip(
            activity.CODECS,
            [f"NVDEC_{place}_UTIL" for place in range(8)]
            + [f"NVJPG_{place}_UTIL" for place in range(8)]
            + [f"NVOFA_{place}_UTIL" for place in range(2)]
            + [f"NVENC_{place}_UTIL" for place in range(4)],
            strict=True,
        ),
    ],
)
def test_a_figure_has_the_number_that_the_driver_gives_it(number: int, name: str) -> None:
    assert number == getattr(pynvml, f"NVML_GPM_METRIC_{name}")


def test_two_readings_give_the_work_of_each_part(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sampler = discover(roots, clock).samplers[0]
        first = sampler.sample(Tier.ALL)
        now += 1.0
        second = sampler.sample(Tier.FAST | Tier.ACTIVITY)
        names = ("kernels", "sm_busy", "sm_occupancy", "tensor_cores", "memory_bandwidth", "fp32",
                 "pcie_read", "pcie_write", "bf16_estimate", "nvlink_read")
        answer = [[getattr(first, name) for name in names], "kernels" in first.reasons,
                  [getattr(second, name) for name in names], words(second)["nvlink_read"]]
        """,
        gpm=1,
        gpm_20=10,
        gpm_21=560980,
        **BF16,
    )
    first, has_reason, second, nvlink = answer
    assert first == [None] * 10
    assert not has_reason
    read, written = 56098 * 2**20, 2**20
    # The estimate is for 1100 MHz and 132 SMs with 4096 operations a clock.
    assert second[:8] == [99.1, 95.6, 14.1, 92.8, 17.4, 0.0, read, written]
    assert round(second[8], 1) == 551.9
    # The driver answers with 0.0 and success for links that do not exist.
    assert (second[9], nvlink) == (None, "UNSUPPORTED")


def test_a_wrong_figure_costs_only_itself(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sampler = discover(roots, clock).samplers[0]
        sampler.sample(Tier.ALL)
        now += 1.0
        sample = sampler.sample(Tier.ALL)
        answer = [sample.memory_bandwidth, sample.tensor_cores, sample.kernels,
                  sample.nvlink_read, sample.nvlink_write,
                  words(sample).get("memory_bandwidth"), words(sample)["tensor_cores"]]
        """,
        gpm=1,
        gpm_nan=10,
        gpm_fails=5,
        nvlink=1,
        gpm_60=20,
        **BF16,
    )
    # A window that was too short for a figure says nothing of the hardware.
    assert answer == [None, None, 99.1, 2 * 2**20, 0.0, None, "UNSUPPORTED"]


def test_a_share_that_is_rounded_beyond_the_whole_is_the_whole_and_one_far_beyond_is_none(
    ask_nvidia: Ask,
) -> None:
    answer = ask_nvidia(
        """
        sampler = discover(roots, clock).samplers[0]
        sampler.sample(Tier.ALL)
        now += 1.0
        sample = sampler.sample(Tier.ALL)
        answer = [sample.kernels, sample.sm_busy, sample.tensor_cores]
        """,
        gpm=1,
        **{**BF16, "gpm_1": 1001, "gpm_2": 1000, "gpm_5": 1020},
    )
    assert answer == [100.0, 100.0, None]


def test_the_loads_of_codecs_stand_until_their_tier_is_read(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sampler = discover(roots, clock).samplers[0]
        def tick(tiers):
            global now
            now += 1.0
            sample = sampler.sample(tiers)
            return [sample.engines, words(sample).get("engines")]
        fast = Tier.FAST | Tier.ACTIVITY
        answer = [tick(Tier.ALL), tick(fast)]
        put("gpm_30", 100)
        put("gpm_31", 200)
        answer += [tick(fast), tick(Tier.ALL), tick(fast), tick(Tier.FAST)]
        put("gpm_30", 0)
        # Whoever looks again is told of now.
        answer += [tick(fast), tick(fast)]
        """,
        gpm=1,
        gpm_30=300,
        details=1,
    )
    assert answer == [
        [None, None],
        *[[{"decoder 0": 30.0}, None]] * 2,
        *[[{"decoder 0": 10.0, "decoder 1": 20.0}, None]] * 2,
        [None, "UNWATCHED"],
        [None, None],
        [{"decoder 1": 20.0}, None],
    ]


def test_an_answer_is_laid_out_as_the_binding_has_it() -> None:
    metric = pynvml.c_nvmlGpmMetric_t
    assert activity.METRIC.size == ctypes.sizeof(metric)
    assert (metric.metricId.offset, metric.nvmlReturn.offset, metric.value.offset) == (0, 4, 8)
    assert len(activity.METRICS) <= pynvml.NVML_GPM_METRIC_MAX


def test_the_link_to_a_processor_is_told_only_where_there_is_one(ask_nvidia: Ask) -> None:
    script = """
        sampler = discover(roots, clock).samplers[0]
        sampler.sample(Tier.ALL)
        now += 1.0
        sample = sampler.sample(Tier.ALL)
        answer = [sample.c2c_read, sample.c2c_write, words(sample).get("c2c_read")]
        """
    counts = {"gpm": 1, "gpm_100": 10, "gpm_101": 30, "details": 1, **BF16}
    assert ask_nvidia(script, c2c=1, **counts) == [3 * 2**20, 2**20, None]
    assert ask_nvidia(script, c2c=0, **counts) == [None, None, "UNSUPPORTED"]


def test_nvlink_is_counted_by_the_driver_where_the_parts_are_not(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        put("nvlink_kib", 1000)
        sampler = discover(roots, clock).samplers[0]
        first = sampler.sample(Tier.ALL)
        put("nvlink_kib", 3000)
        now += 2.0
        second = sampler.sample(Tier.FAST | Tier.ACTIVITY)
        answer = [first.nvlink_read, "nvlink_read" in first.reasons,
                  second.nvlink_read, second.nvlink_write, words(second)["kernels"]]
        """,
        gpm=0,
        nvlink=1,
        details=1,
    )
    assert answer == [None, False, 2000 * 1024.0, 1000 * 1024.0, "UNSUPPORTED"]


def test_nothing_is_sampled_while_nobody_looks(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        from trackio_view.sources.gpu.sampler import TierSchedule
        looked_at = False
        sampler = discover(roots, clock).samplers[0]
        schedule = TierSchedule(1.0, lambda: looked_at)
        def tick():
            global now
            now += 1.0
            sample = sampler.sample(schedule.due(now))
            return [sample.tensor_cores, words(sample).get("tensor_cores"), library.stub_calls(9)]
        answer = [tick() for _ in range(3)]
        looked_at = True
        answer += [tick() for _ in range(2)]
        looked_at = False
        answer += [tick()]
        looked_at = True
        answer += [tick(), tick()]
        """,
        gpm=1,
        **BF16,
    )
    unwatched = [None, "UNWATCHED"]
    assert answer == [
        *([[*unwatched, 0]] * 3),
        [None, None, 1],
        [92.8, None, 2],
        [*unwatched, 2],
        # No figure is about the time without a look.
        [None, None, 3],
        [92.8, None, 4],
    ]


def test_samples_are_given_back(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sampler = discover(roots, clock).samplers[0]
        sampler.sample(Tier.ALL)
        answer = [library.stub_calls(11)]
        put("uninitialized", 1)
        sampler.sample(Tier.ALL)
        # Those of before the driver was loaded anew are gone with it.
        answer.append(library.stub_calls(11))
        sampler.sample(Tier.ALL)
        sampler.close()
        answer.append(library.stub_calls(11))
        """,
        gpm=1,
    )
    assert answer == [2, 2, 2]


def test_a_chip_without_the_counters_is_asked_once(ask_nvidia: Ask) -> None:
    for option, reason in ((0, "UNSUPPORTED"), (2, "DENIED")):
        answer = ask_nvidia(
            """
            sampler = discover(roots, clock).samplers[0]
            sample = sampler.sample(Tier.ALL)
            answer = [sample.tensor_cores, words(sample)["tensor_cores"], library.stub_calls(9),
                      library.stub_calls(11)]
            """,
            gpm=option,
        )
        assert answer == [None, reason, 0, 0]


def test_a_gpu_that_was_lost_when_it_was_asked_is_asked_again() -> None:
    answers = iter([Absence.LOST, SimpleNamespace(isSupportedDevice=1)])
    reader = activity.ActivityReader(cast("Any", lambda _: next(answers)), 0)
    assert [reader.lack(), reader.lack(), reader.lack()] == [Absence.LOST, None, None]


def test_readings_too_near_for_a_figure_keep_the_last(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sampler = discover(roots, clock).samplers[0]
        answer = []
        for seconds in (0.0, 0.5, 0.05, 0.06):
            now += seconds
            answer.append([sampler.sample(Tier.ALL).kernels, library.stub_calls(9)])
        """,
        gpm=1,
        gpm_1=500,
    )
    assert answer == [[None, 1], [50.0, 2], [50.0, 2], [50.0, 3]]


def test_eight_gpus_cost_few_calls(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        from trackio_view.sources.gpu.sampler import TierSchedule
        samplers = discover(roots, clock).samplers
        schedules = [TierSchedule(1.0) for _ in samplers]
        def tick():
            global now
            now += 1.0
            before = [library.stub_calls(what) for what in (12, 10, 17)]
            for sampler, schedule in zip(samplers, schedules):
                sampler.sample(schedule.due(now))
            after = [library.stub_calls(what) for what in (12, 10, 17)]
            return [now - then for now, then in zip(after, before)]
        tick()
        answer = [tick() for _ in range(15)]
        """,
        gpus=8,
        nvlink=1,
        gpm=1,
        details=1,
        datacenter=1,
    )
    # In a tick without the slower tiers, one question for each of eight GPUs asks for all figures.
    calls, questions, metrics = zip(*answer, strict=True)
    assert min(calls) <= 8 * 9
    # A tick of the medium tier asks for all its numbered fields at once, too.
    assert sorted(calls)[10] <= 8 * 29
    assert sum(calls) <= 15 * 8 * 25
    assert set(questions) == {8}
    # The codecs, which are more than half of the metrics, are asked for once in fifteen ticks; the
    # first tick had no figures yet.
    assert sorted(metrics) == [*[8 * 18] * 13, *[8 * 40] * 2]


@pytest.mark.parametrize(
    ("most", "kernels", "sentence"),
    [
        (97, 99.1, "tensor cores 93 %"),
        # It refuses even the first ones: the bytes over PCIe are counted elsewhere, too.
        (0, None, None),
    ],
)
def test_a_driver_that_refuses_a_question_for_the_numbers_that_it_does_not_know(
    ask_nvidia: Ask, most: int, kernels: float | None, sentence: str | None
) -> None:
    answer = ask_nvidia(
        """
        from trackio_view.model.gpu_activity import RecentActivity
        sampler = discover(roots, clock).samplers[0]
        sampler.sample(Tier.ALL)
        now += 1.0
        put("pcie", 5000)
        sample = RecentActivity().told(sampler.sample(Tier.ALL))
        reason = words(sample).get("kernels")
        answer = [sample.kernels, sample.activity, sample.pcie_read, reason]
        """,
        gpm=1,
        gpm_most=most,
        gpm_21=2000,
        pcie=1000,
        **BF16,
    )
    counted = 200.0 * 2**20 if most else 2 * 4000.0
    assert answer == [kernels, sentence, counted, None if most else "UNSUPPORTED"]


def test_readings_from_before_a_pause_are_forgotten() -> None:
    reader = activity.ActivityReader(cast("Any", None), 1)
    before = reader.recent(3, "MIG-a")
    assert reader.recent(3, "MIG-a") is before
    assert reader.recent(3, "MIG-b") is not before, "an instance that was made anew"
    reader.forget()
    assert reader.recent(3, "MIG-a") is not before
