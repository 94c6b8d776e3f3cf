"""A project's database in a thread of its own: opened, asked and closed while all else goes on."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
import anyio
from anyio import CancelScope, to_thread

from trackio_view.sources.access import Access, Signature
from trackio_view.sources.database import (
    ProjectConnection,
    Row,
    decode_text,
    is_text_fault,
    open_database,
)
from trackio_view.sources.faults import replaced
from trackio_view.sources.salvage import open_salvaged

_CLOSING_SECONDS = 2.0


class Reader:
    """One connection in aiosqlite's thread, and how it was opened."""

    def __init__(self, database: aiosqlite.Connection, connection: ProjectConnection) -> None:
        self._database = database
        self._connection = connection
        self.access = connection.access
        self.opened = connection.opened
        self.damage = connection.damage

    async def fetch(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return all rows of a query. Raises a fault where they may be torn."""
        try:
            rows = await self._database.execute_fetchall(query, values)
        except sqlite3.OperationalError as error:
            if not is_text_fault(error):
                raise
            self._database.text_factory = decode_text
            rows = await self._database.execute_fetchall(query, values)
        if self.access is Access.IMMUTABLE and await self.outdated():
            raise replaced()
        return list(rows)  # type: ignore[arg-type]

    def outdated_by(self, now: Signature) -> bool:
        """Return whether files in the state `now` must be opened anew."""
        return self._connection.outdated_by(now)

    async def outdated(self) -> bool:
        # Even a stat may take seconds on a disk far away.
        return await to_thread.run_sync(lambda: self._connection.outdated)


@asynccontextmanager
async def connected(path: str, *, salvage: bool = False) -> AsyncIterator[Reader]:
    """Open the database in a thread of its own, and close it whatever happens.

    With `salvage`, a copy of what is readable of it.

    aiosqlite only abandons what is cancelled: the thread would go on, hold the process, and leave
    the connection open. So opening is shielded (and told to stop), and closing interrupts first.
    """
    stop = threading.Event()
    opened: list[ProjectConnection] = []
    failures: list[Exception] = []

    def open_here() -> sqlite3.Connection:
        try:
            open_now = open_salvaged if salvage else open_database
            opened.append(open_now(path, should_stop=stop.is_set))
        except Exception as error:
            # Given to aiosqlite, a failure would leave its thread talking to a loop long closed.
            failures.append(error)
            return sqlite3.connect(":memory:")
        return opened[0]

    database = aiosqlite.Connection(open_here, 64)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_set_when_cancelled, stop)
            with CancelScope(shield=True):
                await database
            tasks.cancel_scope.cancel()
        if failures:
            raise failures[0]
        yield Reader(database, opened[0])
    finally:
        with anyio.move_on_after(_CLOSING_SECONDS, shield=True):
            await database.interrupt()
            await database.close()


async def _set_when_cancelled(event: threading.Event) -> None:
    try:
        await anyio.sleep_forever()
    finally:
        event.set()
