"""The runs, the stretch and the point that the charts on screen show."""

from __future__ import annotations

import math
from collections.abc import Callable

from tests.pressing import press
from tests.view.conftest import P, loaded
from trackio_view.model.events import RowsLoaded
from trackio_view.model.run import RunRows
from trackio_view.model.windows import Between
from trackio_view.model.x_axis import CLOCK, STEPS
from trackio_view.view.charts.charted_runs import (
    anchor_x,
    asked_run,
    at_cursor,
    cursor_x,
    newest_x,
    runs_shown,
    told_x,
    x_span_of,
)
from trackio_view.view.charts.charts_view import XSpan
from trackio_view.view.dashboard import Dashboard


def test_the_run_in_front_comes_last(batch: Callable[..., RunRows]) -> None:
    dashboard = loaded(
        *(
            batch({"loss": [2.0, 1.0]}, run_id=name, first_id=place)
            for place, name in ((1, "a"), (3, "b"))
        )
    )
    assert [run.run_id for run in runs_shown(dashboard)] == ["b"]
    press(dashboard, "t", "*", "t")
    shown = [run.run_id for run in runs_shown(dashboard)]
    assert sorted(shown) == ["a", "b"]
    assert dashboard.run is not None
    assert shown[-1] == dashboard.run.run_id
    asked = asked_run(dashboard)
    assert asked is not None
    assert asked[0].run_id == shown[-1], "the cursor goes along the run in front"


def test_where_nothing_is_logged_there_is_no_stretch_and_no_cursor() -> None:
    empty = Dashboard()
    empty.watch(P)
    assert runs_shown(empty) == []
    assert x_span_of(empty) is None
    assert asked_run(empty) is None
    assert at_cursor(empty) is None
    assert cursor_x(empty) is None
    assert anchor_x(empty) is None


def test_a_stretch_is_part_of_all_that_the_runs_logged(
    long_run: Dashboard, batch: Callable[..., RunRows]
) -> None:
    assert x_span_of(long_run) == XSpan((0, 1999), (0, 1999))
    press(long_run, "+")
    assert x_span_of(long_run) == XSpan((1500, 1999), (0, 1999))
    later = batch(
        {"loss": [1.0] * 10}, steps=list(range(3000, 3010)), run_id="later", first_id=2001
    )
    long_run.apply(RowsLoaded(P, 0, [later], 2010))
    press(long_run, "t", "*", "t")
    # Each run shows its own newest steps, and the axis goes from the first to the last of them all.
    assert x_span_of(long_run) == XSpan((1500, 3009), (0, 3009))


def test_only_a_held_window_asks_what_is_newest(long_run: Dashboard) -> None:
    assert math.isnan(newest_x(long_run))
    press(long_run, "+")
    assert math.isnan(newest_x(long_run)), "it follows the newest row"
    press(long_run, "[")
    assert newest_x(long_run) == 1999
    press(long_run, "v", "end")
    assert long_run.view.charts.window == Between(STEPS, 1500)
    assert math.isnan(newest_x(long_run)), "it goes along with the newest row again"


def test_the_cursor_goes_along_the_points_of_the_focused_chart(long_run: Dashboard) -> None:
    press(long_run, "v")
    found = at_cursor(long_run)
    assert found is not None
    assert (found.metric, found.x) == ("loss", 1999)
    press(long_run, "v", "right", "v")
    found = at_cursor(long_run)
    assert found is not None
    assert (found.metric, found.x) == ("val/loss", 1900), "the newest validation"


def test_in_a_held_window_the_cursor_is_on_the_newest_point_there(
    long_run: Dashboard, batch: Callable[..., RunRows]
) -> None:
    press(long_run, "+", "[", "v")
    assert long_run.view.charts.cursor is None
    assert cursor_x(long_run) == told_x(long_run) == 1749
    press(long_run, "left", "left")
    assert cursor_x(long_run) == told_x(long_run) == 1747, "it can be moved"
    long_run.view.charts.cursor = None
    rows = batch({"loss": [1.0]}, steps=[2000], times=[math.nan], first_id=2001)
    long_run.apply(RowsLoaded(P, 0, [rows], 2001))
    assert cursor_x(long_run) == 1749


def test_a_stretch_begins_only_where_there_is_a_cursor(long_run: Dashboard) -> None:
    press(long_run, "v", "home", "right", "a", "right")
    assert (anchor_x(long_run), cursor_x(long_run)) == (1, 2)
    press(long_run, "v")
    assert anchor_x(long_run) is None


def test_without_a_place_on_the_axis_there_is_no_newest_x(batch: Callable[..., RunRows]) -> None:
    nowhere = loaded(batch({"loss": [2.0, 1.0]}, times=[math.nan, math.nan]))
    nowhere.view.charts.change(
        nowhere.view.charts.framing._replace(window=Between(CLOCK, 1.0, 2.0), axis=CLOCK)
    )
    assert math.isnan(newest_x(nowhere))
