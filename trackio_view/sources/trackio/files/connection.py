"""Reads a project's database in a worker thread, a moment at a time, while everything
else goes on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import anyio
from anyio import CancelScope, to_thread

from trackio_view.sources.trackio.faults import interrupted
from trackio_view.sources.trackio.files.access import Access
from trackio_view.sources.trackio.files.database import Locks, ProjectConnection, open_database
from trackio_view.sources.trackio.files.salvage import open_salvaged

Result = TypeVar("Result")


class Interruptible(Protocol):
    """What another thread may let fail."""

    def interrupt(self) -> None:
        """Make the wait for an answer fail."""


class Stop:
    """Tells the work of another thread to end. The work asks it between pieces, and it stops a
    running query.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set = False
        self._connection: Interruptible | None = None

    def __call__(self) -> bool:
        """Return whether to end."""
        return self._set

    def hold(self, connection: Interruptible) -> None:
        """Interrupt this connection's queries when the work is to end; raises if it already is."""
        with self._lock:
            self._connection = connection
        if self._set:
            raise interrupted()

    def let_go(self) -> None:
        """Interrupt the connection no more: it is about to be closed."""
        with self._lock:
            self._connection = None

    def set(self) -> None:
        with self._lock:
            self._set = True
            if self._connection is not None:
                self._connection.interrupt()


class _Errand(Generic[Result]):
    """Work for another thread that can be called off as long as it has not begun."""

    def __init__(self, work: Callable[[Stop], Result]) -> None:
        self.stop = Stop()
        self.ended = threading.Event()
        self._work = work
        self._lock = threading.Lock()
        self._called_off = self._begun = False

    def run(self) -> Result:
        with self._lock:
            if self._called_off:
                raise interrupted()
            self._begun = True
        try:
            return self._work(self.stop)
        finally:
            self.ended.set()

    def call_off(self) -> bool:
        """Stop the work, or let it never begin; return whether its end is to be waited for."""
        with self._lock:
            self._called_off = True
        self.stop.set()
        return self._begun


async def in_thread(work: Callable[[Stop], Result], *, is_left_behind: bool = False) -> Result:
    """Return what `work` returns in a worker thread, which is told to stop when we are cancelled.

    A thread cannot be cancelled: it is waited for, whatever it was doing has ended when this does.
    Only one that holds nothing of a file's may be left behind, as it waits for a network.
    No task of our own waits beside it to be cancelled: each would leave a knot of frames that refer
    to each other, megabytes in an hour.
    """
    errand = _Errand(work)
    try:
        return await to_thread.run_sync(errand.run, abandon_on_cancel=True)
    except anyio.get_cancelled_exc_class():
        if errand.call_off() and not is_left_behind:
            with CancelScope(shield=True):
                await to_thread.run_sync(errand.ended.wait)
        raise


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
        if self._copy is not None:
            with CancelScope(shield=True):
                await to_thread.run_sync(self._copy.close)
            self._copy = None
