"""The charts' window as CSV."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from trackio_view.live.window_csv import window_csv
from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey, RunRows
from trackio_view.model.x_axis import STEPS
from trackio_view.view.charts.chart_choice import ALL
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeysPressed, Resized
from trackio_view.view.responses import respond

P = ProjectId("", "p")

pytestmark = pytest.mark.anyio


@pytest.fixture
def dashboard(batch: Callable[..., RunRows]) -> Dashboard:
    """Two runs of 300 steps; one logs a metric that the other lacks."""
    made = Dashboard()
    respond(made, Resized(120, 40))
    made.watch(P)
    made.apply(LoadStarted(P, 0, 600))
    for number, name in enumerate(("one", "two")):
        values = {"loss": [step / 7 + number for step in range(300)]}
        if number:
            values["train/lr"] = [0.1] * 300
        rows = batch(values, run_id=name, first_id=1 + 300 * number)
        made.apply(RowsLoaded(P, 0, [rows], 300 * (number + 1)))
    made.apply(LoadFinished(P, 0))
    return made


async def written(dashboard: Dashboard, *keys: str) -> list[dict[str, Any]]:
    respond(dashboard, KeysPressed(list(keys)))
    pieces = await window_csv(dashboard)
    assert not isinstance(pieces, str), pieces
    return list(csv.DictReader(io.StringIO(b"".join(pieces()).decode())))


async def test_it_has_the_run_and_the_stretch_on_screen(dashboard: Dashboard) -> None:
    rows = await written(dashboard, *"100-109", "enter", "e")
    assert {row["run"] for row in rows} == {"two"}
    assert {row["metric"] for row in rows} == {"loss", "train/lr"}
    assert sorted({int(row["step"]) for row in rows}) == list(range(100, 110))
    assert rows[0].keys() == {"project", "run", "metric", "step", "time", "value", "run_id"}
    respond(dashboard, KeysPressed(["escape"]))
    assert {row["run"] for row in await written(dashboard, "r", "e")} == {"one"}


async def test_it_has_the_charts_that_are_chosen(dashboard: Dashboard) -> None:
    rows = await written(dashboard, "/", *"lr", "enter", "e")
    assert {row["metric"] for row in rows} == {"train/lr"}
    respond(dashboard, KeysPressed(["escape", "/", "escape"]))
    respond(dashboard, KeysPressed([":", *"loss", "enter", "enter"]))
    rows = await written(dashboard, "e")
    assert {row["metric"] for row in rows} == {"loss"}, "one chart fills the screen"


async def test_charts_that_were_taken_off_the_screen_are_not_among_them(
    dashboard: Dashboard, batch: Callable[..., RunRows]
) -> None:
    one = {"first_id": 601, "steps": [299], "times": [1_700_000_299.0]}
    single = batch({"score": [0.9]}, run_id="two", **one)
    dashboard.apply(RowsLoaded(P, 0, [single], 601))
    dashboard.view.choice.tab = ALL
    assert {row["metric"] for row in await written(dashboard, "e")} == {"loss", "train/lr", "score"}
    respond(dashboard, KeysPressed(["escape"]))
    charts = dashboard.view.charts
    charts.change(charts.framing._replace(dropped=frozenset({"loss"})))
    assert {row["metric"] for row in await written(dashboard, "e")} == {"train/lr", "score"}


async def test_a_chart_that_fills_the_screen_is_alone_wherever_it_stands(
    dashboard: Dashboard, batch: Callable[..., RunRows]
) -> None:
    more = batch({"acc": [1.0, 2.0], "grad": [1.0, 2.0]}, run_id="one", first_id=601)
    dashboard.apply(RowsLoaded(P, 0, [more], 602))
    assert len(dashboard.metrics) == 3
    for place, metric in enumerate(dashboard.metrics):
        dashboard.view.focus = place
        rows = await written(dashboard, "enter", "e")
        assert {row["metric"] for row in rows} == {metric}
        respond(dashboard, KeysPressed(["escape", "escape"]))


async def test_runs_that_are_drawn_follow_each_other_the_front_first(dashboard: Dashboard) -> None:
    dashboard.view.marks.mark([RunKey(P, "one"), RunKey(P, "two")])
    dashboard.view.marks.pin(RunKey(P, "one"))
    rows = await written(dashboard, "+", "e")
    assert list(dict.fromkeys(row["run"] for row in rows)) == ["one", "two"]


async def test_runs_of_several_origins_have_a_column_for_them(
    dashboard: Dashboard, batch: Callable[..., RunRows]
) -> None:
    twin = P._replace(origin="box:/data")
    dashboard.known.meet(twin)
    dashboard.apply(LoadStarted(twin, 0, 3))
    dashboard.apply(RowsLoaded(twin, 0, [batch({"loss": [1.0, 2.0, 3.0]}, run_id="one")], 3))
    dashboard.apply(LoadFinished(twin, 0))
    dashboard.view.marks.mark([RunKey(P, "one"), RunKey(twin, "one")])
    rows = await written(dashboard, "e")
    assert {(row["project"], row["run_id"]) for row in rows} == {("p", "one")}
    counts = Counter(row["origin"] for row in rows)
    assert counts == {"": 300, "box:/data": 3}


async def test_a_smoothed_window_has_a_column_more(dashboard: Dashboard) -> None:
    respond(dashboard, KeysPressed(["s", "+", "+", "+"]))
    run, smoothing = dashboard.run, dashboard.view.charts.framing.smoothing
    assert run is not None
    assert smoothing is not None
    assert run.unsmoothed(STEPS, "loss", smoothing) == 300, "no chart was drawn yet"
    rows = await written(dashboard, "e")
    assert run.unsmoothed(STEPS, "loss", smoothing) == 300, "a thread has a copy"
    values = run.smoothed(STEPS, "loss", smoothing).values
    first = next(row for row in rows if row["metric"] == "loss")
    assert first["step"] == "200"
    assert float(first["smoothed"]) == pytest.approx(values[200])
    assert await written(dashboard) == rows


async def test_rows_that_come_meanwhile_are_not_among_them(
    dashboard: Dashboard, batch: Callable[..., RunRows]
) -> None:
    respond(dashboard, KeysPressed(["e"]))
    pieces = await window_csv(dashboard)
    assert not isinstance(pieces, str)
    rows = batch({"loss": [9.0]}, run_id="two", first_id=601, steps=[300])
    dashboard.apply(RowsLoaded(P, 0, [rows], 601))
    text = b"".join(pieces()).decode()
    assert ",299," in text
    assert ",300," not in text


async def test_a_screen_or_window_without_csv_says_why(dashboard: Dashboard) -> None:
    respond(dashboard, KeysPressed(["g", "e"]))
    assert await window_csv(dashboard) == "only charts can be written as CSV: go back to them first"
    assert await window_csv(Dashboard()) == "no value is in this window"
