"""What the charts say at the cursor: in their titles, and in a line of plain words."""

from __future__ import annotations

from collections.abc import Sequence

from trackio_view.charts.box import StyledText
from trackio_view.charts.palette import BAD, LABEL, MUTED, VALUE
from trackio_view.model.run import Run
from trackio_view.model.x_axis import ELAPSED
from trackio_view.screens.chart_page import Asked, Heading
from trackio_view.screens.pieces import Piece
from trackio_view.series.sums import as_float
from trackio_view.terminal.glyphs import SEPARATOR
from trackio_view.terminal.style import Style
from trackio_view.view.chart_responses import asked_run, cursor_x
from trackio_view.view.cursor import Point, point_at
from trackio_view.view.dashboard import Dashboard
from trackio_view.wording.moments import clock_time
from trackio_view.wording.numbers import format_duration, format_exact, format_step, format_value


def asked_of(dashboard: Dashboard, runs: Sequence[tuple[Run, Style]], metric: str) -> Asked | None:
    """Return what a chart tells at the cursor of runs, the foremost last; `None` without a cursor.

    A run without a point there tells the nearest earlier one with its own step, dimly.
    """
    x = cursor_x(dashboard) if dashboard.view.has_cursor else None
    if x is None:
        return None
    axis = dashboard.view.charts.framing.axis
    told: list[tuple[Point | None, Style]] = []
    for run, style in runs:
        if metric in run.series:
            told.append((point_at(run, metric, axis, x), style))
    if not told:
        return Asked((), x)
    front, style = told[-1]
    headings = [
        Heading(metric, [StyledText(text, _style_at(front, x, style))])
        for text in _texts(front, ("exact", "rounded"))
    ]
    values = [as_float(point.value) for point, _ in told if point is not None and point.x == x]
    legend = [
        StyledText(_texts(point, ("rounded",))[0], _style_at(point, x, style))
        for point, style in reversed(told)
    ]
    return Asked(headings, x, values, legend=legend if len(told) > 1 else ())


def _style_at(point: Point | None, x: float, style: Style) -> Style:
    if point is None or point.x != x:
        return MUTED
    return BAD if point.value - point.value != 0 and style == VALUE else style


def _texts(point: Point | None, forms: Sequence[str]) -> list[str]:
    if point is None:
        return ["nothing yet"]
    write = {"exact": format_exact, "rounded": format_value}
    return [f"{write[form](point.value)} @{format_step(point.step)}" for form in forms]


def reading_pieces(dashboard: Dashboard, now: float) -> list[Piece]:
    """Return what the focused chart says at the cursor, in plain words; nothing without one."""
    asked, x = asked_run(dashboard), cursor_x(dashboard)
    if not dashboard.view.has_cursor or asked is None or x is None:
        return []
    run, metric = asked
    point = point_at(run, metric, dashboard.view.charts.framing.axis, x)
    if point is None:
        return [Piece("nothing is logged up to here", MUTED)]
    pieces = [Piece(f"step {format_step(point.step)}", VALUE)]
    elapsed = run.x(ELAPSED).values[point.row]
    if elapsed == elapsed:
        pieces.append(Piece(f" {SEPARATOR} {format_duration(elapsed)} in", LABEL, 3))
        pieces.append(Piece(f" {SEPARATOR} {clock_time(point.time, now)}", LABEL, 4))
    pieces.append(Piece("   logged ", LABEL, 1))
    pieces.append(Piece(format_exact(point.value), VALUE, 1))
    if point.x != x:
        pieces.append(Piece(f" {SEPARATOR} the last one before here", LABEL, 2))
    return pieces
