"""The one place that decides which colour means what."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

from trackio_view.model.roles import Direction, Role, kind_of
from trackio_view.series.scale import Scale
from trackio_view.terminal.style import Color, Style

# Text takes the terminal's own foreground wherever it can, so that light themes stay legible.
BORDER = Style(Color(0x4B5263, 240, 8))
BORDER_FOCUSED = Style(Color(0x5CB8F2, 75, 14))
TITLE = Style()
VALUE = Style(bold=True)
LABEL = Style(Color(0x8B93A5, 246, 7))
MUTED = Style(Color(0x686F80, 243, 8))
ACCENT = Style(Color(0x5CB8F2, 75, 14))
GOOD = Style(Color(0x5FC983, 78, 10))
WARNING = Style(Color(0xE5B64A, 179, 11))
BAD = Style(Color(0xF0635E, 203, 9))
SELECTED = Style(Color(0xFFFFFF, 231, 15), Color(0x2B5C8A, 24, 4), bold=True)
LEVEL_STYLES = {"info": ACCENT, "warn": WARNING, "error": BAD}
"""By the level of an alert."""
KEY = Style(Color(0x5CB8F2, 75, 14), bold=True)

LINE_COLORS: tuple[Color, ...] = (
    Color(0x4CDDF7, 45, 14),
    Color(0xF49F2A, 214, 3),
    Color(0x35967F, 72, 10),
    Color(0xC98FDA, 140, 13),
    Color(0xF5EB65, 228, 11),
    Color(0xCD631C, 166, 9),
    Color(0x866AD8, 98, 12),
    Color(0xAFBDA8, 151, 7),
)
"""Colours for lines that are told apart, any two of them also by who sees no red, green or blue.

Found by moving Okabe and Ito's set (2008) apart as those see it, by Machado et al. (2009)."""

_STEPS = 48
_SHADES = Scale(0.0, 1.0, _STEPS, clipped=True)


class Gradient(NamedTuple):
    """Colours for values from low to high, told apart by height as well as by hue."""

    stops: tuple[int, ...]
    """0xRRGGBB at even distances, blended between in OKLab."""
    xterm: tuple[int, ...]
    """Indexes into the 256-colour palette, each for an equal share of the range."""
    ansi: tuple[int, ...]
    """The same for the 16 basic colours."""

    def color(self, fraction: float) -> Color:
        """Return the colour at `fraction`: 0 for the lowest value, 1 for the highest.

        Fractions beyond are clamped; NaN counts as the middle.
        """
        if fraction != fraction:
            fraction = 0.5
        return _shades(self)[_SHADES.nearest(fraction)]


@lru_cache(maxsize=64)
def _shades(gradient: Gradient) -> tuple[Color, ...]:
    return tuple(
        Color(
            _blend(gradient.stops, step / (_STEPS - 1)),
            gradient.xterm[step * len(gradient.xterm) // _STEPS],
            gradient.ansi[step * len(gradient.ansi) // _STEPS],
        )
        for step in range(_STEPS)
    )


def _blend(stops: tuple[int, ...], fraction: float) -> int:
    place = fraction * (len(stops) - 1)
    below = min(int(place), len(stops) - 2)
    share = place - below
    low, high = _to_oklab(stops[below]), _to_oklab(stops[below + 1])
    lightness, green_red, blue_yellow = (
        start + (end - start) * share for start, end in zip(low, high, strict=True)
    )
    return _from_oklab(lightness, green_red, blue_yellow)


def _to_oklab(rgb: int) -> tuple[float, float, float]:
    """Return an sRGB colour in OKLab (B. Ottosson, 2020, with its published matrices)."""
    red, green, blue = (_linear((rgb >> shift & 0xFF) / 255) for shift in (16, 8, 0))
    long = math.pow(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue, 1 / 3)
    medium = math.pow(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue, 1 / 3)
    short = math.pow(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue, 1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _from_oklab(lightness: float, green_red: float, blue_yellow: float) -> int:
    long = (lightness + 0.3963377774 * green_red + 0.2158037573 * blue_yellow) ** 3
    medium = (lightness - 0.1055613458 * green_red - 0.0638541728 * blue_yellow) ** 3
    short = (lightness - 0.0894841775 * green_red - 1.2914855480 * blue_yellow) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    return _encoded(red) << 16 | _encoded(green) << 8 | _encoded(blue)


def _linear(channel: float) -> float:
    """Return the linear light of an sRGB channel (IEC 61966-2-1), both from 0 to 1."""
    return channel / 12.92 if channel <= 0.04045 else math.pow((channel + 0.055) / 1.055, 2.4)


def _encoded(light: float) -> int:
    light = min(max(light, 0.0), 1.0)
    channel = light * 12.92 if light <= 0.0031308 else 1.055 * math.pow(light, 1 / 2.4) - 0.055
    return round(channel * 255)


BLUE_TO_RED = Gradient(
    (0x4A9EFF, 0x3FCB7C, 0xEBCB4B, 0xF2934A, 0xEF5350),
    (75, 80, 78, 114, 185, 221, 215, 209, 203),
    (12, 10, 11, 3, 9),
)
RED_TO_GREEN = Gradient(
    (0xEF5350, 0xF2934A, 0xEBCB4B, 0x9BD15B, 0x3FCB7C),
    (203, 209, 215, 221, 185, 149, 114, 78),
    (9, 3, 11, 10),
)
LIGHT_BLUE_TO_PINK = Gradient(
    (0x74C7F7, 0xA9A6F5, 0xF58BC4),
    (81, 117, 111, 147, 183, 177, 212),
    (14, 12, 13),
)
TEAL_TO_VIOLET = Gradient(
    (0x35C2B8, 0x5BA8E8, 0xA78BF2),
    (43, 44, 74, 75, 111, 105, 141),
    (6, 14, 12, 13),
)
# Lightness and the blue-yellow axis both rise, the two that every kind of colour blindness keeps.
BLUE_TO_YELLOW = Gradient(
    (0x4F7FE0, 0x8E93C4, 0xC7B678, 0xF7E65A),
    (69, 104, 145, 180, 186, 227),
    (4, 12, 7, 11),
)
YELLOW_TO_BLUE = Gradient(
    (0xF7E65A, 0xC7B678, 0x8E93C4, 0x4F7FE0),
    (227, 186, 180, 145, 104, 69),
    (11, 7, 12, 4),
)


def gradient_for(metric: str, *, color_blind: bool = False) -> Gradient:
    """Return the gradient that the metric's chart is drawn in, judged by its name."""
    kind = kind_of(metric)
    if kind.direction is Direction.HIGH_IS_GOOD:
        return YELLOW_TO_BLUE if color_blind else RED_TO_GREEN
    if color_blind:
        return BLUE_TO_YELLOW
    if kind.direction is Direction.LOW_IS_GOOD:
        return BLUE_TO_RED
    return LIGHT_BLUE_TO_PINK if kind.role is Role.LEARNING_RATE else TEAL_TO_VIOLET


def change_style(metric: str, change: float | None) -> Style:
    """Return the style of a change of the metric: good, bad, or neither."""
    direction = kind_of(metric).direction
    if change is None or change != change or change == 0 or direction is Direction.NEUTRAL:
        return LABEL
    return GOOD if (change < 0) == (direction is Direction.LOW_IS_GOOD) else BAD
