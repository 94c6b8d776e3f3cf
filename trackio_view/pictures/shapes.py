"""The glyphs that a picture draws itself: braille, blocks, boxes and marks, as shapes.

Fonts disagree on where a braille dot sits and whether box lines meet. Shapes don't: they are
given in the units of a cell that is 12 wide and 24 high, so that braille dots lie on a square
grid and every edge of a block falls on a whole unit or half of one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

CELL_WIDTH = 12
CELL_HEIGHT = 24
DOT_RADIUS = 2.0
"""Radius of a braille dot."""

_MIDDLE_X, _MIDDLE_Y = CELL_WIDTH / 2, CELL_HEIGHT / 2
_BEND_RADIUS = CELL_WIDTH / 2


class Rectangle(NamedTuple):
    """A filled rectangle."""

    left: float
    top: float
    right: float
    bottom: float
    opacity: float = 1.0


class Disc(NamedTuple):
    """A filled circle, or a ring where it has a hole."""

    x: float
    y: float
    radius: float
    hole: float = 0.0


class Triangle(NamedTuple):
    """A filled triangle."""

    corners: tuple[tuple[float, float], tuple[float, float], tuple[float, float]]


class Bend(NamedTuple):
    """A quarter of a ring that joins the middle of a side to the middle of the cell's height."""

    right: bool
    """Whether it leads to the right side, else to the left."""
    down: bool
    """Whether it comes from below, else from above."""
    thickness: float

    @property
    def center(self) -> tuple[float, float]:
        """Where the circle's centre is."""
        return (
            _MIDDLE_X + (_BEND_RADIUS if self.right else -_BEND_RADIUS),
            _MIDDLE_Y + (_BEND_RADIUS if self.down else -_BEND_RADIUS),
        )

    @property
    def radii(self) -> tuple[float, float]:
        """The inner and the outer radius."""
        return _BEND_RADIUS - self.thickness / 2, _BEND_RADIUS + self.thickness / 2


Shape = Rectangle | Disc | Triangle | Bend


def is_braille(glyph: str) -> bool:
    """Return whether a glyph is a braille pattern."""
    return len(glyph) == 1 and 0x2800 <= ord(glyph) <= 0x28FF


def braille_dots(glyph: str) -> list[tuple[float, float]]:
    """Return the centres of a braille pattern's dots (Unicode, block 2800)."""
    bits = ord(glyph) - 0x2800
    return [place for bit, place in enumerate(_BRAILLE_PLACES) if bits >> bit & 1]


# Dots are numbered down the left side, down the right side, then along the bottom.
_BRAILLE_PLACES = tuple(
    (3.0 + 6 * column, 3.0 + 6 * row)
    for column, row in ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
)


@lru_cache(maxsize=1024)
def shapes_of(glyph: str) -> tuple[Shape, ...] | None:
    """Return the shapes that draw a glyph, or `None` where it is left to a font."""
    if is_braille(glyph):
        return tuple(Disc(x, y, DOT_RADIUS) for x, y in braille_dots(glyph))
    return _SHAPES.get(glyph)


def _lines(
    *, left: float = 0, up: float = 0, right: float = 0, down: float = 0
) -> tuple[Rectangle, ...]:
    """Return lines from the cell's middle to its sides, each as thick as given. Where they meet, it
    is the horizontal ones that fill the corner.
    """
    along = max(up, down) / 2
    found: list[Rectangle] = []
    if left and left == right:
        found.append(Rectangle(0, _MIDDLE_Y - left / 2, CELL_WIDTH, _MIDDLE_Y + left / 2))
    elif left:
        found.append(Rectangle(0, _MIDDLE_Y - left / 2, _MIDDLE_X + along, _MIDDLE_Y + left / 2))
    elif right:
        start = _MIDDLE_X - along
        found.append(Rectangle(start, _MIDDLE_Y - right / 2, CELL_WIDTH, _MIDDLE_Y + right / 2))
    if up and up == down:
        found.append(Rectangle(_MIDDLE_X - along, 0, _MIDDLE_X + along, CELL_HEIGHT))
    elif up:
        found.append(Rectangle(_MIDDLE_X - up / 2, 0, _MIDDLE_X + up / 2, _MIDDLE_Y))
    elif down:
        found.append(Rectangle(_MIDDLE_X - down / 2, _MIDDLE_Y, _MIDDLE_X + down / 2, CELL_HEIGHT))
    return tuple(found)


def _corner(*, right: bool, down: bool) -> tuple[Shape, ...]:
    half = _LIGHT / 2
    top = _MIDDLE_Y + _BEND_RADIUS if down else 0
    bottom = CELL_HEIGHT if down else _MIDDLE_Y - _BEND_RADIUS
    straight = Rectangle(_MIDDLE_X - half, top, _MIDDLE_X + half, bottom)
    return Bend(right, down, _LIGHT), straight


