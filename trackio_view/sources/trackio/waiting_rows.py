"""Tells which rows of the inbox a database does not have, so that each row is shown once.

What was in the inbox before the database was read, and is not found in it then, has been shown by
nobody. Once shown it is remembered until a server has imported it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from trackio_view.light_typing import NamedTuple
from trackio_view.model.alerts import Alert, known_level
from trackio_view.model.run import RunDetails, RunRows
from trackio_view.sources.trackio.inbox import ALERT, METRIC, SYSTEM, FileKey, Inbox, InboxRecord
from trackio_view.sources.trackio.reader import Fetch
from trackio_view.sources.trackio.run_identity import run_known_by
from trackio_view.sources.trackio.tables.alerts import alert_step
from trackio_view.sources.trackio.tables.bounded_values import bounded_values
from trackio_view.sources.trackio.tables.rows import (
    as_text,
    bounded,
    decode_documents,
    parse_time,
    step_number,
)

_ASKED_AT_ONCE = 500


class Table(NamedTuple):
    """Where a kind of record ends up, and what it is known by there."""

    kind: str
    name: str
    key: str


METRICS = Table(METRIC, "metrics", "log_id")
SYSTEM_ROWS = Table(SYSTEM, "system_metrics", "log_id")
ALERTS = Table(ALERT, "alerts", "alert_id")


class WaitingRows:
    """What of a project lies in the inbox, as far as it was shown."""

    def __init__(self, inbox: Inbox, project: str) -> None:
        """`project` is its canonical name."""
        self._inbox = inbox
        self._project = project
        self._taken: set[FileKey] = set()
        self._pending: dict[str, list[InboxRecord]] = {}
        self._shown: dict[str, set[str]] = {}
        self._details: dict[str, RunDetails] = {}
        """What the records say of their runs, by run id."""
        self.detail_count = 0
        """How often any of them said so: a config may be written anew."""
        self.row_count = 0
        """How many rows of metrics were shown."""

    def begin(self) -> None:
        """Show everything again: what was shown is no longer what is known."""
        self._taken = set()
        self._pending = {table.kind: [] for table in (METRICS, SYSTEM_ROWS, ALERTS)}
        self._shown = {table.kind: set() for table in (METRICS, SYSTEM_ROWS, ALERTS)}
        self._details = {}
        self.row_count = 0

    def look(self) -> None:
        """Read what has come to the inbox: to be called before the database is read."""
        for key, records in self._inbox.records(self._project, self._taken).items():
            self._taken.add(key)
            for record in records:
                self._pending[record.kind].append(record)
                if record.config is not None:
                    self._details[record.run_id] = _details(record)
                    self.detail_count += 1

    @property
    def has_rows(self) -> bool:
        """Whether any row of metrics waits to be shown."""
        return bool(self._pending.get(METRIC))

    def details(self, identity: str) -> list[RunDetails]:
        """Return what the records say of their runs.

        `identity` is the column by which the database tells runs apart.
        """
        return [
            run._replace(run_id=run_known_by(identity, run.run_id, run.run_name))
            for run in self._details.values()
        ]

    def twins(self, fetch: Fetch, table: Table, above: float, last: int) -> Collection[int]:
        """Return which rows of a stretch of ids have been shown; those are forgotten here."""
        shown = self._shown.get(table.kind)
        if not shown:
            return ()
        # Tables of releases before the inbox know their rows by nothing else than ids.
        if not fetch(
            f"SELECT 1 FROM pragma_table_info('{table.name}') WHERE name = ?", (table.key,)
        ):
            return ()
        query = (
            f"SELECT id, {table.key} FROM {table.name}"
            f" WHERE id > ? AND id <= ? AND {table.key} IS NOT NULL"
        )
        found = {row_id: key for row_id, key in fetch(query, (above, last)) if key in shown}
        shown.difference_update(found.values())
        return found.keys()

    def arrived(
        self, fetch: Fetch, table: Table, columns: Collection[str], last_id: float
    ) -> list[InboxRecord] | None:
        """Return the records that are to be shown now, in order, each of them once.

        `last_id` is the newest row that was read of the table, which has these `columns`. Where
        newer ones are among the records, it is `None`: they have to be read before.
        """
        pending = self._pending[table.kind]
        there: dict[str, int] = {}
        if pending and table.key in columns:
            keys = [record.key for record in pending]
            for start in range(0, len(keys), _ASKED_AT_ONCE):
                some = keys[start : start + _ASKED_AT_ONCE]
                marks = ",".join("?" * len(some))
                query = f"SELECT {table.key}, id FROM {table.name} WHERE {table.key} IN ({marks})"
                there.update(fetch(query, some))
        if any(row_id > last_id for row_id in there.values()):
            return None
        shown = self._shown[table.kind]
        new: list[InboxRecord] = []
        for record in pending:
            if record.key not in there and record.key not in shown:
                shown.add(record.key)
                new.append(record)
        self._pending[table.kind] = []
        if table is METRICS:
            self.row_count += len(new)
        return new


def columns_of(records: Sequence[InboxRecord], identity: str, above: float) -> list[RunRows]:
    """Return records as columns, a batch a run, with ids from the first one above on.

    `identity` is the column by which the database tells runs apart.
    """
    rows: list[tuple[Any, ...]] = []
    for number, record in enumerate(records, start=1):
        run = run_known_by(identity, record.run_id, record.run_name)
        row_id = int(max(0.0, above)) + number
        rows.append((row_id, run, record.run_name, step_number(record.step), record.stamp, None))
    return decode_documents(rows, [record.document for record in records])


def as_alerts(records: Sequence[InboxRecord], identity: str, above: float) -> list[Alert]:
    """Return records of alerts as alerts, with ids from the first one above on."""
    return [
        Alert(
            row_id=int(max(0.0, above)) + number,
            run_id=run_known_by(identity, record.run_id, record.run_name),
            run_name=record.run_name,
            title=bounded(as_text(record.document.get("title"))),
            text=_text(record.document.get("text")),
            level=known_level(as_text(record.document.get("level"))),
            step=alert_step(record.step),
            time=parse_time(record.stamp),
        )
        for number, record in enumerate(records, start=1)
    ]


def _text(value: object) -> str | None:
    return None if value is None else bounded(as_text(value))


def _details(record: InboxRecord) -> RunDetails:
    config = bounded_values(record.config or {})
    group = config.get("_Group")
    return RunDetails(
        record.run_id, bounded(record.run_name), config, None if group is None else as_text(group)
    )
