"""Recordings are read from a pipe as they come, and written into one while somebody reads."""

from __future__ import annotations

import fcntl
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from trackio_view.model.events import DataEvent, LoadFinished, LoadStarted
from trackio_view.model.project_id import ProjectId
from trackio_view.recording.codec import VERSION, BrokenLine, Recorded, encode_event, json_line
from trackio_view.recording.files import LeftOut, Lines, Unrecordable, read_header, recorded_events
from trackio_view.recording.pipes import PIPE, Pipe, is_read
from trackio_view.recording.replay import Replay
from trackio_view.sources.source import Interest

P = ProjectId("/far", "p")
HEADER = json_line(
    {"trackio_view_recording": VERSION, "started": 7.0, "project": "p", "screen": "metrics"}
)
STARTED, FINISHED = LoadStarted(P, 1, 0), LoadFinished(P, 1)


@pytest.fixture
def ends() -> Iterator[tuple[int, int]]:
    """Return a pipe's two ends, which a test may close before."""
    reading, writing = os.pipe()
    yield reading, writing
    for end in (reading, writing):
        try:
            os.close(end)
        except OSError:
            continue


@pytest.fixture
def standard_input(ends: tuple[int, int]) -> Iterator[int]:
    """Return the end of a pipe whose other end is standard input."""
    kept = os.dup(0)
    os.dup2(ends[0], 0)
    yield ends[1]
    os.dup2(kept, 0)
    os.close(kept)


def test_lines_are_given_as_they_come_and_whole(ends: tuple[int, int]) -> None:
    reading, writing = ends
    lines = Lines(Pipe(reading), "-")
    line = encode_event(0.5, STARTED)
    os.write(writing, line + line[:20])
    # The second event is not waited for, because it may come hours later.
    assert lines.read() == [(True, Recorded(0.5, STARTED))]
    os.write(writing, line[20:30])
    assert lines.read() == []
    os.write(writing, line[30:] + line + b"cut off")
    assert [recorded for _, recorded in lines.read() or ()] == [Recorded(0.5, STARTED)] * 2
    os.close(writing)
    last = lines.read()
    assert last is not None
    ((is_whole, cut),) = last
    assert not is_whole
    assert isinstance(cut, BrokenLine)
    assert lines.read() is None


def test_a_long_line_is_searched_once_and_not_kept(ends: tuple[int, int]) -> None:
    reading, writing = ends
    pipe = Pipe(reading)
    os.write(writing, b"x" * 30_000)
    assert pipe.readline(100_000) is None
    os.write(writing, b"x" * 30_000)
    assert pipe.readline(50_000) == b"x" * 50_000
    os.write(writing, b"\nnext\n")
    assert pipe.readline(50_000) == b"x" * 10_000 + b"\n"
    assert pipe.has_line()
    assert pipe.readline(50_000) == b"next\n"


async def test_a_pipe_beyond_a_thousand_open_files_is_read(ends: tuple[int, int]) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(2_048, limits[1]), limits[1]))
    high = fcntl.fcntl(ends[0], fcntl.F_DUPFD, 1_500)
    try:
        os.write(ends[1], b"a\n")
        assert not await Pipe(high).arrival()
    finally:
        os.close(high)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


async def test_a_line_that_has_arrived_is_read_at_once(ends: tuple[int, int]) -> None:
    reading, writing = ends
    pipe = Pipe(reading)
    os.write(writing, b"a\nb\n")
    assert not await pipe.arrival()
    assert pipe.readline(10) == b"a\n"
    assert not await pipe.arrival()
    assert pipe.readline(10) == b"b\n"
    async with anyio.create_task_group() as group:

        async def write() -> None:
            await anyio.lowlevel.checkpoint()
            os.write(writing, b"c\n")

        group.start_soon(write)
        assert await pipe.arrival()


