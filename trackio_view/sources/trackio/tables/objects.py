"""Reads what a run logged beside numbers, for the page of that run alone."""

from __future__ import annotations

import json
import math
import os
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import anyio
from anyio import to_thread
from anyio.streams.memory import MemoryObjectSendStream

from trackio_view.model.events import DataEvent, Notice, ProjectOrigin, RunObjectsLoaded
from trackio_view.model.objects import (
    LoggedHistogram,
    LoggedKind,
    LoggedMedia,
    LoggedTable,
    LoggedText,
    RunObjects,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.series.series import Number
from trackio_view.series.sums import as_float
from trackio_view.sources.trackio.faults import empty, explain
from trackio_view.sources.trackio.files.access import Access, Signature, settled, signature
from trackio_view.sources.trackio.files.connection import Visits
from trackio_view.sources.trackio.files.database import (
    REST_PATIENCE,
    Locks,
)
from trackio_view.sources.trackio.inbox import METRIC, FileKey, Inbox
from trackio_view.sources.trackio.reader import Reader, Row
from trackio_view.sources.trackio.tables.json_reading import read_json
from trackio_view.sources.trackio.tables.logged_kinds import numberless_kinds
from trackio_view.sources.trackio.tables.rows import NONFINITE, as_text, bounded, step_number
from trackio_view.sources.trackio.tables.schema import Schema

_IDS = 20_000
_LOCKING_IDS = 250
"""Where a read holds up the writer, few enough that it ends within 10 ms."""
_BUSY_PAUSE = 0.02
_MOST_TABLE_ROWS = 500
_MOST_EARLIER = 2_000_000
"""Characters of the tables that are kept beside the newest of their keys."""
_MOST_EARLIER_ROWS = 50
"""A page shows no more of any."""
_MOST_TEXT = 200_000
_MOST_KEYS = 200
"""Objects under more keys than this are left out: so many keys have numbers in their names."""

_SUBJECT = "run page"

_MEDIA_KINDS = ("image", "video", "audio", "html", "object3d")


async def watch_run_objects(
    path: str | os.PathLike[str],
    project: ProjectId,
    run_id: str,
    interval: float,
    send: MemoryObjectSendStream[DataEvent],
    *,
    inbox: Inbox | None = None,
) -> None:
    """Send what a run logged beside numbers, and again when that changes, until cancelled.

    Only rows that came since the last look are searched. A fault makes a notice, and the watch
    goes on. What waits in the `inbox` is searched, too.
    """
    path = os.fspath(path)
    signature_of = signature if inbox is None else inbox.signature
    reader = ObjectReader(os.path.join(os.path.dirname(path), "media"), run_id)
    seen: Signature | None = None
    sent: RunObjects | None = None
    share_at = math.inf
    try:
        while True:
            pause = interval
            try:
                state = await to_thread.run_sync(signature_of, path)
                if state != seen:
                    waited = anyio.current_time() >= share_at
                    locks = Locks.IN_USE if waited else Locks.NEVER
                    if inbox is not None and state.waiting:
                        await to_thread.run_sync(reader.read_waiting, inbox, project.name)
                    if state.exists or not state.waiting:
                        await _read(reader, Visits(path, locks=locks))
                    seen, share_at = state if settled(state) else None, math.inf
                    found = reader.found
                    if found != sent:
                        sent = found
                        await send.send(RunObjectsLoaded(project, run_id, found))
                    await send.send(Notice(ProjectOrigin(project), None, subject=_SUBJECT))
            except Exception as error:
                fault = explain(error)
                if fault is None:
                    raise
                if fault.transient:
                    # The writer is writing: wait for a moment at which it does not.
                    pause = min(interval, _BUSY_PAUSE)
                    share_at = min(share_at, anyio.current_time() + REST_PATIENCE)
                else:
                    text = f"The run's page is not complete: {fault.text}"
                    await send.send(Notice(ProjectOrigin(project), text, subject=_SUBJECT))
            await anyio.sleep(pause)
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        return


async def _read(reader: ObjectReader, visits: Visits) -> None:
    try:
        while not await visits.visit(reader.read):
            pass
    finally:
        await visits.close()


class ObjectReader:
    """What was found of a run, and how far its rows were searched."""

    def __init__(self, media: str, run_id: str) -> None:
        """`media` is where media lie."""
        self._media = media
        self._run_id = run_id
        self._identity: tuple[int, str] | None = None
        self._last_id = 0
        self._kinds: tuple[LoggedKind, ...] = ()
        self._found: dict[str, LoggedText | LoggedTable | LoggedHistogram | LoggedMedia] = {}
        self._earlier: deque[LoggedTable] = deque()
        self._earlier_size = 0
        self._taken: set[FileKey] = set()
        self._waiting: dict[str, LoggedText | LoggedTable | LoggedHistogram | LoggedMedia] = {}
        """What was found in the inbox, until the database has it or something newer."""

    @property
    def found(self) -> RunObjects:
        found = {**self._found, **self._waiting}
        objects = _as_objects(list(found.values()))
        # A table that waits in the inbox is the newest of its key; the database's come before it.
        known = [one for one in self._found.values() if isinstance(one, LoggedTable)]
        before = [*self._earlier, *(one for one in known if one.key in self._waiting)]
        tables = [
            table
            for newest in objects.tables
            for table in (*(one for one in before if one.key == newest.key), newest)
        ]
        return objects._replace(tables=tuple(tables), kinds=self._kinds)

    @property
    def waiting_count(self) -> int:
        """How many files of the inbox were searched."""
        return len(self._taken)

    def read_waiting(self, inbox: Inbox, project: str) -> None:
        """Search what has come to the inbox since the last search."""
        for key, records in inbox.records(project, self._taken).items():
            self._taken.add(key)
            for record in records:
                if record.kind == METRIC and self._run_id in (record.run_id, record.run_name):
                    self._take_document(self._waiting, record.step, record.document)

    def read(self, connection: Reader) -> bool:
        """Search some of the rows that came since the last search; return whether it was all."""
        schema = Schema.of(connection)
        if schema is None:
            raise empty()
        low, high = connection.fetch(schema.id_range)[0]
        opened = connection.opened.database[0] if connection.opened else 0
        if self._identity != (opened, schema.identity) or (high or 0) < self._last_id:
            self._identity, self._last_id, self._found = (opened, schema.identity), 0, {}
            self._earlier, self._earlier_size = deque(), 0
        first = max(self._last_id, (low or 1) - 1)
        last = high or 0
        if connection.access is not Access.COPY:
            last = min(last, first + (_LOCKING_IDS if connection.access.takes_locks else _IDS))
        for row in connection.fetch(_typed_rows(schema), (first, last, self._run_id)):
            self._take(row)
        self._last_id = last
        is_whole = last >= (high or 0)
        if is_whole:
            found = numberless_kinds(connection.fetch, schema, self._run_id)
            self._kinds = tuple(LoggedKind(*one) for one in found)
        return is_whole

    def _take(self, row: Row) -> None:
        try:
            document = read_json(row[5])
        except (TypeError, ValueError, RecursionError):
            return
        if isinstance(document, dict):
            for key in self._take_document(self._found, row[3], document):
                self._waiting.pop(key, None)

    def _take_document(
        self,
        found: dict[str, LoggedText | LoggedTable | LoggedHistogram | LoggedMedia],
        raw_step: object,
        document: Mapping[str, Any],
    ) -> list[str]:
        """Put what a row holds beside numbers into `found`; return its keys."""
        step = step_number(raw_step)
        keys = []
        for key, value in document.items():
            if isinstance(value, dict) and (key in found or len(found) < _MOST_KEYS):
                logged = decode_object(key, step, value, self._media)
                if logged is not None:
                    if isinstance(logged, LoggedTable):
                        if found is self._found:
                            logged = self._numbered(logged, found.get(key))
                        else:
                            logged = _next_number(logged, found.get(key) or self._found.get(key))
                    found[key] = logged
                    keys.append(key)
        return keys

    def _numbered(self, table: LoggedTable, before: object) -> LoggedTable:
        """Return a table with its number; the one of its key before it is kept among the earlier.

        Of all that are kept, those logged first give way.
        """
        table = _next_number(table, before)
        if not isinstance(before, LoggedTable) or before.step == table.step:
            # What is logged anew at its step takes the place of what was there.
            return table
        kept = before._replace(rows=before.rows[:_MOST_EARLIER_ROWS])
        self._earlier.append(kept)
        self._earlier_size += _size(kept)
        while self._earlier_size > _MOST_EARLIER:
            self._earlier_size -= _size(self._earlier.popleft())
        return table


def _next_number(table: LoggedTable, before: object) -> LoggedTable:
    """Return a table with its number, by the one of its key that was logged before."""
    if not isinstance(before, LoggedTable):
        return table
    return table._replace(number=before.number + (before.step != table.step))


def _size(table: LoggedTable) -> int:
    return sum(len(cell) for row in table.rows for cell in row)


def _typed_rows(schema: Schema) -> str:
    """Return the query for a run's rows that hold objects; values: after an id, up to one, run."""
    return (
        f"SELECT {schema.row_columns} FROM metrics"
        f" WHERE {schema.row_id} > ? AND {schema.row_id} <= ? AND +{schema.identity} IS ?"
        # The database passes over rows of plain numbers, which are nearly all, by itself.
        """ AND instr(CAST(metrics AS TEXT), '"_type"') ORDER BY 1"""
    )


def _as_objects(
    found: Sequence[LoggedText | LoggedTable | LoggedHistogram | LoggedMedia],
) -> RunObjects:
    return RunObjects(
        texts=tuple(logged for logged in found if isinstance(logged, LoggedText)),
        tables=tuple(logged for logged in found if isinstance(logged, LoggedTable)),
        histograms=tuple(logged for logged in found if isinstance(logged, LoggedHistogram)),
        media=tuple(logged for logged in found if isinstance(logged, LoggedMedia)),
    )


def decode_object(
    key: str, step: Number, value: Mapping[str, Any], media_directory: str
) -> LoggedText | LoggedTable | LoggedHistogram | LoggedMedia | None:
    """Return a TrackIO object as it lies in a row, or `None` where it is none that we know.

    Whatever a broken one lacks is left empty; nothing raises.
    """
    kind = value.get("_type")
    if kind == "trackio.markdown":
        text = as_text(value.get("_value"))
        return LoggedText(key, step, text[:_MOST_TEXT], max(0, len(text) - _MOST_TEXT))
    if kind == "trackio.table":
        return _decode_table(key, step, value.get("_value"), media_directory)
    if kind == "trackio.histogram":
        return _decode_histogram(key, step, value)
    found = _media(value, media_directory)
    if found is None:
        return None
    name, path = found
    return LoggedMedia(key, step, name, path, bounded(as_text(value.get("caption"))))


def _media(value: object, media_directory: str) -> tuple[str, str] | None:
    """Return the kind and the place of a media object, `None` for anything else."""
    if not isinstance(value, Mapping):
        return None
    prefix, _, kind = as_text(value.get("_type")).partition(".")
    path = value.get("file_path")
    if prefix != "trackio" or kind not in _MEDIA_KINDS or not isinstance(path, str):
        return None
    return kind, os.path.join(media_directory, path)


def _decode_table(key: str, step: Number, rows: object, media: str) -> LoggedTable:
    known = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    columns = tuple(dict.fromkeys(as_text(name) for row in known for name in row))
    shown = tuple(
        tuple(_cell(row[name], media) if name in row else "" for name in columns)
        for row in known[:_MOST_TABLE_ROWS]
    )
    return LoggedTable(key, step, columns, shown, len(known))


def _cell(value: object, media: str) -> str:
    if isinstance(value, str):
        return bounded(value)
    found = _media(value, media)
    if found is not None:
        return found[1]
    if isinstance(value, list) and value and all(_media(item, media) for item in value):
        return ", ".join(_cell(item, media) for item in value)
    return bounded(json.dumps(value, ensure_ascii=False, default=str))


def _decode_histogram(key: str, step: Number, value: Mapping[str, Any]) -> LoggedHistogram | None:
    edges, counts = _numbers(value.get("bins")), _numbers(value.get("values"))
    if not counts or len(edges) != len(counts) + 1:
        return None
    return LoggedHistogram(key, step, edges, counts)


def _numbers(values: object) -> tuple[float, ...]:
    if not isinstance(values, list):
        return ()
    return tuple(
        as_float(value)
        if isinstance(value, int | float)
        else NONFINITE.get(value, math.nan)
        if isinstance(value, str)
        else math.nan
        for value in values
    )
