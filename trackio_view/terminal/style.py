"""Colours and text attributes, and the escape sequence that selects them."""

from __future__ import annotations

import enum

from trackio_view.light_typing import NamedTuple


class ColorDepth(enum.IntEnum):
    """How many colours a terminal shows."""

    MONOCHROME = 0
    ANSI = 16
    XTERM = 256
    TRUECOLOR = 1 << 24


class Color(NamedTuple):
    """One colour, chosen by hand for each depth: a nearest-colour search muddies gradients."""

    rgb: int
    """0xRRGGBB, for terminals with 24-bit colour."""
    xterm: int
    """Index into the 256-colour palette."""
    ansi: int
    """Index into the 16 basic colours: 0 to 7 normal, 8 to 15 bright."""


THEME_NAMES = ("dark", "light", "contrast", "blind", "mono")
"""The names of the themes. `terminal.themes` has what is in each of them."""
SHADES = 48
"""How many colours a gradient has."""
LINE_COLOR_COUNT = 8
"""How many colours lines have that are told apart."""


class Meaning(NamedTuple):
    """What a colour says; a theme has a colour for it."""

    name: str
    """Such as `accent`, the name of a gradient, or `line`."""
    number: int = 0
    """The number of a gradient's shade from low to high, or of a line's colour."""


class Style(NamedTuple):
    """How a cell looks; `None` is the terminal's own colour."""

    foreground: Color | Meaning | None = None
    background: Color | Meaning | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False


PLAIN = Style()


class StyledText(NamedTuple):
    """A piece of text in one style."""

    text: str
    style: Style
    short: str = ""
    """A shorter text that takes its place on a border without room for all."""
    on: object = None
    """What it is to somebody who points at it, on a border."""


def select_graphic_rendition(style: Style, depth: ColorDepth) -> str:
    """Return the SGR sequence (ECMA-48, 8.3.117) that selects `style` from any earlier state.

    The sequence starts with a reset, so it does not depend on what was selected before. A
    monochrome terminal keeps bold, dim, italic, underline and reverse. A meaning has no colour
    before a theme gave it one (`look.rendition`).
    """
    codes = ["0"]
    attributes = (
        (style.bold, "1"),
        (style.dim, "2"),
        (style.italic, "3"),
        (style.underline, "4"),
        (style.reverse, "7"),
    )
    codes.extend(code for wanted, code in attributes if wanted)
    if depth is not ColorDepth.MONOCHROME:
        if isinstance(style.foreground, Color):
            codes.append(_color_code(style.foreground, depth, background=False))
        if isinstance(style.background, Color):
            codes.append(_color_code(style.background, depth, background=True))
    return f"\x1b[{';'.join(codes)}m" if len(codes) > 1 else "\x1b[m"


def what_differs(before: Style, after: Style, depth: ColorDepth) -> str | None:
    """Return the SGR sequence that selects `after` where `before` is selected, for styles of which
    the weight or the foreground alone differs; `None` for others.

    Code 22 takes back both bold and dim.
    """
    if before._replace(bold=after.bold, dim=after.dim) == after:
        codes = ["22"] * (before.bold or before.dim) + ["1"] * after.bold + ["2"] * after.dim
        return f"\x1b[{';'.join(codes)}m"
    color, has_colors = after.foreground, depth is not ColorDepth.MONOCHROME
    if has_colors and isinstance(color, Color) and before._replace(foreground=color) == after:
        return f"\x1b[{_color_code(color, depth, background=False)}m"
    return None


def _color_code(color: Color, depth: ColorDepth, *, background: bool) -> str:
    if depth is ColorDepth.TRUECOLOR:
        red, green, blue = color.rgb >> 16, color.rgb >> 8 & 0xFF, color.rgb & 0xFF
        return f"{48 if background else 38};2;{red};{green};{blue}"
    if depth is ColorDepth.XTERM:
        return f"{48 if background else 38};5;{color.xterm}"
    base = (40 if background else 30) if color.ansi < 8 else (100 if background else 90) - 8
    return str(base + color.ansi)
