"""A recording as a source, and its answers to questions about what was not recorded."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest
from anyio.streams.memory import MemoryObjectSendStream

from trackio_view.model.events import DataEvent, LoadFinished, LoadStarted, Notice, RunObjectsLoaded
from trackio_view.model.gpu import GpusSampled
from trackio_view.model.objects import LoggedText, RunObjects
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.recording.codec import VERSION, encode_event
from trackio_view.recording.files import read_header
from trackio_view.recording.replay import Replay
from trackio_view.sources.source import Content, Interest, Part, RunsFound

P, Q = ProjectId("/somewhere", "p"), ProjectId("/somewhere", "q")
OBJECTS = RunObjects(texts=(LoggedText("note", 1, "told"),))
EVENTS: list[DataEvent] = [
    LoadStarted(P, 1, 1),
    LoadFinished(P, 1),
    RunObjectsLoaded(P, "r", OBJECTS),
]

Producer = Callable[[MemoryObjectSendStream[DataEvent]], Awaitable[None]]


async def sent_by(produce: Producer) -> list[DataEvent]:
    send, receive = anyio.create_memory_object_stream[DataEvent](100)
    async with send, receive:
        with anyio.fail_after(60):
            await produce(send)
        return [receive.receive_nowait() for _ in range(receive.statistics().current_buffer_used)]


@pytest.fixture
def replay(tmp_path: Path) -> Replay:
    path = tmp_path / "a.rec"
    first = {"trackio_view_recording": VERSION, "started": 1e9, "project": "p", "screen": "gpus"}
    lines = [encode_event(0.0, event) for event in EVENTS]
    path.write_bytes(json.dumps(first).encode() + b"\n" + b"".join(lines))
    return Replay(path, read_header(path), 1000.0)


async def test_a_project_that_a_recording_lacks_is_told_of_at_its_end(replay: Replay) -> None:
    assert replay.project == ProjectId(replay.origin, "p")
    assert replay.tells_all
    assert replay.clock() == 1e9
    with anyio.move_on_after(0.05) as waiting:
        await sent_by(lambda send: replay.watch(Q, send))
    assert waiting.cancelled_caught, "the recording has not ended yet"
    events = await sent_by(lambda send: replay.list(send, Interest))
    assert events[: len(EVENTS)] == EVENTS
    assert await sent_by(lambda send: replay.watch(P, send)) == []
    (notice,) = await sent_by(lambda send: replay.watch(Q, send))
    assert notice.text == "The recording tells nothing of q."  # type: ignore[union-attr]
    (sampled,) = await sent_by(replay.watch_gpus)
    assert isinstance(sampled, GpusSampled)
    assert sampled.report[0].text == "no GPU was sampled while this was recorded"


async def test_a_recording_that_can_be_read_no_further_says_why(replay: Replay) -> None:
    replay._path.unlink()
    (notice,) = await sent_by(lambda send: replay.list(send, Interest))
    assert isinstance(notice, Notice)
    assert "no such file" in str(notice.text).lower()
    assert replay.ended.is_set()


async def test_a_page_that_was_recorded_is_not_emptied(replay: Replay) -> None:
    empty = RunObjectsLoaded(P, "r", RunObjects())
    page = RunKey(P, "r")
    assert await sent_by(lambda send: replay.page(page, send)) == [empty]
    await sent_by(lambda send: replay.list(send, Interest))
    assert await sent_by(lambda send: replay.page(page, send)) == []
    (other,) = await sent_by(lambda send: replay.page(RunKey(P, "s"), send))
    assert other == RunObjectsLoaded(P, "s", RunObjects())


def test_a_snapshot_is_what_was_known_at_its_end(replay: Replay) -> None:
    # Only its events tell the origin of a project, so it is asked for by its name.
    assert list(replay.snapshot(replay.named("p"), Part())) == EVENTS
    assert list(replay.snapshot(replay.named("q"), Part())) == []
    parts = list(replay.snapshot(replay.named("p"), Part(Content.RUNS)))
    assert RunsFound(replay.named("p"), []) in parts
    assert replay.missing("p") is None
    assert list(replay.listed().projects) == []


def test_a_snapshot_is_of_one_project_where_two_origins_have_one_of_its_name(
    replay: Replay,
) -> None:
    twin = P._replace(origin="box:/data")
    with replay._path.open("ab") as file:
        file.write(encode_event(1.0, LoadStarted(twin, 1, 9)))
        file.write(encode_event(1.0, LoadFinished(P, 2)))
    assert list(replay.snapshot(replay.named("p"), Part())) == [*EVENTS, LoadFinished(P, 2)]


async def test_its_clock_stands_still_at_its_end(
    replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sent_by(lambda send: replay.list(send, Interest))
    begun = replay._begun
    assert begun is not None
    monkeypatch.setattr(f"{Replay.__module__}.time.monotonic", lambda: begun + 50.0)
    assert replay.clock() == 1e9, "all its events came at its beginning"
