"""Colours for values from low to high, blended in a perceptual colour space."""

from __future__ import annotations

import math
from functools import lru_cache

from trackio_view.light_typing import NamedTuple
from trackio_view.terminal.style import SHADES, Color


class Ramp(NamedTuple):
    """What a theme has for a gradient: told apart by height as well as by hue."""

    stops: tuple[int, ...]
    """0xRRGGBB at even distances, blended between in OKLab."""
    xterm: tuple[int, ...]
    """Indexes into the 256-colour palette, each for an equal share of the range."""
    ansi: tuple[int, ...]
    """The same for the 16 basic colours."""

    def reversed(self) -> Ramp:
        """Return the same colours from high to low."""
        return Ramp(self.stops[::-1], self.xterm[::-1], self.ansi[::-1])


@lru_cache(maxsize=64)
def shades(ramp: Ramp) -> tuple[Color, ...]:
    """Return the `SHADES` colours of a ramp, the lowest value's first."""
    return tuple(
        Color(
            _blend(ramp.stops, step / (SHADES - 1)),
            ramp.xterm[step * len(ramp.xterm) // SHADES],
            ramp.ansi[step * len(ramp.ansi) // SHADES],
        )
        for step in range(SHADES)
    )


def _blend(stops: tuple[int, ...], fraction: float) -> int:
    place = fraction * (len(stops) - 1)
    below = min(int(place), len(stops) - 2)
    share = place - below
    low, high = to_oklab(stops[below]), to_oklab(stops[below + 1])
    lightness, green_red, blue_yellow = (
        start + (end - start) * share for start, end in zip(low, high, strict=True)
    )
    return from_oklab(lightness, green_red, blue_yellow)


def to_oklab(rgb: int) -> tuple[float, float, float]:
    """Return an sRGB colour in OKLab (B. Ottosson, 2020, with its published matrices)."""
    red, green, blue = (linear((rgb >> shift & 0xFF) / 255) for shift in (16, 8, 0))
    long = math.pow(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue, 1 / 3)
    medium = math.pow(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue, 1 / 3)
    short = math.pow(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue, 1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def from_oklab(lightness: float, green_red: float, blue_yellow: float) -> int:
    """Return the sRGB colour of a place in OKLab, the nearest where it is beyond."""
    long = (lightness + 0.3963377774 * green_red + 0.2158037573 * blue_yellow) ** 3
    medium = (lightness - 0.1055613458 * green_red - 0.0638541728 * blue_yellow) ** 3
    short = (lightness - 0.0894841775 * green_red - 1.2914855480 * blue_yellow) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    return _encoded(red) << 16 | _encoded(green) << 8 | _encoded(blue)


def linear(channel: float) -> float:
    """Return the linear light of an sRGB channel (IEC 61966-2-1), both from 0 to 1."""
    return channel / 12.92 if channel <= 0.04045 else math.pow((channel + 0.055) / 1.055, 2.4)


def _encoded(light: float) -> int:
    light = min(max(light, 0.0), 1.0)
    channel = light * 12.92 if light <= 0.0031308 else 1.055 * math.pow(light, 1 / 2.4) - 0.055
    return round(channel * 255)
