"""Keys that belong to one screen: moving, opening, and going back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.pressing import press
from tests.view.conftest import log_traces
from trackio_view.model.alerts import Alert
from trackio_view.model.events import (
    AlertsLoaded,
    DetailsLoaded,
    LoadFinished,
    LoadStarted,
    ProjectsListed,
    ProjectSummary,
    RowsLoaded,
    SystemRowsLoaded,
)
from trackio_view.model.gpu import GpuIdentity, GpuProcess, GpuSample, GpusSampled
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails, RunKey, RunRows
from trackio_view.view import screen_responses
from trackio_view.view.actions import Action, Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import Resized
from trackio_view.view.places import UNSEEN, PickerView
from trackio_view.view.responses import respond
from trackio_view.view.shown_configs import has_row_a_run, shown_lines
from trackio_view.view.shown_machine import shown_machine, system_charts
from trackio_view.view.traces import open_traces

P = ProjectId("", "p")
METRICS = ("loss", "accuracy", "lr", "norm")


@pytest.fixture
def dashboard(batch: Callable[..., RunRows]) -> Dashboard:
    """A project of three runs; the second lacks the metric `accuracy`."""
    made = Dashboard()
    respond(made, Resized(80, 24))
    made.watch(P)
    made.apply(LoadStarted(P, 0, 6))
    rows = [
        batch(
            {name: [2.0, 1.0] for name in METRICS if run != 1 or name != "accuracy"},
            run_id=f"r{run}",
            run_name=f"run-{run}",
            times=[1e9 + run, 1e9 + run + 1],
            first_id=2 * run + 1,
        )
        for run in range(3)
    ]
    made.apply(RowsLoaded(P, 0, rows, 6))
    details = [RunDetails(f"r{run}", f"run-{run}", {"lr": run, "seed": 1}) for run in range(3)]
    made.apply(DetailsLoaded(P, 0, details))
    made.apply(LoadFinished(P, 0))
    summaries = [ProjectSummary(ProjectId("", name), 1, 5, 1.0, 4096) for name in ("p", "q", "s")]
    made.apply(ProjectsListed("", summaries))
    return made


def run_shown(dashboard: Dashboard) -> str:
    assert dashboard.run is not None
    return dashboard.run.run_id


def test_r_goes_round_the_runs_and_the_focus_stays_on_its_metric(dashboard: Dashboard) -> None:
    dashboard.view.focus = dashboard.metrics.index("lr")
    seen = []
    for _ in range(4):
        seen.append((run_shown(dashboard), dashboard.metrics[dashboard.focus]))
        press(dashboard, "r")
    assert seen == [("r2", "lr"), ("r0", "lr"), ("r1", "lr"), ("r2", "lr")]
    press(dashboard, "R", "R")
    assert run_shown(dashboard) == "r1"
    press(dashboard, "R")
    dashboard.view.focus = dashboard.metrics.index("accuracy")
    press(dashboard, "r")
    assert run_shown(dashboard) == "r1"
    assert dashboard.metrics[dashboard.focus] in METRICS, "it lacks that one: any other"


@pytest.mark.parametrize("screen", ["escape", "y"])
def test_r_holds_no_run_that_is_the_only_one(batch: Callable[..., RunRows], screen: str) -> None:
    made = Dashboard(width=80, height=24)
    made.watch(P)
    made.apply(LoadStarted(P, 0, 1))
    made.apply(RowsLoaded(P, 0, [batch({"loss": [1.0]}, run_id="only")], 1))
    made.apply(SystemRowsLoaded(P, 0, [batch({"cpu": [1.0]}, run_id="only")], True))
    made.apply(LoadFinished(P, 0))
    for key in ("r", "R"):
        press(made, screen, key)
        assert made.view.said == "there is no other run"
        assert made.view.run_id is None, "a run that begins later comes on screen"


def test_a_run_that_is_kept_in_front_or_let_go_of_is_told(dashboard: Dashboard) -> None:
    press(dashboard, "t", "space", "down", "space")
    press(dashboard, "f")
    assert dashboard.view.said == "the run stays in front of the others"
    assert dashboard.view.marks.pinned is not None
    press(dashboard, "f")
    assert dashboard.view.said == "the run on screen lies in front"
    assert dashboard.view.marks.pinned is None


def test_r_brings_the_next_of_the_compared_runs_to_the_front(dashboard: Dashboard) -> None:
    marks = dashboard.view.marks
    marks.mark([RunKey(P, "r0"), RunKey(P, "r2")])
    before = dashboard.compared[-1].key
    press(dashboard, "r")
    after = dashboard.compared[-1].key
    assert {before.run_id, after.run_id} == {"r0", "r2"}
    assert (marks.pinned, run_shown(dashboard)) == (None, after.run_id), "nothing gets pinned"
    marks.pin(after)
    press(dashboard, "r")
    assert marks.pinned == before == dashboard.compared[-1].key, "but what was pinned moves on"


def test_enter_and_escape_enlarge_a_chart_and_go_back(dashboard: Dashboard) -> None:
    press(dashboard, "enter")
    assert dashboard.view.mode is Mode.ENLARGED
    press(dashboard, "escape")
    assert dashboard.view.mode is Mode.METRICS


def machine_id(dashboard: Dashboard) -> str:
    machine = shown_machine(dashboard)
    assert machine is not None
    return machine.run_id


def test_the_machines_charts_are_walked_enlarged_and_left(
    dashboard: Dashboard, batch: Callable[..., RunRows]
) -> None:
    for run in (0, 2):
        logged = {"cpu/utilization": [1.0, 2.0], "gpu/0/utilization": [3.0, 4.0]}
        rows = batch(logged, steps=[1e9, 1e9 + 1], times=[1e9, 1e9 + 1], run_id=f"r{run}")
        dashboard.apply(SystemRowsLoaded(P, 0, [rows], run == 0))
    press(dashboard, "y")
    assert dashboard.view.mode is Mode.SYSTEM
    assert len(system_charts(dashboard)) == 2
    press(dashboard, "right", "right", "enter")
    system = dashboard.view.system
    assert (system.focus, system.enlarged) == (1, True)
    first = machine_id(dashboard)
    press(dashboard, "r")
    assert machine_id(dashboard) != first
    machines = [one.run_id for one in dashboard.known.projects[P].machines]
    press(dashboard, *"r" * (len(machines) - 1))
    assert machine_id(dashboard) == first, "it goes round"
    press(dashboard, "escape")
    assert (dashboard.view.mode, system.enlarged) == (Mode.SYSTEM, False)
    press(dashboard, "escape")
    assert dashboard.view.mode is Mode.METRICS


def test_the_machine_of_a_run_that_logged_only_alerts_is_one_of_those_stepped_through(
    dashboard: Dashboard,
) -> None:
    alert = Alert(1, "told", "told", "title", "", "info", 1, 1e9)
    dashboard.apply(AlertsLoaded(P, 0, [alert], False))
    dashboard.view.run_id = "told"
    press(dashboard, "y")
    assert machine_id(dashboard) == "told"
    press(dashboard, "r")
    assert machine_id(dashboard) == "r0"
    press(dashboard, "R")
    assert machine_id(dashboard) == "told"


def test_the_filter_of_gpus_begins_again_at_the_first(
    dashboard: Dashboard, gpus_sampled: Callable[..., GpusSampled]
) -> None:
    dashboard.apply(gpus_sampled(4))
    press(dashboard, "g", "down", "down", "enter")
    gpus = dashboard.view.gpus
    assert gpus.chosen is not None
    press(dashboard, "/", "g")
    assert (gpus.chosen, gpus.cursor, gpus.filter) == (None, 0, "g")
    press(dashboard, "escape")
    assert (gpus.filter, dashboard.view.mode) == ("", Mode.GPUS)


def test_a_run_of_the_table_has_charts_and_a_page_and_a_group_folds(dashboard: Dashboard) -> None:
    press(dashboard, "t", "end", "v")
    assert dashboard.view.mode is Mode.METRICS
    assert run_shown(dashboard) == "r0", "the oldest stands last"
    press(dashboard, "t", "home", "enter")
    assert dashboard.view.mode is Mode.RUN_PAGE
    assert dashboard.view.page.key == RunKey(P, "r2")
    press(dashboard, "escape", "G")
    keys = [column.key for column in dashboard.view.runs.choices(Mode.RUN_GROUPS, [])]
    assert keys[0] == "group"
    press(dashboard, "down", "enter")
    assert dashboard.view.mode is Mode.RUNS, "a choice of groups closes its list"
    assert len(dashboard.runs_table(0.0).lines) == 4
    press(dashboard, "home", "enter")
    assert len(dashboard.runs_table(0.0).lines) == 1
    assert dashboard.view.mode is Mode.RUNS


def test_choosing_a_column_leaves_its_list_open_and_arrows_shift_it(dashboard: Dashboard) -> None:
    press(dashboard, "t", "c")
    runs, entries = dashboard.view.runs, dashboard.run_entries
    before = runs.chosen_columns(entries)
    press(dashboard, "right")
    assert runs.chosen_columns(entries)[:2] == (before[1], before[0])
    press(dashboard, "left", "enter")
    assert dashboard.view.mode is Mode.RUN_COLUMNS
    assert runs.chosen_columns(entries) == before[1:]
    press(dashboard, "c")
    assert dashboard.view.mode is Mode.RUNS


def test_the_cursors_line_is_scrolled_to(batch: Callable[..., RunRows]) -> None:
    dashboard = Dashboard(width=80, height=12)
    dashboard.watch(P)
    dashboard.apply(LoadStarted(P, 0, 40))
    rows = [batch({"loss": [1.0]}, run_id=f"r{run:02}", first_id=run + 1) for run in range(40)]
    dashboard.apply(RowsLoaded(P, 0, rows, 40))
    room = dashboard.layout.grid_height - 1
    press(dashboard, "t", "end")
    assert dashboard.view.runs.offset == 40 - room
    press(dashboard, "home")
    assert dashboard.view.runs.offset == 0


def test_the_configs_are_shown_whole_from_the_top_and_walked_run_by_run(
    dashboard: Dashboard,
) -> None:
    dashboard.view.marks.mark(RunKey(P, f"r{run}") for run in range(2))
    press(dashboard, "d")
    diff = dashboard.view.diff
    diff.offset = 5
    press(dashboard, "a")
    assert (diff.everything, diff.offset) == (True, 0)
    press(dashboard, "left")
    assert diff.first_run == 0
    press(dashboard, *["right"] * 9)
    assert diff.first_run == 1
    # Each run has a row here, so the keys go over them.
    dashboard.view.marks.mark([RunKey(P, "r2")])
    assert has_row_a_run(dashboard)
    press(dashboard, *["left"] * 9, *["right"] * 9)
    assert diff.first_run == len(shown_lines(dashboard)) - 1 == 1
    diff.offset = 5
    press(dashboard, "/", "l")
    assert (diff.search, diff.offset) == ("l", 0)
    press(dashboard, "escape", "escape")
    assert (diff.search, dashboard.view.mode) == ("", Mode.METRICS)


def test_the_picker_goes_to_the_project_under_its_line(dashboard: Dashboard) -> None:
    press(dashboard, "p", "up")
    picker = dashboard.view.state(PickerView)
    assert picker is not None
    assert picker.selected == 0
    press(dashboard, *["down"] * 9)
    assert picker.selected == 2
    press(dashboard, "up", "enter")
    assert (dashboard.view.project, dashboard.view.mode) == (ProjectId("", "q"), Mode.METRICS)


@pytest.mark.parametrize("marked", [1, 2])
def test_marked_runs_of_another_project_stay_and_are_told_of(
    dashboard: Dashboard, marked: int
) -> None:
    project = dashboard.project
    assert project is not None
    keys = [RunKey(project.id, run) for run in sorted(project.runs)[:marked]]
    assert len(keys) == marked
    dashboard.view.marks.mark(keys)
    press(dashboard, "p", "home", "down", "enter")
    assert dashboard.view.project == ProjectId("", "q")
    those = ("the marked run stays", "2 marked runs stay")[marked - 1]
    assert dashboard.view.said == f"{those} on screen: t, then x, marks none"
    press(dashboard, "p", "home", "enter")
    assert (dashboard.view.project, dashboard.view.said) == (project.id, "")


def test_keys_of_other_screens_are_left_to_others(dashboard: Dashboard) -> None:
    claims = {
        screen_responses.on_charts: Action.SORT,
        screen_responses.on_system: Action.SORT,
        screen_responses.on_gpus: Action.HELP,
        screen_responses.on_runs: Action.UP,
        screen_responses.on_run_list: Action.SORT,
        screen_responses.on_text: Action.CHOOSE,
        screen_responses.on_config_diff: Action.SORT,
        screen_responses.on_projects: Action.SORT,
    }
    for respond_to, action in claims.items():
        assert not respond_to(dashboard, action, UNSEEN), respond_to.__name__


def test_escape_leaves_the_gpus_once_none_is_chosen(
    dashboard: Dashboard, gpus_sampled: Callable[..., GpusSampled]
) -> None:
    dashboard.apply(gpus_sampled(4))
    press(dashboard, "g", "2", "escape")
    assert (dashboard.view.mode, dashboard.view.gpus.chosen) == (Mode.GPUS, None)
    press(dashboard, "escape")
    assert dashboard.view.mode is Mode.METRICS


def test_enter_on_a_gpu_opens_the_run_that_it_trains(dashboard: Dashboard) -> None:
    process = GpuProcess(7, project=P, run="run-0", run_id="r0", link="writes")
    sample = GpuSample(GpuIdentity("a", "AMD", "Card"), 1.0, processes=(process,))
    dashboard.apply(GpusSampled((sample,), ()))
    press(dashboard, "g", "enter")
    assert dashboard.view.mode is Mode.METRICS
    assert dashboard.run is not None
    assert (dashboard.run.run_id, dashboard.view.project) == ("r0", P)


def test_enter_on_a_gpu_that_trains_nothing_known_stays_there(dashboard: Dashboard) -> None:
    sample = GpuSample(GpuIdentity("a", "AMD", "Card"), 1.0, processes=(GpuProcess(7),))
    dashboard.apply(GpusSampled((sample,), ()))
    press(dashboard, "g", "enter")
    assert dashboard.view.mode is Mode.GPUS


def test_a_key_of_the_list_of_traces_searches_or_opens_one(traced: Dashboard) -> None:
    log_traces(traced, 3)
    open_traces(traced)
    for key, mode in (("/", Mode.TRACE_SEARCH), ("escape", Mode.TRACES), ("enter", Mode.TRACE)):
        press(traced, key)
        assert traced.view.mode is mode
