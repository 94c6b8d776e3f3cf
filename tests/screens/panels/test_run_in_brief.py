"""The header tells the newest loss where no box stands beside the charts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest

from trackio_view.charts.palette import BAD, GOOD
from trackio_view.model.chart_events import Best, best_of
from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run, RunRows
from trackio_view.model.x_axis import XAxis
from trackio_view.screens.memo import Memo
from trackio_view.screens.panels import run_in_brief
from trackio_view.screens.panels.run_in_brief import brief_pieces
from trackio_view.screens.pieces import Piece
from trackio_view.screens.shell.frame import Composer
from trackio_view.terminal.glyphs import DESCENDING
from trackio_view.terminal.look import Look, resolved
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.responses import respond

P = ProjectId("", "p")
NOW = 1_700_000_000.0
LOSS = [4.0, 0.25, 8.0, 1.5]

Alone = Callable[..., Dashboard]


@pytest.fixture
def alone(batch: Callable[..., RunRows]) -> Alone:
    """Return a function that makes a project of one run."""

    def make(**metrics: Sequence[float]) -> Dashboard:
        made = Dashboard()
        made.watch(P)
        made.apply(LoadStarted(P, 0, 0))
        made.apply(RowsLoaded(P, 0, [batch(metrics)], len(LOSS)))
        made.apply(LoadFinished(P, 0))
        return made

    return make


def brief(dashboard: Dashboard) -> str:
    return "".join(piece.text for piece in pieces_of(dashboard))


def pieces_of(dashboard: Dashboard) -> list[Piece]:
    project, run = dashboard.project, dashboard.run
    assert project is not None
    assert run is not None
    return brief_pieces(project, run, dashboard.view.charts.framing, 8, Memo())


def header(dashboard: Dashboard, width: int, *keys: str) -> str:
    composer = Composer()
    respond(dashboard, Resized(width, 40))
    for key in keys:
        composer.compose(dashboard, NOW)
        respond(dashboard, KeyPressed(key), composer.seen)
    return resolved(composer.compose(dashboard, NOW), Look()).lines()[0]


def test_the_loss_its_best_value_and_the_learning_rate(alone: Alone) -> None:
    dashboard = alone(loss=LOSS, lr=[1e-3] * 4)
    loss, value, change, best, rate = pieces_of(dashboard)
    assert (loss.text, value.text) == (" · loss ", "1.5000")
    assert change.style == GOOD, "it fell from 4"
    assert (best.text, rate.text) == (" · min 0.2500 @1", " · lr 1e-3")


def test_the_first_frame_of_a_long_run_tells_its_best_value(alone: Alone) -> None:
    """A picture is one frame, so the header is drawn after the charts."""
    count = run_in_brief._MOST_NEW_POINTS + 1
    dashboard = alone(loss=[9.0] * count + [0.25, 3.0])
    assert f"min 0.2500 @{count:,}" in header(dashboard, 120)


def test_the_header_tells_of_the_window_and_of_the_best_value_of_all(alone: Alone) -> None:
    dashboard = alone(loss=[0.125, *[2.0] * 20, 3.0])
    respond(dashboard, KeyPressed("end"))
    assert "0.1250 @0" in brief(dashboard)
    assert pieces_of(dashboard)[2].style == BAD
    for _ in range(6):
        respond(dashboard, KeyPressed("+"))
    assert "min 0.1250 @0" in brief(dashboard)


def test_a_window_that_is_held_keeps_nothing_from_the_newest_loss(alone: Alone) -> None:
    dashboard = alone(loss=[4.0, 2.5, 8.0, 1.5])
    for key in ("1", "-", "2", "enter"):
        respond(dashboard, KeyPressed(key))
    assert brief(dashboard) == " · loss 1.5000 · min 1.5000 @3"


def test_a_run_without_a_loss_is_told_of_by_what_comes_first(alone: Alone) -> None:
    assert brief(alone(accuracy=[0.1, 0.9, 0.5])).startswith(" · accuracy 0.5000")
    assert "max 0.9000 @1" in brief(alone(accuracy=[0.1, 0.9, 0.5]))


def test_a_loss_that_is_no_number_says_so_and_has_no_best(alone: Alone) -> None:
    dashboard = alone(loss=[math.nan, math.nan])
    assert brief(dashboard) == " · loss NaN"
    assert pieces_of(dashboard)[1].style == BAD


def test_the_best_of_very_many_values_waits_for_their_line(
    alone: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_in_brief, "_MOST_NEW_POINTS", 3)
    dashboard = alone(loss=LOSS)
    assert "min" not in brief(dashboard)
    header(dashboard, 120)
    assert "min 0.2500 @1" in brief(dashboard)


def test_counts_are_written_without_decimals(alone: Alone) -> None:
    assert brief(alone(loss=[9.0, 3.0, 7.0])) == f" · loss 7 {DESCENDING} · min 3 @1"


def test_it_stands_in_the_header_while_no_box_does(alone: Alone) -> None:
    dashboard = alone(loss=LOSS)
    assert "loss 1.5000 ▼ · min 0.2500 @1" in header(dashboard, 120)
    assert "min 0.2500" not in header(dashboard, 120, "b")
    assert "step 3" in header(dashboard, 40)


def test_it_is_put_together_again_when_a_row_comes_or_the_window_changes(
    alone: Alone, batch: Callable[..., RunRows], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []

    def counted(run: Run, metric: str, axis: XAxis) -> Best | None:
        looks.append(metric)
        return best_of(run, metric, axis)

    monkeypatch.setattr(run_in_brief, "best_of", counted)
    dashboard, memo = alone(loss=[4.0] * 600), Memo()

    def told() -> str:
        project, run = dashboard.project, dashboard.run
        assert project is not None
        assert run is not None
        pieces = brief_pieces(project, run, dashboard.view.charts.framing, 8, memo)
        return "".join(piece.text for piece in pieces)

    for key in ("right", "+", "-"):
        told()
        respond(dashboard, KeyPressed(key))
    assert "loss 4" in told()
    assert len(looks) == 2, "once for each window"
    dashboard.apply(RowsLoaded(P, 0, [batch({"loss": [3.0]}, steps=[600], first_id=601)], 601))
    assert "min 3 @600" in told()
