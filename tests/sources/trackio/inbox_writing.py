"""An inbox, written as a run does and imported as TrackIO's server does."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import (
    Iterable,
    Sequence,
)
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_INBOX_TABLES = """
CREATE TABLE IF NOT EXISTS metrics(id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,
  timestamp TEXT NOT NULL, run_name TEXT NOT NULL, step INTEGER NOT NULL, metrics TEXT NOT NULL,
  log_id TEXT, space_id TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS a ON metrics(log_id) WHERE log_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS system_metrics(id INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id TEXT NOT NULL, timestamp TEXT NOT NULL, run_name TEXT NOT NULL, metrics TEXT NOT NULL,
  log_id TEXT, space_id TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS b ON system_metrics(log_id) WHERE log_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS alerts(id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,
  timestamp TEXT NOT NULL, run_name TEXT NOT NULL, title TEXT NOT NULL, text TEXT,
  level TEXT NOT NULL DEFAULT 'warn', step INTEGER, alert_id TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS c ON alerts(alert_id) WHERE alert_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS configs(id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,
  run_name TEXT NOT NULL, config TEXT NOT NULL, created_at TEXT, UNIQUE(run_id));
"""


@dataclass
class InboxWriter:
    """A run that logs to an inbox, a file for each flush."""

    directory: Path
    writer: str = "00000000000000aa"
    project: str = "my proj!"
    run: str = "run"
    _files: int = field(default=0)
    _steps: int = field(default=0)

    def log(self, documents: Iterable[dict[str, Any]], **others: Any) -> Path:
        """Write a file with a row of metrics for each document."""
        records = []
        for document in documents:
            config = {"lr": 0.1, "_Group": "g"} if not self._steps else None
            key = f"{self.run}-{self._steps}"
            records.append(
                self.record("metric", metrics=document, step=self._steps, log_id=key, config=config)
            )
            self._steps += 1
        return self.write([{**record, **others} for record in records])

    def record(self, kind: str, **fields: Any) -> dict[str, Any]:
        stamp = f"2026-03-01T10:{self._files // 60:02d}:{self._files % 60:02d}.500000+00:00"
        run = {"run": self.run, "run_id": f"id-{self.run}", "timestamp": stamp}
        return {"v": 1, "kind": kind, "project": self.project, **run, **fields}

    def write(self, records: Sequence[dict[str, Any]], tail: bytes = b"") -> Path:
        folder = self.directory / "inbox" / self.writer
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self._files:08d}.jsonl"
        self._files += 1
        data = b"".join(json.dumps(record).encode() + b"\n" for record in records) + tail
        temporary = path.with_suffix(".tmp")
        temporary.write_bytes(data)
        return temporary.replace(path)


def import_inbox(directory: Path, files: Iterable[Path], *, delete: bool = True) -> None:
    """Import an inbox's files of one project into its database, as TrackIO's server does."""
    paths = sorted(files)
    database = sqlite3.connect(directory / "myproj.db", isolation_level=None, timeout=5)
    database.execute("PRAGMA journal_mode = wal")
    database.executescript(_INBOX_TABLES)
    database.execute("BEGIN IMMEDIATE")
    for path in paths:
        for line in path.read_bytes().splitlines():
            row = json.loads(line)
            run = (row["run_id"], row["timestamp"], row["run"])
            if row["kind"] == "metric":
                database.execute(
                    "INSERT OR IGNORE INTO metrics(run_id, timestamp, run_name, step, metrics,"
                    " log_id) VALUES (?, ?, ?, ?, ?, ?)",
                    (*run, row["step"], json.dumps(row["metrics"]).encode(), row["log_id"]),
                )
            elif row["kind"] == "system_metric":
                database.execute(
                    "INSERT OR IGNORE INTO system_metrics(run_id, timestamp, run_name, metrics,"
                    " log_id) VALUES (?, ?, ?, ?, ?)",
                    (*run, json.dumps(row["metrics"]).encode(), row["log_id"]),
                )
            else:
                database.execute(
                    "INSERT OR IGNORE INTO alerts(run_id, timestamp, run_name, title, text, level,"
                    " step, alert_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (*run, *map(row.get, ("title", "text", "level", "step", "alert_id"))),
                )
            if row.get("config"):
                database.execute(
                    "INSERT OR REPLACE INTO configs(run_id, run_name, config) VALUES (?, ?, ?)",
                    (row["run_id"], row["run"], json.dumps(row["config"]).encode()),
                )
    database.execute("COMMIT")
    database.close()
    if delete:
        for path in paths:
            path.unlink()
