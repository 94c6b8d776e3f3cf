"""Watches one project: an async producer of what its database holds and what is added to it."""

from __future__ import annotations

import logging
import math
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress

import anyio
from anyio import to_thread
from anyio.streams.memory import MemoryObjectSendStream

from trackio_view.model.events import DataEvent, ProjectVanished, Severity
from trackio_view.model.missing_project import awaited, first_row_awaited, return_awaited
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.source import DATABASE
from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind, explain, missing
from trackio_view.sources.trackio.files.access import (
    Signature,
    at_rest,
    may_rest_soon,
    settled,
    signature,
)
from trackio_view.sources.trackio.files.database import (
    PATIENCE,
    REST_PATIENCE,
    Locks,
    open_database,
)
from trackio_view.sources.trackio.files.file_watch import FileWatch
from trackio_view.sources.trackio.files.locations import ProjectFile
from trackio_view.sources.trackio.files.visits import Visits
from trackio_view.sources.trackio.inbox import Inbox
from trackio_view.sources.trackio.notices import Notices
from trackio_view.sources.trackio.tables.following import Follower
from trackio_view.sources.trackio.waiting_rows import WaitingRows

_log = logging.getLogger(__name__)

_QUICK_RETRY = 0.1
_SALVAGE_SHARE = 0.1
"""The share of time that may go into copying what is readable of a damaged database."""
_DAMAGE_RETRY = 30.0
"""Seconds after which a fault that needs someone to change the file is looked at again."""

_REST_PAUSE = 0.02
_TURN_SECONDS = 5.0
"""How long a turn to read from the beginning is waited for."""
_SHORT_TURN_SECONDS = 0.05
"""The same for reading what is new: it is short, so that a lock or a slow disk of one project does
not hold up the others."""


async def watch_project(
    path: str | os.PathLike[str],
    project: ProjectId,
    interval: float,
    send: MemoryObjectSendStream[DataEvent],
    *,
    files: FileWatch | None = None,
    loads: anyio.CapacityLimiter | None = None,
    inbox: Inbox | None = None,
) -> None:
    """Send all that the project at `path` holds, then what is added, until cancelled.

    The file may be missing, replaced, damaged or locked at any time: that makes a notice, and the
    watch goes on. `interval` is the time between looks, in seconds. Ends where nobody receives.
    Watches that share `files` look together; those that share `loads` read from the beginning
    only as many at a time as it allows. What waits for the project in the `inbox` is sent, too.
    """
    files = files or FileWatch(interval, signature if inbox is None else inbox.signature)
    loads = loads or anyio.CapacityLimiter(1)
    try:
        file = ProjectFile(project, os.fspath(path))
        await _Looks(file, interval, send, files, loads, inbox).run()
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        return


