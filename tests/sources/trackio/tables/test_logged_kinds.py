"""Objects that a run logged beside numbers are counted."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from typing import Any

import pytest

from tests.sources.trackio.project_writing import ProjectWriter
from trackio_view.sources.trackio.reader import Fetch, Row
from trackio_view.sources.trackio.tables.logged_kinds import (
    logged_kinds,
    numberless_kinds,
)
from trackio_view.sources.trackio.tables.schema import READ_SCHEMA, Schema


def asked(project: ProjectWriter) -> tuple[Fetch, Schema]:
    """Return the connection of a project, and its schema."""

    def fetch(query: str, values: Sequence[Any] = ()) -> list[Row]:
        database = project.connect()
        try:
            return database.execute(query, values).fetchall()
        finally:
            database.close()

    schema = Schema.from_rows(fetch(READ_SCHEMA))
    assert schema is not None
    return fetch, schema


def kinds(project: ProjectWriter) -> dict[str, int]:
    return logged_kinds(*asked(project), "id-run", "run")


IMAGE = {"_type": "trackio.image", "file_path": "p/run/0/x.png"}


def test_each_kind_is_counted_the_most_first(project: ProjectWriter) -> None:
    project.log([{"sample": IMAGE, "other": IMAGE}, {"sample": IMAGE}])
    project.log([{"note": {"_type": "trackio.markdown", "_value": "x"}, "plain": "text"}])
    project.log([{"sample": IMAGE}], run="another")
    assert list(kinds(project).items()) == [("image", 3), ("text", 2)]


@pytest.mark.parametrize("row", [b"{", b"[1]", b"\xff", {"n": 1.0}, {"_type": None}, {}])
def test_a_number_and_nothing_have_no_kind(project: ProjectWriter, row: Any) -> None:
    project.log([row])
    assert kinds(project) == {}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"loss": 1.0}, "nested value"),
        ({}, "nested value"),
        ({"_type": "other.image"}, "nested value"),
        ([1.0, 2.0], "list"),
        (True, "boolean"),
    ],
)
def test_what_trackio_keeps_as_it_is_is_counted_and_no_number(
    project: ProjectWriter, value: Any, kind: str
) -> None:
    project.log([{"x": value, "y": None}] * 2)
    assert kinds(project) == {kind: 2}
    assert numberless_kinds(*asked(project), "id-run") == ((kind, 2),)


def test_tables_of_newer_releases_count_by_id_and_older_ones_by_name(
    project: ProjectWriter,
) -> None:
    project.log([{"note": "x"}])
    project.execute("CREATE TABLE traces (id TEXT, run_id TEXT, run_name TEXT)")
    project.execute("INSERT INTO traces VALUES ('a', ?, 'another')", [("id-run",), ("id-x",)])
    project.execute("CREATE TABLE alerts (id INTEGER, run_name TEXT)")
    project.execute("INSERT INTO alerts VALUES (1, ?)", [("run",), ("run",), ("id-run",)])
    assert kinds(project) == {"alert": 2, "text": 1, "trace": 1}


def test_ids_in_tables_that_are_younger_than_the_project_tell_no_run() -> None:
    database = sqlite3.connect(":memory:")
    with contextlib.closing(database):
        database.execute("CREATE TABLE metrics (run_name TEXT, metrics TEXT)")
        database.execute("CREATE TABLE traces (run_id TEXT, run_name TEXT)")
        database.execute("INSERT INTO traces VALUES ('1f', 'run'), ('2f', 'run'), ('run', 'b')")

        def fetch(query: str, values: Sequence[Any] = ()) -> list[Row]:
            return database.execute(query, values).fetchall()

        schema = Schema.from_rows(fetch(READ_SCHEMA))
        assert schema is not None
        assert logged_kinds(fetch, schema, "run", "run") == {"trace": 2}


def test_a_run_with_a_number_among_its_first_rows_is_not_counted(project: ProjectWriter) -> None:
    project.log([b"{", {"sample": IMAGE}])
    assert numberless_kinds(*asked(project), "id-run") == (("image", 1),)
    project.log([{"loss": 1}])
    assert numberless_kinds(*asked(project), "id-run") == ()
    project.log([{"sample": IMAGE}] * 64 + [{"loss": 1}], run="late")
    assert numberless_kinds(*asked(project), "id-late") == (("image", 64),)
