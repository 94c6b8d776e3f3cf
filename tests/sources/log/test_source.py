"""A training log as a source, watched while it grows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from anyio.streams.memory import MemoryObjectReceiveStream

from trackio_view.model.events import (
    DataEvent,
    LoadFinished,
    LoadStarted,
    Notice,
    RowsLoaded,
    RunObjectsLoaded,
)
from trackio_view.model.objects import RunObjects
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.sources.log import source as log_source
from trackio_view.sources.log import training_log
from trackio_view.sources.log.source import LogFile
from trackio_view.sources.log.training_log import read_log
from trackio_view.sources.newest_rows import Reach
from trackio_view.sources.source import Content, Part, RunsFound


async def test_a_growing_log_is_watched(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("loss=1\n")
    source = LogFile(path, 0.01)
    sender, receiver = anyio.create_memory_object_stream[DataEvent](0)
    events: list[DataEvent] = []

    async def until(kind: type, stream: MemoryObjectReceiveStream[DataEvent]) -> None:
        while True:
            events.append(await stream.receive())
            if isinstance(events[-1], kind):
                return

    async with sender, receiver, anyio.create_task_group() as group:
        group.start_soon(source.watch, source.project, sender)
        with anyio.fail_after(60):
            await until(LoadFinished, receiver)
            with path.open("a") as file:
                file.write("loss=2\n")
            await until(RowsLoaded, receiver)
        group.cancel_scope.cancel()
    assert isinstance(events[0], LoadStarted)
    assert events[0].project == ProjectId(str(path), "a")
    rows = [batch for event in events if isinstance(event, RowsLoaded) for batch in event.batches]
    assert [list(batch.columns["loss"].values) for batch in rows] == [[1.0], [2.0]]
    assert rows[1].times[0] >= rows[0].times[0]


async def test_a_page_of_a_log_is_empty_and_waits_for_nothing(tmp_path: Path) -> None:
    source = LogFile(tmp_path / "a.log", 0.01)
    sender, receiver = anyio.create_memory_object_stream[DataEvent](1)
    async with sender, receiver:
        with anyio.fail_after(60):
            await source.page(RunKey(source.project, "a.log"), sender)
        assert receiver.receive_nowait() == RunObjectsLoaded(source.project, "a.log", RunObjects())


def test_all_at_once_is_read_anew_and_parts_are_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.log"
    path.write_text("loss=1\nloss=2\n")
    reads: list[Path] = []

    def counted(path: Path) -> Iterator[DataEvent]:
        reads.append(path)
        yield from read_log(path)

    monkeypatch.setattr(log_source, "read_log", counted)
    source = LogFile(path, 0.01)

    def kinds(part: Part) -> set[type]:
        return {type(event) for event in source.snapshot(source.project, part)}

    assert RunsFound in kinds(Part(Content.RUNS))
    assert RowsLoaded in kinds(Part(Content.ROWS, "a.log"))
    assert len(reads) == 1
    for count in (2, 3):
        assert {LoadStarted, RowsLoaded, LoadFinished} <= kinds(Part())
        assert len(reads) == count


def test_a_notice_keeps_no_row_from_whoever_asks_for_all(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("loss=1\nloss=2")
    source = LogFile(path, 0.01)
    events = [*source.snapshot(source.project, Part())]
    said = [event.text for event in events if isinstance(event, Notice) and event.text]
    assert said == ["the last line has no line end: it may be incomplete"]
    assert sum(isinstance(event, RowsLoaded) for event in events) == 2


def test_a_look_reaches_the_present_only_at_the_end_of_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_log, "CHUNK_BYTES", 12)
    path = tmp_path / "a.log"
    path.write_text("loss=1\nloss=2\nloss=3\n")
    rows = log_source._LogRows(path)
    reached = []
    for _ in range(3):
        rows.look()
        reached.append(rows.reach)
    assert reached == [Reach.MORE, Reach.PRESENT, Reach.PRESENT]
