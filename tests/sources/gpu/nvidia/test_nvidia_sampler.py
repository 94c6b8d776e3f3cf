"""Samplers of NVIDIA's GPUs, by the real binding and a stand-in for the driver's library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., Any]
GIB = 2**30


def test_tiers_spare_the_driver(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sampler = discover(roots, clock).samplers[0]
        sampler.sample(Tier.ALL)
        before = [library.stub_calls(which) for which in range(6)]
        for _ in range(5): sampler.sample(Tier.FAST)
        after = [library.stub_calls(which) for which in range(6)]
        answer = [late - early for early, late in zip(before, after)]
        """
    )
    # A tick asks once for the load, and not for PCIe throughput, processes, start, ECC or handles.
    assert answer == [5, 0, 0, 0, 0, 0]


def test_processes_are_read_at_once_where_one_may_have_come(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sampler, answer = discover(roots, clock).samplers[0], []
        sampler.sample(Tier.ALL)
        def lists(mebibytes, tiers=Tier.FAST):
            put("used_mib", mebibytes)
            before = library.stub_calls(2)
            sampler.sample(tiers)
            return library.stub_calls(2) > before
        # It grows by less than a process needs, by more, and no further.
        answer.append([lists(10_280), lists(10_300), lists(10_300)])
        # The same memory is given back and taken again.
        answer.append([lists(9_000), lists(10_300), lists(9_000, Tier.STEADY), lists(10_300)])
        """
    )
    assert answer == [[False, True, False], [False, False, True, False]]


def test_calls_of_milliseconds_are_made_every_fifteen_seconds(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        from trackio_view.sources.gpu.sampler import TierSchedule
        sampler, schedule = discover(roots, clock).samplers[0], TierSchedule(1.0)
        for _ in range(60):
            sampler.sample(schedule.due(now))
            now += 1.0
        answer = library.stub_calls(8)
        """
    )
    assert answer == 4


def test_a_call_that_is_not_supported_is_not_made_again(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sampler = discover(roots, clock).samplers[0]
        samples = [sampler.sample(Tier.ALL) for _ in range(4)]
        answer = [library.stub_calls(4), samples[-1].ecc_corrected, words(samples[-1])]
        """,
        ecc=0,
    )
    assert answer[:2] == [1, None]
    assert answer[2]["ecc_corrected"] == "UNSUPPORTED"


def test_an_old_driver_is_asked_the_old_way(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sampler = discover(roots, clock).samplers[1]
        sample = sampler.sample(Tier.ALL)
        answer = [sample.identity.key, sample.temperature, sample.fan_rpm, sample.memory_used,
                  sample.throttle_reasons, words(sample)["fan_rpm"]]
        """,
        "-DOLD_DRIVER",
    )
    assert answer == [
        "0000:3c:00.0",
        60.0,
        None,
        11 * GIB,
        ["hardware slowdown"],
        "UNSUPPORTED",
    ]


def test_unified_memory_is_the_machines(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        roots.proc.mkdir(parents=True)
        (roots.proc / "meminfo").write_text("MemTotal: 134217728 kB\\nMemAvailable: 67108864 kB\\n")
        sample = discover(roots, clock).samplers[0].sample(Tier.ALL)
        answer = [sample.memory_used, sample.memory_total, sample.identity.unified_memory]
        """,
        unified=1,
    )
    assert answer == [6 * GIB, 128 * GIB, True]


def test_a_gpu_in_partitions_has_no_load_of_its_own(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sample = discover(roots, clock).samplers[0].sample(Tier.ALL)
        answer = [sample.utilization, words(sample)["utilization"], sample.partitions, sample.power]
        """,
        mig=1,
    )
    assert answer == [
        None,
        "UNSUPPORTED",
        ["MIG 0 1g.10gb 3.0/10.0 GB", "MIG 2 1g.10gb 3.0/10.0 GB"],
        250.5,
    ]


def test_a_gpu_whose_instances_cannot_be_counted_has_no_load_either(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sample = discover(roots, clock).samplers[0].sample(Tier.ALL)
        answer = [sample.utilization, sample.memory_bus_load, sample.partitions]
        """,
        mig=1,
        uncounted=1,
        zeros=1,
        load=0,
    )
    assert answer == [None, None, ["MIG on, instances unknown"]]


def test_an_absurd_number_of_instances_is_not_asked_for(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sample = discover(roots, clock).samplers[0].sample(Tier.ALL)
        answer = [library.stub_calls(6), len(sample.partitions)]
        """,
        mig=1,
        instances=-1,
    )
    assert answer == [15, 15]


@pytest.mark.parametrize("option", ["lost", "unknown"])
def test_a_lost_gpu_keeps_its_last_values_and_the_other_goes_on(
    ask_nvidia: Ask, option: str
) -> None:
    answer = ask_nvidia(
        f"""
        first, second = discover(roots, clock).samplers
        first.sample(Tier.ALL), second.sample(Tier.ALL)
        put("{option}", 0)
        lost, live = first.sample(Tier.FAST), second.sample(Tier.FAST)
        answer = [lost.state.name, lost.power_limit, live.state, live.utilization]
        put("{option}", -1)
        back = first.sample(Tier.FAST)
        answer += [back.state, back.utilization]
        """
    )
    assert answer == ["LOST", 700.0, None, 41, None, 40]


def test_a_reloaded_driver_is_taken_up_again(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        sampler = discover(roots, clock).samplers[0]
        answer = [sampler.sample(Tier.ALL).state]
        put("uninitialized", 1)
        answer.append(sampler.sample(Tier.FAST).state_text)
        found = discover(roots, clock)
        answer += [len(found.samplers), sampler.sample(Tier.FAST).utilization]
        answer.append(library.stub_calls(3))
        """
    )
    assert answer == [None, "the driver was reloaded", 2, 40, 2]


def test_a_gpu_is_called_as_it_is_once_the_driver_was_updated(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        import pynvml
        sampler = discover(roots, clock).samplers[0]
        def called():
            identity = sampler.sample(Tier.FAST).identity
            return [identity.driver, identity.name, identity.uuid]
        answer = [called()]
        put("uninitialized", 1)
        sampler.sample(Tier.FAST)
        pynvml.nvmlSystemGetDriverVersion = lambda: "580.2"
        pynvml.nvmlDeviceGetName = lambda handle: "NVIDIA Other"
        # What is not told any more is as it was.
        pynvml.nvmlDeviceGetUUID = lambda handle: ""
        discover(roots, clock)
        answer.append(called())
        """
    )
    uuid = "GPU-00000000"
    assert answer == [["570.1", "NVIDIA Stub 0", uuid], ["580.2", "NVIDIA Other", uuid]]


def test_each_gpu_has_another_handle_after_the_library_was_started_again(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        first, second = discover(roots, clock).samplers
        first.sample(Tier.ALL), second.sample(Tier.ALL)
        put("uninitialized", 1)
        first.sample(Tier.FAST)
        discover(roots, clock)
        before = library.stub_calls(5)
        answer = [one.sample(Tier.FAST).utilization for one in (first, second)]
        answer.append(library.stub_calls(5) - before)
        """
    )
    assert answer == [40, 41, 2]
