"""Which screens are visible, the data that they want, and the events that change them."""

from __future__ import annotations

import pytest

from tests.view.conftest import log_traces
from trackio_view.model.events import (
    AlertsLoaded,
    LoadFinished,
    Notice,
    ProjectOrigin,
    ProjectsListed,
    ProjectSummary,
    RowsLoaded,
)
from trackio_view.model.opened_media import MediaContent, MediaLoaded, MediaRequest
from trackio_view.model.opened_traces import (
    TraceContent,
    TraceList,
    TraceListLoaded,
    TraceLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.places import HelpView, PickerView
from trackio_view.view.run_page import RunPageView
from trackio_view.view.screen_table import SCREENS
from trackio_view.view.seen_screens import (
    Wanted,
    ground,
    shows,
    tells_time,
    visible,
    wanted,
)
from trackio_view.view.trace import open_trace
from trackio_view.view.traces import open_traces

P = ProjectId("", "p")
Q = ProjectId("", "q")


@pytest.fixture
def dashboard(batch) -> Dashboard:
    """A project of twelve metrics on a small screen, and another project."""
    made = Dashboard(width=80, height=24)
    made.watch(P)
    made.apply(RowsLoaded(P, 0, [batch({f"m{n:02}": [1.0] for n in range(12)}, run_id="a")], 1))
    made.meet(Q)
    return made


def test_only_what_is_seen_wants_something(dashboard) -> None:
    view = dashboard.view
    assert wanted(dashboard) == Wanted(False, None, False)
    assert not tells_time(view)
    view.open(Mode.RUNS, view.runs)
    assert wanted(dashboard) == Wanted(False, None, False)
    assert tells_time(view)
    view.open(Mode.RUN_PAGE, RunPageView(key=RunKey(P, "a")))
    view.open(Mode.HELP, HelpView())
    assert wanted(dashboard) == Wanted(True, RunKey(P, "a"), False)
    assert tells_time(view)
    dashboard.show_gpus()
    assert wanted(dashboard) == Wanted(True, None, False), "the table lies hidden"
    assert not tells_time(view)
    dashboard.show_gpus(False)
    view.gpus.strip = True
    view.open(Mode.PROJECTS, PickerView())
    assert wanted(dashboard) == Wanted(True, None, True)
    assert tells_time(view)


def test_the_ground_is_what_lies_highest_of_those_that_fill_the_frame(dashboard) -> None:
    view = dashboard.view
    for mode in (Mode.ENLARGED, Mode.RUNS, Mode.RUN_COLUMNS):
        view.open(mode)
    assert visible(view) == [Mode.RUNS, Mode.RUN_COLUMNS]
    assert ground(view) is SCREENS[Mode.RUNS]


def test_events_of_other_projects_change_only_screens_of_all(dashboard) -> None:
    listed = ProjectsListed("", [ProjectSummary(Q, 1, 5, 1.0, 4096)])
    own, other = LoadFinished(P, 0), LoadFinished(Q, 0)
    assert (shows(dashboard, own), shows(dashboard, other)) == (True, False)
    assert shows(dashboard, Notice(ProjectOrigin(Q), "locked"))
    assert not shows(dashboard, listed)
    dashboard.view.open(Mode.RUNS, dashboard.view.runs)
    assert not shows(dashboard, AlertsLoaded(Q, 0, [], True))
    dashboard.view.runs.all_projects = True
    assert shows(dashboard, other)
    dashboard.view.runs.all_projects = False
    dashboard.view.open(Mode.PROJECTS, PickerView())
    assert shows(dashboard, other)
    assert shows(dashboard, listed)


def test_news_of_a_marked_runs_project_changes_the_charts(dashboard, batch) -> None:
    dashboard.apply(RowsLoaded(Q, 0, [batch({"m00": [1.0]}, run_id="b")], 1))
    assert not shows(dashboard, LoadFinished(Q, 0))
    dashboard.view.marks.mark([RunKey(P, "a"), RunKey(Q, "b")])
    assert shows(dashboard, LoadFinished(Q, 0))
    dashboard.view.marks.clear()
    assert not shows(dashboard, LoadFinished(Q, 0))


def test_of_what_a_screen_asks_for_only_the_answer_to_that_changes_it(traced: Dashboard) -> None:
    log_traces(traced, 9)
    open_traces(traced)
    listed = wanted(traced).traces
    assert listed is not None
    assert shows(traced, TraceListLoaded(listed, TraceList()))
    assert not shows(traced, TraceListLoaded(listed._replace(search="another"), TraceList()))
    open_trace(traced)
    trace = wanted(traced).trace
    assert trace is not None
    assert shows(traced, TraceLoaded(trace, TraceContent()))
    assert not shows(traced, TraceLoaded(trace._replace(row=trace.row - 1), TraceContent()))
    medium = MediaLoaded(MediaRequest(trace.page, "cat.png", "image"), MediaContent())
    assert not shows(traced, medium), "no medium is looked at"
