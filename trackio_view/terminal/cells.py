"""A frame: the grid of cells that a screen draws and the differ compares."""

from __future__ import annotations

from collections.abc import Sequence

from trackio_view.light_typing import NamedTuple
from trackio_view.terminal.glyphs import Repertoire, shown_by
from trackio_view.terminal.style import PLAIN, Style
from trackio_view.terminal.text import MOST_ON_A_LINE, clusters

CONTINUATION = ""
"""The glyph of the second cell under a wide character."""


class Rect(NamedTuple):
    """A place in a frame, in cells."""

    x: int
    y: int
    width: int
    height: int

    def holds(self, x: int, y: int) -> bool:
        """Return whether a cell of the frame lies in it."""
        return 0 <= x - self.x < self.width and 0 <= y - self.y < self.height


class Frame:
    """A grid of cells, row by row: `glyphs[y][x]` drawn in `styles[y][x]`.

    A row is two plain lists and no list of cell objects, so that one slice assignment draws a text
    and one comparison in C skips equal rows.
    """

    __slots__ = ("glyphs", "height", "regions", "styles", "width")

    def __init__(self, width: int, height: int, style: Style = PLAIN) -> None:
        self.width = width
        self.height = height
        self.glyphs: list[list[str]] = [[" "] * width for _ in range(height)]
        self.styles: list[list[Style]] = [[style] * width for _ in range(height)]
        self.regions: list[tuple[Rect, object]] = []
        """What parts of the frame mean to somebody who points at them. Parts on top come last."""

    def put(
        self, x: int, y: int, text: str, style: Style = PLAIN, *, limit: int | None = None
    ) -> int:
        """Draw `text` from column `x` of row `y`; return the column after its last cell.

        Sanitises whatever it is given, signs that are not our own among it (`Signed` text keeps
        them), clips at the frame's edges and at `limit` columns, and never leaves half of a wide
        character behind.
        """
        end = self.width if limit is None else min(self.width, x + limit)
        if not 0 <= y < self.height or x >= end:
            return x
        if len(text) > MOST_ON_A_LINE:
            text = text[:MOST_ON_A_LINE]
        # The condition of `is_plain`, written out to save a call, because nothing else is drawn as
        # often.
        if text.isascii() and text.isprintable():
            if x < 0:
                text, x = text[-x:], 0
            return self.put_glyphs(x, y, text[: end - x], style)
        glyphs: list[str] = []
        column = x
        for glyph, width in clusters(text):
            if column + width > end:
                break
            if column < 0:
                glyphs.extend(" " * max(0, min(column + width, end)))
            else:
                glyphs.append(glyph)
                if width == 2:
                    glyphs.append(CONTINUATION)
            column += width
        return self.put_glyphs(max(x, 0), y, glyphs, style)

    def put_glyphs(
        self, x: int, y: int, glyphs: Sequence[str], style: Style | Sequence[Style] = PLAIN
    ) -> int:
        """Draw ready-made one-column glyphs, all in one style or each in its own.

        The glyphs must be our own (boxes, braille, bars) and lie within the frame; text goes
        through `put`. Return the column after the last.
        """
        end = x + len(glyphs)
        row = self.glyphs[y]
        if x < end:
            if row[x] == CONTINUATION and x > 0:
                row[x - 1] = " "
            if end < self.width and row[end] == CONTINUATION:
                row[end] = " "
        row[x:end] = glyphs
        self.styles[y][x:end] = [style] * len(glyphs) if isinstance(style, Style) else style
        return end

    def put_column(self, x: int, y: int, height: int, glyph: str, style: Style) -> None:
        """Draw one glyph of our own in so many rows, over cells that hold our own, too."""
        for row in self.glyphs[y : y + height]:
            row[x] = glyph
        for styles in self.styles[y : y + height]:
            styles[x] = style

    def blit(self, source: Frame, x: int, y: int) -> None:
        """Copy `source` with its top left cell at `x`, `y`; it must lie within this frame."""
        end = x + source.width
        if x >= end:
            return
        if source.width == self.width:
            # Whole rows, of which nothing is left: to copy one costs less than to fill another.
            bottom = y + source.height
            self.glyphs[y:bottom] = [row.copy() for row in source.glyphs]
            self.styles[y:bottom] = [row.copy() for row in source.styles]
            self._add_regions(source, x, y)
            return
        is_inner, rows, styles = end < self.width, self.glyphs[y:], self.styles[y:]
        for row, row_styles, glyphs, drawn in zip(
            rows, styles, source.glyphs, source.styles, strict=False
        ):
            if x > 0 and row[x] == CONTINUATION:
                row[x - 1] = " "
            if is_inner and row[end] == CONTINUATION:
                row[end] = " "
            row[x:end] = glyphs
            row_styles[x:end] = drawn
        self._add_regions(source, x, y)

    def _add_regions(self, source: Frame, x: int, y: int) -> None:
        # Nearly no drawing of a chart has any.
        for (left, top, width, height), what in source.regions:
            self.regions.append((Rect(left + x, top + y, width, height), what))

    def part(self, place: Rect) -> Frame:
        """Return a copy of what is drawn at a place within this frame."""
        x, y, width, height = place
        copy = Frame(width, 0)
        copy.height = height
        copy.glyphs = [row[x : x + width] for row in self.glyphs[y : y + height]]
        copy.styles = [row[x : x + width] for row in self.styles[y : y + height]]
        copy.regions = [
            (rect._replace(x=rect.x - x, y=rect.y - y), what)
            for rect, what in self.regions
            if place.holds(rect.x, rect.y)
        ]
        return copy

    def with_own_rows(self, rows: range) -> Frame:
        """Return a frame of the very same rows, of which these alone are copies to draw into."""
        frame = Frame(self.width, 0)
        frame.height = self.height
        frame.glyphs, frame.styles = self.glyphs.copy(), self.styles.copy()
        for y in rows:
            frame.glyphs[y], frame.styles[y] = self.glyphs[y].copy(), self.styles[y].copy()
        frame.regions = self.regions.copy()
        return frame

    def region(self, x: int, y: int) -> object | None:
        """Return what the part of the frame with this cell means; `None` where it means nothing."""
        held = (what for rect, what in reversed(self.regions) if rect.holds(x, y))
        return next(held, None)

    def restyle(self, rect: Rect, style: Style) -> None:
        """Give every cell of `rect` the same style, leaving its glyphs."""
        for y in range(rect.y, rect.y + rect.height):
            self.styles[y][rect.x : rect.x + rect.width] = [style] * rect.width

    def lines(self, repertoire: Repertoire = Repertoire.BRAILLE) -> list[str]:
        """Return the frame's text as a repertoire shows it, a string a row, without trailing
        blanks.
        """
        shown = shown_by(repertoire)
        return ["".join([shown[glyph] for glyph in row]).rstrip() for row in self.glyphs]
