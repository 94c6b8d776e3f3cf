"""The table of screens: one truth for keys, footer and what is read."""

from __future__ import annotations

import pytest

from trackio_view.model.events import (
    AlertsLoaded,
    LoadFinished,
    Notice,
    ProjectOrigin,
    ProjectsListed,
    ProjectSummary,
    RowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.model.windows import Last
from trackio_view.view.bindings import BINDINGS, TYPING, Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.places import HelpView, PickerView
from trackio_view.view.run_page import RunPageView
from trackio_view.view.screen_table import (
    SCREENS,
    FooterWords,
    ShownPart,
    Wanted,
    ground,
    shows,
    visible,
    wanted,
)
from trackio_view.view.scrolling import MOVES

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


def test_every_mode_has_its_row() -> None:
    assert set(SCREENS) == set(Mode)


def test_keys_are_text_where_the_bindings_say_so() -> None:
    assert {mode for mode, screen in SCREENS.items() if screen.take_text is not None} == TYPING
    assert {mode for mode, screen in SCREENS.items() if screen.typed is not None} == TYPING
    assert {mode for mode, screen in SCREENS.items() if screen.respond is None} == TYPING


def test_what_can_be_moved_about_in_says_how() -> None:
    moved = {mode for one in BINDINGS if one.action in MOVES for mode in one.modes}
    assert {mode for mode, screen in SCREENS.items() if screen.move is not None} == moved


def test_only_what_is_seen_wants_something(dashboard) -> None:
    view = dashboard.view
    assert wanted(dashboard) == Wanted(False, None, False, False)
    view.open(Mode.RUNS, view.runs)
    assert wanted(dashboard) == Wanted(False, None, False, True)
    view.open(Mode.RUN_PAGE, RunPageView(key=RunKey(P, "a")))
    view.open(Mode.HELP, HelpView())
    assert wanted(dashboard) == Wanted(True, RunKey(P, "a"), False, True)
    dashboard.show_gpus()
    assert wanted(dashboard) == Wanted(True, None, False, False), "the table lies hidden"
    dashboard.show_gpus(False)
    view.gpus.strip = True
    view.open(Mode.PROJECTS, PickerView())
    assert wanted(dashboard) == Wanted(True, None, True, True)


def test_the_ground_is_what_lies_highest_of_those_that_fill_the_frame(dashboard) -> None:
    view = dashboard.view
    for mode in (Mode.ENLARGED, Mode.RUNS, Mode.RUN_COLUMNS):
        view.open(mode)
    assert visible(view) == [Mode.RUNS, Mode.RUN_COLUMNS]
    assert ground(view) is SCREENS[Mode.RUNS]


def test_the_footer_says_which_part_is_on_screen(dashboard) -> None:
    def words() -> FooterWords:
        return ground(dashboard.view).footer(dashboard, 0.0)

    page = dashboard.layout.page_size
    assert words() == FooterWords(Last(0), None, ShownPart("charts", 1, page, 12))
    dashboard.view.open(Mode.ENLARGED)
    dashboard.view.focus = 7
    assert words() == FooterWords(Last(0), None, ShownPart("chart", 8, 8, 12))
    dashboard.show_system()
    assert words() == FooterWords(), "there is no chart"
    dashboard.show_gpus()
    assert words() == FooterWords(dashboard.view.gpus.history_span.label)
    dashboard.show_gpus(False)
    dashboard.view.open(Mode.RUNS, dashboard.view.runs)
    assert words() == FooterWords(), "all runs are on screen"


def test_what_is_reported_of_others_changes_only_what_is_about_all(dashboard) -> None:
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
