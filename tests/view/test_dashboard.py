from collections.abc import Sequence

import pytest

from tests.pressing import press
from trackio_view.model.alerts import Alert
from trackio_view.model.events import (
    AlertsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    PreviewLoaded,
    ProgramOrigin,
    ProjectOrigin,
    ProjectRenamed,
    ProjectsListed,
    ProjectSummary,
    ProjectVanished,
    RowsLoaded,
    RunObjectsLoaded,
)
from trackio_view.model.gpu import GpuProcess
from trackio_view.model.health import GPU_IDLE
from trackio_view.model.objects import RunObjects
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.model.windows import Last
from trackio_view.view.actions import Mode
from trackio_view.view.charts.shown_charts import show_charts
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import Resized
from trackio_view.view.layout import SideBox
from trackio_view.view.places import PickerView
from trackio_view.view.responses import respond

LATER = 1_700_000_100.0
P = ProjectId("", "p")
Q = ProjectId("", "q")


def summaries(*names: str) -> Sequence[ProjectSummary]:
    return [ProjectSummary(ProjectId("", name), 1, 5, 1.0, 4096) for name in names]


@pytest.fixture
def dashboard(batch) -> Dashboard:
    """A project of three runs with seven metrics each, at 80x24: 2 x 2 charts a page."""
    made = Dashboard()
    respond(made, Resized(80, 24))
    made.watch(P)
    made.apply(LoadStarted(P, 0, 0))
    metrics = {name: [3.0, 2.0, 1.0] for name in ("loss", *"abcdef")}
    for number in range(3):
        rows = batch(metrics, run_id=f"r{number}", first_id=1 + 3 * number)
        made.apply(RowsLoaded(P, 0, [rows], 3 * number + 3))
    made.apply(LoadFinished(P, 0))
    return made


def test_what_a_process_logs_is_shown_over_the_charts_as_far_as_it_is_known(dashboard) -> None:
    dashboard.show_gpus()
    assert not dashboard.show_run_of(GpuProcess(1))
    assert dashboard.view.mode is Mode.GPUS
    assert dashboard.show_run_of(GpuProcess(1, project=P, run="a name", run_id="r0"))
    assert (dashboard.view.mode, dashboard.run.run_id) == (Mode.METRICS, "r0")
    assert dashboard.show_run_of(GpuProcess(1, project=P, run="r1"))
    assert dashboard.run.run_id == "r1"
    assert dashboard.show_run_of(GpuProcess(1, project=Q))
    assert dashboard.view.project == Q


def test_a_project_is_called_by_its_origin_where_there_are_several(dashboard) -> None:
    assert dashboard.project_title(P) == "p"
    elsewhere = ProjectId("box:/data", "p")
    dashboard.meet(elsewhere)
    titles = [dashboard.project_title(project) for project in (P, elsewhere)]
    assert len(set(titles)) == 2
    assert all(title.startswith("p (") for title in titles)


def test_a_project_is_waited_for_only_until_it_was_read_or_listed() -> None:
    waiting = Dashboard()
    waiting.watch(P)
    assert not waiting.awaits_project, "no list has come"
    waiting.apply(ProjectsListed("", summaries("q")))
    assert waiting.awaits_project
    waiting.apply(ProjectsListed("", summaries("q", "p")))
    assert not waiting.awaits_project
    waiting.apply(LoadStarted(P, 0, 0))
    waiting.apply(ProjectsListed("", summaries("q")))
    assert not waiting.awaits_project, "it was there, and is gone"


def test_the_run_with_the_newest_row_is_followed(dashboard, batch) -> None:
    assert dashboard.run.run_id == "r2"
    newer = batch({"loss": [1.0]}, run_id="r0", first_id=99, times=[LATER])
    dashboard.apply(RowsLoaded(P, 0, [newer], 10))
    assert dashboard.run.run_id == "r0"


def test_a_chosen_run_stays_on_screen(dashboard, batch) -> None:
    press(dashboard, "r")
    assert dashboard.run.run_id == "r0"
    newer = batch({"loss": [1.0]}, run_id="r2", first_id=99, times=[LATER])
    dashboard.apply(RowsLoaded(P, 0, [newer], 10))
    assert dashboard.run.run_id == "r0"
    press(dashboard, "R", "R")
    assert dashboard.run.run_id == "r1"


def test_zoom_keys_stop_at_both_ends(dashboard) -> None:
    press(dashboard, "-")
    assert dashboard.view.charts.window == Last(0)
    press(dashboard, "+", "=", "+")
    assert dashboard.view.charts.window == Last(3)
    press(dashboard, *"++++")
    assert dashboard.view.charts.window == Last(6)


