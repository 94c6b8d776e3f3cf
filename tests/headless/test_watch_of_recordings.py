"""A recording that is waited for is read at once, and judged by its own clock."""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from trackio_view.model.events import (
    DataEvent,
    DetailsLoaded,
    LoadFinished,
    LoadStarted,
    ProjectRenamed,
    ProjectVanished,
    RowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails, RunRows
from trackio_view.recording.codec import VERSION, encode_event
from trackio_view.series.series import MetricColumn

P = ProjectId("", "p")
Q = ProjectId("", "q")

START = 1_772_359_200.0


def rows(
    time: float, *losses: float, last_id: int = 1, run: str = "run", project: ProjectId = P
) -> RowsLoaded:
    """Return rows that were logged together, `time` seconds after the recording began."""
    count = len(losses)
    column = MetricColumn(array("I", range(count)), array("d", losses))
    steps, times = array("d", range(count)), array("d", [START + time] * count)
    batch = RunRows(f"id-of-{run}", run, last_id, steps, times, {"loss": column}, count - 1)
    return RowsLoaded(project, 1, [batch], last_id)


def loaded(*events: DataEvent, project: ProjectId = P) -> list[tuple[float, DataEvent]]:
    """Return the events that load some rows when the recording begins."""
    whole = [
        LoadStarted(project, 1, 1),
        *events,
        LoadFinished(project, 1),
    ]
    return [(0.1, event) for event in whole]


@pytest.fixture
def record(tmp_path: Path) -> Callable[..., str]:
    def write(events: Sequence[tuple[float, DataEvent]], project: str | None = None) -> str:
        path = tmp_path / "it.rec"
        first = {"trackio_view_recording": VERSION, "started": START, "project": project}
        lines = [encode_event(at, event) for at, event in events]
        path.write_bytes(json.dumps(first).encode() + b"\n" + b"".join(lines))
        return str(path)

    return write


def test_the_first_moment_at_which_it_holds(record, command, tmp_path) -> None:
    told = tmp_path / "told"
    path = record(
        [
            *loaded(rows(0, 0.5, 3)),
            (10, rows(10, 0.25, last_id=2)),
            (20, rows(20, 7, last_id=3)),
        ]
    )
    script = f"echo $TRACKIO_VIEW_OUTCOME $TRACKIO_VIEW_VALUE $TRACKIO_VIEW_PROJECT >'{told}'"
    # Of the rows that were there at the beginning, the last value counts.
    assert command("--replay", path, "--until", "loss < 1", "--exec", script) == (0, "", "")
    assert told.read_text() == "held 0.25 p\n"
    assert command("--replay", path, "--until", "loss > 5") == (0, "", "")
    assert command("--replay", path, "--until", "loss > 5", "--timeout", "19s").code == 3
    assert command("--replay", path, "--until", "loss > 5", "--timeout", "21s").code == 0


NO_OTHER = "No metric other in run run\n"


def test_the_end_of_a_recording_is_the_end_of_time(record, command) -> None:
    path = record(loaded(rows(0, 3)))
    assert command("--replay", path, "--until", "loss < 1") == (3, "", "")
    assert command("--replay", path, "--until", "other < 1") == (3, "", NO_OTHER)
    assert command("--replay", record([]), "--until", "loss < 1") == (3, "", "")


def test_a_project_that_is_in_no_event_is_told_of_at_the_end(record, command) -> None:
    path = record([*loaded(rows(0, 0.5)), (100, ProjectVanished(Q))])
    until = ("--replay", path, "--until", "loss < 1", "-p", "pp")
    ended = command(*until)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err == f"The project 'pp' does not exist in {path}\nDid you mean: p?\n"
    assert command(*until, "--timeout", "50s") == (3, "", ""), "it may come in the rest"


def test_silence_passes_between_two_events(record, command) -> None:
    path = record([*loaded(rows(0, 3)), (400, rows(400, 0.5, last_id=2))])
    arguments = ("--replay", path, "--until", "loss < 1")
    assert command(*arguments).code == 4
    assert command(*arguments, "--silence", "10m").code == 0
    # The silence or the timeout ends it, whichever comes first.
    assert command(*arguments, "--silence", "200s", "--timeout", "100s").code == 3
    assert command(*arguments, "--silence", "100s", "--timeout", "200s").code == 4


def test_a_run_that_ended_before_it_was_recorded_is_silent(record, command) -> None:
    path = record([*loaded(rows(-86_400, 3)), (1, ProjectVanished(Q))])
    assert command("--replay", path, "--until", "loss < 1").code == 4
    assert command("--replay", path, "--until", "loss < 5").code == 0


def test_nan_that_came_while_it_was_recorded(record, command) -> None:
    path = record([*loaded(rows(0, math.nan, 3)), (9, rows(9, math.nan, 0.5, last_id=2))])
    arguments = ("--replay", path, "--until", "loss < 1")
    assert command(*arguments).code == 0
    assert command(*arguments, "--fail-on", "nan").code == 5
    assert command("--replay", path, "--until", "loss == 3", "--fail-on", "nan").code == 0


def test_a_load_is_judged_once_all_of_it_is_there(record, command) -> None:
    events = loaded(rows(0, 0.5), rows(0, 3, last_id=2))
    assert command("--replay", record(events), "--until", "loss < 1").code == 3
    # A load that did not end has no newest value.
    assert command("--replay", record(events[:2]), "--until", "loss < 1").code == 3
    # A later load replaces the rows of the earlier one, whose later events are ignored.
    again = [
        LoadStarted(P, 2, 1),
        rows(9, 7)._replace(generation=2),
        rows(9, 0.5),
        LoadFinished(P, 2),
    ]
    path = record([*loaded(rows(0, 3)), *((9, event) for event in again)])
    assert command("--replay", path, "--until", "loss < 1").code == 3
    assert command("--replay", path, "--until", "loss == 7").code == 0


def test_the_project_and_the_run_that_are_named(record, command) -> None:
    events = [
        *loaded(rows(0, 3, run="a"), rows(0, 0.5, run="b", last_id=2)),
        *loaded(rows(0, 7, project=Q), project=Q),
    ]
    path = record(events)
    assert command("--replay", path, "--until", "loss == 0.5").code == 0
    assert command("--replay", path, "--run", "a", "--until", "loss == 3").code == 0
    assert command("--replay", path, "--run", "id-of-a", "--until", "loss == 3").code == 0
    assert command("--replay", path, "--run", "c", "--until", "loss == 3").code == 3
    assert command("--replay", path, "-p", "q", "--until", "loss == 7").code == 0
    assert command("--replay", path, "-p", "r", "--until", "loss == 7").code == 3
    assert command("--replay", record(events, "q"), "--until", "loss == 7").code == 0


def test_of_two_projects_of_one_name_the_first_that_is_loaded_is_watched(record, command) -> None:
    other = ProjectId("/another", "p")
    path = record(
        [
            *loaded(rows(0, 3)),
            *loaded(rows(0, 7, project=other), project=other),
            (1, rows(1, 4, last_id=2)),
            (2, rows(2, 8, project=other, last_id=2)),
        ]
    )
    for project in ((), ("-p", "p")):
        assert command("--replay", path, *project, "--until", "loss == 4").code == 0
        assert command("--replay", path, *project, "--until", "loss > 4").code == 3


def test_names_that_change(record, command) -> None:
    path = record(
        [
            *loaded(rows(0, 3, run="a"), rows(0, 4, run="b", last_id=2)),
            (1, DetailsLoaded(P, 1, [RunDetails("id-of-a", "alpha", None)])),
            (2, ProjectRenamed(P, "q")),
            (3, LoadStarted(Q, 1, 1)),
            (3, rows(3, 0.5, run="a", project=Q, last_id=3)),
            (3, LoadFinished(Q, 1)),
        ]
    )
    assert command("--replay", path, "--run", "alpha", "--until", "loss == 3").code == 0
    assert command("--replay", path, "--run", "a", "--until", "loss < 1").code == 0


def test_unreadable_lines_and_recordings_are_told_of(record, command, tmp_path) -> None:
    path = record([*loaded(rows(0, 3)), (9, rows(9, 0.5, last_id=2))])
    lines = Path(path).read_bytes().splitlines(keepends=True)
    Path(path).write_bytes(b"".join([*lines[:2], b"{}\n", *lines[2:]]))
    assert command("--replay", path, "--until", "loss < 1") == (
        *(0, ""),
        "1 line of the recording could not be read.\n",
    )
    (tmp_path / "text").write_text("no recording")
    for name, said in (("text", "is no recording of trackio-view"), ("none", "cannot be read")):
        ended = command("--replay", str(tmp_path / name), "--until", "loss < 1")
        assert (ended.code, ended.out) == (1, "")
        assert said in ended.err


def test_a_century_between_two_events_takes_no_time(record, command) -> None:
    century = 36_525 * 86_400.0
    path = record([*loaded(rows(0, 3)), (century, rows(century, 0.5, last_id=2))])
    arguments = ("--replay", path, "--until", "loss < 1", "-i", "0.1")
    assert command(*arguments, "--silence", "99999d").code == 0


@pytest.mark.parametrize("more", [("--speed", "2"), ("--record", "x"), ("--once",), ("--gpu",)])
def test_options_that_make_no_sense_with_a_recording(record, command, more) -> None:
    assert command("--replay", record([]), "--until", "a<1", *more).code == 2
