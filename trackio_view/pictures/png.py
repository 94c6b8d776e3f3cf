"""A frame as PNG: braille, blocks and boxes as shapes, text with a font of this machine.

Needs Pillow, which trackio brings along; loaded only when a PNG is asked for.
"""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from trackio_view.pictures.fonts import (
    Face,
    Family,
    any_monospace_family,
    find_fallbacks,
    find_family,
    fonts_with,
    machine_fonts,
)
from trackio_view.pictures.shapes import (
    CELL_HEIGHT,
    CELL_WIDTH,
    Bend,
    Disc,
    Rectangle,
    Shape,
    Triangle,
    shapes_of,
)
from trackio_view.pictures.theme import Ink, blend, ink_of
from trackio_view.terminal.cells import CONTINUATION, Frame
from trackio_view.terminal.look import Look, resolved
from trackio_view.terminal.themes import DARK, Theme

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

_FINENESS = 8
"""Shapes are drawn this many times larger and then reduced. This gives smooth curves and exact
straight edges.
"""
# This many levels of coverage look as smooth as 256, and make a far smaller file.
_COVERAGE = [round(level / 17) * 17 for level in range(256)]
_LARGEST_PALETTE = 256
_LARGEST_FONT_SIZE = 24
_LARGEST_WIDE_FONT_SIZE = 20
"""The size of the narrow text beside it, in pixels."""
_SMALLEST_FONT_SIZE = 8
_UNDERLINE_TOP, _UNDERLINE_BOTTOM = 20, 22
# No real character, so that every font draws its sign for missing glyphs.
_NO_CHARACTER = "\U0010ffff"


class PictureFault(Exception):
    """This machine lacks what a picture needs; the text is one sentence that offers another."""


def png(frame: Frame, theme: Theme = DARK) -> bytes:
    """Return the frame as a PNG of 12 x 24 pixels a cell.

    The same frame gives the same bytes, as long as the font and Pillow are the same. The font
    is the best that this machine has. Raises `PictureFault` without Pillow or a font.
    """
    try:
        import PIL.Image  # noqa: F401 - asked for here, where there is an answer to its lack
    except ModuleNotFoundError:
        raise PictureFault(
            "A PNG needs Pillow: `pip install pillow` brings it, and an SVG needs nothing."
        ) from None
    except ImportError as error:
        raise PictureFault(
            f"A PNG needs Pillow, which cannot be loaded: {error}. An SVG needs nothing."
        ) from error
    family = find_family(machine_fonts()) or any_monospace_family()
    if family is None:
        raise PictureFault(
            "A PNG needs a monospace font, and none was found: install one, such as"
            " DejaVu Sans Mono (package fonts-dejavu-core), or write an SVG, which needs none."
        )
    cells = list(_cells(resolved(frame, Look(theme=theme)), theme, _Masks(family)))
    colors = {color for cell in cells for color in cell.colors()}
    # With a palette the file is a third smaller, and no colour changes.
    palette = sorted(colors | {theme.background}) if len(colors) < _LARGEST_PALETTE else None
    painter = _Painter(palette, theme.background)
    image = painter.blank(frame.width * CELL_WIDTH, frame.height * CELL_HEIGHT)
    for cell in cells:
        image.paste(painter.tile(cell.ink, cell.mask), (cell.left, cell.top))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


class _Cell(NamedTuple):
    """What is drawn at a place of the picture, in pixels."""

    left: int
    top: int
    ink: Ink
    mask: _Mask

    def colors(self) -> Iterator[int]:
        """Yield the colours of its pixels."""
        for level in self.mask.levels:
            yield blend(self.ink.background, self.ink.foreground, level / 255)


class _Mask:
    """How much of each pixel a glyph covers. Masks are compared by identity, because each is made
    once.
    """

    def __init__(self, image: Image) -> None:
        self.image = image.point(_COVERAGE)
        self.levels = [level for level, count in enumerate(self.image.histogram()) if count]


def _cells(frame: Frame, theme: Theme, masks: _Masks) -> Iterator[_Cell]:
    """Yield what a frame has besides the bare background."""
    for y, (glyphs, styles) in enumerate(zip(frame.glyphs, frame.styles, strict=True)):
        for x, (glyph, style) in enumerate(zip(glyphs, styles, strict=True)):
            ink = ink_of(style, theme)
            blank = glyph == " " and ink.background == theme.background and not ink.underline
            if blank or glyph == CONTINUATION:
                continue
            wide = x + 1 < frame.width and glyphs[x + 1] == CONTINUATION
            mask = masks.of(glyph, ink, 2 if wide else 1)
            yield _Cell(x * CELL_WIDTH, y * CELL_HEIGHT, ink, mask)


