"""What is measured: a table of names, goals and the functions that take a figure once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from comparison import compare_many
from databases import LARGE, MEDIUM, SMALL, Size, project_directory
from screen import Screen
from sweeps import open_many, watch_many

PAGE_DOWN, PAGE_UP, LEFT, RIGHT = "\x1b[6~", "\x1b[5~", "\x1b[D", "\x1b[C"
KEY_PRESSES = 200
IDLE_SECONDS = 15.0


class Figure(NamedTuple):
    """One line of the report."""

    name: str
    unit: str
    goal: str
    """In words, as the project states it; empty where there is none."""


class Benchmark(NamedTuple):
    """Something that is run to take figures; a run returns each figure's value by its name."""

    name: str
    figures: Sequence[Figure]
    take: Callable[[], Mapping[str, float]]
    repeats: bool = True
    """Whether taking it again tells more; not where one run already takes many samples."""


def _seconds(*command: str) -> float:
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def start_up() -> Mapping[str, float]:
    bare = _seconds(sys.executable, "-c", "pass")
    names = {"cli": "trackio_view.cli", "once": "trackio_view.headless.once"}
    names["live"] = "trackio_view.live"
    taken = {
        f"import for {mode}": (_seconds(sys.executable, "-c", f"import {module}") - bare) * 1000
        for mode, module in names.items()
    }
    version = _seconds(sys.executable, "-m", "trackio_view", "--version")
    return {**taken, "--version, Python included": version * 1000}


def once(size: Size) -> Callable[[], Mapping[str, float]]:
    def take() -> Mapping[str, float]:
        command = [sys.executable, "-m", "trackio_view", "--once"]
        command += ["--dir", str(project_directory(size))]
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        taken = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"--once ended with {process.returncode}")
        return {"time": taken * 1000, "peak memory": usage.ru_maxrss / 1024}

    return take


_LOAD = """
import json, resource, sys, time
from pathlib import Path
import anyio
from trackio_view.model.dashboard import Dashboard
from trackio_view.model.events import LoadFinished
from trackio_view.sources.projects import watch_project

async def load(path):
    dashboard = Dashboard()
    dashboard.watch(path.stem)
    sender, receiver = anyio.create_memory_object_stream(16)
    begin = time.perf_counter()
    async with anyio.create_task_group() as group:
        group.start_soon(watch_project, path, path.stem, 2.0, sender)
        async for event in receiver:
            dashboard.apply(event)
            if isinstance(event, LoadFinished):
                break
        group.cancel_scope.cancel()
    return time.perf_counter() - begin

seconds = anyio.run(load, Path(sys.argv[1]))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"time": seconds * 1000, "peak memory": peak}))
"""


