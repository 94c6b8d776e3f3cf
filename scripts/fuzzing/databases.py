"""Random databases, in the schemas of several releases of TrackIO and in none of them."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from random import Random
from typing import Any

from scripts.fuzzing import traces, values

_COLUMNS = {
    "metrics": ("run_id", "timestamp", "run_name", "step", "metrics", "log_id", "space_id"),
    "system_metrics": ("run_id", "timestamp", "run_name", "metrics", "log_id", "space_id"),
    "configs": ("run_id", "run_name", "config", "created_at"),
    "alerts": (*("run_id", "timestamp", "run_name", "title", "text", "level", "step", "alert_id"),),
    "traces": traces.COLUMNS,
}
_SINCE_RUN_IDS = {"run_id", "alert_id"}
_SINCE_UPLOADS = {"log_id", "space_id"}
_TYPES = ("TEXT", "INTEGER", "BLOB", "", "REAL")
_SYSTEM_KEYS = ("gpu/0/utilization", "gpu/1/power", "cpu/percent", "gpu/0/memory_usage", "disk/x")


def write_database(random: Random, path: Path) -> None:
    """Write a project with a few runs to `path`; the file may be garbled afterwards."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        mode = random.choice(("wal", "delete", "truncate"))
        database.execute(f"PRAGMA journal_mode = {mode}")
        database.execute(f"PRAGMA user_version = {random.choice((0, 0, 1, 2, 99))}")
        database.execute(f"PRAGMA encoding = '{random.choice(('UTF-8', 'UTF-8', 'UTF-16le'))}'")
        tables = _create(random, database)
        runs = [(values.name(random), values.name(random)) for _ in range(random.randrange(1, 5))]
        # The file need not survive a power cut, and some cases have half a gigabyte.
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN")
        for table, columns in tables.items():
            if random.random() < 0.9:
                _fill(random, database, table, columns, runs)
        database.execute("COMMIT")
    if random.random() < 0.15:
        path.write_bytes(values.garbled(random, path.read_bytes(), 30))


def _create(random: Random, database: sqlite3.Connection) -> dict[str, list[str]]:
    """Create the tables of some release; return each one's columns."""
    left_out = set[str]()
    if random.random() < 0.4:
        left_out |= _SINCE_RUN_IDS
    if random.random() < 0.4:
        left_out |= _SINCE_UPLOADS
    found = {}
    for table, columns in _COLUMNS.items():
        if table != "metrics" and random.random() < 0.2:
            continue
        kept = [column for column in columns if column not in left_out]
        if random.random() < 0.05:
            kept.remove(random.choice(kept))
        strict = random.random() < 0.6
        usual = {"step": "INTEGER"}
        typed = [
            f"{column} {usual.get(column, 'TEXT') if strict else random.choice(_TYPES)}"
            for column in kept
        ]
        key = "id INTEGER PRIMARY KEY AUTOINCREMENT" if random.random() < 0.9 else "id"
        database.execute(
            f"CREATE TABLE {table}({', '.join(typed if table == 'traces' else [key, *typed])})"
        )
        found[table] = kept
    if random.random() < 0.5 and "step" in found["metrics"]:
        run = "run_id" if "run_id" in found["metrics"] else "run_name"
        with contextlib.suppress(sqlite3.OperationalError):
            database.execute(f"CREATE INDEX idx_metrics_run_step ON metrics({run}, step)")
    return found


def _fill(
    random: Random,
    database: sqlite3.Connection,
    table: str,
    columns: list[str],
    runs: list[tuple[str, str]],
) -> None:
    marks = ", ".join("?" * len(columns))
    insert = f"INSERT INTO {table}({', '.join(columns)}) VALUES ({marks})"
    for step in range(random.choice((0, 1, 3, 30, 200))):
        run = random.choice(runs)
        row = [_cell(random, table, column, step, run) for column in columns]
        with contextlib.suppress(sqlite3.Error, OverflowError):
            database.execute(insert, row)
    if random.random() < 0.1:
        # Ids may be anything, because people rewrite TrackIO's tables, too.
        odd = random.choice((-5, 2**62, 2**63 - 1, 0))
        with contextlib.suppress(sqlite3.Error):
            database.execute(
                f"UPDATE {table} SET rowid = {odd} WHERE rowid = (SELECT max(rowid) FROM {table})"
            )


def _cell(random: Random, table: str, column: str, step: int, run: tuple[str, str]) -> Any:
    if random.random() < 0.03:
        odd = (None, values.text(random), random.randbytes(4), values.number(random))
        return _storable(random.choice(odd))
    if column == "run_id":
        return f"id {run[0]}"
    if column == "run_name":
        return run[1]
    if column in ("timestamp", "created_at"):
        return values.moment(random)
    if column == "step":
        return step if random.random() < 0.9 else _storable(values.number(random))
    if column == "metrics":
        keys = _SYSTEM_KEYS if table == "system_metrics" else values.NAMES
        document = {random.choice(keys): values.number(random) for _ in range(3)}
        if random.random() < 0.2:
            document = {values.name(random): values.document(random) for _ in range(3)}
        return values.encoded(random, document)
    if column == "config":
        return values.encoded(
            random, {values.name(random): values.document(random) for _ in range(5)}
        )
    if table == "traces":
        return traces.trace_cell(random, column)
    if column == "level":
        return random.choice(("info", "warn", "error", "WARNING", values.writable(random)))
    return values.writable(random)


def _storable(value: Any) -> Any:
    """Return a value that SQLite takes; a text that it refuses becomes bytes."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass") if not _is_utf8(value) else value
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    return value


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
