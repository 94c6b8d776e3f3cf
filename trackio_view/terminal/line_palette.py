"""The colours of lines that TRACKIO_COLOR_PALETTE asks for, as a theme can show them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache

from trackio_view.terminal.background import Background
from trackio_view.terminal.gradients import from_oklab, linear, to_oklab
from trackio_view.terminal.style import LINE_COLOR_COUNT, Color
from trackio_view.terminal.themes import THEMES, Theme

_HEX = r"#?([0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3,4})"
_OTHER_THAN_X11 = {
    "gray": 0x808080,
    "grey": 0x808080,
    "green": 0x008000,
    "maroon": 0x800000,
    "purple": 0x800080,
}
"""Names that mean another colour in web pages (CSS Color 4) than in X11."""
_LEAST_CONTRAST, _MORE_CONTRAST = 3.0, 4.5
"""The contrast of a line to its background: as WCAG 2.1 (1.4.11) asks for it, and in the theme
`contrast`.
"""
_STEP = 0.005
_CUBE = (0, 95, 135, 175, 215, 255)
_MOST_READ = 4096


def theme_for(
    name: str, environment: Mapping[str, str], background: Background | None = None
) -> Theme:
    """Return a theme as it is on a background; where TRACKIO_COLOR_PALETTE is set, with lines of
    its colours, which begin anew where they are fewer than lines, as on TrackIO's own page.

    They are made lighter or darker as far as they must be to be seen on the theme's background.
    """
    asked = environment.get("TRACKIO_COLOR_PALETTE", "")
    theme = THEMES[name].on(background)
    if not asked:
        return theme
    least = _MORE_CONTRAST if name == "contrast" else _LEAST_CONTRAST
    return _theme_with(theme, least, asked_colors(asked))


def asked_color_count(environment: Mapping[str, str]) -> int:
    """Return how many colours lines have before they begin anew."""
    asked = asked_colors(environment.get("TRACKIO_COLOR_PALETTE", ""))
    return len(asked) if any(color is not None for color in asked) else LINE_COLOR_COUNT


def asked_colors(text: str) -> tuple[int | None, ...]:
    """Return the colours, 0xRRGGBB, of a list like `#FF0000,0f0,teal`.

    Each has its place in the list, `None` stands for what is no colour. How opaque one is asked to
    be is left out.
    """
    return tuple(map(_color, text[:_MOST_READ].split(",")[:LINE_COLOR_COUNT]))


def _color(text: str) -> int | None:
    digits = re.fullmatch(_HEX, text.strip())
    if digits is None:
        return _named().get(text.strip().lower()) if text.strip().isalpha() else None
    one = digits[1]
    full = one if len(one) > 4 else "".join(digit * 2 for digit in one)
    return int(full[:6], 16)


def _named() -> Mapping[str, int]:
    """Return the colours that have names in web pages, 0xRRGGBB."""
    # Hardly anybody asks for one, and the table costs a start some milliseconds.
    from blessed.colorspace import X11_COLORNAMES_TO_RGB

    known = {
        name: red << 16 | green << 8 | blue
        for name, (red, green, blue) in X11_COLORNAMES_TO_RGB.items()
    }
    return {**known, **_OTHER_THAN_X11}


def contrast(one: int, other: int) -> float:
    """Return the contrast ratio of two colours, from 1 to 21 (WCAG 2.1)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@lru_cache(maxsize=16)
def _theme_with(theme: Theme, least: float, asked: tuple[int | None, ...]) -> Theme:
    if not theme.colors or not any(color is not None for color in asked):
        return theme
    lines = []
    for number, own in enumerate(theme.lines):
        color = asked[number % len(asked)]
        if color is not None:
            rgb = _legible(color, theme.background, least)
            # The 16 basic colours are too few to choose from, so the theme's own colours stay.
            own = Color(rgb, _nearest(rgb, theme.background, least), own.ansi)
        lines.append(own)
    return Theme(theme.foreground, theme.background, theme.colors, tuple(lines), theme.ramps)


def _luminance(rgb: int) -> float:
    red, green, blue = (linear((rgb >> shift & 0xFF) / 255) for shift in (16, 8, 0))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _legible(rgb: int, background: int, least: float) -> int:
    """Return a colour that is seen on a background: its hue, as light or dark as that takes."""
    lightness, green_red, blue_yellow = to_oklab(rgb)
    step = _STEP if _luminance(background) < 0.5 else -_STEP
    while contrast(rgb, background) < least and -1.0 < lightness < 2.0:
        lightness += step
        rgb = from_oklab(lightness, green_red, blue_yellow)
    return rgb


@lru_cache(maxsize=1)
def _xterm_colors() -> Mapping[int, int]:
    """Return the 240 fixed colours of xterm's palette, 0xRRGGBB by their numbers."""
    cube = {
        16 + place: _CUBE[place // 36] << 16 | _CUBE[place // 6 % 6] << 8 | _CUBE[place % 6]
        for place in range(216)
    }
    return {**cube, **{232 + place: (8 + 10 * place) * 0x010101 for place in range(24)}}


def _nearest(rgb: int, background: int, least: float) -> int:
    """Return the number of the colour of xterm's palette that looks most like one and is seen."""
    wanted = to_oklab(rgb)
    seen = [
        (math.dist(to_oklab(color), wanted), number)
        for number, color in _xterm_colors().items()
        if contrast(color, background) >= least
    ]
    return min(seen)[1]