class _Masks:
    """Draws each kind of glyph once."""

    def __init__(self, family: Family) -> None:
        self._typesetter = _Typesetter(family)
        self._drawn: dict[tuple[str, bool, bool, bool, int], _Mask] = {}

    def of(self, glyph: str, ink: Ink, columns: int) -> _Mask:
        """Return the mask of a glyph that is one or two cells wide."""
        key = (glyph, ink.bold, ink.italic, ink.underline, columns)
        mask = self._drawn.get(key)
        if mask is None:
            shapes = shapes_of(glyph)
            if shapes is not None:
                image = shapes_mask(shapes)
            else:
                image = self._typesetter.mask(glyph, ink.bold, ink.italic, columns)
            if ink.underline:
                image.paste(255, (0, _UNDERLINE_TOP, image.width, _UNDERLINE_BOTTOM))
            mask = self._drawn[key] = _Mask(image)
        return mask


class _Painter:
    """Turns masks into coloured tiles, in a palette where there is one."""

    def __init__(self, palette: Sequence[int] | None, background: int) -> None:
        self._background = background
        self._palette = palette
        self._places = {color: place for place, color in enumerate(palette or ())}
        self._tiles: dict[tuple[Ink, _Mask], Image] = {}

    def blank(self, width: int, height: int) -> Image:
        """Return a picture of nothing but background."""
        from PIL import Image

        if self._palette is None:
            return Image.new("RGB", (width, height), _channels(self._background))
        image = Image.new("P", (width, height), self._places[self._background])
        image.putpalette([channel for color in self._palette for channel in _channels(color)])
        return image

    def tile(self, ink: Ink, mask: _Mask) -> Image:
        """Return a glyph in its colours, in the mode of the picture."""
        tile = self._tiles.get((ink, mask))
        if tile is None:
            tile = self._tiles[ink, mask] = self._painted(ink, mask)
        return tile

    def _painted(self, ink: Ink, mask: _Mask) -> Image:
        from PIL import Image

        shades = {
            level: blend(ink.background, ink.foreground, level / 255) for level in mask.levels
        }
        if self._palette is not None:
            places = mask.image.point(
                _table({level: self._places[shade] for level, shade in shades.items()})
            )
            return Image.frombytes("P", places.size, places.tobytes())
        bands = (
            mask.image.point(
                _table({level: _channels(shade)[band] for level, shade in shades.items()})
            )
            for band in range(3)
        )
        return Image.merge("RGB", tuple(bands))


def _table(values: Mapping[int, int]) -> list[int]:
    """Return a value for each of 256 levels: 0 for those that `values` lacks, which no mask has."""
    table = [0] * 256
    for level, value in values.items():
        table[level] = value
    return table


def shapes_mask(shapes: tuple[Shape, ...]) -> Image:
    """Return how much of each pixel of a cell the shapes cover, 0 to 255."""
    from PIL import Image, ImageDraw

    mask = Image.new("L", (CELL_WIDTH * _FINENESS, CELL_HEIGHT * _FINENESS))
    drawing = ImageDraw.Draw(mask)
    for shape in shapes:
        _draw_shape(drawing, shape)
    return mask.reduce(_FINENESS)


def _draw_shape(drawing: ImageDraw, shape: Shape) -> None:
    if isinstance(shape, Rectangle):
        *edges, opacity = shape
        _draw_area(drawing.rectangle, edges, round(255 * opacity))
    elif isinstance(shape, Disc):
        x, y, radius, hole = shape
        _draw_area(drawing.ellipse, [x - radius, y - radius, x + radius, y + radius], 255)
        if hole:
            _draw_area(drawing.ellipse, [x - hole, y - hole, x + hole, y + hole], 0)
    elif isinstance(shape, Triangle):
        drawing.polygon([(x * _FINENESS, y * _FINENESS) for x, y in shape.corners], fill=255)
    else:
        drawing.polygon(
            [(x * _FINENESS - 0.5, y * _FINENESS - 0.5) for x, y in _ring_quarter(shape)], fill=255
        )


def _draw_area(draw: Callable[..., None], edges: list[float], fill: int) -> None:
    """Draw between edges, of which Pillow counts the right and lower as part of the area."""
    left, top, right, bottom = (round(edge * _FINENESS) for edge in edges)
    if left < right and top < bottom:
        draw((left, top, right - 1, bottom - 1), fill=fill)


