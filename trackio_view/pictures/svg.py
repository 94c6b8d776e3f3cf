"""A frame as SVG 1.1: text as text, every glyph in its cell whatever the font; else shapes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from xml.sax.saxutils import escape

from trackio_view.pictures.shapes import (
    CELL_HEIGHT,
    CELL_WIDTH,
    DOT_RADIUS,
    Bend,
    Disc,
    Rectangle,
    Triangle,
    braille_dots,
    is_braille,
    shapes_of,
)
from trackio_view.pictures.theme import Ink, hexadecimal, ink_of
from trackio_view.terminal.cells import CONTINUATION, Frame
from trackio_view.terminal.look import Look, resolved
from trackio_view.terminal.text import REPLACEMENT
from trackio_view.terminal.themes import DARK, Theme

FONT_FAMILIES = (
    *("DejaVu Sans Mono", "Menlo", "Consolas", "Liberation Mono", "Noto Sans Mono"),
    "monospace",
)
"""The fonts in the order of preference. A viewer takes the first one that it has."""

_FONT_SIZE = 20
_BASELINE = 18
# The two characters that a frame may hold and XML 1.0 (section 2.2) may not.
_NO_XML = str.maketrans({"\ufffe": REPLACEMENT, "\uffff": REPLACEMENT})


class _Paint(NamedTuple):
    color: int
    opacity: float


class _TextLook(NamedTuple):
    """The attributes that all runs of text share, written once."""

    color: int
    bold: bool
    italic: bool
    underline: bool


def svg(frame: Frame, theme: Theme = DARK) -> bytes:
    """Return the frame as a self-contained SVG document of 12 x 24 units a cell."""
    frame = resolved(frame, Look(theme=theme))
    return "\n".join(_document(frame, theme)).encode("utf-8")


def _document(frame: Frame, theme: Theme) -> Iterator[str]:
    width, height = frame.width * CELL_WIDTH, frame.height * CELL_HEIGHT
    families = ", ".join(f"'{name}'" if " " in name else name for name in FONT_FAMILIES)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" font-family="{families}" font-size="{_FONT_SIZE}">'
    )
    yield "<title>trackio-view</title>"
    yield f'<rect width="{width}" height="{height}" fill="{hexadecimal(theme.background)}"/>'
    yield from _drawn(frame, theme, with_text=True)
    yield "</svg>\n"


def shape_elements(frame: Frame, theme: Theme) -> Iterator[str]:
    """Yield the elements of a frame's backgrounds and shapes, without its text."""
    return _drawn(frame, theme, with_text=False)


def _drawn(frame: Frame, theme: Theme, *, with_text: bool) -> Iterator[str]:
    drawing = _Shapes(theme.background)
    for y, (glyphs, styles) in enumerate(zip(frame.glyphs, frame.styles, strict=True)):
        inks = [ink_of(style, theme) for style in styles]
        for x, (glyph, ink) in enumerate(zip(glyphs, inks, strict=True)):
            drawing.add_cell(x * CELL_WIDTH, y * CELL_HEIGHT, glyph, ink)
        if with_text:
            drawing.add_text(y, glyphs, inks)
    return drawing.elements()


class _Shapes:
    """Collects shapes of the same colour, so that neighbours join without a seam."""

    def __init__(self, background: int) -> None:
        self._background = background
        self._backgrounds: defaultdict[int, list[Rectangle]] = defaultdict(list)
        self._rectangles: defaultdict[_Paint, list[Rectangle]] = defaultdict(list)
        self._outlines: defaultdict[int, list[str]] = defaultdict(list)
        self._dots: defaultdict[int, list[str]] = defaultdict(list)
        self._texts: defaultdict[_TextLook, list[str]] = defaultdict(list)

    def add_cell(self, left: int, top: int, glyph: str, ink: Ink) -> None:
        """Take in a cell's background, and its glyph where that is made of shapes."""
        if ink.background != self._background:
            cell = Rectangle(left, top, left + CELL_WIDTH, top + CELL_HEIGHT)
            self._backgrounds[ink.background].append(cell)
        if is_braille(glyph):
            for x, y in braille_dots(glyph):
                self._dots[ink.foreground].append(f"M{left + x:g} {top + y:g}h.01")
            return
        for shape in shapes_of(glyph) or ():
            if isinstance(shape, Rectangle):
                paint = _Paint(ink.foreground, shape.opacity)
                self._rectangles[paint].append(
                    Rectangle(
                        left + shape.left,
                        top + shape.top,
                        left + shape.right,
                        top + shape.bottom,
                    )
                )
            else:
                self._outlines[ink.foreground].append(_outline(shape, left, top))

    def add_text(self, y: int, glyphs: list[str], inks: list[Ink]) -> None:
        """Take in a row's text, a run of one look at a time."""
        for start, run, ink in _runs(glyphs, inks):
            places = " ".join(str((start + offset) * CELL_WIDTH) for offset in range(len(run)))
            text = escape("".join(run).translate(_NO_XML))
            look = _TextLook(ink.foreground, ink.bold, ink.italic, ink.underline)
            # A cluster of several characters is a run of its own and has one place.
            self._texts[look].append(
                f'<text x="{places}" y="{y * CELL_HEIGHT + _BASELINE}">{text}</text>'
            )

    def elements(self) -> Iterator[str]:
        """Yield the elements, from back to front."""
        for color, cells in self._backgrounds.items():
            yield f'<path class="background" fill="{hexadecimal(color)}" d="{_path(cells)}"/>'
        for paint, rectangles in self._rectangles.items():
            opacity = f' fill-opacity="{paint.opacity:g}"' if paint.opacity < 1 else ""
            yield f'<path fill="{hexadecimal(paint.color)}"{opacity} d="{_path(rectangles)}"/>'
        for color, outlines in self._outlines.items():
            # A ring's hole is drawn inside its rim.
            yield (
                f'<path fill="{hexadecimal(color)}" fill-rule="evenodd" d="{"".join(outlines)}"/>'
            )
        for color, dots in self._dots.items():
            yield (
                f'<path class="dots" fill="none" stroke="{hexadecimal(color)}"'
                f' stroke-width="{2 * DOT_RADIUS:g}" stroke-linecap="round" d="{"".join(dots)}"/>'
            )
        for look, texts in self._texts.items():
            attributes = f'fill="{hexadecimal(look.color)}"'
            attributes += ' font-weight="bold"' if look.bold else ""
            attributes += ' font-style="italic"' if look.italic else ""
            attributes += ' text-decoration="underline"' if look.underline else ""
            # Blanks within a run have places of their own and must not be collapsed.
            yield f'<g xml:space="preserve" {attributes}>'
            yield from texts
            yield "</g>"


