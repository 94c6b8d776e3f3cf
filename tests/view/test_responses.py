"""Keys that no single screen owns, and the table of the screens' own keys."""

from __future__ import annotations

from array import array

import pytest

from tests.pressing import press
from trackio_view.model.events import (
    LoadFinished,
    LoadStarted,
    ProjectsListed,
    ProjectSummary,
    RowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey, RunRows
from trackio_view.model.selection import Selection
from trackio_view.series.series import MetricColumn
from trackio_view.view.actions import Action, Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.bindings import BINDINGS, TYPING
from trackio_view.view.keys.chosen_keys import chosen_keys
from trackio_view.view.keys.flood import MOST_KEYS, Flood
from trackio_view.view.keys.input_events import KeyPressed, KeysPressed, Resized
from trackio_view.view.places import CHARTS, Seen
from trackio_view.view.responses import act, respond
from trackio_view.view.responses import press as press_together
from trackio_view.view.runs import cursor
from trackio_view.view.runs.query import parse_query
from trackio_view.view.screen_table import SCREENS
from trackio_view.view.scrolling import ScrolledText
from trackio_view.view.seen_screens import wanted
from trackio_view.view.text_entry import MOST_CHARACTERS

P = ProjectId("", "p")


def _rows(run: int) -> RunRows:
    places = array("I", [0, 1])
    columns = {"loss": MetricColumn(places, array("d", [2.0, 1.0]))}
    steps, times = array("d", [0.0, 1.0]), array("d", [1e9, 1e9 + 1])
    return RunRows(f"r{run}", f"run-{run}", 2 * run + 2, steps, times, columns, 1)


@pytest.fixture
def dashboard() -> Dashboard:
    """A project of three runs."""
    made = Dashboard()
    respond(made, Resized(80, 24))
    made.watch(P)
    made.apply(LoadStarted(P, 0, 6))
    made.apply(RowsLoaded(P, 0, [_rows(run) for run in range(3)], 6))
    made.apply(LoadFinished(P, 0))
    return made


@pytest.mark.parametrize("mode", [mode for mode in SCREENS if mode not in TYPING])
def test_every_key_means_something_wherever_it_is_bound(dashboard: Dashboard, mode: Mode) -> None:
    for action in {bound.action for bound in BINDINGS if mode in bound.modes}:
        if action not in (Action.QUIT, Action.INTERRUPT, Action.REDRAW, Action.PICK_GPU):
            dashboard.view.back_to(*CHARTS)
            dashboard.view.open(mode)
            assert act(dashboard, action), action


@pytest.mark.parametrize("way_in", ["i", "d", "t", "p", "enter", "tc", "tG", "g"])
@pytest.mark.parametrize("way_out", ["?", "escape"])
def test_the_help_leads_back_to_what_it_lies_over(
    dashboard: Dashboard, way_in: str, way_out: str
) -> None:
    press(dashboard, *([way_in] if way_in == "enter" else way_in))
    before = dashboard.view.mode
    press(dashboard, "?", "down")
    assert (dashboard.view.mode, dashboard.view.screen) == (Mode.HELP, before)
    press(dashboard, way_out)
    assert dashboard.view.mode is before


def test_a_page_goes_on_being_read_under_the_help(dashboard: Dashboard) -> None:
    press(dashboard, "i")
    page = wanted(dashboard).page
    press(dashboard, "?")
    assert wanted(dashboard).page == page == RunKey(P, "r2")


@pytest.mark.parametrize(("way", "mode"), [("i", Mode.RUN_PAGE), ("?", Mode.HELP)])
def test_keys_scroll_within_what_was_seen_of_the_text_on_top(
    dashboard: Dashboard, way: str, mode: Mode
) -> None:
    press(dashboard, way, "end")
    text = dashboard.view.state(ScrolledText)
    assert text is not None
    # The keys come together, as if typed faster than frames are drawn.
    respond(dashboard, KeysPressed(("up", "up")), Seen(0.0, mode, 40))
    assert text.offset == 38
    respond(dashboard, KeysPressed(("down", "page_down", "end", "down")), Seen(0.0, mode, 40))
    assert text.offset == 40
    respond(dashboard, KeyPressed("down"), Seen(0.0, Mode.CONFIG_DIFF, 3))
    assert text.offset == 41, "what was seen of another text says nothing of this one"


def test_the_cursor_stays_at_its_place_when_its_run_is_filtered_away(dashboard: Dashboard) -> None:
    press(dashboard, "t", "down")
    runs = dashboard.view.runs
    line = runs.line(dashboard.runs_table(0.0))
    assert line is not None
    assert line.entry is not None
    press(dashboard, "/", *f"-name:{line.entry.run.name}")
    table = dashboard.runs_table(0.0)
    assert (len(table.lines), runs.position(table)) == (2, 1)
    press(dashboard, "escape")
    again = runs.line(dashboard.runs_table(0.0))
    assert again is not None
    assert again.entry is not None
    assert again.entry.key == line.entry.key, "it comes back"


def test_the_table_pins_the_run_that_the_cursor_is_on(dashboard: Dashboard) -> None:
    press(dashboard, "t", "end", "f")
    line = dashboard.view.runs.line(dashboard.runs_table(0.0))
    assert line is not None
    assert line.entry is not None
    assert dashboard.view.marks.pinned == line.entry.key != dashboard.shown_key
    press(dashboard, "f")
    assert dashboard.view.marks.pinned is None


def test_projects_met_later_are_looked_at_since_the_same_time(dashboard: Dashboard) -> None:
    dashboard.watch_all = True
    dashboard.view.selection = Selection(since=5e8)
    summaries = [ProjectSummary(ProjectId("", name), 1, 5, 1.0, 4096) for name in ("a", "b")]
    dashboard.apply(ProjectsListed("", summaries))
    assert [dashboard.known.projects[ProjectId("", name)].since for name in ("a", "b")] == [
        5e8,
        5e8,
    ]


def test_typing_ends_by_keeping_or_dropping_and_ctrl_c_quits(dashboard: Dashboard) -> None:
    press(dashboard, "g", "/", "h", "1", "q", "backspace", "enter")
    assert (dashboard.view.gpus.filter, dashboard.view.mode) == ("h1", Mode.GPUS)
    press(dashboard, "/", "x", "escape")
    assert (dashboard.view.gpus.filter, dashboard.view.mode) == ("", Mode.GPUS)
    press(dashboard, "g", "d", "/", "l", "r", "enter")
    assert (dashboard.view.diff.search, dashboard.view.mode) == ("lr", Mode.CONFIG_DIFF)
    press(dashboard, "/", "ctrl_c")
    assert dashboard.quit


def test_text_that_is_pasted_is_judged_once_and_bounded(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[str] = []
    monkeypatch.setattr(
        cursor,
        "parse_query",
        lambda text: (judged.append(text), parse_query(text))[1],
    )
    press(dashboard, "t", "/")
    respond(dashboard, KeysPressed("name:run-1"))
    assert judged == ["name:run-1"]
    assert len(dashboard.runs_table(0.0).matching) == 1
    for _ in range(250):
        respond(dashboard, KeysPressed("x" * 4000))
    assert len(judged) == 2
    assert len(dashboard.view.runs.typing.text) == MOST_CHARACTERS
    respond(dashboard, KeysPressed(("escape", "q")))
    assert dashboard.view.runs.filter == ""
    assert dashboard.quit


@pytest.mark.parametrize("way", ["d/", "g/", "t/"])
def test_every_text_is_bounded(dashboard: Dashboard, way: str) -> None:
    press(dashboard, *way)
    respond(dashboard, KeysPressed("z" * 10_000))
    view = dashboard.view
    assert (
        max(map(len, (view.diff.search, view.gpus.filter, view.runs.typing.text)))
        == MOST_CHARACTERS
    )


def test_a_paste_without_brackets_is_no_keys_except_for_what_quits(dashboard: Dashboard) -> None:
    flood = Flood()
    press_together(dashboard, "j" * MOST_KEYS + "gt?" * 100_000, flood)
    assert dashboard.view.mode is Mode.METRICS
    assert flood.left_out == 300_000
    press_together(dashboard, "jjqt", flood)
    assert dashboard.quit
    assert dashboard.view.mode is Mode.METRICS
    assert flood.left_out == 300_002


def test_the_newest_run_is_looked_for_once_an_event(dashboard: Dashboard) -> None:
    project = dashboard.project
    assert project is not None
    newest = project.newest_run
    assert newest is not None
    # A second search among the runs would find another one.
    project.runs["r0"].last_id = newest.last_id + 1
    assert project.newest_run is newest
    dashboard.apply(LoadFinished(P, 0))
    assert project.newest_run is project.runs["r0"]


def test_without_marked_runs_the_key_for_groups_says_what_it_is_for() -> None:
    dashboard = Dashboard()
    said = []
    for _ in range(2):
        act(dashboard, Action.SPREAD)
        said.append(dashboard.view.said)
    assert said == [
        "means of groups, once runs are marked in the table: t",
        "each run, once runs are marked in the table: t",
    ]
    dashboard.view.keys = chosen_keys({"runs": "f4"}).table
    act(dashboard, Action.SPREAD)
    assert dashboard.view.said == "means of groups, once runs are marked in the table: F4"
