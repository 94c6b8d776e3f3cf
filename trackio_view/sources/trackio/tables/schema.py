"""The tables and columns of a project's database, and the queries that they allow."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from trackio_view.light_typing import TYPE_CHECKING, NamedTuple
from trackio_view.sources.trackio.files.access import Access
from trackio_view.sources.trackio.run_identity import (
    BY_EITHER,
    BY_ID,
    BY_NAME,
    has_both,
    has_runs,
    run_identity,
    run_name,
)
from trackio_view.sources.trackio.tables.rows import BYTES

if TYPE_CHECKING:
    from trackio_view.sources.trackio.reader import Reader, Row

STATEMENTS = "SELECT sql FROM sqlite_master"
"""The query for the statements that made the tables; TrackIO has some twenty tables."""
READ_SCHEMA = """
SELECT 'column', tables.name, columns.name
FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
WHERE tables.type = 'table' AND tables.name IN ('metrics', 'system_metrics', 'configs')
  AND (columns.name <> 'id' OR columns.pk AND upper(columns.type) = 'INTEGER')
UNION ALL
SELECT 'index', tables.name, columns.name
FROM sqlite_master AS tables, pragma_index_list(tables.name) AS indexes,
     pragma_index_info(indexes.name) AS columns
WHERE tables.type = 'table' AND tables.name IN ('metrics', 'system_metrics')
  AND columns.seqno = 0 AND NOT indexes.partial
"""
"""One statement, so that one moment of the schema is seen.

