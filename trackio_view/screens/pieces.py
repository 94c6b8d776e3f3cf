"""One line of text, put together from pieces that give way by importance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from trackio_view.terminal.cells import Frame
from trackio_view.terminal.style import PLAIN, Style
from trackio_view.terminal.text import text_width


class Piece(NamedTuple):
    """Some text of a line; where room lacks, those of a low `rank` come first, and together."""

    text: str
    style: Style = PLAIN
    rank: int = 0


def draw_line(
    frame: Frame,
    y: int,
    left: Sequence[Piece],
    right: Sequence[Piece] = (),
    *,
    x: int = 0,
    width: int | None = None,
) -> None:
    """Draw pieces from both ends of a row, one blank inside each edge, dropping by rank."""
    end = frame.width if width is None else x + width
    kept = _kept([*left, *right], end - x - (4 if right else 2))
    shown_right = [piece for place, piece in enumerate(right, len(left)) if place in kept]
    right_x = end - 1 - sum(text_width(piece.text) for piece in shown_right)
    column = x + 1
    for place, piece in enumerate(left):
        if place in kept:
            limit = max(0, (right_x - 1 if shown_right else end - 1) - column)
            column = frame.put(column, y, piece.text, piece.style, limit=limit)
    column = right_x
    for piece in shown_right:
        column = frame.put(column, y, piece.text, piece.style)


def _kept(pieces: Sequence[Piece], room: int) -> set[int]:
    """Return the places of the pieces that fit: rank by rank, those that don't are passed over.

    The first rank is always among them; what is too long is cut where it is drawn.
    """
    widths: dict[int, int] = {}
    for piece in pieces:
        widths[piece.rank] = widths.get(piece.rank, 0) + text_width(piece.text)
    ranks: set[int] = set()
    for rank, width in sorted(widths.items()):
        if width <= room or not ranks:
            ranks.add(rank)
            room -= width
    return {place for place, piece in enumerate(pieces) if piece.rank in ranks}
