"""What the mouse is on in a frame, and what it does there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackio_view.model.run import RunKey
from trackio_view.model.windows import EVERYTHING, Between
from trackio_view.screens.shell.frame import Composer
from trackio_view.view.bindings import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.input_events import KeyPressed, Pointed, PointerAction, Resized
from trackio_view.view.places import PickerView
from trackio_view.view.responses import respond

NOW = 1_700_000_000.0
CLICK, UP, DOWN = PointerAction

Point = Callable[..., list[str]]


@pytest.fixture
def point(dashboard: Dashboard) -> Point:
    """Return what uses the mouse on a text of the frame, and returns the frame after that."""
    composer = Composer()

    def use(action: PointerAction | None, text: str = "", *, right: int = 0, at: Any = None) -> Any:
        lines = composer.compose(dashboard, NOW).lines()
        if action is not None:
            if at is None:
                y = next(y for y, line in enumerate(lines) if text in line)
                at = lines[y].index(text) + right, y
            respond(dashboard, composer.pointed(action, *at), composer.seen)
        return composer.compose(dashboard, NOW).lines()

    respond(dashboard, Resized(120, 40))
    return use


def press(dashboard: Dashboard, *keys: str) -> None:
    for key in keys:
        respond(dashboard, KeyPressed(key))


def test_a_click_focuses_a_chart_and_another_one_enlarges_it(
    dashboard: Dashboard, point: Point
) -> None:
    point(CLICK, "val/accuracy")
    assert dashboard.metrics[dashboard.focus] == "val/accuracy"
    assert dashboard.view.mode is Mode.METRICS
    lines = point(CLICK, "val/accuracy", right=20)
    assert dashboard.view.mode is Mode.ENLARGED
    assert "val/accuracy" in lines[1]
    press(dashboard, "escape")
    point(CLICK, "tokens")
    assert dashboard.metrics[dashboard.focus] == "tokens", "counted over the whole page"


def test_a_click_moves_the_cursor_to_the_nearest_point(dashboard: Dashboard, point: Point) -> None:
    press(dashboard, "enter")
    point(CLICK, at=(60, 12))
    cursor = dashboard.view.charts.cursor
    assert cursor is not None
    assert 1000 < cursor.x < 1500
    assert float(cursor.x).is_integer(), "a point that was logged"
    press(dashboard, "escape", "v")
    point(CLICK, "val/loss")
    before = dashboard.view.charts.cursor
    assert dashboard.metrics[dashboard.focus] == "val/loss"
    assert before == cursor or before is None, "the border is no place on the axis"


def test_the_wheel_zooms_about_the_pointer_and_back(dashboard: Dashboard, point: Point) -> None:
    press(dashboard, "enter")
    point(UP, at=(30, 12))
    first = dashboard.view.charts.window
    assert isinstance(first, Between)
    assert first.right is not None
    point(UP, at=(30, 12))
    second = dashboard.view.charts.window
    assert isinstance(second, Between)
    assert second.right is not None
    assert first.left <= second.left
    assert second.right < first.right < 1300
    for _ in range(3):
        point(DOWN, at=(30, 12))
    assert dashboard.view.charts.window == EVERYTHING
    # At the right edge a window goes on following.
    point(UP, at=(88, 12))
    window = dashboard.view.charts.window
    assert not isinstance(window, Between) or window.right is None
    press(dashboard, "u")
    assert dashboard.view.charts.window == EVERYTHING, "it can be undone"


def test_a_click_chooses_a_line_and_another_one_opens_it(
    dashboard: Dashboard, point: Point
) -> None:
    press(dashboard, "t")
    point(CLICK, "brave-forest-0")
    line = dashboard.view.runs.line(dashboard.runs_table(NOW))
    assert line is not None
    assert line.entry is not None
    assert line.entry.run.name == "brave-forest-0"
    point(CLICK, "brave-forest-0")
    assert dashboard.view.mode is Mode.RUN_PAGE
    press(dashboard, "escape", "escape", "p")
    point(CLICK, "ärger")
    picker = dashboard.view.state(PickerView)
    assert picker is not None
    assert picker.selected == 1
    # Neither a border nor an empty line is one.
    point(CLICK, "projects in")
    point(CLICK, at=(50, 35))
    assert picker.selected == 1
    point(CLICK, "ärger")
    assert dashboard.view.project is not None
    assert dashboard.view.project.name == "ärger-日本"


def test_what_was_found_is_clicked(dashboard: Dashboard, point: Point) -> None:
    press(dashboard, ":", *"table of runs")
    point(CLICK, "the table of runs, and back")
    assert dashboard.view.mode is Mode.RUNS


def test_the_wheel_scrolls_lists_and_texts(dashboard: Dashboard, point: Point) -> None:
    press(dashboard, "?")
    respond(dashboard, Resized(80, 24))
    before = point(None)
    assert point(DOWN, at=(20, 10)) != before
    assert point(UP, at=(20, 10)) == before
    press(dashboard, "escape", ":")
    point(DOWN, at=(20, 10))
    assert dashboard.view.find.selected == 3


def test_charts_of_machine_and_wall_are_chosen(dashboard: Dashboard, point: Point) -> None:
    press(dashboard, "t", "*", "w")
    point(CLICK, "forest-0")
    assert dashboard.view.wall.on == RunKey(dashboard.known.summaries[0].id, "id0")
    point(CLICK, "forest-0")
    assert dashboard.view.mode is Mode.METRICS
    assert dashboard.view.run_id == "id0"


def test_what_is_about_another_screen_or_nothing_does_nothing(
    dashboard: Dashboard, point: Point
) -> None:
    point(CLICK, at=(300, 300))
    point(CLICK, at=(5, 39))
    composer = Composer()
    composer.compose(dashboard, NOW)
    press(dashboard, "?")
    respond(dashboard, Pointed(CLICK, 3, 5.0, 0.5), composer.seen)
    assert dashboard.focus == 0
    press(dashboard, "escape", "/")
    point(CLICK, "val/accuracy")
    assert dashboard.view.mode is Mode.CHART_FILTER
