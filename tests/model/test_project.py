import math
import time
from array import array

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trackio_view.model import project as project_module
from trackio_view.model.alerts import Alert
from trackio_view.model.events import (
    AlertsLoaded,
    DetailsLoaded,
    LoadFinished,
    LoadStarted,
    PreviewLoaded,
    ProjectVanished,
    RowsLoaded,
    SystemRowsLoaded,
)
from trackio_view.model.pace import RunState, state_of
from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run, RunDetails, RunRows
from trackio_view.series.series import MetricColumn

P = ProjectId("", "p")


def test_preview_is_drawn_until_the_load_is_complete(batch) -> None:
    project = Project(P)
    project.apply(LoadStarted(P, 0, total_rows=4))
    project.apply(PreviewLoaded(P, 0, [batch({"loss": [4.0, 1.0]}, steps=[0, 3])]))
    project.apply(RowsLoaded(P, 0, [batch({"loss": [4.0, 3.0]})], loaded_rows=2))
    assert project.runs["run"].row_count == 2
    assert (project.previewed_rows, project.progress, project.complete) == (2, 0.5, False)
    project.apply(RowsLoaded(P, 0, [batch({"loss": [2.0, 1.0]}, first_id=3)], loaded_rows=4))
    project.apply(LoadFinished(P, 0))
    assert list(project.runs["run"].series["loss"].values) == [4.0, 3.0, 2.0, 1.0]
    assert (project.previewed_rows, project.complete) == (0, True)


def test_new_rows_after_the_load_are_appended(batch) -> None:
    project = Project(P)
    project.apply(LoadStarted(P, 0, 0))
    project.apply(LoadFinished(P, 0))
    project.apply(RowsLoaded(P, 0, [batch({"loss": [4.0]})], 1))
    project.apply(RowsLoaded(P, 0, [batch({"loss": [3.0]}, first_id=2)], 2))
    assert list(project.runs["run"].series["loss"].values) == [4.0, 3.0]


def test_a_reload_keeps_what_was_known_until_it_is_complete(batch) -> None:
    project = Project(P)
    project.apply(LoadStarted(P, 0, 2))
    project.apply(RowsLoaded(P, 0, [batch({"loss": [4.0, 3.0]})], 2))
    project.apply(LoadFinished(P, 0))
    project.apply(LoadStarted(P, 1, 1))
    project.apply(PreviewLoaded(P, 1, [batch({"loss": [9.0]})]))
    assert project.runs["run"].row_count == 2
    project.apply(RowsLoaded(P, 1, [batch({"loss": [9.0]})], 1))
    project.apply(LoadFinished(P, 1))
    assert list(project.runs["run"].series["loss"].values) == [9.0]


def test_alerts_are_known_by_the_runs_id_or_where_a_table_lacks_ids_by_its_name() -> None:
    project, run = Project(P), Run("id", "name")
    assert list(project.alerts_of(run)) == []
    by_name = Alert(1, "name", "name", "odd", None, "warn", None, 0.0)
    project.apply(AlertsLoaded(P, 0, [by_name, by_name._replace(run_id="other")], False))
    assert list(project.alerts_of(run)) == [by_name]
    by_id = by_name._replace(run_id="id")
    project.apply(AlertsLoaded(P, 0, [by_id], True))
    assert list(project.alerts_of(run)) == [by_id]


def test_events_of_an_older_load_are_ignored(batch) -> None:
    project = Project(P)
    project.apply(LoadStarted(P, 1, 0))
    project.apply(LoadFinished(P, 1))
    project.apply(RowsLoaded(P, 0, [batch({"loss": [4.0]})], 1))
    assert not project.runs


def test_details_name_runs_that_come_later(batch) -> None:
    project = Project(P)
    project.apply(LoadStarted(P, 0, 0))
    project.apply(DetailsLoaded(P, 0, [RunDetails("run", "brave", {"lr": 1}, "group")]))
    project.apply(RowsLoaded(P, 0, [batch({"loss": [4.0]})], 1))
    project.apply(LoadFinished(P, 0))
    run = project.runs["run"]
    assert (run.name, run.config, run.group) == ("brave", {"lr": 1}, "group")


def test_a_vanished_project_keeps_its_runs(batch) -> None:
    project = Project(P)
    project.apply(LoadStarted(P, 0, 0))
    project.apply(RowsLoaded(P, 0, [batch({"loss": [4.0]})], 1))
    project.apply(LoadFinished(P, 0))
    project.apply(ProjectVanished(P))
    assert project.vanished
    assert project.runs


