"""A server's statements make empty tables here, and nothing else."""

from __future__ import annotations

import gc
import sqlite3
from pathlib import Path

import pytest

from trackio_view.sources.trackio.server.mirror import TableMirror
from trackio_view.sources.trackio.tables.schema import READ_SCHEMA, Schema


def test_the_schema_is_told_as_by_the_database_itself() -> None:
    mirror = TableMirror(
        [
            "CREATE TABLE metrics(id INTEGER PRIMARY KEY, run_id TEXT, step INTEGER, metrics TEXT)",
            "CREATE INDEX by_run ON metrics(run_id, step)",
            "CREATE UNIQUE INDEX some ON metrics(step) WHERE step IS NOT NULL",
            None,
        ]
    )
    schema = Schema.from_rows(mirror.fetch(READ_SCHEMA))
    assert schema is not None
    assert schema.metrics == {"id", "run_id", "step", "metrics"}
    assert schema.indexed == {"run_id"}
    assert mirror.fetch(schema.index_by("step"), ("run_id",)) == [(1,)]


def test_a_hostile_statement_does_nothing(tmp_path: Path) -> None:
    target = tmp_path / "made.db"
    hostile = [
        f"ATTACH '{target}' AS other",
        f"VACUUM INTO '{target}'",
        "CREATE TABLE a AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n)"
        " SELECT i FROM n",
        "SELECT load_extension('x')",
        "PRAGMA writable_schema = 1",
        "CREATE VIRTUAL TABLE v USING fts5(x)",
        "CREATE TRIGGER t AFTER INSERT ON metrics BEGIN SELECT 1; END",
        "CREATE TABLE metrics(id INTEGER PRIMARY KEY); DROP TABLE metrics",
        "CREATE TABLE nul\0(x)",
        "x" * 100_000,
    ]
    mirror = TableMirror(hostile)
    assert mirror.fetch("SELECT name FROM sqlite_master") == []
    assert not target.exists()


def test_one_that_is_dropped_closes_its_tables_at_once_and_in_whatever_order() -> None:
    gc.collect()
    gc.disable()
    try:
        mirror = TableMirror(["CREATE TABLE metrics(id INTEGER)"])
        tables = mirror._tables
        del mirror
        # The tables must not refer to the mirror. Else only the garbage collector would free it,
        # which may free the tables first.
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            tables.execute("SELECT 1")
    finally:
        gc.enable()


def test_no_more_than_500_tables_are_made() -> None:
    mirror = TableMirror(f"CREATE TABLE t{number}(x)" for number in range(501))
    assert mirror.fetch("SELECT count(*) FROM sqlite_master") == [(500,)]
