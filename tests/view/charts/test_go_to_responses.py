"""Typed places, and the sentences where a place leads nowhere."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timezone

import pytest

from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.model.windows import Between, Last, LastSeconds
from trackio_view.model.x_axis import CLOCK, STEPS
from trackio_view.view.actions import Mode
from trackio_view.view.charts.charts_view import Spot
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed, KeysPressed, Resized
from trackio_view.view.responses import respond

P = ProjectId("", "p")
pytestmark = pytest.mark.usefixtures("utc")
START = datetime(2026, 3, 5, 14, tzinfo=timezone.utc).timestamp()


def go(dashboard: Dashboard, text: str) -> str:
    respond(dashboard, KeysPressed([*text, "enter"]))
    return dashboard.view.said


@pytest.fixture
def dashboard(batch: Callable[..., RunRows]) -> Dashboard:
    """Ten thousand steps, one a second, from 14:00 on."""
    made = Dashboard()
    respond(made, Resized(80, 24))
    made.watch(P)
    made.apply(LoadStarted(P, 0, 0))
    times = [START + step for step in range(10_000)]
    rows = batch({"loss": [step / 3 for step in range(10_000)]}, times=times)
    made.apply(RowsLoaded(P, 0, [rows], 10_000))
    made.apply(LoadFinished(P, 0))
    return made


def test_a_number_puts_the_cursor_there(dashboard: Dashboard) -> None:
    assert go(dashboard, "1200") == ""
    assert dashboard.view.mode is Mode.CURSOR
    assert dashboard.view.charts.cursor == Spot(1200, STEPS)
    assert dashboard.view.charts.window == Last(0)
    assert go(dashboard, "3k") == ""
    assert dashboard.view.charts.cursor == Spot(3000, STEPS)
    assert [place.mode for place in dashboard.view.places] == [Mode.METRICS, Mode.CURSOR]


def test_a_cursor_outside_of_the_stretch_goes_to_its_newest_point(dashboard: Dashboard) -> None:
    assert go(dashboard, "1200") == ""
    assert go(dashboard, "1000-2000") == ""
    assert dashboard.view.charts.cursor == Spot(1200, STEPS), "it is within"
    assert go(dashboard, "5000-6000") == ""
    assert dashboard.view.charts.cursor is None


def test_negative_steps_are_gone_to(batch: Callable[..., RunRows]) -> None:
    made = Dashboard()
    respond(made, Resized(80, 24))
    made.watch(P)
    made.apply(LoadStarted(P, 0, 0))
    rows = batch({"loss": [0.5] * 400}, steps=list(range(-200, 200)))
    made.apply(RowsLoaded(P, 0, [rows], 400))
    made.apply(LoadFinished(P, 0))
    # Only a digit opens the line: the sign is put before it.
    respond(made, KeysPressed([*"50", "home", "-", "enter"]))
    assert made.view.charts.cursor == Spot(-50, STEPS)
    respond(made, KeysPressed([*"100-50", "home", "-", "enter"]))
    assert made.view.charts.window == Between(STEPS, -100, 50)


def test_a_window_that_has_it_not_comes_there(dashboard: Dashboard) -> None:
    respond(dashboard, KeyPressed("+"))
    assert go(dashboard, "1200") == ""
    window = dashboard.view.charts.window
    assert isinstance(window, Between)
    assert window.right is not None
    assert window.left < 1200 < window.right
    assert window.right - window.left == 499
    respond(dashboard, KeyPressed("u"))
    assert dashboard.view.charts.window == Last(1)


def test_stretches_are_shown(dashboard: Dashboard) -> None:
    charts = dashboard.view.charts
    assert go(dashboard, "500-700") == ""
    assert charts.window == Between(STEPS, 500, 700)
    assert go(dashboard, "700-700") == ""
    assert charts.window == Between(STEPS, 700, 700), "a single step runs no way at all"
    assert dashboard.view.mode is Mode.METRICS
    assert go(dashboard, "5000-") == ""
    assert charts.window == Between(STEPS, 5000)
    assert go(dashboard, "2h") == ""
    assert charts.window == LastSeconds(7200)
    assert go(dashboard, "10%-20%") == ""
    assert charts.window == Between(STEPS, 1000, 2000), "steps are whole"
    assert go(dashboard, "14:10-14:20") == ""
    assert charts.window == Between(CLOCK, START + 600, START + 1200)
    respond(dashboard, KeyPressed("0"))
    assert go(dashboard, "30%") == ""
    assert charts.cursor == Spot(3000, STEPS)
    assert go(dashboard, "14:30") == ""
    assert charts.cursor == Spot(START + 1800, CLOCK)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("99999", "step 99,999 is beyond the data, step 0 to step 9,999"),
        ("20000-30000", "step 20,000 is beyond the data, step 0 to step 9,999"),
        ("123456789012", "step 123,456,789,012 is beyond the data, step 0 to step 9,999"),
        ("700-500", "step 700 to step 500 runs backwards"),
        ("13:00", "03-05 13:00:00 is beyond the data, 03-05 14:00:00 to 03-05 16:46:39"),
        ("1x", "no place: try 1200, 500-700, 5000-, 2h, 14:30 or 30%"),
    ],
)
def test_a_text_that_leads_nowhere_is_told_and_stays_to_be_mended(
    dashboard: Dashboard, text: str, said: str
) -> None:
    before = dashboard.view.charts.framing
    assert go(dashboard, text) == said
    assert dashboard.view.mode is Mode.GO_TO
    assert dashboard.view.charts.framing == before
    assert dashboard.view.go_to.text == text
    respond(dashboard, KeysPressed(["ctrl_u", *"600", "enter"]))
    assert dashboard.view.said == ""
    assert dashboard.view.charts.cursor == Spot(600, STEPS)


def test_the_line_is_edited_as_at_a_prompt_and_remembered(dashboard: Dashboard) -> None:
    respond(dashboard, KeysPressed([*"1300", "left", "left", "backspace", "2"]))
    assert (dashboard.view.go_to.text, dashboard.view.go_to.before) == ("1200", "12")
    respond(dashboard, KeyPressed("enter"))
    respond(dashboard, KeysPressed(["7", "up"]))
    assert dashboard.view.go_to.text == "1200"
    respond(dashboard, KeyPressed("escape"))
    assert dashboard.view.mode is Mode.CURSOR
    respond(dashboard, KeysPressed(["5", "ctrl_u", "enter"]))
    assert dashboard.view.mode is Mode.CURSOR, "nothing typed is nowhere to go"
    assert dashboard.view.charts.cursor == Spot(1200, STEPS)
    respond(dashboard, KeysPressed("9" * 2000))
    assert len(dashboard.view.go_to.text) == 500


def test_without_rows_or_times_it_is_said(batch: Callable[..., RunRows]) -> None:
    empty = Dashboard()
    empty.watch(P)
    assert go(empty, "5") == "there are no values yet"
    timeless = Dashboard()
    timeless.watch(P)
    timeless.apply(LoadStarted(P, 0, 0))
    rows = batch({"loss": [1.0, 2.0]}, times=[math.nan, math.nan])
    timeless.apply(RowsLoaded(P, 0, [rows], 2))
    timeless.apply(LoadFinished(P, 0))
    assert go(timeless, "2h") == "no row has a time"
    respond(timeless, KeyPressed("escape"))
    assert go(timeless, "14:30") == "no row has a time"


@pytest.mark.parametrize(
    ("text", "step"), [("1%", 1010), ("25%", 1250), ("50%", 1500), ("100%", 2000)]
)
def test_a_percentage_is_of_what_there_is(
    batch: Callable[..., RunRows], text: str, step: float
) -> None:
    """A run that was resumed begins far from step 0."""
    made = Dashboard()
    respond(made, Resized(80, 24))
    made.watch(P)
    made.apply(LoadStarted(P, 0, 0))
    rows = batch({"loss": [1.0] * 1001}, steps=list(range(1000, 2001)))
    made.apply(RowsLoaded(P, 0, [rows], 1001))
    made.apply(LoadFinished(P, 0))
    assert go(made, text) == ""
    assert made.view.charts.cursor == Spot(step, STEPS)
