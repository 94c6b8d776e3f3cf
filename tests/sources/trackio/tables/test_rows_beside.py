"""Rows that wait beside a database are sent once, with ids above those of the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from trackio_view.sources.trackio.inbox import Inbox
from trackio_view.sources.trackio.tables.rows_beside import RowsBeside
from trackio_view.sources.trackio.waiting_rows import METRICS, WaitingRows


def no_rows(query: str, values: Any = ()) -> list[Any]:
    return []


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(str(tmp_path))


@pytest.fixture
def beside(inbox: Inbox) -> RowsBeside:
    return RowsBeside(WaitingRows(inbox, "myproj"))


@pytest.fixture
def database() -> Iterator[Callable[..., Any]]:
    """Return a table of metrics with rows of these keys, and the function that queries it."""
    with ExitStack() as opened:

        def fetch_from(*keys: str) -> Any:
            connection = opened.enter_context(closing(sqlite3.connect(":memory:")))
            connection.execute("CREATE TABLE metrics (id INTEGER PRIMARY KEY, log_id TEXT)")
            rows = [(key,) for key in keys]
            connection.executemany("INSERT INTO metrics (log_id) VALUES (?)", rows)
            return lambda query, values=(): connection.execute(query, values).fetchall()

        yield fetch_from


def test_where_no_place_has_any_nothing_comes() -> None:
    beside = RowsBeside(None)
    beside.begin()
    beside.look()
    assert not beside.can_come
    assert not beside.has_rows
    assert (beside.row_count, beside.detail_count, beside.details((), "run_id")) == (0, 0, [])
    assert beside.rows(no_rows, (), "run_id", 7) == []
    assert beside.system_rows(no_rows, (), "run_id", 7) == []
    assert beside.alerts(no_rows, (), "run_id", 7) == []
    assert list(beside.twins(no_rows, METRICS, 0, 9)) == []


def test_ids_go_on_above_the_newest_of_either(
    tmp_path: Path, inbox: Inbox, beside: RowsBeside, inbox_writer: Any
) -> None:
    writer = inbox_writer(tmp_path)
    writer.log([{"loss": 0.0}, {"loss": 1.0}])
    inbox.look()
    beside.begin()
    assert beside.can_come
    assert beside.has_rows
    (first,) = beside.rows(no_rows, (), "run_id", 7) or []
    assert (first.last_id, list(first.columns["loss"].values)) == (9, [0.0, 1.0])
    assert (beside.has_rows, beside.row_count) == (False, 2)
    assert beside.rows(no_rows, (), "run_id", 7) == [], "each is sent once"
    writer.log([{"loss": 2.0}])
    inbox.look()
    beside.look()
    (second,) = beside.rows(no_rows, (), "run_id", 7) or []
    assert second.last_id == 10, "above the one that was given before"
    writer.log([{"loss": 3.0}])
    inbox.look()
    beside.look()
    (third,) = beside.rows(no_rows, (), "run_id", 50) or []
    assert third.last_id == 51, "above the database's"
    beside.begin()
    (again,) = beside.rows(no_rows, (), "run_id", 0) or []
    assert (again.last_id, beside.row_count) == (4, 4), "all of it, from the first id on"


def test_a_row_that_the_database_has_is_not_sent(
    tmp_path: Path,
    inbox: Inbox,
    beside: RowsBeside,
    inbox_writer: Any,
    database: Callable[..., Any],
) -> None:
    writer = inbox_writer(tmp_path)
    records = [
        writer.record("metric", metrics={"loss": float(key)}, step=0, log_id=key) for key in "12"
    ]
    writer.write(records)
    inbox.look()
    beside.begin()
    fetch = database("0", "1")
    assert beside.rows(fetch, ["log_id"], "run_id", 1) is None, "row 2 is to be read before"
    (sent,) = beside.rows(fetch, ["log_id"], "run_id", 2) or []
    assert list(sent.columns["loss"].values) == [2.0]
    imported = database("0", "1", "2")
    assert list(beside.twins(imported, METRICS, 2, 3)) == [3]


def test_rows_of_the_machine_and_alerts_go_on_above_their_own_tables(
    tmp_path: Path, inbox: Inbox, beside: RowsBeside, inbox_writer: Any
) -> None:
    writer = inbox_writer(tmp_path)
    machine = writer.record("system_metric", metrics={"cpu": 5.0}, log_id="m")
    alert = writer.record("alert", title="hot", text="too hot", level="ERROR", step=3, alert_id="w")
    writer.write([machine, alert])
    inbox.look()
    beside.begin()
    (rows,) = beside.system_rows(no_rows, (), "run_id", 30)
    assert rows.last_id == 31
    assert rows.steps == rows.times, "a row of the machine has no step of its own"
    (found,) = beside.alerts(no_rows, (), "run_name", 40)
    assert (found.row_id, found.title, found.run_id) == (41, "hot", "run")


def test_only_runs_that_the_database_does_not_know_are_told_of(
    tmp_path: Path, inbox: Inbox, beside: RowsBeside, inbox_writer: Any
) -> None:
    writer = inbox_writer(tmp_path)
    writer.log([{"loss": 0.0}])
    inbox.look()
    beside.begin()
    assert [run.run_id for run in beside.details((), "run_id")] == ["id-run"]
    assert beside.details({"id-run"}, "run_id") == []
    assert [run.run_id for run in beside.details((), "run_name")] == ["run"]
    assert beside.details({"run"}, "run_name") == []
    told = beside.detail_count
    anew = writer.record("metric", metrics={"loss": 1.0}, step=1, log_id="b", config={"lr": 0.2})
    writer.write([anew])
    inbox.look()
    beside.look()
    assert beside.detail_count > told
