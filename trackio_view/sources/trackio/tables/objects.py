"""Reads what a run logged beside numbers, for the page of that run alone."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

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
from trackio_view.model.traces import LoggedTraces, TraceSummary
from trackio_view.series.series import Number
from trackio_view.sources.media_unread import MediaUnread
from trackio_view.sources.trackio.faults import FaultKind, empty, explain
from trackio_view.sources.trackio.files.access import (
    LOCKING_ROWS,
    Access,
    Signature,
    settled,
    signature,
)
from trackio_view.sources.trackio.files.database import (
    REST_PATIENCE,
    Locks,
)
from trackio_view.sources.trackio.files.media_files import FOLDER, media_file_size
from trackio_view.sources.trackio.files.visits import Visits
from trackio_view.sources.trackio.inbox import METRIC, FileKey, Inbox
from trackio_view.sources.trackio.reader import Reader, Row
from trackio_view.sources.trackio.tables.json_reading import read_json
from trackio_view.sources.trackio.tables.kept_steps import KeptSteps
from trackio_view.sources.trackio.tables.logged_kinds import numberless_kinds
from trackio_view.sources.trackio.tables.object_decoding import LoggedObject, decode_object
from trackio_view.sources.trackio.tables.rows import step_number
from trackio_view.sources.trackio.tables.schema import Schema
from trackio_view.sources.trackio.tables.traces import NEWEST, TracesReader
from trackio_view.sources.trackio.tables.traces_in_rows import summary_within, traces_within

_IDS = 20_000
_BUSY_PAUSE = 0.02
_MOST_EARLIER = 2_000_000
"""How many characters of earlier tables are kept, beside the newest table of each key."""
_MOST_EARLIER_MEDIA = 1_000
"""How many earlier media are kept, beside the newest of each key."""
_MOST_EARLIER_ROWS = 50
"""A page shows no more of any."""
_MOST_KEYS = 200
"""Objects under more keys than this are left out: so many keys have numbers in their names."""

_SUBJECT = "run page"

AnyStepped = TypeVar("AnyStepped", LoggedTable, LoggedMedia)


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
    media = os.path.join(os.path.dirname(path), FOLDER)
    reader = ObjectReader(media, run_id, partial(media_file_size, media))
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
                    await to_thread.run_sync(reader.look_at_media)
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
                if fault.kind is FaultKind.TRANSIENT:
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
    """The objects that were found of a run, and how far its rows were searched."""

    def __init__(
        self, media: str, run_id: str, size_of: Callable[[str], int] | None = None
    ) -> None:
        """`media` is where media lie.

        `size_of` returns how large one of them is, or raises MediaUnread; without it, none is
        looked at.
        """
        self._media = media
        self._run_id = run_id
        self._size_of = size_of
        self._identity: tuple[int, str] | None = None
        self._last_id = 0
        self._kinds: tuple[LoggedKind, ...] = ()
        self._found: dict[str, LoggedObject] = {}
        self._earlier_tables: KeptSteps[LoggedTable] = KeptSteps(_MOST_EARLIER, _size)
        self._earlier_media: KeptSteps[LoggedMedia] = KeptSteps(_MOST_EARLIER_MEDIA, lambda _: 1)
        self._traces = LoggedTraces()
        self._traces_in_rows: deque[TraceSummary] = deque(maxlen=NEWEST)
        """The newest objects from rows."""
        self._waiting_traces: dict[FileKey, int] = {}
        """How many objects there are in each file of the inbox."""
        self._taken: set[FileKey] = set()
        self._waiting: dict[str, LoggedObject] = {}
        """The newest object of each key from the inbox, until its file is imported."""
        self._waiting_steps: dict[str, list[tuple[FileKey, Number]]] = {}
        """The steps of all objects of each key that are in the inbox, and the file of each."""

    @property
    def found(self) -> RunObjects:
        waiting = {key: self._numbered_behind(key, one) for key, one in self._waiting.items()}
        objects = _as_objects(list({**self._found, **waiting}.values()))
        # An object in the inbox is the newest of its key. The database's one comes before it, or
        # is the same one or the one in whose place it was logged, if it has its step.
        known = [
            one
            for key, one in self._found.items()
            if key in waiting and waiting[key].step != one.step
        ]
        tables = [one for one in known if isinstance(one, LoggedTable)]
        media = [one for one in known if isinstance(one, LoggedMedia)]
        return objects._replace(
            tables=self._earlier_tables.with_newest(objects.tables, tables),
            media=self._earlier_media.with_newest(objects.media, media),
            traces=self._found_traces,
            kinds=self._kinds,
        )

    @property
    def _found_traces(self) -> LoggedTraces:
        waiting = sum(self._waiting_traces.values())
        newest = tuple(reversed(self._traces_in_rows))
        if newest and not self._traces.total:
            return LoggedTraces(newest[0].number, newest, within_rows=True, waiting=waiting)
        return self._traces._replace(waiting=waiting)

    @property
    def waiting_count(self) -> int:
        """How many files of the inbox were searched."""
        return len(self._taken)

    def read_waiting(self, inbox: Inbox, project: str) -> None:
        """Search what has come to the inbox since the last search."""
        there = inbox.files_of(project)
        self._waiting_traces = {
            key: found for key, found in self._waiting_traces.items() if key in there
        }
        for name, steps in list(self._waiting_steps.items()):
            self._waiting_steps[name] = [one for one in steps if one[0] in there]
            if steps[-1][0] not in there:
                del self._waiting[name], self._waiting_steps[name]
        for key, records in inbox.records(project, self._taken).items():
            self._taken.add(key)
            for record in records:
                if record.kind == METRIC and self._run_id in (record.run_id, record.run_name):
                    for name in self._take_document(self._waiting, record.step, record.document):
                        steps = self._waiting_steps.setdefault(name, [])
                        steps.append((key, self._waiting[name].step))
                    found = sum(1 for _ in traces_within(record.document))
                    self._waiting_traces[key] = self._waiting_traces.get(key, 0) + found

    def read(self, connection: Reader) -> bool:
        """Search some of the rows that came since the last search; return whether it was all."""
        schema = Schema.of(connection)
        if schema is None:
            raise empty()
        low, high = connection.fetch(schema.id_range)[0]
        opened = connection.opened.database[0] if connection.opened else 0
        if self._identity != (opened, schema.identity) or (high or 0) < self._last_id:
            self._identity, self._last_id, self._found = (opened, schema.identity), 0, {}
            self._earlier_tables.clear()
            self._earlier_media.clear()
            self._traces_in_rows.clear()
            self._traces = LoggedTraces()
        first = max(self._last_id, (low or 1) - 1)
        last = high or 0
        if connection.access is not Access.COPY:
            last = min(last, first + (LOCKING_ROWS if connection.access.takes_locks else _IDS))
        for row in connection.fetch(_typed_rows(schema), (first, last, self._run_id)):
            self._take(row)
        self._last_id = last
        is_whole = last >= (high or 0)
        if is_whole:
            found = numberless_kinds(connection.fetch, schema, self._run_id)
            self._kinds = tuple(LoggedKind(*one) for one in found)
            traces = TracesReader(connection, schema, self._run_id)
            self._traces = traces.in_brief(self._traces)
        return is_whole

    def look_at_media(self) -> None:
        """Look how large the media are that are kept, each once.

        The database must not be open meanwhile: the disk may be slow.
        """
        if self._size_of is None:
            return
        looked = partial(_looked_at, self._size_of)
        self._earlier_media.change(looked)
        for found in (self._found, self._waiting):
            for key, one in found.items():
                if isinstance(one, LoggedMedia):
                    found[key] = looked(one)

    def _take(self, row: Row) -> None:
        try:
            document = read_json(row[5])
        except (TypeError, ValueError, RecursionError):
            return
        if isinstance(document, dict):
            self._take_document(self._found, row[3], document)
            if next(traces_within(document), None) is not None:
                before = self._traces_in_rows[-1].number if self._traces_in_rows else 0
                summary = summary_within(row[0], row[3], document, before + 1)
                self._traces_in_rows.append(summary)

    def _take_document(
        self,
        found: dict[str, LoggedObject],
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
                    if found is self._found:
                        logged = self._numbered(logged, found.get(key))
                    found[key] = logged
                    keys.append(key)
        return keys

    def _numbered_behind(self, key: str, logged: LoggedObject) -> LoggedObject:
        """Return an object of the inbox with its number, behind those that the database has."""
        if not isinstance(logged, LoggedTable | LoggedMedia):
            return logged
        before = self._found.get(key)
        number: int = 0
        step: Number = math.nan
        if isinstance(before, LoggedTable | LoggedMedia):
            number, step = before.number, before.step
        if step != logged.step:
            for _, following in self._waiting_steps[key]:
                number += following != step
                step = following
        return logged._replace(number=number)

    def _numbered(self, logged: LoggedObject, before: LoggedObject | None) -> LoggedObject:
        """Return a table or media with its number; what it takes the place of may be kept.

        What is logged anew at its step takes the place of what was there.
        """
        if isinstance(logged, LoggedTable) and isinstance(before, LoggedTable):
            if before.step != logged.step:
                media = tuple(one for one in before.media if one.row < _MOST_EARLIER_ROWS)
                kept = before._replace(rows=before.rows[:_MOST_EARLIER_ROWS], media=media)
                self._earlier_tables.add(kept)
            return _next_number(logged, before)
        if isinstance(logged, LoggedMedia) and isinstance(before, LoggedMedia):
            if before.step != logged.step:
                self._earlier_media.add(before)
            return _next_number(logged, before)
        return logged


def _next_number(logged: AnyStepped, before: AnyStepped) -> AnyStepped:
    """Return a table or media with its number, by the one of its key that was logged before."""
    return logged._replace(number=before.number + (before.step != logged.step))


def _looked_at(size_of: Callable[[str], int], media: LoggedMedia) -> LoggedMedia:
    """Return media with the size of their file, or why it cannot be opened."""
    if media.size is not None or media.fault:
        return media
    try:
        return media._replace(size=size_of(media.file))
    except MediaUnread as fault:
        return media._replace(fault=str(fault))


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


def _as_objects(found: Sequence[LoggedObject]) -> RunObjects:
    return RunObjects(
        texts=tuple(logged for logged in found if isinstance(logged, LoggedText)),
        tables=tuple(logged for logged in found if isinstance(logged, LoggedTable)),
        histograms=tuple(logged for logged in found if isinstance(logged, LoggedHistogram)),
        media=tuple(logged for logged in found if isinstance(logged, LoggedMedia)),
    )
