"""The themes: which colour each meaning has, for terminals of any depth and for pictures."""

from __future__ import annotations

from collections.abc import Mapping

from trackio_view.light_typing import NamedTuple
from trackio_view.terminal.background import Background
from trackio_view.terminal.gradients import Ramp, shades
from trackio_view.terminal.style import THEME_NAMES, Color, Meaning, Style


class Theme:
    """One theme. A theme with empty `colors` shows attributes in place of colours."""

    __slots__ = ("background", "colors", "foreground", "lines", "ramps")

    def __init__(
        self,
        foreground: int,
        background: int,
        colors: Mapping[str, Color] | None = None,
        lines: tuple[Color, ...] = (),
        ramps: Mapping[str, Ramp] | None = None,
    ) -> None:
        self.foreground = foreground
        """0xRRGGBB of plain text in pictures; a terminal has its own, expected to be alike."""
        self.background = background
        self.colors = colors or {}
        """By the name of the meaning."""
        self.lines = lines
        """The colours of lines by their numbers. People who see no red, no green or no blue tell
        any two of them apart, too.
        """
        self.ramps = ramps or {}
        """By the name of the gradient."""

    def color(self, meaning: Meaning) -> Color | None:
        """Return the colour of a meaning, `None` in a theme without colours."""
        if not self.colors:
            return None
        if meaning.name == "line":
            return self.lines[meaning.number]
        ramp = self.ramps.get(meaning.name)
        return self.colors[meaning.name] if ramp is None else shades(ramp)[meaning.number]

    def styled(self, style: Style) -> Style:
        """Return a style with this theme's colours in the place of meanings."""
        foreground, background = style.foreground, style.background
        if not self.colors and isinstance(foreground, Meaning):
            dim = style.dim or foreground.name in _DIM_WITHOUT_COLORS
            reverse = style.reverse or background is not None
            style = style._replace(dim=dim, reverse=reverse)
        if isinstance(foreground, Meaning):
            style = style._replace(foreground=self.color(foreground))
        if isinstance(background, Meaning):
            style = style._replace(background=self.color(background))
        return style


_DIM_WITHOUT_COLORS = frozenset({"border", "muted"})

DARK = Theme(
    foreground=0xD5DAE3,
    background=0x14171C,
    colors={
        "border": Color(0x4B5263, 240, 8),
        "focused border": Color(0x5CB8F2, 75, 14),
        "label": Color(0x8B93A5, 246, 7),
        "muted": Color(0x7A8294, 244, 8),
        "accent": Color(0x5CB8F2, 75, 14),
        "good": Color(0x5FC983, 78, 10),
        "warning": Color(0xE5B64A, 179, 11),
        "bad": Color(0xF0635E, 203, 9),
        "selected text": Color(0xFFFFFF, 231, 15),
        "selected": Color(0x2B5C8A, 24, 4),
        "code": Color(0x56B4E9, 74, 14),
        "quote": Color(0xCC79A7, 175, 13),
        "link": Color(0x5CB8F2, 75, 12),
    },
    # The set of Okabe and Ito (2008), moved further apart for people who see no red, green or blue,
    # by the model of Machado et al. (2009).
    lines=(
        Color(0x4CDDF7, 45, 14),
        Color(0xF49F2A, 214, 3),
        Color(0x35967F, 72, 10),
        Color(0xC98FDA, 140, 13),
        Color(0xF5EB65, 228, 11),
        Color(0xCD631C, 166, 9),
        Color(0x866AD8, 98, 12),
        Color(0xAFBDA8, 151, 7),
    ),
    ramps={
        "low is good": Ramp(
            (0x4A9EFF, 0x3FCB7C, 0xEBCB4B, 0xF2934A, 0xEF5350),
            (75, 80, 78, 114, 185, 221, 215, 209, 203),
            (12, 10, 11, 3, 9),
        ),
        "high is good": Ramp(
            (0xEF5350, 0xF2934A, 0xEBCB4B, 0x9BD15B, 0x3FCB7C),
            (203, 209, 215, 221, 185, 149, 114, 78),
            (9, 3, 11, 10),
        ),
        "learning rate": Ramp(
            (0x74C7F7, 0xA9A6F5, 0xF58BC4),
            (81, 117, 111, 147, 183, 177, 212),
            (14, 12, 13),
        ),
        "neutral": Ramp(
            (0x35C2B8, 0x5BA8E8, 0xA78BF2),
            (43, 44, 74, 75, 111, 105, 141),
            (6, 14, 12, 13),
        ),
    },
)

