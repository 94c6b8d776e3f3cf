"""The picker's facts about watched projects, and about those that are only listed."""

from __future__ import annotations

import math
from typing import Any

import pytest

from trackio_view.model.events import (
    LoadFinished,
    LoadStarted,
    Notice,
    ProjectOrigin,
    ProjectSummary,
    ProjectVanished,
    RowsLoaded,
)
from trackio_view.model.knowledge import Knowledge
from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run
from trackio_view.view.project_lines import ProjectLine, project_lines, rows_per_second

P = ProjectId("", "p")

START = 1_700_000_000.0


def listed(**facts: Any) -> ProjectSummary:
    return ProjectSummary(
        **{
            "id": P,
            "run_count": 3,
            "row_count": 50,
            "newest_time": START,
            "size": 4096,
            "rows_per_second": 2.0,
            **facts,
        }
    )


def line(summary: ProjectSummary, now: float, *watched: Project) -> ProjectLine:
    (found,) = project_lines(known(summary, *watched), now)
    return found


def known(summary: ProjectSummary, *watched: Project) -> Knowledge:
    return Knowledge({project.id: project for project in watched}, (summary,))


@pytest.fixture
def watched(batch: Any) -> Project:
    """A project of two completely read runs, with 60 and 20 rows a minute."""
    project = Project(P)
    project.apply(LoadStarted(P, 0, 80))
    batches = [
        batch({"x": [1.0] * 61}, times=[START + row for row in range(61)], run_id="a"),
        batch({"x": [1.0] * 21}, times=[START + 3 * row for row in range(21)], run_id="b"),
    ]
    project.apply(RowsLoaded(P, 0, batches, 82))
    return project


def test_a_project_that_is_only_listed_is_told_as_it_was_found() -> None:
    assert line(listed(), START + 5) == ProjectLine(P, 3, 50, 5.0, 2.0, 4096, None, False)
    unknown = listed(run_count=None, row_count=None, newest_time=None, rows_per_second=None)
    assert line(unknown, START) == ProjectLine(P, None, None, None, None, 4096, None, False)
    broken = line(listed(fault="file is not a database"), START)
    assert (broken.fault, broken.watched) == ("file is not a database", False)


def test_a_pace_is_none_once_no_row_comes_for_a_minute_or_twenty_gaps() -> None:
    assert line(listed(), START + 60).rows_per_second == 2.0
    assert line(listed(), START + 61).rows_per_second == 0.0
    slow = listed(rows_per_second=0.1)
    assert line(slow, START + 199).rows_per_second == 0.1
    assert line(slow, START + 201).rows_per_second == 0.0
    assert line(listed(rows_per_second=0.0), START).rows_per_second == 0.0


def test_a_project_that_is_watched_is_told_as_it_was_read(watched: Project) -> None:
    now = START + 65
    assert line(listed(), now, watched).row_count == 50, "not while it is still read"
    watched.apply(LoadFinished(P, 0))
    told = line(listed(fault="locked"), now, watched)
    assert told.rows_per_second == pytest.approx(81 / 60)
    told = told._replace(rows_per_second=None)
    assert told == ProjectLine(P, 2, 82, 5.0, None, 4096, None, True)
    watched.apply(ProjectVanished(P))
    assert line(listed(), now, watched).row_count == 50


def test_rows_that_wait_for_a_server_are_told_as_the_newest_look_found_them(
    watched: Project,
) -> None:
    summary = listed(remark="Rows here wait.")
    assert line(summary, START).remark == "Rows here wait."
    watched.apply(LoadFinished(P, 0))
    now_known = known(summary, watched)
    assert project_lines(now_known, START)[0].remark is None, "they have been sent since"
    now_known.apply(Notice(ProjectOrigin(P), "Rows here wait for b.", subject="unsent"))
    assert project_lines(now_known, START)[0].remark == "Rows here wait for b."


def test_the_pace_is_that_of_the_minute_before_the_newest_row(run: Any) -> None:
    old_and_new = [START - 1000 + row for row in range(500)] + [START + row for row in range(61)]
    made = run({"x": [1.0] * 561}, times=old_and_new)
    assert rows_per_second([made]) == pytest.approx(1.0)
    rarely = run({"x": [1.0] * 2}, times=[START - 100, START])
    assert rows_per_second([rarely]) is None
    assert rows_per_second([]) is None
    assert rows_per_second([run({"x": [1.0]}, times=[math.nan])]) is None
    assert rows_per_second([Run("r", "r")]) is None