def load(size: Size) -> Callable[[], Mapping[str, float]]:
    def take() -> Mapping[str, float]:
        database = project_directory(size) / "bench.db"
        command = [sys.executable, "-c", _LOAD, str(database)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        taken: Mapping[str, float] = json.loads(done.stdout)
        return taken

    return take


def first_chart(size: Size) -> Callable[[], Mapping[str, float]]:
    def take() -> Mapping[str, float]:
        with Screen("--dir", str(project_directory(size))) as screen:
            return {"time": screen.wait_for_chart() * 1000}

    return take


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of the values lie (nearest rank)."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


KEYS: Mapping[str, tuple[str, ...]] = {
    "focus": (RIGHT, LEFT),
    "zoom": ("+", "-"),
    "page": (PAGE_DOWN, PAGE_UP),
}


def _press_keys(screen: Screen, keys: Sequence[str], presses: int) -> list[float]:
    taken = []
    for number in range(presses):
        answer = screen.answer_time(keys[number % len(keys)])
        if answer is None and number == 1:
            break  # these keys change nothing here
        if answer is not None:
            taken.append(answer * 1000)
        time.sleep(0.005)
    return taken


def keys_idle() -> Mapping[str, float]:
    taken: dict[str, float] = {}
    with Screen("--dir", str(project_directory(MEDIUM))) as screen:
        screen.wait_for_chart()
        screen.settle()
        for name, keys in KEYS.items():
            times = _press_keys(screen, keys, KEY_PRESSES)
            if times:
                taken[f"{name}, p50"] = percentile(times, 0.5)
                taken[f"{name}, p99"] = percentile(times, 0.99)
    return taken


def keys_loading() -> Mapping[str, float]:
    with Screen("--dir", str(project_directory(LARGE))) as screen:
        screen.wait_for_chart()
        times = _press_keys(screen, KEYS["zoom"], 60)
    return {"zoom, p50": percentile(times, 0.5), "zoom, p99": percentile(times, 0.99)}


def idle() -> Mapping[str, float]:
    with Screen("--dir", str(project_directory(MEDIUM))) as screen:
        screen.wait_for_chart()
        screen.settle(3.0)
        written, busy = len(screen.output), screen.cpu_seconds()
        end = time.perf_counter() + IDLE_SECONDS
        while (left := end - time.perf_counter()) > 0:
            screen.read(left)
        per_minute = 60 / IDLE_SECONDS
        return {
            "bytes written": len(screen.output) - written,
            "CPU": (screen.cpu_seconds() - busy) * per_minute,
            "peak memory": screen.peak_megabytes(),
        }


def _key_figures(p99: str) -> list[Figure]:
    return [
        Figure(f"{name}, {share}", "ms", goal)
        for name in KEYS
        for share, goal in (("p50", "< 2"), ("p99", p99))
    ]


def _time_and_memory(time_goal: str, memory_goal: str) -> list[Figure]:
    return [Figure("time", "ms", time_goal), Figure("peak memory", "MB", memory_goal)]


BENCHMARKS: tuple[Benchmark, ...] = (
    Benchmark(
        "start",
        [
            Figure("import for cli", "ms", ""),
            Figure("import for once", "ms", ""),
            Figure("import for live", "ms", ""),
            Figure("--version, Python included", "ms", ""),
        ],
        start_up,
    ),
    Benchmark("once-2k", _time_and_memory("< 73", "< 21"), once(SMALL)),
    Benchmark("once-200k", _time_and_memory("< 493", "< 278"), once(MEDIUM)),
    Benchmark("load-200k", _time_and_memory("< 1500", "< 100"), load(MEDIUM)),
    Benchmark("load-1m", _time_and_memory("", ""), load(LARGE)),
    Benchmark("chart-2k", [Figure("time", "ms", "< 250")], first_chart(SMALL)),
    Benchmark("chart-1m", [Figure("time", "ms", "< 400")], first_chart(LARGE)),
    Benchmark("keys", _key_figures("< 10"), keys_idle, repeats=False),
    Benchmark("keys-loading", _key_figures("< 16")[2:4], keys_loading),
    Benchmark(
        "projects-100",
        [
            Figure("CPU at rest", "%", "< 3"),
            Figure("CPU, growing", "%", "< 3"),
            Figure("new row, worst beyond interval", "ms", "< 100"),
            Figure("peak memory", "MB", ""),
        ],
        watch_many,
        repeats=False,
    ),
    Benchmark(
        "runs-1000",
        [
            Figure("first chart", "ms", "< 500"),
            Figure("table, whole", "ms", "< 500"),
            Figure("move, p50", "ms", "< 2"),
            Figure("move, p99", "ms", "< 10"),
            Figure("page, worst", "ms", "< 16"),
        ],
        open_many,
    ),
    Benchmark(
        "overlay-50",
        [Figure("key, p50", "ms", ""), Figure("key, p99", "ms", "< 10")],
        compare_many,
        repeats=False,
    ),
    Benchmark(
        "idle",
        [
            Figure("bytes written", "bytes", "0"),
            Figure("CPU", "s/min", "< 0.15"),
            Figure("peak memory", "MB", ""),
        ],
        idle,
        repeats=False,
    ),
)
