"""Families of processes, from a folder like /proc that the test writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from trackio_view.sources.gpu.jobs import ancestors, logging_rank, seconds_old


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
    write(tmp_path, 30, 20, "torchrun")
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


def test_a_rank_belongs_to_the_one_that_logs(proc: Path) -> None:
    assert logging_rank(proc, 41, [40]) == 40
    assert logging_rank(proc, 50, [40]) == 40, "what it started itself"
    assert logging_rank(proc, 60, [40]) is None, "only the shell started both"


def test_of_two_that_log_none_is_a_ranks(proc: Path) -> None:
    assert logging_rank(proc, 42, [40, 41]) is None


def test_another_program_of_the_same_launcher_is_no_rank(proc: Path) -> None:
    (proc / "41" / "cmdline").write_text("python\0serve.py\0")
    assert logging_rank(proc, 41, [40]) is None
    (proc / "41" / "cmdline").write_text("python\0train.py\0--rank=1\0")
    (proc / "40" / "cmdline").write_text("python\0train.py\0--rank=0\0")
    assert logging_rank(proc, 41, [40]) == 40


def test_for_how_long_a_process_runs(proc: Path) -> None:
    assert seconds_old(proc, 40) is None
    (proc / "uptime").write_text("12.5 3.0\n")
    assert seconds_old(proc, 40) == pytest.approx(10.5)
