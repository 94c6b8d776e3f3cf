"""Traces as TrackIO 0.25 wrote them: within rows of metrics, each of which is one trace here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trackio_view.light_typing import NamedTuple
from trackio_view.model.config import json_text
from trackio_view.model.opened_traces import TraceContent, TraceMessage
from trackio_view.model.traces import TraceSummary
from trackio_view.sources.trackio.reader import Row
from trackio_view.sources.trackio.tables.json_reading import read_json
from trackio_view.sources.trackio.tables.rows import as_text, parse_time, step_number
from trackio_view.sources.trackio.tables.schema import Schema
from trackio_view.sources.trackio.tables.trace_decoding import (
    TraceRow,
    TraceTexts,
    decode_trace,
    summarize_trace,
)

TYPE = "trackio.trace"
NOT_THERE = "It is no longer there."
_MOST_WITHIN_ROW = 100
"""Traces of one row that are read."""


class TraceRows:
    """The questions for traces within rows of metrics: each row counts as one trace."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    @property
    def _holds(self) -> str:
        schema = self._schema
        return (
            f" WHERE +{schema.identity} IS ?{{}}"
            f""" AND instr(CAST(metrics AS TEXT), '"_type":"{TYPE}"')"""
        )

    @property
    def _searched(self) -> str:
        return " AND lower(CAST(metrics AS TEXT)) LIKE ? ESCAPE '\\'"

    @property
    def count(self) -> str:
        """One row: how many there are, and the highest id; values: the run."""
        return (
            f"SELECT count(*) AS found, max({self._schema.row_id}) AS highest FROM metrics"
            f"{self._holds.format('')}"
        )

    @property
    def end_of_piece(self) -> str:
        """One row: the last id of those behind an id; values as those of the table."""
        key = self._schema.row_id
        return (
            f"SELECT max(place) AS last FROM (SELECT {key} AS place FROM metrics WHERE {key} > ?"
            f" ORDER BY {key} LIMIT ?)"
        )

    @property
    def matching(self) -> str:
        """Rows of an id each; values as those of the table."""
        key = self._schema.row_id
        held = self._holds.format(f" AND {key} > ? AND {key} <= ?")
        return f"SELECT {key} AS place FROM metrics{held}{self._searched} ORDER BY {key}"

    def among(self, count: int) -> str:
        """Rows for a list; values: so many ids."""
        schema = self._schema
        return (
            f"SELECT {schema.row_columns} FROM metrics"
            f" WHERE {schema.row_id} IN ({','.join('?' * count)})"
        )

    def some(self, *, is_from_end: bool) -> str:
        """Rows for a list; values as those of the table."""
        key = self._schema.row_id
        return (
            f"SELECT {self._schema.row_columns} FROM metrics"
            f"{self._holds.format(f' AND {key} <= ?')}"
            f" ORDER BY {key} {'DESC' if is_from_end else 'ASC'} LIMIT ? OFFSET ?"
        )

    @property
    def whole(self) -> str:
        """One row; values: its id, the run."""
        schema = self._schema
        return (
            f"SELECT {schema.row_columns} FROM metrics"
            f" WHERE {schema.row_id} = ? AND +{schema.identity} IS ?"
        )

    @staticmethod
    def summary(row: Row, number: int) -> TraceSummary:
        return summary_within(row[0], row[3], _document(row), number)

    @staticmethod
    def decoded(row: Row, media_directory: str) -> TraceContent:
        found = list(traces_within(_document(row)))
        contents = [
            decode_trace(*_as_stored(row[0], row[3], *one), parse_time(row[4]), media_directory)
            for one in found[:_MOST_WITHIN_ROW]
        ]
        if not contents:
            return TraceContent(fault=NOT_THERE)
        messages: list[TraceMessage] = []
        for (key, place, _), content in zip(found, contents, strict=False):
            if len(contents) > 1:
                called = key if place is None else f"{key} {place}"
                messages.append(TraceMessage(f"trace {called}"))
            messages += content.messages
        return contents[0]._replace(
            summary=summary_within(row[0], row[3], _document(row), 0), messages=messages
        )


class _Within(NamedTuple):
    key: str
    place: int | None
    document: Mapping[str, Any]


def traces_within(document: Mapping[str, Any]) -> Iterator[_Within]:
    """Yield the traces that a row of metrics holds."""
    for key, value in document.items():
        if _is_trace(value):
            yield _Within(as_text(key), None, value)
        elif isinstance(value, list):
            found = ((at, one) for at, one in enumerate(value) if _is_trace(one))
            yield from (_Within(as_text(key), at, one) for at, one in found)


def summary_within(
    row: int, step: object, document: Mapping[str, Any], number: int
) -> TraceSummary:
    """Return what a list tells of the traces that a row of metrics holds, as if they were one."""
    found = list(traces_within(document))
    if not found:
        return TraceSummary(number, row, "", step_number(step))
    first = summarize_trace(*_as_stored(row, step, *found[0]), number)
    if len(found) == 1:
        return first
    return first._replace(key=f"{first.key} and {len(found) - 1:,} more", place=None)


def _is_trace(value: object) -> bool:
    return isinstance(value, Mapping) and value.get("_type") == TYPE


def _document(row: Sequence[Any]) -> Mapping[str, Any]:
    try:
        document = read_json(row[5])
    except (TypeError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, Mapping) else {}


def _as_stored(
    row: int, step: object, key: str, place: int | None, document: Mapping[str, Any]
) -> tuple[TraceRow, TraceTexts]:
    """Return a trace that was parsed with its row, as one that lies in the table."""
    messages, metadata, spans = (
        json_text(document[name]) if document.get(name) else ""
        for name in ("messages", "metadata", "spans")
    )
    return TraceRow(row, key, step_number(step), place), TraceTexts(messages, metadata, spans)
