"""The cost of watching many projects at once, and the time until a new row is on screen."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime, timezone
from pathlib import Path

from databases import Sweep, sweep_directory
from screen import Screen, percentile

MANY_PROJECTS = Sweep(100, 10, 50)
THOUSAND_PROJECTS = Sweep(1_000, 2, 20)
MANY_RUNS = Sweep(1, 1_000, 50)
INTERVAL = 2.0
_MEASURED_SECONDS = 10.0
_NEW_ROWS = 8


@contextmanager
def _copied(sweep: Sweep) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="trackio-view-bench-") as scratch:
        directory = Path(scratch) / "projects"
        shutil.copytree(sweep_directory(sweep), directory)
        yield directory


def _log(database: Path, step: int) -> None:
    """Add a row to a project's first run, as TrackIO does: a connection for each flush."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        run_id, name = connection.execute("SELECT run_id, run_name FROM metrics LIMIT 1").fetchone()
        connection.execute(
            "INSERT INTO metrics(run_id, timestamp, run_name, step, metrics)"
            " VALUES (?, ?, ?, ?, ?)",
            (
                run_id,
                datetime.now(timezone.utc).isoformat(),
                name,
                step,
                json.dumps({"train/loss": 1 / step, "val/accuracy": 0.5}).encode(),
            ),
        )


_AT_REST_PERCENT = 20.0
"""Below this share of a core the program counts as at rest: reading many projects takes more than
one core."""
_MOST_LOADING_SECONDS = 60.0


def _rest(screen: Screen) -> None:
    """Wait until everything is read. Projects that are not on screen are read while nothing is
    drawn."""
    deadline = time.perf_counter() + _MOST_LOADING_SECONDS
    while screen.share_of_core(1.0) > _AT_REST_PERCENT and time.perf_counter() < deadline:
        continue


def watch_many(sweep: Sweep = MANY_PROJECTS) -> Mapping[str, float]:
    """Measure the cost of many projects, at rest and growing, and the delay of a new row."""
    with _copied(sweep) as directory:
        databases = sorted(directory.glob("*.db"))
        watched = databases[0]
        # The project with the newest row is the one on screen.
        _log(watched, 1_000_001)
        with Screen("--all", "--dir", str(directory), "-i", str(INTERVAL)) as screen:
            screen.wait_for_chart()
            _rest(screen)
            taken = {"CPU at rest": screen.share_of_core(_MEASURED_SECONDS)}
            times = []
            for number in range(_NEW_ROWS):
                # All digits of the step change, because only changed digits are written.
                step = 1_111_111 * (number + 2)
                begin, written = len(screen.output), time.perf_counter()
                _log(watched, step)
                digits = str(step)[:3].encode()
                times.append(_seconds_until(screen, digits, begin) - written)
                # The row comes at a random moment between two looks.
                time.sleep(number * 0.77 % INTERVAL)
            taken["new row, worst beyond interval"] = (max(times) - INTERVAL) * 1000
            stop = threading.Event()
            writer = threading.Thread(target=_log_everywhere, args=(databases, stop))
            writer.start()
            try:
                screen.settle(0.0)
                taken["CPU, growing"] = screen.share_of_core(_MEASURED_SECONDS)
            finally:
                stop.set()
                writer.join()
            taken["peak memory"] = screen.peak_megabytes()
            return taken


def _seconds_until(screen: Screen, shown: bytes, begin: int) -> float:
    return screen.wait_for(lambda: screen.output.find(shown, begin) >= 0, 10.0)


def _log_everywhere(databases: list[Path], stop: threading.Event) -> None:
    """Add ten rows a second, each to the next project, so that each project gets one every ten
    seconds."""
    number = 0
    while not stop.wait(0.1):
        number += 1
        _log(databases[number % len(databases)], 30_000_000 + number)


def open_many() -> Mapping[str, float]:
    """Measure how long the table of 1,000 runs takes to open, and to answer keys."""
    with Screen("--dir", str(sweep_directory(MANY_RUNS)), "-i", str(INTERVAL)) as screen:
        chart = screen.wait_for_chart()
        begin = len(screen.output)
        screen.press("t")
        whole = screen.wait_for(lambda: screen.output.find(b"1,000 runs", begin) >= 0)
        screen.settle(1.0)
        answers = [screen.answer_time("jk"[number // 60 % 2]) for number in range(200)]
        keys = [answer * 1000 for answer in answers if answer is not None]
        pages = [screen.answer_time("\x1b[6~") for _ in range(20)]
        return {
            "first chart": chart * 1000,
            "table, whole": (whole - screen.started) * 1000,
            "move, p50": percentile(keys, 0.5),
            "move, p99": percentile(keys, 0.99),
            "page, worst": max(answer for answer in pages if answer is not None) * 1000,
        }
