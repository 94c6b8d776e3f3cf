"""The newest row of each run, found by seeks however many rows there are."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from trackio_view.sources.trackio.tables.run_ends import run_ends
from trackio_view.sources.trackio.tables.schema import READ_SCHEMA, Schema

FAR = "9999-01-01T00:00:00+00:00"


@pytest.fixture
def timed(project: Any) -> Any:
    """Return a project with the index that TrackIO has since 0.5."""
    project.execute("CREATE INDEX by_time ON metrics(run_id, timestamp)")
    return project


def ends_of(project: Any, *, is_remote: bool = False) -> list[tuple[str, str, int]]:
    with closing(project.connect()) as database:

        def fetch(query: str, values: Any) -> list[Any]:
            found: list[Any] = database.execute(query, values).fetchall()
            return found

        schema = Schema.from_rows(fetch(READ_SCHEMA, ()))
        assert schema is not None
        return [end[:3] for end in run_ends(fetch, schema._replace(is_remote=is_remote))]


def write(project: Any, run: str, *stamps: Any) -> None:
    project.execute(
        "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics)"
        " VALUES ('id-' || ?, ?, ?, 0, '{}')",
        [(run, stamp, run) for stamp in stamps],
    )


@pytest.mark.parametrize("is_remote", [False, True])
def test_ids_tell_nothing_where_times_are_known(timed: Any, *, is_remote: bool) -> None:
    write(timed, "training", "2026-03-09T10:00:00+00:00", "2026-03-09T10:00:01+00:00")
    write(timed, "renamed", "2026-03-01T10:00:00+00:00", "2026-03-01T10:00:00+00:00")
    expected = [("id-training", "training", 2), ("id-renamed", "renamed", 4)]
    assert ends_of(timed, is_remote=is_remote) == expected


def test_a_time_to_come_counts_only_where_a_run_has_no_other(timed: Any) -> None:
    write(timed, "jumped", "2026-03-01T10:00:00+00:00", FAR, "2026-03-01T10:00:01+00:00")
    write(timed, "right", "2026-03-02T10:00:00+00:00")
    write(timed, "ahead", FAR, FAR)
    expected = [("id-ahead", "ahead", 6), ("id-right", "right", 4), ("id-jumped", "jumped", 3)]
    assert ends_of(timed) == expected


@pytest.mark.parametrize("stamp", ["", "no time", b"\xff", -1])
def test_rows_without_a_time_go_by_their_ids(timed: Any, stamp: Any) -> None:
    write(timed, "timed", "2026-03-02T10:00:00+00:00")
    write(timed, "untimed", stamp, stamp)
    assert ends_of(timed)[0] == ("id-untimed", "untimed", 3)
    write(timed, "later", "2026-03-02T10:00:01+00:00")
    assert ends_of(timed)[0] == ("id-later", "later", 4)


def test_a_run_whose_row_has_no_id_goes_by_its_name(project: Any) -> None:
    project.execute("DROP TABLE metrics")
    project.execute(
        "CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_id TEXT, timestamp TEXT, run_name TEXT,"
        " step INTEGER, metrics TEXT)"
    )
    project.execute("INSERT INTO metrics VALUES (1, NULL, '2026-03-02T10:00:00', 'old', 0, '{}')")
    assert ends_of(project) == [("old", "old", 1)]


def test_without_the_index_the_highest_id_is_all_that_is_asked_for(project: Any) -> None:
    assert ends_of(project) == []
    write(project, "training", "2026-03-09T10:00:00+00:00")
    write(project, "old", "2026-03-01T10:00:00+00:00")
    assert ends_of(project) == [("id-old", "old", 2)]


def test_the_cost_is_that_of_the_runs_and_not_of_their_rows(timed: Any) -> None:
    write(timed, "a", *["2026-03-01T10:00:00+00:00"] * 100)
    write(timed, "b", *["2026-03-02T10:00:00+00:00"] * 100)
    few = instructions(timed, lambda: ends_of(timed))
    write(timed, "a", *["2026-03-03T10:00:00+00:00"] * 20_000)
    assert instructions(timed, lambda: ends_of(timed)) < few + 100


def instructions(project: Any, asked: Callable[[], object]) -> int:
    """Return how many instructions of SQLite's machine an answer took."""
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 1
        return 0

    connect = project.connect

    def counting() -> sqlite3.Connection:
        database: sqlite3.Connection = connect()
        database.set_progress_handler(count, 1)
        return database

    project.connect = counting
    try:
        asked()
    finally:
        project.connect = connect
    return counted