# Lightness and the blue-yellow axis both rise, the two that every kind of colour blindness keeps.
_BLUE_TO_YELLOW = Ramp(
    (0x4F7FE0, 0x8E93C4, 0xC7B678, 0xF7E65A),
    (69, 104, 145, 180, 186, 227),
    (4, 12, 7, 11),
)

BLIND = Theme(
    DARK.foreground,
    DARK.background,
    colors={
        **DARK.colors,
        "good": Color(0x6FB7FF, 75, 12),
        "warning": Color(0xF0E442, 227, 11),
        "bad": Color(0xE8722C, 208, 9),
    },
    lines=(
        Color(0x5FFFFF, 87, 14),
        Color(0xFF87FF, 213, 13),
        Color(0xD7D700, 184, 3),
        Color(0x00875F, 29, 2),
        Color(0xFFFF87, 228, 11),
        Color(0xD700D7, 164, 5),
        Color(0x00AFAF, 37, 6),
        Color(0xAFAF5F, 143, 7),
    ),
    ramps={
        "low is good": _BLUE_TO_YELLOW,
        "high is good": _BLUE_TO_YELLOW.reversed(),
        "learning rate": _BLUE_TO_YELLOW,
        "neutral": _BLUE_TO_YELLOW,
    },
)

LIGHT = Theme(
    foreground=0x1F242C,
    background=0xFFFFFF,
    colors={
        "border": Color(0xA3A9B5, 248, 7),
        "focused border": Color(0x0B65B0, 25, 4),
        "label": Color(0x545B69, 240, 8),
        "muted": Color(0x636A78, 241, 8),
        "accent": Color(0x0B65B0, 25, 4),
        "good": Color(0x17733A, 22, 2),
        "warning": Color(0x845700, 94, 3),
        "bad": Color(0xB8211D, 124, 1),
        "selected text": Color(0xFFFFFF, 231, 15),
        "selected": Color(0x2B5C8A, 24, 4),
        "code": Color(0x0A6480, 24, 6),
        "quote": Color(0x8F2F6E, 89, 5),
        "link": Color(0x0B65B0, 25, 4),
    },
    lines=(
        Color(0x00A58E, 66, 6),
        Color(0xD17B1B, 202, 3),
        Color(0x4832F6, 55, 4),
        Color(0x8A5AA9, 134, 5),
        Color(0x730000, 52, 1),
        Color(0xAD3900, 124, 9),
        Color(0x4A005E, 17, 13),
        Color(0x514668, 23, 8),
    ),
    ramps={
        "low is good": Ramp(
            (0x1667C9, 0x1E8A4C, 0x8F7600, 0xB8590F, 0xC62828),
            (26, 25, 30, 29, 64, 100, 94, 130, 166, 160),
            (4, 2, 3, 5, 1),
        ),
        "high is good": Ramp(
            (0xC62828, 0xB8590F, 0x8F7600, 0x5A8420, 0x1E8A4C),
            (160, 166, 130, 94, 100, 64, 29),
            (1, 5, 3, 2),
        ),
        "learning rate": Ramp(
            (0x1B7DB8, 0x6A5FC8, 0xC0408A), (31, 32, 62, 98, 133, 132), (6, 4, 5)
        ),
        "neutral": Ramp((0x12857C, 0x2E74C0, 0x7550D0), (30, 31, 32, 62, 98), (6, 4, 5)),
    },
)

CONTRAST = Theme(
    foreground=0xFFFFFF,
    background=0x000000,
    colors={
        "border": Color(0xA9B1C0, 249, 7),
        "focused border": Color(0x7FD4FF, 117, 14),
        "label": Color(0xE4E8F0, 254, 15),
        "muted": Color(0xBAC1CE, 251, 7),
        "accent": Color(0x7FD4FF, 117, 14),
        "good": Color(0x7CF29A, 120, 10),
        "warning": Color(0xFFD75F, 221, 11),
        "bad": Color(0xFF9A94, 210, 9),
        "selected text": Color(0x000000, 16, 0),
        "selected": Color(0xFFD75F, 221, 11),
        "code": Color(0x7FD4FF, 117, 14),
        "quote": Color(0xF2B4DA, 218, 13),
        "link": Color(0x7FD4FF, 117, 14),
    },
    lines=(
        Color(0x32FFFF, 123, 14),
        Color(0xEE9600, 208, 3),
        Color(0x35967F, 65, 10),
        Color(0x82AFED, 110, 12),
        Color(0xFFFF9D, 228, 11),
        Color(0xDD540C, 196, 9),
        Color(0x9065D6, 134, 13),
        Color(0xD9CA9B, 151, 7),
    ),
    ramps=DARK.ramps,
)

