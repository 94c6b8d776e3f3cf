"""Keys move the cursor along points, stretches and events."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from tests.pressing import press
from tests.view.conftest import P, loaded
from trackio_view.model.alerts import Alert
from trackio_view.model.events import AlertsLoaded, LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey, RunRows
from trackio_view.model.windows import Between
from trackio_view.model.x_axis import ELAPSED, STEPS
from trackio_view.view.actions import Mode
from trackio_view.view.charts import cursor_responses
from trackio_view.view.charts.charted_runs import cursor_x, x_span_of
from trackio_view.view.charts.charts_view import Framing
from trackio_view.view.charts.cursor_responses import drag, end_drag, go_on_seeking
from trackio_view.view.dashboard import Dashboard


def test_end_goes_to_the_newest_point_and_along_with_those_to_come(
    long_run: Dashboard, batch: Callable[..., RunRows]
) -> None:
    charts = long_run.view.charts
    press(long_run, "+", "[", "[", "v", "home", "end")
    assert charts.window == Between(STEPS, 1500)
    rows = batch({"loss": [1.0]}, steps=[2000], times=[math.nan], first_id=2001)
    long_run.apply(RowsLoaded(P, 0, [rows], 2001))
    assert cursor_x(long_run) == 2000
    press(long_run, "u")
    assert charts.window == Between(STEPS, 1000, 1499)


def test_end_shows_the_newest_point_where_a_window_of_steps_does_not_hold_it(
    batch: Callable[..., RunRows],
) -> None:
    """Along the time since a resumed run's start, a window may hold no row."""
    times = [1e9 + second for second in range(6)]
    dashboard = loaded(batch({"loss": [1.0] * 6}, steps=[0, 10, 11, 12, 2, 3], times=times))
    dashboard.view.charts.framing = Framing(Between(STEPS, 5, 7), ELAPSED)
    press(dashboard, "v", "end")
    span = x_span_of(dashboard)
    assert cursor_x(dashboard) == 5
    assert span is not None
    assert span.shown == (0, 5)
    assert dashboard.view.charts.window == Between(ELAPSED, 0)


@pytest.mark.parametrize("key", ["C", "a", "left", "right", "shift_left"])
def test_before_the_first_point_a_key_does_not_say_that_nothing_was_logged(
    batch: Callable[..., RunRows], key: str
) -> None:
    dashboard = loaded(batch({"loss": [1.0] * 6}, steps=range(500, 506)))
    dashboard.view.charts.framing = Framing(Between(STEPS, 100, 200))
    press(dashboard, "v")
    assert press(dashboard, key) == "there is no point up to here"
    empty = Dashboard()
    empty.view.open(Mode.CURSOR)
    assert press(empty, key) == "there are no values yet"


def test_a_leap_ends_at_the_first_point_and_says_so_where_the_cursor_is_there(
    long_run: Dashboard,
) -> None:
    press(long_run, "v", "home", "right", "right")
    assert press(long_run, "shift_left") == ""
    assert cursor_x(long_run) == 0
    assert press(long_run, "shift_left") == "the first point of loss"


def test_a_stretch_begins_at_the_anchor_and_is_zoomed_to(long_run: Dashboard) -> None:
    charts = long_run.view.charts
    assert press(long_run, "a").startswith("v puts a cursor")
    press(long_run, "enter", "home", *["right"] * 3)
    assert press(long_run, "enter").startswith("a begins a stretch")
    assert press(long_run, "a", "enter") == "the stretch is empty: move the cursor first"
    press(long_run, "shift_right")
    assert press(long_run, "enter") == ""
    assert charts.window == Between(STEPS, 3, 202)
    assert charts.anchor is None
    press(long_run, "a")
    assert charts.anchor is not None
    press(long_run, "a")
    assert charts.anchor is None


def test_events_are_gone_through_and_told(
    long_run: Dashboard, batch: Callable[..., RunRows]
) -> None:
    rows = batch({"loss": [math.nan, 1.0]}, steps=[2000, 2001], first_id=2001)
    long_run.apply(RowsLoaded(P, 0, [rows], 2002))
    told = [press(long_run, "n") for _ in range(4)]
    assert told == [
        "best loss · best val/loss",
        "NaN in loss",
        "last row",
        "nothing happened after here: N goes back",
    ]
    assert long_run.view.mode is Mode.CURSOR
    assert press(long_run, "N") == "NaN in loss"
    assert press(long_run, "N", "N").startswith("nothing happened before here")


