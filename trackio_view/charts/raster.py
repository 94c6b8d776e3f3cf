"""Envelopes become dots, and dots become glyphs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate

from trackio_view.light_typing import NamedTuple
from trackio_view.series.envelope import Segment
from trackio_view.series.scale import Scale
from trackio_view.terminal.glyphs import Repertoire

TURN_CELLS = 2
"""So many cells in a row have the colour of one line, where lines run together and take turns."""


class DotGrid(NamedTuple):
    """How the cells of a kind of marker divide into dots."""

    columns: int
    rows: int
    bits: tuple[tuple[int, ...], ...]
    """`bits[column][row]`: the bit of a dot."""
    glyphs: tuple[str, ...]
    """Glyph by bits; the first is blank."""
    dotted: int
    """The bits of every other dot, shifted by one from row to row."""


def _dot_grid(bits: Sequence[Sequence[int]], glyphs: Sequence[str]) -> DotGrid:
    rows = len(bits[0])
    every = ((x, y) for x in range(len(bits)) for y in range(rows))
    dotted = sum(bits[x][y] for x, y in every if (x + y) % 2 == 0)
    return DotGrid(len(bits), rows, tuple(map(tuple, bits)), tuple(glyphs), dotted)


DOT_GRIDS: dict[Repertoire, DotGrid] = {
    # Unicode numbers the dots of a braille cell down the left side, then down the right side, then
    # along the bottom row, as that was added later.
    Repertoire.BRAILLE: _dot_grid(
        ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80)),
        " " + "".join(chr(0x2800 + bits) for bits in range(1, 256)),
    ),
    # Halves, because fonts that lack braille lack quarter blocks, too.
    Repertoire.BLOCKS: _dot_grid(((1, 2),), " ▀▄█"),
    Repertoire.ASCII: _dot_grid(((1, 2),), " '.:"),
}


class DotCanvas:
    """The dots of one line, in cells from the left and the top."""

    __slots__ = ("_above", "_columns", "_grid", "height", "width")

    def __init__(self, width: int, height: int, repertoire: Repertoire) -> None:
        self._grid = DOT_GRIDS[repertoire]
        self.width = width
        self.height = height
        self._columns = [0] * width
        """A number for each column of cells, with a byte for each cell. So a column of dots is set
        at once, however high it is.
        """
        self._above = _dots_above(repertoire, height)

    def cells(self) -> list[bytes]:
        """Return the bits of the cells, row by row."""
        columns = [column.to_bytes(self.height, "little") for column in self._columns]
        return list(map(bytes, zip(*columns, strict=True))) or [b""] * self.height

    @property
    def dot_columns(self) -> int:
        return self.width * self._grid.columns

    @property
    def dot_rows(self) -> int:
        return self.height * self._grid.rows

    def draw(self, segments: Sequence[Segment], rows: Scale, *, medians: bool = False) -> None:
        """Draw each segment as an unbroken line whose columns reach from their low to high, or
        through the `medians` of its columns.

        `rows` is the scale from values to rows of dots (`Scale.of_rows`).
        """
        for segment in segments:
            self._fill(_joined(_dot_spans(segment, rows, medians=medians)))

    def draw_band(
        self, segments: Sequence[Segment], rows: Scale, *, single_values: bool = False
    ) -> None:
        """Draw every other dot of each column that holds several values, from its low to its
        high; with `single_values` also the dot of each other value.
        """
        for segment in segments:
            several = [extent for extent in segment if extent.points > 1]
            if several:
                columns, _, lows, highs, _, _, _ = zip(*several, strict=True)
                spans = zip(columns, rows.nearest_of(highs), rows.nearest_of(lows), strict=True)
                self._fill(spans)
        dotted = int.from_bytes(bytes([self._grid.dotted]) * self.height, "little")
        self._columns = [column & dotted for column in self._columns]
        if single_values:
            for segment in segments:
                alone = [extent for extent in segment if extent.points == 1]
                places = [(extent.column, rows.nearest(extent.first)) for extent in alone]
                self._fill([(column, row, row) for column, row in places])

    def _fill(self, spans: Iterable[tuple[int, int, int]]) -> None:
        """Set the dots of columns from a top to a bottom row, those on the canvas."""
        columns, above, sides = self._columns, self._above, self._grid.columns
        lowest = self.dot_rows - 1
        for column, top, bottom in spans:
            if top < 0:
                top = 0
            if bottom > lowest:
                bottom = lowest
            if top <= bottom:
                side = above[column % sides]
                columns[column // sides] |= side[bottom + 1] ^ side[top]


@lru_cache(maxsize=32)
def _dots_above(repertoire: Repertoire, height: int) -> tuple[tuple[int, ...], ...]:
    """Return for each column of dots of a cell, and for each row of dots, what has all dots above
    that row in a column `height` cells high; the last row is the one below all.
    """
    grid = DOT_GRIDS[repertoire]
    dots = ([bit << 8 * y for y in range(height) for bit in column] for column in grid.bits)
    return tuple(tuple(accumulate(column, initial=0)) for column in dots)


def _joined(spans: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Return spans of neighbouring columns without gaps: two that don't touch are both made longer,
    each in its own column, and meet half way.
    """
    if not spans:
        return []
    joined: list[tuple[int, int, int]] = []
    column, top, bottom = spans[0]
    for next_column, next_top, next_bottom in spans[1:]:
        if next_top > bottom + 1:
            middle = (bottom + next_top) // 2
            joined.append((column, top, middle))
            next_top = middle + 1
        elif top > next_bottom + 1:
            middle = (top + next_bottom) // 2
            joined.append((column, middle + 1, bottom))
            next_bottom = middle
        else:
            joined.append((column, top, bottom))
        column, top, bottom = next_column, next_top, next_bottom
    joined.append((column, top, bottom))
    return joined


def _dot_spans(segment: Segment, rows: Scale, *, medians: bool) -> list[tuple[int, int, int]]:
    """Return column, top and bottom row of every column that a segment passes.

    Columns without a point are on the straight line between the neighbours that have one.
    """
    if not segment:
        return []
    columns, firsts, lows, highs, lasts, middles, _ = zip(*segment, strict=True)
    if medians:
        firsts = lows = highs = lasts = middles
    tops = rows.nearest_of(highs)
    bottoms = tops if lows == highs else rows.nearest_of(lows)
    if columns[-1] - columns[0] == len(columns) - 1:
        return list(zip(columns, tops, bottoms, strict=True))
    spans: list[tuple[int, int, int]] = []
    previous, last_value = -1, 0.0
    for column, top, bottom, first, last in zip(columns, tops, bottoms, firsts, lasts, strict=True):
        if previous >= 0 and column > previous + 1:
            row = rows.position(last_value)
            slope = (rows.position(first) - row) / (column - previous)
            for between in range(1, column - previous):
                nearest = math.floor(row + slope * between + 0.5)
                spans.append((previous + between, nearest, nearest))
        spans.append((column, top, bottom))
        previous, last_value = column, last
    return spans