CONTRAST_ON_LIGHT = Theme(
    foreground=0x000000,
    background=0xFFFFFF,
    colors={
        "border": Color(0x59606E, 241, 8),
        "focused border": Color(0x003F8F, 18, 4),
        "label": Color(0x1E232B, 235, 0),
        "muted": Color(0x3D434F, 238, 8),
        "accent": Color(0x003F8F, 18, 4),
        "good": Color(0x00521C, 22, 2),
        "warning": Color(0x5F3C00, 58, 3),
        "bad": Color(0x900000, 88, 1),
        "selected text": Color(0xFFFFFF, 231, 15),
        "selected": Color(0x003F8F, 18, 4),
        "code": Color(0x004A55, 23, 6),
        "quote": Color(0x6E0050, 53, 5),
        "link": Color(0x003F8F, 18, 4),
    },
    lines=(
        Color(0x0000D7, 20, 4),
        Color(0xD7005F, 161, 1),
        Color(0x5F5F00, 58, 2),
        Color(0x870087, 90, 5),
        Color(0x5F5FFF, 63, 6),
        Color(0x5F0000, 52, 3),
        Color(0x00005F, 17, 8),
        Color(0x000000, 16, 0),
    ),
    ramps={
        "low is good": Ramp(
            (0x1257AB, 0x15703B, 0x6E5B00, 0x94460A, 0xB01E1E),
            (25, 24, 23, 22, 58, 94, 88, 124),
            (4, 2, 3, 5, 1),
        ),
        "high is good": Ramp(
            (0xB01E1E, 0x94460A, 0x6E5B00, 0x47691A, 0x15703B),
            (124, 88, 94, 58, 22),
            (1, 5, 3, 2),
        ),
        "learning rate": Ramp((0x12608F, 0x574DB0, 0xA12F70), (24, 25, 61, 55, 90, 89), (6, 4, 5)),
        "neutral": Ramp((0x0C6860, 0x205E9F, 0x623FBC), (23, 24, 25, 61, 55), (6, 4, 5)),
    },
)

# On white the lightness falls: what is darkest stands out most.
_BLUE_TO_BROWN = Ramp(
    (0x4A8CE6, 0x5F78A6, 0x665A38, 0x3F2200),
    (69, 67, 60, 59, 58, 52),
    (4, 5, 3, 0),
)

BLIND_ON_LIGHT = Theme(
    LIGHT.foreground,
    LIGHT.background,
    colors={
        **LIGHT.colors,
        "good": Color(0x0B5FC8, 26, 4),
        "warning": Color(0x7D6400, 94, 3),
        "bad": Color(0x6B1200, 52, 1),
    },
    lines=(
        Color(0x0087AF, 31, 6),
        Color(0xAF0000, 124, 1),
        Color(0x0000D7, 20, 4),
        Color(0xAF8700, 136, 3),
        Color(0xFF00FF, 201, 13),
        Color(0x5F0000, 52, 5),
        Color(0x00005F, 17, 8),
        Color(0x000000, 16, 0),
    ),
    ramps={
        "low is good": _BLUE_TO_BROWN,
        "high is good": _BLUE_TO_BROWN.reversed(),
        "learning rate": _BLUE_TO_BROWN,
        "neutral": _BLUE_TO_BROWN,
    },
)

MONO = Theme(foreground=0xD5DAE3, background=0x14171C)


class OnBackgrounds(NamedTuple):
    """What a theme is on a dark background and on a light one."""

    dark: Theme
    light: Theme

    def on(self, background: Background | None) -> Theme:
        """Return what the theme is on a background; one that nobody knows counts as dark."""
        return self.light if background is Background.LIGHT else self.dark

    @property
    def differ(self) -> bool:
        """Whether it matters which background it is."""
        return self.dark is not self.light


THEMES: Mapping[str, OnBackgrounds] = dict(
    zip(
        THEME_NAMES,
        (
            OnBackgrounds(DARK, DARK),
            OnBackgrounds(LIGHT, LIGHT),
            OnBackgrounds(CONTRAST, CONTRAST_ON_LIGHT),
            OnBackgrounds(BLIND, BLIND_ON_LIGHT),
            OnBackgrounds(MONO, MONO),
        ),
        strict=True,
    )
)
"""Every theme by its name, on each background."""
