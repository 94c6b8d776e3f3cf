"""A damaged database, which is read without holding up its writer."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind, replaced
from trackio_view.sources.trackio.files.access import LOCKING_ROWS, Signature
from trackio_view.sources.trackio.files.database import ProjectConnection, fetch, open_database

if TYPE_CHECKING:
    from trackio_view.sources.trackio.reader import Row


Result = TypeVar("Result")

_CHUNK_ROWS = 1_000
_ATTEMPTS = 3


class DamagedFile:
    """A damaged database.

    One that is at rest, or that was copied, stays open. One in use is opened for each question
    and closed after it: while it is open its writer cannot fold the WAL in.
    """

    def __init__(self, path: str, should_stop: Callable[[], bool]) -> None:
        self.path = os.path.abspath(path)
        self.opened: Signature | None = None
        """The state of the files when they were opened first: what changes later is read later."""
        self.chunk_rows = _CHUNK_ROWS
        self._should_stop = should_stop
        self._connection: ProjectConnection | None = None

    def fetch(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return the rows of a query, as `database.fetch` does."""
        return self.visit(lambda connection: fetch(connection, query, values))

    def visit(self, work: Callable[[ProjectConnection], Result]) -> Result:
        """Return what `work` returns of the opened database."""
        for attempt in range(_ATTEMPTS):
            connection = self._connection or self._open()
            try:
                return work(connection)
            except DatabaseFault as fault:
                # The file was found at rest and is being written now, so it is asked again with
                # locks.
                torn = fault.kind is FaultKind.TRANSIENT and not connection.access.takes_locks
                if not torn or attempt == _ATTEMPTS - 1:
                    raise
                self.close()
            finally:
                if connection.access.takes_locks:
                    self.close()
        raise replaced()

    def _open(self) -> ProjectConnection:
        connection = open_database(self.path, salvage=True, should_stop=self._should_stop)
        self._connection, state = connection, connection.opened
        self.opened = self.opened or state
        if state is None or self.opened is None or state.database[0] != self.opened.database[0]:
            self.close()
            raise replaced()
        if connection.access.takes_locks:
            self.chunk_rows = LOCKING_ROWS
        return connection

    def close(self) -> None:
        """Close the database until the next question."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
