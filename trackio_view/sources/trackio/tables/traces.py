"""Reads the traces of a run: how many there are, some of them for a list, and one whole.

TrackIO keeps them in a table of their own since 0.26, with spans since 0.37; 0.25 wrote them into
rows of metrics, where a row is taken for one trace. A list reads from the database only what it
shows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from trackio_view.model.opened_traces import (
    TraceContent,
    TraceList,
    TraceListRequest,
    TraceRequest,
)
from trackio_view.model.traces import LoggedTraces, TraceSummary
from trackio_view.sources.trackio.faults import empty
from trackio_view.sources.trackio.reader import Reader, Row
from trackio_view.sources.trackio.run_identity import has_runs, run_identity
from trackio_view.sources.trackio.tables.rows import as_text, parse_time, step_number
from trackio_view.sources.trackio.tables.schema import Schema, step_as_text
from trackio_view.sources.trackio.tables.trace_decoding import (
    TraceRow,
    TraceTexts,
    decode_trace,
    summarize_trace,
)
from trackio_view.sources.trackio.tables.traces_in_rows import NOT_THERE, TraceRows

MOST_LISTED = 300
"""Traces that one answer tells of."""
PIECE_ROWS = 2_000
"""Rows that are searched at a time."""
_MOST_PIECES = 5_000
_BEFORE_ALL = -(1 << 63)
NEWEST = 10
"""Traces that the page of a run tells of."""
_LISTED_MESSAGES, _LISTED_METADATA, _LISTED_SPANS = 8_000, 4_000, 32_000
"""How many characters of each are read for a list."""
_SHOWN_MESSAGES, _SHOWN_METADATA, _SHOWN_SPANS = 8_000_000, 1_000_000, 4_000_000
"""How many characters of each are read for a page."""
_WILD = re.compile(r"([\\%_])")
"""Characters with a meaning in a pattern of SQL (https://sqlite.org/lang_expr.html#like)."""
_TOO_DEEP = "It is nested too deeply to be read."


def traces_of(reader: Reader, run_id: str) -> TracesReader:
    """Return the traces of a run in a project that is open. Raises DatabaseFault."""
    schema = Schema.of(reader)
    if schema is None:
        raise empty()
    return TracesReader(reader, schema, run_id)


class OpenTables(Protocol):
    """A project that is open to be read."""

    def fetch(self, query: str, values: Sequence[Any] = (), /) -> list[Row]:
        """Return all rows of a query."""


class TracesReader:
    """The traces of a run in a project that is open: where they lie, and what they hold."""

    def __init__(self, reader: OpenTables, schema: Schema, run_id: str) -> None:
        self._reader = reader
        self._schema = schema
        self._run_id = run_id
        query = "SELECT name FROM pragma_table_info('traces')"
        self._columns = {row[0] for row in reader.fetch(query)}

    @property
    def has_table(self) -> bool:
        """Whether the project has a table of traces."""
        return "messages" in self._columns and has_runs(self._columns)

    def in_brief(self, before: LoggedTraces) -> LoggedTraces:
        """Return how many traces the table has of the run, and the newest.

        `before` is what was found last, which is not read again where it is still so.
        """
        if not self.has_table:
            return before._replace(total=0, newest=())
        count, highest = self._counted(_TraceTable(self))
        rows = [one.row for one in before.newest[:1]]
        if (count, [highest] if count else []) == (before.total, rows):
            return before
        newest = self._listed(_TraceTable(self), count, highest, count, NEWEST)
        return before._replace(total=count, newest=tuple(reversed(newest)))

    def some(self, request: TraceListRequest) -> TraceList:
        """Return the traces that are asked for."""
        if not request.within_rows and not self.has_table:
            return TraceList()
        place = TraceRows(self._schema) if request.within_rows else _TraceTable(self)
        wanted = max(0, min(request.most, MOST_LISTED))
        search = request.search.strip().lower()
        if search:
            found = self._found(place, search)
            first, last = _window(request.first, wanted, len(found))
            return TraceList(len(found), tuple(self._among(place, found[first - 1 : last], first)))
        count, highest = self._counted(place)
        first, last = _window(request.first, wanted, count)
        listed = self._listed(place, count, highest, last, last - first + 1)
        return TraceList(count, tuple(listed))

    def whole(self, request: TraceRequest, media_directory: str) -> TraceContent:
        """Return one trace."""
        place = TraceRows(self._schema) if request.within_rows else _TraceTable(self)
        if not request.within_rows and not self.has_table:
            return TraceContent(fault=NOT_THERE)
        rows = self._reader.fetch(place.whole, (request.row, self._run_id))
        if not rows:
            return TraceContent(fault=NOT_THERE)
        try:
            return place.decoded(rows[0], media_directory)
        except RecursionError:
            return TraceContent(fault=_TOO_DEEP)

    def _counted(self, place: _TraceTable | TraceRows) -> tuple[int, int]:
        ((count, highest),) = self._reader.fetch(place.count, (self._run_id,))
        return count or 0, highest or 0

    def _found(self, place: _TraceTable | TraceRows, search: str) -> list[int]:
        """Return the ids of what is searched for, in their order.

        All texts are searched, a piece at a time: between two pieces a server can answer others,
        and a search that nobody wants any more can end.
        """
        pattern = _WILD.sub(r"\\\1", search)
        found: list[int] = []
        after = _BEFORE_ALL
        for _ in range(_MOST_PIECES):
            ((end,),) = self._reader.fetch(place.end_of_piece, (after, PIECE_ROWS))
            if not isinstance(end, int) or end <= after:
                break
            rows = self._reader.fetch(place.matching, (self._run_id, after, end, f"%{pattern}%"))
            found += [row[0] for row in rows[:PIECE_ROWS] if isinstance(row[0], int)]
            after = end
        return found

    def _among(
        self, place: _TraceTable | TraceRows, ids: Sequence[int], first: int
    ) -> Iterator[TraceSummary]:
        """Yield the traces of some ids, which have numbers from `first` on."""
        if not ids:
            return
        rows = {row[0]: row for row in self._reader.fetch(place.among(len(ids)), ids)}
        for number, one in enumerate(ids, start=first):
            if one in rows:
                yield _summary(place, rows[one], number)

    def _listed(
        self, place: _TraceTable | TraceRows, count: int, highest: int, last: int, most: int
    ) -> list[TraceSummary]:
        """Return `most` traces up to the one of a number, of those that were there when counted."""
        most = min(most, last)
        if most <= 0:
            return []
        first = last - most + 1
        # Count from the nearer end.
        is_from_end = count - last < first - 1
        offset = count - last if is_from_end else first - 1
        query = place.some(is_from_end=is_from_end)
        rows = self._reader.fetch(query, (self._run_id, highest, most, offset))
        ordered = reversed(rows) if is_from_end else rows
        return [_summary(place, row, first + at) for at, row in enumerate(ordered)]


def _summary(place: _TraceTable | TraceRows, row: Row, number: int) -> TraceSummary:
    try:
        return place.summary(row, number)
    except RecursionError:
        return TraceSummary(number, row[0], "", math.nan, error=_TOO_DEEP)


def _window(first: int | None, wanted: int, count: int) -> tuple[int, int]:
    """Return the first and the last number of those that are wanted, the newest without `first`."""
    begin = max(1, count - wanted + 1 if first is None else first)
    return begin, min(count, begin + wanted - 1)


class _TraceTable:
    """The questions for traces in a table of their own."""

    def __init__(self, reader: TracesReader) -> None:
        self._columns = reader._columns
        self._schema = reader._schema
        self._is_remote = reader._schema.is_remote

    @property
    def _identity(self) -> str:
        return run_identity(self._columns, self._schema.identity)

    @property
    def count(self) -> str:
        """One row: how many there are, and the highest id; values: the run."""
        return (
            "SELECT count(*) AS found, max(rowid) AS highest FROM traces"
            f" WHERE {self._identity} IS ?"
        )

    @property
    def end_of_piece(self) -> str:
        """One row: the last id of those behind an id; values: that id, how many."""
        return (
            "SELECT max(place) AS last FROM (SELECT rowid AS place FROM traces WHERE rowid > ?"
            " ORDER BY rowid LIMIT ?)"
        )

    @property
    def matching(self) -> str:
        """Rows of an id each; values: the run, the id before the first, the last, a pattern."""
        return (
            f"SELECT rowid AS place FROM traces WHERE +{self._identity} IS ? AND rowid > ?"
            f" AND rowid <= ?{self._searched} ORDER BY rowid"
        )

    def among(self, count: int) -> str:
        """Rows for a list; values: so many ids."""
        return (
            f"SELECT {self._of(_LISTED_MESSAGES, _LISTED_METADATA, _LISTED_SPANS)} FROM traces"
            f" WHERE rowid IN ({','.join('?' * count)})"
        )

    def some(self, *, is_from_end: bool) -> str:
        """Rows for a list; values: the run, the highest id, a limit, how many first.

        The `+` keeps SQLite from using an index by run, which would have to sort all its rows.
        """
        return (
            f"SELECT {self._of(_LISTED_MESSAGES, _LISTED_METADATA, _LISTED_SPANS)} FROM traces"
            f" WHERE +{self._identity} IS ? AND rowid <= ?"
            f" ORDER BY rowid {'DESC' if is_from_end else 'ASC'} LIMIT ? OFFSET ?"
        )

    @property
    def whole(self) -> str:
        """One row; values: its id, the run."""
        return (
            f"SELECT {self._of(_SHOWN_MESSAGES, _SHOWN_METADATA, _SHOWN_SPANS)} FROM traces"
            f" WHERE rowid = ? AND +{self._identity} IS ?"
        )

    @property
    def _searched(self) -> str:
        if "search_text" not in self._columns:
            return " AND lower(CAST(messages AS TEXT)) LIKE ? ESCAPE '\\'"
        return " AND search_text LIKE ? ESCAPE '\\'"

    def _of(self, messages: int, metadata: int, spans: int) -> str:
        step = self._column("step")
        columns = [
            "rowid AS place",
            f"{step_as_text(step) if self._is_remote else step} AS logged_step",
            f"{self._column('key')} AS logged_key",
            f"{self._column('trace_index')} AS logged_index",
            f"{self._column('timestamp')} AS logged_time",
        ]
        for name, most in (("messages", messages), ("metadata", metadata), ("spans", spans)):
            text = f"CAST({name} AS TEXT)" if self._is_remote else name
            columns += [
                f"substr({text}, 1, {most}) AS {name}_part" if name in self._columns else "NULL",
                f"max(0, ifnull(length({name}), 0) - {most}) AS {name}_unread"
                if name in self._columns
                else "0",
            ]
        return ", ".join(columns)

    def _column(self, name: str) -> str:
        return name if name in self._columns else "NULL"

    @staticmethod
    def summary(row: Row, number: int) -> TraceSummary:
        place, _, texts = _taken(row)
        return summarize_trace(place, texts, number)

    @staticmethod
    def decoded(row: Row, media_directory: str) -> TraceContent:
        place, stamp, texts = _taken(row)
        return decode_trace(place, texts, parse_time(stamp), media_directory)


def _taken(row: Row) -> tuple[TraceRow, object, TraceTexts]:
    rowid, step, key, place, stamp, messages, unread, metadata, more_metadata, *spans = row
    taken = TraceRow(
        rowid, as_text(key), step_number(step), place if isinstance(place, int) else None
    )
    texts = TraceTexts(
        as_text(messages), as_text(metadata), as_text(spans[0]), unread, more_metadata, spans[1]
    )
    return taken, stamp, texts
