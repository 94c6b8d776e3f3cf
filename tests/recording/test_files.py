"""A recording is written while events pass, and replayed as it was."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import math
import os
import socket
import stat
import time
from array import array
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from trackio_view.model.events import (
    DataEvent,
    LoadFinished,
    LoadStarted,
    Notice,
    ProjectVanished,
    RowsLoaded,
)
from trackio_view.model.gpu import GpuIdentity, GpuSample, GpusSampled
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.recording import files
from trackio_view.recording.changes import ChangesReader
from trackio_view.recording.codec import VERSION, Recorded, decode_event, encode_event
from trackio_view.recording.files import (
    Header,
    RecordingFile,
    Unrecordable,
    read_header,
    write_recording,
)
from trackio_view.recording.replay import Replay
from trackio_view.series.series import MetricColumn
from trackio_view.sources.source import Interest

P = ProjectId("", "p")

HEADER = Header(1_700_000_000.5, "p", "system")
COLUMN = MetricColumn(array("I", [0]), array("d", [2.5]))
ROWS = RunRows("r", "r", 1, array("d", [0.0]), array("d", [1.0]), {"m": COLUMN}, last_step=0.0)
EVENTS: list[Recorded] = [
    Recorded(0.0, LoadStarted(P, 1, 1)),
    Recorded(0.01, RowsLoaded(P, 1, [ROWS], 1)),
    Recorded(0.02, LoadFinished(P, 1)),
]


async def record(path: Path, events: list[Recorded]) -> list[Notice]:
    notices: list[Notice] = []
    send, receive = anyio.create_memory_object_stream[Recorded](len(events))
    async with receive:
        async with send:
            for event in events:
                await send.send(event)
        await write_recording(RecordingFile(path, HEADER), receive, notices.append)
    return notices


async def replay(path: Path, speed: float = 1000.0) -> tuple[list[DataEvent], Replay]:
    source = Replay(path, read_header(path), speed)
    send, receive = anyio.create_memory_object_stream[DataEvent](1000)
    async with send, receive:
        with anyio.fail_after(60):
            await source.list(send, Interest)
        events = [receive.receive_nowait() for _ in range(receive.statistics().current_buffer_used)]
    return events, source


def notices(events: list[DataEvent]) -> dict[str, str | None]:
    return {event.subject: event.text for event in events if isinstance(event, Notice)}


async def test_events_that_were_recorded_are_replayed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    assert await record(path, EVENTS) == []
    assert read_header(path) == HEADER
    events, source = await replay(path)
    assert events[:-1] == [event for _, event in EVENTS]
    assert events[-1].text == "The recording ends here."  # type: ignore[union-attr]
    assert source.ended.is_set()
    assert source.projects == {P}
    assert not source.sampled


def of_an_older_program(at: float, time: float) -> bytes:
    """Return a line as it was written before GPUs had hosts, and readings moments."""
    sample = GpuSample(GpuIdentity("0000:28:00.0", "AMD", "a GPU"), time, power=29.0)
    line = json.loads(encode_event(at, GpusSampled((sample,), ())))
    del line["event"]["source"], line["event"]["clock_zero"]
    (recorded,) = line["event"]["samples"]["$tuple"]
    # Today, fields with their default values are not written.
    assert "host" not in recorded["identity"]
    return json.dumps(line).encode() + b"\n"


@pytest.mark.parametrize("started", [HEADER.started, None])
async def test_readings_of_gpus_that_an_older_program_recorded_have_moments(
    tmp_path: Path, started: float | None
) -> None:
    path = tmp_path / "a.jsonl"
    header = {"trackio_view_recording": VERSION, "started": started, "screen": "gpus"}
    lines = [of_an_older_program(at, 4882.5 + at + late) for at, late in ((0.5, 0.0), (1.5, 0.01))]
    path.write_bytes(json.dumps(header).encode() + b"\n" + b"".join(lines))
    events, source = await replay(path)
    sampled = [event for event in events if isinstance(event, GpusSampled)]
    moments = [event.moment(event.samples[0]) for event in sampled]
    assert len(moments) == 2
    assert moments[1] - moments[0] == pytest.approx(1.01)
    if started is None:
        assert abs(moments[0] - time.time()) < 3600
    else:
        assert moments[0] == pytest.approx(started + 0.5)
    assert [event.samples[0].identity.host for event in sampled] == ["", ""]
    assert source.sampled


async def test_readings_of_gpus_keep_their_source_and_moments(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    sample = GpuSample(GpuIdentity("0000:28:00.0", "AMD", "a GPU", host="node7"), 3.0)
    told = GpusSampled((sample,), (), "node7", 1_600_000_000.0)
    await record(path, [Recorded(0.0, told)])
    events, _ = await replay(path)
    assert events[0] == told


async def test_speed_shortens_the_time_between_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jsonl"
    await record(path, [Recorded(0.0, EVENTS[0].event), Recorded(3600.0, EVENTS[2].event)])
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("trackio_view.recording.replay.anyio.sleep", sleep)
    _, source = await replay(path, speed=10)
    assert slept[-1] == pytest.approx(360, abs=1)
    # The recording's clock is used, so that a run that was live then is live now.
    assert HEADER.started <= source.clock() <= HEADER.started + 3600


async def test_a_recording_that_was_cut_off_is_shown_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    await record(path, EVENTS)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    events, _ = await replay(path)
    assert events[:-1] == [event for _, event in EVENTS[:-1]]
    assert set(notices(events)) == {"end"}


async def test_broken_lines_and_unknown_kinds_make_a_notice_each(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    await record(path, EVENTS)
    lines = path.read_bytes().splitlines(keepends=True)
    strange = b'{"at":0.01,"kind":"Later","event":{}}\n'
    path.write_bytes(b"".join([*lines[:2], b"{broken\n", strange, strange, b"\n", *lines[2:]]))
    events, _ = await replay(path)
    assert [event for event in events if not isinstance(event, Notice)] == [
        event for _, event in EVENTS
    ]
    told = notices(events)
    assert told["lines"] == "2 lines of the recording could not be read."
    assert told["kinds"] is not None
    assert "2 events" in told["kinds"]
    assert "Later" in told["kinds"]


@pytest.mark.parametrize("text", ["", "loss=1\n", '{"a": 1}\n', "\x00\xff", "[" * 100_000])
def test_another_file_is_no_recording_and_is_not_overwritten(tmp_path: Path, text: str) -> None:
    path = tmp_path / "notes.txt"
    path.write_text(text)
    with pytest.raises(Unrecordable, match="no recording"):
        read_header(path)
    if text:
        with pytest.raises(Unrecordable, match="left as it is"):
            RecordingFile(path, HEADER)
    assert path.read_text() == text


def test_a_recording_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"trackio_view_recording": 99}\n')
    with pytest.raises(Unrecordable, match="newer"):
        read_header(path)


def test_a_packed_recording_says_what_unpacks_it(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"trackio_view_recording": 1}\n'))
    for asked in (lambda: read_header(path), lambda: RecordingFile(path, HEADER)):
        with pytest.raises(Unrecordable, match="is packed by gzip, which zcat undoes"):
            asked()


def test_two_programs_do_not_record_into_one_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    first = RecordingFile(path, HEADER)
    first.write(b'{"at": 0.0}\n')
    before = path.read_bytes()
    with pytest.raises(Unrecordable, match="another program records into it"):
        RecordingFile(path, HEADER)
    assert path.read_bytes() == before
    first.close()
    RecordingFile(path, HEADER).close()


def test_an_older_recording_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    for project in ("first", None):
        RecordingFile(path, HEADER._replace(project=project)).close()
    assert read_header(path).project is None
    assert len(path.read_bytes().splitlines()) == 1


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "no" / "folder", Path("/dev/full")):
        with pytest.raises(Unrecordable, match="cannot be recorded into"):
            RecordingFile(path, HEADER)


@pytest.mark.parametrize(
    "started", ["1e999", "-1e300", "1" + "0" * 400, "NaN", "true", '"soon"', "[]", "253402300800"]
)
async def test_a_beginning_beyond_the_calendar_is_unknown(tmp_path: Path, started: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"trackio_view_recording": 1, "started": {started}}}\n')
    assert math.isnan(read_header(path).started)
    _, source = await replay(path)
    assert abs(source.clock() - time.time()) < 3600


def test_a_project_and_a_screen_that_are_no_words_are_unknown(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"trackio_view_recording": 1, "project": 5, "screen": ["gpus"]}\n')
    header = read_header(path)
    assert (header.project, header.screen) == (None, "")


@pytest.mark.parametrize("at", ["1e999", "1e300", "-1e300", "1" + "0" * 400, "NaN", "1e10"])
async def test_an_event_that_never_comes_is_a_broken_line(tmp_path: Path, at: str) -> None:
    path = tmp_path / "a.jsonl"
    await record(path, EVENTS)
    with path.open("a") as file:
        file.write(f'{{"at": {at}, "kind": "ProjectVanished", "event": {{"project": "p"}}}}\n')
    events, _ = await replay(path)
    assert ProjectVanished(P) not in events
    assert notices(events)["lines"] == "1 line of the recording could not be read."


@pytest.mark.parametrize("ends", [b"\n", b""])
async def test_a_line_without_an_end_is_passed_over_piece_by_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: bytes
) -> None:
    path = tmp_path / "a.jsonl"
    await record(path, EVENTS)
    with path.open("ab") as file:
        # The file is sparse, so that a line of 300 MB takes no room.
        file.truncate(file.tell() + 300_000_000)
        file.seek(0, os.SEEK_END)
        file.write(ends)
    if ends:
        with path.open("ab") as file:
            file.write(encode_event(0.03, ProjectVanished(ProjectId("", "last"))))
    decoded: list[int] = []

    def counting(line: bytes, origin: str, changes: ChangesReader) -> Recorded:
        decoded.append(len(line))
        return decode_event(line, origin, changes)

    monkeypatch.setattr(files, "decode_event", counting)
    events, _ = await replay(path)
    assert max(decoded) < 10_000
    assert notices(events)["lines"] == "1 line of the recording could not be read."
    assert (ProjectVanished(ProjectId("", "last")) in events) is bool(ends)


def test_no_line_is_held_whole_beyond_the_longest(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.truncate(300_000_000)
    taken: list[int] = []

    class Counted(io.BufferedReader):
        def readline(self, size: int | None = -1, /) -> bytes:
            line = super().readline(size)
            taken.append(len(line))
            return line

    with Counted(io.FileIO(path)) as counted:
        lines = files.Lines(counted, "")
        while lines.read() is not None:
            pass
    assert sum(taken) == 300_000_000
    assert max(taken) == taken[0] == files._LONGEST_LINE
    assert max(taken[1:]) <= 1 << 20


def make_fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


def make_socket(path: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
    return path


ODD_PLACES: dict[str, Callable[[Path], Path]] = {
    "a pipe": make_fifo,
    "a socket": make_socket,
    "a device": lambda _: Path("/dev/zero"),
    "a directory": lambda path: path.parent,
}


@pytest.mark.parametrize("kind", ODD_PLACES)
def test_nothing_is_waited_for_where_a_recording_is_no_file(tmp_path: Path, kind: str) -> None:
    path = ODD_PLACES[kind](tmp_path / "it")
    with pytest.raises(Unrecordable, match=f"cannot be read: it is {kind} and no file"):
        read_header(path)


@pytest.mark.parametrize(
    ("kind", "said"),
    [("a pipe", "nobody reads it"), ("a socket", "nobody reads it"), ("a directory", "is a dir")],
)
def test_where_nobody_reads_nothing_is_recorded(tmp_path: Path, kind: str, said: str) -> None:
    path = ODD_PLACES[kind](tmp_path / "it")
    with pytest.raises(Unrecordable, match=f"cannot be recorded into: {said}"):
        RecordingFile(path, HEADER)


async def test_a_pipe_that_is_read_is_recorded_into(tmp_path: Path) -> None:
    path = make_fifo(tmp_path / "it")
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert await record(path, EVENTS) == []
        lines = os.read(reader, 1 << 16).splitlines()
    finally:
        os.close(reader)
    assert [decode_event(line) for line in lines[1:]] == EVENTS


def test_a_new_recording_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    mask = os.umask(0)
    try:
        RecordingFile(path, HEADER).close()
    finally:
        os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    # The permissions of an older recording stay, because a person may have chosen them.
    path.chmod(0o644)
    RecordingFile(path, HEADER).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


class FullDisk:
    """A file on a disk that has room for a number of further bytes."""

    def __init__(self, path: Path, room: int) -> None:
        self._file = path.open("r+b", buffering=0)
        self._file.seek(0, os.SEEK_END)
        self._room = room

    def write(self, data: memoryview) -> int:
        if not self._room:
            raise OSError(28, "No space left on device")
        written = self._file.write(data[: self._room])
        self._room -= written
        return written

    def tell(self) -> int:
        return self._file.tell()

    def truncate(self, size: int) -> None:
        self._file.truncate(size)

    def close(self) -> None:
        self._file.close()


async def test_a_full_disk_ends_the_recording_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    file = RecordingFile(path, HEADER)
    file._file.close()
    file._file = FullDisk(path, 150)  # type: ignore[assignment]
    told: list[Notice] = []
    send, receive = anyio.create_memory_object_stream[Recorded](1)
    async with receive, anyio.create_task_group() as tasks:
        tasks.start_soon(write_recording, file, receive, told.append)
        async with send:
            with anyio.fail_after(60):
                for number in range(100):
                    await send.send(Recorded(0.0, ProjectVanished(ProjectId("", f"p{number}"))))
    assert [notice.text for notice in told] == [
        "The recording has stopped: no space left on device."
    ]
    assert path.read_bytes().endswith(b"}\n"), "no half a line is left"
    events, _ = await replay(path)
    assert ProjectVanished(ProjectId("", "p0")) in events
    assert ProjectVanished(ProjectId("", "p50")) not in events


@pytest.mark.parametrize("room", [0, 5])
def test_bytes_written_before_the_disk_was_full_are_kept(tmp_path: Path, room: int) -> None:
    # As with `--record - >> session.jsonl`.
    path = tmp_path / "a.jsonl"
    file = RecordingFile(path, HEADER)
    file._file.close()
    path.write_bytes(b"what was there before\n" * 100)
    file._file = FullDisk(path, room)  # type: ignore[assignment]
    with pytest.raises(OSError, match="No space left"):
        file.write(b'{"at": 0.0}\n')
    file.close()
    assert path.read_bytes() == b"what was there before\n" * 100


async def test_events_that_wait_are_written_when_the_program_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    send, receive = anyio.create_memory_object_stream[Recorded](100)
    async with send, receive, anyio.create_task_group() as tasks:
        tasks.start_soon(write_recording, RecordingFile(path, HEADER), receive, print)
        for number in range(100):
            send.send_nowait(Recorded(0.0, ProjectVanished(ProjectId("", f"p{number}"))))
        await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    lines = path.read_bytes().splitlines()
    assert len(lines) == 101
    assert json.loads(lines[-1])["event"] == {
        "project": {"$type": "ProjectId", "origin": "", "name": "p99"}
    }


@pytest.mark.parametrize(("version", "readable"), [(1, True), (2, True), (3, False)])
def test_recordings_of_this_version_and_older_ones_are_read(
    tmp_path: Path, version: int, readable: bool
) -> None:
    path = tmp_path / "a.jsonl"
    RecordingFile(path, HEADER).close()
    first = path.read_text()
    assert '"trackio_view_recording":2,' in first
    path.write_text(first.replace('recording":2,', f'recording":{version},'))
    with contextlib.nullcontext() if readable else pytest.raises(Unrecordable, match="newer"):
        read_header(path)
