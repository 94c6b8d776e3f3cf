"""An index on a run's steps tells about the rows before those that were read."""

from __future__ import annotations

from typing import Any

import pytest

from trackio_view.sources.trackio.files.database import fetch, open_database
from trackio_view.sources.trackio.tables.rows_before import RowsBefore
from trackio_view.sources.trackio.tables.schema import Schema


@pytest.mark.parametrize(
    ("steps", "begins_again"),
    [
        ([0, 1, 2, 3, 4, 5], True),
        # An earlier row has a step in that range or beyond it, so the steps did not only rise.
        ([0, 1, 2, 3, 1, 5], False),
        ([0, 1, 2, 3, 9, 5], False),
        # No earlier row has the first step of the rows that were read.
        ([0, 1, 2, 4, 5], False),
        # No earlier row has a higher step.
        ([0, 1, 2, 3], False),
    ],
)
def test_steps_that_rose_to_their_end_and_fall_back_begin_again(
    project: Any, steps: list[int], begins_again: bool
) -> None:
    project.execute("CREATE INDEX by_step ON metrics(run_id, step)")
    project.log([{"loss": 1.0} for _ in (*steps, 3, 4)], steps=[*steps, 3, 4])
    connection = open_database(str(project.path))
    try:
        schema = Schema.of(connection)
        assert schema is not None

        def ask(query: str, values: Any = ()) -> Any:
            return fetch(connection, query, values)

        before = RowsBefore(ask, schema, "id-run", may_walk=True)
        before.goes_up_to(len(steps) + 1, len(steps) + 2)
        assert before.begins_again(3, frozenset({"loss"})) is begins_again
        assert not before.begins_again(3, frozenset({"accuracy"}))
        # The row of step 4 counts, although it was read.
        assert before.count_from(4, 9) == sum(step >= 4 for step in steps) + 1
        assert before.is_repeated(2, frozenset({"loss"}))
        assert not before.is_repeated(2, frozenset({"accuracy"}))
    finally:
        connection.close()


def test_of_rows_that_are_read_from_the_newest_back_all_count(project: Any) -> None:
    project.execute("CREATE INDEX by_step ON metrics(run_id, step)")
    project.log([{"loss": 1.0}] * 9, steps=range(9))
    connection = open_database(str(project.path))
    try:
        schema = Schema.of(connection)
        assert schema is not None

        def ask(query: str, values: Any = ()) -> Any:
            return fetch(connection, query, values)

        before = RowsBefore(ask, schema, "id-run", may_walk=True)
        for first, last in ((6, 8), (3, 5), (1, 2)):
            before.goes_up_to(first, last)
            assert before.count_from(0, 99) == 8, "the ninth row came since"
    finally:
        connection.close()
