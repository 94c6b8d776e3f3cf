"""The table of benchmarks: names, goals, and the functions that take their figures."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import command
import distant
from comparison import compare_many
from databases import LARGE, MEDIUM, SEVEN, SMALL, Size, project_directory
from fleet import watch_fleet
from live_screen import KEYS, driver_of_eight, gpu_screen, idle, keys_idle, keys_loading, refresh
from screen import Screen
from sweeps import THOUSAND_PROJECTS, open_many, watch_many
from traces import take_traces
from training import watch_a_trainer


class Figure(NamedTuple):
    """One line of the report."""

    name: str
    unit: str
    goal: str
    """The goal in words; empty where there is none."""


class Benchmark(NamedTuple):
    """A benchmark, whose run returns the value of each figure by its name."""

    name: str
    figures: Sequence[Figure]
    take: Callable[[], Mapping[str, float]]
    repeats: bool = True
    """Whether it is run several times. One run is enough where it takes many samples."""


def _seconds(*command: str) -> float:
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


_LOADING = "import gc, os; gc.disable(); import {room}; os._exit(0)"
"""Loads a room as a start of the program does, which hardly searches for objects that refer to
themselves (`cli`). That Python takes each room apart at its end is no part of a start.
"""


def start_up() -> Mapping[str, float]:
    bare = _seconds(sys.executable, "-c", _LOADING.format(room="sys"))
    names = {"cli": "trackio_view.cli", "once": "trackio_view.headless.once"}
    names["live"] = "trackio_view.live.start"
    taken = {
        f"import for {mode}": (_seconds(sys.executable, "-c", _LOADING.format(room=room)) - bare)
        * 1000
        for mode, room in names.items()
    }
    version = _seconds(sys.executable, "-m", "trackio_view", "--version")
    return {**taken, "--version, Python included": version * 1000}


def once(size: Size, *options: str, beside: bool = False) -> Callable[[], Mapping[str, float]]:
    def take() -> Mapping[str, float]:
        floor, ours = command.bare_python(), command.once(size, *options)
        taken = {
            "time": ours.time,
            "CPU": ours.cpu,
            "CPU by that of an empty Python": ours.cpu / floor.cpu,
            "peak memory": ours.memory,
        }
        script = command.original_script() if beside else None
        if script is not None:
            original = command.original_once(script, size)
            taken |= {
                "the original's time": original.time,
                "the original's CPU": original.cpu,
                "the original's peak memory": original.memory,
                "CPU by the original's": ours.cpu / original.cpu,
            }
        return taken

    return take


_LOAD = """
import json, resource, sys, time
from pathlib import Path
import anyio
from trackio_view.view.dashboard import Dashboard
from trackio_view.model.events import LoadFinished
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.trackio.project_watch import watch_project

async def load(path):
    dashboard = Dashboard()
    project = ProjectId("", path.stem)
    dashboard.watch(project)
    sender, receiver = anyio.create_memory_object_stream(16)
    begin = time.perf_counter()
    async with anyio.create_task_group() as group:
        group.start_soon(watch_project, path, project, 2.0, sender)
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


def _screen_of_eight() -> Mapping[str, float]:
    import graphics

    return graphics.screen_of_eight()


def _key_figures(p99: str) -> list[Figure]:
    return [
        Figure(f"{name}, {share}", unit, goal)
        for name in KEYS
        for share, unit, goal in (
            ("p50", "ms", "< 2"),
            ("p99", "ms", p99),
            ("mean bytes", "bytes", ""),
        )
    ]


def _time_and_memory(time_goal: str, memory_goal: str) -> list[Figure]:
    return [Figure("time", "ms", time_goal), Figure("peak memory", "MB", memory_goal)]


def _once_figures(time_goal: str, memory_goal: str, ratio: str | None = None) -> list[Figure]:
    figures = [
        *_time_and_memory(time_goal, memory_goal),
        Figure("CPU", "ms", ""),
        Figure("CPU by that of an empty Python", "times", ""),
    ]
    if ratio is None:
        return figures
    return [
        *figures,
        Figure("the original's time", "ms", ""),
        Figure("the original's CPU", "ms", ""),
        Figure("the original's peak memory", "MB", ""),
        Figure("CPU by the original's", "times", ratio),
    ]


def _figures_of_many(percent: str = "", late: str = "") -> list[Figure]:
    return [
        Figure("CPU at rest", "%", percent),
        Figure("CPU, growing", "%", percent),
        Figure("new row, worst beyond interval", "ms", late),
        Figure("peak memory", "MB", ""),
    ]


def _distant_figures() -> list[Figure]:
    return [
        Figure("first chart", "ms", "< 600"),
        Figure("whole", "ms", "< 6000"),
        Figure("an idle look", "bytes", "< 1000"),
        Figure("requests a minute", "", ""),
        Figure("bytes a minute", "bytes", ""),
    ]


def _tick(vendor: str) -> Benchmark:
    figures = [Figure("fast, CPU", "ms", ""), Figure("all, CPU", "ms", "")]

    def take() -> Mapping[str, float]:
        # This is imported only in the child, because the memory of the process that starts a
        # command counts, too.
        import graphics

        return graphics.tick(vendor)

    return Benchmark(f"gpu-{vendor.lower()}", figures, lambda: command.in_a_child(take))


def _fold(name: str, runs: int, rows: int, metrics: int) -> Benchmark:
    def take() -> Mapping[str, float]:
        import folding

        return folding.fold(runs, rows, metrics)

    return Benchmark(
        name,
        [
            Figure("an event folded, CPU", "ms", ""),
            Figure("first frame, CPU", "ms", ""),
            Figure("next frames, CPU", "ms", "< 2"),
            Figure("peak memory", "MB", ""),
        ],
        lambda: command.in_a_child(take),
    )


