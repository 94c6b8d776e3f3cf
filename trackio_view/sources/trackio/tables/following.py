"""Follows one project: reads all that its database holds, and after that only what is new.

Where rows are gone, another file has come, or runs have other ids, it begins again: the rows from
then on belong to a new generation, and the old one stays on screen until the new one is complete.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from functools import partial
from operator import itemgetter
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
from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind, damaged, empty, replaced
from trackio_view.sources.trackio.files.access import Signature
from trackio_view.sources.trackio.notices import Notices
from trackio_view.sources.trackio.reader import Fetch, Reader, Row
from trackio_view.sources.trackio.run_identity import BY_ID
from trackio_view.sources.trackio.tables.alert_rows import AlertRows
from trackio_view.sources.trackio.tables.chunks import ChunkSize, visit_seconds
from trackio_view.sources.trackio.tables.previews import Previews
from trackio_view.sources.trackio.tables.rows import (
    MOST_TEXT,
    bounded,
    broken_rows_sentence,
    decode,
)
from trackio_view.sources.trackio.tables.rows_beside import RowsBeside
from trackio_view.sources.trackio.tables.rows_read import RowsRead
from trackio_view.sources.trackio.tables.schema import STATEMENTS, Schema
from trackio_view.sources.trackio.tables.summaries import decode_details
from trackio_view.sources.trackio.tables.system_rows import SystemRows, signs_of_life
from trackio_view.sources.trackio.tables.unsent import UNSENT, unsent_sentence
from trackio_view.sources.trackio.waiting_rows import (
    ALERTS,
    METRICS,
    SYSTEM_ROWS,
    WaitingRows,
)

_UNSENT_SECONDS = 5.0
_FEW_ROWS = 100_000

_ROWS, _SYSTEM_ROWS = "rows", "system rows"


class Follower:
    """The part of a project that was read so far; it reads on where it stopped.

    All methods block: they are called in worker threads. `take` returns what they found.
    """

    def __init__(
        self,
        project: ProjectId,
        interval: float,
        notices: Notices,
        waiting: WaitingRows | None = None,
    ) -> None:
        """`waiting` are the rows beside the database, which come after its own."""
        self._project = project
        self._beside = RowsBeside(waiting)
        self._interval = interval
        self._notices = notices
        self._found: list[DataEvent] = []
        self.generation = 0
        """How often reading began; 0 before the first time."""
        self.loading = False
        """Whether the rows that were there at the beginning are still being read."""
        self._rows = RowsRead()
        self._load_end = 0
        self._inode = 0
        self._identity = ""
        self._size = 0
        self._system = SystemRows()
        self._details_found: int | None = None
        self._alerts = AlertRows()
        self._others_generation = 0
        """The generation in which the other waiting data was last looked at."""
        self._alerts_generation = 0
        """The generation whose first alerts were read."""
        self._chunk = ChunkSize()
        self._previews = Previews()
        self._schema: Schema | None = None
        self._schema_statements: list[Row] | None = None
        """The statements that made the tables, at the time when `_schema` was read."""
        self._visit_end = 0.0
        self._unsent_due = 0.0

    @property
    def last_id(self) -> float:
        """The id of the newest row that was read."""
        return self._rows.last_id

    def take(self) -> list[DataEvent]:
        """Return the events since the last call."""
        found, self._found = self._found, []
        return found

    def lose_file(self) -> bool:
        """Forget which file was read, so that any other is read anew; return whether one was."""
        had_file = bool(self.generation and self._inode)
        self._inode = 0
        return had_file

    def goes_on(self, state: Signature) -> bool:
        """Return whether reading on is a moment's work, given the files' `state`.

        The file must be the one that was read to its end before, and have so few rows that counting
        them takes no time.
        """
        is_known = self.generation > 0 and state.database[0] == self._inode
        return is_known and not self.loading and self._rows.count <= _FEW_ROWS

    @property
    def witnesses(self) -> list[str]:
        """The questions whose answers tell whether the rows that were read are still there."""
        schema = self._schema
        if schema is None or not self.generation:
            return []
        alerts = self._alerts.witnesses(schema.identity)
        return self._rows.witnesses(schema) + self._system.witnesses(schema.system) + alerts

    @property
    def seconds_to_count(self) -> float:
        """Seconds until rows that the newest reading left uncounted may be counted; infinite where
        it counted them.
        """
        return self._rows.seconds_to_count

    def count_soon(self) -> None:
        """Count the rows at the next reading, however little time has passed."""
        self._rows.count_soon()

    def read(self, connection: Reader) -> bool:
        """Read what is new; return whether that was all, or another visit has to read on."""
        state = connection.opened
        if state is None:
            raise replaced()
        self._visit_end = time.monotonic() + visit_seconds(connection)
        if self.generation:
            self._beside.look()
        schema = self._read_schema(connection)
        known = (
            self.generation
            and state.database[0] == self._inode
            and schema.identity == self._identity
        )
        if not (known and self._is_there(connection, schema)):
            self._inode, self._identity = state.database[0], schema.identity
            self._begin(connection, schema, state.size)
        self._read_details(connection, schema)
        if not (self._read_rows(connection, schema) and self._count(connection, schema)):
            return False
        if not self._take_waiting(connection.fetch, schema.identity, schema.metrics):
            return False
        if not (self._read_alerts(connection, schema) and self._read_system(connection, schema)):
            return False
        self._read_unsent(connection, schema)
        self._take_others_waiting(connection.fetch, schema)
        return True

    def _is_there(self, connection: Reader, schema: Schema) -> bool:
        """Return whether the rows and the alerts that were read are still there.

        Those of the machine begin anew by themselves.
        """
        if not self._rows.are_there(connection, schema):
            return False
        # Of a damaged database, what was read before the damage stays on screen.
        damaged = connection.damage is not None
        return damaged or self._alerts.are_there(connection.fetch, schema.identity)

    def read_waiting(self) -> None:
        """Read the rows that wait beside a database that does not exist yet."""
        if not self._beside.can_come:
            return
        if self._inode != _NO_FILE:
            self._inode, self._size = _NO_FILE, 0
            self._start(None, None, None)
        else:
            self._beside.look()
        self._say_details([], BY_ID)
        self._take_waiting(_no_rows, BY_ID, ())
        self._take_others_waiting(_no_rows, None)

    @property
    def _visit_is_over(self) -> bool:
        return time.monotonic() >= self._visit_end

    def finish_load(self) -> None:
        """Announce that the load has ended, with whatever result."""
        self.loading = False
        numpy_policy.import_for_rows(self._rows.count)
        self._found.append(LoadFinished(self._project, self.generation))

    def _read_schema(self, connection: Reader) -> Schema:
        """Return the schema, which is read anew where the tables are others."""
        statements = connection.fetch(STATEMENTS)
        if self._schema is None or self._schema_statements != statements:
            self._schema = Schema.of(connection)
            self._schema_statements = statements
            self._alerts.forget_columns()
        if self._schema is None:
            raise empty()
        return self._schema

    def _begin(self, connection: Reader, schema: Schema, size: int) -> None:
        """Start a new generation: the rows that were read before are out of date."""
        self._size = size
        low, high = connection.fetch(schema.id_range)[0]
        self._start(connection, low, high)
        if self._previews.worthwhile:
            self._preview(connection, schema)

    def _start(self, connection: Reader | None, low: int | None, high: int | None) -> None:
        """Start a new generation of rows with ids from `low` to `high`."""
        self.generation += 1
        self.loading, self._load_end = True, high or 0
        self._rows.begin(1 if low is None else low)
        self._system.begin()
        self._alerts.begin()
        self._unsent_due = 0.0
        total = 0 if high is None or low is None else high - low + 1
        row_bytes = max(1, self._size // max(1, total))
        self._chunk.begin(connection, row_bytes)
        self._previews.begin(total, row_bytes)
        self._found.append(LoadStarted(self._project, self.generation, total))
        self._found += self._notices.news(_ROWS, None)
        self._beside.begin()

    def _read_rows(self, connection: Reader, schema: Schema) -> bool:
        """Read rows until there are no more or the visit is over; return whether all were read."""
        while True:
            started = time.monotonic()
            limit = self._chunk.rows
            try:
                rows = connection.fetch(schema.rows_after, (self.last_id, limit))
            except DatabaseFault as fault:
                if fault.kind is FaultKind.TOO_MUCH:
                    self._chunk.was_too_much()
                raise
            if not rows:
                break
            ids = list(map(itemgetter(0), rows))
            if ids[0] <= self.last_id or ids != sorted(ids):
                # Garbled ids: following them would never end, and none stands for its row.
                raise damaged()
            fetched = time.monotonic()
            twins = self._beside.twins(connection.fetch, METRICS, self.last_id, rows[-1][0])
            decoded = decode([row for row in rows if row[0] not in twins] if twins else rows)
            self._rows.take(rows, decoded)
            ended = time.monotonic()
            self._chunk.adapt(connection, len(rows), fetched - started, ended - started)
            batches = _named_for_screen(decoded.batches)
            if batches or not twins:
                self._say_rows(batches)
            if decoded.broken:
                self._found += self._notices.news(_ROWS, broken_rows_sentence(self._rows.broken))
            if self.loading and self.last_id >= self._load_end and not self._beside.has_rows:
                self.finish_load()
            if self.loading:
                if self._previews.is_due(self._interval):
                    self._preview(connection, schema)
            elif len(rows) < limit:
                return True
            if self._visit_is_over:
                return False
        if self.loading and not self._beside.has_rows:
            self.finish_load()
        return True

    def _say_rows(self, batches: list[RunRows]) -> None:
        count = self._rows.count + self._beside.row_count
        self._found.append(RowsLoaded(self._project, self.generation, batches, count))

    def _take_waiting(self, fetch: Fetch, identity: str, columns: Collection[str]) -> bool:
        """Send the rows of metrics that wait; return whether the database was read far enough."""
        batches = self._beside.rows(fetch, columns, identity, self.last_id)
        if batches is None:
            return False
        if batches:
            self._say_rows(_named_for_screen(batches))
        if self.loading:
            self.finish_load()
        return True

    def _take_others_waiting(self, fetch: Fetch, schema: Schema | None) -> None:
        """Send waiting data other than rows of metrics."""
        identity = BY_ID if schema is None else schema.identity
        system = None if schema is None else schema.system
        columns: Collection[str] = () if system is None else system.metrics
        batches = self._beside.system_rows(fetch, columns, identity, self._system.last_id)
        if batches:
            replaces = self._system.sent()
            self._say_system(batches, replaces)
        columns = () if schema is None else self._alerts.columns
        alerts = self._beside.alerts(fetch, columns, identity, self._alerts.last_id)
        if alerts:
            # Alerts that are there with the first rows were raised before the first look.
            arriving = self._others_generation == self.generation
            self._found.append(AlertsLoaded(self._project, self.generation, alerts, arriving))
        self._others_generation = self.generation

    def _preview(self, connection: Reader, schema: Schema) -> None:
        """Send a sample over all rows with the newest, unless the last one is as good."""
        batches = self._previews.read(connection, schema)
        if batches is not None:
            shown = _named_for_screen(batches)
            self._found.append(PreviewLoaded(self._project, self.generation, shown))

    def _read_details(self, connection: Reader, schema: Schema) -> None:
        query = schema.details
        self._say_details(connection.fetch(query) if query else [], schema.identity)

    def _say_details(self, rows: list[Row], identity: str) -> None:
        """Send the details of runs where they changed."""
        # Only a hash is kept, as the rows themselves may have megabytes.
        found = hash((tuple(rows), self._beside.detail_count))
        if found != self._details_found:
            details = decode_details(rows, for_screen=True)
            details += self._beside.details({run.run_id for run in details}, identity)
            self._details_found = found
            self._found.append(DetailsLoaded(self._project, self.generation, details))

    def _count(self, connection: Reader, schema: Schema) -> bool:
        """Start again where a count shows that rows are gone; return whether all was read."""
        if self._rows.differ(connection, schema):
            self._begin(connection, schema, self._size)
            self._read_details(connection, schema)
            return self._read_rows(connection, schema)
        return True

    def _read_system(self, connection: Reader, schema: Schema) -> bool:
        """Read the machine's rows as `_read_rows` does those of metrics."""
        twins = None
        if self._beside.can_come:
            twins = partial(self._beside.twins, connection.fetch, SYSTEM_ROWS)
            if schema.system is None:
                return True
        for decoded, replaces in self._system.read(connection.fetch, schema.system, twins):
            self._say_system(decoded.batches, replaces)
            if self._visit_is_over and len(decoded.batches):
                return False
        broken = self._system.broken
        text = broken_rows_sentence(broken, "system row") if broken else None
        self._found += self._notices.news(_SYSTEM_ROWS, text)
        return True

    def _read_alerts(self, connection: Reader, schema: Schema) -> bool:
        """Read the alerts as `_read_rows` does the rows of metrics, on whose charts they stand."""
        arriving = self._alerts_generation == self.generation
        first = not arriving
        for alerts in self._alerts.read(connection.fetch, schema.identity):
            first = False
            twins = self._beside.twins(
                connection.fetch, ALERTS, alerts[0].row_id - 1, alerts[-1].row_id
            )
            new = [alert for alert in alerts if alert.row_id not in twins]
            if not new and arriving:
                continue
            self._found.append(AlertsLoaded(self._project, self.generation, new, arriving))
            if self._visit_is_over:
                return False
        if first and self.generation > 1:
            # An empty batch removes the rows of an older generation.
            self._found.append(AlertsLoaded(self._project, self.generation, [], False))
        self._alerts_generation = self.generation
        return True

    def _say_system(self, batches: list[RunRows], replaces: bool) -> None:
        named = _named_for_screen(batches)
        self._found.append(SystemRowsLoaded(self._project, self.generation, named, replaces))
        self._say_heartbeats(batches)

    def _say_heartbeats(self, batches: list[RunRows]) -> None:
        """Send when each run of these rows of its machine was alive."""
        times = signs_of_life(batches)
        if times:
            self._found.append(HeartbeatsLoaded(self._project, self.generation, times))

    def _read_unsent(self, connection: Reader, schema: Schema) -> None:
        now = time.monotonic()
        if now < self._unsent_due:
            return
        self._unsent_due = now + _UNSENT_SECONDS
        said = unsent_sentence(connection.fetch, schema)
        self._found += self._notices.news(UNSENT, said, Severity.INFO)


_NO_FILE = -1
"""It replaces an inode where all known rows wait beside a database that does not exist yet."""


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
