"""Which processes are ranks of one job: a launcher starts them all, and only one of them logs."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path

from trackio_view.light_typing import NamedTuple

# What starts jobs that have nothing to do with each other.
_STARTS_ANYTHING = re.compile(
    r"(ba|z|da|fi|k|tc|c)?sh|login|su|sudo|sshd.*|tmux.*|screen|systemd.*|init|slurmstepd|"
    r"containerd-shim.*|cron|jupyter.*|code.*"
)
_MOST_ANCESTORS = 32

# What launchers give each process of one job: torchrun, accelerate and deepspeed, Open MPI, MPICH
# and Intel MPI, MVAPICH, Slurm.
_RANKS = ("RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "MV2_COMM_WORLD_RANK", "SLURM_PROCID")
_SAME_IN_A_JOB = (
    "MASTER_ADDR",
    "MASTER_PORT",
    "TORCHELASTIC_RUN_ID",
    "PMIX_NAMESPACE",
    "SLURM_JOB_ID",
    "SLURM_STEP_ID",
)


class Stat(NamedTuple):
    """What proc(5) tells of a process in its file `stat`."""

    command: str
    parent: int
    session: int
    started: str
    """In ticks of the kernel's clock since the machine's start."""


def read_stat(proc: Path, pid: int) -> Stat | None:
    """Return what the kernel tells of a process; `None` where it does not exist, or is hidden."""
    # Read each second for each process, so without a path and a buffer of its own.
    try:
        with open(f"{proc}/{pid}/stat", "rb", buffering=0) as file:
            stat = file.read().decode("utf-8", "replace")
    except OSError:
        return None
    # The command stands in brackets and may hold anything: the fields begin after the last bracket.
    before, _, behind = stat.rpartition(")")
    fields = behind.split(maxsplit=20)
    if len(fields) < 20 or not (fields[1].isdecimal() and fields[3].lstrip("-").isdecimal()):
        return None
    return Stat(before.partition("(")[2], int(fields[1]), int(fields[3]), fields[19])


def seconds_old(proc: Path, pid: int) -> float | None:
    """Return for how long a process has been running."""
    stat = read_stat(proc, pid)
    try:
        uptime = float((proc / "uptime").read_text("utf-8").split()[0])
    except (OSError, ValueError, IndexError):
        return None
    if stat is None or not stat.started.isdecimal():
        return None
    return uptime - int(stat.started) / os.sysconf("SC_CLK_TCK")


def ancestors(proc: Path, pid: int) -> list[int]:
    """Return the process and those that started it, the nearest first, as far as they are a job's.

    A job ends below its session's leader, and below shells and other programs that start any
    program.
    """
    own = read_stat(proc, pid)
    if own is None:
        return []
    family, parent = [pid], own.parent
    while parent > 1 and parent != own.session and len(family) < _MOST_ANCESTORS:
        stat = read_stat(proc, parent)
        if stat is None or _STARTS_ANYTHING.fullmatch(stat.command):
            break
        family.append(parent)
        parent = stat.parent
    return family


class LoggingRank(NamedTuple):
    """The process that logs for another one."""

    pid: int
    sure: bool
    """Whether their launcher gave both a rank of one job; else each may still be a job of its own,
    such as a trial of a search."""


def logging_rank(proc: Path, pid: int, logging: Collection[int]) -> LoggingRank | None:
    """Return the process of `logging` that logs for the job of `pid`; `None` where none is known.

    That is the process that started `pid`, or one that the same launcher started with the same
    command, as a rank of the same job or as a child of multiprocessing. The nearest launcher
    counts. Where it started several processes that log, none of them is known to be the one.
    """
    family = ancestors(proc, pid)[1:]
    others = {other: ancestors(proc, other) for other in logging if other != pid}
    for ancestor in family:
        if ancestor in others:
            return LoggingRank(ancestor, sure=False)
        related = [other for other, line in others.items() if ancestor in line]
        if related:
            command = _command_line(proc, pid)
            if len(related) > 1 or command is None or command != _command_line(proc, related[0]):
                return None
            if _ranks_of_one_job(_environment(proc, pid), _environment(proc, related[0])):
                return LoggingRank(related[0], sure=True)
            # A child of multiprocessing has its parent's command, or a command that names the
            # module.
            child = "multiprocessing" in command or command == _command_line(proc, ancestor)
            return LoggingRank(related[0], sure=False) if child else None
    return None


def _ranks_of_one_job(one: dict[str, str], other: dict[str, str]) -> bool:
    return any(
        name in one and name in other and one[name] != other[name] for name in _RANKS
    ) and all(one.get(name) == other.get(name) for name in _SAME_IN_A_JOB)


def _environment(proc: Path, pid: int) -> dict[str, str]:
    """Return the variables that a process was started with; none where they are hidden."""
    try:
        text = (proc / str(pid) / "environ").read_text("utf-8", "replace")
    except OSError:
        return {}
    return dict(entry.split("=", 1) for entry in text.split("\0") if "=" in entry)


def _command_line(proc: Path, pid: int) -> str | None:
    """Return a process' command without the digits, which number ranks and pipes."""
    try:
        line = (proc / str(pid) / "cmdline").read_text("utf-8", "replace")
    except OSError:
        return None
    return re.sub(r"\d+", "", line) or None