def test_focus_moves_over_the_grid_and_pages(dashboard) -> None:
    layout = dashboard.layout
    assert (layout.columns, layout.rows) == (2, 2)
    press(dashboard, "right", "down")
    assert dashboard.focus == 3
    press(dashboard, "down")
    assert dashboard.focus == 5
    press(dashboard, "down")
    assert dashboard.focus == 6, "the last row is shorter: its last chart takes the focus"
    press(dashboard, "down", "right")
    assert dashboard.focus == 6
    press(dashboard, "home", "up", "left")
    assert dashboard.focus == 0


def test_paging_shows_other_charts(dashboard) -> None:
    press(dashboard, "l", "page_down")
    assert dashboard.focus == 4
    press(dashboard, "page_down")
    assert dashboard.focus == 4
    press(dashboard, "page_up")
    assert dashboard.focus == 0


def test_enter_enlarges_and_escape_returns(dashboard) -> None:
    press(dashboard, "enter")
    assert dashboard.view.mode is Mode.ENLARGED
    assert dashboard.layout.page_size == 1
    press(dashboard, "?", "escape")
    assert dashboard.view.mode is Mode.ENLARGED
    press(dashboard, "escape")
    assert dashboard.view.mode is Mode.METRICS


def test_focus_is_valid_where_the_other_run_has_fewer_metrics(dashboard, batch) -> None:
    rows = batch({"c": [1.0]}, run_id="small", first_id=100, times=[LATER])
    dashboard.apply(RowsLoaded(P, 0, [rows], 10))
    dashboard.view.focus = 6
    assert dashboard.focus == 0
    assert dashboard.run.run_id == "small"


def test_changing_runs_keeps_the_metric_in_focus(dashboard, batch) -> None:
    rows = batch({"x": [1.0], "c": [1.0]}, run_id="small", first_id=100, times=[LATER])
    dashboard.apply(RowsLoaded(P, 0, [rows], 10))
    press(dashboard, "right")
    assert dashboard.metrics[dashboard.focus] == "c"
    press(dashboard, "r")
    assert dashboard.metrics[dashboard.focus] == "c"


def test_gpus_of_this_machine_that_idle_are_told_while_they_are_looked_at(
    dashboard, batch, gpus_sampled
) -> None:
    now = 1_700_000_100.0
    times = [now - 10 + row for row in range(10)]
    rows = batch({"loss": [1.0] * 10}, run_id="live", first_id=50, times=times)
    dashboard.apply(RowsLoaded(P, 0, [rows], 19))
    project = dashboard.known.projects[P]

    def told(run_id: str, at: float) -> list[str]:
        found = dashboard.findings(project, project.runs[run_id], at)
        return [finding.sentence for finding in found if finding.rule is GPU_IDLE]

    for second in range(61):
        event = gpus_sampled(2, now - 60 + second, utilization=90.0)
        busy, idle = event.samples
        event = event._replace(samples=(busy, idle._replace(utilization=2.0)))
        assert told("live", now) == []
        dashboard.apply(event)
    assert told("live", now) == ["GPU 1 is at most 5% busy for a minute while the run is live"]
    assert told("r0", now + 1e6) == []
    for hosts, count in (({}, 0), ({P.origin: "box"}, 0), ({P.origin: ""}, 1)):
        dashboard.gpu_hosts = hosts
        assert len(told("live", now)) == count, "a run of a server does not train on these GPUs"
    dashboard.known.thresholds = {**dashboard.known.thresholds, GPU_IDLE.name: 1.0}
    assert told("live", now) == []


def test_the_newest_project_is_chosen_where_none_was_named() -> None:
    dashboard = Dashboard()
    dashboard.apply(ProjectsListed("", summaries("new", "old")))
    assert dashboard.view.project == ProjectId("", "new")
    dashboard.apply(ProjectsListed("", summaries("newer", "new", "old")))
    assert dashboard.view.project == ProjectId("", "new"), "what is on screen stays"


def test_the_picker_keeps_its_line_on_its_project(dashboard) -> None:
    dashboard.apply(ProjectsListed("", summaries("a", "b", "c")))
    press(dashboard, "p", "down")
    picker = dashboard.view.state(PickerView)
    for names, selected in ((("b", "a", "c"), 0), (("c", "a", "b"), 2), (("c", "a"), 2)):
        dashboard.apply(ProjectsListed("", summaries(*names)))
        assert picker.selected == selected, "where b went, and where it was once it is gone"
    dashboard.apply(ProjectsListed("", summaries("c", "b", "a")))
    press(dashboard, "up", "enter")
    assert (dashboard.view.project, dashboard.view.mode) == (ProjectId("", "b"), Mode.METRICS)
    assert dashboard.watched == {P, ProjectId("", "b")}


def test_enter_in_an_empty_picker_does_nothing(dashboard) -> None:
    press(dashboard, "p", "down", "page_down", "end", "up", "enter")
    assert dashboard.view.project == P


