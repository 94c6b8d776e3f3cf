"""The run's loss in a few words, for the header of charts that no box stands beside."""

from __future__ import annotations

from trackio_view.charts.palette import BAD, LABEL, VALUE, change_style
from trackio_view.charts.tick_labels import axis_number
from trackio_view.model.chart_events import best_of
from trackio_view.model.project import Project
from trackio_view.model.roles import Direction, Role, kind_of, role_of
from trackio_view.model.run import Run
from trackio_view.screens.memo import Memo
from trackio_view.screens.pieces import Piece
from trackio_view.screens.stretch import Stretch, stretch_of
from trackio_view.series.envelope import holds_counts
from trackio_view.series.series import Number, difference
from trackio_view.series.sums import as_float
from trackio_view.terminal.glyphs import ASCENDING, DESCENDING, SEPARATOR
from trackio_view.terminal.text import signed
from trackio_view.view.charts.charts_view import Framing
from trackio_view.wording.names import cut_name
from trackio_view.wording.numbers import as_counts, format_step, format_value

_WIDEST_NAME = 16
_MOST_NEW_POINTS = 10_000
"""How many values are looked at for the first time at most. With more, the rest is told once the
line is drawn.
"""


def brief_pieces(
    project: Project, run: Run, framing: Framing, rank: int, memo: Memo
) -> list[Piece]:
    """Return the newest loss of a run, whether it rose since the window began, its best value of
    all, and the learning rate; the pieces give way one after the other, the first at `rank`.
    """
    metric = run.loss
    if metric is None:
        return []
    stretch = stretch_of(project, run, framing.drawing)
    is_known = stretch.new_points(metric) <= _MOST_NEW_POINTS
    key = ("brief", stretch.key, stretch.axis, run.row_count, is_known)
    return memo.get(key, lambda: _pieces(stretch, metric, rank, is_known=is_known))


def _pieces(stretch: Stretch, metric: str, rank: int, *, is_known: bool) -> list[Piece]:
    run, series = stretch.run, stretch.run.series[metric]
    counts = is_known and holds_counts(run.steps, series, len(series))
    latest = _shown(series.number(-1), counts)
    label = "loss" if role_of(metric) is Role.LOSS else cut_name(metric, _WIDEST_NAME)
    is_finite = as_float(latest) - as_float(latest) == 0
    pieces = [
        Piece(f" {SEPARATOR} {label} ", LABEL, rank),
        Piece(format_value(latest), VALUE if is_finite else BAD, rank),
        *_change_pieces(stretch, metric, rank),
    ]
    if is_known:
        best = best_of(run, metric, stretch.axis)
        if best is not None:
            word = "min" if kind_of(metric).direction is Direction.LOW_IS_GOOD else "max"
            text = f"{word} {format_value(_shown(best.value, counts))} @{format_step(best.step)}"
            pieces.append(Piece(f" {SEPARATOR} {text}", LABEL, rank + 1))
    rate = run.first_of(Role.LEARNING_RATE)
    if rate is not None:
        value = run.series[rate].number(-1)
        text = min(axis_number(as_float(value)), format_value(value), key=len)
        pieces.append(Piece(f" {SEPARATOR} lr {text}", LABEL, rank + 2))
    return pieces


def _shown(number: Number, counts: bool) -> Number:
    """Return a number as an integer where a metric counts."""
    return as_counts(number)[0] if counts else number


def _change_pieces(stretch: Stretch, metric: str, rank: int) -> list[Piece]:
    """Return whether a metric rose or fell from the window's first value to its newest. A window
    that ends before the newest has nothing to say of it.
    """
    series = stretch.run.series[metric]
    start, end = stretch.places(metric)
    if start >= end or end < len(series):
        return []
    change = difference(series.number(start), series.number(-1))
    if change is None or not change:
        return []
    mark = ASCENDING if change > 0 else DESCENDING
    return [Piece(signed(" ", mark), change_style(metric, change), rank)]
