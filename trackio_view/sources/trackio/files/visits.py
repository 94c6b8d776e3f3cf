"""Reads a project's database in a worker thread, a moment at a time, while everything
else goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import CancelScope, to_thread

from trackio_view.sources.trackio.files.access import Access
from trackio_view.sources.trackio.files.database import Locks, ProjectConnection, open_database
from trackio_view.sources.trackio.files.salvage import open_salvaged
from trackio_view.sources.worker_thread import Stop, in_thread

Result = TypeVar("Result")


class Visits:
    """Opens a project's database for one visit after another, and closes it between them.

    The writer does not notice that anybody reads. Only a private copy stays open, because it takes
    long to make and no other process has it.
    """

    def __init__(self, path: str, *, locks: Locks = Locks.NEVER, salvage: bool = False) -> None:
        self._path = path
        self._locks = locks
        self._salvage = salvage
        self._copy: ProjectConnection | None = None
        self.damage: str | None = None
        """What is missing from a copy of a damaged database, in one sentence."""

    async def visit(self, work: Callable[[ProjectConnection], Result]) -> Result:
        """Return what `work` returns of the opened database; raises its faults."""
        return await in_thread(lambda stop: self._visit(work, stop))

    def _visit(self, work: Callable[[ProjectConnection], Result], stop: Stop) -> Result:
        connection = self._copy or self._open(stop)
        try:
            stop.hold(connection)
            self.damage = connection.damage
            return work(connection)
        finally:
            stop.let_go()
            if connection.access is Access.COPY:
                self._copy = connection
            else:
                connection.close()

    def _open(self, stop: Stop) -> ProjectConnection:
        if self._salvage:
            return open_salvaged(self._path, should_stop=stop)
        return open_database(self._path, locks=self._locks, should_stop=stop)

    async def close(self) -> None:
        """Remove the copy, if one was made."""
        if self._copy is not None:
            with CancelScope(shield=True):
                await to_thread.run_sync(self._copy.close)
            self._copy = None
