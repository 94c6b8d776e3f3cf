"""What keys change of a screen's own state is told as it is seen."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import MakeBatch
from tests.view.conftest import P, loaded
from trackio_view.model.events import SystemRowsLoaded
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed
from trackio_view.view.own_state import of_gpus, of_machine, of_text
from trackio_view.view.places import HelpView, Seen
from trackio_view.view.responses import respond
from trackio_view.view.shown_machine import system_charts


@pytest.mark.parametrize(
    ("seen", "are_alike"),
    [
        (Seen(mode=Mode.HELP, furthest=3), True),
        (Seen(mode=Mode.HELP), False),
        (Seen(mode=Mode.METRICS, furthest=3), False),
    ],
)
def test_beyond_its_end_a_text_looks_the_same(seen: Seen, are_alike: bool) -> None:
    dashboard = Dashboard()
    respond(dashboard, KeyPressed("?"))
    shown = dashboard.view.state(HelpView)
    assert shown is not None

    def at(offset: int) -> object:
        shown.offset = offset
        return of_text(dashboard, seen)

    assert (at(9) == at(12)) is are_alike
    assert at(1) != at(2)


def test_charts_are_no_text() -> None:
    assert of_text(Dashboard(), Seen()) is None


def test_another_order_of_processes_is_told() -> None:
    dashboard = Dashboard()
    dashboard.show_gpus()
    before = of_gpus(dashboard, Seen())
    respond(dashboard, KeyPressed("s"))
    assert of_gpus(dashboard, Seen()) != before


def test_a_filter_of_gpus_that_goes_with_a_number_is_told(gpus_sampled: Any) -> None:
    dashboard = Dashboard()
    dashboard.apply(gpus_sampled(2))
    dashboard.show_gpus()
    for key in ("/", "0", "enter", "enter"):
        respond(dashboard, KeyPressed(key))
    gpus = dashboard.view.gpus
    assert (dashboard.view.mode, gpus.filter, gpus.cursor) == (Mode.GPUS, "0", 0)
    assert gpus.chosen is not None, "the GPU with the number fills the screen already"
    respond(dashboard, KeyPressed("0"))
    assert gpus.filter == ""
    assert dashboard.view.said == ""


def test_beyond_the_charts_of_a_machine_the_focus_is_on_none() -> None:
    dashboard = Dashboard()
    respond(dashboard, KeyPressed("y"))
    assert dashboard.view.mode is Mode.SYSTEM
    told = set()
    for focus in (0, 1, 7):
        dashboard.view.system.focus = focus
        told.add(repr(of_machine(dashboard, Seen(mode=Mode.SYSTEM))))
    assert len(told) == 1


def test_each_chart_of_a_machine_is_told_and_none_beyond_the_last(batch: MakeBatch) -> None:
    dashboard = loaded(batch({"loss": [1.0]}, run_id="r"))
    rows = batch({"cpu/utilization": [1.0], "own": [2.0], "other": [3.0]}, run_id="r")
    dashboard.apply(SystemRowsLoaded(P, 0, [rows], replaces=False))
    count = len(system_charts(dashboard))
    told = []
    for dashboard.view.system.focus in range(count + 2):
        told.append(of_machine(dashboard, Seen(mode=Mode.SYSTEM)))
    assert len(set(told[:count])) == count > 1
    assert set(told[count:]) == {told[count - 1]}
