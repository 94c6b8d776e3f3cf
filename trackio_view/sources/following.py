"""Follows one project: reads all that its database holds, and after that only what is new.

Where rows are gone, another file has come, or runs have other ids, it begins again: what comes then
belongs to a new generation, and the old one stays on screen until the new one is complete.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence

import anyio
from anyio import to_thread
from anyio.streams.memory import MemoryObjectSendStream

from trackio_view.model.events import (
    AlertsLoaded,
    DataEvent,
    DetailsLoaded,
    HeartbeatsLoaded,
    LoadFinished,
    LoadStarted,
    PreviewLoaded,
    RowsLoaded,
    SystemRowsLoaded,
)
from trackio_view.sources.access import Access, Signature
from trackio_view.sources.alerts import AlertRows
from trackio_view.sources.connection import Reader
from trackio_view.sources.database import Row
from trackio_view.sources.faults import damaged, empty
from trackio_view.sources.heartbeats import HEARTBEAT_COLUMNS, decode_heartbeats, heartbeats_query
from trackio_view.sources.notices import Notices
from trackio_view.sources.overview import decode_details
from trackio_view.sources.rows import DecodedRows, as_text, broken_rows_sentence, decode
from trackio_view.sources.schema import READ_SCHEMA, Schema, id_before
from trackio_view.sources.system_rows import SystemRows

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
_HEARTBEAT_SECONDS = 5.0

_ROWS, _SYSTEM_ROWS = "rows", "system rows"


class Follower:
    """What of a project was read and sent so far."""

    def __init__(
        self,
        name: str,
        interval: float,
        notices: Notices,
        send: MemoryObjectSendStream[DataEvent],
    ) -> None:
        self._name = name
        self._interval = interval
        self._notices = notices
        self._send = send
        self.generation = 0
        """How often it was begun to read; 0 before anything was."""
        self.loading = False
        """Whether the rows that were there at the beginning are still being read."""
        self.last_id: float = 0
        """The id of the newest row that was read."""
        self._load_end = 0
        self._inode = 0
        self._identity = ""
        self._shows_previews = False
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
        self._schema: Schema | None = None
        self._schema_version: tuple[Reader, int] | None = None
        """The connection by which the schema was read, and its version then."""
        self._heartbeat_columns: list[str] | None = None
        self._heartbeat_id = 0
        self._heartbeats_due = 0.0

    def lose_file(self) -> bool:
        """Forget which file was read, so that any other is read anew; return whether one was."""
        had_file = bool(self.generation and self._inode)
        self._inode = 0
        return had_file

    def count_soon(self) -> None:
        """Count the rows at the next reading, however little time has passed."""
        self._count_due = 0.0

    async def read(self, reader: Reader, state: Signature) -> None:
        """Read all that is new; `state` is that of the files when the reading began."""
        schema = await self._read_schema(reader)
        known = (
            self.generation
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

    async def finish_load(self) -> None:
        """Say that the load has ended, whatever it came to."""
        self.loading = False
        if self._row_count >= _WORTH_NUMPY:
            # The charts of so many rows want it: imported here, it holds up no key.
            await to_thread.run_sync(importlib.import_module, "numpy")
        await self._send.send(LoadFinished(self._name, self.generation))

    async def _read_schema(self, reader: Reader) -> Schema:
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

    async def _begin(self, reader: Reader, schema: Schema, size: int) -> None:
        """Start a new generation: what was read before is no longer what is there."""
        self._size = size
        low, high = (await reader.fetch(schema.id_range))[0]
        self.generation += 1
        self.loading, self._load_end = True, high or 0
        self.last_id = id_before(1 if low is None else low)
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
        await self._send.send(LoadStarted(self._name, self.generation, total))
        self._preview_id = 0
        await self._notices.say(_ROWS, None)
        self._shows_previews = total > _PREVIEW_WORTHWHILE
        if self._shows_previews:
            await self._preview(reader, schema)

    async def _continues(self, reader: Reader, schema: Schema) -> bool:
        """Return whether the rows that were read are still there, as far as seeks can tell.

        A run that is renamed, moved or deleted takes its last row away, and a database that is
        copied over has another run there: one seek a run, where a count would read an index.
        """
        witnesses = sorted(self._last_rows.items(), key=lambda item: item[1])[-_MOST_WITNESSES:]
        expected = {row_id: run_id for run_id, row_id in witnesses}
        if not expected:
            (_, highest) = (await reader.fetch(schema.id_range))[0]
            gone = (highest or 0) < self.last_id and reader.damage is None
            return not (self._row_count and gone)
        rows = await reader.fetch(schema.owners(expected))
        found = {row_id: as_text(run_id) for row_id, run_id in rows}
        if reader.damage is not None:
            # What was read before the damage stays on screen.
            return found.items() <= expected.items()
        return found == expected

    async def _read_rows(self, reader: Reader, schema: Schema) -> None:
        while True:
            started = anyio.current_time()
            limit = self._chunk_rows
            rows = await reader.fetch(schema.rows_after, (self.last_id, limit))
            if not rows:
                break
            if rows[-1][0] <= self.last_id:
                # Garbled ids: following them would never end.
                raise damaged()
            fetched = anyio.current_time()
            decoded = await _decode(rows)
            self.last_id = rows[-1][0]
            self._row_count += len(rows)
            self._broken += decoded.broken
            for batch in decoded.batches:
                self._last_rows[batch.run_id] = batch.last_id
            if reader.access is Access.ROLLBACK:
                self._adapt(len(rows), fetched - started, _LOCKING_SECONDS)
            else:
                self._adapt(len(rows), anyio.current_time() - started, _CHUNK_SECONDS)
            await self._send.send(
                RowsLoaded(self._name, self.generation, decoded.batches, self._row_count)
            )
            if decoded.broken:
                await self._notices.say(_ROWS, broken_rows_sentence(self._broken))
            if self.loading and self.last_id >= self._load_end:
                await self.finish_load()
            if self.loading:
                due = anyio.current_time() - self._preview_time >= self._interval
                if due and self._shows_previews:
                    await self._preview(reader, schema)
            elif len(rows) < limit:
                return
        if self.loading:
            await self.finish_load()

    def _adapt(self, rows: int, seconds: float, wanted: float) -> None:
        """Choose the next chunk's rows by the last one's time, without leaps."""
        factor = min(2.0, max(0.25, wanted / max(seconds, 1e-6)))
        if rows < self._chunk_rows:
            factor = min(factor, 1.0)
        chosen = int(self._chunk_rows * factor)
        self._chunk_rows = min(_MOST_CHUNK_ROWS, max(_LEAST_CHUNK_ROWS, chosen))

    async def _preview(self, reader: Reader, schema: Schema) -> None:
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
        await self._send.send(PreviewLoaded(self._name, self.generation, decoded.batches))

    async def _read_details(self, reader: Reader, schema: Schema) -> None:
        query = schema.details
        rows = await reader.fetch(query) if query else []
        if rows != self._detail_rows:
            details = await to_thread.run_sync(decode_details, rows)
            self._detail_rows = rows
            await self._send.send(DetailsLoaded(self._name, self.generation, details))

    async def _count(self, reader: Reader, schema: Schema) -> None:
        """Start again where rows are gone that no seek missed: paced by what a count costs."""
        started = anyio.current_time()
        if started < self._count_due:
            return
        if reader.access is Access.ROLLBACK:
            count, highest = 0, self.last_id
            low = (await reader.fetch(schema.id_range))[0][0]
            while low is not None and low <= self.last_id:
                end = min(low + _LOCKING_COUNT - 1, self.last_id)
                count += (await reader.fetch(schema.count_between, (id_before(low), end)))[0][0]
                # A seek, for a garbled id may lie as far away as a number can.
                following = await reader.fetch(schema.rows_after, (end, 1))
                low = following[0][0] if following else None
        else:
            count, highest = (await reader.fetch(schema.count_and_highest))[0]
        self._count_due = started + (anyio.current_time() - started) / _COUNT_SHARE
        if reader.damage is not None and count <= self._row_count:
            return
        if (highest or 0) == self.last_id and count != self._row_count:
            await self._begin(reader, schema, self._size)
            await self._read_details(reader, schema)
            await self._read_rows(reader, schema)

    async def _read_system(self, reader: Reader, schema: Schema) -> None:
        async for decoded, replaces in self._system.read(reader.fetch, schema.system):
            await self._send.send(
                SystemRowsLoaded(self._name, self.generation, decoded.batches, replaces)
            )
        broken = self._system.broken
        text = broken_rows_sentence(broken, "system row") if broken else None
        await self._notices.say(_SYSTEM_ROWS, text)

    async def _read_alerts(self, reader: Reader, schema: Schema) -> None:
        arriving = self._alerts_generation == self.generation
        first = not arriving
        async for alerts in self._alerts.read(reader.fetch, schema.identity):
            first = False
            await self._send.send(AlertsLoaded(self._name, self.generation, alerts, arriving))
        if first and self.generation > 1:
            # Says that there are none, so that those of an older generation go.
            await self._send.send(AlertsLoaded(self._name, self.generation, [], False))
        self._alerts_generation = self.generation

    async def _read_heartbeats(self, reader: Reader, schema: Schema) -> None:
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
                await self._send.send(HeartbeatsLoaded(self._name, self.generation, times))


async def _decode(rows: Sequence[Row]) -> DecodedRows:
    if len(rows) <= _INLINE_ROWS:
        return decode(rows)
    work: Callable[[Sequence[Row]], DecodedRows] = decode
    return await to_thread.run_sync(work, rows)