A column `id` that is no key, as in a table that was copied, may hold anything: it is passed over,
and rows are known by SQLite's own ids.
"""


PACE_DISTANCES = (4, 16, 64, 256, 1024, 4096)
"""How many ids below the newest row are those whose times tell the pace."""

BEFORE_ALL_IDS = -math.inf
_LOWEST_ID = -(2**63)


def id_before(first: int) -> float:
    """Return the id before `first`, which may be garbled and the lowest possible."""
    return first - 1 if first > _LOWEST_ID else BEFORE_ALL_IDS


def step_as_text(column: str) -> str:
    """Return the expression for a step that JSON can hold: bytes, as of numpy's integers, are
    spelled out.
    """
    return f"CASE typeof({column}) WHEN 'blob' THEN '{BYTES}'||hex({column}) ELSE {column} END"


class Schema(NamedTuple):
    """Which columns the tables have. TrackIO never told its releases apart in another way."""

    metrics: frozenset[str]
    configs: frozenset[str]
    indexed: frozenset[str]
    """Columns of `metrics` by which rows can be sought."""
    table: str = "metrics"
    """The table that the queries for rows read."""
    system: Schema | None = None
    """The same for the rows about the machine, where the project has such a table."""
    has_rows_without_id: bool = False
    """Whether a row of a project with run ids has none: then its name tells its run."""
    is_remote: bool = False
    """Whether answers come as JSON from a server that allows no recursion: no bytes, then."""

    @classmethod
    def from_rows(cls, rows: Iterable[Row]) -> Schema | None:
        """Return the schema that READ_SCHEMA's rows tell, or `None`: not a project, or not yet."""
        found: dict[tuple[str, str], set[str]] = {}
        for kind, table, column in rows:
            found.setdefault((kind, table), set()).add(column)
        metrics = frozenset(found.get(("column", "metrics"), ()))
        if "metrics" not in metrics or not has_runs(metrics):
            return None
        configs = frozenset(found.get(("column", "configs"), ()))
        indexed = frozenset(found.get(("index", "metrics"), ()))
        schema = cls(metrics, configs, indexed)
        return schema._replace(system=schema._of_machine(found))

    @classmethod
    def of(cls, reader: Reader) -> Schema | None:
        """Return the schema of what a reader reads, as `from_rows` does."""
        schema = cls.from_rows(reader.fetch(READ_SCHEMA))
        if schema is None or reader.access is not Access.REMOTE:
            return schema
        system = schema.system
        system = None if system is None else system._replace(is_remote=True)
        return schema._replace(is_remote=True, system=system)

    def _of_machine(self, found: Mapping[tuple[str, str], set[str]]) -> Schema | None:
        """Return the schema of the table that TrackIO has for the machine since 0.14."""
        table = "system_metrics"
        columns = frozenset(found.get(("column", table), ()))
        if "metrics" not in columns or not has_runs(columns):
            return None
        if run_identity(columns, self.identity) == BY_NAME:
            columns -= {BY_ID}
        return Schema(columns, frozenset(), frozenset(found.get(("index", table), ())), table)

    @property
    def identity(self) -> str:
        """What tells runs apart."""
        return run_identity(self.metrics, BY_EITHER if self.has_rows_without_id else BY_ID)

    @property
    def rows_without_id(self) -> str | None:
        """A row if some row has no run id; `None` where no name could stand for it.

        Costs a seek, and nothing where the column may hold no NULL, as TrackIO has it.
        """
        if not has_both(self.metrics):
            return None
        return f"SELECT 1 FROM {self.table} WHERE {BY_ID} IS NULL LIMIT 1"

    @property
    def row_id(self) -> str:
        return "id" if "id" in self.metrics else "rowid"

    @property
    def row_columns(self) -> str:
        """The columns of a row as `rows.decode` takes them."""
        return (
            f"{self.row_id}, {self.identity}, {self._name}, {self._step}, {self._time},"
            f" {self._metrics}"
        )

    @property
    def _name(self) -> str:
        return run_name(self.metrics)

    @property
    def _step(self) -> str:
        if "step" not in self.metrics:
            return "NULL"
        return step_as_text("step") if self.is_remote else "step"

    @property
    def _metrics(self) -> str:
        return "CAST(metrics AS TEXT)" if self.is_remote else "metrics"

    @property
    def _time(self) -> str:
        return "timestamp" if "timestamp" in self.metrics else "NULL"

    @property
    def _select_rows(self) -> str:
        return f"SELECT {self.row_columns} FROM {self.table}"

    @property
    def _select_glances(self) -> str:
        return (
            f"SELECT {self.row_id}, {self.identity}, {self._name}, {self._time} FROM {self.table}"
        )

    @property
    def rows_after(self) -> str:
        """Rows in id order; values: the last id seen, a limit."""
        key = self.row_id
        return f"{self._select_rows} WHERE {key} > ? ORDER BY {key} LIMIT ?"

    @property
    def ids_after(self) -> str:
        """Ids, ascending; values: the id that they are above, the highest one, a limit."""
        key = self.row_id
        return (
            f"SELECT {key} FROM {self.table} WHERE {key} > ? AND {key} <= ? ORDER BY {key} LIMIT ?"
        )

    @property
    def ids_before(self) -> str:
        """Ids, descending; values: the id that they are below, the lowest one, a limit."""
        key = self.row_id
        return (
            f"SELECT {key} FROM {self.table} WHERE {key} < ? AND {key} >= ?"
            f" ORDER BY {key} DESC LIMIT ?"
        )

    def rows_among(self, ids: Iterable[int]) -> str:
        """Those rows of `ids` that exist, in id order."""
        among = ",".join(map(str, ids))
        key = self.row_id
        return f"{self._select_rows} WHERE {key} IN ({among}) ORDER BY {key}"

    def run_rows_between(self, *, times: bool = True) -> str:
        """A run's rows in id order; values: a first id, a last id, the run's identity.

        A row has what `rows.decode_run` takes, without the run's id and name: to read these a
        million times over would cost a tenth of all reading. Without `times` it has no time.
        The `+` keeps SQLite from using an index by run, which would have to sort all its rows.
        """
        key = self.row_id
        time = self._time if times else "NULL"
        return (
            f"SELECT {key}, {self._step}, {time}, {self._metrics} FROM {self.table}"
            f" WHERE {key} >= ? AND {key} <= ? AND +{self.identity} IS ? ORDER BY {key}"
        )

    @property
    def run_rows_after(self) -> str:
        """A run's rows in id order; values: the last id seen, the run's identity, a limit."""
        key = self.row_id
        return (
            f"{self._select_rows} WHERE {key} > ? AND +{self.identity} IS ? ORDER BY {key} LIMIT ?"
        )

    def index_by(self, column: str) -> str:
        """A row if an index by a run's identity, the value, goes on by a column."""
        return (
            f"SELECT 1 FROM pragma_index_list('{self.table}') AS indexes,"
            " pragma_index_info(indexes.name) AS first, pragma_index_info(indexes.name) AS second"
            " WHERE NOT indexes.partial AND first.seqno = 0 AND first.name = ?"
            f" AND second.seqno = 1 AND second.name = '{column}' LIMIT 1"
        )

    @property
    def count_from_step(self) -> str:
        """One row: how many rows of a run have a step from one on; of texts and bytes none.

        Values: the run's identity, the step, the highest id that counts, where to stop counting.
        """
        return (
            f"SELECT count(*) FROM (SELECT 1 FROM {self.table} WHERE {self.identity} IS ?"
            f" AND step >= ? AND step < '' AND +{self.row_id} <= ? LIMIT ?)"
        )

    @property
    def last_above_step(self) -> str:
        """One row: the highest id of a run's rows above a step, NULL where there is none.

        Values: the run's identity, the step, the id that it is below.
        """
        key = self.row_id
        return (
            f"SELECT max({key}) FROM {self.table} WHERE {self.identity} IS ?"
            f" AND step > ? AND step < '' AND +{key} < ?"
        )

    @property
    def rows_outside_steps(self) -> str:
        """A row if a run has one whose step is up to the first value, or above the second.

        Values: the run's identity, both steps, the id that it is above, the highest id.
        """
        key = self.row_id
        return (
            f"SELECT 1 FROM {self.table} WHERE {self.identity} IS ?"
            f" AND (step <= ? OR step > ?) AND +{key} > ? AND +{key} <= ? LIMIT 1"
        )

    @property
    def rows_by_step(self) -> str:
        """A run's rows from its lowest step on; values: the run's identity, a limit."""
        return (
            f"SELECT {self.row_id}, {self._step}, NULL, {self._metrics} FROM {self.table}"
            f" WHERE {self.identity} IS ? ORDER BY step LIMIT ?"
        )

    @property
    def rows_below_step(self) -> str:
        """A run's rows below a step, those of the highest first.

        Values: the run's identity, the step, the id that they are below.
        """
        key = self.row_id
        return (
            f"SELECT {key}, {self._step}, NULL, {self._metrics} FROM {self.table}"
            f" WHERE {self.identity} IS ? AND step < ? AND +{key} < ? ORDER BY step DESC LIMIT 8"
        )

    @property
    def rows_at_step(self) -> str:
        """A run's rows of a step, the newest first.

        Values: the run's identity, the step, the id that they are below.
        """
        key = self.row_id
        return (
            f"SELECT {key}, {self._step}, {self._time}, {self._metrics} FROM {self.table}"
            f" WHERE {self.identity} IS ? AND step IS ? AND +{key} < ? ORDER BY {key} DESC LIMIT 64"
        )

    @property
    def newest_row(self) -> str:
        """What `witnesses` tells of the row with the highest id."""
        return f"{self._select_glances} ORDER BY {self.row_id} DESC LIMIT 1"

    def times_below(self, highest: int) -> str:
        """Id and timestamp of the row `highest` and of some before it, ever farther apart."""
        key = self.row_id
        among = ",".join(str(highest - distance) for distance in (0, *PACE_DISTANCES))
        return (
            f"SELECT {key}, {self._time} FROM metrics WHERE {key} IN ({among}) ORDER BY {key} DESC"
        )

    @property
    def id_range(self) -> str:
        """One row: the smallest and the highest id, both NULL without rows."""
        key, table = self.row_id, self.table
        return f"SELECT (SELECT min({key}) FROM {table}), (SELECT max({key}) FROM {table})"

    @property
    def count_and_highest(self) -> str:
        """One row: how many rows, and the highest id, of one moment."""
        key, table = self.row_id, self.table
        return f"SELECT (SELECT count(*) FROM {table}), (SELECT max({key}) FROM {table})"

    @property
    def count_between(self) -> str:
        """One row: how many rows have an id above the first and up to the second value."""
        return f"SELECT count(*) FROM {self.table} WHERE {self.row_id} > ? AND {self.row_id} <= ?"

    def witnesses(self, ids: Iterable[int]) -> str:
        """Id, run identity, run name and timestamp of those rows of `ids` that exist."""
        among = ",".join(map(str, ids))
        return f"{self._select_glances} WHERE {self.row_id} IN ({among})"

    @property
    def run_identities(self) -> str:
        """A row for each run that has rows: its identity."""
        key = self.identity
        if key not in self.indexed or self.is_remote:
            return f"SELECT DISTINCT {key} AS run FROM {self.table} WHERE {key} IS NOT NULL"
        # One seek leads from each run to the next: the cost is that of the runs, not of their rows.
        return (
            f"WITH RECURSIVE found(run) AS (SELECT min({key}) FROM {self.table} UNION ALL"
            f" SELECT (SELECT min({key}) FROM {self.table} WHERE {key} > run) FROM found"
            " WHERE run IS NOT NULL) SELECT run FROM found WHERE run IS NOT NULL"
        )

    @property
    def run_ends(self) -> str:
        """The newest row of each run, as `witnesses` tells it.

        Value: a timestamp that it is below, if the run has such a row. An index by run and
        timestamp makes this a seek or two for each run.
        """
        key, table = self.row_id, self.table
        of_run = f"SELECT {key} FROM {table} WHERE {self.identity} = runs.run"
        newest_first = f"ORDER BY timestamp DESC, {key} DESC LIMIT 1"
        return (
            f"{self._select_glances} WHERE {key} IN (SELECT coalesce("
            f"({of_run} AND timestamp < ? {newest_first}), ({of_run} {newest_first}))"
            f" FROM ({self.run_identities}) AS runs)"
        )

    @property
    def runs(self) -> str:
        """A row for each run: identity, rows, its first and last id; those of high ids first."""
        key = self.row_id
        return (
            f"SELECT {self.identity}, count(*), min({key}), max({key}) FROM {self.table}"
            f" GROUP BY {self.identity} ORDER BY max({key}) DESC"
        )

    @property
    def run_size(self) -> str:
        """One row: how many rows a run has; value: its identity."""
        return f"SELECT count(*) FROM {self.table} WHERE {self.identity} IS ?"

    @property
    def documents_of_run(self) -> str:
        """What lies in a run's rows; values: its identity, a limit."""
        return f"SELECT {self._metrics} FROM {self.table} WHERE {self.identity} IS ? LIMIT ?"

    @property
    def first_of_run(self) -> str:
        """One row: the id of a run's first row, NULL where it has none; value: its identity."""
        return f"SELECT min({self.row_id}) FROM {self.table} WHERE {self.identity} IS ?"

    @property
    def details(self) -> str | None:
        """Identity, name and config of each run that has one, oldest first; `None`: no table."""
        if "config" not in self.configs or not has_runs(self.configs):
            return None
        identity, name = run_identity(self.configs, self.identity), run_name(self.configs)
        config = "CAST(config AS TEXT)" if self.is_remote else "config"
        return f"SELECT {identity}, {name}, {config} FROM configs ORDER BY rowid"
