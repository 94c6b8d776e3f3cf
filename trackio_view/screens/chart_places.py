"""Where the charts of a page stand."""

from __future__ import annotations

from trackio_view.model.layout import Layout
from trackio_view.terminal.cells import Rect


def place_of(layout: Layout, place: int, shown: int) -> Rect:
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