def test_the_objects_of_a_page_stay_when_its_project_is_renamed(dashboard) -> None:
    press(dashboard, "i")
    key, objects = dashboard.view.page.key, RunObjects()
    assert dashboard.page_objects is None
    dashboard.apply(RunObjectsLoaded(P, key.run_id, objects))
    press(dashboard, "escape", "i")
    assert dashboard.page_objects is objects
    dashboard.apply(ProjectRenamed(P, "q"))
    assert dashboard.view.page.key == RunKey(Q, key.run_id)
    assert dashboard.page_objects is objects is dashboard.known.projects[Q].objects[key.run_id]


@pytest.mark.parametrize("origin", ProgramOrigin)
def test_no_project_s_name_is_taken_for_the_program_s_own_origin(origin) -> None:
    dashboard = Dashboard()
    for name in (origin.value, origin.name, origin.name.lower(), "projects"):
        dashboard.watch(ProjectId("", name))
        dashboard.apply(Notice(ProjectOrigin(ProjectId("", name)), f"damage of {name}"))
        before = list(dashboard.known.notices.values())
        dashboard.apply(Notice(origin, "a fault"))
        press(dashboard, "escape")
        dashboard.apply(Notice(origin, None))
        assert list(dashboard.known.notices.values()) == before


@pytest.mark.parametrize("key", ["q", "ctrl_c"])
def test_quit_from_everywhere(dashboard, key) -> None:
    press(dashboard, "?", key)
    assert dashboard.quit


def test_escape_dismisses_alerts_then_what_is_wrong_with_the_settings(dashboard) -> None:
    for number, fault in ((1, "second"), (0, "first")):
        dashboard.apply(Notice(ProgramOrigin.SETTINGS, fault, subject=str(number)))
    dashboard.apply(Notice(ProjectOrigin(P), "locked", subject="database"))
    alerts = [Alert(n, f"r{n}", f"r{n}", "odd", None, "warn", None, 0.0) for n in (0, 1)]
    dashboard.apply(AlertsLoaded(P, 0, alerts, True))

    def said() -> list[str | None]:
        return [notice.text for notice in dashboard.known.notices.values()]

    assert said() == ["second", "first", "locked", "r0: odd", "r1: odd"]
    press(dashboard, "escape")
    assert said() == ["second", "first", "locked"]
    press(dashboard, "escape")
    assert said() == ["second", "locked"]
    press(dashboard, "escape", "escape")
    assert said() == ["locked"], "what goes on is not dismissed"


def test_of_a_project_that_is_let_go_of_few_marks_are_kept() -> None:
    dashboard = Dashboard(watch_all=True)
    dashboard.watch(P)
    vanished = [ProjectId("", f"gone-{number}") for number in range(9)]
    for project in vanished:
        dashboard.meet(project)
        dashboard.apply(ProjectVanished(project))
    dashboard.view.marks.mark(RunKey(vanished[0], str(number)) for number in range(80))
    dashboard.apply(ProjectsListed("", []))
    assert dashboard.watched == {P, *vanished[1:]}
    assert len(dashboard.view.marks) == 64


def test_which_runs_a_project_has_is_known_once_it_is_read_or_sampled(batch) -> None:
    made = Dashboard()
    assert not made.has_settled
    made.watch(P)
    made.apply(LoadStarted(P, 0, 9))
    assert not made.has_settled
    made.apply(RowsLoaded(P, 0, [batch({"loss": [1.0]})], 1))
    assert not made.has_settled, "a part of the rows may lack runs"
    made.apply(LoadFinished(P, 0))
    assert made.has_settled
    other = Dashboard()
    other.watch(P)
    other.apply(LoadStarted(P, 0, 9))
    other.apply(PreviewLoaded(P, 0, [batch({"loss": [1.0]})]))
    assert other.has_settled, "a preview has rows of every run"


def test_the_charts_are_about_the_runs_compared_or_all_of_the_project(dashboard) -> None:
    assert Dashboard().run_count == 0
    assert dashboard.run_count == 3


def test_the_charts_are_laid_out_once_between_two_changes(dashboard, batch) -> None:
    assert dashboard.shown_charts is dashboard.shown_charts
    charts = dashboard.view.charts
    for change in (
        lambda: press(dashboard, "right"),
        lambda: press(dashboard, "enter"),
        lambda: press(dashboard, "escape"),
        lambda: respond(dashboard, Resized(200, 50)),
        lambda: charts.change(charts.framing._replace(columns=1)),
        lambda: charts.change(charts.framing._replace(side_box=SideBox.WIDE)),
        lambda: setattr(dashboard.view.gpus, "strip", True),
        lambda: dashboard.view.choice.set_filter("loss"),
        lambda: dashboard.apply(
            RowsLoaded(P, 0, [batch({"val/loss": [1.0]}, run_id="r2", first_id=99)], 10)
        ),
    ):
        before = dashboard.shown_charts
        change()
        shown = dashboard.shown_charts
        assert shown != before
        size, count = (dashboard.width, dashboard.height), dashboard.run_count
        assert shown == show_charts(dashboard.charts, dashboard.view, *size, run_count=count)