class _Looks:
    """Decides when a project is looked at, and how faults are handled."""

    def __init__(
        self,
        file: ProjectFile,
        interval: float,
        send: MemoryObjectSendStream[DataEvent],
        files: FileWatch,
        loads: anyio.CapacityLimiter,
        inbox: Inbox | None,
    ) -> None:
        self._project, self._path = file
        self._interval = interval
        self._send = send
        self._files = files
        self._loads = loads
        self._notices = Notices(file.id)
        waiting = None if inbox is None else WaitingRows(inbox, file.id.name)
        self._follower = Follower(file.id, interval, self._notices, waiting)
        self._signature = signature if inbox is None else inbox.signature
        self._seen: Signature | None = None
        """The state of the files that was read to the end, or that could not be read."""
        self._looked: Signature | None = None
        """The state of the files at the newest look."""
        self._glanced: Signature | None = None
        """The state of the files that was read to its end by the thread that saw it."""
        self._trouble_since: float | None = None
        self._trouble_id: float = 0
        """The newest row that was read before the fault."""
        self._damaged = False
        """Whether the database was damaged when it was last read. Then it is read from a copy."""
        self._retry_at = 0.0

    async def run(self) -> None:
        state: Signature | None = None
        while True:
            pause: float | None = None
            try:
                pause = await self._look(state)
            except Exception as error:
                fault = explain(error)
                if fault is None:
                    raise
                _log.debug("%s cannot be read: %s", self._project, fault)
                pause = await self._report(fault)
            state = None
            if pause is None or pause == self._interval:
                state = await self._wait_for_change()
            else:
                await anyio.sleep(pause)

    async def _wait_for_change(self) -> Signature | None:
        """Wait until it may pay to look again; return the state of the files, if it was seen."""
        wait = self._retry_at - anyio.current_time()
        try:
            if wait == math.inf:
                return await self._files.change(self._path, self._seen, self._glance)
            if wait > 0:
                # We may look before the thread that reads for us has ended. It must not read on
                # then.
                with anyio.move_on_after(wait):
                    return await self._files.change(self._path, self._seen)
                return None
            return await self._files.change(self._path, None)
        except OSError:
            # The look itself will tell the fault.
            return None

    async def _look(self, state: Signature | None) -> float | None:
        """Read what is new, in one visit or many.

        Returns the pause, or `None` for as long as nothing changes.
        """
        if state is not None and state == self._glanced:
            self._looked, self._glanced = state, None
            await self._send_found()
            await self._read_to_the_end(state)
            return None
        if state is None:
            state = await to_thread.run_sync(self._signature, self._path)
        state = self._looked = await self._rested(state)
        if not state.exists:
            if not state.waiting:
                raise missing()
            await self._read_waiting(state)
            return None
        if state == self._seen and anyio.current_time() < self._retry_at:
            return None
        salvage = self._damaged
        locks = Locks.NEVER if at_rest(state) else Locks.IN_USE
        visits = Visits(self._path, locks=locks, salvage=salvage)
        started = anyio.current_time()
        try:
            async with self._turn():
                started = anyio.current_time()
                while not await self._visit(visits):
                    pass
        finally:
            await visits.close()
        took = 1000 * (anyio.current_time() - started)
        _log.debug("%s read to its end in %.1f ms", self._project, took)
        await self._read_to_the_end(state, visits.damage)
        if not salvage:
            return None
        return max(self._interval, (anyio.current_time() - started) / _SALVAGE_SHARE)

    def _glance(self, state: Signature) -> None:
        """Read what is new where that is a moment's work: what is at rest, and no other file.

        Called in another thread, while `run` waits. What fails is left for a look of our own.
        """
        follower = self._follower
        if self._damaged or not at_rest(state) or not follower.goes_on(state):
            return
        with suppress(DatabaseFault, sqlite3.Error, OSError):
            with closing(open_database(self._path, locks=Locks.NEVER)) as connection:
                is_all = follower.read(connection)
            if is_all:
                self._glanced = state

    async def _read_waiting(self, state: Signature) -> None:
        """Read what waits for a project whose file no server has made yet."""
        if state == self._seen:
            return
        await to_thread.run_sync(self._follower.read_waiting)
        await self._send_found()
        self._trouble_since, self._seen, self._retry_at = None, state, math.inf
        await self._say(DATABASE, None)

    async def _rested(self, state: Signature) -> Signature:
        """Wait for a moment at which nobody writes, if there is one soon; return the state then.

        A database is then read without anybody noticing. One that is never at rest is shared.
        """
        deadline = anyio.current_time() + REST_PATIENCE
        while not at_rest(state) and may_rest_soon(state) and anyio.current_time() < deadline:
            await anyio.sleep(_REST_PAUSE)
            state = await to_thread.run_sync(self._signature, self._path)
        return state

    async def _visit(self, visits: Visits) -> bool:
        """Read for as long as one visit may take; return whether there is nothing more."""
        try:
            return await visits.visit(self._follower.read)
        finally:
            await self._send_found()

    async def _send_found(self) -> None:
        for event in self._follower.take():
            await self._send.send(event)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for a turn to read, though not for ever.

        All projects at once would each get nowhere for long, and their threads would spend more
        time on waiting for each other than on reading. A load from the beginning takes long and
        waits for other loads; a look at new rows waits for other looks.
        """
        turns, patience = self._loads, _TURN_SECONDS
        if self._follower.generation:
            turns, patience = self._files.turns, _SHORT_TURN_SECONDS
        taken = False
        with anyio.move_on_after(patience):
            await turns.acquire()
            taken = True
        try:
            yield
        finally:
            if taken:
                turns.release()

    async def _read_to_the_end(self, state: Signature, damage: str | None = None) -> None:
        """Note that all of `state` was read, except for what the damage took."""
        self._trouble_since = None
        if self._damaged and damage is None:
            # The database was repaired, so it is read directly from now on.
            self._damaged, self._seen = False, None
        else:
            self._seen = state if settled(state) else None
        # Rows that were deleted may only be missed once they are counted.
        pause = _DAMAGE_RETRY if self._damaged else self._follower.seconds_to_count
        self._retry_at = anyio.current_time() + pause
        await self._say(DATABASE, damage, Severity.ERROR)

    async def _say(
        self, subject: str, text: str | None, severity: Severity = Severity.WARNING
    ) -> None:
        for notice in self._notices.news(subject, text, severity):
            await self._send.send(notice)

    async def _report(self, fault: DatabaseFault) -> float:
        """Tell the person of a fault, once, and return how long to wait."""
        now = anyio.current_time()
        if fault.kind is FaultKind.MISSING:
            self._seen = None
            if self._follower.lose_file():
                await self._send.send(ProjectVanished(self._project))
            if self._follower.generation:
                await self._say(DATABASE, return_awaited())
            else:
                await self._say(DATABASE, awaited(), Severity.INFO)
            return self._interval
        if fault.kind is FaultKind.EMPTY:
            await self._say(DATABASE, first_row_awaited(), Severity.INFO)
            return self._interval
        if fault.kind is FaultKind.TRANSIENT:
            self._seen = None
            if self._trouble_since is None or self._trouble_id != self._follower.last_id:
                # If rows have come since, this is another fault.
                self._trouble_since, self._trouble_id = now, self._follower.last_id
            if now - self._trouble_since >= PATIENCE:
                await self._say(DATABASE, fault.text_of_retries)
            return min(self._interval, _QUICK_RETRY)
        self._seen = self._looked if self._looked and settled(self._looked) else None
        self._retry_at = now + _DAMAGE_RETRY
        await self._say(DATABASE, fault.text, Severity.ERROR)
        if fault.kind is not FaultKind.DAMAGED:
            return self._interval
        # There may be rows behind the damage, now or later.
        self._follower.count_soon()
        if not self._damaged:
            self._damaged, self._seen = True, None
            return 0.0
        if self._follower.loading:
            await to_thread.run_sync(self._follower.finish_load)
            await self._send_found()
        return self._interval
