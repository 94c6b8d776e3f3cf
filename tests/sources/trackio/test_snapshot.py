"""The present state of a project, as the events that a live screen is sent."""

from __future__ import annotations

from typing import Any

import pytest

from trackio_view.model.events import (
    AlertsLoaded,
    DetailsLoaded,
    HeartbeatsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    RowsLoaded,
    Severity,
    SystemRowsLoaded,
)
from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.sources.source import (
    DATABASE,
    Content,
    Part,
    RowsLeftOut,
    RunsFound,
    SnapshotEvent,
    SourceFault,
)
from trackio_view.sources.trackio.source import TrackioFiles


def id_of(project: Any) -> ProjectId:
    return ProjectId(str(project.path.parent), project.path.stem)


def taken(project: Any, part: Part) -> list[SnapshotEvent]:
    source = TrackioFiles(str(project.path.parent), 1.0)
    try:
        return list(source.snapshot(id_of(project), part))
    finally:
        source.close()


async def test_everything_is_what_a_watch_begins_with(project: Any, watching: Any) -> None:
    project.log([{"loss": 9.0 - step} for step in range(5)])
    async with watching(project.path) as received:
        await received.until(LoadFinished)
        watched = received.runs
    known = Project(id_of(project))
    for event in taken(project, Part()):
        assert not isinstance(event, RunsFound | RowsLeftOut)
        if not isinstance(event, Notice):
            known.apply(event)  # type: ignore[arg-type]
    assert known.complete
    assert {run: list(known.runs[run].series["loss"].values) for run in known.runs} == {
        run: list(watched[run].series["loss"].values) for run in watched
    }


def test_a_part_is_no_more_than_was_asked_for(project: Any) -> None:
    project.log([{"loss": 1.0}] * 300)
    events = taken(project, Part(Content.RUNS))
    kinds = [type(event) for event in events]
    assert kinds == [LoadStarted, RunsFound, LoadFinished]
    (found,) = [event for event in events if isinstance(event, RunsFound)]
    (run,) = found.runs
    assert run.row_count == 300
    newest = taken(project, Part(Content.NEWEST_RUN))[1]
    assert isinstance(newest, RunsFound)
    assert newest.runs[0][:3] == (run.run_id, run.name, None)

    def read(part: Part) -> int:
        loaded = [event for event in taken(project, part) if isinstance(event, RowsLoaded)]
        return loaded[-1].loaded_rows

    assert read(Part(Content.ROWS, run.run_id)) == 300
    assert 50 < read(Part(Content.ROWS, run.run_id, 50)) < 300
    assert read(Part(Content.ROWS, run.run_id, 50, whole_up_to=300)) == 300
    assert read(Part(Content.ROWS, run.run_id, 50, whole_up_to=299)) < 300
    others = taken(project, Part(Content.DETAILS | Content.MACHINE_ROWS))
    assert {type(event) for event in others} >= {DetailsLoaded, SystemRowsLoaded}


def test_broken_rows_are_told_with_their_number(project: Any) -> None:
    project.log([{"loss": 1.0}] * 3)
    project.execute("UPDATE metrics SET metrics = '{\"cut' WHERE id = 2")
    (left_out,) = [event for event in taken(project, Part()) if isinstance(event, RowsLeftOut)]
    assert left_out.row_count == 1
    assert left_out.notice.severity is Severity.WARNING
    assert left_out.notice.text is not None
    assert "1 row" in left_out.notice.text


def test_rows_that_wait_for_a_server_are_told_of_with_the_runs_alone(project: Any) -> None:
    project.log([{"loss": 1.0}])
    project.execute("CREATE INDEX idx_metrics_pending ON metrics(space_id)")
    project.execute("UPDATE metrics SET space_id = 'user/space'")
    told = {
        content: [one.subject for one in taken(project, Part(content)) if isinstance(one, Notice)]
        for content in (Content.RUNS, Content.NEWEST_RUN, Content.ROWS, Content.DETAILS)
    }
    assert list(told.values()) == [["unsent"], ["unsent"], [], []]


def test_alerts_that_are_there_do_not_arrive(project: Any) -> None:
    project.log([{"loss": 1.0}])
    project.execute(
        "CREATE TABLE IF NOT EXISTS alerts (id INTEGER PRIMARY KEY, timestamp TEXT, run_name TEXT,"
        " title TEXT, text TEXT, level TEXT, step INTEGER, alert_id TEXT)"
    )
    project.execute(
        "INSERT INTO alerts (timestamp, run_name, title, level)"
        " VALUES ('2026-03-01T10:00:00', 'run', 'hot', 'error')"
    )
    (told,) = [
        event for event in taken(project, Part(Content.ALERTS)) if isinstance(event, AlertsLoaded)
    ]
    assert ([alert.title for alert in told.alerts], told.arriving) == (["hot"], False)


def test_a_fault_names_its_project(project: Any) -> None:
    project.path.write_bytes(b"no database at all" * 100)
    with pytest.raises(SourceFault, match="project: The file is not an SQLite database") as fault:
        taken(project, Part())
    assert not fault.value.empty
    assert DATABASE == "database"


def test_a_sign_of_life_is_the_newest_time_that_can_be_read(project: Any) -> None:
    project.log([{"loss": 1.0}])
    project.execute(
        "CREATE TABLE system_metrics (id INTEGER PRIMARY KEY, run_id TEXT, timestamp TEXT,"
        " run_name TEXT, metrics TEXT)"
    )
    beat = "INSERT INTO system_metrics (run_id, timestamp, metrics) VALUES ('id-run', ?, '{}')"
    project.execute(beat, [("2026-03-01T10:00:20+00:00",), ("2026-03-01T10:00:10+00:00",), ("?",)])
    events = taken(project, Part(Content.MACHINE_ROWS))
    (told,) = [event for event in events if isinstance(event, HeartbeatsLoaded)]
    assert told.times == {"id-run": 1_772_359_220.0}
