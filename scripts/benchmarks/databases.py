"""Projects of a given size in the schema of TrackIO 0.43, written once and kept."""

from __future__ import annotations

import contextlib
import json
import math
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import islice
from pathlib import Path
from typing import NamedTuple

# The original reads a loss of exactly this name.
METRICS = (
    *("train_loss", "val/loss", "learning_rate", "gradient_norm", "train/accuracy"),
    *("val/accuracy", "tokens_per_second", "sparsity", "weight_norm", "loss_scale"),
)

SCHEMA = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=OFF;
PRAGMA user_version=2;
CREATE TABLE metrics(id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,
    timestamp TEXT NOT NULL, run_name TEXT NOT NULL, step INTEGER NOT NULL, metrics TEXT NOT NULL,
    log_id TEXT, space_id TEXT);
CREATE TABLE configs(id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,
    run_name TEXT NOT NULL, config TEXT NOT NULL, created_at TEXT NOT NULL, UNIQUE(run_id));
CREATE TABLE system_metrics(id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,
    timestamp TEXT NOT NULL, run_name TEXT NOT NULL, metrics TEXT NOT NULL, log_id TEXT,
    space_id TEXT);
CREATE TABLE alerts(id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,
    timestamp TEXT NOT NULL, run_name TEXT NOT NULL, title TEXT NOT NULL, text TEXT,
    level TEXT NOT NULL DEFAULT 'warn', step INTEGER, alert_id TEXT);
CREATE TABLE project_metadata(key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
INDEXES = """
CREATE INDEX idx_metrics_run_step ON metrics(run_id, step);
CREATE INDEX idx_metrics_run_timestamp ON metrics(run_id, timestamp);
CREATE INDEX idx_metrics_run_record ON metrics(run_id, run_name, timestamp);
"""

RUN = "0123456789abcdef0123456789abcdef"
INSERT = (
    "INSERT INTO metrics(run_id, timestamp, run_name, step, metrics, log_id)"
    f" VALUES ('{RUN}', ?, 'first', ?, ?, ?)"
)


class Size(NamedTuple):
    """The numbers of rows and of metrics."""

    rows: int
    metrics: int


SMALL = Size(2_000, 5)
SEVEN = Size(200_000, 7)
MEDIUM = Size(200_000, 10)
LARGE = Size(1_000_000, 5)


def scratch_directory() -> Path:
    """Return the directory in which made data is kept from one run to the next.

    Its number grows when what is made changes.
    """
    return Path(tempfile.gettempdir()) / f"trackio-view-bench-{os.getuid()}-2"


def project_directory(size: Size) -> Path:
    """Return a directory with one project of this size, which is made if needed."""
    directory = scratch_directory() / f"{size.rows}x{size.metrics}"
    if not (directory / "bench.db").exists():
        directory.mkdir(parents=True, exist_ok=True)
        unfinished = directory / "unfinished"
        for leftover in directory.glob("unfinished*"):
            leftover.unlink()
        _write(unfinished, size)
        unfinished.rename(directory / "bench.db")
    return directory


class Sweep(NamedTuple):
    """The numbers of projects, of runs in each, and of rows in each run."""

    projects: int
    runs: int
    rows: int


def sweep_directory(sweep: Sweep) -> Path:
    """Return a directory of projects whose runs differ in their configs, which is made if
    needed."""
    directory = scratch_directory() / "x".join(map(str, sweep))
    if not directory.exists():
        unfinished = scratch_directory() / f"unfinished-{os.getpid()}"
        unfinished.mkdir(parents=True)
        for number in range(sweep.projects):
            _write_sweep(unfinished / f"sweep-{number:03}.db", number, sweep)
        unfinished.rename(directory)
    return directory


def _write_sweep(path: Path, project: int, sweep: Sweep) -> None:
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript(SCHEMA)
    database.execute("BEGIN")
    start = datetime.now(timezone.utc) - timedelta(seconds=sweep.rows / 10 + 60)
    for run in range(sweep.runs):
        config = {
            "_Group": ("baseline", "wide", "deep")[run % 3],
            "optimizer": {"name": ("adam", "sgd")[run % 2], "lr": 10.0 ** -(1 + run % 4)},
            "max_steps": sweep.rows * 2,
            "seed": run,
        }
        name = f"{('brave', 'calm', 'eager', 'quiet')[run % 4]}-forest-{run}"
        run_id = f"{project:04x}{run:028x}"
        document = json.dumps(config).encode()
        database.execute(
            "INSERT INTO configs(run_id, run_name, config, created_at) VALUES (?, ?, ?, ?)",
            (run_id, name, document, start.isoformat()),
        )
        rows = [
            (run_id, (start + timedelta(seconds=step / 10 + run)).isoformat(), name, step, values)
            for step, values in enumerate(_sweep_values(run, sweep.rows))
        ]
        database.executemany(
            "INSERT INTO metrics(run_id, timestamp, run_name, step, metrics)"
            " VALUES (?, ?, ?, ?, ?)",
            rows,
        )
    database.execute("COMMIT")
    database.executescript(INDEXES)
    database.close()


def _sweep_values(run: int, rows: int) -> Iterator[bytes]:
    for step in range(rows):
        loss = 0.3 + 0.1 * (run % 7) + 3 * math.exp(-4 * step / rows)
        values = {"train/loss": loss + math.sin(step * 12.9898) * 0.05}
        values |= {"val/accuracy": 1 - loss / 5, "lr": 0.1 / (1 + step)}
        yield json.dumps(values).encode()


def _write(path: Path, size: Size) -> None:
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript(SCHEMA)
    database.execute("BEGIN")
    database.execute(
        "INSERT INTO configs(run_id, run_name, config, created_at) VALUES (?, 'first', ?, ?)",
        (RUN, b'{"_Username":null,"_Group":null,"lr":0.1}', "2026-01-01T00:00:00+00:00"),
    )
    database.executemany(INSERT, _rows(size))
    database.execute("COMMIT")
    database.executescript(INDEXES)
    database.close()


def append_rows(path: Path, start: int, count: int) -> None:
    """Log further rows to a small project from a step on, as a training would."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        rows = islice(_rows(Size(start + count, SMALL.metrics)), start, None)
        database.execute("BEGIN")
        database.executemany(INSERT, rows)
        database.execute("COMMIT")


def _rows(size: Size) -> Iterator[tuple[str, int, bytes, str]]:
    pairs = ",".join(f'"{name}":%.16g' for name in METRICS[: size.metrics])
    template = "{" + pairs + "}"
    start = datetime(2026, 1, 1, tzinfo=timezone.utc)
    stamp = ""
    for step in range(size.rows):
        if step % 25 == 0:  # TrackIO stamps a batch, not a row.
            stamp = (start + timedelta(seconds=step / 50, microseconds=1)).isoformat()
        # The curve decays, with a ripple that differs between neighbours.
        wobble = math.sin(step * 12.9898) * 0.1
        value = 4 * math.exp(-step / size.rows * 4) + wobble
        values = tuple(value + number for number in range(size.metrics))
        yield stamp, step, (template % values).encode(), f"{step:032x}"