def test_the_chart_on_which_something_happened_gets_the_focus(
    long_run: Dashboard, batch: Callable[..., RunRows]
) -> None:
    later = {"loss": [math.nan, 1.0, 1.0], "val/loss": [None, math.nan, 1.0]}
    rows = batch(later, steps=[2000, 2001, 2002], first_id=2001)
    long_run.apply(RowsLoaded(P, 0, [rows], 2003))
    seen = []
    for key in "nnnnNNN":
        told = press(long_run, key)
        seen.append((told, long_run.metrics[long_run.focus]))
    assert seen == [
        # Where an event happened to both charts, the focus stays.
        ("best loss · best val/loss", "loss"),
        ("NaN in loss", "loss"),
        ("NaN in val/loss", "val/loss"),
        ("last row", "val/loss"),
        ("NaN in val/loss", "val/loss"),
        ("NaN in loss", "loss"),
        ("best loss · best val/loss", "loss"),
    ]


def test_a_long_look_for_an_event_goes_on_from_frame_to_frame(
    long_run: Dashboard, batch: Callable[..., RunRows], monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics = {f"m{number}": [1.0, 2.0] for number in range(100)} | {"m99": [math.nan, 1.0]}
    long_run.apply(RowsLoaded(P, 0, [batch(metrics, steps=[2000, 2001], first_id=2001)], 2002))
    monkeypatch.setattr(cursor_responses, "_LOOKED_AT_ONCE", 1_500)
    view = long_run.view
    said = [press(long_run, "n")]
    assert view.mode is Mode.METRICS
    while go_on_seeking(long_run):
        said.append(view.said)
        assert len(said) < 10
    assert len(said) > 2
    assert {text.partition(":")[0] for text in said[:-1]} == {"looking for what happened"}
    assert said[:-1] == sorted(set(said[:-1])), "how far it is"
    assert view.mode is Mode.CURSOR
    assert "best" in view.said
    told = [press(long_run, "n") for _ in range(3)]
    assert "NaN in m99" in " ".join(told), "from then on, each is found at once"


def test_alerts_of_a_marked_run_of_another_project_are_gone_to(
    long_run: Dashboard, batch: Callable[..., RunRows]
) -> None:
    other = ProjectId("", "other")
    long_run.meet(other)
    rows = batch({"loss": [1.0] * 2000}, run_id="far", times=[math.nan] * 2000)
    alert = Alert(1, "far", "far", "too hot", None, "warn", 700, math.nan)
    for event in (
        LoadStarted(other, 0, 2000),
        RowsLoaded(other, 0, [rows], 2000),
        AlertsLoaded(other, 0, [alert], False),
        LoadFinished(other, 0),
    ):
        long_run.apply(event)
    long_run.view.marks.mark([long_run.front_key, RunKey(other, "far")])
    told = " ".join(press(long_run, "n") for _ in range(4))
    assert "alert of far: too hot" in told


def test_another_key_ends_the_look_for_an_event(
    long_run: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cursor_responses, "_LOOKED_AT_ONCE", 1)
    assert press(long_run, "n").startswith("looking")
    press(long_run, "right")
    assert not go_on_seeking(long_run)
    assert long_run.view.mode is Mode.METRICS


def test_a_drag_that_ends_where_it_began_leaves_no_beginning_of_a_stretch(
    long_run: Dashboard,
) -> None:
    press(long_run, "v")
    charts = long_run.view.charts
    window = charts.window
    for ends, is_shown in (([700.0, 500.0], False), ([700.0], True)):
        for x in ends:
            assert drag(long_run, 500.0, x) is None
            assert charts.anchor is not None
        said = end_drag(long_run)
        assert charts.anchor is None
        assert (charts.window != window, said is None) == (is_shown, is_shown)
    assert charts.window == Between(STEPS, 500.0, 700.0)
