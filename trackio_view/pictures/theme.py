"""How attributes look in the colours of a theme. A terminal decides this by itself, a picture
cannot.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from trackio_view.terminal.style import Color, Style
from trackio_view.terminal.themes import Theme

_DIM_SHARE = 0.45
"""How far a dim foreground goes towards its background."""


class Ink(NamedTuple):
    """How a cell is drawn, with nothing left to a terminal."""

    foreground: int
    """0xRRGGBB."""
    background: int
    bold: bool = False
    italic: bool = False
    underline: bool = False


@lru_cache(maxsize=4096)
def ink_of(style: Style, theme: Theme) -> Ink:
    """Return the colours of a style in a theme; dim fades, reverse swaps."""
    style = theme.styled(style)
    foreground, background = theme.foreground, theme.background
    if isinstance(style.foreground, Color):
        foreground = style.foreground.rgb
    if isinstance(style.background, Color):
        background = style.background.rgb
    if style.reverse:
        foreground, background = background, foreground
    if style.dim:
        foreground = blend(foreground, background, _DIM_SHARE)
    return Ink(foreground, background, style.bold, style.italic, style.underline)


def blend(start: int, end: int, share: float) -> int:
    """Return the colour that lies `share` of the way from `start` to `end`, channel by channel."""
    mixed = 0
    for shift in (16, 8, 0):
        low, high = start >> shift & 0xFF, end >> shift & 0xFF
        mixed |= round(low + (high - low) * share) << shift
    return mixed


def hexadecimal(color: int) -> str:
    """Return a colour as HTML and SVG write it: `#14171c`."""
    return f"#{color:06x}"
