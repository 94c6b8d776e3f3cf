"""Typed text is checked at once. Enter keeps it, Esc drops it, and both lead back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import MakeBatch
from tests.pressing import press
from tests.view.conftest import loaded
from trackio_view.model.fleet import FleetSampled
from trackio_view.model.gpu import GpusSampled
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.places import HelpView

LINES: dict[str, tuple[tuple[str, ...], Mode, Mode, Callable[[Dashboard], Any]]] = {
    "GPUs": (("g",), Mode.GPU_FILTER, Mode.GPUS, lambda one: one.view.gpus.filter),
    "configs": (("d",), Mode.CONFIG_SEARCH, Mode.CONFIG_DIFF, lambda one: one.view.diff.search),
    "runs": (("t",), Mode.RUN_FILTER, Mode.RUNS, lambda one: one.view.runs.filter),
    "help": (("?",), Mode.HELP_SEARCH, Mode.HELP, lambda one: help_of(one).search.text),
}
"""For each typed line: the keys that lead to it, the modes there and before, and a text."""


def help_of(dashboard: Dashboard) -> HelpView:
    shown = dashboard.view.state(HelpView)
    assert shown is not None
    return shown


@pytest.fixture
def dashboard(batch: MakeBatch, gpus_sampled: Callable[..., GpusSampled]) -> Dashboard:
    """Three runs and two GPUs."""
    made = loaded(*(batch({"loss": [2.0, 1.0]}, run_id=f"run-{n}") for n in range(3)))
    made.apply(gpus_sampled(2))
    return made


@pytest.mark.parametrize("place", LINES)
def test_enter_keeps_what_is_typed_and_escape_drops_it(dashboard: Dashboard, place: str) -> None:
    way, typing, before, text_of = LINES[place]
    press(dashboard, *way, "/", *"run", "space", "1")
    assert (dashboard.view.mode, text_of(dashboard)) == (typing, "run 1")
    press(dashboard, "backspace", "backspace", "enter")
    assert (dashboard.view.mode, text_of(dashboard)) == (before, "run")
    press(dashboard, "/", "x", "escape")
    # Runs are filtered again as they were before.
    left = "run" if place == "runs" else ""
    assert (dashboard.view.mode, text_of(dashboard)) == (before, left)


@pytest.mark.parametrize("place", ["GPUs", "configs", "runs"])
def test_a_line_that_was_kept_comes_again_with_the_arrow_up(
    dashboard: Dashboard, place: str
) -> None:
    way, _, _, text_of = LINES[place]
    press(dashboard, *way, "/", *"ru", "enter", "/", "up")
    assert text_of(dashboard) == "ru"
    press(dashboard, "escape", "/", *"no", "escape", "/", "up")
    assert text_of(dashboard) == "ru", "one that was dropped does not"


def test_the_last_search_of_the_help_comes_again(dashboard: Dashboard) -> None:
    press(dashboard, "?", "/", *"zoom", "enter")
    assert help_of(dashboard).search.text == "zoom"
    press(dashboard, "escape", "?", "/")
    assert help_of(dashboard).search.text == ""
    press(dashboard, "up")
    assert help_of(dashboard).search.text == "zoom"


def test_another_filter_of_gpus_begins_at_the_first(dashboard: Dashboard) -> None:
    press(dashboard, "g", "down")
    assert dashboard.view.gpus.cursor == 1
    press(dashboard, "/", "h")
    assert dashboard.view.gpus.cursor == 0


@pytest.mark.parametrize("last", ["enter", "escape", "x"])
def test_another_filter_of_the_fleet_is_looked_at_from_its_top(
    fleet_sampled: Callable[..., FleetSampled], last: str
) -> None:
    dashboard = Dashboard(width=80, height=16, has_fleet=True)
    dashboard.show_gpus()
    dashboard.apply(fleet_sampled(40))
    press(dashboard, "end")
    fleet = dashboard.view.fleet
    assert fleet.offset > 20
    press(dashboard, "/", *"node-3")
    rows = dashboard.fleet_rows
    assert [row.host.name for row in rows] == ["node-3", *(f"node-{n}" for n in range(30, 40))]
    assert 0 <= fleet.offset <= len(rows) - 1, "the line of the cursor is on screen"
    assert fleet.position(rows) - fleet.offset < 16
    press(dashboard, last)
    mode, text = {
        "enter": (Mode.FLEET, "node-3"),
        "escape": (Mode.FLEET, ""),
        "x": (Mode.FLEET_FILTER, "node-3x"),
    }[last]
    assert (dashboard.view.mode, fleet.filter) == (mode, text)


def test_a_search_begins_at_the_top(dashboard: Dashboard) -> None:
    press(dashboard, "d")
    diff = dashboard.view.diff
    for keys in (("/",), ("l",), ("enter",), ("/", "escape")):
        diff.offset = 7
        press(dashboard, *keys)
        assert diff.offset == (7 if keys == ("/",) else 0)
    press(dashboard, "escape", "?")
    for key in ("l", "enter"):
        press(dashboard, *"/" * (key == "l"))
        help_of(dashboard).offset = 7
        press(dashboard, key)
        assert help_of(dashboard).offset == 0
    assert help_of(dashboard).search.text == "l"


def test_a_filter_of_runs_that_does_not_parse_is_not_left(dashboard: Dashboard) -> None:
    press(dashboard, "t", "/", *"run-1")
    assert [entry.run.name for entry in dashboard.runs_table(0.0).matching] == ["run-1"]
    press(dashboard, "backspace", *"0", "space", *"loss>")
    fault = dashboard.view.runs.fault
    assert fault is not None
    assert press(dashboard, "enter") == fault.message
    assert dashboard.view.mode is Mode.RUN_FILTER
    assert press(dashboard, "1", "enter") == ""
    assert dashboard.view.mode is Mode.RUNS
    assert dashboard.view.runs.filter == "run-0 loss>1"


def test_a_word_of_the_filter_is_completed_and_judged(dashboard: Dashboard) -> None:
    press(dashboard, "t", "/", *"los", "tab", *">5")
    assert dashboard.view.runs.filter == "loss>5"
    assert dashboard.runs_table(0.0).matching == []
    press(dashboard, "escape", "/", *"zzz")
    assert press(dashboard, "tab") != ""
    assert dashboard.view.runs.typing.text == "zzz"


def test_the_cursor_of_the_runs_stays_where_a_filter_lets_it(dashboard: Dashboard) -> None:
    press(dashboard, "t", "end")
    runs = dashboard.view.runs
    assert runs.position(dashboard.runs_table(0.0)) == 2
    press(dashboard, "/", *"run-", "enter")
    assert runs.position(dashboard.runs_table(0.0)) == 2
