"""Queries that fit the columns of a project's tables."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.sources.trackio.files.access import Access
from trackio_view.sources.trackio.tables.schema import (
    BEFORE_ALL_IDS,
    PACE_DISTANCES,
    READ_SCHEMA,
    Schema,
    id_before,
)

OPTIONAL = ("id INTEGER PRIMARY KEY", "run_id TEXT", "run_name TEXT", "step INTEGER", "timestamp")


def database(*statements: str) -> sqlite3.Connection:
    made = sqlite3.connect(":memory:")
    for statement in statements:
        made.execute(statement)
    return made


def schema_of(made: sqlite3.Connection) -> Schema | None:
    return Schema.from_rows(made.execute(READ_SCHEMA).fetchall())


def tables() -> Iterator[tuple[str, ...]]:
    for count in range(len(OPTIONAL) + 1):
        yield from itertools.combinations(OPTIONAL, count)


@pytest.mark.parametrize("columns", list(tables()), ids=lambda columns: " ".join(columns) or "none")
def test_every_query_runs_on_every_table(columns: tuple[str, ...]) -> None:
    made = database(f"CREATE TABLE metrics({', '.join([*columns, 'metrics TEXT'])})")
    with closing(made):
        schema = schema_of(made)
        names = {column.split()[0] for column in columns}
        if not names & {"run_id", "run_name"}:
            assert schema is None
            return
        assert schema is not None
        given = {"run_id": "r", "run_name": "n", "step": 7, "timestamp": "t"}
        held = {name: value for name, value in given.items() if name in names}
        for _ in range(3):
            marks = ", ".join("?" * len(held))
            made.execute(
                f"INSERT INTO metrics({', '.join([*held, 'metrics'])}) VALUES ({marks}, '{{}}')",
                list(held.values()),
            )
        run = "r" if "run_id" in names else "n"
        row = (3, run, "n" if "run_name" in names else "r", *map(held.get, ("step", "timestamp")))
        asked = [
            (schema.rows_after, (2, 9)),
            (schema.rows_among([3, 99]), ()),
            (schema.run_rows_after, (2, run, 9)),
        ]
        for query, values in asked:
            assert made.execute(query, values).fetchall() == [(*row, "{}")]
        bare = (3, *row[3:], "{}")
        assert made.execute(schema.run_rows_between(), (3, 9, run)).fetchall() == [bare]
        (timeless,) = made.execute(schema.run_rows_between(times=False), (3, 9, run)).fetchall()
        assert timeless == (3, row[3], None, "{}")
        assert made.execute(schema.ids_after, (1, 3, 9)).fetchall() == [(2,), (3,)]
        assert made.execute(schema.ids_before, (3, 1, 9)).fetchall() == [(2,), (1,)]
        assert made.execute(schema.times_below(3)).fetchall() == [(3, row[4])]
        assert made.execute(schema.id_range).fetchall() == [(1, 3)]
        assert made.execute(schema.count_and_highest).fetchall() == [(3, 3)]
        assert made.execute(schema.count_between, (1, 3)).fetchall() == [(2,)]
        assert made.execute(schema.witnesses([2, 99])).fetchall() == [(2, *row[1:3], row[4])]
        assert made.execute(schema.newest_row).fetchall() == [(*row[:3], row[4])]
        assert made.execute(schema.run_identities).fetchall() == [(run,)]
        assert made.execute(schema.runs).fetchall() == [(run, 3, 1, 3)]
        assert made.execute(schema.run_size, (run,)).fetchall() == [(3,)]
        assert made.execute(schema.first_of_run, ("another",)).fetchall() == [(None,)]


@pytest.mark.parametrize("indexed", [False, True])
@pytest.mark.parametrize("runs", [0, 1, 5])
def test_runs_are_found_alike_with_and_without_an_index(indexed: bool, runs: int) -> None:
    made = database("CREATE TABLE metrics(id INTEGER PRIMARY KEY, run_id TEXT, metrics TEXT)")
    with closing(made):
        if indexed:
            made.execute("CREATE INDEX by_run ON metrics(run_id)")
        for number in range(runs * 7):
            made.execute("INSERT INTO metrics(run_id) VALUES (?)", (f"run {number % runs}",))
        schema = schema_of(made)
        assert schema is not None
        assert ("run_id" in schema.indexed) is indexed
        found = made.execute(schema.run_identities).fetchall()
        assert sorted(found) == [(f"run {number}",) for number in range(runs)]


@pytest.mark.parametrize(
    "index", ["ON metrics(step, run_id)", "ON metrics(run_id) WHERE step > 3"], ids=str
)
def test_an_index_that_cannot_seek_a_run_is_none_of_it(index: str) -> None:
    made = database(
        "CREATE TABLE metrics(run_id TEXT, step INTEGER, metrics TEXT)", f"CREATE INDEX i {index}"
    )
    with closing(made):
        schema = schema_of(made)
        assert schema is not None
        assert "run_id" not in schema.indexed


@pytest.mark.parametrize(
    "statements",
    [
        (),
        ("CREATE TABLE metrics(run_id TEXT)",),
        ("CREATE TABLE metrics(metrics TEXT, step INTEGER)",),
        ("CREATE VIEW metrics AS SELECT 1 AS run_id, 2 AS metrics",),
        ("CREATE TABLE others(run_id TEXT, metrics TEXT)",),
    ],
)
def test_a_database_that_is_no_project_has_no_schema(statements: tuple[str, ...]) -> None:
    with closing(database(*statements)) as made:
        assert schema_of(made) is None


METRICS = "CREATE TABLE metrics(run_id TEXT, run_name TEXT, metrics TEXT)"


@pytest.mark.parametrize(
    ("metrics", "system", "identity"),
    [
        (METRICS, "CREATE TABLE system_metrics(run_id, run_name, metrics)", "run_id"),
        (METRICS, "CREATE TABLE system_metrics(run_name, metrics)", "run_name"),
        (METRICS, "CREATE TABLE system_metrics(step, metrics)", None),
        (METRICS, "CREATE TABLE system_metrics(run_id, step)", None),
        (
            "CREATE TABLE metrics(run_name TEXT, metrics TEXT)",
            "CREATE TABLE system_metrics(run_id, run_name, metrics)",
            "run_name",
        ),
    ],
)
def test_the_machines_rows_belong_to_runs_as_the_metrics_do(
    metrics: str, system: str, identity: str | None
) -> None:
    with closing(database(metrics, system)) as made:
        schema = schema_of(made)
        assert schema is not None
        found = schema.system
        assert (None if found is None else found.identity) == identity
        if found is not None:
            assert made.execute(found.rows_after, (0, 9)).fetchall() == []


@pytest.mark.parametrize(
    ("configs", "columns"),
    [
        (None, None),
        ("run_id TEXT, run_name TEXT", None),
        ("config TEXT", None),
        ("run_id TEXT, run_name TEXT, config TEXT", ("r", "n", "{}")),
        ("run_name TEXT, config TEXT", ("n", "n", "{}")),
        ("run_id TEXT, config TEXT", ("r", "r", "{}")),
    ],
)
def test_configs_are_read_by_what_their_table_has(
    configs: str | None, columns: tuple[str, ...] | None
) -> None:
    with closing(database(METRICS)) as made:
        if configs is not None:
            made.execute(f"CREATE TABLE configs({configs})")
            values = {"run_id": "r", "run_name": "n", "config": "{}"}
            names = [column.split()[0] for column in configs.split(", ")]
            marks = ", ".join("?" * len(names))
            made.execute(f"INSERT INTO configs VALUES ({marks})", [values[name] for name in names])
        schema = schema_of(made)
        assert schema is not None
        query = schema.details
        assert (None if query is None else made.execute(query).fetchone()) == columns


def test_a_config_belongs_to_the_run_that_the_metrics_tell_by_its_name() -> None:
    """TrackIO 0.24 to 0.40 gave a project from before 0.4 a table of configs with run ids."""
    with closing(
        database(
            "CREATE TABLE metrics(run_name TEXT, metrics TEXT)",
            "CREATE TABLE configs(run_id TEXT, run_name TEXT, config TEXT)",
            "INSERT INTO configs VALUES ('1f', 'n', '{}')",
        )
    ) as made:
        schema = schema_of(made)
        assert schema is not None
        assert made.execute(schema.details or "").fetchall() == [("n", "n", "{}")]


@given(st.integers(-(2**63), 2**63 - 1))
def test_there_is_something_before_every_id(first: int) -> None:
    before = id_before(first)
    assert before < first
    assert before == first - 1 or (before == BEFORE_ALL_IDS and first == -(2**63))
    with closing(database("CREATE TABLE metrics(id INTEGER PRIMARY KEY)")) as made:
        made.execute("INSERT INTO metrics VALUES (?)", (first,))
        assert made.execute("SELECT id FROM metrics WHERE id > ?", (before,)).fetchall()


def test_the_pace_is_told_by_rows_ever_farther_apart() -> None:
    assert list(PACE_DISTANCES) == sorted(set(PACE_DISTANCES))
    assert PACE_DISTANCES[0] > 1


def test_a_table_far_away_is_asked_otherwise_and_so_is_that_of_the_machine() -> None:
    with closing(
        database(
            "CREATE TABLE metrics(id INTEGER PRIMARY KEY, run_id, run_name, metrics)",
            "CREATE TABLE system_metrics(id INTEGER PRIMARY KEY, run_id, run_name, metrics)",
        )
    ) as made:
        for access in Access:
            fetch = lambda query: made.execute(query).fetchall()  # noqa: E731
            reader = SimpleNamespace(access=access, fetch=fetch)
            schema = Schema.of(cast("Any", reader))
            assert schema is not None
            assert schema.system is not None
            is_remote = access is Access.REMOTE
            assert (schema.is_remote, schema.system.is_remote) == (is_remote, is_remote)
