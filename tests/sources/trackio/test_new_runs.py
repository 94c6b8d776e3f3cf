from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind
from trackio_view.sources.trackio.files.database import ProjectConnection
from trackio_view.sources.trackio.new_runs import NewRuns


def write(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_only_rows_that_came_since_the_last_look_tell_a_run(tmp_path: Path) -> None:
    database = tmp_path / "my.db"
    add = "INSERT INTO metrics (run_id, run_name) VALUES ('id-{0}', '{0}')"
    write(
        database,
        "CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_id TEXT, run_name TEXT)",
        "CREATE TABLE system_metrics (id INTEGER PRIMARY KEY, run_id TEXT, run_name TEXT)",
        add.format("old"),
    )
    new = NewRuns(str(tmp_path))
    assert new.since_last_look("my") == set()
    assert new.since_last_look("my") == set()
    write(database, add.format("a"), add.format("a"))
    write(database, "INSERT INTO system_metrics (run_id, run_name) VALUES ('id-b', 'b')")
    assert new.since_last_look("my") == {("id-a", "a"), ("id-b", "b")}
    assert new.since_last_look("my") == set()


def test_a_project_that_is_replaced_by_a_shorter_one_tells_its_runs(tmp_path: Path) -> None:
    database = tmp_path / "my.db"
    made = "CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_name TEXT)"
    add = "INSERT INTO metrics (run_name) VALUES ('{}')"
    write(database, made, *[add.format("old")] * 9)
    new = NewRuns(str(tmp_path))
    new.since_last_look("my")
    database.unlink()
    write(database, made, add.format("a"))
    assert new.since_last_look("my") == set(), "nobody knows when its rows came"
    write(database, add.format("b"))
    assert new.since_last_look("my") == {(None, "b")}


def test_a_run_of_an_old_release_has_a_name_alone(tmp_path: Path) -> None:
    database = tmp_path / "my.db"
    write(database, "CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_name TEXT)")
    new = NewRuns(str(tmp_path))
    new.since_last_look("my")
    write(database, "INSERT INTO metrics (run_name) VALUES ('a')")
    assert new.since_last_look("my") == {(None, "a")}


def test_the_machines_rows_of_an_old_project_tell_runs_as_its_metrics_do(tmp_path: Path) -> None:
    database = tmp_path / "my.db"
    write(
        database,
        "CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_name TEXT)",
        "CREATE TABLE system_metrics (id INTEGER PRIMARY KEY, run_id TEXT, run_name TEXT)",
    )
    new = NewRuns(str(tmp_path))
    new.since_last_look("my")
    write(database, "INSERT INTO system_metrics (run_id, run_name) VALUES ('1f', 'a')")
    assert new.since_last_look("my") == {(None, "a")}


def test_a_table_that_is_made_anew_without_names_goes_on_from_the_row_that_was_seen(
    tmp_path: Path,
) -> None:
    database = tmp_path / "my.db"
    made = "CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_name TEXT)"
    write(database, made, *["INSERT INTO metrics (run_name) VALUES ('a')"] * 3)
    new = NewRuns(str(tmp_path))
    new.since_last_look("my")
    write(database, "ALTER TABLE metrics RENAME COLUMN run_name TO other")
    assert new.since_last_look("my") == set()
    write(database, "ALTER TABLE metrics RENAME COLUMN other TO run_name")
    assert new.since_last_look("my") == set()


def test_an_unreadable_project_tells_of_no_new_run(tmp_path: Path) -> None:
    (tmp_path / "broken.db").write_bytes(b"no database")
    new = NewRuns(str(tmp_path))
    assert new.since_last_look("broken") is None
    assert new.since_last_look("missing") is None
    assert not (tmp_path / "missing.db").exists()


@pytest.mark.parametrize(("faults", "told"), [(3, True), (4, False)])
def test_a_database_in_between_two_writes_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faults: int, told: bool
) -> None:
    write(
        tmp_path / "my.db",
        "CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_id TEXT, run_name TEXT)",
        "CREATE TABLE system_metrics (id INTEGER PRIMARY KEY, run_id TEXT, run_name TEXT)",
    )
    new = NewRuns(str(tmp_path))
    new.since_last_look("my")
    write(tmp_path / "my.db", "INSERT INTO metrics (run_id, run_name) VALUES ('id-a', 'a')")
    usual, left = ProjectConnection.fetch, [faults]

    def fetch(connection: ProjectConnection, sql: str, *arguments: Any) -> Any:
        # The metrics are read, and then the database changes.
        if "system_metrics" in sql and left[0]:
            left[0] -= 1
            raise DatabaseFault("The database changed while it was read.", FaultKind.TRANSIENT)
        return usual(connection, sql, *arguments)

    monkeypatch.setattr(ProjectConnection, "fetch", fetch)
    assert new.since_last_look("my") == ({("id-a", "a")} if told else None)
    assert new.since_last_look("my") == (set() if told else {("id-a", "a")}), "none is lost"
