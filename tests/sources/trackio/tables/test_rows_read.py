"""Whether the rows that were read still exist: by one seek for each run, and rarely by a count."""

from __future__ import annotations

import math
import time
from contextlib import closing
from typing import Any

import pytest

from trackio_view.sources.trackio.files.access import Access
from trackio_view.sources.trackio.files.database import ProjectConnection, open_database
from trackio_view.sources.trackio.tables.rows import decode
from trackio_view.sources.trackio.tables.rows_read import RowsRead
from trackio_view.sources.trackio.tables.schema import Schema


def schema_of(reader: ProjectConnection) -> Schema:
    schema = Schema.of(reader)
    assert schema is not None
    return schema


@pytest.fixture
def read(project: Any) -> RowsRead:
    """Return the rows of two runs, five each, which were all read."""
    for step in range(5):
        project.log([{"loss": 1.0 * step}], run="a")
        project.log([{"loss": 2.0 * step} if step else b"broken"], run="b")
    rows_read = RowsRead()
    rows_read.begin(1)
    with closing(open_database(str(project.path))) as reader:
        for limit in (4, 6):
            query = schema_of(reader).rows_after
            rows = reader.fetch(query, (rows_read.last_id, limit))
            rows_read.take(rows, decode(rows))
    return rows_read


def test_rows_are_counted_as_they_are_read(read: RowsRead) -> None:
    assert (read.last_id, read.count, read.broken) == (10, 10, 1)
    read.begin(7)
    assert (read.last_id, read.count, read.broken) == (6, 0, 0)


@pytest.mark.parametrize(
    ("statement", "are_there", "differ"),
    [
        ("SELECT 1", True, False),
        ("DELETE FROM metrics WHERE run_id = 'id-b'", False, False),
        ("UPDATE metrics SET run_id = 'id-c' WHERE id = 9", False, False),
        ("UPDATE metrics SET id = 11 WHERE id = 10", False, False),
        # A backup is restored, and the training goes on.
        ("UPDATE metrics SET timestamp = '2027-03-01' WHERE id = 10", False, False),
        # A count shows that a row in the middle is missing, but no seek does.
        ("DELETE FROM metrics WHERE id = 3", True, True),
        # A new row does not make up for a missing one.
        (
            "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics)"
            " VALUES ('id-a', '2026-03-01', 'a', 5, '{}')",
            True,
            False,
        ),
    ],
)
@pytest.mark.parametrize("access", [Access.IMMUTABLE, Access.ROLLBACK])
def test_rows_that_go_are_missed(
    project: Any, read: RowsRead, statement: str, are_there: bool, differ: bool, access: Access
) -> None:
    if not statement.startswith("SELECT"):
        project.execute(statement)
    with closing(open_database(str(project.path))) as reader:
        reader.access = access
        schema = schema_of(reader)
        assert read.are_there(reader, schema) is are_there
        if are_there:
            assert read.differ(reader, schema) is differ


@pytest.mark.parametrize("others", [0, 3])
def test_a_run_of_which_no_row_can_be_read_is_missed_when_it_goes(
    project: Any, others: int
) -> None:
    project.log([{"loss": 1.0}] * others, run="a")
    project.log([b"broken"] * 2, run="b")
    rows_read = RowsRead()
    rows_read.begin(1)
    with closing(open_database(str(project.path))) as reader:
        rows = reader.fetch(schema_of(reader).rows_after, (0, 9))
        rows_read.take(rows, decode(rows))
        assert rows_read.are_there(reader, schema_of(reader))
    project.execute("DELETE FROM metrics WHERE run_id = 'id-b'")
    with closing(open_database(str(project.path))) as reader:
        assert not rows_read.are_there(reader, schema_of(reader))


def test_a_count_is_not_made_again_at_once(project: Any, read: RowsRead) -> None:
    with closing(open_database(str(project.path))) as reader:
        assert not read.differ(reader, schema_of(reader))
    project.execute("DELETE FROM metrics WHERE id = 3")
    with closing(open_database(str(project.path))) as reader:
        read._count_due = float("inf")
        assert not read.differ(reader, schema_of(reader))
        read.count_soon()
        assert read.differ(reader, schema_of(reader))


def test_of_a_damaged_project_rows_stay_that_were_read_before(project: Any, read: RowsRead) -> None:
    project.execute("DELETE FROM metrics WHERE id IN (3, 10)")
    with closing(open_database(str(project.path))) as reader:
        assert not read.are_there(reader, schema_of(reader))
        reader.damage = "Some rows cannot be read."
        assert read.are_there(reader, schema_of(reader))
        assert not read.differ(reader, schema_of(reader))


def test_rows_that_nobody_asked_about_are_not_waited_for() -> None:
    assert RowsRead().seconds_to_count == math.inf


def test_an_overdue_count_is_due_at_once_and_a_done_one_never() -> None:
    rows = RowsRead()
    rows._is_counted = False
    rows.count_soon()
    assert rows.seconds_to_count == 0.0
    rows._count_due = time.monotonic() + 100
    assert 99 < rows.seconds_to_count <= 100
    rows._is_counted = True
    assert rows.seconds_to_count == math.inf
