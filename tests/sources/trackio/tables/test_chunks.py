"""The number of rows that are read at once, and the time for which a database is open."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import pytest

from trackio_view.sources.trackio.files.access import Access
from trackio_view.sources.trackio.reader import Reader
from trackio_view.sources.trackio.tables.chunks import ChunkSize, visit_seconds


@dataclass
class _Opened:
    access: Access
    latency: float = 0.0


def opened(access: Access, latency: float = 0.0) -> Reader:
    return cast(Reader, _Opened(access, latency))


def begun(access: Access, row_bytes: int = 100) -> ChunkSize:
    chunk = ChunkSize()
    chunk.begin(opened(access), row_bytes)
    return chunk


def test_it_begins_with_as_many_rows_as_weigh_little() -> None:
    assert begun(Access.SHARED).rows == 256
    assert begun(Access.SHARED, row_bytes=8_192).rows == 128
    assert begun(Access.SHARED, row_bytes=10**9).rows == 16, "or with a few heavy ones"
    assert begun(Access.ROLLBACK).rows == 16, "where the writer waits, with few"
    waiting = ChunkSize()
    waiting.begin(None, 100)
    assert waiting.rows == 256, "what waits in an inbox holds up nobody"


@pytest.mark.parametrize(
    ("access", "latency", "fetching", "working", "rows"),
    [
        (Access.SHARED, 0.0, 9.0, 0.02, 256),
        (Access.SHARED, 0.0, 0.0, 0.04, 128),
        (Access.SHARED, 0.0, 0.0, 9.0, 64),
        (Access.SHARED, 0.0, 0.0, 0.0, 512),
        (Access.ROLLBACK, 0.0, 0.006, 9.0, 256),
        (Access.ROLLBACK, 0.0, 0.012, 0.0, 128),
        (Access.REMOTE, 0.0, 0.16, 0.0, 128),
        (Access.REMOTE, 0.08, 0.16, 9.0, 256),
    ],
)
def test_it_follows_what_rows_cost(
    access: Access, latency: float, fetching: float, working: float, rows: int
) -> None:
    chunk = ChunkSize()
    chunk.rows = 256
    chunk.adapt(opened(access, latency), 256, fetching, working)
    assert chunk.rows == rows


def test_it_stays_within_bounds() -> None:
    chunk = begun(Access.SHARED)
    for _ in range(9):
        chunk.adapt(opened(Access.SHARED), chunk.rows, 0.0, 0.0)
    assert chunk.rows == 1_000
    for _ in range(9):
        chunk.adapt(opened(Access.SHARED), chunk.rows, 9.0, 9.0)
    assert chunk.rows == 16


def test_the_last_rows_of_a_project_make_it_no_larger() -> None:
    chunk = begun(Access.SHARED)
    chunk.adapt(opened(Access.SHARED), 3, 0.0, 0.0)
    assert chunk.rows == 256


def test_a_chunk_that_was_too_much_is_asked_for_in_quarters_down_to_one_row() -> None:
    chunk = begun(Access.SHARED)
    chunk.was_too_much()
    assert chunk.rows == 64
    for _ in range(9):
        chunk.was_too_much()
    assert chunk.rows == 1


@pytest.mark.parametrize(
    ("reader", "seconds"),
    [
        (opened(Access.COPY), math.inf),
        (opened(Access.IMMUTABLE), 0.04),
        (opened(Access.SHARED), 0.0),
        (opened(Access.ROLLBACK), 0.0),
        (opened(Access.REMOTE, 0.05), 0.5),
    ],
)
def test_a_database_is_open_for_as_long_as_nobody_waits_for_it(
    reader: Reader, seconds: float
) -> None:
    assert visit_seconds(reader) == pytest.approx(seconds)
