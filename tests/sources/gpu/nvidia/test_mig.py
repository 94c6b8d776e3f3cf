"""A GPU in partitions: its instances in words, whichever facts the driver tells."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.sources.gpu.nvidia.answering import device_of
from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.nvidia import codes
from trackio_view.sources.gpu.nvidia import library as nvml
from trackio_view.sources.gpu.nvidia.mig import MOST_INSTANCES, instances, partitions

MODE, COUNT = "nvmlDeviceGetMigMode", "nvmlDeviceGetMaxMigDeviceCount"
HANDLE = "nvmlDeviceGetMigDeviceHandleByIndex"
ATTRIBUTES, MEMORY = "nvmlDeviceGetAttributes_v2", "nvmlDeviceGetMemoryInfo"
ON = [1, 1]


def attributes(whole: int, compute: int, megabytes: int) -> SimpleNamespace:
    return SimpleNamespace(
        gpuInstanceSliceCount=whole, computeInstanceSliceCount=compute, memorySizeMB=megabytes
    )


def memory(used: float, total: float) -> SimpleNamespace:
    return SimpleNamespace(used=used * 2**30, total=total * 2**30)


def test_a_gpu_that_is_whole_has_no_instances() -> None:
    assert partitions(device_of({MODE: [0, 1], COUNT: 7})) == ()
    assert partitions(device_of({})) is Absence.UNSUPPORTED


def test_instances_that_nobody_counts_or_made_are_partitions_all_the_same() -> None:
    assert partitions(device_of({MODE: ON})) == ("MIG on, instances unknown",)
    assert partitions(device_of({MODE: ON, COUNT: 7})) == ("MIG on, no instances",)


def test_places_may_have_gaps() -> None:
    answers = {COUNT: 4, (HANDLE, "gpu", 1): "first", (HANDLE, "gpu", 3): "second"}
    found = [(position, calls.handle) for position, calls in instances(device_of(answers))]
    assert found == [(1, "first"), (3, "second")]


def test_a_count_without_sense_is_not_as_many_calls() -> None:
    assert len(list(instances(device_of({COUNT: 16, HANDLE: "one"})))) == MOST_INSTANCES == 16
    device = device_of({COUNT: 10**6, HANDLE: "one"})
    assert len(list(instances(device))) == MOST_INSTANCES
    assert list(instances(device_of({HANDLE: "one"}))) == []


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, "MIG 0"),
        ({ATTRIBUTES: attributes(1, 1, 9984)}, "MIG 0 1g.10gb"),
        ({ATTRIBUTES: attributes(3, 1, 40448)}, "MIG 0 1c.3g.40gb"),
        ({ATTRIBUTES: attributes(3, 0, 40448)}, "MIG 0 3g.40gb"),
        ({MEMORY: memory(1.25, 9.75)}, "MIG 0 1.2/9.8 GB"),
        (
            {ATTRIBUTES: attributes(7, 7, 81408), MEMORY: memory(0, 80)},
            "MIG 0 7g.80gb 0.0/80.0 GB",
        ),
    ],
)
def test_an_instance_is_told_as_far_as_it_is_known(told: dict[str, object], words: str) -> None:
    answers = {MODE: ON, COUNT: 1, HANDLE: "one"}
    answers |= {(name, "one"): value for name, value in told.items()}
    assert partitions(device_of(answers)) == (words,)


def test_the_newer_call_for_memory_is_asked_first() -> None:
    answers = {
        MODE: ON,
        COUNT: 1,
        HANDLE: "one",
        (MEMORY, "one", 0x02000028): memory(2, 10),
        (MEMORY, "one"): memory(3, 10),
    }
    assert partitions(device_of(answers)) == ("MIG 0 2.0/10.0 GB",)
    gone = {MODE: ON, COUNT: 1, HANDLE: "one", ATTRIBUTES: (codes.GPU_IS_LOST, None)}
    with pytest.raises(nvml.DeviceGone):
        partitions(device_of(gone))


def test_a_gpu_that_is_whole_again_tells_what_its_partitions_did_not(
    ask_nvidia: Callable[..., Any],
) -> None:
    """Since Hopper MIG goes on and off without a reset; its load must not stay away for ever."""
    answer = ask_nvidia(
        """
        sampler, answer = discover(roots, clock).samplers[0], []
        for mode in (0, 1, 1, 0, 0):
            put("mig", mode)
            sampler.sample(Tier.FAST)  # its mode is asked for more rarely
            now += 1.0
            sample = sampler.sample(Tier.ALL)
            answer.append([sample.utilization, sample.memory_bus_load, len(sample.partitions)])
            now += 15.0
        """
    )
    assert answer == [[40, 20, 0], [None, None, 2], [None, None, 2], [40, 20, 0], [40, 20, 0]]


def test_links_are_told_once_a_gpu_is_whole_again(ask_nvidia: Callable[..., Any]) -> None:
    answer = ask_nvidia(
        """
        put("mig", 1)
        sampler = discover(roots, clock).samplers[0]
        def tick():
            global now
            now += 1.0
            sample = sampler.sample(Tier.ALL)
            return [sample.nvlink_read, words(sample).get("nvlink_read")]
        answer = [tick(), tick()]
        put("mig", 0)
        put("nvlink", 1)
        answer += [tick(), tick()]
        """,
        gpm=1,
        gpm_60=20,
    )
    absent = [None, "UNSUPPORTED"]
    assert answer == [absent, absent, [None, None], [2.0 * 2**20, None]]