def _from_left(eighths: int) -> tuple[Rectangle, ...]:
    return (Rectangle(0, 0, CELL_WIDTH * eighths / 8, CELL_HEIGHT),)


def _from_below(eighths: int) -> tuple[Rectangle, ...]:
    return (Rectangle(0, CELL_HEIGHT * (8 - eighths) / 8, CELL_WIDTH, CELL_HEIGHT),)


def _quadrants(bits: int) -> tuple[Rectangle, ...]:
    """Return the quarters of a cell: 1 top left, 2 top right, 4 bottom left, 8 bottom right."""
    found: list[Rectangle] = []
    for row, sides in enumerate((bits & 3, bits >> 2)):
        if sides:
            left = 0 if sides & 1 else _MIDDLE_X
            right = CELL_WIDTH if sides & 2 else _MIDDLE_X
            found.append(Rectangle(left, _MIDDLE_Y * row, right, _MIDDLE_Y * (row + 1)))
    return tuple(found)


def _shade(opacity: float) -> tuple[Rectangle, ...]:
    # The shade is even and not dotted, because dots turn into a pattern when the picture is scaled.
    return (Rectangle(0, 0, CELL_WIDTH, CELL_HEIGHT, opacity),)


def _triangle(*corners: tuple[float, float]) -> tuple[Triangle, ...]:
    first, second, third = corners
    return (Triangle((first, second, third)),)


_LIGHT, _HEAVY = 2.0, 4.0

_SHAPES: dict[str, tuple[Shape, ...]] = {
    "─": _lines(left=_LIGHT, right=_LIGHT),
    "│": _lines(up=_LIGHT, down=_LIGHT),
    "┌": _lines(right=_LIGHT, down=_LIGHT),
    "┐": _lines(left=_LIGHT, down=_LIGHT),
    "└": _lines(right=_LIGHT, up=_LIGHT),
    "┘": _lines(left=_LIGHT, up=_LIGHT),
    "├": _lines(right=_LIGHT, up=_LIGHT, down=_LIGHT),
    "┤": _lines(left=_LIGHT, up=_LIGHT, down=_LIGHT),
    "┬": _lines(left=_LIGHT, right=_LIGHT, down=_LIGHT),
    "┴": _lines(left=_LIGHT, right=_LIGHT, up=_LIGHT),
    "┼": _lines(left=_LIGHT, up=_LIGHT, right=_LIGHT, down=_LIGHT),
    "╴": _lines(left=_LIGHT),
    "╵": _lines(up=_LIGHT),
    "╶": _lines(right=_LIGHT),
    "╷": _lines(down=_LIGHT),
    "━": _lines(left=_HEAVY, right=_HEAVY),
    "┃": _lines(up=_HEAVY, down=_HEAVY),
    "╸": _lines(left=_HEAVY),
    "╺": _lines(right=_HEAVY),
    "╭": _corner(right=True, down=True),
    "╮": _corner(right=False, down=True),
    "╰": _corner(right=True, down=False),
    "╯": _corner(right=False, down=False),
    **{glyph: _from_left(eighths) for eighths, glyph in enumerate("▏▎▍▌▋▊▉█", 1)},
    **{glyph: _from_below(eighths) for eighths, glyph in enumerate("▁▂▃▄▅▆▇", 1)},
    "▀": _quadrants(3),
    "▐": _quadrants(10),
    "▔": (Rectangle(0, 0, CELL_WIDTH, CELL_HEIGHT / 8),),
    "▕": (Rectangle(CELL_WIDTH * 7 / 8, 0, CELL_WIDTH, CELL_HEIGHT),),
    **{
        glyph: _quadrants(bits)
        for glyph, bits in zip("▘▝▖▗▚▞▙▟▛▜", (1, 2, 4, 8, 9, 6, 13, 14, 7, 11), strict=True)
    },
    "░": _shade(0.25),
    "▒": _shade(0.5),
    "▓": _shade(0.75),
    "●": (Disc(_MIDDLE_X, _MIDDLE_Y, 4.5),),
    "○": (Disc(_MIDDLE_X, _MIDDLE_Y, 4.5, 2.75),),
    "▲": _triangle((6, 7), (11, 17), (1, 17)),
    "▼": _triangle((1, 7), (11, 7), (6, 17)),
    "▶": _triangle((1, 6), (11, 12), (1, 18)),
    "◀": _triangle((11, 6), (11, 18), (1, 12)),
    "▸": _triangle((3, 8), (10, 12), (3, 16)),
    "◂": _triangle((9, 8), (9, 16), (2, 12)),
    "▴": _triangle((6, 9), (10, 16), (2, 16)),
    "▾": _triangle((2, 9), (10, 9), (6, 16)),
}
