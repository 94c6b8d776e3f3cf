"""Watches one project: an async producer of what its database holds and what is added to it."""

from __future__ import annotations

import importlib
import math
import os
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiosqlite
import anyio
from anyio import CancelScope, to_thread
from anyio.streams.memory import MemoryObjectSendStream

from trackio_view.model.events import (
    AlertsLoaded,
    DataEvent,
    DetailsLoaded,
    HeartbeatsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    PreviewLoaded,
    ProjectVanished,
    RowsLoaded,
    Severity,
    SystemRowsLoaded,
)
from trackio_view.sources.access import Access, Signature, at_rest, settled, signature
from trackio_view.sources.alerts import AlertRows
from trackio_view.sources.database import (
    PATIENCE,
    ProjectConnection,
    Row,
    decode_text,
    is_text_fault,
    open_database,
)
from trackio_view.sources.faults import (
    DatabaseFault,
    damaged,
    empty,
    explain,
    missing,
    replaced,
)
from trackio_view.sources.file_watch import FileWatch
from trackio_view.sources.heartbeats import HEARTBEAT_COLUMNS, decode_heartbeats, heartbeats_query
from trackio_view.sources.overview import decode_details
from trackio_view.sources.project_list import watch_projects_list
from trackio_view.sources.rows import DecodedRows, as_text, broken_rows_sentence, decode
from trackio_view.sources.salvage import open_salvaged
from trackio_view.sources.schema import READ_SCHEMA, Schema, id_before
from trackio_view.sources.system_rows import SystemRows

__all__ = ["watch_project", "watch_projects_list"]

PREVIEW_SEEKS = 2_000
"""Rows of a preview that are spread over the whole project."""
PREVIEW_TAIL = 1_500
"""The newest rows, all of which a preview has."""
_WORTH_NUMPY = 20_000
_PREVIEW_WORTHWHILE = 6_000
"""Projects of fewer ids are read whole before a preview could be drawn."""

_CHUNK_SECONDS = 0.02
_LOCKING_SECONDS = 0.006
"""Where a read holds up the writer: aimed at, so that 10 ms are kept."""
_FIRST_CHUNK_ROWS = 256
_FIRST_CHUNK_BYTES = 1 << 20
_PREVIEW_BYTES = 8 << 20
_MOST_CHUNK_ROWS = 1_000
_LEAST_CHUNK_ROWS = 16
_LOCKING_SEEKS = 100
_LOCKING_COUNT = 5_000

_INLINE_ROWS = 32
"""Fewer rows are decoded sooner than a thread is asked to."""
_MOST_WITNESSES = 500
_COUNT_SHARE = 0.02
"""The share of time that may go into counting rows, to notice those deleted."""
_QUICK_RETRY = 0.1
_SALVAGE_SHARE = 0.1
"""The share of time that may go into copying what is readable of a damaged database."""
_DAMAGE_RETRY = 30.0
"""Seconds after which a fault that needs someone to change the file is looked at again."""

_QUIET_SECONDS = 30.0
"""A connection is closed when nothing has changed for this long."""
_TURN_SECONDS = 5.0
_HEARTBEAT_SECONDS = 5.0

_DATABASE, _ROWS, _SYSTEM_ROWS = "database", "rows", "system rows"
_WAITING = "Waiting for the first row."


async def watch_project(
    path: str | os.PathLike[str],
    name: str,
    interval: float,
    send: MemoryObjectSendStream[DataEvent],
    *,
    files: FileWatch | None = None,
    loads: anyio.CapacityLimiter | None = None,
) -> None:
    """Send all that the project at `path` holds, then what is added, until cancelled.

    The file may be missing, replaced, damaged or locked at any time: that makes a notice, and the
    watch goes on. `interval` is the time between looks, in seconds. Ends where nobody receives.
    Watches that share `files` look together; those that share `loads` read from the beginning
    only as many at a time as it allows.
    """
    files = files or FileWatch(interval)
    loads = loads or anyio.CapacityLimiter(1)
    try:
        await _Watch(os.fspath(path), name, interval, send, files, loads).run()
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        return


class _Reader:
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


