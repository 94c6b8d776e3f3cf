"""The stack of places: each lies on the ones before, and going back shows those unchanged."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.pressing import press
from trackio_view.model.events import ProjectRenamed, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.bindings import BINDINGS
from trackio_view.view.places import HelpView, View
from trackio_view.view.run_page import RunPageView
from trackio_view.view.seen_screens import visible

P = ProjectId("", "p")

KEYS = sorted({key for binding in BINDINGS for key in binding.keys} - {"q", "ctrl_c", "ctrl_l"})


@pytest.fixture
def dashboard(batch) -> Dashboard:
    """A project of two runs."""
    made = Dashboard(width=80, height=24)
    made.watch(P)
    for run in ("a", "b"):
        made.apply(RowsLoaded(P, 0, [batch({"loss": [2.0, 1.0]}, run_id=run)], 2))
    return made


def modes_after(dashboard: Dashboard, *keys: str) -> list[Mode]:
    press(dashboard, *keys)
    return list(dashboard.view.modes)


def test_a_screen_below_another_is_found_as_it_was_left(dashboard) -> None:
    chart, runs, page = Mode.ENLARGED, Mode.RUNS, Mode.RUN_PAGE
    assert modes_after(dashboard, "enter", "t", "down", "enter", "?") == [
        *(Mode.METRICS, chart, runs, page, Mode.HELP)
    ]
    assert modes_after(dashboard, "escape", "escape") == [Mode.METRICS, chart, runs]
    assert modes_after(dashboard, "t") == [Mode.METRICS, chart]
    assert modes_after(dashboard, "escape", "escape") == [Mode.METRICS], "the charts stay"


@pytest.mark.parametrize("way", ["t", "enter", "", "g", "y"])
def test_gpus_and_the_machine_take_turns_upon_what_they_lie_over(dashboard, way) -> None:
    below = [mode for mode in modes_after(dashboard, *[way] * bool(way)) if mode is not Mode.GPUS]
    below = [mode for mode in below if mode is not Mode.SYSTEM]
    if dashboard.view.mode is not Mode.GPUS:
        assert modes_after(dashboard, "g") == [*below, Mode.GPUS]
    assert modes_after(dashboard, "y") == [*below, Mode.SYSTEM]
    assert modes_after(dashboard, "g") == [*below, Mode.GPUS]
    assert modes_after(dashboard, "g") == below


def test_the_table_of_runs_takes_the_machines_place(dashboard) -> None:
    assert modes_after(dashboard, "y", "t") == [Mode.METRICS, Mode.RUNS]
    assert modes_after(dashboard, "y", "t") == [Mode.METRICS, Mode.RUNS]


def test_a_chart_that_filled_the_screen_is_one_of_many_in_another_project(dashboard) -> None:
    dashboard.view.system.enlarged = True
    assert modes_after(dashboard, "enter", "p", "enter")[-1] is Mode.PROJECTS, "none is listed"
    dashboard.view.back()
    dashboard.view.reduce()
    assert (dashboard.view.enlarged, dashboard.view.system.enlarged) == (False, False)


def test_a_place_has_a_state_of_its_own(dashboard) -> None:
    modes_after(dashboard, "i", "down")
    page, opened = dashboard.view.page, dashboard.view.state(RunPageView)
    assert page is opened
    assert (page.key, page.offset) == (RunKey(P, "a"), 1)
    modes_after(dashboard, "?", "down", "down")
    below = dashboard.view.state(HelpView)
    assert below is not None
    assert (below.offset, page.offset) == (2, 1)
    modes_after(dashboard, "?", "escape", "i")
    assert dashboard.view.page.offset == 0, "it is opened anew"
    q, other = ProjectId("", "q"), ProjectId("", "other")
    dashboard.view.rename_project(P, q)
    assert (dashboard.view.project, dashboard.view.page.key) == (q, RunKey(q, "a"))
    dashboard.view.rename_project(other, ProjectId("", "z"))
    assert (dashboard.view.project, dashboard.view.page.key) == (q, RunKey(q, "a"))


def test_cursors_stay_on_their_run_when_its_project_gets_another_name(dashboard, batch) -> None:
    other = ProjectId("", "m")
    dashboard.meet(other)
    dashboard.apply(RowsLoaded(other, 0, [batch({"loss": [1.0]}, run_id="c")], 1))
    view = dashboard.view
    modes_after(dashboard, "t")
    view.runs.all_projects = True

    def cursor() -> RunKey:
        line = view.runs.line(dashboard.runs_table(0.0))
        assert line is not None
        assert line.entry is not None
        key: RunKey = line.entry.key
        return key

    while cursor().project != other:
        modes_after(dashboard, "down")
    modes_after(dashboard, "w")
    view.wall.on = cursor()
    dashboard.apply(ProjectRenamed(other, "z"))
    renamed = RunKey(ProjectId("", "z"), "c")
    assert cursor() == view.wall.on == renamed
    view.wall.on = renamed.project
    dashboard.apply(ProjectRenamed(renamed.project, "y"))
    assert view.wall.on == ProjectId("", "y")


def test_the_last_place_stays() -> None:
    view = View()
    view.back()
    view.back()
    assert list(view.modes) == [Mode.METRICS]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(keys=st.lists(st.sampled_from(KEYS), max_size=12))
def test_whatever_is_pressed_every_way_leads_back_to_the_charts(dashboard, keys) -> None:
    modes = modes_after(dashboard, *keys)
    assert len(set(modes)) == len(modes), "no place lies upon itself"
    assert modes[0] is Mode.METRICS
    assert set(visible(dashboard.view)) <= set(modes)
    for _ in range(2 * len(modes)):
        modes_after(dashboard, "g" if dashboard.view.mode is Mode.GPUS else "escape")
    assert modes_after(dashboard) == [Mode.METRICS]


@pytest.mark.parametrize(
    ("keys", "has_cursor", "is_enlarged"),
    [
        ((), False, False),
        (("v",), True, False),
        (("enter",), True, True),
        (("enter", "t"), True, True),
        (("v", "t"), True, False),
        (("t",), False, False),
    ],
)
def test_charts_tell_values_at_the_cursor_and_where_one_fills_the_screen(
    dashboard, keys, has_cursor, is_enlarged
) -> None:
    press(dashboard, *keys)
    view = dashboard.view
    assert (view.has_cursor, view.enlarged) == (has_cursor, is_enlarged)


def test_a_stretch_is_told_below_the_charts_and_no_other_screen(dashboard: Dashboard) -> None:
    view = dashboard.view
    press(dashboard, "v")
    assert not view.tells_stretch
    press(dashboard, "a")
    assert view.tells_stretch
    press(dashboard, "1", "2")
    assert view.mode is Mode.GO_TO
    assert view.tells_stretch, "charts do not jump while something is typed below them"
    press(dashboard, "escape", "enter")
    assert view.mode is Mode.CURSOR, "an empty stretch is not shown"
    for key in ("?", "t", "X"):
        press(dashboard, key)
        assert not view.tells_stretch, key
        press(dashboard, "escape")
        assert view.tells_stretch, key
    press(dashboard, "a")
    assert not view.tells_stretch
