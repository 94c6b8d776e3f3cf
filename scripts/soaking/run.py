"""Watches a real training with the live screen for a long time, and tells the cost of each minute.

Fails where memory, open files, threads or processor time show a trend: where the straight line
through the later two thirds of the samples rises beyond a bound (`trend.py` has the bounds).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
# This is the benchmarks' module with a terminal that answers.
sys.path.append(str(HERE.parent / "benchmarks"))
sys.path.insert(0, str(HERE.parents[1]))

from screen import Screen  # noqa: E402

from scripts.soaking.process import Meter  # noqa: E402
from scripts.soaking.trend import WARM_UP_SECONDS, Sample, trends  # noqa: E402
from scripts.soaking.writer import PROJECT  # noqa: E402

KEYS = (
    *("+", "-", "r", "t", "\r", "\x1b", " ", "o", "x", "*", "a", "s", "c", "G", "i", "y", "g", "p"),
    *("?", "/", "m", "v", "\t", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[5~", "\x1b[6~"),
)
"""The keys that are pressed; none of them ends the program."""
TOUR = "t *\x1bc\x1bi\x1byygg+-?\x1bp\x1b"
"""The keys that are pressed first, so that the first memory of each screen does not count as
growth."""
_KEY_SECONDS = 0.4
_MOST_SAMPLES = 120
_ENDING_SECONDS = 60.0


def start_writer(directory: Path, seconds: float, seed: int) -> subprocess.Popen[bytes]:
    """Return a process that logs to a project in `directory` and uses no network."""
    private = ("TRACKIO_", "HF_")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(private)
    }
    environment |= {
        "TRACKIO_DIR": str(directory),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HOME": str(directory / "huggingface"),
    }
    command = [sys.executable, str(HERE / "writer.py"), "--seconds", str(seconds)]
    command += ["--seed", str(seed), "--count", str(directory / "count")]
    with (directory / "writer.log").open("wb") as log:
        return subprocess.Popen(command, env=environment, stdout=log, stderr=log)


def told(sample: Sample) -> str:
    """Return a sample as a line of the report."""
    return (
        f"{sample.time / 60:6.1f} min {sample.memory:8.1f} MB {sample.descriptors:4.0f} files"
        f" {sample.threads:4.0f} threads {sample.cpu:6.1f} s of CPU a minute"
    )


def watch(screen: Screen, seconds: float, seed: int) -> tuple[list[Sample], bool]:
    """Press keys and take samples for so long; return them, and whether the program still runs."""
    keys, tour = random.Random(seed), iter(TOUR)
    started = time.perf_counter()
    meter, samples = Meter(screen.pid, started), list[Sample]()
    pause = max(0.25, min(10.0, seconds / _MOST_SAMPLES))
    sample_at, key_at, told_minutes = started + pause, started, 0
    while (now := time.perf_counter()) < started + seconds:
        screen.read(max(0.0, min(sample_at, key_at, started + seconds) - now))
        # The output is dropped, so that it does not fill the memory of this process.
        if screen.answered > 1 << 20:
            del screen.output[: screen.answered]
            screen.answered = 0
        if not screen.is_alive():
            return samples, False
        now = time.perf_counter()
        if now >= key_at:
            screen.press(next(tour, None) or keys.choice(KEYS))
            key_at = now + _KEY_SECONDS
        if now >= sample_at:
            samples.append(meter.sample(now))
            sample_at = now + pause
            if samples[-1].time // 60 > told_minutes:
                told_minutes += 1
                print(told(_minute(samples)), flush=True)
    return samples, True


def _minute(samples: list[Sample]) -> Sample:
    """Return the newest sample, with the processor time of the whole minute."""
    recent = [sample.cpu for sample in samples if sample.time > samples[-1].time - 60]
    return samples[-1]._replace(cpu=sum(recent) / len(recent))


def faults_of_project(directory: Path) -> list[str]:
    """Return the faults of the project that was written while it was watched."""
    try:
        expected = int((directory / "count").read_text())
    except OSError:
        log = (directory / "writer.log").read_text("utf-8", "replace")
        return [f"the training ended early:\n{log[-2000:]}"]
    with contextlib.closing(sqlite3.connect(directory / f"{PROJECT}.db")) as database:
        (verdict,) = database.execute("PRAGMA integrity_check").fetchone()
        (count,) = database.execute("SELECT count(*) FROM metrics").fetchone()
    print(f"the project: {count:,} rows, integrity check: {verdict}")
    faults = [] if verdict == "ok" else [f"the project is damaged: {verdict}"]
    if count != expected:
        faults.append(f"the project holds {count:,} rows, but {expected:,} were logged and kept")
    return faults


def soak(directory: Path, minutes: float, seed: int) -> list[str]:
    """Watch a training for so long; return the faults that were found."""
    seconds = minutes * 60
    writer = start_writer(directory, seconds, seed)
    try:
        with Screen("--dir", str(directory), "--interval", "0.5") as screen:
            samples, alive = watch(screen, seconds, seed)
            tail = bytes(screen.output[-2000:]).decode("utf-8", "replace")
        writer.wait(_ENDING_SECONDS)
    finally:
        if writer.poll() is None:
            writer.kill()
            writer.wait()
    if not alive:
        return [f"the live screen ended; the last that it wrote:\n{tail}"]
    if samples:
        print(f"at the end:\n{told(_minute(samples))}")
    return [*trends(samples), *faults_of_project(directory)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument(
        "minutes", nargs="?", type=float, default=10.0, help="how long (default: 10; 0.5 will do)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the training and keys (default: 1)")
    arguments = parser.parse_args()
    if not 0 < arguments.minutes < 100_000:
        parser.error("MINUTES must be more than 0")
    if not Path("/proc/self/status").exists():
        print("scripts/soak: what a process takes can be read on Linux only", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="trackio-view-soak-") as directory:
        faults = soak(Path(directory), arguments.minutes, arguments.seed)
    for fault in faults:
        print(f"soak: {fault}", file=sys.stderr)
    short = arguments.minutes * 60 < 2 * WARM_UP_SECONDS
    fine = "nothing is wrong (too short to tell a trend)" if short else "no trend"
    print(fine if not faults else f"failed; repeat with --seed {arguments.seed}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
