"""A held window stays as it is, and every change can be undone."""

from __future__ import annotations

import re
from array import array

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.screens.conftest import EXPERIMENT, NOW, ROWS
from trackio_view.model.events import RowsLoaded
from trackio_view.model.run import RunRows
from trackio_view.screens.shell.frame import Composer
from trackio_view.series.series import MetricColumn
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.responses import respond


def lines(dashboard: Dashboard) -> list[str]:
    return Composer().compose(dashboard, NOW).lines()


def new_rows(first: int, count: int) -> RunRows:
    rows = array("I", range(count))
    names = ("train/loss", "gradient_norm", "val/loss", "learning_rate")
    values = array("d", (50.0 * (row % 7) for row in rows))
    steps = array("d", range(first, first + count))
    times = array("d", [NOW + row for row in rows])
    columns = {name: MetricColumn(rows, values) for name in names}
    last = first + count - 1
    return RunRows("id2", "brave-forest-2", 3 * ROWS + last, steps, times, columns, last)


def charts_of(dashboard: Dashboard) -> list[str]:
    """Return the lines of the charts. The first row, the status and what lower borders say of the
    run's health tell of the newest row, as they should.
    """
    return [FINDING.sub(lambda found: "─" * len(found[0]), line) for line in lines(dashboard)[1:-2]]


FINDING = re.compile(" ▲ [^─]* (?=─)")


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pans=st.integers(1, 4),
    batches=st.lists(st.integers(1, 9_000), min_size=1, max_size=3),
    enlarged=st.booleans(),
)
def test_no_new_row_moves_a_held_window(
    dashboard: Dashboard, pans: int, batches: list[int], enlarged: bool
) -> None:
    respond(dashboard, Resized(80, 24))
    for key in [*"0+", *"[" * pans, *(["enter"] if enlarged else [])]:
        respond(dashboard, KeyPressed(key))
    before = charts_of(dashboard)
    run = dashboard.run
    assert run is not None
    first = run.row_count
    for count in [*batches, 10_000]:
        dashboard.apply(RowsLoaded(EXPERIMENT, 0, [new_rows(first, count)], 10**6))
        first += count
        assert charts_of(dashboard) == before
    respond(dashboard, KeyPressed("escape"))


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    keys=st.text("+-[]xsSoLDF<>;b", min_size=50, max_size=150),
    size=st.sampled_from([(40, 12), (80, 24), (120, 40), (200, 50)]),
)
def test_whatever_was_changed_is_taken_back_to_the_very_same_frame(
    dashboard: Dashboard, keys: str, size: tuple[int, int]
) -> None:
    """The state that undo restores: windows, axes, limits, smoothing, hidden charts, their order,
    their columns and the box beside them."""
    respond(dashboard, Resized(*size))
    dashboard.view.said = ""
    first, changes = lines(dashboard), 0
    for key in keys:
        before = dashboard.view.charts.framing
        respond(dashboard, KeyPressed(key))
        changes += dashboard.view.charts.framing != before
        if changes == 50:
            break
    for _ in range(changes):
        respond(dashboard, KeyPressed("u"))
    dashboard.view.said = ""
    assert lines(dashboard) == first
    respond(dashboard, KeyPressed("u"))
    assert dashboard.view.said == "no change to undo"


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)])
def test_fifty_changes_are_taken_back_to_the_very_same_frame(
    dashboard: Dashboard, size: tuple[int, int]
) -> None:
    respond(dashboard, Resized(*size))
    first = lines(dashboard)
    pressed = 0
    keys = "+[[+]-[" * 20
    for key in keys:
        before = dashboard.view.charts.framing
        respond(dashboard, KeyPressed(key))
        pressed += dashboard.view.charts.framing != before
        if pressed == 50:
            break
    assert pressed == 50
    for _ in range(50):
        respond(dashboard, KeyPressed("u"))
        assert not dashboard.view.said
    assert lines(dashboard) == first
