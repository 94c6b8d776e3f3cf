"""Pasted text goes into a typed line, and is never a key."""

from __future__ import annotations

import pytest

from trackio_view.view.actions import Mode
from trackio_view.view.charts.chart_list import ChartListView
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed, KeysPressed, Pasted, Resized
from trackio_view.view.keys.pasting import one_line, text_of
from trackio_view.view.places import View
from trackio_view.view.responses import respond
from trackio_view.view.screen_table import SCREENS
from trackio_view.view.text_entry import MOST_CHARACTERS
from trackio_view.view.traces import TracesView

TYPED = [mode for mode, screen in SCREENS.items() if screen.take_text is not None]
HOSTILE = "\x1b[31mlr\x07\r\nq\x03 D\t\u202e\x9b2J\x00\n"


def opened(mode: Mode) -> Dashboard:
    dashboard = Dashboard()
    respond(dashboard, Resized(120, 40))
    view = dashboard.view
    for key in {
        Mode.HELP_SEARCH: "?/",
        Mode.GPU_FILTER: "g/",
        Mode.CONFIG_SEARCH: "d/",
        Mode.GO_TO: "1",
        Mode.FIND: ":",
        Mode.EXPORT: "e",
        Mode.CHART_FILTER: "/",
        Mode.RUN_FILTER: "t/",
    }.get(mode, ""):
        respond(dashboard, KeyPressed(key))
    if mode is Mode.FLEET_FILTER:
        view.open(mode)
    if mode is Mode.CHART_LIST:
        view.open(mode, ChartListView())
    if mode is Mode.TRACE_SEARCH:
        view.open(mode, TracesView())
    assert view.mode is mode
    respond(dashboard, KeyPressed("ctrl_u"))
    return dashboard


def typed(mode: Mode, view: View) -> str:
    of_screen = SCREENS[mode].typed
    assert of_screen is not None
    return of_screen(view).line.text


@pytest.mark.parametrize("mode", TYPED, ids=lambda mode: mode.value)
def test_every_line_takes_a_paste_as_text_alone(mode: Mode) -> None:
    dashboard = opened(mode)
    respond(dashboard, Pasted(HOSTILE))
    assert dashboard.view.mode is mode, "no line break is Enter"
    assert not dashboard.quit
    assert typed(mode, dashboard.view) == "[31mlr q D 2J"


@pytest.mark.parametrize("mode", TYPED, ids=lambda mode: mode.value)
def test_no_paste_makes_a_line_endless(mode: Mode) -> None:
    dashboard = opened(mode)
    respond(dashboard, Pasted("x\n" * 1_000_000))
    assert len(typed(mode, dashboard.view)) == MOST_CHARACTERS


def test_a_place_that_is_pasted_is_gone_to_by_enter_alone() -> None:
    dashboard = opened(Mode.GO_TO)
    respond(dashboard, Pasted("500-700\n"))
    assert dashboard.view.go_to.text == "500-700"
    respond(dashboard, KeysPressed(("left", "backspace", "end")))
    assert dashboard.view.go_to.text == "500-70"


def test_where_nothing_is_typed_a_paste_does_nothing_and_that_is_said() -> None:
    dashboard = Dashboard()
    respond(dashboard, Resized(120, 40))
    for mode in set(SCREENS) - set(TYPED):
        view = dashboard.view = View()
        if mode is not Mode.METRICS:
            view.open(mode)
        before = list(view.places)
        respond(dashboard, Pasted("qqD\n:"))
        assert view.said == "a paste is for a line that is typed: none is open here"
        assert (view.places, dashboard.quit) == (before, False)


def test_a_text_is_one_line_of_what_can_be_printed() -> None:
    assert one_line("\n\n a\r\n\r\nb\tc\u2028d\n") == " a b c d"
    assert one_line("\x00\x1b\x7f\u200b\ud800") == ""
    assert one_line("漢字 é") == "漢字 é"


def test_keys_that_were_a_paste_are_its_text() -> None:
    keys = ("l", "r", "space", "up", "enter", "q", "tab", "escape")
    assert text_of(keys) == "lr \nq\t"
