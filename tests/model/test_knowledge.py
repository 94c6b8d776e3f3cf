"""The fold: what is known after the events of all sources."""

from __future__ import annotations

import math
from typing import Any

import pytest

from trackio_view.model.alerts import LEVELS, Alert
from trackio_view.model.events import (
    AlertsLoaded,
    DataEvent,
    HeartbeatsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    OriginUnheard,
    ProgramOrigin,
    ProjectOrigin,
    ProjectRenamed,
    ProjectsListed,
    ProjectVanished,
    RowsLoaded,
    RunObjectsLoaded,
    Severity,
)
from trackio_view.model.health import DEFAULT_THRESHOLDS
from trackio_view.model.knowledge import Knowledge
from trackio_view.model.objects import RunObjects
from trackio_view.model.opened_media import MediaContent, MediaLoaded, MediaRequest
from trackio_view.model.opened_traces import (
    TraceContent,
    TraceList,
    TraceListLoaded,
    TraceListRequest,
    TraceLoaded,
    TraceRequest,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.model.summary import ProjectSummary

P, Q = ProjectId("/data", "p"), ProjectId("/data", "q")
THRESHOLDS = {name: 2 * value for name, value in DEFAULT_THRESHOLDS.items()}


def folded(*events: DataEvent) -> Knowledge:
    known = Knowledge()
    known.meet(P)
    for event in events:
        known.apply(event)
    return known


def alert(run: str, step: float | None = None, level: str = "warn") -> Alert:
    return Alert(1, run, run, "odd", None, level, step, 0.0)


def said(known: Knowledge) -> list[str | None]:
    return [notice.text for notice in known.notices.values()]


@pytest.fixture
def loaded(batch: Any) -> list[DataEvent]:
    """The events of a project with the runs `a` and `b`."""
    rows = [
        batch({"loss": [2.0, 1.0]}, run_id=run, first_id=place)
        for place, run in ((1, "a"), (3, "b"))
    ]
    return [LoadStarted(P, 1, 4), RowsLoaded(P, 1, rows, 4), LoadFinished(P, 1)]


def test_a_project_is_met_once_with_the_thresholds_and_the_beginning_asked_for() -> None:
    known = Knowledge(thresholds=THRESHOLDS)
    known.meet(P, since=5.0)
    met = known.projects[P]
    known.meet(P, since=9.0)
    assert known.projects == {P: met}
    assert (met.since, met.thresholds) == (5.0, THRESHOLDS)


@pytest.mark.parametrize(
    "event",
    [
        LoadFinished(Q, 7),
        HeartbeatsLoaded(Q, 7, {"r": 1.0}),
        ProjectVanished(Q),
        ProjectRenamed(Q, "r"),
        AlertsLoaded(Q, 7, [alert("a")], True),
        Notice(ProjectOrigin(Q), None),
    ],
    ids=lambda event: type(event).__name__,
)
def test_an_event_of_a_project_that_nobody_watches_changes_nothing(event: DataEvent) -> None:
    known = folded()
    before = known.projects[P]
    known.apply(event)
    assert known.projects == {P: before}
    assert known.notices == {}
    assert known.revision == 1, "all the same it was told"


def test_runs_are_judged_as_of_the_moment_at_which_their_origin_was_heard_last(
    loaded: list[DataEvent], batch: Any
) -> None:
    far = ProjectId("/other", "p")
    known = folded(*loaded)
    known.meet(far)
    known.apply(RowsLoaded(far, 1, [batch({"loss": [1.0]}, run_id="c")], 1))
    known.apply(OriginUnheard("/data", 7.0))
    runs = [run for project in known.projects.values() for run in project.every_run]
    assert [run.heard_until for run in runs] == [7.0, 7.0, math.inf]
    known.apply(OriginUnheard("/data", None))
    assert {run.heard_until for run in runs} == {math.inf}


def test_a_list_takes_the_place_of_its_origins_last_and_the_newest_comes_first() -> None:
    old, new = (ProjectSummary(P, 1, 1, 5.0, 1), ProjectSummary(Q, 1, 1, 9.0, 1))
    other = ProjectSummary(ProjectId("/other", "p"), 1, 1, 7.0, 1)
    known = folded()
    assert not known.listed
    known.apply(ProjectsListed("/data", [new, old]))
    assert known.listed
    known.apply(ProjectsListed("/other", [other]))
    assert known.summaries == (new, other, old)
    known.apply(ProjectsListed("/data", [old]))
    assert known.summaries == (other, old)
    known.apply(ProjectsListed("/other", []))
    assert known.summaries == (old,)


def test_a_notice_is_replaced_and_taken_back_by_its_source() -> None:
    known = folded(
        Notice(ProjectOrigin(P), "locked"),
        Notice(ProjectOrigin(Q), "gone"),
        Notice(ProjectOrigin(P), "corrupt"),
    )
    assert said(known) == ["gone", "corrupt"], "the newest last"
    known.apply(Notice(ProjectOrigin(P), None))
    assert said(known) == ["gone"]


def test_an_alert_is_announced_at_the_step_that_its_time_tells(batch: Any) -> None:
    """The training counts 0, 500, 1000 in the rows 0, 1, 2: a person may mean either by a 1."""
    logged = {"step": [0.0, 500.0, 1000.0], "loss": [3.0, 2.0, 1.0]}
    rows = batch(logged, steps=[0, 1, 2], times=[100.0, 200.0, 300.0], run_id="a")
    known = folded(LoadStarted(P, 1, 3), RowsLoaded(P, 1, [rows], 3), LoadFinished(P, 1))
    for time, step in ((201.0, 500), (101.0, 1)):
        known.apply(AlertsLoaded(P, 1, [alert("a", 1)._replace(time=time)], True))
        assert said(known) == [f"a at step {step}: odd"]
    known.apply(AlertsLoaded(P, 1, [alert("a")], True))
    assert said(known) == ["a: odd"]


def test_an_alert_from_before_run_ids_is_announced_at_its_own_step(batch: Any) -> None:
    rows = batch({"loss": [3.0]}, run_id="id", run_name="a")
    known = folded(LoadStarted(P, 1, 1), RowsLoaded(P, 1, [rows], 1), LoadFinished(P, 1))
    known.apply(AlertsLoaded(P, 1, [alert("a", 7)], True))
    assert said(known) == ["a at step 7: odd"]


def test_an_alert_that_arrives_is_told_of_and_one_that_was_there_is_not(loaded: Any) -> None:
    known = folded(*loaded, AlertsLoaded(P, 1, [alert("a", 3)], False))
    assert said(known) == []
    known.apply(AlertsLoaded(P, 1, [alert("a", 4), alert("b", level="error")], True))
    assert said(known) == ["a at step 4: odd", "b: odd"]
    known.apply(AlertsLoaded(P, 1, [alert("a", 5)], True))
    assert said(known) == ["b: odd", "a at step 5: odd"], "one of a run at a time"
    assert [one.severity for one in known.notices.values()] == [Severity.ERROR, Severity.WARNING]
    assert [one.step for one in known.projects[P].alerts["a"]] == [3, 4, 5]


def test_an_alert_of_each_level_makes_a_notice(loaded: Any) -> None:
    known = folded(*loaded)
    for level in LEVELS:
        known.apply(AlertsLoaded(P, 1, [alert(level, level=level)], True))
    assert [one.severity for one in known.notices.values()] == list(Severity)


def test_alerts_are_dismissed_first_then_faults_of_the_settings_and_nothing_that_goes_on() -> None:
    known = folded(
        Notice(ProgramOrigin.SETTINGS, "second", subject="1"),
        Notice(ProgramOrigin.SETTINGS, "first", subject="0"),
        Notice(ProjectOrigin(P), "locked", subject="database"),
        AlertsLoaded(P, 0, [alert("a"), alert("b")], True),
    )
    left = []
    for _ in range(4):
        known.dismiss()
        left.append(said(known))
    assert left == [["second", "first", "locked"], ["second", "locked"], ["locked"], ["locked"]]
    assert list(known.projects[P].alerts) == ["a", "b"], "they stay on their runs' pages"


@pytest.mark.parametrize("name", ["p", "settings", "projects", "demo"])
def test_a_project_that_is_renamed_leaves_no_notice_under_its_old_name(name: str) -> None:
    renamed, other = ProjectId("", name), ProjectOrigin(ProjectId("", "other"))
    known = folded()
    known.meet(renamed)
    for origin in (ProjectOrigin(renamed), other, *ProgramOrigin):
        for subject in ("", "database"):
            known.apply(Notice(origin, f"{origin} {subject}", subject=subject))
    known.apply(ProjectRenamed(renamed, "new"))
    assert [origin for origin, _ in known.notices] == [
        each for each in (other, *ProgramOrigin) for _ in range(2)
    ]


def test_a_project_that_is_renamed_is_read_anew_while_its_rows_stay(loaded: Any) -> None:
    known = folded(*loaded, RunObjectsLoaded(P, "a", RunObjects()), ProjectRenamed(P, "q"))
    (project,) = known.projects.values()
    assert list(known.projects) == [project.id] == [Q]
    assert not project.complete
    assert list(project.runs) == ["a", "b"]
    assert project.objects == {"a": RunObjects()}
    known.apply(LoadStarted(Q, 0, 0))
    assert project.generation == 0, "its new watch counts from the beginning"


def test_a_project_that_is_renamed_has_each_alert_once(batch: Any) -> None:
    rows, alerts = [batch({"loss": [1.0]}, run_id="a")], [alert("a"), alert("a")]

    def read(project: ProjectId) -> list[DataEvent]:
        # The watch of either name counts its loads from the beginning.
        return [
            LoadStarted(project, 0, 1),
            RowsLoaded(project, 0, rows, 1),
            AlertsLoaded(project, 0, alerts, False),
            LoadFinished(project, 0),
        ]

    known = folded(*read(P), ProjectRenamed(P, "q"), *read(Q))
    (project,) = known.projects.values()
    assert {run: len(found) for run, found in project.alerts.items()} == {"a": 2}


def test_runs_that_are_gone_take_their_alerts_and_pages_along_but_for_the_open_page(
    loaded: Any, batch: Any
) -> None:
    known = folded(
        *loaded,
        AlertsLoaded(P, 1, [alert("a"), alert("b")], True),
        *(RunObjectsLoaded(P, run, RunObjects()) for run in "ab"),
    )
    project = known.projects[P]
    known.forget_gone(project, None)
    assert (len(known.notices), len(project.objects)) == (2, 2)
    rows = [batch({"loss": [1.0]}, run_id="c")]
    for event in (
        LoadStarted(P, 2, 1),
        RowsLoaded(P, 2, rows, 1),
        AlertsLoaded(P, 2, [], False),
        LoadFinished(P, 2),
    ):
        known.apply(event)
    known.apply(Notice(ProjectOrigin(P), "locked", subject="database"))
    known.forget_gone(project, RunKey(P, "b"))
    assert said(known) == ["locked"]
    assert list(project.objects) == ["b"]
    known.forget_gone(project, RunKey(Q, "b"))
    assert list(project.objects) == []


def test_of_projects_that_vanished_the_newest_eight_and_the_one_shown_stay() -> None:
    known = Knowledge()
    projects = [ProjectId("/data", f"p{number:02}") for number in range(20)]
    for project in projects:
        known.meet(project)
        known.apply(ProjectVanished(project))
        known.apply(Notice(ProjectOrigin(project), "gone"))
    known.apply(ProjectsListed("/data", [ProjectSummary(projects[3], 1, 1, 1.0, 1)]))
    let_go = known.forget_vanished(projects[5])
    kept = [projects[3], projects[5], *projects[12:]]
    assert list(known.projects) == kept, "one is listed, one is shown"
    assert list(let_go) == [project for project in projects if project not in kept]
    assert [origin for origin, _ in known.notices] == [ProjectOrigin(project) for project in kept]
    assert list(known.forget_vanished(projects[5])) == []


def test_the_newest_answer_to_each_question_of_a_page_is_known() -> None:
    known, page = Knowledge(), RunKey(ProjectId("/data", "p"), "r")
    for total in (1, 2):
        media = MediaLoaded(MediaRequest(page, "a.png", "image"), MediaContent(fault=str(total)))
        traces = TraceListLoaded(TraceListRequest(page), TraceList(total))
        trace = TraceLoaded(TraceRequest(page, total), TraceContent())
        for event in (media, traces, trace):
            known.apply(event)
        assert (known.media, known.traces, known.trace) == (media, traces, trace)
