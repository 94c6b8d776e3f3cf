"""The tables of a far database without their rows, which answer questions about its schema.

A server refuses `pragma_table_info(...)` within a statement. It does tell the statements that made
its tables and indexes, so these are made again here, in memory and empty.
"""

from __future__ import annotations

import contextlib
import sqlite3
import weakref
from collections.abc import Iterable, Sequence
from typing import Any

from trackio_view.sources.trackio.reader import Row

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
"""The permissions to make empty tables: no statement can read a file or compute for long."""


class TableMirror:
    """Empty tables made by a far database's statements."""

    def __init__(self, statements: Iterable[Any]) -> None:
        # Questions come from one worker thread now, and from another later.
        tables = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._tables = tables
        # Nobody closes a reader that is dropped, and Python 3.13 warns where the collector finds an
        # open database: so the tables are closed here.
        weakref.finalize(self, tables.close)
        # A bound method would keep this object alive as long as the tables.
        tables.set_authorizer(_while_made)
        for statement in list(statements)[:_MOST_STATEMENTS]:
            if isinstance(statement, str) and len(statement) <= _LONGEST_STATEMENT:
                # A table that cannot be made here counts as missing.
                with contextlib.suppress(sqlite3.Error, sqlite3.Warning, ValueError):
                    tables.execute(statement)
        tables.set_authorizer(_once_made)

    def fetch(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return the rows of a query for the schema."""
        return self._tables.execute(query, values).fetchall()

    def width(self, query: str, values: Sequence[Any] = ()) -> int:
        """Return how many columns the rows of a query have."""
        return len(self._tables.execute(query, values).description)


def _while_made(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_OK if action in _MAKING else sqlite3.SQLITE_DENY


def _once_made(*_: object) -> int:
    return sqlite3.SQLITE_OK
