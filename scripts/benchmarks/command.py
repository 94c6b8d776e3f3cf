"""One run of a command: its time, its processor time, and its memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from databases import Size, project_directory

# This does the same as the console script. `-m` would take 5 ms more to find the package.
PROGRAM = (sys.executable, "-c", "import sys, trackio_view.cli as it; sys.exit(it.main())")


class Cost(NamedTuple):
    """The cost of a command: times in milliseconds, peak memory in megabytes."""

    time: float
    cpu: float
    memory: float


_LAUNCHER = """
import os, sys, time
begin = time.perf_counter()
nowhere = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=nowhere)
_, status, usage = os.wait4(child, 0)
taken = time.perf_counter() - begin
cpu = usage.ru_utime + usage.ru_stime
print(os.waitstatus_to_exitcode(status), taken * 1000, cpu * 1000, usage.ru_maxrss / 1024)
"""
"""Starts a command and tells its exit code and cost. Linux counts the memory of the process that
starts another as a part of that one's peak, so that a small one has to start it.
"""


def cost_of(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """Return the cost of a command from start to end. Raises RuntimeError where it failed."""
    launcher = (sys.executable, "-c", _LAUNCHER, *command)
    told = subprocess.run(launcher, stdout=subprocess.PIPE, env=environment, check=True).stdout
    code, *cost = map(float, told.split())
    if code:
        raise RuntimeError(f"{command[0]} ended with {code:.0f}")
    return Cost(*cost)


def bare_python() -> Cost:
    """Return the cost of an empty Python program, which every other includes."""
    return cost_of((sys.executable, "-c", "pass"))


def once(size: Size, *options: str) -> Cost:
    """Return the cost of our `--once`."""
    return cost_of((*PROGRAM, "--once", "--dir", str(project_directory(size)), *options))


def original_once(script: str, size: Size) -> Cost:
    """Return the cost of the first trackio-view's `--once`, given its console script.

    It looks for projects at a fixed place below the home directory, so it gets a home directory of
    its own.
    """
    directory = project_directory(size)
    home = directory / "home"
    projects = home / ".cache" / "huggingface" / "trackio"
    projects.mkdir(parents=True, exist_ok=True)
    link = projects / "bench.db"
    if not link.exists():
        os.link(directory / "bench.db", link)
    return cost_of((script, "--once", "-p", "bench"), {**os.environ, "HOME": str(home)})


def original_script() -> str | None:
    """Return the console script of the first trackio-view, if the environment names one."""
    script = os.environ.get("ORIGINAL_TRACKIO_VIEW")
    return str(Path(script).resolve()) if script else None


def in_a_child(take: Callable[[], Mapping[str, float]]) -> Mapping[str, float]:
    """Call a function in a process of its own, so that its peak of memory is its own; return its
    result.

    Its RuntimeError, which says why something cannot be measured here, is raised again.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            try:
                answer = json.dumps(take())
            except RuntimeError as reason:
                answer = json.dumps(str(reason))
            os.write(writer, answer.encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writer)
    with open(reader, "rb") as answers:
        written = answers.read()
    if os.waitpid(child, 0)[1]:
        raise RuntimeError("the measuring process failed")
    taken: Mapping[str, float] | str = json.loads(written)
    if isinstance(taken, str):
        raise RuntimeError(taken)
    return taken
