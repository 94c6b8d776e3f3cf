"""Whose machine is on the system screen, and how its charts are laid out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.conftest import MakeBatch, make_batch
from tests.pressing import press
from tests.view.conftest import P, loaded
from trackio_view.model.events import SystemRowsLoaded
from trackio_view.model.selection import Selection
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.shown_machine import shown_machine, system_charts, system_layout


def log_machines(dashboard: Dashboard, *runs: str) -> None:
    """Let runs have logged their machines, the newest last."""
    rows = [
        make_batch(
            {"cpu/utilization": [1.0], "own": [2.0]}, run_id=run, times=[2e9 + n], first_id=n + 1
        )
        for n, run in enumerate(runs)
    ]
    dashboard.apply(SystemRowsLoaded(P, 0, rows, replaces=False))


@pytest.fixture
def dashboard(batch: MakeBatch) -> Dashboard:
    """Two runs, the second the newer one."""
    return loaded(
        batch({"loss": [1.0]}, run_id="old"), batch({"loss": [1.0]}, run_id="new", first_id=2)
    )


def shown(dashboard: Dashboard) -> str | None:
    machine = shown_machine(dashboard)
    return None if machine is None else machine.run_id


@pytest.mark.parametrize(
    ("logged", "chosen", "machine"),
    [
        ((), None, "new"),
        (("new",), None, "new"),
        (("old",), None, "old"),
        (("old", "new"), None, "new"),
        (("new", "old"), "old", "old"),
        (("new", "old"), None, "new"),
        (("new",), "old", "old"),
        (("old", "alone"), None, "old"),
        (("alone",), None, "alone"),
        (("alone", "old"), "alone", "alone"),
    ],
)
def test_whose_machine_is_shown(
    dashboard: Dashboard, logged: Sequence[str], chosen: str | None, machine: str | None
) -> None:
    log_machines(dashboard, *logged)
    dashboard.view.run_id = chosen
    assert shown(dashboard) == machine


def test_without_a_project_there_is_no_machine() -> None:
    assert shown_machine(Dashboard()) is None
    assert system_charts(Dashboard()) == []


def test_charts_are_those_that_the_options_chose(dashboard: Dashboard) -> None:
    log_machines(dashboard, "new")
    assert len(system_charts(dashboard)) == 2
    dashboard.view.selection = Selection(metrics=("own",))
    assert [line.key for chart in system_charts(dashboard) for line in chart.lines] == ["own"]


def test_an_enlarged_chart_fills_the_screen(dashboard: Dashboard) -> None:
    log_machines(dashboard, "new")
    press(dashboard, "y")
    assert system_layout(dashboard, 9).page_size > 1
    press(dashboard, "enter")
    assert system_layout(dashboard, 9).page_size == 1
