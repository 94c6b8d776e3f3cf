"""The line in which a filter of runs is typed, and what is said beside it."""

from __future__ import annotations

from trackio_view.charts.palette import ACCENT, BAD, KEY, LABEL, WARNING
from trackio_view.screens.canvas import Canvas, Drawing
from trackio_view.screens.panels.typed_line import line_pieces
from trackio_view.screens.pieces import Piece
from trackio_view.terminal.text import fit
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.runs.table import RunsTable


def filter_pieces(dashboard: Dashboard, width: int) -> list[Piece]:
    """Return the line in which a filter is typed; where it does not parse, the place is marked."""
    view = dashboard.view.runs
    wrong = view.fault.position if view.fault is not None else None
    return [Piece("filter: ", LABEL, 3), *line_pieces(view.typing, max(8, width), wrong)]


def filter_hints(dashboard: Dashboard, now: float, width: int) -> list[Piece]:
    """Return what stands beside a filter that is typed: its fault, or how many runs match."""
    fault = dashboard.view.runs.fault
    if fault is not None:
        return [Piece(fit(fault.message, max(8, width)), BAD)]
    shown = dashboard.runs_table(now)
    if shown.unknown_fields:
        return [Piece(no_run_has(shown), WARNING, 1)]
    return [
        Piece(f"{len(shown.matching):,} of {shown.total:,}", ACCENT, 1),
        Piece("   Enter", KEY, 2),
        Piece(" keep  ", LABEL, 2),
        Piece("Esc", KEY, 2),
        Piece(" drop", LABEL, 2),
    ]


def no_run_has(shown: RunsTable) -> str:
    """Return which fields of the filter no run has."""
    return f"no run has {' or '.join(shown.unknown_fields)}"


def _pieces(canvas: Canvas, width: int) -> tuple[list[Piece], list[Piece]]:
    frame, _, dashboard, now, _, _, _, _ = canvas
    room = frame.width - min(len(dashboard.view.runs.typing.text), frame.width // 2) - 6
    hints = filter_hints(dashboard, now, room)
    return filter_pieces(dashboard, width), hints


DRAWING = Drawing(typed=_pieces)
