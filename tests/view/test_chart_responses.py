"""What keys ask of the charts, and what is said where they can do nothing."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.model.windows import Between, Last
from trackio_view.model.x_axis import LOG_STEPS, STEPS, XAxis, XKind
from trackio_view.series.smoothing import Smoothing, Way
from trackio_view.series.y_limits import Limits
from trackio_view.view.bindings import Mode
from trackio_view.view.chart_responses import cursor_x
from trackio_view.view.charts import Spot
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.input_events import KeyPressed, Resized
from trackio_view.view.responses import respond

P = ProjectId("", "p")


def press(dashboard: Dashboard, *keys: str) -> str:
    for key in keys:
        respond(dashboard, KeyPressed(key))
    return dashboard.view.said


@pytest.fixture
def dashboard(batch: Callable[..., RunRows]) -> Dashboard:
    """Two thousand steps of a loss, and a validation every hundred."""
    made = Dashboard()
    respond(made, Resized(80, 24))
    made.watch(P)
    made.apply(LoadStarted(P, 0, 0))
    rare = [step / 7 if step % 100 == 0 else None for step in range(2000)]
    metrics = {"loss": [step / 3 for step in range(2000)], "val/loss": rare}
    rows = batch(metrics, times=[math.nan] * 2000)
    made.apply(RowsLoaded(P, 0, [rows], 2000))
    made.apply(LoadFinished(P, 0))
    return made


def test_windows_are_panned_zoomed_and_left_by_keys(dashboard: Dashboard) -> None:
    charts = dashboard.view.charts
    assert press(dashboard, "[") == "all data is on screen"
    assert press(dashboard, "+") == ""
    assert press(dashboard, "]") == "the newest row is on screen"
    assert press(dashboard, "[") == ""
    assert charts.window == Between(STEPS, 1250, 1749)
    press(dashboard, "+")
    assert charts.window == Between(STEPS, 1375, 1624)
    press(dashboard, "-", "]")
    assert charts.window == Between(STEPS, 1500, 1999)
    assert press(dashboard, "0") == ""
    assert charts.window == Last(0)
    assert press(dashboard, "0") == "all data is on screen"
    assert press(dashboard, "u", "u", "u", "u") == ""
    assert charts.window == Between(STEPS, 1250, 1749)
    press(dashboard, "U")
    assert charts.window == Between(STEPS, 1375, 1624)
    assert press(dashboard, *"u" * 9) == "no change to undo"
    assert charts.window == Last(0)
    assert press(dashboard, *"U" * 9) == "no change was undone"


def test_end_goes_to_the_newest_point_and_along_with_those_to_come(
    dashboard: Dashboard, batch: Callable[..., RunRows]
) -> None:
    charts = dashboard.view.charts
    press(dashboard, "+", "[", "[", "v", "home", "end")
    assert charts.window == Between(STEPS, 1500)
    rows = batch({"loss": [1.0]}, steps=[2000], times=[math.nan], first_id=2001)
    dashboard.apply(RowsLoaded(P, 0, [rows], 2001))
    assert cursor_x(dashboard) == 2000
    press(dashboard, "u")
    assert charts.window == Between(STEPS, 1000, 1499)


def test_a_held_window_is_never_narrower_than_two_rows(dashboard: Dashboard) -> None:
    press(dashboard, "+", "[", *"+" * 20)
    assert dashboard.view.said == "no closer: too few steps are on screen"
    window = dashboard.view.charts.window
    assert isinstance(window, Between)
    assert window.right is not None
    assert window.right - window.left >= 1


def test_what_was_said_is_gone_with_the_next_key(dashboard: Dashboard) -> None:
    press(dashboard, "u")
    assert dashboard.view.said
    press(dashboard, "right")
    assert not dashboard.view.said


def test_keys_say_that_nothing_is_logged_yet() -> None:
    empty = Dashboard()
    empty.watch(P)
    assert press(empty, "[") == press(empty, "]") == "nothing is logged yet"
    press(empty, "+")
    assert empty.view.charts.window == Last(1), "a level can be chosen before"


def test_runs_side_by_side_are_panned_together(
    dashboard: Dashboard, batch: Callable[..., RunRows]
) -> None:
    longer = batch({"loss": [1.0] * 3000}, run_id="longer", first_id=2001)
    dashboard.apply(RowsLoaded(P, 0, [longer], 5000))
    assert dashboard.project is not None
    press(dashboard, "t", "*", "t", "+")
    # Each run's own last 500 steps, from the first to the last of them.
    press(dashboard, "[")
    assert dashboard.view.charts.window == Between(STEPS, 750, 2249)


def test_a_stretch_begins_at_the_anchor_and_is_zoomed_to(dashboard: Dashboard) -> None:
    charts = dashboard.view.charts
    assert press(dashboard, "a").startswith("v puts a cursor")
    press(dashboard, "enter", "home", *["right"] * 3)
    assert press(dashboard, "enter").startswith("a begins a stretch")
    assert press(dashboard, "a", "enter") == "the stretch is empty: move the cursor first"
    press(dashboard, "shift_right")
    assert press(dashboard, "enter") == ""
    assert charts.window == Between(STEPS, 3, 202)
    assert charts.anchor is None
    press(dashboard, "a")
    assert charts.anchor is not None
    press(dashboard, "a")
    assert charts.anchor is None


def test_events_are_gone_through_and_told(
    dashboard: Dashboard, batch: Callable[..., RunRows]
) -> None:
    rows = batch({"loss": [math.nan, 1.0]}, steps=[2000, 2001], first_id=2001)
    dashboard.apply(RowsLoaded(P, 0, [rows], 2002))
    told = [press(dashboard, "n") for _ in range(4)]
    assert told == [
        "best loss · best val/loss",
        "NaN in loss",
        "end of the run",
        "nothing happened after here: N goes back",
    ]
    assert dashboard.view.mode is Mode.CURSOR
    assert press(dashboard, "N") == "NaN in loss"
    assert press(dashboard, "N", "N").startswith("nothing happened before here")


def test_the_charts_are_drawn_along_time_the_clock_and_a_metric(
    dashboard: Dashboard, batch: Callable[..., RunRows]
) -> None:
    charts = dashboard.view.charts
    assert press(dashboard, "x") == "no row has a time: x is step"
    assert charts.framing.axis == STEPS
    times = [1e9 + 3 * step for step in range(200)]
    rows = batch({"loss": [1.0] * 200}, run_id="timed", times=times, first_id=2001)
    dashboard.apply(RowsLoaded(P, 0, [rows], 2200))
    told = [press(dashboard, "x") for _ in range(3)]
    assert told == ["x is time since start", "x is clock", "x is step"]
    press(dashboard, "enter", "home", *["right"] * 50)
    assert charts.cursor == Spot(50, STEPS)
    press(dashboard, "x")
    assert cursor_x(dashboard) == 150.0, "the same point"
    press(dashboard, "x", "u", "u")
    assert (charts.framing.axis, cursor_x(dashboard)) == (STEPS, 50)


def test_an_axis_is_chosen_from_a_list(dashboard: Dashboard) -> None:
    charts = dashboard.view.charts
    press(dashboard, "X", "down", "down")
    assert press(dashboard, "enter") == "no row has a time"
    press(dashboard, "X", "end", "enter")
    assert charts.framing.axis == XAxis(XKind.METRIC, "val/loss")
    assert dashboard.view.mode is Mode.METRICS
    press(dashboard, "x")
    assert charts.framing.axis == STEPS
    assert press(dashboard, "x") == "no row has a time: x is val/loss"
    press(dashboard, "X", "home", "escape")
    assert charts.framing.axis == XAxis(XKind.METRIC, "val/loss")


def test_the_limits_of_y_axes_are_chosen_one_after_the_other_and_undone(
    dashboard: Dashboard,
) -> None:
    charts = dashboard.view.charts
    said = [press(dashboard, "o") for _ in range(4)]
    assert said == [f"y axes: {word}" for word in ("all values", "5–95 %", "from zero", "auto")]
    press(dashboard, "u")
    assert charts.framing.limits is Limits.ZERO
    press(dashboard, "u", "u", "u")
    assert charts.framing.limits is Limits.AUTO


def test_lines_are_smoothed_more_and_less_and_it_is_undone(dashboard: Dashboard) -> None:
    charts = dashboard.view.charts
    said = [press(dashboard, "s") for _ in range(6)]
    amounts = ("0.6", "0.9", "0.97", "0.99", "mean:10", "mean:10: S goes back")
    assert said == [f"smooth {amount}" for amount in amounts]
    assert charts.framing.smoothing == Smoothing(Way.CENTRED, 10)
    assert press(dashboard, "S") == "smooth 0.99"
    press(dashboard, "u", "u", "U")
    assert charts.framing.smoothing == Smoothing(Way.CENTRED, 10)
    assert press(dashboard, *"SSSSS") == "not smoothed"
    assert press(dashboard, "S") == "not smoothed: s smooths"
    assert charts.framing.smoothing is None


def test_averages_are_made_as_the_settings_say(dashboard: Dashboard) -> None:
    dashboard.view.charts.smoothing_way = Way.BY_DISTANCE
    assert press(dashboard, "s") == "smooth time:0.6"


def test_the_chart_on_which_something_happened_gets_the_focus(
    dashboard: Dashboard, batch: Callable[..., RunRows]
) -> None:
    later = {"loss": [math.nan, 1.0, 1.0], "val/loss": [None, math.nan, 1.0]}
    rows = batch(later, steps=[2000, 2001, 2002], first_id=2001)
    dashboard.apply(RowsLoaded(P, 0, [rows], 2003))
    seen = []
    for key in "nnnnNNN":
        told = press(dashboard, key)
        seen.append((told, dashboard.metrics[dashboard.focus]))
    assert seen == [
        # Where it happened to both, the focus stays.
        ("best loss · best val/loss", "loss"),
        ("NaN in loss", "loss"),
        ("NaN in val/loss", "val/loss"),
        ("end of the run", "val/loss"),
        ("NaN in val/loss", "val/loss"),
        ("NaN in loss", "loss"),
        ("best loss · best val/loss", "loss"),
    ]


def test_the_focused_charts_y_axis_is_logarithmic_and_back(dashboard: Dashboard) -> None:
    charts = dashboard.view.charts
    assert press(dashboard, "L") == "y of loss is logarithmic"
    assert press(dashboard, "right", "L") == "y of val/loss is logarithmic"
    assert charts.framing.logarithmic == {"loss", "val/loss"}
    assert press(dashboard, "L") == "y of val/loss is linear"
    press(dashboard, "u", "u")
    assert charts.framing.logarithmic == {"loss"}


def test_the_charts_are_drawn_along_the_logarithm_of_the_step(dashboard: Dashboard) -> None:
    charts = dashboard.view.charts
    press(dashboard, "X", "home", "down", "enter")
    assert charts.framing.axis == LOG_STEPS
    press(dashboard, *"1200", "enter")
    asked = cursor_x(dashboard)
    assert asked == pytest.approx(math.log10(1200))
    press(dashboard, "left")
    assert cursor_x(dashboard) == pytest.approx(math.log10(1199))
    press(dashboard, "home")
    assert cursor_x(dashboard) == 0.0, "step 0 has no place"
    press(dashboard, "escape", "x")
    assert charts.framing.axis == STEPS
