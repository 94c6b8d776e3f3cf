"""A dashboard is watched for days, while runs come, are renamed and are deleted.

Nothing of deleted runs may be kept. Each generation of a project is read, looked at on the screens,
and replaced by the next.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest

from trackio_view.model.alerts import Alert
from trackio_view.model.events import (
    AlertsLoaded,
    DetailsLoaded,
    HeartbeatsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    ProjectOrigin,
    ProjectsListed,
    ProjectSummary,
    ProjectVanished,
    RowsLoaded,
    RunObjectsLoaded,
    SystemRowsLoaded,
)
from trackio_view.model.objects import LoggedText, RunObjects
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run, RunDetails, RunKey, RunRows
from trackio_view.screens.shell.frame import Composer
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.responses import respond

P = ProjectId("", "p")

NOW = 1_700_000_100.0
RUNS = 4
KEYS = ("t", "space", "space", "enter", "escape", "i", "escape", "c", "escape", "s", "s", "t", "+")
"""Keys that lead through the table, with two runs marked, the charts, a run's page, configs and
machine."""


@pytest.fixture
def dashboard() -> Dashboard:
    made = Dashboard(directory="/data")
    made.watch(P)
    respond(made, Resized(100, 30))
    return made


def read_generation(dashboard: Dashboard, number: int, batch: Callable[..., RunRows]) -> list[str]:
    """Let the project be read anew with runs that were not there before, and return their ids."""
    ids = [f"run-{number}-{place}" for place in range(RUNS)]
    rows = [
        batch({"loss": [3.0, 2.0, number], f"odd/{number}": [1.0, 2.0, 3.0]}, run_id=run_id)
        for run_id in ids
    ]
    alerts = [Alert(number, run_id, run_id, "diverged", "text", "warn", 1, NOW) for run_id in ids]
    details = [RunDetails(run_id, run_id, {"seed": number}) for run_id in ids]
    for event in (
        LoadStarted(P, number, 3 * RUNS),
        DetailsLoaded(P, number, details),
        RowsLoaded(P, number, rows, 3 * RUNS),
        LoadFinished(P, number),
        SystemRowsLoaded(P, number, rows, True),
        AlertsLoaded(P, number, [], False),
        AlertsLoaded(P, number, alerts, True),
        HeartbeatsLoaded(P, number, dict.fromkeys(ids, NOW)),
    ):
        dashboard.apply(event)
    return ids


def kept_by(dashboard: Dashboard) -> dict[str, int]:
    """Return the number of entries of each container that could keep something of a run."""
    project = dashboard.known.projects[P]
    view = dashboard.view
    places = ("runs", "details", "system", "heartbeats", "alerts", "health")
    return {name: len(getattr(project, name)) for name in places} | {
        "notices": len(dashboard.known.notices),
        "pages": sum(len(project.objects) for project in dashboard.known.projects.values()),
        "marks": len(view.marks),
        "looks": len(view.marks._known),
    }


def test_of_hundreds_of_generations_only_the_newest_is_kept(dashboard, batch) -> None:
    composer = Composer()
    kept = []
    for number in range(160):
        ids = read_generation(dashboard, number, batch)
        objects = RunObjects([LoggedText("note", 1, f"text {number}")])
        dashboard.apply(RunObjectsLoaded(P, ids[0], objects))
        dashboard.view.marks.toggle(RunKey(P, ids[1]))
        if number % 30 == 0:
            for key in KEYS:
                respond(dashboard, KeyPressed(key))
                composer.compose(dashboard, NOW + number)
        kept.append(kept_by(dashboard))
    assert dashboard.project is not None
    assert kept[-1] == kept[99]
    assert kept[-1]["health"] == kept[-1]["heartbeats"] == kept[-1]["notices"] == RUNS
    # The place of the run that was looked at last is kept, although the run is gone.
    assert kept[-1]["pages"] == 1
    assert kept[-1]["looks"] <= 64 + 2


@pytest.mark.parametrize("keys", [(), ("t", "space", "space"), ("t", "escape", "c"), ("i",)])
def test_no_run_outlives_its_generation(dashboard, batch, keys) -> None:
    composer = Composer()
    for number in range(6):
        read_generation(dashboard, number, batch)
        for key in keys:
            respond(dashboard, KeyPressed(key))
            composer.compose(dashboard, NOW + number)
    project = dashboard.known.projects[P]
    there = [*project.runs.values(), *(log.rows for log in project.system.values())]
    gc.collect()
    known = {id(one) for one in gc.get_objects() if type(one) is Run and "run-" in one.run_id}
    assert known == set(map(id, there))


def test_the_notice_of_an_alert_stays_until_its_project_is_read_without_it(
    dashboard, batch
) -> None:
    read_generation(dashboard, 0, batch)
    rows = [batch({"loss": [1.0]}, run_id="run-0-2")]
    dashboard.apply(Notice(ProjectOrigin(P), "locked", subject="database"))
    for event in (LoadStarted(P, 1, 1), RowsLoaded(P, 1, rows, 1), LoadFinished(P, 1)):
        dashboard.apply(event)
    assert len(dashboard.known.notices) == RUNS + 1, "its alerts are not read yet"
    dashboard.apply(AlertsLoaded(P, 1, [], False))
    assert [notice.subject for notice in dashboard.known.notices.values()] == ["database"]


def test_a_marked_run_that_comes_back_soon_is_marked_as_before(dashboard, batch) -> None:
    ids = read_generation(dashboard, 0, batch)
    key = RunKey(P, ids[1])
    dashboard.view.marks.mark([key])
    look = dashboard.view.marks.appearances[key]
    read_generation(dashboard, 1, batch)
    assert dashboard.compared == []
    read_generation(dashboard, 0, batch)
    dashboard.known.projects[P].generation = 1
    assert dashboard.view.marks.appearances == {key: look}


def test_of_projects_that_come_and_go_few_that_are_gone_are_watched(batch) -> None:
    dashboard = Dashboard(watch_all=True)
    for number in range(100):
        summary = ProjectSummary(ProjectId("", f"p{number}"), 1, 1, NOW, 10)
        dashboard.apply(ProjectsListed("", [summary]))
        project = summary.id
        for event in (
            LoadStarted(project, 0, 1),
            RowsLoaded(project, 0, [batch({"loss": [1.0]})], 1),
            LoadFinished(project, 0),
            ProjectVanished(project),
            Notice(
                ProjectOrigin(project),
                "The project's database is gone.",
                subject="database",
            ),
        ):
            dashboard.apply(event)
        dashboard.view.marks.mark([RunKey(project, "run")])
    # The project on screen, eight that may come back, and the newest one are kept.
    assert [project.name for project in dashboard.known.projects] == [
        "p0",
        *(f"p{number}" for number in range(91, 100)),
    ]
    told = {origin for origin, _ in dashboard.known.notices}
    assert told == {ProjectOrigin(project) for project in dashboard.known.projects}
    assert {one.key.project for one in dashboard.compared} == dashboard.known.projects.keys()