def test_without_a_preview_what_was_read_so_far_is_drawn(batch) -> None:
    """The load of a damaged project does not end. The rows that could be read stay on screen."""
    project = Project(P)
    project.apply(LoadStarted(P, 0, 4))
    project.apply(RowsLoaded(P, 0, [batch({"loss": [4.0]})], 1))
    project.apply(RowsLoaded(P, 0, [batch({"loss": [3.0]}, first_id=2)], 2))
    assert list(project.runs["run"].series["loss"].values) == [4.0, 3.0]
    assert not project.complete


def test_runs_that_logged_only_their_machine_or_alerts_are_known(batch) -> None:
    project = Project(P)
    project.apply(LoadStarted(P, 0, 0))
    project.apply(LoadFinished(P, 0))
    assert (project.every_run, project.newest_run) == ([], None)
    machine = batch({"gpu/0/power": [5.0]}, run_id="m", run_name="warm", times=[70.0])
    project.apply(SystemRowsLoaded(P, 0, [machine], replaces=True))
    alerts = [Alert(1, "a", "bells", "title", "", "info", None, time) for time in (50.0, 60.0)]
    project.apply(AlertsLoaded(P, 0, alerts, False))
    project.apply(DetailsLoaded(P, 0, [RunDetails("a", "bells and whistles", {"lr": 1})]))
    known = [(run.name, run.row_count, run.first_time, run.last_time) for run in project.every_run]
    assert known == [("warm", 0, 70.0, 70.0), ("bells and whistles", 0, 50.0, 60.0)]
    assert project.newest_run is project.run_of("m")
    assert not project.runs
    assert project.run_ids == {"m", "a"}


def test_the_newest_run_is_the_one_of_the_newest_time(batch) -> None:
    project = Project(P)
    project.apply(LoadStarted(P, 0, 0))
    live = batch({"loss": [1.0]}, run_id="live", first_id=50, times=[1000.0])
    renamed = batch({"loss": [1.0]}, run_id="renamed", first_id=90, times=[100.0])
    project.apply(RowsLoaded(P, 0, [live, renamed], 2))
    assert project.newest_run is project.runs["live"]
    # A run without numbers stays behind those with some, however new it is.
    numberless = batch({"loss": [None]}, run_id="bare", first_id=99, times=[2000.0])
    project.apply(RowsLoaded(P, 0, [numberless._replace(columns={})], 3))
    assert [run.run_id for run in project.newest_first] == ["live", "renamed", "bare"]


def test_of_runs_that_train_at_once_the_one_that_began_last_stays_the_newest(batch) -> None:
    project = Project(P)
    project.apply(LoadStarted(P, 0, 0))

    def come(run_id: str, time: float) -> str:
        rows = batch({"loss": [1.0]}, run_id=run_id, first_id=int(time), times=[time])
        project.apply(RowsLoaded(P, 0, [rows], 0))
        assert project.newest_run is not None
        return project.newest_run.run_id

    logged = [("z", 1000), ("a", 1010), ("z", 1011), ("a", 1012), ("z", 1013), ("z", 1042)]
    assert [come(*row) for row in logged] == ["z", "a", "a", "a", "a", "a"]
    # A run that ended gives way to one that goes on, until it goes on itself.
    assert come("z", 1100) == "z"
    assert come("a", 1101) == "a"
    # One that begins anew is the newest at once.
    assert come("new", 1102) == "new"
    assert [run.run_id for run in project.newest_first] == ["new", "a", "z"]


@example([("rows", 0.0, 3.0), ("none", 5.0, 0.0)])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["numbers", "rows", "none"]),
            st.sampled_from([0.0, 5.0, 40.0, 5000.0, math.nan]),
            st.sampled_from([0.0, 3.0, 40.0]),
        ),
        max_size=6,
    )
)
def test_the_newest_run_is_the_first_of_all(runs: list[tuple[str, float, float]]) -> None:
    project = Project(P)
    for number, (logged, began, lasted) in enumerate(runs):
        run = Run(f"{number}", f"{number}")
        if logged == "none":
            # Its machine was logged.
            run.first_time, run.last_time = began, began + lasted
        else:
            times = array("d", [began, began + lasted])
            rows = MetricColumn(array("I", [0, 1]), array("d", [1.0, 2.0]))
            columns = {"loss": rows} if logged == "numbers" else {}
            run.append(RunRows(run.run_id, run.name, number, times, times, columns, 1))
        project.runs[run.run_id] = run
    assert project.newest_run is next(iter(project.newest_first), None)