async def test_an_event_that_was_waited_for_is_due_as_it_comes(standard_input: int) -> None:
    """After an hour of sleep, or a slow connection, the delay is no longer than that of the
    pipe."""
    os.write(standard_input, HEADER)
    source = Replay(PIPE, read_header(PIPE))
    send, receive = anyio.create_memory_object_stream[DataEvent](10)
    async with send, receive, anyio.create_task_group() as group:
        group.start_soon(source.list, send, Interest)
        await anyio.wait_all_tasks_blocked()
        os.write(standard_input, encode_event(3600.0, STARTED))
        with anyio.fail_after(30):
            assert await receive.receive() == STARTED
            assert source.clock() >= 7.0 + 3600.0
            # The program ends although a thread still waits for the pipe.
            group.cancel_scope.cancel()


async def test_a_recording_through_a_pipe_keeps_its_pace(standard_input: int) -> None:
    os.write(standard_input, HEADER + encode_event(0.0, STARTED) + encode_event(3600.0, FINISHED))
    source = Replay(PIPE, read_header(PIPE))
    send, receive = anyio.create_memory_object_stream[DataEvent](10)
    async with send, receive, anyio.create_task_group() as group:
        group.start_soon(source.list, send, Interest)
        with anyio.fail_after(30):
            assert await receive.receive() == STARTED
        with anyio.move_on_after(0.05):
            pytest.fail(f"{await receive.receive()} came an hour early")
        group.cancel_scope.cancel()


async def test_after_an_event_that_was_waited_for_it_keeps_its_pace(standard_input: int) -> None:
    os.write(standard_input, HEADER)
    source = Replay(PIPE, read_header(PIPE))
    send, receive = anyio.create_memory_object_stream[DataEvent](10)
    async with send, receive, anyio.create_task_group() as group:
        group.start_soon(source.list, send, Interest)
        await anyio.wait_all_tasks_blocked()
        os.write(standard_input, encode_event(3600.0, STARTED) + encode_event(7200.0, FINISHED))
        with anyio.fail_after(30):
            assert await receive.receive() == STARTED
        with anyio.move_on_after(0.05):
            pytest.fail(f"{await receive.receive()} came an hour early")
        group.cancel_scope.cancel()


def test_a_pipe_is_read_to_its_end_without_an_event_loop(standard_input: int) -> None:
    os.write(standard_input, HEADER + encode_event(0.0, STARTED) + encode_event(1.0, FINISHED))
    assert read_header(PIPE).project == "p"
    events = recorded_events(PIPE, LeftOut())
    assert next(events).event == STARTED
    os.dup2(os.open(os.devnull, os.O_WRONLY), standard_input)
    assert [recorded.event for recorded in events] == [FINISHED]


def test_standard_input_may_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "recording.jsonl"
    path.write_bytes(HEADER + encode_event(0.0, STARTED))
    kept = os.dup(0)
    try:
        with path.open("rb") as file:
            os.dup2(file.fileno(), 0)
            assert read_header(PIPE).project == "p"
            assert [at for at, _ in recorded_events(PIPE, LeftOut())] == [0.0]
    finally:
        os.dup2(kept, 0)
        os.close(kept)


@pytest.mark.parametrize("text", [b"", b"a login says this\n", b'{"loss": 1}\n'])
def test_standard_input_that_is_no_recording_is_a_sentence(
    standard_input: int, text: bytes
) -> None:
    os.write(standard_input, text)
    os.dup2(os.open(os.devnull, os.O_WRONLY), standard_input)
    with pytest.raises(Unrecordable, match=r"^standard input is no recording of trackio-view$"):
        read_header(PIPE)


def test_a_terminal_is_no_recording() -> None:
    controller, terminal = os.openpty()
    script = "from pathlib import Path; from trackio_view.recording import files; "
    script += "files.read_header(Path('-'))"
    try:
        ended = subprocess.run(
            [sys.executable, "-c", script], stdin=terminal, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(controller)
        os.close(terminal)
    assert b"standard input cannot be read: it is a terminal" in ended.stderr


def test_nobody_reads_a_pipe_whose_other_end_is_closed(ends: tuple[int, int]) -> None:
    reading, writing = ends
    assert is_read(writing)
    os.close(reading)
    assert not is_read(writing)
