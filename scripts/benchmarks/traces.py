"""The cost of listing, searching and opening a run's ten thousand traces."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from databases import RUN, Size, project_directory, scratch_directory

COUNT = 10_000
_SAID = "what is asked and answered here is about as long as a page of a book, and " * 35
"""A trace takes about 7 kB, with the copy for searches."""
_TABLE = """
CREATE TABLE traces(id TEXT PRIMARY KEY, run_id TEXT, timestamp TEXT NOT NULL, run_name TEXT,
    step INTEGER NOT NULL, key TEXT NOT NULL, trace_index INTEGER, messages TEXT NOT NULL,
    metadata TEXT NOT NULL, spans TEXT NOT NULL, search_text TEXT NOT NULL);
CREATE INDEX idx_traces_run_step ON traces(run_id, step);
"""
_MESSAGES = 100_000
"""The number of messages of the long trace."""


def take_traces() -> Mapping[str, float]:
    """Return the times of the questions of a page of traces, in milliseconds."""
    from trackio_view.model.opened_traces import TraceListRequest, TraceRequest
    from trackio_view.model.project_id import ProjectId
    from trackio_view.model.run import RunKey
    from trackio_view.model.traces import LoggedTraces
    from trackio_view.sources.trackio.files.database import open_at_rest
    from trackio_view.sources.trackio.tables.traces import traces_of

    page = RunKey(ProjectId("", "traced"), RUN)
    with contextlib.closing(open_at_rest(str(_project()))) as connection:
        reader = traces_of(connection, RUN)
        return {
            "the newest ten": _took(lambda: reader.in_brief(LoggedTraces())),
            "a list in the middle": _took(
                lambda: reader.some(TraceListRequest(page, first=COUNT // 2, most=300))
            ),
            "searched, one in a hundred": _took(
                lambda: reader.some(TraceListRequest(page, search="request 77", most=300))
            ),
            "searched, none": _took(
                lambda: reader.some(TraceListRequest(page, search="it is nowhere", most=300))
            ),
            "one opened": _took(lambda: reader.whole(TraceRequest(page, 5_000), "/media")),
            "one of 100,000 messages opened": _took(
                lambda: reader.whole(TraceRequest(page, COUNT + 1), "/media")
            ),
        }


def _took(read: Callable[[], object]) -> float:
    begin = time.perf_counter()
    read()
    return (time.perf_counter() - begin) * 1_000


def _project() -> Path:
    path = scratch_directory() / "traced" / "traced.db"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name("unfinished")
    unfinished.write_bytes((project_directory(Size(1_000, 2)) / "bench.db").read_bytes())
    with contextlib.closing(sqlite3.connect(unfinished)) as database:
        database.executescript(_TABLE)
        insert = (
            f"INSERT INTO traces VALUES (?, '{RUN}', '2026-03-01T10:00:00+00:00', 'first', ?,"
            " 'rollout', ?, ?, '{}', ?, ?)"
        )
        for number in range(COUNT):
            asked = f"request {number:04} {_SAID}"
            answer = {"role": "assistant", "content": _SAID}
            messages = json.dumps([{"role": "user", "content": asked}, answer])
            spans = json.dumps([{"id": "1", "name": "model", "duration_ms": number}])
            row = (f"{number}", number // 8, number % 8, messages, spans, asked.lower())
            database.execute(insert, row)
        long = json.dumps([{"role": "user", "content": "more"}] * _MESSAGES)
        database.execute(insert, ("long", COUNT, None, long, "[]", ""))
        database.commit()
    unfinished.rename(path)
    return path
