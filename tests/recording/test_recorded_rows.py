"""A recording that is followed: each look returns one event, once the clock has reached it."""

from __future__ import annotations

from pathlib import Path

import pytest

from trackio_view.model.events import DataEvent, LoadFinished, LoadStarted, Notice, ProjectOrigin
from trackio_view.model.project_id import ProjectId
from trackio_view.recording.codec import encode_event
from trackio_view.recording.files import Header, RecordingFile
from trackio_view.recording.recorded_rows import RecordedRows
from trackio_view.sources.newest_rows import Reach

P = ProjectId("", "p")
STARTED = 1_700_000_000.5
HEADER = Header(STARTED, "p", "metrics")
BEGIN, END = LoadStarted(P, 1, 1), LoadFinished(P, 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A recording of two events, three seconds apart, the first after one second."""
    made = tmp_path / "a.jsonl"
    file = RecordingFile(made, HEADER)
    file.write(encode_event(1.0, BEGIN) + encode_event(4.0, END))
    file.close()
    return made


def test_the_project_is_the_one_named_else_that_of_the_recording(path: Path) -> None:
    assert RecordedRows(path, HEADER, None).project == "p"
    assert RecordedRows(path, HEADER, "q").project == "q"
    assert RecordedRows(path, HEADER, "").project == ""


def test_the_clock_stops_at_each_event_before_it_is_taken_in(path: Path) -> None:
    rows = RecordedRows(path, HEADER, None)
    now, monotonic, sleep = rows.clock
    assert (now(), monotonic(), list(rows.look())) == (STARTED, 0.0, [])
    sleep(0.25)
    assert (now(), monotonic(), list(rows.look())) == (STARTED + 0.25, 0.25, [])
    sleep(60)
    assert (monotonic(), list(rows.look())) == (1.0, []), "a silence before it is seen"
    sleep(60)
    assert (monotonic(), list(rows.look())) == (1.0, [BEGIN])
    assert list(rows.look()) == [], "each is told once"
    assert rows.reach is Reach.PRESENT
    for _ in range(3):
        sleep(1.0)
        assert list(rows.look()) == []
    assert monotonic() == 4.0
    sleep(1.0)
    assert list(rows.look()) == [END]
    assert rows.reach is Reach.PRESENT, "whether one more comes is not known yet"
    sleep(1.0)
    assert (rows.reach, monotonic(), list(rows.look())) == (Reach.END, 4.0, [])
    sleep(1.0)
    assert rows.reach is Reach.END


def test_events_of_one_moment_take_no_time(tmp_path: Path) -> None:
    path = tmp_path / "b.jsonl"
    file = RecordingFile(path, HEADER)
    file.write(encode_event(0.0, BEGIN) + encode_event(0.0, END))
    file.close()
    rows = RecordedRows(path, HEADER, None)
    told: list[DataEvent] = []
    for _ in range(2):
        rows.clock.sleep(5)
        told += rows.look()
    assert (told, rows.clock.monotonic()) == ([BEGIN, END], 0.0)


def test_a_recorded_fault_keeps_nobody_from_reading_now(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    file = RecordingFile(path, HEADER)
    file.write(encode_event(0.0, Notice(ProjectOrigin(P), "The disk fails.")))
    file.write(b"garbage\n" + encode_event(0.5, END))
    file.close()
    rows = RecordedRows(path, HEADER, None)
    told: list[DataEvent] = []
    for _ in range(4):
        rows.clock.sleep(5)
        told += rows.look()
    assert told == [END]
    assert list(rows.left_out()) == ["1 line of the recording could not be read."]


def test_a_recording_without_events_is_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    RecordingFile(path, HEADER).close()
    rows = RecordedRows(path, HEADER, None)
    assert rows.reach is Reach.END
    rows.clock.sleep(5)
    assert (rows.clock.monotonic(), list(rows.look()), list(rows.left_out())) == (0.0, [], [])
