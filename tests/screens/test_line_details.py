"""What a person wants drawn of lines: bands, marks, colours by height; in all kinds of charts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from trackio_view.model.alerts import Alert
from trackio_view.model.events import (
    AlertsLoaded,
    LoadFinished,
    LoadStarted,
    RowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import BEST, ENDED, NONFINITE, RESUMED
from trackio_view.terminal.style import Meaning
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed
from trackio_view.view.responses import respond

pytestmark = pytest.mark.usefixtures("utc")
NOW = 1_700_000_000.0
LATER = NOW + 86_400
"""When no run looks live any more."""
P = ProjectId("", "p")
ROWS = 3_000
OF_A_RUN, OF_TWO, OF_THE_WALL = (), ("t", "space", "down", "space", "v"), ("w",)


@pytest.fixture
def dashboard(batch: Callable[..., RunRows]) -> Dashboard:
    """Two noisy runs with NaN, one of them resumed and shorter."""
    made = Dashboard(width=120, height=40)
    made.watch(P)
    made.apply(LoadStarted(P, 0, 2 * ROWS))
    batches = []
    for run, rows in (("a", ROWS), ("b", ROWS // 2)):
        values = [3 - row / ROWS + math.sin(row * 7) for row in range(rows)]
        values[500] = math.nan
        steps = list(range(rows))
        steps[1000:] = [step - 100 for step in steps[1000:]]
        batches.append(batch({"train/loss": values}, run_id=run, run_name=run, steps=steps))
    made.apply(RowsLoaded(P, 0, batches, 2 * ROWS))
    made.apply(LoadFinished(P, 0))
    return made


def drawn(dashboard: Dashboard, keys: tuple[str, ...], **details: Any) -> Frame:
    charts = dashboard.view.charts
    charts.framing = charts.framing._replace(**details)
    composer = Composer()
    composer.compose(dashboard, LATER)
    for key in keys:
        respond(dashboard, KeyPressed(key), composer.seen)
        composer.compose(dashboard, LATER)
    return composer.compose(dashboard, LATER)


def dim_cells(frame: Frame) -> int:
    return sum(
        style.dim and "\u2800" <= glyph <= "\u28ff"
        for glyphs, styles in zip(frame.glyphs, frame.styles, strict=True)
        for glyph, style in zip(glyphs, styles, strict=True)
    )


@pytest.mark.parametrize("keys", [OF_A_RUN, OF_TWO, OF_THE_WALL], ids=str)
@pytest.mark.parametrize("smooth", [(), ("s",)])
def test_a_band_is_drawn_or_not(
    dashboard: Dashboard, keys: tuple[str, ...], smooth: tuple[str, ...]
) -> None:
    assert dim_cells(drawn(dashboard, (*keys, *smooth))) > 200
    assert dim_cells(drawn(dashboard, (), band=False)) == 0


@pytest.mark.parametrize("keys", [OF_A_RUN, OF_TWO, OF_THE_WALL], ids=str)
def test_events_are_marked_or_not_and_nan_always(
    dashboard: Dashboard, keys: tuple[str, ...]
) -> None:
    marks = {OF_A_RUN: [RESUMED, BEST], OF_TWO: [ENDED], OF_THE_WALL: [BEST]}[keys]
    alert = Alert(1, "a", "a", "high", None, "warn", 700, NOW)
    dashboard.apply(AlertsLoaded(P, 0, [alert], arriving=False))
    shown = drawn(dashboard, keys)
    # The best one has its sign in the box beside the charts, too.
    width = dashboard.layout.grid_width
    cells = {glyph for row in shown.glyphs[1:-2] for glyph in row[:width]}
    assert cells >= {NONFINITE, *marks}
    hidden = drawn(dashboard, (), marks=False)
    cells = {glyph for row in hidden.glyphs[1:-2] for glyph in row[:width]}
    assert NONFINITE in cells
    assert not cells & {RESUMED, BEST, ENDED}
    assert dim_cells(hidden) >= dim_cells(shown) > 200, "marks hide a part of the band"


def test_a_line_has_one_colour_or_those_of_its_heights(dashboard: Dashboard) -> None:
    def shades(frame: Frame) -> set[Any]:
        colors = {style.foreground for row in frame.styles for style in row}
        return {it for it in colors if isinstance(it, Meaning) and it.name == "low is good"}

    assert len(shades(drawn(dashboard, OF_A_RUN))) > 5
    assert len(shades(drawn(dashboard, (), gradient=False))) == 1
