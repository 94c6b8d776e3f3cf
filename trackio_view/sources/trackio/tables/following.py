"""Follows one project: reads all that its database holds, and after that only what is new.

Where rows are gone, another file has come, or runs have other ids, it begins again: what comes then
belongs to a new generation, and the old one stays on screen until the new one is complete.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from trackio_view.model.events import (
    AlertsLoaded,
    DataEvent,
    DetailsLoaded,
    HeartbeatsLoaded,
    LoadFinished,
    LoadStarted,
    PreviewLoaded,
    RowsLoaded,
    Severity,
    SystemRowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.series import numpy_policy
from trackio_view.sources.trackio.faults import DatabaseFault, damaged, empty, replaced
from trackio_view.sources.trackio.files.access import Access, Signature
from trackio_view.sources.trackio.inbox import InboxRecord
from trackio_view.sources.trackio.notices import Notices
from trackio_view.sources.trackio.reader import Reader, Row
from trackio_view.sources.trackio.tables.alerts import AlertRows
from trackio_view.sources.trackio.tables.rows import (
    MOST_TEXT,
    as_text,
    bounded,
    broken_rows_sentence,
    decode,
    with_times_for_steps,
)
from trackio_view.sources.trackio.tables.schema import Schema, id_before
from trackio_view.sources.trackio.tables.summaries import decode_details
from trackio_view.sources.trackio.tables.system_rows import SystemRows
from trackio_view.sources.trackio.tables.unsent import unsent_sentence
from trackio_view.sources.trackio.waiting_rows import (
    ALERTS,
    METRICS,
    SYSTEM_ROWS,
    Fetch,
    Table,
    WaitingRows,
    as_alerts,
    columns_of,
)

PREVIEW_SEEKS = 2_000
"""Rows of a preview that are spread over the whole project."""
PREVIEW_TAIL = 1_500
"""The newest rows, all of which a preview has."""
_PREVIEW_WORTHWHILE = 6_000
"""Projects of fewer ids are read whole before a preview could be drawn."""

_CHUNK_SECONDS = 0.02
_REMOTE_SECONDS = 0.08
"""The time that a server should take for a question: it answers nobody else meanwhile."""
_LOCKING_SECONDS = 0.006
"""The time that a read should take where it holds up the writer, so that it stays below 10 ms."""
_FIRST_CHUNK_ROWS = 256
_FIRST_CHUNK_BYTES = 1 << 20
_PREVIEW_BYTES = 8 << 20
_MOST_CHUNK_ROWS = 1_000
_LEAST_CHUNK_ROWS = 16
_LOCKING_SEEKS = 100
_LOCKING_COUNT = 5_000

_VISIT_SECONDS = 0.04
"""Loading pauses after this long, so that the database is closed and what came is drawn."""
_REMOTE_VISIT_SECONDS = 0.1
"""The same of a server, which is left alone in the pauses,"""
_REMOTE_VISIT_WAYS = 8
"""and so many ways there and back more, as each visit begins with two or three of them."""
_MOST_WITNESSES = 500
_COUNT_SHARE = 0.02
"""The share of time that may go into counting rows, to notice those deleted."""
_UNSENT_SECONDS = 5.0
_FEW_ROWS = 100_000

_SCHEMA_STATEMENTS = "SELECT sql FROM sqlite_master"
_ROWS, _SYSTEM_ROWS, _UNSENT = "rows", "system rows", "unsent"


class Follower:
    """What of a project was read so far; reads on where it stopped.

    Everything here blocks: it is called in worker threads. What it found is taken from it.
    """

    def __init__(
        self,
        project: ProjectId,
        interval: float,
        notices: Notices,
        waiting: WaitingRows | None = None,
    ) -> None:
        """`waiting` are rows that lie beside the database, and come after its own."""
        self._project = project
        self._waiting = waiting
        self._waiting_id: float = 0
        """The highest id that was given to a row from beside the database."""
        self._interval = interval
        self._notices = notices
        self._found: list[DataEvent] = []
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
        self._details_found: int | None = None
        self._alerts = AlertRows()
        self._others_generation = 0
        """The generation in which what waits beside rows was looked at before."""
        self._alerts_generation = 0
        """The generation whose first alerts were read."""
        self._chunk_rows = _LEAST_CHUNK_ROWS
        self._preview_id = 0
        self._preview_time = 0.0
        self._count_due = 0.0
        self._schema: Schema | None = None
        self._schema_statements: list[Row] | None = None
        """What the tables were made with, of which `_schema` was read."""
        self._visit_end = 0.0
        self._unsent_due = 0.0

    def take(self) -> list[DataEvent]:
        """Return what was found since the last call."""
        found, self._found = self._found, []
        return found

    def lose_file(self) -> bool:
        """Forget which file was read, so that any other is read anew; return whether one was."""
        had_file = bool(self.generation and self._inode)
        self._inode = 0
        return had_file

    def goes_on(self, state: Signature) -> bool:
        """Return whether it is a moment's work to read on in `state` of the files.

        The file must be the one that was read to its end before, and of few enough rows that a
        count of them is not to be waited for.
        """
        is_known = self.generation > 0 and state.database[0] == self._inode
        return is_known and not self.loading and self._row_count <= _FEW_ROWS

    @property
    def witnesses(self) -> list[str]:
        """The questions by whose answers it is told whether the rows that were read are there."""
        schema = self._schema
        if schema is None or not self.generation:
            return []
        expected = self._expected
        questions = [schema.owners(expected)] if expected else []
        return questions + self._system.witnesses(schema.system)

    def count_soon(self) -> None:
        """Count the rows at the next reading, however little time has passed."""
        self._count_due = 0.0

    def read(self, connection: Reader) -> bool:
        """Read what is new; return whether that was all, else another visit is to read on."""
        state = connection.opened
        if state is None:
            raise replaced()
        self._visit_end = time.monotonic() + _visit_seconds(connection)
        if self._waiting is not None and self.generation:
            self._waiting.look()
        schema = self._read_schema(connection)
        known = (
            self.generation
            and state.database[0] == self._inode
            and schema.identity == self._identity
        )
        if not (known and self._continues(connection, schema)):
            self._inode, self._identity = state.database[0], schema.identity
            self._begin(connection, schema, state.size)
        self._read_details(connection, schema)
        if not (self._read_rows(connection, schema) and self._count(connection, schema)):
            return False
        if not self._take_waiting(connection.fetch, schema.identity, schema.metrics):
            return False
        if not self._read_system(connection, schema):
            return False
        self._read_alerts(connection, schema)
        self._read_unsent(connection, schema)
        return self._take_others_waiting(connection.fetch, schema)

    def read_waiting(self) -> None:
        """Read what waits beside a database that is not there yet."""
        waiting = self._waiting
        if waiting is None:
            return
        if self._inode != _NO_FILE:
            self._inode, self._size = _NO_FILE, 0
            self._start(None, None)
        else:
            waiting.look()
        self._say_details([])
        self._take_waiting(_no_rows, "run_id", ())
        self._take_others_waiting(_no_rows, None)

    @property
    def _visit_is_over(self) -> bool:
        return time.monotonic() >= self._visit_end

    def finish_load(self) -> None:
        """Say that the load has ended, whatever it came to."""
        self.loading = False
        numpy_policy.import_for_rows(self._row_count)
        self._found.append(LoadFinished(self._project, self.generation))

    def _read_schema(self, connection: Reader) -> Schema:
        """Return the schema, which is read anew where the tables are others."""
        statements = connection.fetch(_SCHEMA_STATEMENTS)
        if self._schema is None or self._schema_statements != statements:
            self._schema = Schema.of(connection)
            self._schema_statements = statements
            self._alerts.forget_columns()
        if self._schema is None:
            raise empty()
        return self._schema

    def _begin(self, connection: Reader, schema: Schema, size: int) -> None:
        """Start a new generation: what was read before is no longer what is there."""
        self._size = size
        low, high = connection.fetch(schema.id_range)[0]
        self._start(low, high)
        if connection.access is Access.ROLLBACK:
            self._chunk_rows = _LEAST_CHUNK_ROWS
        if self._shows_previews:
            self._preview(connection, schema)

    def _start(self, low: int | None, high: int | None) -> None:
        """Start a new generation of rows with ids from `low` to `high`."""
        self.generation += 1
        self.loading, self._load_end = True, high or 0
        self.last_id = id_before(1 if low is None else low)
        self._row_count = self._broken = 0
        self._last_rows = {}
        self._system.begin()
        self._details_found = None
        self._alerts.begin()
        self._unsent_due = 0.0
        self._count_due = 0.0
        total = 0 if high is None or low is None else high - low + 1
        self._row_bytes = max(1, self._size // max(1, total))
        first = min(_FIRST_CHUNK_ROWS, _FIRST_CHUNK_BYTES // self._row_bytes)
        self._chunk_rows = max(_LEAST_CHUNK_ROWS, first)
        self._found.append(LoadStarted(self._project, self.generation, total))
        self._preview_id = 0
        self._found += self._notices.news(_ROWS, None)
        self._shows_previews = total > _PREVIEW_WORTHWHILE
        if self._waiting is not None:
            self._waiting_id = 0
            self._waiting.begin()
            self._waiting.look()

    def _continues(self, connection: Reader, schema: Schema) -> bool:
        """Return whether the rows that were read are still there, as far as seeks can tell.

        A run that is renamed, moved or deleted takes its last row away, and a database that is
        copied over has another run there: one seek a run, where a count would read an index.
        """
        expected = self._expected
        if not expected:
            (_, highest) = connection.fetch(schema.id_range)[0]
            gone = (highest or 0) < self.last_id and connection.damage is None
            return not (self._row_count and gone)
        rows = connection.fetch(schema.owners(expected))
        found = {row_id: as_text(run_id) for row_id, run_id in rows}
        if connection.damage is not None:
            # What was read before the damage stays on screen.
            return found.items() <= expected.items()
        return found == expected

    @property
    def _expected(self) -> dict[int, str]:
        """The newest row of each run, by id, of the runs that logged last."""
        witnesses = sorted(self._last_rows.items(), key=lambda item: item[1])[-_MOST_WITNESSES:]
        return {row_id: run_id for run_id, row_id in witnesses}

    def _read_rows(self, connection: Reader, schema: Schema) -> bool:
        """Read rows until there are no more or the visit is over; return whether all were read."""
        while True:
            started = time.monotonic()
            limit = self._chunk_rows
            try:
                rows = connection.fetch(schema.rows_after, (self.last_id, limit))
            except DatabaseFault as fault:
                if fault.too_much:
                    self._chunk_rows = max(1, self._chunk_rows // 4)
                raise
            if not rows:
                break
            if rows[-1][0] <= self.last_id:
                # Garbled ids: following them would never end.
                raise damaged()
            fetched = time.monotonic()
            twins = self._twins(connection.fetch, METRICS, self.last_id, rows[-1][0])
            decoded = decode([row for row in rows if row[0] not in twins] if twins else rows)
            self.last_id = rows[-1][0]
            self._row_count += len(rows)
            self._broken += decoded.broken
            for batch in decoded.batches:
                self._last_rows[batch.run_id] = batch.last_id
            if connection.access is Access.ROLLBACK:
                self._adapt(len(rows), fetched - started, _LOCKING_SECONDS)
            elif connection.access is Access.REMOTE:
                # However few rows are asked for, the way to them is no shorter.
                wanted = _REMOTE_SECONDS + connection.latency
                self._adapt(len(rows), fetched - started, wanted)
            else:
                self._adapt(len(rows), time.monotonic() - started, _CHUNK_SECONDS)
            batches = _named_for_screen(decoded.batches)
            if batches or not twins:
                self._say_rows(batches)
            if decoded.broken:
                self._found += self._notices.news(_ROWS, broken_rows_sentence(self._broken))
            if self.loading and self.last_id >= self._load_end and not self._has_waiting:
                self.finish_load()
            if self.loading:
                due = time.monotonic() - self._preview_time >= self._interval
                if due and self._shows_previews:
                    self._preview(connection, schema)
            elif len(rows) < limit:
                return True
            if self._visit_is_over:
                return False
        if self.loading and not self._has_waiting:
            self.finish_load()
        return True

    def _say_rows(self, batches: list[RunRows]) -> None:
        count = self._row_count + (0 if self._waiting is None else self._waiting.row_count)
        self._found.append(RowsLoaded(self._project, self.generation, batches, count))

    @property
    def _has_waiting(self) -> bool:
        """Whether rows beside the database are still to come, which belong to the load."""
        return self._waiting is not None and self._waiting.has_rows

    def _twins(self, fetch: Fetch, table: Table, above: float, last: int) -> Collection[int]:
        """Return the ids of rows that were sent before a server imported them."""
        return () if self._waiting is None else self._waiting.twins(fetch, table, above, last)

    def _arrived(
        self, fetch: Fetch, table: Table, columns: Collection[str]
    ) -> list[InboxRecord] | None:
        """Return what waits and was not sent yet; `None` where the table is to be read before."""
        last_id: float = math.inf
        if table is METRICS:
            last_id = self.last_id
        return (
            [] if self._waiting is None else self._waiting.arrived(fetch, table, columns, last_id)
        )

    def _take_waiting(self, fetch: Fetch, identity: str, columns: Collection[str]) -> bool:
        """Send the rows of metrics that wait; return whether the database was read far enough."""
        records = self._arrived(fetch, METRICS, columns)
        if records is None:
            return False
        if records:
            above = max(self.last_id, self._waiting_id)
            self._waiting_id = max(0.0, above) + len(records)
            self._say_rows(_named_for_screen(columns_of(records, identity, above)))
        if self.loading:
            self.finish_load()
        return True

    def _take_others_waiting(self, fetch: Fetch, schema: Schema | None) -> bool:
        """Send what else waits than rows of metrics."""
        identity = "run_id" if schema is None else schema.identity
        system = None if schema is None else schema.system
        columns = frozenset[str]() if system is None else system.metrics
        rows = self._arrived(fetch, SYSTEM_ROWS, columns)
        if rows:
            batches = with_times_for_steps(columns_of(rows, identity, self._system.last_id))
            replaces = self._system.sent()
            self._found.append(
                SystemRowsLoaded(
                    self._project, self.generation, _named_for_screen(batches), replaces
                )
            )
            self._say_heartbeats(batches)
        alerts = self._arrived(fetch, ALERTS, () if schema is None else self._alerts.columns)
        if alerts:
            found = as_alerts(alerts, identity, self._alerts.last_id)
            # What is there with the first rows was there before we looked.
            arriving = self._others_generation == self.generation
            self._found.append(AlertsLoaded(self._project, self.generation, found, arriving))
        self._others_generation = self.generation
        return True

    def _adapt(self, rows: int, seconds: float, wanted: float) -> None:
        """Choose the next chunk's rows by the last one's time, without leaps."""
        factor = min(2.0, max(0.25, wanted / max(seconds, 1e-6)))
        if rows < self._chunk_rows:
            factor = min(factor, 1.0)
        chosen = int(self._chunk_rows * factor)
        self._chunk_rows = min(_MOST_CHUNK_ROWS, max(_LEAST_CHUNK_ROWS, chosen))

    def _preview(self, connection: Reader, schema: Schema) -> None:
        """Send a sample over all rows with the newest, unless the last one is as good."""
        self._preview_time = time.monotonic()
        low, high = connection.fetch(schema.id_range)[0]
        if high is None or high == self._preview_id:
            return
        self._preview_id = high
        # Rows of thousands of metrics weigh as much as hundreds of others.
        share = min(1.0, _PREVIEW_BYTES / (self._row_bytes * (PREVIEW_SEEKS + PREVIEW_TAIL)))
        tail = max(low, high - max(1, int(PREVIEW_TAIL * share)))
        seeks = max(1, int(PREVIEW_SEEKS * share))
        ids = [*range(low, tail, max(1, (tail - low) // seeks)), *range(tail, high + 1)]
        at_once = _LOCKING_SEEKS if connection.access is Access.ROLLBACK else len(ids)
        rows: list[Row] = []
        for start in range(0, len(ids), at_once):
            try:
                rows += connection.fetch(schema.rows_among(ids[start : start + at_once]))
            except DatabaseFault as fault:
                if fault.too_much:
                    # The next one has fewer rows.
                    self._row_bytes *= 4
                    self._preview_id = 0
                raise
        decoded = decode(rows)
        batches = _named_for_screen(decoded.batches)
        self._found.append(PreviewLoaded(self._project, self.generation, batches))

    def _read_details(self, connection: Reader, schema: Schema) -> None:
        query = schema.details
        self._say_details(connection.fetch(query) if query else [])

    def _say_details(self, rows: list[Row]) -> None:
        """Send what is known of the runs where it is something new."""
        waiting = {} if self._waiting is None else self._waiting.details
        # Only a hash is kept, as the rows themselves may have megabytes.
        found = hash((tuple(rows), len(waiting)))
        if found != self._details_found:
            details = decode_details(rows, for_screen=True)
            known = {run.run_id for run in details}
            details += [run for run in waiting.values() if run.run_id not in known]
            self._details_found = found
            self._found.append(DetailsLoaded(self._project, self.generation, details))

    def _count(self, connection: Reader, schema: Schema) -> bool:
        """Start again where rows are gone that no seek missed: paced by what a count costs.

        Return whether what is there was read.
        """
        started = time.monotonic()
        if started < self._count_due:
            return True
        if connection.access is Access.ROLLBACK:
            count, highest = 0, self.last_id
            low = connection.fetch(schema.id_range)[0][0]
            while low is not None and low <= self.last_id:
                end = min(low + _LOCKING_COUNT - 1, self.last_id)
                count += connection.fetch(schema.count_between, (id_before(low), end))[0][0]
                # One seek finds the next id, as garbled ids may be any number apart.
                following = connection.fetch(schema.rows_after, (end, 1))
                low = following[0][0] if following else None
        else:
            count, highest = connection.fetch(schema.count_and_highest)[0]
        self._count_due = started + (time.monotonic() - started) / _COUNT_SHARE
        if connection.damage is not None and count <= self._row_count:
            return True
        if (highest or 0) == self.last_id and count != self._row_count:
            self._begin(connection, schema, self._size)
            self._read_details(connection, schema)
            return self._read_rows(connection, schema)
        return True

    def _read_system(self, connection: Reader, schema: Schema) -> bool:
        """Read the machine's rows as `_read_rows` does those of metrics."""
        twins = None
        if self._waiting is not None:
            twins = partial(self._twins, connection.fetch, SYSTEM_ROWS)
            if schema.system is None:
                return True
        for decoded, replaces in self._system.read(connection.fetch, schema.system, twins):
            batches = _named_for_screen(decoded.batches)
            self._found.append(SystemRowsLoaded(self._project, self.generation, batches, replaces))
            self._say_heartbeats(batches)
            if self._visit_is_over and len(decoded.batches):
                return False
        broken = self._system.broken
        text = broken_rows_sentence(broken, "system row") if broken else None
        self._found += self._notices.news(_SYSTEM_ROWS, text)
        return True

    def _read_alerts(self, connection: Reader, schema: Schema) -> None:
        arriving = self._alerts_generation == self.generation
        first = not arriving
        for alerts in self._alerts.read(connection.fetch, schema.identity):
            first = False
            twins = self._twins(connection.fetch, ALERTS, alerts[0].row_id - 1, alerts[-1].row_id)
            new = [alert for alert in alerts if alert.row_id not in twins]
            if not new and arriving:
                continue
            self._found.append(AlertsLoaded(self._project, self.generation, new, arriving))
        if first and self.generation > 1:
            # Says that there are none, so that those of an older generation go.
            self._found.append(AlertsLoaded(self._project, self.generation, [], False))
        self._alerts_generation = self.generation

    def _say_heartbeats(self, batches: list[RunRows]) -> None:
        """Send when each run of these rows of its machine was alive."""
        times: dict[str, float] = {}
        for batch in batches:
            newest = max((time for time in batch.times if not math.isnan(time)), default=None)
            if newest is not None:
                times[batch.run_id] = max(newest, times.get(batch.run_id, newest))
        if times:
            self._found.append(HeartbeatsLoaded(self._project, self.generation, times))

    def _read_unsent(self, connection: Reader, schema: Schema) -> None:
        now = time.monotonic()
        if now < self._unsent_due:
            return
        self._unsent_due = now + _UNSENT_SECONDS
        said = unsent_sentence(connection, schema)
        self._found += self._notices.news(_UNSENT, said, Severity.INFO)


_NO_FILE = -1
"""In the place of an inode, where all that is known waits beside a database to come."""


def _no_rows(query: str, values: Sequence[Any] = (), /) -> list[Row]:
    return []


def _named_for_screen(batches: list[RunRows]) -> list[RunRows]:
    """Return the batches; names that are too long for any page are cut, identities never."""
    return [
        batch
        if len(batch.run_name) <= MOST_TEXT
        else batch._replace(run_name=bounded(batch.run_name))
        for batch in batches
    ]


def _visit_seconds(reader: Reader) -> float:
    """Return how long a database may be open: one that we hold up others with, for one chunk."""
    if reader.access is Access.COPY:
        return math.inf
    if reader.access is Access.REMOTE:
        return _REMOTE_VISIT_SECONDS + _REMOTE_VISIT_WAYS * reader.latency
    return _VISIT_SECONDS if reader.access is Access.IMMUTABLE else 0.0
