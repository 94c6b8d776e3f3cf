"""A line that is being typed: the part of it around the cursor that has room."""

from __future__ import annotations

from trackio_view.charts.palette import ACCENT, BAD, MUTED, VALUE
from trackio_view.screens.pieces import Piece
from trackio_view.terminal.glyphs import CURSOR, ELLIPSIS
from trackio_view.terminal.text import fit, text_width
from trackio_view.view.text_entry import TypedLine
from trackio_view.wording.names import Names

_WIDEST_CANDIDATE = 30


def line_pieces(line: TypedLine, width: int, wrong: int | None = None) -> list[Piece]:
    """Return what is typed: up to `width` columns before the cursor, and half as many after it.

    Where the text is no filter, the place of the fault is marked: `wrong` is its position.
    """
    text, at = line.text, len(line.before)
    first, room = at, width
    while first and room >= text_width(text[first - 1]):
        first -= 1
        room -= text_width(text[first])
    pieces = [Piece(ELLIPSIS, MUTED)] if first else []
    fault = len(text) if wrong is None else wrong
    pieces += _part(text, first, at, fault)
    pieces.append(Piece(CURSOR, VALUE if wrong is None else BAD))
    last, room = at, width // 2
    while last < len(text) and room >= text_width(text[last]):
        room -= text_width(text[last])
        last += 1
    pieces += _part(text, at, last, fault)
    if line.suggestion and last == len(text):
        pieces.append(Piece(fit(line.suggestion, width // 2), MUTED, 1))
    return pieces


def candidate_pieces(line: TypedLine, width: int) -> list[Piece]:
    """Return what the word before the cursor may become, where that is more than one thing: as
    many as have room, from the one that stands there on.
    """
    texts = line.candidates
    if len(texts) < 2:
        return []
    first = line.chosen or 0
    pieces: list[Piece] = []
    room = width - len(f"  +{len(texts)}")
    names: Names | None = None
    for place in range(first, len(texts)):
        text = texts[place]
        if text_width(text) > _WIDEST_CANDIDATE:
            names = Names(texts) if names is None else names
            text = names.cut(text, _WIDEST_CANDIDATE)
        room -= text_width(text) + 2
        if pieces and room < 0:
            break
        pieces.append(Piece(text, ACCENT if place == line.chosen else VALUE))
        pieces.append(Piece("  "))
    left = len(texts) - len(pieces) // 2
    return [*pieces, Piece(f"+{left}", MUTED)] if left else pieces


def _part(text: str, first: int, last: int, fault: int) -> list[Piece]:
    """Return a part of the text, from the place of its fault on in another colour."""
    begin, end = min(max(fault, first), last), min(max(fault + 1, first), last)
    parts = [
        Piece(text[first:begin], VALUE),
        Piece(text[begin:end], BAD._replace(reverse=True)),
        Piece(text[end:last], BAD),
    ]
    return [piece for piece in parts if piece.text]
