"""Mouse actions, on whichever frame they were meant for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.pressing import press
from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.model.windows import EVERYTHING, Between, Last
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.folding import Fold, FoldLine, Opened, PageSeen
from trackio_view.view.keys.input_events import KeyPressed, OnKey, Pointed, PointerAction, Resized
from trackio_view.view.places import AxesView, Seen
from trackio_view.view.responses import press_ahead, respond

P = ProjectId("", "p")
CLICK, DRAG, RELEASE, UP, DOWN = PointerAction
frames = [0]
"""The number of the newest frame."""
METRICS = [f"m{number:02}" for number in range(20)]


@pytest.fixture
def dashboard(batch: Callable[..., RunRows]) -> Dashboard:
    """A run of twenty metrics and a thousand steps, of which every tenth was logged."""
    made = Dashboard()
    respond(made, Resized(80, 24))
    made.watch(P)
    made.apply(LoadStarted(P, 0, 100))
    values = [float(step) for step in range(100)]
    rows = batch(dict.fromkeys(METRICS, values), steps=[10 * step for step in range(100)])
    made.apply(RowsLoaded(P, 0, [rows], 100))
    made.apply(LoadFinished(P, 0))
    return made


def use(dashboard: Dashboard, action: PointerAction, **what: float | None) -> str:
    frames[0] += 1
    for one in (CLICK, RELEASE) if action is CLICK else (action,):
        event = Pointed(one, frame=frames[0], **what)  # type: ignore[arg-type]
        respond(dashboard, event, Seen(0.0, dashboard.view.mode))
    return dashboard.view.said


def test_charts_are_counted_from_the_page_on_screen(dashboard: Dashboard) -> None:
    page = dashboard.layout.page_size
    press(dashboard, "page_down")
    use(dashboard, CLICK, chart=1)
    assert dashboard.focus == page + 1
    use(dashboard, CLICK, chart=1)
    assert dashboard.view.mode is Mode.ENLARGED
    # The click is on a chart of a page that no longer exists.
    press(dashboard, "escape", "end")
    use(dashboard, CLICK, chart=page + 3)
    assert dashboard.focus == len(METRICS) - 1


@pytest.mark.parametrize(
    ("x", "nearest"), [(-50.0, 0), (14.0, 10), (16.0, 20), (500.0, 500), (5000.0, 990)]
)
def test_the_cursor_comes_to_the_nearest_point(
    dashboard: Dashboard, x: float, nearest: float
) -> None:
    press(dashboard, "v")
    use(dashboard, CLICK, chart=1, x=x)
    assert dashboard.focus == 1
    cursor = dashboard.view.charts.cursor
    assert cursor is not None
    assert cursor.x == nearest


def test_a_click_among_all_charts_puts_the_cursor_there(dashboard: Dashboard) -> None:
    charts = dashboard.view.charts
    use(dashboard, CLICK, chart=2, x=304.0, share=0.3)
    assert (dashboard.focus, dashboard.view.mode) == (2, Mode.CURSOR)
    assert charts.cursor is not None
    assert charts.cursor.x == 300
    use(dashboard, CLICK, chart=2, x=504.0, share=0.5)
    assert (dashboard.view.mode, charts.cursor.x) == (Mode.CURSOR, 500)


def test_once_more_on_the_same_cell_enlarges_the_chart(dashboard: Dashboard) -> None:
    for chart, share in ((1, 0.3), (2, 0.3), (2, 0.4)):
        use(dashboard, CLICK, chart=chart, x=1000 * share, share=share)
        assert dashboard.view.mode is Mode.CURSOR
    press(dashboard, "left", "right")
    use(dashboard, CLICK, chart=2, x=400.0, share=0.4)
    assert dashboard.view.mode is Mode.CURSOR, "a key lies in between"
    use(dashboard, CLICK, chart=2, x=400.0, share=0.4)
    assert dashboard.view.mode is Mode.ENLARGED
    assert dashboard.view.charts.cursor is not None
    assert dashboard.view.charts.cursor.x == 400
    for _ in range(2):
        use(dashboard, CLICK, chart=0, x=500.0, share=0.5)
    assert dashboard.view.mode is Mode.ENLARGED
    assert "begins a stretch" not in dashboard.view.said


def test_a_drag_among_all_charts_leaves_no_cursor(dashboard: Dashboard) -> None:
    frames[0] += 1
    seen = Seen(0.0, Mode.METRICS)
    respond(dashboard, Pointed(CLICK, chart=0, x=100.0, share=0.1, frame=frames[0]), seen)
    assert dashboard.view.mode is Mode.METRICS
    use(dashboard, DRAG, chart=0, x=400.0, share=0.4)
    use(dashboard, RELEASE)
    assert dashboard.view.mode is Mode.METRICS
    assert dashboard.view.charts.is_held


def test_on_the_wall_all_charts_tell_their_values_where_one_was_clicked(
    dashboard: Dashboard,
) -> None:
    press(dashboard, "w")
    wall = dashboard.view.wall
    use(dashboard, CLICK, chart=0, x=304.0, share=0.3)
    assert wall.cursor is not None
    assert wall.cursor.x == 300
    use(dashboard, CLICK, chart=0, x=404.0, share=0.4)
    assert wall.cursor.x == 400
    press(dashboard, "escape")
    assert (wall.cursor, dashboard.view.mode) == (None, Mode.WALL)
    for _ in range(2):
        use(dashboard, CLICK, chart=0, x=504.0, share=0.5)
    assert dashboard.view.mode is Mode.CURSOR, "of the run's own charts, at the same place"
    assert dashboard.view.charts.cursor is not None
    assert dashboard.view.charts.cursor.x == 500


def test_the_wheel_goes_about_the_pointer_and_follows_at_the_end(dashboard: Dashboard) -> None:
    charts = dashboard.view.charts
    use(dashboard, UP, chart=0, x=200.0, share=0.2)
    assert isinstance(charts.window, Between)
    assert (charts.window.left, charts.window.right) == (100, 595)
    use(dashboard, DOWN, chart=0, x=200.0, share=0.2)
    assert charts.window == EVERYTHING
    use(dashboard, UP, chart=0, x=980.0, share=0.98)
    assert charts.window == Last(1)
    said = [use(dashboard, UP, chart=0, x=200.0, share=0.2) for _ in range(12)]
    assert said[-1] == "no closer: too few steps are on screen"
    press(dashboard, *["u"] * 12)
    assert charts.window == EVERYTHING


def test_a_line_is_gone_to_and_then_opened(dashboard: Dashboard) -> None:
    press(dashboard, "X")
    use(dashboard, CLICK, lines=3)
    use(dashboard, CLICK, lines=-1)
    use(dashboard, CLICK, lines=0)
    assert dashboard.view.mode is Mode.METRICS
    assert dashboard.view.charts.framing.axis.kind.value == "time since start"


def test_a_click_on_the_key_that_goes_to_a_step_types_none(dashboard: Dashboard) -> None:
    seen = Seen(0.0, Mode.METRICS)
    respond(dashboard, Pointed(CLICK, frame=frames[0], on=OnKey("1")), seen)
    press_ahead(dashboard, lambda: seen)
    assert (dashboard.view.mode, dashboard.view.go_to.text) == (Mode.GO_TO, "")


def test_a_click_on_what_a_key_has_moved_since_is_none(dashboard: Dashboard) -> None:
    number = frames[0] = frames[0] + 2
    seen = Seen(0.0, Mode.METRICS, frame=number)
    respond(dashboard, KeyPressed("page_down"), seen)
    focus = dashboard.focus
    respond(dashboard, Pointed(CLICK, 1, frame=number), seen)
    assert dashboard.focus == focus
    respond(dashboard, Pointed(CLICK, 1, frame=number + 1), seen)
    assert dashboard.focus == focus + 1


def test_a_click_without_a_meaning_changes_nothing(dashboard: Dashboard) -> None:
    before = dashboard.view.charts.framing, dashboard.focus, dashboard.view.mode
    use(dashboard, CLICK)
    respond(dashboard, Pointed(CLICK, 2, 5.0), Seen(0.0, Mode.HELP))
    assert (dashboard.view.charts.framing, dashboard.focus, dashboard.view.mode) == before
    press(dashboard, "?")
    use(dashboard, CLICK, lines=4)
    assert dashboard.view.mode is Mode.HELP
    press(dashboard, "escape", "1")
    use(dashboard, CLICK, chart=3)
    assert dashboard.view.mode is Mode.GO_TO


def test_clicks_on_one_frame_go_to_what_that_frame_showed(dashboard: Dashboard) -> None:
    press(dashboard, "X")
    axes = dashboard.view.state(AxesView)
    assert axes is not None
    first = axes.selected
    seen = Seen(0.0, dashboard.view.mode, frame=frames[0] + 1)
    for lines, moved in ((3, 3), (1, 1), (2, 2)):
        for action in (CLICK, RELEASE):
            respond(dashboard, Pointed(action, lines=lines, frame=seen.frame), seen)
        assert axes.selected == first + moved
    for action in (CLICK, RELEASE):
        respond(dashboard, Pointed(action, lines=2, frame=seen.frame), seen)
    assert dashboard.view.mode is Mode.METRICS, "the line was chosen already"


def test_a_line_of_a_text_is_chosen_and_then_opened(dashboard: Dashboard) -> None:
    press(dashboard, "i")
    page, one, other = dashboard.view.page, Fold("config", "one"), Fold("config", "other")
    shown = PageSeen(page.key, Opened(), [FoldLine(2, one), FoldLine(6, other)], 20, 15)

    def click(lines: int, frame: int) -> None:
        for action in (CLICK, RELEASE):
            seen = Seen(0.0, dashboard.view.mode, page=shown, frame=frame)
            respond(dashboard, Pointed(action, lines=lines, frame=frame), seen)

    frame = frames[0] = frames[0] + 4
    click(3, frame)
    assert (page.chosen, page.switched) == (None, set()), "no line that opens is there"
    click(4, frame + 1)
    assert (page.chosen, page.switched) == (other, set())
    click(4, frame + 1)
    assert page.switched == {other}, "a double click, of which no frame has shown the first"
    click(-4, frame + 2)
    assert page.chosen == other, "the text has other lines since"
    shown = shown._replace(opened=page.opened)
    click(-4, frame + 3)
    assert page.chosen == one


@pytest.mark.parametrize("x", [120.0, 500.0, 640.0])
def test_a_turn_forth_and_one_back_show_all_again(dashboard: Dashboard, x: float) -> None:
    use(dashboard, UP, chart=0, x=x, share=x / 1000)
    assert isinstance(dashboard.view.charts.window, Between)
    # The same cell is at another place in the narrower window.
    use(dashboard, DOWN, chart=0, x=x - 9, share=x / 1000)
    assert dashboard.view.charts.window == EVERYTHING
    # Where the pointer has moved on, the wider window leaves out more than a sliver.
    use(dashboard, UP, chart=0, x=x, share=x / 1000)
    use(dashboard, DOWN, chart=0, x=x + 60 if x < 500 else x - 60, share=x / 1000)
    assert isinstance(dashboard.view.charts.window, Between)


@pytest.mark.parametrize("key", ["w", "y"])
def test_a_drag_where_none_shows_a_stretch_says_so(dashboard: Dashboard, key: str) -> None:
    press(dashboard, key)
    assert "a run's charts" in use(dashboard, DRAG, chart=0, x=3.0)


def test_the_wheel_beside_the_lines_of_gpus_zooms_their_charts(dashboard: Dashboard) -> None:
    press(dashboard, "g")
    before = dashboard.view.gpus.span
    use(dashboard, DOWN, lines=2)
    assert dashboard.view.gpus.span == before
    use(dashboard, DOWN)
    assert dashboard.view.gpus.span == before - 1
    use(dashboard, UP)
    assert dashboard.view.gpus.span == before
