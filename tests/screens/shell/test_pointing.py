"""Which part of a frame the mouse is on, and what a click does there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.pressing import press
from trackio_view.charts.plot import Plot
from trackio_view.charts.text_table import TitlePlace
from trackio_view.model.run import RunKey
from trackio_view.model.windows import EVERYTHING, Between, Last
from trackio_view.screens.chart_page import DrawnChart
from trackio_view.screens.shell.frame import Composer
from trackio_view.screens.shell.pointing import Hits, _x_in
from trackio_view.terminal.cells import Rect
from trackio_view.terminal.glyphs import ANCHOR_LINE
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import (
    KeyPressed,
    OnKey,
    OnRun,
    OnTab,
    Pointed,
    PointerAction,
    Resized,
)
from trackio_view.view.places import PickerView
from trackio_view.view.responses import respond

NOW = 1_700_000_000.0
CLICK, DRAG, RELEASE, UP, DOWN = PointerAction

Point = Callable[..., list[str]]


@pytest.fixture
def point(dashboard: Dashboard) -> Point:
    """Return a function that uses the mouse on a text of the frame and returns the next frame."""
    composer = Composer()

    def use(action: PointerAction | None, text: str = "", *, right: int = 0, at: Any = None) -> Any:
        lines = composer.compose(dashboard, NOW).lines()
        if action is not None:
            if at is None:
                y = next(y for y, line in enumerate(lines) if text in line)
                at = lines[y].index(text) + right, y
            done = (CLICK, RELEASE) if action is CLICK else (action,)
            for one in done:
                event = composer.pointed(one, at[0], at[1], composer.hits)
                if event is not None:
                    respond(dashboard, event, composer.seen)
        return composer.compose(dashboard, NOW).lines()

    respond(dashboard, Resized(120, 40))
    return use


def test_a_click_focuses_a_chart_and_another_one_enlarges_it(
    dashboard: Dashboard, point: Point
) -> None:
    point(CLICK, "val/accuracy")
    assert dashboard.metrics[dashboard.focus] == "val/accuracy"
    point(CLICK, "val/accuracy", right=20)
    assert dashboard.view.mode is Mode.CURSOR
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


def test_a_column_stands_for_the_middle_of_its_cell() -> None:
    plot = Plot(Rect(1, 1, 4, 5), (100.0, 180.0), (0.0, 1.0), None)
    chart = DrawnChart("loss", Rect(9, 0, 6, 7), Rect(10, 1, 4, 5), plot)
    assert [_x_in(chart, x) for x in (9, 10, 13, 14)] == [
        (None, 0.0),
        (110.0, 0.125),
        (170.0, 0.875),
        (None, 0.0),
    ]


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
    # A border and an empty line are no lines of the table.
    point(CLICK, "projects in")
    point(CLICK, at=(50, 35))
    assert picker.selected == 1
    point(CLICK, "ärger")
    assert dashboard.view.project is not None
    assert dashboard.view.project.name == "ärger-日本"


def test_a_found_line_can_be_clicked(dashboard: Dashboard, point: Point) -> None:
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


def test_a_click_on_another_screen_or_on_nothing_does_nothing(
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


@pytest.fixture
def marked(dashboard: Dashboard) -> Dashboard:
    """Two runs of the project in the charts."""
    press(dashboard, "t", "space", "down", "space", "t")
    assert len(dashboard.compared) == 2
    return dashboard


def shown(composer: Composer, dashboard: Dashboard) -> Hits:
    composer.compose(dashboard, NOW)
    return composer.hits


def use(composer: Composer, dashboard: Dashboard, hits: Hits, *reports: Any) -> None:
    for action, x, y in reports:
        event = composer.pointed(action, x, y, hits)
        if event is not None:
            respond(dashboard, event, composer.seen)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_drag_shows_the_stretch_and_then_nothing_else(dashboard: Dashboard, number: int) -> None:
    respond(dashboard, Resized(120, 40))
    composer = Composer()
    hits = shown(composer, dashboard)
    boxes = [one.box for one in hits.page.charts]
    chart = hits.page.charts[number]
    assert chart.area is not None
    x, y = chart.area.x + 5, chart.area.y + 2
    use(composer, dashboard, hits, (CLICK, x, y), (DRAG, x, y), (DRAG, x + 9, y + 1))
    assert dashboard.view.mode is Mode.CURSOR
    assert dashboard.view.charts.anchor is not None
    assert dashboard.view.charts.window == EVERYTHING, "not yet"
    # The next frame shows it; the pointer may leave the chart meanwhile.
    hits = shown(composer, dashboard)
    assert ANCHOR_LINE in "".join(map("".join, hits.frame.glyphs))
    assert [one.box for one in hits.page.charts] == boxes, "charts stay below the pointer"
    use(composer, dashboard, hits, (DRAG, 0, 39), (DRAG, x + 15, 39), (RELEASE, x + 15, 39))
    window = dashboard.view.charts.window
    assert isinstance(window, Between)
    assert window.right is not None
    plot = chart.plot
    assert plot is not None
    low, high = plot.x_range
    a_cell = (high - low) / chart.area.width
    assert abs(window.left - (low + 5.5 * a_cell)) < 3 * a_cell
    assert abs(window.right - (low + 20.5 * a_cell)) < 3 * a_cell
    assert dashboard.view.mode is Mode.METRICS
    assert dashboard.view.charts.anchor is None
    press(dashboard, "u")
    assert dashboard.view.charts.window == EVERYTHING


def test_a_drag_that_a_key_ended_shows_nothing(dashboard: Dashboard) -> None:
    respond(dashboard, Resized(120, 40))
    composer = Composer()
    hits = shown(composer, dashboard)
    chart = hits.page.charts[0]
    assert chart.area is not None
    x, y = chart.area.x + 5, chart.area.y + 2
    use(composer, dashboard, hits, (CLICK, x, y), (DRAG, x + 9, y))
    press(dashboard, "escape")
    use(composer, dashboard, hits, (RELEASE, x + 9, y))
    assert dashboard.view.charts.window == EVERYTHING
    assert dashboard.view.mode is Mode.METRICS
    # A button that was pressed beside all charts drags nothing.
    use(composer, dashboard, hits, (CLICK, 3, 0), (DRAG, x, y), (RELEASE, x, y))
    assert dashboard.view.mode is Mode.METRICS


def test_every_key_of_the_footer_is_clicked(dashboard: Dashboard) -> None:
    respond(dashboard, Resized(160, 40))
    hits = shown(Composer(), dashboard)
    lines = hits.frame.lines()
    keys = [region for region in hits.frame.regions if isinstance(region[1], OnKey)]
    assert {what.key for _, what in keys if isinstance(what, OnKey)} >= {"?", "q"}
    for rect, what in keys:
        assert isinstance(what, OnKey)
        text = lines[rect.y][rect.x : rect.x + rect.width]
        assert len(text) == rect.width
        assert hits.frame.region(rect.x, rect.y) == what
        assert dashboard.view.keys.action(Mode.METRICS, what.key) is not None


def test_a_key_of_the_footer_acts_as_it_does(dashboard: Dashboard, point: Point) -> None:
    point(CLICK, " help", right=2)
    assert dashboard.view.mode is Mode.HELP
    press(dashboard, "escape", "/", "l", "o")
    point(CLICK, "Esc", right=1)
    assert dashboard.view.mode is Mode.METRICS
    press(dashboard, "c")
    assert not dashboard.shown_charts.chosen.dropped
    point(CLICK, "Tab all", right=5)
    assert dashboard.shown_charts.chosen.dropped


def test_clicks_on_the_footer_faster_than_frames_all_count(dashboard: Dashboard) -> None:
    respond(dashboard, Resized(160, 40))
    composer = Composer()
    hits = shown(composer, dashboard)
    rect = next(rect for rect, what in hits.frame.regions if what == OnKey("+"))
    use(composer, dashboard, hits, *[(CLICK, rect.x, rect.y)] * 3)
    assert dashboard.view.charts.window == Last(3)


def test_two_clicks_faster_than_a_frame_are_about_the_line_that_was_seen(
    dashboard: Dashboard,
) -> None:
    respond(dashboard, Resized(120, 40))
    press(dashboard, "p")
    composer = Composer()
    hits = shown(composer, dashboard)
    lines = hits.frame.lines()
    y = next(y for y, line in enumerate(lines) if "ärger" in line)
    x = lines[y].index("ärger")
    # A click belongs to the frame on screen, also while the next one is drawn already.
    respond_to = composer.pointed(CLICK, x, y, hits)
    again = composer.pointed(CLICK, x, y, hits)
    assert respond_to is not None
    assert again is not None
    respond(dashboard, respond_to, composer.seen)
    picker = dashboard.view.state(PickerView)
    assert picker is not None
    assert picker.selected == 1
    composer.compose(dashboard, NOW)
    respond(dashboard, again, composer.seen)
    assert dashboard.view.project is not None
    assert dashboard.view.project.name == "ärger-日本", "the second one opened the same line"


def test_a_click_on_what_a_key_has_moved_does_nothing(dashboard: Dashboard) -> None:
    respond(dashboard, Resized(120, 40))
    press(dashboard, "t")
    composer = Composer()
    hits = shown(composer, dashboard)
    lines = hits.frame.lines()
    y = next(y for y, line in enumerate(lines) if "brave-forest-2" in line)
    respond(dashboard, KeyPressed("down"), composer.seen)
    table = dashboard.runs_table(NOW)
    before = dashboard.view.runs.position(table)
    use(composer, dashboard, hits, (CLICK, 30, y))
    assert dashboard.view.runs.position(table) == before
    use(composer, dashboard, shown(composer, dashboard), (CLICK, 30, y))
    assert dashboard.view.runs.position(table) != before


def test_headings_sort_the_table_of_runs(dashboard: Dashboard) -> None:
    respond(dashboard, Resized(120, 40))
    press(dashboard, "t")
    composer = Composer()
    hits = shown(composer, dashboard)
    table = dashboard.runs_table(NOW)
    titles = [(rect, what) for rect, what in hits.frame.regions if isinstance(what, TitlePlace)]
    place, title = titles[-1]
    use(composer, dashboard, hits, (CLICK, place.x, place.y))
    assert dashboard.view.runs.arrangement.sort == table.columns[title.column - 1].key
    descending = dashboard.view.runs.arrangement.descending
    use(composer, dashboard, shown(composer, dashboard), (CLICK, place.x, place.y))
    assert dashboard.view.runs.arrangement.descending is not descending


def test_a_run_of_a_legend_comes_to_the_front(marked: Dashboard) -> None:
    respond(marked, Resized(140, 40))
    composer = Composer()
    hits = shown(composer, marked)
    front = marked.front_key
    other = next(one.key for one in marked.compared if one.key != front)
    places = [rect for rect, what in hits.frame.regions if what == OnRun(other)]
    assert len(places) > 1, "in borders, and in the box beside the charts"
    for rect in (places[0], places[-1]):
        use(composer, marked, hits, (CLICK, rect.x, rect.y))
        assert marked.front_key == other
        marked.show_run(front)
        hits = shown(composer, marked)


def test_groups_of_charts_are_clicked(dashboard: Dashboard) -> None:
    respond(dashboard, Resized(140, 40))
    press(dashboard, "tab")
    composer = Composer()
    hits = shown(composer, dashboard)
    tabs = [(rect, what) for rect, what in hits.frame.regions if isinstance(what, OnTab)]
    assert len(tabs) > 1
    for rect, what in tabs:
        assert isinstance(what, OnTab)
        use(composer, dashboard, hits, (CLICK, rect.x, rect.y))
        assert dashboard.charts.tab == what.tab


def test_a_box_over_the_charts_hides_them_from_the_mouse(marked: Dashboard) -> None:
    respond(marked, Resized(140, 40))
    press(marked, "p")
    hits = shown(Composer(), marked)
    box = next(y for y, line in enumerate(hits.frame.lines()) if "projects in" in line)
    left = hits.frame.lines()[box].index("╭─ projects in")
    covered = [
        what
        for rect, what in hits.frame.regions
        if rect.y == box and rect.x >= left and isinstance(what, OnRun)
    ]
    assert covered == []
