"""Keys that change the charts, and the sentences where they can do nothing."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from tests.pressing import press
from tests.view.conftest import P
from trackio_view.model.events import RowsLoaded
from trackio_view.model.run import RunRows
from trackio_view.model.windows import Between, Last
from trackio_view.model.x_axis import CLOCK, LOG_STEPS, STEPS, XAxis, XKind
from trackio_view.series.smoothing import Smoothing, Way
from trackio_view.series.y_limits import Limits
from trackio_view.view.actions import Action, Mode
from trackio_view.view.charts.chart_responses import axis_choices, moved_again
from trackio_view.view.charts.charted_runs import (
    cursor_x,
)
from trackio_view.view.charts.charts_view import Spot
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.places import AxesView


def test_windows_are_panned_zoomed_and_left_by_keys(long_run: Dashboard) -> None:
    charts = long_run.view.charts
    assert press(long_run, "[") == "all data is on screen"
    assert press(long_run, "+") == ""
    assert press(long_run, "]") == "the newest row is on screen"
    assert press(long_run, "[") == ""
    assert charts.window == Between(STEPS, 1250, 1749)
    press(long_run, "+")
    assert charts.window == Between(STEPS, 1375, 1624)
    press(long_run, "-", "]")
    assert charts.window == Between(STEPS, 1500, 1999)
    assert press(long_run, "0") == ""
    assert charts.window == Last(0)
    assert press(long_run, "0") == "all data is on screen"
    assert press(long_run, "u", "u", "u", "u") == ""
    assert charts.window == Between(STEPS, 1250, 1749)
    press(long_run, "U")
    assert charts.window == Between(STEPS, 1375, 1624)
    assert press(long_run, *"u" * 9) == "no change to undo"
    assert charts.window == Last(0)
    assert press(long_run, *"U" * 9) == "no change was undone"


def test_a_cursor_that_was_left_moves_no_zoom(long_run: Dashboard) -> None:
    press(long_run, "v")
    long_run.view.charts.cursor = Spot(500.0, STEPS)
    press(long_run, "escape")
    long_run.view.charts.cursor = Spot(500.0, STEPS)
    assert long_run.view.mode is Mode.METRICS
    press(long_run, "+")
    assert long_run.view.charts.window == Last(1)


def test_a_held_window_is_never_narrower_than_two_rows(long_run: Dashboard) -> None:
    press(long_run, "+", "[", *"+" * 20)
    assert long_run.view.said == "no closer: too few steps are on screen"
    window = long_run.view.charts.window
    assert isinstance(window, Between)
    assert window.right is not None
    assert window.right - window.left >= 1


def test_a_sentence_is_gone_with_the_next_key(long_run: Dashboard) -> None:
    press(long_run, "u")
    assert long_run.view.said
    press(long_run, "right")
    assert not long_run.view.said


@pytest.mark.parametrize(
    "way",
    ["+", "+ -", "+ [", "+ [ [", "+ [ [ ]", "+ [ ]", "+ [ +", "+ [ -", "v left + +", "+ + [ -"],
)
def test_the_window_expected_of_a_key_is_the_one_that_it_shows(
    long_run: Dashboard, way: str
) -> None:
    charts = long_run.view.charts
    press(long_run, *way.split())
    before = charts.framing
    assert charts.moved_by is not None
    expected = moved_again(long_run, charts.moved_by)
    assert long_run.view.charts is charts
    assert charts.framing == before
    press(long_run, way[-1])
    if expected is None:
        assert charts.framing == before, long_run.view.said
    else:
        assert expected.view.charts.framing == charts.framing != before
    # Whatever else is pressed is about something else.
    press(long_run, "u")
    assert charts.moved_by is None


def test_no_window_is_next_where_all_is_shown_or_nothing_is_logged(long_run: Dashboard) -> None:
    assert moved_again(long_run, Action.PAN_BACK) is None
    empty = Dashboard()
    empty.watch(P)
    assert moved_again(empty, Action.PAN_FORTH) is None


def test_keys_say_that_nothing_is_logged_yet() -> None:
    empty = Dashboard()
    empty.watch(P)
    assert press(empty, "[") == press(empty, "]") == "there are no values yet"
    press(empty, "+")
    assert empty.view.charts.window == Last(1), "a level can be chosen before"


def test_runs_side_by_side_are_panned_together(
    long_run: Dashboard, batch: Callable[..., RunRows]
) -> None:
    longer = batch({"loss": [1.0] * 3000}, run_id="longer", first_id=2001)
    long_run.apply(RowsLoaded(P, 0, [longer], 5000))
    assert long_run.project is not None
    press(long_run, "t", "*", "t", "+")
    # The axis goes from the first to the last of each run's own last 500 steps.
    press(long_run, "[")
    assert long_run.view.charts.window == Between(STEPS, 750, 2249)


def test_the_charts_are_drawn_along_time_the_clock_and_a_metric(
    long_run: Dashboard, batch: Callable[..., RunRows]
) -> None:
    charts = long_run.view.charts
    assert press(long_run, "x") == "no row has a time: x is step"
    assert charts.framing.axis == STEPS
    times = [1e9 + 3 * step for step in range(200)]
    rows = batch({"loss": [1.0] * 200}, run_id="timed", times=times, first_id=2001)
    long_run.apply(RowsLoaded(P, 0, [rows], 2200))
    told = [press(long_run, "x") for _ in range(3)]
    assert told == ["x is time since start", "x is clock", "x is step"]
    press(long_run, "enter", "home", *["right"] * 50)
    assert charts.cursor == Spot(50, STEPS)
    press(long_run, "x")
    assert cursor_x(long_run) == 150.0, "the same point"
    press(long_run, "x", "u", "u")
    assert (charts.framing.axis, cursor_x(long_run)) == (STEPS, 50)


def test_an_axis_is_chosen_from_a_list(long_run: Dashboard) -> None:
    charts = long_run.view.charts
    press(long_run, "X", "down", "down")
    assert press(long_run, "enter") == "no row has a time"
    press(long_run, "X", "end", "enter")
    assert charts.framing.axis == XAxis(XKind.METRIC, "val/loss")
    assert long_run.view.mode is Mode.METRICS
    press(long_run, "x")
    assert charts.framing.axis == STEPS
    assert press(long_run, "x") == "no row has a time: x is val/loss"
    press(long_run, "X", "home", "escape")
    assert charts.framing.axis == XAxis(XKind.METRIC, "val/loss")


def test_a_chart_that_comes_back_gets_the_focus(long_run: Dashboard) -> None:
    press(long_run, "right")
    assert long_run.metrics[long_run.focus] == "val/loss"
    press(long_run, "D")
    assert long_run.metrics == ["loss"]
    press(long_run, "u")
    assert long_run.metrics[long_run.focus] == "val/loss"
    # Where no chart comes or goes, the focus stays on its chart.
    press(long_run, "+", "left", "u")
    assert long_run.metrics[long_run.focus] == "loss"


def test_the_limits_of_y_axes_are_chosen_one_after_the_other_and_undone(
    long_run: Dashboard,
) -> None:
    charts = long_run.view.charts
    said = [press(long_run, "o") for _ in range(4)]
    assert said == [f"y axes: {word}" for word in ("all values", "5–95 %", "from zero", "auto")]
    press(long_run, "u")
    assert charts.framing.limits is Limits.ZERO
    press(long_run, "u", "u", "u")
    assert charts.framing.limits is Limits.AUTO


def test_lines_are_smoothed_more_and_less_and_it_is_undone(long_run: Dashboard) -> None:
    charts = long_run.view.charts
    said = [press(long_run, "s") for _ in range(7)]
    amounts = ("0.6", "0.9", "0.97", "0.99", "0.997", "mean of 10", "mean of 10: S goes back")
    assert said == [f"smooth {amount}" for amount in amounts]
    assert charts.framing.smoothing == Smoothing(Way.CENTRED, 10)
    assert press(long_run, "S") == "smooth 0.997"
    press(long_run, "u", "u", "U")
    assert charts.framing.smoothing == Smoothing(Way.CENTRED, 10)
    assert press(long_run, *"SSSSSS") == "not smoothed"
    assert press(long_run, "S") == "not smoothed: s smooths"
    assert charts.framing.smoothing is None


def test_averages_are_made_as_the_settings_say(long_run: Dashboard) -> None:
    long_run.view.charts.smoothing_way = Way.BY_DISTANCE
    assert press(long_run, "s") == "smooth time:0.6"


def test_the_focused_charts_y_axis_is_logarithmic_and_back(long_run: Dashboard) -> None:
    charts = long_run.view.charts
    assert press(long_run, "L") == "y of loss is logarithmic"
    assert press(long_run, "right", "L") == "y of val/loss is logarithmic"
    assert charts.framing.logarithmic == {"loss", "val/loss"}
    assert press(long_run, "L") == "y of val/loss is linear"
    press(long_run, "u", "u")
    assert charts.framing.logarithmic == {"loss"}


def test_the_charts_are_drawn_along_the_logarithm_of_the_step(long_run: Dashboard) -> None:
    charts = long_run.view.charts
    press(long_run, "X", "home", "down", "enter")
    assert charts.framing.axis == LOG_STEPS
    press(long_run, *"1200", "enter")
    asked = cursor_x(long_run)
    assert asked == pytest.approx(math.log10(1200))
    press(long_run, "left")
    assert cursor_x(long_run) == pytest.approx(math.log10(1199))
    press(long_run, "home")
    assert cursor_x(long_run) == 0.0, "step 0 has no place"
    press(long_run, "escape", "x")
    assert charts.framing.axis == STEPS


@pytest.mark.parametrize("axis", [STEPS, CLOCK, XAxis(XKind.METRIC, "val/loss")])
def test_the_list_of_axes_opens_at_the_one_of_the_charts(long_run: Dashboard, axis: XAxis) -> None:
    long_run.view.charts.framing = long_run.view.charts.framing._replace(axis=axis)
    press(long_run, "X")
    axes = long_run.view.state(AxesView)
    assert axes is not None
    assert axis_choices(long_run)[axes.selected] == axis


def test_the_list_of_axes_opens_at_its_first_where_the_one_of_the_charts_is_gone(
    long_run: Dashboard,
) -> None:
    axis = XAxis(XKind.METRIC, "gone")
    long_run.view.charts.framing = long_run.view.charts.framing._replace(axis=axis)
    press(long_run, "X")
    axes = long_run.view.state(AxesView)
    assert axes is not None
    assert axes.selected == 0