def _ring_quarter(bend: Bend) -> Iterator[tuple[float, float]]:
    """Yield the outline of a bend as points close together."""
    (x, y), (inner, outer) = bend.center, bend.radii
    side, height = (-1 if bend.right else 1), (-1 if bend.down else 1)
    angles = [math.pi / 2 * step / 24 for step in range(25)]
    for radius, order in ((outer, angles), (inner, angles[::-1])):
        for angle in order:
            yield x + side * radius * math.cos(angle), y + height * radius * math.sin(angle)


class _Typesetter:
    """Draws text, a glyph at a time, in the middle of its cells."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._fallbacks = find_fallbacks(machine_fonts())
        self._fonts: dict[tuple[Face, int], FreeTypeFont | None] = {}

    def mask(self, glyph: str, bold: bool, italic: bool, columns: int) -> Image:
        """Return how much of each pixel a glyph covers; a frame where no font has it."""
        from PIL import Image, ImageDraw

        width = CELL_WIDTH * columns
        mask = Image.new("L", (width, CELL_HEIGHT))
        drawing = ImageDraw.Draw(mask)
        # The glyph is composed with its marks where Unicode has a character for both.
        base, *marks = list(unicodedata.normalize("NFC", glyph))
        if base == " " and not marks:
            return mask
        font = self._font_for(base, bold, italic, columns)
        if font is None:
            drawing.rectangle((2, 5, width - 3, CELL_HEIGHT - 6), outline=255)
            return mask
        left = round((width - font.getlength(base)) / 2)
        for character in (base, *marks):
            if character is base or _has(font, character):
                drawing.text((left, _baseline(font)), character, fill=255, font=font, anchor="ls")
        return mask

    def _font_for(
        self, character: str, bold: bool, italic: bool, columns: int
    ) -> FreeTypeFont | None:
        wanted = self._family.bold if bold else self._family.italic if italic else None
        for face in (wanted, self._family.regular, *self._fallbacks):
            font = self._opened(face, columns) if face is not None else None
            if font is not None and _has(font, character):
                return font
        for face in fonts_with(character):
            font = self._opened(face, columns)
            if font is not None and _has(font, character):
                return font
        return None

    def _opened(self, face: Face, columns: int) -> FreeTypeFont | None:
        """Return a face in the size that fits, or `None` where it can't be used."""
        key = (face, columns)
        if key not in self._fonts:
            self._fonts[key] = _fitting(face, columns)
        return self._fonts[key]


def _fitting(face: Face, columns: int) -> FreeTypeFont | None:
    from PIL import ImageFont

    # Narrow and wide glyphs of a line look alike in the same size, set by the narrow ones.
    sample = "M" if columns == 1 else "\u6c34"
    largest = _LARGEST_FONT_SIZE if columns == 1 else _LARGEST_WIDE_FONT_SIZE
    for size in range(largest, _SMALLEST_FONT_SIZE - 1, -1):
        try:
            font = ImageFont.truetype(
                face.path, size, face.number, layout_engine=ImageFont.Layout.BASIC
            )
        except (OSError, ValueError):
            return None
        # Hinting rounds, so half a pixel more is still the same pixel.
        if font.getlength(sample) < CELL_WIDTH * columns + 0.5 and _is_low(font, columns):
            return font
    return font


def _is_low(font: FreeTypeFont, columns: int) -> bool:
    """Return whether a font's characters keep within the height of a cell."""
    if columns == 1:
        return sum(font.getmetrics()) <= CELL_HEIGHT
    # Fonts of East Asian scripts leave much room above and below, so only the ink counts.
    _, top, _, bottom = font.getbbox("\u6c34\u9b31", anchor="ls")
    return _baseline(font) + top >= 0 and _baseline(font) + bottom <= CELL_HEIGHT


def _baseline(font: FreeTypeFont) -> int:
    ascent, descent = font.getmetrics()
    return round((CELL_HEIGHT - ascent - descent) / 2) + ascent


def _has(font: FreeTypeFont, character: str) -> bool:
    """Return whether a font has a glyph of its own for a character."""
    drawn, lacking = font.getmask(character), font.getmask(_NO_CHARACTER)
    return drawn.size != lacking.size or bytes(drawn) != bytes(lacking)


def _channels(color: int) -> tuple[int, int, int]:
    return color >> 16, color >> 8 & 0xFF, color & 0xFF
