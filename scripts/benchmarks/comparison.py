"""Fifty overlaid runs: the time from a key to its frame."""

from __future__ import annotations

import json
import math
import sqlite3
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path

from databases import INDEXES, METRICS, SCHEMA, scratch_directory
from screen import Screen, percentile

RUNS, ROWS = 50, 2_000
_PRESSES = 400
_KEYS = ("+", "\x1b[C", "+", "\x1b[B", "r", "-", "\x1b[6~", "f", "-", "m", "\x1b[5~", "m")


def overlay_directory() -> Path:
    """Return a directory with one project of 50 runs x 2,000 steps x 10 metrics."""
    directory = scratch_directory() / "overlay"
    if not (directory / "overlay.db").exists():
        directory.mkdir(parents=True, exist_ok=True)
        unfinished = directory / "unfinished"
        unfinished.unlink(missing_ok=True)
        _write(unfinished)
        unfinished.rename(directory / "overlay.db")
    return directory


def _write(path: Path) -> None:
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript(SCHEMA)
    database.execute("BEGIN")
    start = datetime.now(timezone.utc) - timedelta(seconds=ROWS)
    for run in range(RUNS):
        database.executemany(
            "INSERT INTO metrics(run_id, timestamp, run_name, step, metrics)"
            " VALUES (?, ?, ?, ?, ?)",
            (
                (f"{run:032x}", (start + timedelta(seconds=step)).isoformat(), f"run-{run}", *row)
                for step, row in enumerate(_rows(run))
            ),
        )
    database.execute("COMMIT")
    database.executescript(INDEXES)
    database.close()


def _rows(run: int) -> Iterator[tuple[int, bytes]]:
    for step in range(ROWS):
        level = 0.3 + 0.05 * run + 3 * math.exp(-4 * step / ROWS)
        values = {
            metric: level + math.sin(step * 12.9898 + number) * 0.2
            for number, metric in enumerate(METRICS)
        }
        yield step, json.dumps(values).encode()


def compare_many() -> Mapping[str, float]:
    """Measure the time from keys to frames while 50 runs are overlaid, in milliseconds."""
    with Screen("--dir", str(overlay_directory())) as screen:
        screen.wait_for_chart()
        screen.settle()
        for key in "t*t":
            screen.press(key)
            screen.settle(0.5)
        taken = []
        for number in range(_PRESSES):
            answer = screen.answer_time(_KEYS[number % len(_KEYS)])
            if answer is not None:
                taken.append(answer * 1000)
            time.sleep(0.05)
    return {"key, p50": percentile(taken, 0.5), "key, p99": percentile(taken, 0.99)}
