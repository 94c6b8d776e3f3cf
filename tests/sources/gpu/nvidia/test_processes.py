"""The processes on an NVIDIA GPU, for every release of the driver, also with odd answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from trackio_view.model.gpu import GpuProcess
from trackio_view.sources.gpu.nvidia.processes import (
    ProcessReader,
    believable_samples,
    larger,
    process_memory,
)
from trackio_view.sources.gpu.sampler import Roots

Ask = Callable[..., Any]

GIB = 2**30


def test_processes_are_merged_and_garbage_is_dropped(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        folder = roots.proc / "4242"
        folder.mkdir(parents=True)
        (folder / "cmdline").write_bytes(b"python\\0train.py\\0")
        (folder / "status").write_text("Name: python\\nUid:\\t99999\\t0\\t0\\t0\\n")
        sampler = discover(roots, clock).samplers[0]
        answer = [process._asdict() for process in sampler.sample(Tier.ALL).processes]
        put("nosamples", 1)
        answer.append([process.load for process in sampler.sample(Tier.ALL).processes])
        """
    )
    assert answer == [
        {
            "pid": 4242,
            "kind": "compute+graphics",
            "memory": 6 * GIB,
            "load": 55.0,
            "user": "99999",
            "command": "python train.py",
            "project": None,
            "run": None,
            "run_id": None,
            "link": None,
            "compute_units": None,
        },
        {
            "pid": 4343,
            "kind": "compute",
            "memory": None,
            "load": None,
            "user": None,
            "command": None,
            "project": None,
            "run": None,
            "run_id": None,
            "link": None,
            "compute_units": None,
        },
        [None, None],
    ]


def test_in_a_container_a_number_is_no_other_process(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        for number in (4242, 4343):
            (roots.proc / str(number) / "fd").mkdir(parents=True)
            (roots.proc / str(number) / "cmdline").write_bytes(b"python\\0train.py\\0")
        (roots.proc / "4343" / "fd" / "7").symlink_to("/dev/nvidia0")
        namespace = roots.proc / "self" / "ns" / "pid"
        namespace.parent.mkdir(parents=True)
        namespace.symlink_to("pid:[4026532001]")
        (sampler,) = discover(roots, clock).samplers[:1]
        sample = sampler.sample(Tier.ALL)
        answer = [[process.command for process in sample.processes], sample.measures]
        namespace.unlink()
        namespace.symlink_to("pid:[4026531836]")
        sample = discover(roots, clock).samplers[0].sample(Tier.ALL)
        answer += [[process.command for process in sample.processes], sample.measures]
        """
    )
    command = "python train.py"
    assert answer == [[None, command], {"processes": "visible processes"}, [command, command], {}]


@pytest.mark.parametrize("build", [(), ("-DOLDEST_DRIVER",)])
def test_lists_of_processes_of_any_release_are_read(ask_nvidia: Ask, build: tuple[str]) -> None:
    answer = ask_nvidia(
        """
        sample = discover(roots, clock).samplers[0].sample(Tier.ALL)
        answer = [[process.pid, process.memory] for process in sample.processes]
        """,
        *build,
    )
    assert answer == [[4242, 6 * GIB], [4343, None]]


class Load(NamedTuple):
    """Return a sample as the driver's log has it."""

    pid: int
    smUtil: int  # noqa: N815 - the binding's own name
    memUtil: int  # noqa: N815
    timeStamp: int  # noqa: N815


@pytest.mark.parametrize(
    ("one", "other", "amount"),
    [
        (None, None, None),
        (None, 5, 5),
        (7, 5, 7),
        (2**64 - 1, 5, 5),
        (2**64 - 1, None, None),
        (0, None, 0),
    ],
)
def test_memory_that_two_lists_count_is_counted_once(
    one: int | None, other: int | None, amount: int | None
) -> None:
    assert larger(one, other) == amount


def test_of_the_drivers_log_only_what_can_be_is_believed() -> None:
    believed = Load(7, 100, 100, 3)
    earlier = Load(8, 0, 0, 1)
    garbage = [Load(7, 101, 5, 2), Load(7, 5, 4000, 2), Load(0, 5, 5, 2), Load(99, 5, 5, 2)]
    assert believable_samples([believed, *garbage, earlier], [7, 8]) == [earlier, believed]


def test_a_load_is_one_of_the_five_seconds_before_the_newest(tmp_path: Path) -> None:
    log = [Load(7, 50, 5, 20_000_000), Load(8, 30, 5, 15_000_000), Load(9, 20, 5, 14_999_999)]
    calls: Any = SimpleNamespace(since=lambda _, moment: log)
    reader = ProcessReader(Roots.captured(tmp_path), lambda _: None)
    assert reader._loads(calls, [7, 8, 9]) == {7: 50.0, 8: 30.0}


def test_memory_that_no_process_tells_is_not_zero_bytes() -> None:
    assert process_memory(None) is None
    assert process_memory([]) is None
    assert process_memory([GpuProcess(1)]) is None
    assert process_memory([GpuProcess(1), GpuProcess(2, memory=0)]) == 0
    assert process_memory([GpuProcess(1, memory=3), GpuProcess(2), GpuProcess(3, memory=4)]) == 7
