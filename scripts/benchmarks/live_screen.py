"""The cost of the live screen: of keys, at rest, after new rows, and with GPUs."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import command
from databases import LARGE, MEDIUM, SMALL, append_rows, project_directory
from screen import Screen, percentile

UP, DOWN = "\x1b[A", "\x1b[B"
PAGE_DOWN, PAGE_UP, LEFT, RIGHT = "\x1b[6~", "\x1b[5~", "\x1b[D", "\x1b[C"
KEY_PRESSES = 200
PANS = 100
_AT_A_PACE = 0.15
_KEY_REPEAT = 1 / 30
STAND_IN = Path(__file__).parents[2] / "tests" / "sources" / "gpu" / "nvml_stub.c"
IDLE_SECONDS = 15.0
MINUTE = 60.0
SECONDS_OF_CHARTS = 300.0
"""How much time the charts of GPUs show at first."""
CAPTURES = Path(__file__).parents[3] / "shared" / "fixtures" / "gpu"


KEYS: Mapping[str, tuple[str, ...]] = {
    "focus": (RIGHT, LEFT),
    "zoom": ("+", "-"),
    "page": (PAGE_DOWN, PAGE_UP),
    "cursor": (LEFT, LEFT, RIGHT),
    "pan": ("[", "]"),
}
FIRST: Mapping[str, str] = {"cursor": "v", "pan": "\x1b+"}
"""The keys that are pressed before some of the keys, so that these act."""


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


def _press_at_a_pace(screen: Screen, keys: Sequence[str]) -> list[tuple[float, float]]:
    """Return the milliseconds to the first frame and to the whole page, of keys that are pressed as
    a person does who looks at each page.
    """
    pressed = (keys[number % len(keys)] for number in range(PANS))
    taken = (screen.times_to_whole_page(key, _AT_A_PACE) for key in pressed)
    return [(1000 * first, 1000 * whole) for first, whole in filter(None, taken)]


def _pan_to_new_windows(screen: Screen) -> Mapping[str, float]:
    """Return the times of pans into windows that were not on screen before: at a person's pace,
    beside keys that move the focus as slowly, and as fast as a key repeats that is held down.
    """
    # The first window was seen, as other keys went there and back.
    first, whole = zip(*_press_at_a_pace(screen, ["["])[1:], strict=True)
    focus, _ = zip(*_press_at_a_pace(screen, KEYS["focus"]), strict=True)
    held = []
    for _ in range(PANS):
        begin = time.perf_counter()
        answer = screen.answer_time("[")
        held += [] if answer is None else [1000 * answer]
        while (left := begin + _KEY_REPEAT - time.perf_counter()) > 0:
            screen.read(left)
    return {
        "new window, p50": percentile(first, 0.5),
        "new window, p99": percentile(first, 0.99),
        "new window, whole page, p50": percentile(whole, 0.5),
        "new window, key held down, p50": percentile(held, 0.5),
        "new window / focus, p50": percentile(first, 0.5) / percentile(focus, 0.5),
    }


def keys_idle() -> Mapping[str, float]:
    taken: dict[str, float] = {}
    with Screen("--dir", str(project_directory(MEDIUM))) as screen:
        screen.wait_for_chart()
        screen.settle()
        for name, keys in KEYS.items():
            for key in FIRST.get(name, ""):
                screen.press(key)
                screen.settle(0.5)
            begin = len(screen.output)
            times = _press_keys(screen, keys, KEY_PRESSES)
            if times:
                taken[f"{name}, p50"] = percentile(times, 0.5)
                taken[f"{name}, p99"] = percentile(times, 0.99)
                taken[f"{name}, mean bytes"] = (len(screen.output) - begin) / len(times)
        return {**taken, **_pan_to_new_windows(screen)}


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


def refresh() -> Mapping[str, float]:
    """Return the bytes of a frame after new rows, which come in batches of 25 as TrackIO writes
    them."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "bench.db"
        shutil.copyfile(project_directory(SMALL) / "bench.db", path)
        with Screen("--dir", directory, "-i", "0.2") as screen:
            screen.wait_for_chart()
            screen.settle()
            frames: list[int] = []
            for number in range(10):
                begin = len(screen.output)
                append_rows(path, SMALL.rows + number * 25, 25)
                screen.settle(0.6, 3.0)
                frames.append(len(screen.output) - begin)
    return {"bytes": statistics.median(frames)}


def gpu_screen() -> Mapping[str, float]:
    with Screen("--gpu", "--sysroot", str(CAPTURES / "amd" / "rx6900xt")) as screen:
        bare = command.cost_of((sys.executable, "-c", "import trackio_view.live.start")).time
        first = screen.wait_for(lambda: b"Radeon" in screen.output) - screen.started
        screen.settle(0.5, 2.0)
        share = screen.share_of_core(IDLE_SECONDS)
    return {"first screen, imports taken off": first * 1000 - bare, "CPU at 1 s": share}


@contextmanager
def _surroundings(folder: str) -> Iterator[None]:
    """A context in which programs find a stand-in for NVIDIA's driver, with eight GPUs."""
    before = dict(os.environ)
    told = dict.fromkeys(("gpm", "datacenter", "details", "nvlink", "ecc"), 1)
    options = {"gpus": 8, **told}
    os.environ |= {f"NVML_STUB_{name}": str(number) for name, number in options.items()}
    os.environ |= {"LD_LIBRARY_PATH": folder}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before


def driver_of_eight() -> Mapping[str, float]:
    """Return the cost of the whole program with eight GPUs of a stand-in for NVIDIA's driver.

    The first minute is that in which the other screens are loaded. In the later one the charts are
    full.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        raise RuntimeError("no C compiler to build the stand-in for NVIDIA's library with")
    with tempfile.TemporaryDirectory() as folder, _surroundings(folder):
        name = "libnvidia-ml.so.1"
        options = ["-shared", "-fPIC", "-pthread", f"-Wl,-soname,{name}"]
        built = [compiler, *options, "-o", f"{folder}/{name}"]
        subprocess.run([*built, STAND_IN], check=True)
        with Screen("--gpu") as screen:
            screen.wait_for(lambda: b"Stub 7" in screen.output)
            # The first samples cost more than later ones.
            screen.settle(0.5, 5.0)
            first = screen.share_of_core(MINUTE)
            screen.share_of_core(SECONDS_OF_CHARTS - MINUTE)
            later = screen.share_of_core(MINUTE)
            # Keys come at any moment between two readings.
            times = []
            for key in (DOWN, UP) * (KEY_PRESSES // 2):
                answer = screen.answer_time(key)
                times += [] if answer is None else [answer * 1000]
                screen.read(0.13)
    return {
        "CPU at 1 s, first minute": first,
        "CPU at 1 s, charts full": later,
        "key, p50": percentile(times, 0.5),
        "key, p99": percentile(times, 0.99),
    }
