"""Reads the readable part of a damaged database into a private copy, which is read like any other
database.

SQLite gives up at the first page that it cannot make sense of. A table is a tree by row id,
though, and every page of it that is intact can be reached by asking for ids beyond the damage.
This room is sent to a machine behind SSH where a project there is damaged.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trackio_view.sources.trackio.faults import (
    FaultKind,
    damaged,
    explain,
    in_temporary_directory,
    interrupted,
)
from trackio_view.sources.trackio.files.access import Access
from trackio_view.sources.trackio.files.damaged_file import DamagedFile
from trackio_view.sources.trackio.files.database import ProjectConnection, fetch
from trackio_view.sources.trackio.run_identity import RUN_COLUMNS

if TYPE_CHECKING:
    from trackio_view.sources.trackio.reader import Row


TABLES = ("metrics", "system_metrics", "configs", "alerts", "traces")
"""All tables that are read."""
MOST_FAILURES = 2_000
"""Queries into the damage for one table from each end: then the rest of it is given up.

A damaged page takes some forty, and each some 0.05 ms.
"""
_MOST_SECONDS = 5.0
"""How many seconds these queries may take, because a dying disk is slow with each."""
_CLOSE = 64
"""How many ids behind a damaged place are tried one by one. Further ids are tried in
growing steps.
"""
_FAR = 1 << 17
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1


def open_salvaged(path: str, should_stop: Callable[[], bool] = lambda: False) -> ProjectConnection:
    """Return a connection to a copy of all that is readable of the database at `path`.

    Its `damage` says in one sentence what is missing, `None` where nothing turned out to be. The
    copy goes with the connection. Raises as `open_database` does, also where no row is readable.
    """
    source = DamagedFile(path, should_stop)
    try:
        # With an empty name, SQLite keeps the database in memory, and in a nameless file where it
        # is large.
        target = sqlite3.connect(
            "", isolation_level=None, check_same_thread=False, factory=ProjectConnection
        )
        try:
            target.execute("PRAGMA journal_mode = off")
            target.damage = _copy_tables(source, target, should_stop)
            target.execute("PRAGMA query_only = 1")
        except BaseException:
            target.close()
            raise
        target.access, target.path, target.opened = Access.COPY, source.path, source.opened
        return target
    finally:
        source.close()


def _copy_tables(
    source: DamagedFile, target: sqlite3.Connection, should_stop: Callable[[], bool]
) -> str | None:
    listed = source.fetch("SELECT name FROM sqlite_master WHERE type = 'table'")
    names = {name for (name,) in listed}
    tables = [_TableCopy(source, target, name, should_stop) for name in TABLES if name in names]
    target.execute("BEGIN")
    for table in tables:
        table.copy()
    target.execute("COMMIT")
    if all(table.intact for table in tables) and source.visit(_opens):
        return None
    if not any(table.copied for table in tables if table.name == "metrics"):
        raise damaged()
    return damage_sentence([table.lost for table in tables])


def _opens(source: ProjectConnection) -> bool:
    """Return whether SQLite takes the file without our insisting: not one that was cut off."""
    try:
        source.execute("PRAGMA writable_schema = 0")
        fetch(source, "SELECT 1 FROM sqlite_master LIMIT 1")
    except sqlite3.Error as error:
        fault = explain(error)
        if fault is None or fault.kind is not FaultKind.DAMAGED:
            raise
        return False
    return True


def damage_sentence(lost: list[int | None]) -> str:
    """Return the notice of a damaged database; `lost`: ids left out of each table, if known."""
    if None in lost:
        return str(damaged())
    count = sum(number for number in lost if number is not None)
    if count == 0:
        return "The database is damaged, but all of its rows are readable."
    if count == 1:
        return "The database is damaged: 1 row is unreadable."
    return f"The database is damaged: up to {count:,} rows are unreadable."


class _TableCopy:
    """One table, and how its copy goes."""

    def __init__(
        self,
        source: DamagedFile,
        target: sqlite3.Connection,
        name: str,
        should_stop: Callable[[], bool],
    ) -> None:
        self.source = source
        self.target = target
        self.name = name
        self.should_stop = should_stop
        self.copied = 0
        self.lost: int | None = 0
        """Ids between readable rows that may have had rows; `None` where an end is unknown."""
        self.intact = True
        self.failures = 0
        self.deadline = 0.0
        self._known: int | None = None
        """The id of the newest row, where it can be read."""
        self._select = ""
        self._insert = ""

    def copy(self) -> None:
        """Create the table in the target and fill it with every row that can be reached."""
        columns = self.source.fetch("SELECT name, type, pk FROM pragma_table_info(?)", [self.name])
        keys = [name for name, _, place in columns if place]
        alias = {name for name, kind, _ in columns if keys == [name] and kind.upper() == "INTEGER"}
        # The copy has no constraints and no types, so that every value is copied as it is.
        described = [
            f"{_quoted(name)} INTEGER PRIMARY KEY" if name in alias else _quoted(name)
            for name, _, _ in columns
        ]
        table = _quoted(self.name)
        self.target.execute(f"CREATE TABLE {table} ({', '.join(described)})")
        names = ["rowid", *(_quoted(name) for name, _, _ in columns if name not in alias)]
        # No index is used, because it may be the damaged part.
        self._select = f"SELECT {', '.join(names)} FROM {table} NOT INDEXED"
        marks = ", ".join("?" * len(names))
        self._insert = f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) VALUES ({marks})"
        self._copy_rows()
        for identity in RUN_COLUMNS:
            if any(name == identity for name, _, _ in columns):
                index = _quoted(f"{self.name} by {identity}")
                with in_temporary_directory():
                    self.target.execute(f"CREATE INDEX {index} ON {table} ({identity})")
        self._check_indexes()

    def _copy_rows(self) -> None:
        low, high = self._ends()
        reached = self._walk(1, low, high)
        if reached >= high:
            return
        # The newest rows are read from the other end, so the damage between does not matter.
        back = -self._walk(-1, -(high + 1), -(reached + 1))
        self._lose(back - reached - 1)

    def _ends(self) -> tuple[int, int]:
        """Return the id after which rows begin and the highest one, as far as can be known."""
        self._allow()
        lowest = self._ask(1, _LOWEST, _HIGHEST, 1)
        # Where it cannot be read: the first row that was ever written has almost always id 1.
        low = lowest[0][0] - 1 if lowest else 0
        newest = self._ask(-1, _LOWEST, -_LOWEST, 1)
        if newest:
            self._known = newest[0][0]
            return low, newest[0][0]
        if newest is not None:
            return low, low
        try:
            written = self.source.fetch(
                "SELECT seq FROM sqlite_sequence WHERE name = ?", [self.name]
            )
        except sqlite3.Error:
            written = []
        known = written[0][0] if written else None
        if isinstance(known, int) and low < known:
            return low, known
        self.lost = None
        return low, self._highest_readable(low)

    def _highest_readable(self, low: int) -> int:
        """Return the highest id that can be read, where nothing tells which ids there are."""
        reached, bits = low, 0
        while bits < 63:
            if self._newest_below(1 << bits) is not None:
                reached = max(reached, 1 << bits)
            bits += 1
        failed = min(_HIGHEST, max(1, 2 * reached))
        while failed - reached > 1:
            middle = (reached + failed) // 2
            if self._newest_below(middle) is None:
                failed = middle
            else:
                reached = middle
        newest = self._newest_below(reached)
        return newest[0][0] if newest else low

    def _newest_below(self, row_id: int) -> list[Row] | None:
        return self._ask(-1, -row_id, -_LOWEST, 1)

    def _walk(self, direction: int, last: int, end: int) -> int:
        """Copy rows from `last` (not included) to `end`; return how far that came.

        Walking back, ids are negative. Ends early where nothing readable is found any more.
        """
        self._allow()
        limit = self.source.chunk_rows
        while last < end:
            rows = self._ask(direction, last, end, limit)
            if rows is None and limit > 1:
                limit = max(1, limit // 4)
                continue
            if rows is None:
                beyond = self._next_readable(direction, last, end)
                if beyond is None:
                    return last
                rows = self._ask(direction, beyond, end, 1)
                if rows is None:
                    return last
                first = direction * rows[0][0] if rows else end + 1
                self._lose(first - last - 1)
                last = beyond
            if not rows:
                return end
            with in_temporary_directory():
                self.target.executemany(self._insert, rows)
            self.copied += len(rows)
            last = direction * rows[-1][0]
            limit = min(self.source.chunk_rows, limit * 2)
        return end

    def _next_readable(self, direction: int, last: int, end: int) -> int | None:
        """Return the first id after which rows can be read again, or `None` if none was found.

        A hole is mostly one page, seldom many: looked through id by id at first, then in steps of
        a quarter of its width so far, and from `_FAR` on doubling.
        """
        failed = at = last
        while self._asks_on:
            width = at - last
            step = 1 if width < _CLOSE else width // 4 if width < _FAR else width
            at += step
            if at >= end:
                return None
            if self._ask(direction, at, end, 1) is not None:
                break
            failed = at
        else:
            return None
        while at - failed > 1:
            middle = (at + failed) // 2
            if self._ask(direction, middle, end, 1) is None:
                failed = middle
            else:
                at = middle
        return at

    def _ask(self, direction: int, last: int, end: int, limit: int) -> list[Row] | None:
        """Return rows after `last` up to `end`, or `None` where they are not readable."""
        if self.should_stop():
            raise interrupted()
        # "At least" rather than "more than": that would seek the row before, which may be lost.
        if direction > 0:
            within, values = "rowid >= ? AND rowid <= ? ORDER BY rowid", (last + 1, end)
        else:
            within, values = "rowid <= ? AND rowid >= ? ORDER BY rowid DESC", (-last - 1, -end)
        try:
            rows = self.source.fetch(f"{self._select} WHERE {within} LIMIT ?", (*values, limit))
        except sqlite3.Error as error:
            fault = explain(error)
            if fault is None or fault.kind is not FaultKind.DAMAGED:
                raise
            rows = None
        if rows is not None:
            ids = [direction * row[0] for row in rows]
            # A garbled id sends SQLite's search astray, which it does not notice itself.
            ordered = all(
                row_id > (ids[place - 1] if place else last) for place, row_id in enumerate(ids)
            )
            # It also does not notice that its search ended before a row that is there.
            if ordered and (ids[-1] <= end if ids else end != self._known):
                return rows
        self.intact = False
        self.failures += 1
        return None

    def _allow(self) -> None:
        self.failures = 0
        self.deadline = time.monotonic() + _MOST_SECONDS

    @property
    def _asks_on(self) -> bool:
        return self.failures < MOST_FAILURES and time.monotonic() < self.deadline

    def _lose(self, ids: int) -> None:
        if self.lost is not None:
            self.lost += max(0, ids)

    def _check_indexes(self) -> None:
        """Notice damage that reading rows by id passes by: counting goes through an index."""
        if not self.intact:
            return
        table = _quoted(self.name)
        try:
            count: Any = self.source.fetch(f"SELECT count(*) FROM {table}")[0][0]
            self.source.fetch(f"SELECT count(*) FROM {table} NOT INDEXED")
        except sqlite3.Error as error:
            fault = explain(error)
            if fault is None or fault.kind is not FaultKind.DAMAGED:
                raise
            self.intact = False
            return
        # A writer may have added some meanwhile.
        self.intact = count >= self.copied


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