def test_the_newest_of_a_thousand_runs_is_found_at_a_glance(
    batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(P)
    project.apply(LoadStarted(P, 0, 0))
    batches = [
        batch({"loss": [1.0]}, run_id=f"{number}", first_id=number, times=[float(number)])
        for number in range(1_000)
    ]
    project.apply(RowsLoaded(P, 0, batches, 0))
    judged = []
    monkeypatch.setattr(
        project_module, "state_of", lambda run, now: (judged.append(run), state_of(run, now))[1]
    )
    newest = project.newest_run
    assert newest is project.runs["999"]
    assert judged == [newest]
    assert project.newest_run is newest
    assert judged == [newest]


def test_rows_have_their_own_runs_described_and_no_others(
    batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(P)
    project.apply(LoadStarted(P, 0, 0))
    project.apply(DetailsLoaded(P, 0, [RunDetails(one, f"brave {one}", {}) for one in "abc"]))
    project.apply(RowsLoaded(P, 0, [batch({"loss": [4.0]}, run_id=one) for one in "abc"], 3))
    project.apply(LoadFinished(P, 0))
    described: list[str] = []
    real = Project._describe

    def describe(self: Project, runs: list[Run]) -> None:
        described.extend(run.run_id for run in runs)
        real(self, runs)

    monkeypatch.setattr(Project, "_describe", describe)
    project.apply(RowsLoaded(P, 0, [batch({"loss": [3.0]}, run_id="b", run_name="shy")], 4))
    assert described == ["b"]
    assert [run.name for run in project.runs.values()] == ["brave a", "brave b", "brave c"]


def test_a_run_whose_clock_was_years_ahead_is_not_live_for_years(batch) -> None:
    now, years = time.time(), 5e7
    project = Project(P)
    project.apply(LoadStarted(P, 0, 0))
    ahead = batch({"loss": [9.0]}, run_id="ahead", times=[now + years])
    trains = batch({"loss": [3.0]}, run_id="trains", first_id=2, times=[now])
    project.apply(RowsLoaded(P, 0, [ahead, trains], 2))
    assert [run.run_id for run in project.newest_first] == ["trains", "ahead"]
    assert state_of(project.runs["ahead"], now) is RunState.UNKNOWN


def test_a_run_that_logs_rarely_stays_the_newest_as_long_as_it_is_live(batch) -> None:
    project = Project(P)
    project.apply(LoadStarted(P, 0, 0))
    often = [float(second) for second in range(900)]
    rarely = [300.0, 400.0, 500.0, 600.0]
    for run_id, times in (("often", often), ("rarely", rarely)):
        rows = batch({"loss": [1.0] * len(times)}, run_id=run_id, times=times)
        project.apply(RowsLoaded(P, 0, [rows], 0))
    assert project.newest_run is project.runs["rarely"]
    rows = batch({"loss": [1.0]}, run_id="often", first_id=901, times=[1200.0])
    project.apply(RowsLoaded(P, 0, [rows], 0))
    assert project.newest_run is project.runs["often"]


def test_a_run_known_by_its_machine_gets_rows_and_others_go_with_their_traces(batch) -> None:
    project = Project(P)
    machines = [
        batch({"gpu/0/power": [5.0]}, run_id=name, run_name=name, times=[70.0])
        for name in ("m", "named", "gone")
    ]
    project.apply(SystemRowsLoaded(P, 0, machines, replaces=True))
    project.apply(LoadStarted(P, 0, 2))
    project.apply(PreviewLoaded(P, 0, [batch({"loss": [1.0]}, run_id="m", run_name="m")]))
    assert [run.row_count for run in project.every_run] == [1, 0, 0], "the preview is drawn"
    rows = [batch({"loss": [1.0]}, run_id=name[0], run_name=name) for name in ("m", "named")]
    project.apply(RowsLoaded(P, 0, rows, 2))
    project.apply(LoadFinished(P, 0))
    # In projects from before run ids, other tables tell their run by its name.
    assert [run.run_id for run in project.every_run] == ["m", "n", "gone"]
    project.apply(SystemRowsLoaded(P, 0, machines[:1], replaces=True))
    assert [run.run_id for run in project.every_run] == ["m", "n"]
