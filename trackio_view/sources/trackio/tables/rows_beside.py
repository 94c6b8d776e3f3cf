"""The rows that wait beside a project's database, each sent once, in the order of time.

They get ids above those of the database; once a server has imported them, their twins in the
database are left out.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from trackio_view.model.alerts import Alert
from trackio_view.model.run import RunDetails, RunRows
from trackio_view.sources.trackio.inbox import InboxRecord
from trackio_view.sources.trackio.reader import Fetch
from trackio_view.sources.trackio.tables.rows import with_times_for_steps
from trackio_view.sources.trackio.waiting_rows import (
    ALERTS,
    METRICS,
    SYSTEM_ROWS,
    Table,
    WaitingRows,
    as_alerts,
    columns_of,
)


class RowsBeside:
    """The rows that wait beside one database, as far as they were sent."""

    def __init__(self, waiting: WaitingRows | None) -> None:
        """`waiting` is `None` where no rows can come from beside the database."""
        self._waiting = waiting
        self._highest_id: float = 0
        """The highest id that was given to a row."""

    @property
    def can_come(self) -> bool:
        """Whether there is a place where rows may wait."""
        return self._waiting is not None

    @property
    def has_rows(self) -> bool:
        """Whether rows of metrics are still to be sent."""
        return self._waiting is not None and self._waiting.has_rows

    @property
    def row_count(self) -> int:
        """How many rows of metrics were sent."""
        return 0 if self._waiting is None else self._waiting.row_count

    @property
    def detail_count(self) -> int:
        """How often the rows said something of their runs."""
        return 0 if self._waiting is None else self._waiting.detail_count

    def begin(self) -> None:
        """Send everything again, as the receiver begins anew."""
        self._highest_id = 0
        if self._waiting is not None:
            self._waiting.begin()
            self._waiting.look()

    def look(self) -> None:
        """Look for new rows; to be called before the database is read."""
        if self._waiting is not None:
            self._waiting.look()

    def twins(self, fetch: Fetch, table: Table, above: float, last: int) -> Collection[int]:
        """Return the ids of rows that were sent before a server imported them."""
        return () if self._waiting is None else self._waiting.twins(fetch, table, above, last)

    def details(self, known: Collection[str], identity: str) -> list[RunDetails]:
        """Return what is said of the runs that are not among the `known` ids.

        `identity` is the column by which the database tells runs apart.
        """
        told = [] if self._waiting is None else self._waiting.details(identity)
        return [run for run in told if run.run_id not in known]

    def rows(
        self, fetch: Fetch, columns: Collection[str], identity: str, last_id: float
    ) -> list[RunRows] | None:
        """Return the rows of metrics to be sent now; `None` where the table has to be read before.

        `last_id` is the newest row that was read of the table, which has these `columns`;
        `identity` is the column by which it tells runs apart.
        """
        records = self._arrived(fetch, METRICS, columns, last_id)
        if records is None:
            return None
        above = max(last_id, self._highest_id)
        if records:
            self._highest_id = max(0.0, above) + len(records)
        return columns_of(records, identity, above)

    def system_rows(
        self, fetch: Fetch, columns: Collection[str], identity: str, last_id: float
    ) -> list[RunRows]:
        """Return the rows of the machine to be sent now, with ids above `last_id`."""
        records = self._arrived(fetch, SYSTEM_ROWS, columns) or ()
        return with_times_for_steps(columns_of(records, identity, last_id))

    def alerts(
        self, fetch: Fetch, columns: Collection[str], identity: str, last_id: float
    ) -> Sequence[Alert]:
        """Return the alerts to be sent now, with ids above `last_id`."""
        return as_alerts(self._arrived(fetch, ALERTS, columns) or (), identity, last_id)

    def _arrived(
        self, fetch: Fetch, table: Table, columns: Collection[str], last_id: float = math.inf
    ) -> list[InboxRecord] | None:
        """Return what was not sent yet; `None` where the table is to be read before."""
        if self._waiting is None:
            return []
        return self._waiting.arrived(fetch, table, columns, last_id)