def _runs(glyphs: list[str], inks: list[Ink]) -> Iterator[tuple[int, list[str], Ink]]:
    """Yield runs of text glyphs in one look: first column, glyphs, ink.

    A single blank is part of a run, so that phrases stay together. All underlined blanks are part
    of runs. Wide and combined glyphs are runs of their own.
    """
    start, run = 0, list[str]()

    def ended() -> Iterator[tuple[int, list[str], Ink]]:
        while run and run[-1] == " " and not inks[start].underline:
            run.pop()
        if run:
            yield start, run, inks[start]

    for x, glyph in enumerate(glyphs):
        blank = glyph == " " and not inks[x].underline
        drawn = glyph != CONTINUATION and shapes_of(glyph) is None and not blank
        alone = len(glyph) > 1 or (x + 1 < len(glyphs) and glyphs[x + 1] == CONTINUATION)
        single_blank = blank and bool(run) and run[-1] != " "
        continues = bool(run) and inks[x] == inks[start] and not alone
        if continues and (drawn or single_blank):
            run.append(glyph)
            continue
        yield from ended()
        run = [glyph] if drawn else []
        start = x
        if drawn and alone:
            yield from ended()
            run = []
    yield from ended()


def _path(rectangles: Iterable[Rectangle]) -> str:
    return "".join(
        f"M{left:g} {top:g}h{right - left:g}v{bottom - top:g}h{left - right:g}z"
        for left, top, right, bottom, _ in _merged(rectangles)
    )


def _merged(rectangles: Iterable[Rectangle]) -> list[Rectangle]:
    """Return the same area in fewer rectangles: neighbours in a row are joined, then rows."""
    rows: list[Rectangle] = []
    for piece in sorted(rectangles, key=lambda piece: (piece.top, piece.bottom, piece.left)):
        last = rows[-1] if rows else None
        if last and (last.top, last.bottom, last.right) == (piece.top, piece.bottom, piece.left):
            rows[-1] = last._replace(right=piece.right)
        else:
            rows.append(piece)
    columns: list[Rectangle] = []
    for piece in sorted(rows, key=lambda piece: (piece.left, piece.right, piece.top)):
        last = columns[-1] if columns else None
        if last and (last.left, last.right, last.bottom) == (piece.left, piece.right, piece.top):
            columns[-1] = last._replace(bottom=piece.bottom)
        else:
            columns.append(piece)
    return columns


def _outline(shape: Disc | Triangle | Bend, left: float, top: float) -> str:
    if isinstance(shape, Triangle):
        points = " ".join(f"{left + x:g} {top + y:g}" for x, y in shape.corners)
        return f"M{points}z"
    if isinstance(shape, Disc):
        circles = [_circle(left + shape.x, top + shape.y, shape.radius)]
        if shape.hole:
            circles.append(_circle(left + shape.x, top + shape.y, shape.hole))
        return "".join(circles)
    inner, outer = shape.radii
    x, y = left + shape.center[0], top + shape.center[1]
    side, height = (1 if shape.right else -1), (1 if shape.down else -1)
    clockwise = int(shape.right == shape.down)
    return (
        f"M{x - side * outer:g} {y:g}"
        f"A{outer:g} {outer:g} 0 0 {clockwise} {x:g} {y - height * outer:g}"
        f"V{y - height * inner:g}"
        f"A{inner:g} {inner:g} 0 0 {1 - clockwise} {x - side * inner:g} {y:g}z"
    )


def _circle(x: float, y: float, radius: float) -> str:
    arc = f"a{radius:g} {radius:g} 0 0 1"
    return f"M{x - radius:g} {y:g}{arc} {2 * radius:g} 0{arc} {-2 * radius:g} 0z"