def _smooth(name: str, rows: int) -> Benchmark:
    def take() -> Mapping[str, float]:
        import smoothing

        return smoothing.smooth(rows)

    return Benchmark(
        name,
        [
            Figure("first frame, CPU", "ms", ""),
            Figure("a frame after a row, CPU", "ms", ""),
            Figure("by that of lines not smoothed", "times", "< 2.5"),
        ],
        lambda: command.in_a_child(take),
    )


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
    Benchmark("once-2k", _once_figures("< 73", "< 21", "<= 1"), once(SMALL, beside=True)),
    Benchmark("once-200k", _once_figures("< 500", "< 60", "< 0.33"), once(SEVEN, beside=True)),
    Benchmark("once-1m", _once_figures("< 2500", ""), once(LARGE)),
    Benchmark("once-1m-zoom-1", _once_figures("< 200", ""), once(LARGE, "--zoom", "1")),
    Benchmark("once-1m-zoom-4", _once_figures("< 200", ""), once(LARGE, "--zoom", "4")),
    Benchmark("load-200k", _time_and_memory("< 1500", "< 100"), load(MEDIUM)),
    Benchmark("load-1m", _time_and_memory("", ""), load(LARGE)),
    Benchmark("chart-2k", [Figure("time", "ms", "< 250")], first_chart(SMALL)),
    Benchmark("chart-200k", [Figure("time", "ms", "")], first_chart(MEDIUM)),
    Benchmark("chart-1m", [Figure("time", "ms", "< 400")], first_chart(LARGE)),
    _smooth("smooth-10k", 10_000),
    _smooth("smooth-1m", 1_000_000),
    Benchmark(
        "keys",
        [
            *_key_figures("< 10"),
            Figure("new window, p50", "ms", "< 2"),
            Figure("new window, p99", "ms", "< 10"),
            Figure("new window, whole page, p50", "ms", ""),
            Figure("new window, key held down, p50", "ms", "< 2"),
            Figure("new window / focus, p50", "", "<= 1"),
        ],
        keys_idle,
        repeats=False,
    ),
    Benchmark(
        "keys-loading",
        [Figure("zoom, p50", "ms", ""), Figure("zoom, p99", "ms", "< 16")],
        keys_loading,
    ),
    Benchmark(
        "projects-100",
        _figures_of_many("< 3", "< 100"),
        watch_many,
        repeats=False,
    ),
    Benchmark(
        "projects-1000",
        _figures_of_many(),
        partial(watch_many, THOUSAND_PROJECTS),
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
    Benchmark("refresh", [Figure("bytes", "bytes", "")], refresh, repeats=False),
    Benchmark(
        "training",
        [
            Figure("bytes, first", "bytes", ""),
            Figure("bytes, second", "bytes", "< 30000"),
            Figure("bytes, third", "bytes", "< 30000"),
            Figure("CPU, first", "s/min", ""),
            Figure("CPU, second", "s/min", "< 1.2"),
            Figure("CPU, third", "s/min", "< 1.2"),
        ],
        watch_a_trainer,
        repeats=False,
    ),
    _tick("NVIDIA"),
    _tick("AMD"),
    _tick("Intel"),
    Benchmark(
        "gpu-screen",
        [
            Figure("first screen, imports taken off", "ms", "< 150"),
            Figure("CPU at 1 s", "% core", ""),
        ],
        gpu_screen,
        repeats=False,
    ),
    Benchmark(
        "gpu-eight",
        [Figure("a tick, CPU", "ms", ""), Figure("at 1 s, CPU", "% core", "< 1")],
        lambda: command.in_a_child(_screen_of_eight),
    ),
    Benchmark(
        "gpu-driver-eight",
        [
            Figure("CPU at 1 s, first minute", "% core", "< 1.5"),
            Figure("CPU at 1 s, charts full", "% core", "< 1.5"),
            Figure("key, p50", "ms", ""),
            Figure("key, p99", "ms", "< 17"),
        ],
        driver_of_eight,
        repeats=False,
    ),
    Benchmark(
        "fleet-1026",
        [
            Figure("first screen", "ms", ""),
            Figure("CPU at 15 s", "% core", "< 3"),
            Figure("peak memory", "MB", ""),
            Figure("key, p50", "ms", "< 2"),
            Figure("key, p99", "ms", "< 10"),
            Figure("a host opened, median", "ms", ""),
        ],
        watch_fleet,
        repeats=False,
    ),
    Benchmark(
        "server-100k",
        [
            *_distant_figures(),
            Figure("ping p95, alone", "ms", ""),
            Figure("while loading", "ms", ""),
            Figure("at rest", "ms", ""),
        ],
        distant.over_http,
    ),
    Benchmark("ssh-100k", _distant_figures(), distant.over_a_pipe),
    Benchmark(
        "traces-10k",
        [
            Figure("the newest ten", "ms", ""),
            Figure("a list in the middle", "ms", ""),
            Figure("searched, one in a hundred", "ms", ""),
            Figure("searched, none", "ms", ""),
            Figure("one opened", "ms", ""),
            Figure("one of 100,000 messages opened", "ms", ""),
        ],
        lambda: command.in_a_child(take_traces),
    ),
    _fold("fold-5000-metrics", 1, 400, 5_000),
    _fold("fold-50-runs", 50, 2_000, 10),
)