_CLOSING_SECONDS = 2.0


@asynccontextmanager
async def _connected(path: str, *, salvage: bool = False) -> AsyncIterator[_Reader]:
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
        yield _Reader(database, opened[0])
    finally:
        with anyio.move_on_after(_CLOSING_SECONDS, shield=True):
            await database.interrupt()
            await database.close()


async def _set_when_cancelled(event: threading.Event) -> None:
    try:
        await anyio.sleep_forever()
    finally:
        event.set()


class _Watch:
    """What is known of a project between two looks at it."""

    def __init__(
        self,
        path: str,
        name: str,
        interval: float,
        send: MemoryObjectSendStream[DataEvent],
        files: FileWatch,
        loads: anyio.CapacityLimiter,
    ) -> None:
        self._path = path
        self._name = name
        self._interval = interval
        self._send = send
        self._files = files
        self._loads = loads
        self._notices: dict[str, str] = {}
        self._generation = 0
        self._inode = 0
        self._identity = ""
        self._seen: Signature | None = None
        """The state of the files that was read to the end, or that could not be read."""
        self._looked: Signature | None = None
        """The state of the files at the newest look."""
        self._loading = False
        self._load_end = 0
        self._shows_previews = False
        self._last_id: float = 0
        self._row_count = 0
        self._size = 0
        self._row_bytes = 1
        self._broken = 0
        self._last_rows: dict[str, int] = {}
        self._system = SystemRows()
        self._detail_rows: list[Row] | None = None
        self._alerts = AlertRows()
        self._alerts_generation = 0
        """The generation whose first alerts were read."""
        self._chunk_rows = _LEAST_CHUNK_ROWS
        self._preview_id = 0
        self._preview_time = 0.0
        self._count_due = 0.0
        self._trouble_since: float | None = None
        self._damaged = False
        """Whether the database was damaged when it was last read: then it is read from a copy."""
        self._retry_at = 0.0
        self._schema: Schema | None = None
        self._schema_version: tuple[_Reader, int] | None = None
        """The connection by which the schema was read, and its version then."""
        self._heartbeat_columns: list[str] | None = None
        self._heartbeat_id = 0
        self._heartbeats_due = 0.0

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
            if wait > 0:
                with anyio.move_on_after(wait):
                    return await self._files.change(self._path, self._seen)
                return None
            return await self._files.change(self._path, None)
        except OSError:
            # Looking itself tells what the matter is.
            return None

    async def _look(self, state: Signature | None) -> float | None:
        """Open, read what is new, keep reading while the connection lasts.

        Returns the pause, or `None` for as long as nothing changes.
        """
        if state is None:
            state = await to_thread.run_sync(signature, self._path)
        self._looked = state
        if not state.exists:
            raise missing()
        if state == self._seen and anyio.current_time() < self._retry_at:
            return None
        salvage = self._damaged
        async with AsyncExitStack() as connection:
            async with self._turn():
                started = anyio.current_time()
                reader = await connection.enter_async_context(
                    _connected(self._path, salvage=salvage)
                )
                await self._read(reader, state)
            if salvage:
                cost = anyio.current_time() - started
                return max(self._interval, cost / _SALVAGE_SHARE)
            if not reader.access.lasts:
                return None
            while True:
                now: Signature | None = None
                with anyio.move_on_after(_QUIET_SECONDS):
                    now = await self._files.change(self._path, self._seen)
                if now is None:
                    break
                self._looked = now
                if not now.exists:
                    raise missing()
                if reader.outdated_by(now):
                    return 0.0
                await self._read(reader, now)
        # Of many projects most are at rest: those keep no thread and no file open.
        left = await to_thread.run_sync(signature, self._path)
        if self._seen and left.database == self._seen.database and at_rest(left):
            self._seen = left
        return None

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for a turn to read from the beginning, though not for ever; later reads need none.

        All projects at once would each get nowhere for long.
        """
        taken = False
        if not self._generation:
            with anyio.move_on_after(_TURN_SECONDS):
                await self._loads.acquire()
                taken = True
        try:
            yield
        finally:
            if taken:
                self._loads.release()

    async def _read(self, reader: _Reader, state: Signature) -> None:
        """Read all that is new. Only when it is read to the end is `state` taken as seen."""
        schema = await self._read_schema(reader)
        known = (
            self._generation
            and state.database[0] == self._inode
            and schema.identity == self._identity
        )
        if not (known and await self._continues(reader, schema)):
            self._inode, self._identity = state.database[0], schema.identity
            await self._begin(reader, schema, state.size)
        await self._read_details(reader, schema)
        await self._read_rows(reader, schema)
        await self._count(reader, schema)
        await self._read_system(reader, schema)
        await self._read_alerts(reader, schema)
        await self._read_heartbeats(reader, schema)
        self._trouble_since = None
        if self._damaged and reader.damage is None:
            # Put in order: read it itself from now on.
            self._damaged, self._seen = False, None
        else:
            self._seen = state if settled(state) else None
        self._retry_at = anyio.current_time() + _DAMAGE_RETRY if self._damaged else math.inf
        await self._say(_DATABASE, reader.damage, Severity.ERROR)

    async def _read_schema(self, reader: _Reader) -> Schema:
        """Return the schema; within a connection, SQLite's own count tells that it is as before."""
        version = (reader, (await reader.fetch("PRAGMA schema_version"))[0][0])
        if self._schema is None or self._schema_version != version:
            self._schema = Schema.from_rows(await reader.fetch(READ_SCHEMA))
            self._schema_version = version
            self._alerts.forget_columns()
            self._heartbeat_columns = None
        if self._schema is None:
            raise empty()
        return self._schema

    async def _begin(self, reader: _Reader, schema: Schema, size: int) -> None:
        """Start a new generation: what was read before is no longer what is there."""
        self._size = size
        low, high = (await reader.fetch(schema.id_range))[0]
        self._generation += 1
        self._loading, self._load_end = True, high or 0
        self._last_id = id_before(1 if low is None else low)
        self._row_count = self._broken = 0
        self._last_rows = {}
        self._system.begin()
        self._detail_rows = None
        self._alerts.begin()
        self._heartbeat_id, self._heartbeats_due = 0, 0.0
        self._count_due = 0.0
        total = 0 if high is None else high - low + 1
        self._row_bytes = max(1, size // max(1, total))
        first = min(_FIRST_CHUNK_ROWS, _FIRST_CHUNK_BYTES // self._row_bytes)
        self._chunk_rows = max(_LEAST_CHUNK_ROWS, first)
        if reader.access is Access.ROLLBACK:
            self._chunk_rows = _LEAST_CHUNK_ROWS
        await self._send.send(LoadStarted(self._name, self._generation, total))
        self._preview_id = 0
        await self._say(_ROWS, None)
        self._shows_previews = total > _PREVIEW_WORTHWHILE
        if self._shows_previews:
            await self._preview(reader, schema)

    async def _continues(self, reader: _Reader, schema: Schema) -> bool:
        """Return whether the rows that were read are still there, as far as seeks can tell.

        A run that is renamed, moved or deleted takes its last row away, and a database that is
        copied over has another run there: one seek a run, where a count would read an index.
        """
        witnesses = sorted(self._last_rows.items(), key=lambda item: item[1])[-_MOST_WITNESSES:]
        expected = {row_id: run_id for run_id, row_id in witnesses}
        if not expected:
            (_, highest) = (await reader.fetch(schema.id_range))[0]
            gone = (highest or 0) < self._last_id and reader.damage is None
            return not (self._row_count and gone)
        rows = await reader.fetch(schema.owners(expected))
        found = {row_id: as_text(run_id) for row_id, run_id in rows}
        if reader.damage is not None:
            # What was read before the damage stays on screen.
            return found.items() <= expected.items()
        return found == expected

    async def _read_rows(self, reader: _Reader, schema: Schema) -> None:
        while True:
            started = anyio.current_time()
            limit = self._chunk_rows
            rows = await reader.fetch(schema.rows_after, (self._last_id, limit))
            if not rows:
                break
            if rows[-1][0] <= self._last_id:
                # Garbled ids: following them would never end.
                raise damaged()
            fetched = anyio.current_time()
            decoded = await _decode(rows)
            self._last_id = rows[-1][0]
            self._row_count += len(rows)
            self._broken += decoded.broken
            for batch in decoded.batches:
                self._last_rows[batch.run_id] = batch.last_id
            self._trouble_since = None
            if reader.access is Access.ROLLBACK:
                self._adapt(len(rows), fetched - started, _LOCKING_SECONDS)
            else:
                self._adapt(len(rows), anyio.current_time() - started, _CHUNK_SECONDS)
            await self._send.send(
                RowsLoaded(self._name, self._generation, decoded.batches, self._row_count)
            )
            if decoded.broken:
                await self._say(_ROWS, broken_rows_sentence(self._broken))
            if self._loading and self._last_id >= self._load_end:
                await self._finish_load()
            if self._loading:
                due = anyio.current_time() - self._preview_time >= self._interval
                if due and self._shows_previews:
                    await self._preview(reader, schema)
            elif len(rows) < limit:
                return
        if self._loading:
            await self._finish_load()

    async def _read_system(self, reader: _Reader, schema: Schema) -> None:
        async for decoded, replaces in self._system.read(reader.fetch, schema.system):
            await self._send.send(
                SystemRowsLoaded(self._name, self._generation, decoded.batches, replaces)
            )
        broken = self._system.broken
        text = broken_rows_sentence(broken, "system row") if broken else None
        await self._say(_SYSTEM_ROWS, text)

    async def _read_heartbeats(self, reader: _Reader, schema: Schema) -> None:
        now = anyio.current_time()
        if now < self._heartbeats_due:
            return
        self._heartbeats_due = now + _HEARTBEAT_SECONDS
        if self._heartbeat_columns is None:
            self._heartbeat_columns = [name for (name,) in await reader.fetch(HEARTBEAT_COLUMNS)]
        query = heartbeats_query(self._heartbeat_columns, schema.identity)
        if query is not None:
            rows = await reader.fetch(query, (self._heartbeat_id,))
            times = decode_heartbeats(rows)
            if times:
                self._heartbeat_id = rows[0][0]
                await self._send.send(HeartbeatsLoaded(self._name, self._generation, times))

    async def _read_alerts(self, reader: _Reader, schema: Schema) -> None:
        arriving = self._alerts_generation == self._generation
        first = not arriving
        async for alerts in self._alerts.read(reader.fetch, schema.identity):
            first = False
            await self._send.send(AlertsLoaded(self._name, self._generation, alerts, arriving))
        if first and self._generation > 1:
            # Says that there are none, so that those of an older generation go.
            await self._send.send(AlertsLoaded(self._name, self._generation, [], False))
        self._alerts_generation = self._generation

    async def _finish_load(self) -> None:
        self._loading = False
        if self._row_count >= _WORTH_NUMPY:
            # The charts of so many rows want it: imported here, it holds up no key.
            await to_thread.run_sync(importlib.import_module, "numpy")
        await self._send.send(LoadFinished(self._name, self._generation))

    def _adapt(self, rows: int, seconds: float, wanted: float) -> None:
        """Choose the next chunk's rows by the last one's time, without leaps."""
        factor = min(2.0, max(0.25, wanted / max(seconds, 1e-6)))
        if rows < self._chunk_rows:
            factor = min(factor, 1.0)
        chosen = int(self._chunk_rows * factor)
        self._chunk_rows = min(_MOST_CHUNK_ROWS, max(_LEAST_CHUNK_ROWS, chosen))

    async def _preview(self, reader: _Reader, schema: Schema) -> None:
        """Send a sample over all rows with the newest, unless the last one is as good."""
        self._preview_time = anyio.current_time()
        low, high = (await reader.fetch(schema.id_range))[0]
        if high is None or high == self._preview_id:
            return
        self._preview_id = high
        # Rows of thousands of metrics weigh as much as hundreds of others.
        share = min(1.0, _PREVIEW_BYTES / (self._row_bytes * (PREVIEW_SEEKS + PREVIEW_TAIL)))
        tail = max(low, high - max(1, int(PREVIEW_TAIL * share)))
        seeks = max(1, int(PREVIEW_SEEKS * share))
        ids = [*range(low, tail, max(1, (tail - low) // seeks)), *range(tail, high + 1)]
        at_once = _LOCKING_SEEKS if reader.access is Access.ROLLBACK else len(ids)
        rows: list[Row] = []
        for start in range(0, len(ids), at_once):
            rows += await reader.fetch(schema.rows_among(ids[start : start + at_once]))
        decoded = await _decode(rows)
        await self._send.send(PreviewLoaded(self._name, self._generation, decoded.batches))

    async def _read_details(self, reader: _Reader, schema: Schema) -> None:
        query = schema.details
        rows = await reader.fetch(query) if query else []
        if rows != self._detail_rows:
            details = await to_thread.run_sync(decode_details, rows)
            self._detail_rows = rows
            await self._send.send(DetailsLoaded(self._name, self._generation, details))

    async def _count(self, reader: _Reader, schema: Schema) -> None:
        """Start again where rows are gone that no seek missed: paced by what a count costs."""
        started = anyio.current_time()
        if started < self._count_due:
            return
        if reader.access is Access.ROLLBACK:
            count, highest = 0, self._last_id
            low = (await reader.fetch(schema.id_range))[0][0]
            while low is not None and low <= self._last_id:
                end = min(low + _LOCKING_COUNT - 1, self._last_id)
                count += (await reader.fetch(schema.count_between, (id_before(low), end)))[0][0]
                # A seek, for a garbled id may lie as far away as a number can.
                following = await reader.fetch(schema.rows_after, (end, 1))
                low = following[0][0] if following else None
        else:
            count, highest = (await reader.fetch(schema.count_and_highest))[0]
        self._count_due = started + (anyio.current_time() - started) / _COUNT_SHARE
        if reader.damage is not None and count <= self._row_count:
            return
        if (highest or 0) == self._last_id and count != self._row_count:
            await self._begin(reader, schema, self._size)
            await self._read_details(reader, schema)
            await self._read_rows(reader, schema)

    async def _report(self, fault: DatabaseFault) -> float:
        """Tell the person of a fault, once, and return how long to wait."""
        now = anyio.current_time()
        if fault.missing:
            self._seen = None
            if self._generation and self._inode:
                self._inode = 0
                await self._send.send(ProjectVanished(self._name))
            text = "The project's database is gone; waiting for it to come back."
            if self._generation:
                await self._say(_DATABASE, text)
            else:
                await self._say(_DATABASE, _WAITING, Severity.INFO)
            return self._interval
        if fault.empty:
            await self._say(_DATABASE, _WAITING, Severity.INFO)
            return self._interval
        if fault.transient:
            self._seen = None
            if self._trouble_since is None:
                self._trouble_since = now
            if now - self._trouble_since >= PATIENCE:
                await self._say(_DATABASE, fault.text_of_retries)
            return min(self._interval, _QUICK_RETRY)
        self._seen = self._looked if self._looked and settled(self._looked) else None
        self._retry_at = now + _DAMAGE_RETRY
        await self._say(_DATABASE, fault.text, Severity.ERROR)
        if not fault.damaged:
            return self._interval
        # Rows may lie behind the damage, or lie there again one day.
        self._count_due = 0.0
        if not self._damaged:
            self._damaged, self._seen = True, None
            return 0.0
        if self._loading:
            await self._finish_load()
        return self._interval

    async def _say(
        self, subject: str, text: str | None, severity: Severity = Severity.WARNING
    ) -> None:
        """Send a notice where it says something new."""
        if self._notices.get(subject) == text:
            return
        if text is None:
            del self._notices[subject]
        else:
            self._notices[subject] = text
        await self._send.send(Notice(self._name, text, severity, subject))


async def _decode(rows: Sequence[Row]) -> DecodedRows:
    if len(rows) <= _INLINE_ROWS:
        return decode(rows)
    work: Callable[[Sequence[Row]], DecodedRows] = decode
    return await to_thread.run_sync(work, rows)
