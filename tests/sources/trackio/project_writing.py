"""A project in TrackIO's current schema, written as a trainer does."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import (
    Iterable,
    Sequence,
)
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class ProjectWriter:
    """Writes a project as a trainer would, with plain SQLite."""

    path: Path
    journal_mode: str = "wal"
    _count: int = field(default=0)

    def connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, isolation_level=None, timeout=5)

    def _connect_without_waiting(self) -> sqlite3.Connection:
        """Open the database for whole transactions; each is written without a wait for the disk."""
        database = self.connect()
        database.execute("PRAGMA synchronous = OFF")
        return database

    def create(self) -> ProjectWriter:
        database = self._connect_without_waiting()
        database.execute(f"PRAGMA journal_mode = {self.journal_mode}")
        database.execute(
            "CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,"
            " timestamp TEXT NOT NULL, run_name TEXT NOT NULL, step INTEGER NOT NULL,"
            " metrics TEXT NOT NULL, log_id TEXT, space_id TEXT)"
        )
        database.execute("CREATE INDEX idx_metrics_run_step ON metrics(run_id, step)")
        database.execute(
            "CREATE TABLE configs (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL,"
            " run_name TEXT NOT NULL, config TEXT NOT NULL, created_at TEXT, UNIQUE(run_id))"
        )
        database.close()
        return self

    def log(self, documents: Iterable[Any], run: str = "run", steps: Sequence[Any] = ()) -> None:
        """Add a row for each document, in one transaction. A value that is no dict is stored as it
        is."""
        rows = []
        for number, document in enumerate(documents):
            step = steps[number] if steps else self._count
            encoded = json.dumps(document).encode() if isinstance(document, dict) else document
            stamp = f"2026-03-01T10:00:{self._count % 60:02d}.500000+00:00"
            rows.append((f"id-{run}", stamp, run, step, encoded))
            self._count += 1
        self.execute(
            "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics)"
            " VALUES (?, ?, ?, ?, ?)",
            rows,
        )

    def configure(self, config: Any, run: str = "run") -> None:
        encoded = json.dumps(config).encode()
        self.execute(
            "INSERT OR REPLACE INTO configs (run_id, run_name, config) VALUES (?, ?, ?)",
            [(f"id-{run}", run, encoded)],
        )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(self.connect()) as database:
            return database.execute(query).fetchall()

    def execute(self, statement: str, rows: Sequence[Sequence[Any]] = ((),)) -> None:
        database = self._connect_without_waiting()
        try:
            database.execute("BEGIN IMMEDIATE")
            database.executemany(statement, rows)
            database.execute("COMMIT")
        finally:
            database.close()
