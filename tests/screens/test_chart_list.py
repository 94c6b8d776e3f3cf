"""The list of all charts, drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.screens.shell.frame import Composer
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed, KeysPressed
from trackio_view.view.responses import respond

SIZES = [(40, 12), (80, 24), (120, 40), (200, 50)]
NOW = 1_700_000_000.0


@pytest.mark.parametrize("size", SIZES)
def test_groups_that_are_folded_off_in_part_and_at_the_front(
    show: Any, golden: Any, size: tuple[int, int]
) -> None:
    width, height = size
    show(width, height, "c", "home", "F", "left", "down", "down", "space", "down", "down", "left")
    golden(f"chart-list-groups-{width}x{height}", show(width, height, "up"))


def test_the_chart_or_group_of_the_line_is_told_in_full(show: Any) -> None:
    """The line of groups is left out, because other keys go through the groups here."""
    assert show(80, 24, "c", "home").lines()[-2].strip() == "train · 1 chart"
    assert show(80, 24, "space", "up").lines()[-2].strip() == "train · 1 chart · 1 off the screen"
    assert show(80, 24, "down").lines()[-2].strip() == "train/loss · off the screen"
    assert "charts 1–4 of 6" in show(80, 24, "escape").lines()[-2]


@pytest.mark.parametrize("size", SIZES)
def test_golden(show: Any, golden: Any, size: tuple[int, int]) -> None:
    width, height = size
    name = f"{width}x{height}"
    golden(f"chart-list-{name}", show(width, height, "c"))
    golden(f"chart-list-found-{name}", show(width, height, *"rain", "space", "down", "F"))
    golden(f"chart-list-nothing-{name}", show(width, height, *"zzz"))


def test_all_signs_have_twins(show: Any, golden: Any) -> None:
    golden("chart-list-ascii-80x24", show(80, 24, "c", "space", unicode=False))
    assert "Left Right fold" in show(100, 24, "down", unicode=False).lines()[-1]


def test_of_runs_that_are_compared_the_one_in_front_has_the_values(show: Any) -> None:
    shown = show(120, 40, "t", "space", "down", "space", "t", "c", *"sparsity").lines()
    assert any("sparsity " in line and "0.9000" in line for line in shown)


def test_a_key_costs_what_is_on_screen(batch: Callable[..., RunRows]) -> None:
    dashboard, composer = Dashboard(width=120, height=40), Composer()
    project = ProjectId("", "p")
    dashboard.watch(project)
    dashboard.apply(LoadStarted(project, 0, 0))
    columns = {f"group{number % 50}/metric{number}": [1.0, 2.0] for number in range(5_000)}
    dashboard.apply(RowsLoaded(project, 0, [batch(columns)], 2))
    dashboard.apply(LoadFinished(project, 0))
    composer.compose(dashboard, NOW)
    respond(dashboard, KeyPressed("c"))
    composer.compose(dashboard, NOW)
    for keys in (("4",), ("9",), ("9",), ("backspace",) * 3, ("down",), ("end",), ("space",)):
        before = composer.memo.computed
        respond(dashboard, KeysPressed(keys))
        composer.compose(dashboard, NOW)
        # A small curve is made for each line that came on screen; names are shortened once.
        assert composer.memo.computed - before < 50


def test_it_grows_by_a_group_that_a_run_begins_to_log(batch: Callable[..., RunRows]) -> None:
    dashboard, composer = Dashboard(width=80, height=24), Composer()
    project = ProjectId("", "p")
    dashboard.watch(project)
    dashboard.apply(LoadStarted(project, 0, 0))
    dashboard.apply(RowsLoaded(project, 0, [batch({"train/loss": [1.0], "val/loss": [1.0]})], 1))
    dashboard.apply(LoadFinished(project, 0))
    respond(dashboard, KeyPressed("c"))
    composer.compose(dashboard, NOW)
    more = batch({"rate": [1.0]}, steps=[1], first_id=2)
    dashboard.apply(RowsLoaded(project, 0, [more], 2))
    kept, fresh = composer.compose(dashboard, NOW), Composer().compose(dashboard, NOW)
    assert kept.lines() == fresh.lines()


def test_nothing_that_a_run_logged_is_acted_upon(batch: Callable[..., RunRows]) -> None:
    dashboard = Dashboard(width=80, height=24)
    project = ProjectId("", "p")
    dashboard.watch(project)
    dashboard.apply(LoadStarted(project, 0, 0))
    names = ("\x1b[31mred/\x07loss", "x" * 300, "日本語/損失", "")
    dashboard.apply(RowsLoaded(project, 0, [batch({name: [1.0, 2.0] for name in names})], 2))
    dashboard.apply(LoadFinished(project, 0))
    respond(dashboard, KeyPressed("c"))
    text = "\n".join(Composer().compose(dashboard, NOW).lines())
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "(no name)" in text


def test_counts_are_told_without_decimals(batch: Callable[..., RunRows]) -> None:
    dashboard, project = Dashboard(width=80, height=24), ProjectId("", "p")
    dashboard.watch(project)
    dashboard.apply(LoadStarted(project, 0, 0))
    columns = {"epoch": [1.0, 79.0], "half": [0.5, 3.0]}
    dashboard.apply(RowsLoaded(project, 0, [batch(columns)], 2))
    dashboard.apply(LoadFinished(project, 0))
    respond(dashboard, KeyPressed("c"))
    lines = Composer().compose(dashboard, NOW).lines()
    told = {words[2]: words[-2] for line in lines if len(words := line.split()) > 4 and "●" in line}
    assert (told["epoch"], told["half"]) == ("79", "3.0000")


def test_a_run_that_is_read_anew_is_drawn_anew(batch: Callable[..., RunRows]) -> None:
    """One of several generations may come to lie in memory where an older one lay."""
    dashboard, composer, project = Dashboard(width=80, height=24), Composer(), ProjectId("", "p")
    dashboard.watch(project)
    for generation in range(6):
        columns = {"loss": [float(row * generation % 7) for row in range(12)]}
        dashboard.apply(LoadStarted(project, generation, 12))
        dashboard.apply(RowsLoaded(project, generation, [batch(columns)], 12))
        dashboard.apply(LoadFinished(project, generation))
        if not generation:
            respond(dashboard, KeyPressed("c"))
        kept, fresh = composer.compose(dashboard, NOW), Composer().compose(dashboard, NOW)
        assert kept.lines() == fresh.lines()
