"""Writes small databases in the schemas of TrackIO's releases, for the tests to read.

The tables and encodings follow what those releases write: compared, table by table, with
databases that 0.2.9, 0.4.0, 0.9.1, 0.16.1, 0.26.0, 0.36.0 and 0.41.0 wrote. To run it:

    python scripts/make_old_databases.py tests/data/trackio
"""

from __future__ import annotations

import json
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOCAL_TIME = "2025-06-01T10:00:0{second}.250000"
UTC_TIME = "2025-06-01T10:00:0{second}.250000+00:00"


@dataclass(frozen=True)
class Release:
    """The differences between the databases of a release and those of others."""

    version: str
    blobs: bool = True
    configs: bool = True
    system_metrics: bool = True
    upload_columns: bool = True
    alerts: bool = True
    run_ids: bool = True
    user_version: int = 0
    nonfinite_texts: bool = True
    journal_mode: str = "wal"


RELEASES = (
    Release("0.2.9", blobs=False, configs=False, system_metrics=False, upload_columns=False,
            alerts=False, run_ids=False, nonfinite_texts=False, journal_mode="delete"),
    Release("0.4.0", blobs=False, system_metrics=False, upload_columns=False, alerts=False,
            run_ids=False),
    Release("0.9.1", system_metrics=False, upload_columns=False, alerts=False, run_ids=False),
    Release("0.16.1", upload_columns=False, alerts=False, run_ids=False),
    Release("0.20.2", run_ids=False),
    Release("0.26.0"),
    Release("0.36.0"),
    Release("0.43.0", user_version=2),
)  # fmt: skip


def write_database(path: Path, release: Release) -> None:
    """Write a new database with two runs of six rows, and a third one with odd values."""
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path, isolation_level=None)
    database.execute(f"PRAGMA journal_mode = {release.journal_mode}")
    database.execute(f"PRAGMA user_version = {release.user_version}")
    _create_tables(database, release)
    database.execute("BEGIN")
    for number in range(2):
        for step in range(5):
            metrics = {"loss": 1 / (step + 1), "train/acc": step / 5, "n": step}
            _add_row(database, release, f"run-{number}", step, _encode(metrics, release), number)
        _add_config(database, release, f"run-{number}", {"lr": 0.1, "_Group": "first"})
    for step, document in enumerate(_odd_documents(release)):
        _add_row(database, release, "odd", step, document, 2)
    if release.blobs:
        numpy_step = (40).to_bytes(8, "little", signed=True)
        _add_row(database, release, "odd", numpy_step, b'{"loss":0.5}', 3)
        _add_row(database, release, "odd", 41.5, b'{"loss":0.25}', 3)
    if release.system_metrics:
        for second in range(3):
            gpu = {"gpu/0/utilization": 90 + second, "gpu/0/memory_usage": 0.5 + second / 8}
            _add_system_row(database, release, "run-1", _encode(gpu, release), second)
            host = {"cpu/utilization": 12.5, "temp/own": "NaN", "gpu/mean_utilization": 90 + second}
            _add_system_row(database, release, "run-1", _encode(host, release), second)
        _add_system_row(database, release, "run-1", '{"cut', 3)
        _add_system_row(database, release, "machine only", b'{"memory/percent":40}', 4)
    database.execute("COMMIT")
    database.close()


def _odd_documents(release: Release) -> list[str | bytes]:
    """Return rows with more than plain numbers, as the release wrote them."""
    if not release.nonfinite_texts:
        return ['{"loss": NaN}', '{"loss": Infinity}', '{"loss": -Infinity, "note": "x"}']
    return [
        _encode(metrics, release)
        for metrics in (
            {"loss": "NaN"},
            {"loss": "Infinity"},
            {"loss": "-Infinity", "note": "x", "flag": True, "nothing": None},
            {"h": {"_type": "trackio.histogram", "bins": [1.0, 2.0], "values": [1]}},
            {"big": 2**60 + 1, "__step": 3},
        )
    ]


def _encode(metrics: dict[str, Any], release: Release) -> str | bytes:
    if not release.blobs:
        return json.dumps(metrics)
    return json.dumps(metrics, separators=(",", ":")).encode()


def _create_tables(database: sqlite3.Connection, release: Release) -> None:
    identity = "run_id TEXT NOT NULL, " if release.run_ids else ""
    run = "run_id" if release.run_ids else "run_name"
    upload = ", log_id TEXT, space_id TEXT" if release.upload_columns else ""
    key = "id INTEGER PRIMARY KEY AUTOINCREMENT"
    database.execute(
        f"CREATE TABLE metrics ({key}, {identity}timestamp TEXT NOT NULL, run_name TEXT NOT NULL,"
        f" step INTEGER NOT NULL, metrics TEXT NOT NULL{upload})"
    )
    database.execute(f"CREATE INDEX idx_metrics_run_step ON metrics({run}, step)")
    if release.blobs:
        database.execute(f"CREATE INDEX idx_metrics_run_timestamp ON metrics({run}, timestamp)")
    if release.configs:
        database.execute(
            f"CREATE TABLE configs ({key}, {identity}run_name TEXT NOT NULL, config TEXT NOT NULL,"
            f" created_at TEXT NOT NULL, UNIQUE({run}))"
        )
    if release.system_metrics:
        database.execute(
            f"CREATE TABLE system_metrics ({key}, {identity}timestamp TEXT NOT NULL,"
            f" run_name TEXT NOT NULL, metrics TEXT NOT NULL{upload})"
        )
    if release.alerts:
        database.execute(
            f"CREATE TABLE alerts ({key}, {identity}timestamp TEXT NOT NULL,"
            " run_name TEXT NOT NULL, title TEXT NOT NULL, text TEXT,"
            " level TEXT NOT NULL DEFAULT 'warn', step INTEGER, alert_id TEXT)"
        )


def _add_row(
    database: sqlite3.Connection,
    release: Release,
    name: str,
    step: object,
    metrics: str | bytes,
    second: int,
) -> None:
    time = (UTC_TIME if release.upload_columns else LOCAL_TIME).format(second=second)
    columns = {"timestamp": time, "run_name": name, "step": step, "metrics": metrics}
    _insert(database, release, "metrics", name, columns)


def _add_system_row(
    database: sqlite3.Connection, release: Release, name: str, metrics: str | bytes, second: int
) -> None:
    # These times were always in UTC, while those of metrics were in local time at first.
    columns = {"timestamp": UTC_TIME.format(second=second), "run_name": name, "metrics": metrics}
    _insert(database, release, "system_metrics", name, columns)


def _add_config(
    database: sqlite3.Connection, release: Release, name: str, config: dict[str, Any]
) -> None:
    if release.configs:
        columns = {"run_name": name, "config": _encode(config, release), "created_at": ""}
        _insert(database, release, "configs", name, columns)


def _insert(
    database: sqlite3.Connection, release: Release, table: str, name: str, columns: dict[str, Any]
) -> None:
    if release.run_ids:
        columns["run_id"] = f"id of {name}"
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    database.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(columns.values()))


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for release in RELEASES:
        write_database(folder / f"schema-of-{release.version}.db", release)


if __name__ == "__main__":
    main()
