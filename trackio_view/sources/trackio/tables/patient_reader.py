"""A project that is opened to be read once: passing faults are waited for, damaged files copied."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence

from trackio_view.light_typing import TYPE_CHECKING, Any
from trackio_view.sources.trackio.faults import (
    DatabaseFault,
    FaultKind,
    another,
    empty,
    explain,
    replaced,
)
from trackio_view.sources.trackio.files.access import Access
from trackio_view.sources.trackio.files.database import (
    PATIENCE,
    REST_PATIENCE,
    Locks,
    open_at_rest,
    open_database,
)
from trackio_view.sources.trackio.tables.schema import Schema

if TYPE_CHECKING:
    from trackio_view.sources.trackio.reader import Reader, Row

_RETRY_PAUSE = 0.05


class PatientReader:
    """Asks a project questions, and opens it anew where its writer, a lock or damage asks for it.

    Raises DatabaseFault, sqlite3.Error or OSError where it cannot be read. Locks are waited for,
    for two seconds.
    """

    def __init__(
        self,
        path: str,
        opened: Callable[[], Reader] | None = None,
        salvaged: Callable[[], Reader] | None = None,
    ) -> None:
        """`opened` returns the connection where there is no file at `path`.

        `salvaged` returns a copy of the readable part, where that is made elsewhere.
        """
        self.path = path
        self._opened = opened
        self._salvaged = salvaged
        self.is_shared = False
        """Whether the project was found in use: then no wait for a quiet moment is made again."""
        self._is_far = False
        """Whether a server reads it for us: then no index is walked through."""
        self._connection: Reader | None = None
        self._schema: Schema | None = None
        self._asked_of: tuple[int, Schema] | None = None
        """The file, and its tables, for which it is known whether rows have no run id."""
        self._has_rows_without_id = False
        self._newest: list[Row] = []
        """The newest row when it was opened first. As long as it is there, what was read and what
        will be read belong together.
        """

    @property
    def schema(self) -> Schema:
        """The tables that there are. Raises DatabaseFault before the project is open."""
        if self._schema is None:
            raise empty()
        return self._schema

    @property
    def damage(self) -> str | None:
        """What could not be read of a damaged project, in one sentence."""
        return None if self._connection is None else self._connection.damage

    @property
    def holds_up_writers(self) -> bool:
        """Whether a long question is in somebody's way: the writer's, or a server's."""
        return self.is_shared or self._is_far

    def close(self) -> None:
        """Close it, as often as one likes; the next question opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def open(self, *, insist: bool = False) -> None:
        """Open the project, waiting for a passing fault to pass, and find out what it holds.

        With `insist`, the project is opened with locks, which keep it as it is while it is read;
        likewise where its writer was busy each time that it was opened.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            insist = insist or time.monotonic() > deadline - PATIENCE / 2
            try:
                self.close()
                self._connection = self._open(insist)
                access = self._connection.access
                self.is_shared = access.takes_locks
                self._is_far = access is Access.REMOTE
                self._schema = self._schema_of(self._connection)
                self._recognise(self._connection)
            except Exception as error:
                self.close()
                fault = explain(error)
                if fault is not None and fault.kind is FaultKind.DAMAGED:
                    self.salvage(error)
                    return
                passes = fault is not None and fault.kind is FaultKind.TRANSIENT
                if not passes or (insist and time.monotonic() > deadline):
                    raise
                time.sleep(_RETRY_PAUSE)
                continue
            if self._schema is None:
                self.close()
                raise empty()
            return

    def _open(self, insist: bool) -> Reader:
        if self._opened is not None:
            return self._opened()
        if insist:
            return open_database(self.path, locks=Locks.ALWAYS)
        return open_at_rest(self.path, 0.0 if self.is_shared else REST_PATIENCE)

    def fetch(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return all rows of a query."""
        started = time.monotonic()
        while True:
            waited = time.monotonic() - started
            if self._connection is None:
                # A question may take longer than the rest between two flushes.
                self.open(insist=waited > PATIENCE / 2)
            try:
                return self._fetch_once(query, values)
            except (DatabaseFault, sqlite3.Error) as error:
                fault = explain(error)
                if fault is not None and fault.kind is FaultKind.DAMAGED and self.damage is None:
                    self.salvage(error)
                    continue
                if fault is None or fault.kind is not FaultKind.TRANSIENT or waited > PATIENCE:
                    raise
            self.close()
            time.sleep(_RETRY_PAUSE)

    def _fetch_once(self, query: str, values: Sequence[Any]) -> list[Row]:
        connection = self._connection
        if connection is None:
            raise replaced()
        rows = connection.fetch(query, values)
        if connection.access.takes_locks:
            # Its writer cannot fold its WAL in before we have closed it.
            self.close()
        return rows

    def _recognise(self, connection: Reader) -> None:
        """Raise `another` where the project is not the one that was opened first."""
        schema = self._schema
        if schema is None or self._is_far:
            return
        if not self._newest:
            self._newest = connection.fetch(schema.newest_row)
        elif connection.fetch(schema.witnesses([self._newest[0][0]])) != self._newest:
            raise another()

    def salvage(self, error: Exception) -> None:
        """Read on in a copy of what is readable; raise `error` where that is nothing."""
        self._asked_of = None
        if self._salvaged is not None:
            if self.damage is not None:
                raise error
            self._connection = self._salvaged()
            self._schema = self._schema_of(self._connection)
            return
        from trackio_view.sources.trackio.files.salvage import open_salvaged

        self.close()
        connection = open_salvaged(self.path)
        schema = self._schema_of(connection)
        if schema is None:
            connection.close()
            raise error
        # The file may be in order again where its copy lacks nothing. The fault is told anyway.
        connection.damage = connection.damage or str(explain(error))
        self._connection, self._schema = connection, schema

    def _schema_of(self, connection: Reader) -> Schema | None:
        """Return the tables, and ask once of a file whether rows have no run id.

        Without an index all rows are looked at for that, and a project that is in use is opened
        anew for each question.
        """
        schema = Schema.of(connection)
        query = None if schema is None else schema.rows_without_id
        if schema is None or query is None:
            return schema
        asked_of = None if connection.opened is None else (connection.opened.database[0], schema)
        if asked_of is None or asked_of != self._asked_of:
            self._has_rows_without_id = bool(connection.fetch(query))
            self._asked_of = asked_of
        return schema._replace(has_rows_without_id=self._has_rows_without_id)
