"""Which runs of a project rows were just added to."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass, field

from trackio_view.sources.trackio.faults import DatabaseFault
from trackio_view.sources.trackio.files.database import ProjectConnection, open_database

_TABLES = ("metrics", "system_metrics")

RunOfRows = tuple[str | None, str]
"""A run's id, which releases before 0.21 do not write, and its name."""


@dataclass(slots=True)
class NewRuns:
    """Remembers of each project in a directory how far its rows were seen."""

    directory: str
    _seen: dict[tuple[str, str], int] = field(default_factory=dict)
    """Project and table -> the highest number of a row."""

    def since_last_look(self, project: str) -> set[RunOfRows]:
        """Return the runs that have rows since this was asked last; none at the first time.

        None either while the database can't be read. Opened for milliseconds: a connection that
        stays keeps its writer from folding its log in.
        """
        found: set[RunOfRows] = set()
        try:
            connection = open_database(os.path.join(self.directory, f"{project}.db"))
        except (DatabaseFault, sqlite3.Error, OSError):
            return found
        try:
            for table in _TABLES:
                found |= self._in_table(connection, project, table)
        except (DatabaseFault, sqlite3.Error, OSError):
            return set()
        finally:
            connection.close()
        return found

    def _in_table(self, connection: ProjectConnection, project: str, table: str) -> set[RunOfRows]:
        columns = {
            row[0] for row in connection.fetch(f"SELECT name FROM pragma_table_info('{table}')")
        }
        if "run_name" not in columns:
            return set()
        highest = connection.fetch(f"SELECT max(rowid) FROM {table}")[0][0] or 0
        seen = self._seen.get((project, table))
        self._seen[project, table] = highest
        if seen is None or highest <= seen:
            return set()
        identity = "run_id" if "run_id" in columns else "NULL"
        rows = connection.fetch(
            f"SELECT DISTINCT {identity}, run_name FROM {table} WHERE rowid > ?", (seen,)
        )
        return {(None if row[0] is None else str(row[0]), str(row[1])) for row in rows}
