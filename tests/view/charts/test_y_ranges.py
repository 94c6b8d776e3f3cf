"""Ranges of y, typed into the line that finds names."""

from __future__ import annotations

import pytest

from trackio_view.model.events import RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.series.y_limits import Limits
from trackio_view.view.actions import Mode
from trackio_view.view.charts.y_ranges import TypedRange, parse_y_range, range_text
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed
from trackio_view.view.responses import respond

P = ProjectId("", "p")


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("y 0..2", (0.0, 2.0)),
        (" Y  -1.5 .. 1e3 ", (-1.5, 1000.0)),
        ("y 2..0", (0.0, 2.0)),
        ("y .5..1.", (0.5, 1.0)),
    ],
)
def test_a_range_has_two_ends(text: str, ends: tuple[float, float]) -> None:
    assert parse_y_range(text) == TypedRange(ends)


@pytest.mark.parametrize(
    "text",
    ["y", "y 0", "y 1..1", "y 0..nan", "y 0..1e999", "y -1e308..1e308", "y0..2", "x 0..2", "y ..2"],
)
def test_other_texts_ask_for_no_range(text: str) -> None:
    assert parse_y_range(text) is None


@pytest.mark.parametrize(
    ("ends", "text"), [((0.0, 2.0), "0..2"), ((-0.25, 1e6), "-0.25..1e+06"), ((1, 2.5), "1..2.5")]
)
def test_a_range_is_told_as_it_is_typed(ends: tuple[float, float], text: str) -> None:
    assert range_text(ends) == text
    assert parse_y_range(f"y {text}") == TypedRange(ends)


@pytest.fixture
def dashboard(batch) -> Dashboard:
    made = Dashboard(width=120, height=40)
    made.watch(P)
    values = [2.0 - step / 100 for step in range(100)]
    made.apply(RowsLoaded(P, 0, [batch({"acc": values, "loss": values})], 100))
    return made


def find(dashboard: Dashboard, text: str) -> str:
    for key in (":", *text, "enter"):
        respond(dashboard, KeyPressed(key))
    assert dashboard.view.mode is Mode.METRICS
    return dashboard.view.said


def test_the_focused_chart_has_the_range_until_it_is_dropped(dashboard: Dashboard) -> None:
    dashboard.view.focus = 1
    metric = dashboard.metrics[1]
    assert find(dashboard, "y 0..2") == f"y of {metric}: 0..2"
    framing = dashboard.view.charts.framing
    assert framing.range_of(metric) == (0.0, 2.0)
    assert framing.range_of(dashboard.metrics[0]) is None
    assert find(dashboard, "y 1..3") == f"y of {metric}: 1..3"
    assert len(dashboard.view.charts.framing.ranges) == 1
    respond(dashboard, KeyPressed("backspace"))
    assert find(dashboard, "y auto") == f"y of {metric}: auto"
    assert not dashboard.view.charts.framing.ranges


def test_other_limits_for_all_charts_drop_it(dashboard: Dashboard) -> None:
    find(dashboard, "y 0..2")
    respond(dashboard, KeyPressed("o"))
    framing = dashboard.view.charts.framing
    assert (framing.limits, framing.ranges) == (Limits.EVERY, ())


def test_a_logarithmic_axis_begins_above_zero(dashboard: Dashboard) -> None:
    respond(dashboard, KeyPressed("L"))
    metric = dashboard.metrics[0]
    assert find(dashboard, "y 0..2") == f"y of {metric} is logarithmic: it begins above 0"
    assert find(dashboard, "y 0.1..2") == f"y of {metric}: 0.1..2"


def test_without_a_chart_there_is_nothing_to_set() -> None:
    dashboard = Dashboard(width=120, height=40)
    assert find(dashboard, "y 0..2") == "there is no chart whose y could be set"


def test_a_range_that_was_begun_is_no_name_of_a_key(dashboard: Dashboard) -> None:
    # A key's words hold "y axes" and "5–95 %".
    limits = dashboard.view.charts.framing.limits
    for key in (":", *"y 5", "enter"):
        respond(dashboard, KeyPressed(key))
    assert dashboard.view.find.found
    assert dashboard.view.said == "a range of y is two numbers: y 0..2, or y auto"
    # The text stays, so that the other number can be typed behind it.
    assert dashboard.view.mode is Mode.FIND
    for key in (*"..7", "enter"):
        respond(dashboard, KeyPressed(key))
    framing = dashboard.view.charts.framing
    assert (framing.limits, framing.range_of(dashboard.metrics[0])) == (limits, (5.0, 7.0))
