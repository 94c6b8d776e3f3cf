"""Breaks lines that are too long for their place; a text that is cut says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from trackio_view.terminal.glyphs import Signed
from trackio_view.terminal.style import PLAIN, Style, StyledText
from trackio_view.terminal.text import MOST_ON_A_PAGE, clusters, shortened, text_width

_StyledGlyph = tuple[str, int, Style]
_WORTH_KEEPING = 400
"""Characters: shorter lines are broken as fast as they are looked up."""
_LONGEST = MOST_ON_A_PAGE + 100
"""Characters: a text that was cut, its indentation and what is said of it are no longer."""


def wrapped(line: Sequence[StyledText], width: int, indent: int = 0) -> list[list[StyledText]]:
    """Return a line as lines of at most `width` columns, those after the first indented.

    They are broken at the last blank behind the indentation, in the midst of a word where there
    is none. A text longer than any page is cut, and says by how much.
    """
    whole = tuple(
        segment._replace(text=shortened(segment.text)) if len(segment.text) > _LONGEST else segment
        for segment in line
    )
    if sum(len(segment.text) for segment in whole) > _WORTH_KEEPING:
        return _kept(whole, width, indent)
    return _broken(whole, width, indent)


@lru_cache(maxsize=128)
def _kept(line: tuple[StyledText, ...], width: int, indent: int) -> list[list[StyledText]]:
    """Return what `_broken` does: a page asks again every second."""
    return _broken(line, width, indent)


def _broken(line: tuple[StyledText, ...], width: int, indent: int) -> list[list[StyledText]]:
    if sum(text_width(segment.text) for segment in line) <= width:
        return [list(line)]
    width = max(width, 2)
    # At least half of each line is left for the text.
    indent = min(indent, width // 2, width - 2)
    return [
        [
            StyledText(_joined([glyph for glyph, _, _ in cells]), style)
            for style, cells in groupby(row, key=lambda cell: cell[2])
        ]
        for row in _rows(_cells(line), width, indent)
    ]


def _cells(line: Sequence[StyledText]) -> Iterator[_StyledGlyph]:
    for segment in line:
        for glyph, columns in clusters(segment.text):
            shown = Signed(glyph) if isinstance(segment.text, Signed) else glyph
            yield shown, columns, segment.style


def _joined(glyphs: Sequence[str]) -> str:
    """Return glyphs as a text, whose signs are those of signed ones."""
    text = "".join(glyphs)
    return Signed(text) if any(isinstance(glyph, Signed) for glyph in glyphs) else text


def _rows(cells: Iterator[_StyledGlyph], width: int, indent: int) -> Iterator[list[_StyledGlyph]]:
    margin: list[_StyledGlyph] = [(" ", 1, PLAIN)] * indent
    row: list[_StyledGlyph] = []
    used = 0
    for cell in cells:
        if used + cell[1] > width:
            end = _last_word(row, indent) if cell[0] != " " else len(row)
            yield row[:end]
            row = [*margin, *row[end:]]
            used = sum(columns for _, columns, _ in row)
            if cell[0] == " " and len(row) == len(margin):
                # The blank at which a line is broken is in neither part.
                continue
        row.append(cell)
        used += cell[1]
    yield row


def _last_word(row: Sequence[_StyledGlyph], indent: int) -> int:
    """Return where the row's last word begins, its end where that is all there is."""
    for place in range(len(row) - 1, indent, -1):
        if row[place][0] == " ":
            return place + 1
    return len(row)
