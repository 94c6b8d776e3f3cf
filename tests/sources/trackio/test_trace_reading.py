"""Traces of a project's file are read in a thread, and a fault becomes a sentence."""

from __future__ import annotations

import os

import anyio
import pytest

from trackio_view.sources.trackio import trace_reading
from trackio_view.sources.trackio.faults import replaced
from trackio_view.sources.trackio.files.database import ProjectConnection, open_database
from trackio_view.sources.trackio.tables.traces import TracesReader
from trackio_view.sources.trackio.trace_reading import read_traces


async def test_a_database_that_changes_meanwhile_is_read_again(project) -> None:
    project.log([{}])
    tries = []

    def read(_: TracesReader) -> int:
        tries.append(1)
        if len(tries) < 3:
            raise replaced()
        return 5

    assert await read_traces(str(project.path), "id-run", read) == 5
    assert len(tries) == 3


async def test_a_project_that_is_written_to_whenever_it_is_read_is_kept_as_it_is(
    project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.log([{}] * 3)

    def written_to(path: str) -> ProjectConnection:
        os.utime(path, (1, 1))
        connection = open_database(path)
        os.utime(path, (2, 2))
        return connection

    def count(reader: TracesReader) -> object:
        return reader._reader.fetch("SELECT count(*) FROM metrics")

    monkeypatch.setattr(trace_reading, "open_at_rest", written_to)
    assert await read_traces(str(project.path), "id-run", count) == [(3,)]


async def test_a_fault_is_a_sentence_and_a_bug_is_raised(project, tmp_path) -> None:
    missing = await read_traces(str(tmp_path / "none.db"), "r", lambda _: 5)
    assert missing == "The database is not there."
    project.log([{}])

    def always(_: TracesReader) -> int:
        raise replaced()

    assert await read_traces(str(project.path), "r", always) == replaced().text

    def bug(_: TracesReader) -> int:
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        await read_traces(str(project.path), "r", bug)


async def test_a_reading_that_nobody_waits_for_is_interrupted(project, folder_state) -> None:
    project.log([{}])
    before = folder_state(project.path.parent)

    def endless(reader: TracesReader) -> object:
        return reader._reader.fetch(
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
        )

    with anyio.fail_after(30), anyio.move_on_after(0.2):
        await read_traces(str(project.path), "id-run", endless)
    assert folder_state(project.path.parent) == before
