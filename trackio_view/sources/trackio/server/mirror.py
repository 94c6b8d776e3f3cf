"""The tables of a far database without their rows: what asks of its schema is answered here.

A server lets nobody ask `pragma_table_info(...)` within a statement. What it tells is how its
tables and indexes were made, so they are made again, in memory and empty.
"""

from __future__ import annotations

import contextlib
import sqlite3
import weakref
from collections.abc import Iterable, Sequence
from typing import Any

from trackio_view.sources.trackio.reader import Row

STATEMENTS = "SELECT sql FROM sqlite_master"
"""What tells how the tables were made; TrackIO's own tables are some twenty."""
_MOST_STATEMENTS = 500
_LONGEST_STATEMENT = 20_000

_MAKING = frozenset(
    {
        sqlite3.SQLITE_CREATE_TABLE,
        sqlite3.SQLITE_CREATE_INDEX,
        sqlite3.SQLITE_INSERT,
        sqlite3.SQLITE_UPDATE,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_REINDEX,
        sqlite3.SQLITE_TRANSACTION,
    }
)
"""What making an empty table takes; no statement can read a file, or compute for long."""


class TableMirror:
    """Empty tables made by a far database's statements."""

    def __init__(self, statements: Iterable[Any]) -> None:
        # Asked in one worker thread now, and in the next later on.
        tables = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._tables = tables
        # Who drops a reader closes none of what it keeps, and the collector may come upon the
        # tables first: Python 3.13 complains of those that are not closed.
        weakref.finalize(self, tables.close)
        # No method of ours: it would keep us for as long as the tables are.
        tables.set_authorizer(_while_made)
        for statement in list(statements)[:_MOST_STATEMENTS]:
            if isinstance(statement, str) and len(statement) <= _LONGEST_STATEMENT:
                # What cannot be made here is a table that is not there.
                with contextlib.suppress(sqlite3.Error, sqlite3.Warning, ValueError):
                    tables.execute(statement)
        tables.set_authorizer(_once_made)

    def fetch(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return the rows of a query for the schema."""
        return self._tables.execute(query, values).fetchall()

    def width(self, query: str, values: Sequence[Any] = ()) -> int:
        """Return how many columns the rows of a query have."""
        return len(self._tables.execute(query, values).description)

    def close(self) -> None:
        self._tables.close()


def _while_made(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_OK if action in _MAKING else sqlite3.SQLITE_DENY


def _once_made(*_: object) -> int:
    return sqlite3.SQLITE_OK
