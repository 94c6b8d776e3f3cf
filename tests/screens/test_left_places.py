"""A person who leaves every place again sees what one sees who never went there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.pressing import press
from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.screens.shell.frame import Composer
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.input_events import KeyPressed
from trackio_view.view.places import View
from trackio_view.view.remembered import remembered, restore
from trackio_view.view.responses import press_ahead, respond

P = ProjectId("", "p")
NOW = 1_700_000_000.0
DOORS = (*("t", "g", "y", "i", "d", "w", "c", "/", "1", ":", "e", "X", "p", "?"), "v", "enter")
"""Keys that lead from the charts to other places."""
KEYS = (
    *("left", "right", "up", "down", "home", "end", "enter", "tab", "space"),
    *"alt1+-[LsmxuDf><b",
)
"""Keys that each do something in many places."""
VISITS = st.lists(
    st.tuples(st.sampled_from(DOORS), st.lists(st.sampled_from(KEYS), max_size=5)),
    min_size=2,
    max_size=6,
)
OPENED_AFRESH = ("p", ":", "1", "e", "X", "c", "i", "v", "enter")
"""Keys of places that keep nothing of how they were left."""


def stays(view: View) -> dict[str, Any]:
    """Return what stays besides what is remembered for the next start."""
    return {
        "project": view.project,
        "run_id": view.run_id,
        "focus": view.focus,
    }


def of_two_runs(batch: Callable[..., Any]) -> Dashboard:
    made = Dashboard(width=100, height=30)
    made.watch(P)
    made.apply(LoadStarted(P, 0, 16))
    metrics = {
        f"{group}/{name}": [float(8 - row) for row in range(8)]
        for group in ("train", "eval")
        for name in ("loss", "acc", "x")
    }
    rows = [
        batch(metrics, run_id=run, run_name=run, first_id=at * 8) for at, run in enumerate("ab")
    ]
    made.apply(RowsLoaded(P, 0, rows, 16))
    made.apply(LoadFinished(P, 0))
    return made


@given(VISITS)
@example([(":", ["l"])])
@example([("v", ["left", "left", "a", "left"])])
@example([("v", ["left", "left"]), ("enter", [])])
@example([("v", [">", "D", "left"]), ("enter", ["+", "b"])])
@example([("y", ["enter"]), ("/", ["l", "tab"])])
@settings(
    max_examples=30, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_who_leaves_every_place_sees_what_one_sees_who_never_went_there(
    utc: None, batch: Callable[..., Any], visits: Sequence[tuple[str, Sequence[str]]]
) -> None:
    lived, fresh, composer = of_two_runs(batch), of_two_runs(batch), Composer()

    def seen() -> Any:
        composer.compose(lived, NOW)
        return composer.seen

    for door, keys in visits:
        for key in (door, *keys):
            respond(lived, KeyPressed(key), seen())
            press_ahead(lived, seen)
        while lived.view.mode is not Mode.METRICS:
            press(lived, "escape")
    begun = remembered(fresh.view)
    while lived.view.charts.undo():
        pass
    restore(fresh.view, remembered(lived.view), begun)
    for name, value in stays(lived.view).items():
        setattr(fresh.view, name, value)
    lived.view.said = fresh.view.said = ""
    for door_afresh in ("", *OPENED_AFRESH):
        for each in (lived, fresh):
            press(each, *([door_afresh] if door_afresh else []))
        kept, made = composer.compose(lived, NOW), Composer().compose(fresh, NOW)
        assert kept.lines() == made.lines()
        assert kept.styles == made.styles
        for each in (lived, fresh):
            press(each, *(["escape"] if door_afresh else []))
            each.view.said = ""
