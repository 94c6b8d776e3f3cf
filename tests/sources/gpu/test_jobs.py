"""Families of processes, from a folder like /proc that the test writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from trackio_view.sources.gpu.jobs import LoggingRank, ancestors, logging_rank, seconds_old


def write(proc: Path, pid: int, parent: int, command: str = "python", line: str = "") -> None:
    folder = proc / str(pid)
    folder.mkdir(parents=True)
    fields = " ".join(["S", str(parent), "0", "7", *["0"] * 15, "200", "0"])
    (folder / "stat").write_text(f"{pid} ({command}) {fields}\n")
    (folder / "cmdline").write_text(line or "python\0train.py\0")


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """Return a folder in which a launcher has three ranks, one of them with a child."""
    write(tmp_path, 7, 1, "sleep")
    write(tmp_path, 20, 7, "bash")
    write(tmp_path, 30, 20, "torchrun", "python\0torchrun\0train.py\0")
    for rank in (40, 41, 42):
        write(tmp_path, rank, 30, "python (a) b")
    write(tmp_path, 50, 40)
    write(tmp_path, 60, 20)
    return tmp_path


def test_a_job_ends_below_shells_and_its_sessions_leader(proc: Path) -> None:
    assert ancestors(proc, 50) == [50, 40, 30]
    assert ancestors(proc, 60) == [60]
    assert ancestors(proc, 20) == [20]
    assert ancestors(proc, 99) == []


def start_with(proc: Path, pid: int, **variables: str) -> None:
    text = "".join(f"{name}={value}\0" for name, value in variables.items())
    (proc / str(pid) / "environ").write_text(text)


@pytest.mark.parametrize("rank", ["RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID"])
def test_a_rank_belongs_to_the_one_that_logs(proc: Path, rank: str) -> None:
    for number, pid in enumerate((40, 41)):
        start_with(proc, pid, **{rank: str(number)}, MASTER_PORT="29500", SLURM_JOB_ID="9")
    assert logging_rank(proc, 41, [40]) == LoggingRank(40, sure=True)


def test_a_process_may_have_been_started_as_a_job_of_its_own(proc: Path) -> None:
    assert logging_rank(proc, 50, [40]) == LoggingRank(40, sure=False)
    assert logging_rank(proc, 60, [40]) is None, "only the shell started both"


@pytest.mark.parametrize(
    "other",
    [
        {"RANK": "0", "MASTER_PORT": "29501"},
        {"RANK": "1", "MASTER_PORT": "29500"},
        {"OMPI_COMM_WORLD_RANK": "1"},
        {"SEED": "2"},
    ],
)
def test_trials_that_one_program_starts_are_no_ranks(proc: Path, other: dict[str, str]) -> None:
    start_with(proc, 40, RANK="1", MASTER_PORT="29500")
    start_with(proc, 41, **other)
    assert logging_rank(proc, 41, [40]) is None
    (proc / "41" / "environ").unlink()
    assert logging_rank(proc, 41, [40]) is None


@pytest.mark.parametrize(
    ("parent", "child"),
    [
        ("python\0train.py\0", "python\0-c\0from multiprocessing.spawn import spawn_main(4)\0"),
        ("python\0train.py\0", "python\0train.py\0"),
    ],
)
def test_children_of_one_program_may_be_its_ranks(proc: Path, parent: str, child: str) -> None:
    (proc / "30" / "cmdline").write_text(parent)
    for pid in (40, 41):
        (proc / str(pid) / "cmdline").write_text(child)
    assert logging_rank(proc, 41, [40]) == LoggingRank(40, sure=False)


def test_of_two_that_log_none_is_a_ranks(proc: Path) -> None:
    for number, pid in enumerate((40, 41, 42)):
        start_with(proc, pid, RANK=str(number))
    assert logging_rank(proc, 42, [40]) == LoggingRank(40, sure=True)
    assert logging_rank(proc, 42, [40, 41]) is None


def test_another_program_of_the_same_launcher_is_no_rank(proc: Path) -> None:
    for number, pid in enumerate((40, 41)):
        start_with(proc, pid, RANK=str(number))
    (proc / "41" / "cmdline").write_text("python\0serve.py\0")
    assert logging_rank(proc, 41, [40]) is None
    (proc / "41" / "cmdline").write_text("python\0train.py\0--rank=1\0")
    (proc / "40" / "cmdline").write_text("python\0train.py\0--rank=0\0")
    assert logging_rank(proc, 41, [40]) == LoggingRank(40, sure=True)


def test_for_how_long_a_process_runs(proc: Path) -> None:
    assert seconds_old(proc, 40) is None
    (proc / "uptime").write_text("12.5 3.0\n")
    assert seconds_old(proc, 40) == pytest.approx(10.5)
