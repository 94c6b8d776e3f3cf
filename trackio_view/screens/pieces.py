"""One line of text, put together from pieces that give way by importance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, groupby

from trackio_view.charts.palette import MUTED, VALUE
from trackio_view.light_typing import NamedTuple
from trackio_view.screens.memo import Memo
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import SEPARATOR, Signed
from trackio_view.terminal.style import PLAIN, Style
from trackio_view.terminal.text import text_width
from trackio_view.wording.sentences import fit_sentence, sentence_lines


class Piece(NamedTuple):
    """Some text of a line. Where room is short, pieces of a low `rank` stay longest. Pieces of one
    rank stay or go together.
    """

    text: str
    style: Style = PLAIN
    rank: int = 0
    on: object = None
    """What a click on it is about; `None` where it means nothing."""
    needs: int | None = None
    """The rank without which it would say nothing, lower than its own."""


def pieces_width(pieces: Iterable[Piece]) -> int:
    """Return how many columns pieces take together."""
    return sum(text_width(piece.text) for piece in pieces)


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
    pieces = [*left, *right]
    widths = [text_width(piece.text) for piece in pieces]
    kept = _kept_ranks(pieces, widths, end - x - (4 if right else 2))
    shown_right = [piece for piece in right if _is_kept(piece, kept)]
    if shown_right and shown_right[0] is not right[0]:
        # The separator before it would separate it from nothing.
        shown_right[0] = _without_separator(shown_right[0])
    right_x = end - 1 - pieces_width(shown_right)
    left_end = right_x - 1 if shown_right else end - 1
    column = x + 1
    for piece in left:
        if _is_kept(piece, kept):
            column = _put(frame, column, y, piece, max(0, left_end - column))
    column = right_x
    for piece in shown_right:
        column = _put(frame, column, y, piece)


def draw_rows(frame: Frame, rows: Iterable[int], pieces: Sequence[Piece]) -> list[Piece]:
    """Draw pieces from the left end of rows, in each as many as have room; return those left over.

    Neighbours of one rank stay in one row. Before the first of a row, there are no blanks.
    """
    groups = [list(group) for _, group in groupby(pieces, lambda piece: piece.rank)]
    for y in rows:
        row: list[Piece] = []
        while groups and (not row or pieces_width([*row, *groups[0]]) <= frame.width - 2):
            row += groups.pop(0)
            row[0] = _without_blanks(row[0])
        draw_line(frame, y, row)
    left = list(chain.from_iterable(groups))
    return [_without_blanks(left[0]), *left[1:]] if left else []


def _without_blanks(piece: Piece) -> Piece:
    text = piece.text.lstrip(" ")
    return piece._replace(text=Signed(text) if isinstance(piece.text, Signed) else text)


def draw_kept_line(
    frame: Frame, y: int, left: Sequence[Piece], right: Sequence[Piece], memo: Memo
) -> None:
    """Draw pieces from both ends of a row as `draw_line` does. Pieces that were drawn before are
    not laid out again.
    """

    def draw() -> Frame:
        line = Frame(frame.width, 1)
        draw_line(line, 0, left, right)
        return line

    key = ("line", frame.width, tuple(left), tuple(right))
    frame.blit(memo.get(key, draw), 0, y)


def _without_separator(piece: Piece) -> Piece:
    text = piece.text
    if not text.startswith(" "):
        return piece
    return piece._replace(text=text.removeprefix(f" {SEPARATOR} ").lstrip(" "))


def _put(frame: Frame, x: int, y: int, piece: Piece, limit: int | None = None) -> int:
    end = frame.put(x, y, piece.text, piece.style, limit=limit)
    if piece.on is not None:
        frame.regions.append((Rect(x, y, end - x, 1), piece.on))
    return end


def _is_kept(piece: Piece, ranks: set[int]) -> bool:
    return piece.rank in ranks and (piece.needs is None or piece.needs in ranks)


def _kept_ranks(pieces: Sequence[Piece], widths: Sequence[int], room: int) -> set[int]:
    """Return the ranks that fit: rank by rank, those that don't are passed over.

    The first rank is always among them; what is too long is cut where it is drawn.
    """
    if sum(widths) <= room:
        return {piece.rank for piece in pieces}
    own: dict[int, int] = {}
    needing: list[tuple[int, int, int]] = []
    for piece, width in zip(pieces, widths, strict=True):
        rank, needs = piece.rank, piece.needs
        own[rank] = own.get(rank, 0) + (width if needs is None else 0)
        if needs is not None:
            needing.append((rank, needs, width))
    ranks: set[int] = set()
    for rank, width in sorted(own.items()):
        for its_rank, needs, more in needing:
            if its_rank == rank and needs in ranks:
                width += more
        if width <= room or not ranks:
            ranks.add(rank)
            room -= width
    return ranks


_LINES_OF_A_SENTENCE = 3


def draw_in_middle(frame: Frame, area: Rect, sentences: Sequence[str]) -> None:
    """Draw what is said where there is nothing else, the first sentence bright."""
    _draw_sentences(frame, area, sentences, VALUE)


def draw_instead(frame: Frame, sentences: Sequence[str]) -> None:
    """Draw what is said in place of all that a frame would show."""
    _draw_sentences(frame, Rect(0, 0, frame.width, frame.height), sentences, MUTED)


def _draw_sentences(frame: Frame, area: Rect, sentences: Sequence[str], first: Style) -> None:
    """Draw sentences in the middle, each in several lines where there is room for all of them."""
    width = area.width - 2
    lines = [
        (line, MUTED if number else first)
        for number, sentence in enumerate(sentences)
        for line in sentence_lines(sentence, width, _LINES_OF_A_SENTENCE) or [""]
    ]
    if len(lines) > area.height:
        styles = [first, *[MUTED] * len(sentences)]
        fitted = (fit_sentence(sentence, width) for sentence in sentences)
        lines = list(zip(fitted, styles, strict=False))
    top = area.y + max(0, (area.height - len(lines)) // 2)
    for offset, (line, style) in enumerate(lines[: area.height]):
        x = area.x + max(1, (area.width - text_width(line)) // 2)
        frame.put(x, top + offset, line, style)
