"""Random traces: lists of them, and each of them, are read, whatever their table holds."""

from __future__ import annotations

import contextlib
from pathlib import Path
from random import Random
from typing import Any

from scripts.fuzzing import values
from trackio_view.headless.trace_text import trace_lines
from trackio_view.model.opened_traces import TraceListRequest, TraceRequest
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run, RunKey
from trackio_view.model.traces import LoggedTraces
from trackio_view.sources.trackio.faults import explain
from trackio_view.sources.trackio.files.database import open_at_rest
from trackio_view.sources.trackio.tables.schema import Schema
from trackio_view.sources.trackio.tables.traces import TracesReader

COLUMNS = (
    *("id", "run_id", "timestamp", "run_name", "step", "key", "trace_index"),
    *("messages", "metadata", "spans", "search_text"),
)
_ROLES = ("user", "assistant", "tool", "system", "")
_KEYS = (
    *("role", "content", "tool_calls", "tool_call_id", "reasoning_content", "name"),
    *("id", "parent_id", "kind", "start_time", "end_time", "duration_ms", "status", "error"),
    *("input", "output", "model", "usage", "cost_usd", "metadata", "parentId", "latency_ms"),
)


def trace_cell(random: Random, column: str) -> Any:
    """Return a value of a column, mostly one that TrackIO would write."""
    if column == "key":
        return values.name(random)
    if column == "trace_index":
        return random.choice((None, 0, 3, "x"))
    if column == "messages":
        return values.encoded(random, [_message(random) for _ in range(random.randrange(5))])
    if column == "metadata":
        return values.encoded(random, _odd(random))
    if column == "spans":
        return values.encoded(random, [_span(random, at) for at in range(random.randrange(6))])
    return values.writable(random)


def _message(random: Random) -> Any:
    content = random.choice((None, values.writable(random, 40), [_odd(random), "part"]))
    called = {"name": values.name(random), "arguments": values.writable(random)}
    message = {"role": random.choice(_ROLES), "content": content}
    if random.random() < 0.3:
        message["tool_calls"] = [{"id": "1", "function": called}]
    return _twisted(random, message)


def _span(random: Random, number: int) -> Any:
    # Each span may be a child of itself, of a later span, or of none.
    parent = random.choice((None, number, number + 1, 99))
    span: dict[str, Any] = {"id": number, "parent_id": parent, "name": values.name(random)}
    span["start_time"] = random.choice((values.moment(random), values.number(random)))
    span["duration_ms"] = values.number(random)
    return _twisted(random, span)


def _odd(random: Random) -> dict[str, Any]:
    return {random.choice(_KEYS): values.document(random, 2) for _ in range(3)}


def _twisted(random: Random, document: dict[str, Any]) -> Any:
    if random.random() < 0.3:
        document |= _odd(random)
    return document if random.random() < 0.95 else values.document(random, 3)


def read_traces(random: Random, path: Path, run_ids: list[str]) -> None:
    """Read lists of a project's traces and each listed trace, and print some."""
    page = RunKey(ProjectId("", "p"), "")
    try:
        with contextlib.closing(open_at_rest(str(path))) as connection:
            schema = Schema.of(connection)
            if schema is None:
                return
            for run_id in run_ids:
                reader = TracesReader(connection, schema, run_id)
                brief = reader.in_brief(LoggedTraces())
                list(trace_lines(brief, Run(run_id, run_id)))
                search = random.choice(("", "o", "%", values.writable(random)))
                within_rows = random.random() < 0.2
                request = TraceListRequest(page, search, None, 20, within_rows=within_rows)
                for trace in reader.some(request).traces:
                    reader.whole(TraceRequest(page, trace.row, within_rows), "/media")
    except Exception as error:
        if explain(error) is None:
            raise
