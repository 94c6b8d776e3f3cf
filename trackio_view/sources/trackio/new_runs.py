"""Which runs of a project rows were just added to."""

from __future__ import annotations

import os
import sqlite3
import time
from dataclasses import dataclass, field

from trackio_view.model.run import RunOfRows
from trackio_view.sources.trackio.faults import DatabaseFault
from trackio_view.sources.trackio.files.database import ProjectConnection, open_database
from trackio_view.sources.trackio.run_identity import BY_ID, BY_NAME, run_identity

_TABLES = ("metrics", "system_metrics")
_TRIES = 4
_PAUSE_SECONDS = 0.01


@dataclass(slots=True)
class NewRuns:
    """Remembers of each project in a directory how far its rows were seen."""

    directory: str
    _seen: dict[tuple[str, str], int] = field(default_factory=dict)
    """Project and table -> the highest number of a row."""

    def since_last_look(self, project: str) -> set[RunOfRows] | None:
        """Return the runs that have rows since this was asked last; none at the first time.

        `None` while the database can't be read: its rows are new the next time. It is opened for
        milliseconds, as a connection that stays keeps its writer from folding its log in.
        """
        for _ in range(_TRIES):
            try:
                return self._in_tables(project)
            except (DatabaseFault, sqlite3.Error, OSError):
                # Right after a write its database, another user's above all, is often in between.
                time.sleep(_PAUSE_SECONDS)
        return None

    def _in_tables(self, project: str) -> set[RunOfRows]:
        connection = open_database(os.path.join(self.directory, f"{project}.db"))
        try:
            identity = run_identity(_columns(connection, "metrics"))
            found = [self._in_table(connection, project, table, identity) for table in _TABLES]
        finally:
            connection.close()
        # What was not read to its end is new the next time, too.
        for table, (highest, _) in zip(_TABLES, found, strict=True):
            self._seen[project, table] = highest
        return set().union(*(runs for _, runs in found))

    def _in_table(
        self, connection: ProjectConnection, project: str, table: str, of_metrics: str
    ) -> tuple[int, set[RunOfRows]]:
        """Return the highest number of a row, and the runs that have rows above the one seen.

        `of_metrics` is what tells runs apart in the project's metrics.
        """
        seen = self._seen.get((project, table))
        columns = _columns(connection, table)
        if BY_NAME not in columns:
            return seen or 0, set()
        highest = connection.fetch(f"SELECT max(rowid) FROM {table}")[0][0] or 0
        if seen is None or highest <= seen:
            return highest, set()
        run_id = BY_ID if run_identity(columns, of_metrics) == BY_ID else "NULL"
        rows = connection.fetch(
            f"SELECT DISTINCT {run_id}, {BY_NAME} FROM {table} WHERE rowid > ?", (seen,)
        )
        return highest, {(None if row[0] is None else str(row[0]), str(row[1])) for row in rows}


def _columns(connection: ProjectConnection, table: str) -> set[str]:
    return {name for (name,) in connection.fetch(f"SELECT name FROM pragma_table_info('{table}')")}
