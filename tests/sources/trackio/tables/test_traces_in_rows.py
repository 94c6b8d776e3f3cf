"""Traces as TrackIO 0.25 wrote them, within rows of metrics."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from trackio_view.model.opened_traces import TraceListRequest, TraceRequest
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.sources.trackio.files.database import open_at_rest
from trackio_view.sources.trackio.tables import traces_in_rows
from trackio_view.sources.trackio.tables.traces import TracesReader, traces_of

PAGE = RunKey(ProjectId("", "project"), "id-run")


def within(said: str) -> dict[str, Any]:
    return {
        "_type": traces_in_rows.TYPE,
        "messages": [{"role": "user", "content": said}],
        "metadata": {},
    }


@pytest.fixture
def reader(project) -> Iterator[TracesReader]:
    """What reads the traces of a project with six within its rows, one row with two of them."""
    rows: list[dict[str, Any]] = [{"loss": 1.0}]
    rows += [{"a": within(f"first {n}"), "loss": 0.5} for n in range(5)]
    rows += [
        {"a": within("one"), "b": [within("two"), 5, within("three")]},
        {"note": traces_in_rows.TYPE},
    ]
    project.log([json.dumps(row, separators=(",", ":")).encode() for row in rows])
    with closing(open_at_rest(str(project.path))) as connection:
        yield traces_of(connection, "id-run")


def test_traces_within_rows_of_metrics(reader: TracesReader) -> None:
    def numbers(**asked: Any) -> tuple[int, list[int], list[Any]]:
        found = reader.some(TraceListRequest(PAGE, **asked))
        return found.total, [one.number for one in found.traces], [one.step for one in found.traces]

    asked: dict[str, Any] = {"within_rows": True, "most": 3}
    assert numbers(**asked) == (6, [4, 5, 6], [4, 5, 6])
    assert numbers(**asked, first=2) == (6, [2, 3, 4], [2, 3, 4])
    assert numbers(**asked, search="FIRST 3") == (1, [1], [4])
    last = reader.some(TraceListRequest(PAGE, **asked)).traces[-1]
    assert (last.key, last.request) == ("a and 2 more", "one")
    found = reader.whole(TraceRequest(PAGE, last.row, within_rows=True), "/m")
    assert [one.role for one in found.messages] == [
        *("trace a", "user", "trace b 0", "user", "trace b 2", "user"),
    ]
    gone = reader.whole(TraceRequest(PAGE, 1, within_rows=True), "/m")
    assert gone.fault == "It is no longer there."


def test_a_trace_nested_too_deeply_to_be_written_is_listed_all_the_same() -> None:
    nested: Any = "end"
    for _ in range(100_000):
        nested = [nested]
    document = {"a": {**within("hi"), "spans": nested}}
    summary = traces_in_rows.summary_within(3, 1, document, 1)
    assert (summary.key, summary.row, summary.number) == ("a", 3, 1)
