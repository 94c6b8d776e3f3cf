"""Parts of what can only be read whole, as those of a database are."""

from __future__ import annotations

from array import array
from typing import Any

import pytest

from trackio_view.model.alerts import Alert
from trackio_view.model.events import (
    AlertsLoaded,
    DataEvent,
    DetailsLoaded,
    HeartbeatsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    ProjectOrigin,
    RowsLoaded,
    SystemRowsLoaded,
)
from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails, RunRows
from trackio_view.series.series import MetricColumn
from trackio_view.sources.source import Content, Part, RunFacts, RunsFound, SnapshotEvent
from trackio_view.sources.whole import WholeProject


def rows(run: str, last_id: int, *losses: float) -> RunRows:
    count = len(losses)
    column = MetricColumn(array("I", range(count)), array("d", losses))
    times = array("d", (1e9 + last_id + row for row in range(count)))
    return RunRows(
        run, f"{run}-name", last_id, array("d", range(count)), times, {"loss": column}, count - 1
    )


P = ProjectId("/somewhere", "p")
ALERT = Alert(1, "a", "a-name", "odd", None, "warn", 1, 1e9)
NOTICE = Notice(ProjectOrigin(P), "something is odd")
EVENTS: list[DataEvent] = [
    LoadStarted(P, 1, 3),
    RowsLoaded(P, 1, [rows("a", 2, 3.0, 2.0)], 2),
    RowsLoaded(P, 1, [rows("b", 3, 9.0)], 3),
    RowsLoaded(P, 1, [rows("a", 4, 1.0)], 4),
    SystemRowsLoaded(P, 1, [rows("a", 1, 50.0)], replaces=True),
    HeartbeatsLoaded(P, 1, {"a": 1e9 + 9}),
    DetailsLoaded(P, 1, [RunDetails("a", "renamed", {"lr": 1}, "group")]),
    AlertsLoaded(P, 1, [ALERT], arriving=False),
    NOTICE,
    LoadFinished(P, 1),
]


@pytest.fixture
def whole() -> WholeProject:
    return WholeProject(P, EVENTS)


def only(kind: type, events: list[SnapshotEvent]) -> list[SnapshotEvent]:
    return [event for event in events if isinstance(event, kind)]


def test_its_runs_are_known_the_newest_first(whole: WholeProject) -> None:
    assert whole.has_runs
    assert whole.notices == [NOTICE]
    events = list(whole.part(Part(Content.RUNS)))
    assert (type(events[0]), type(events[-1])) == (LoadStarted, LoadFinished)
    newest = RunFacts(
        *("a", "renamed", 3, None, 4, 1e9 + 2, 1e9 + 4), config={"lr": 1}, group="group"
    )
    other = RunFacts("b", "b-name", 1, None, 3, 1e9 + 3, 1e9 + 3)
    assert only(RunsFound, events) == [RunsFound(P, [newest, other])]
    assert only(RunsFound, list(whole.part(Part(Content.NEWEST_RUN)))) == [RunsFound(P, [newest])]
    machines = only(RunsFound, list(whole.part(Part(Content.MACHINE_RUNS))))
    assert machines == [RunsFound(P, [RunFacts("a", "a-name")])]


def test_a_run_that_was_renamed_is_no_newer() -> None:
    renamed = rows("old", 9, 2.0)._replace(times=array("d", [1e8]))
    whole = WholeProject(P, [*EVENTS, RowsLoaded(P, 1, [renamed], 5)])
    (found,) = only(RunsFound, list(whole.part(Part(Content.RUNS))))
    assert [run.run_id for run in found.runs] == ["a", "b", "old"]  # type: ignore[union-attr]


def test_the_rows_of_one_run_or_of_all(whole: WholeProject) -> None:
    loaded = only(RowsLoaded, list(whole.part(Part(Content.ROWS, "a"))))
    (event,) = loaded
    (batch,) = event.batches  # type: ignore[union-attr]
    assert list(batch.columns["loss"].values) == [3.0, 2.0, 1.0]
    assert len(only(RowsLoaded, list(whole.part(Part(Content.ROWS))))) == 2
    (machine,) = only(SystemRowsLoaded, list(whole.part(Part(Content.MACHINE_ROWS, "a"))))
    assert [batch.run_id for batch in machine.batches] == ["a"]  # type: ignore[union-attr]


def test_alerts_where_there_are_any(whole: WholeProject) -> None:
    (event,) = only(AlertsLoaded, list(whole.part(Part(Content.ALERTS))))
    assert event.alerts == [ALERT]  # type: ignore[union-attr]
    silent = WholeProject(P, EVENTS[:2])
    assert only(AlertsLoaded, list(silent.part(Part(Content.ALERTS)))) == []


def test_names_configs_and_groups_of_runs(whole: WholeProject) -> None:
    (event,) = only(DetailsLoaded, list(whole.part(Part())))
    described = RunDetails("a", "renamed", {"lr": 1}, "group")
    assert event == DetailsLoaded(P, 0, [described, RunDetails("b", "b-name", None, None)])
    (event,) = only(DetailsLoaded, list(whole.part(Part(Content.DETAILS, "a"))))
    assert event == DetailsLoaded(P, 0, [described])


def test_all_that_a_part_tells_is_of_one_generation(whole: WholeProject) -> None:
    told: list[Any] = [event for event in whole.part(Part()) if not isinstance(event, RunsFound)]
    assert len(told) > 5
    assert len({event.generation for event in told}) == 1


def test_signs_of_life_come_with_the_machines(whole: WholeProject) -> None:
    (event,) = only(HeartbeatsLoaded, list(whole.part(Part())))
    assert event == HeartbeatsLoaded(P, 0, {"a": 1e9 + 9})


def test_steps_are_sent_as_they_were_logged() -> None:
    batch = rows("a", 4, 4.0, 3.0, 2.0, 1.0)
    global_step = MetricColumn(array("I", range(4)), array("d", [100, 200, 300, 400]))
    batch = batch._replace(columns={**batch.columns, "train/global_step": global_step})
    told: list[DataEvent] = [LoadStarted(P, 1, 4), RowsLoaded(P, 1, [batch], 4), LoadFinished(P, 1)]
    known = Project(P)
    for event in WholeProject(P, told).part(Part()):
        known.apply(event)  # type: ignore[arg-type]
    run = known.runs["a"]
    assert (run.step_metric, list(run.steps)) == ("train/global_step", [100, 200, 300, 400])
    assert (list(run.logged_steps), run.last_logged_step) == ([0, 1, 2, 3], 3)
