"""Rows from all parts of a project, which are drawn while it is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import pytest

from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind
from trackio_view.sources.trackio.files.access import Access
from trackio_view.sources.trackio.reader import Reader, Row
from trackio_view.sources.trackio.tables.previews import PREVIEW_SEEKS, PREVIEW_TAIL, Previews
from trackio_view.sources.trackio.tables.schema import Schema


class _Rows:
    """A project with a number of rows, which keeps the questions."""

    def __init__(self, count: int, access: Access = Access.SHARED) -> None:
        self.count = count
        self.access = access
        self.asked: list[list[int]] = []
        self.refuses = False

    def fetch(self, query: str, _: Sequence[Any] = ()) -> list[Row]:
        among = re.search(r"IN \(([\d,]+)\)", query)
        if among is None:
            return [(1 if self.count else None, self.count or None)]
        if self.refuses:
            raise DatabaseFault("Too many rows.", FaultKind.TOO_MUCH)
        self.asked.append([int(one) for one in among[1].split(",")])
        return []


def read(previews: Previews, rows: _Rows, schema: Schema) -> list[int] | None:
    rows.asked.clear()
    found = previews.read(cast(Reader, rows), schema)
    return None if found is None else [one for some in rows.asked for one in some]


@pytest.fixture
def schema() -> Schema:
    return Schema(frozenset({"id", "metrics", "run_id"}), frozenset(), frozenset())


def begun(ids: int, row_bytes: int = 100) -> Previews:
    previews = Previews()
    previews.begin(ids, row_bytes)
    return previews


def test_a_short_project_has_none_and_others_not_too_often(schema: Schema) -> None:
    assert not begun(6_000).is_due(0.0)
    previews = begun(6_001)
    assert previews.is_due(0.0)
    read(previews, _Rows(9_000), schema)
    assert not previews.is_due(60.0)
    assert previews.is_due(0.0)


def test_it_has_rows_from_all_over_and_all_of_the_newest(schema: Schema) -> None:
    ids = read(begun(100_000), _Rows(100_000), schema)
    assert ids is not None
    assert ids == sorted(set(ids))
    assert ids[0] == 1
    assert ids[-PREVIEW_TAIL:] == list(range(100_000 - PREVIEW_TAIL + 1, 100_001))
    spread = ids[: -PREVIEW_TAIL - 1]
    assert len(spread) == pytest.approx(PREVIEW_SEEKS, rel=0.03)
    assert {after - before for before, after in pairwise(spread)} == {49}


def test_heavy_rows_are_fewer(schema: Schema) -> None:
    ids = read(begun(100_000, row_bytes=100_000), _Rows(100_000), schema)
    assert ids is not None
    assert len(ids) == pytest.approx((8 << 20) / 100_000, rel=0.1)


def test_a_writer_is_held_up_for_few_rows_at_a_time(schema: Schema) -> None:
    rows = _Rows(100_000, Access.ROLLBACK)
    read(begun(100_000), rows, schema)
    assert {len(ids) for ids in rows.asked[:-1]} == {100}
    rows = _Rows(100_000)
    read(begun(100_000), rows, schema)
    assert len(rows.asked) == 1


def test_nothing_is_read_where_no_row_has_come(schema: Schema) -> None:
    previews, rows = begun(10_000), _Rows(10_000)
    assert read(previews, rows, schema)
    assert read(previews, rows, schema) is None
    rows.count += 1
    assert read(previews, rows, schema)
    assert read(begun(10_000), _Rows(0), schema) is None
    previews.begin(10_001, 100)
    assert read(previews, rows, schema), "another load begins anew"


def test_after_too_much_the_next_one_is_tried_with_a_quarter(schema: Schema) -> None:
    previews, rows = begun(100_000, row_bytes=10_000), _Rows(100_000)
    whole = read(previews, rows, schema)
    previews.begin(100_000, 10_000)
    rows.refuses = True
    with pytest.raises(DatabaseFault):
        read(previews, rows, schema)
    rows.refuses = False
    quarter = read(previews, rows, schema)
    assert whole is not None
    assert quarter is not None
    assert len(quarter) == pytest.approx(len(whole) / 4, rel=0.1)
