"""Where the charts of a page stand, and how a page without charts says why."""

from __future__ import annotations

from collections.abc import Sequence

from trackio_view.charts.palette import MUTED
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.text import text_width
from trackio_view.view.layout import Layout


def chart_place(layout: Layout, place: int, shown: int) -> Rect:
    """Return where the chart at `place` of a page of `shown` charts stands.

    The charts fill the grid exactly: those of a shorter last row share its whole width.
    """
    column, row = place % layout.columns, place // layout.columns
    rows = -(-shown // layout.columns)
    in_row = min(layout.columns, shown - row * layout.columns)
    left = layout.grid_width * column // in_row
    right = layout.grid_width * (column + 1) // in_row
    top = layout.grid_height * row // rows
    bottom = layout.grid_height * (row + 1) // rows
    return Rect(left, 1 + top, right - left, bottom - top)


def draw_sentences(frame: Frame, lines: Sequence[str]) -> None:
    """Draw what is said where there are no charts, in the middle of the frame."""
    top = max(1, (frame.height - len(lines)) // 2)
    for offset, line in enumerate(lines):
        frame.put(max(1, (frame.width - text_width(line)) // 2), top + offset, line, MUTED)
