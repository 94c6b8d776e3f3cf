"""Themes have a colour for each meaning, legible on their background, and distinct for
everybody."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import pytest

from trackio_view.charts import palette
from trackio_view.charts.palette import GOOD, LINE_COLORS, MUTED, SELECTED, Gradient
from trackio_view.screens import markdown
from trackio_view.terminal.background import Background
from trackio_view.terminal.gradients import shades, to_oklab
from trackio_view.terminal.line_palette import contrast
from trackio_view.terminal.look import Look, rendition
from trackio_view.terminal.style import (
    LINE_COLOR_COUNT,
    PLAIN,
    THEME_NAMES,
    Color,
    ColorDepth,
    Meaning,
    Style,
)
from trackio_view.terminal.themes import DARK, LIGHT, MONO, THEMES, Theme

COLORED = {
    f"{name} on {background.value}": THEMES[name].on(background)
    for name in THEMES
    for background in Background
    if THEMES[name].dark.colors
}
GRADIENTS = [value.name for value in vars(palette).values() if isinstance(value, Gradient)]
STYLES = [value for value in vars(palette).values() if isinstance(value, Style)]
TEXTS = {"label", "muted", "accent", "good", "warning", "bad", "code", "quote", "link"}
"""The meanings of text that has to be read. Lines are no text."""

# TEXT, LINES: contrast as WCAG 2.1 (1.4.3, 1.4.6 and 1.4.11) asks for it, or nearly.
LEAST = {
    "dark": (4.5, 3.0),
    "blind": (4.5, 3.0),
    "light": (4.5, 3.0),
    # On white, xterm's palette has no dark brown of 7.0.
    "contrast": (6.7, 4.5),
}


def xterm_rgb(number: int) -> int:
    if number >= 232:
        return (8 + 10 * (number - 232)) * 0x10101
    levels, place = (0, 95, 135, 175, 215, 255), number - 16
    return levels[place // 36] << 16 | levels[place // 6 % 6] << 8 | levels[place % 6]


def shown(color: Color, depth: str) -> int:
    return color.rgb if depth == "rgb" else xterm_rgb(color.xterm)


@pytest.mark.parametrize("name", COLORED)
@pytest.mark.parametrize("depth", ["rgb", "xterm"])
def test_texts_and_lines_of_each_theme_are_legible(name: str, depth: str) -> None:
    theme, (text, line) = COLORED[name], LEAST[name.split()[0]]
    background = theme.background
    assert contrast(theme.foreground, background) > 10

    def least(colors: list[Color]) -> float:
        return min(contrast(shown(color, depth), background) for color in colors)

    assert least([theme.colors[meaning] for meaning in TEXTS]) >= text
    assert least(list(theme.lines)) >= line
    for ramp in theme.ramps.values():
        assert least(list(shades(ramp))) >= line
    selected = theme.colors["selected text"], theme.colors["selected"]
    assert contrast(*(shown(color, depth) for color in selected)) >= text


def test_every_meaning_has_a_color_in_every_theme() -> None:
    meanings = {style.foreground for style in STYLES} | {style.background for style in STYLES}
    meanings.discard(None)
    meanings |= {*LINE_COLORS, *markdown._MEANINGS.values()}
    meanings |= {Meaning(name, shade) for name in GRADIENTS for shade in (0, 20, 47)}
    assert len(meanings) > 30
    for theme in COLORED.values():
        for meaning in meanings:
            assert isinstance(meaning, Meaning)
            assert isinstance(theme.color(meaning), Color)
        assert len(theme.lines) == LINE_COLOR_COUNT
        assert len({color.ansi for color in theme.lines}) == LINE_COLOR_COUNT
        assert theme.ramps.keys() == set(GRADIENTS)
        assert theme.colors.keys() == DARK.colors.keys()
    assert all(MONO.color(Meaning(*meaning)) is None for meaning in LINE_COLORS)
    assert tuple(THEMES) == THEME_NAMES


SIGHTS = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""Machado, Oliveira and Fernandes (2009), severity 1, in linear RGB."""


def seen(rgb: int, matrix: tuple[tuple[float, ...], ...]) -> tuple[float, float, float]:
    channels = [(rgb >> shift & 0xFF) / 255 for shift in (16, 8, 0)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    seen = 0
    for row in matrix:
        mixed = min(1.0, max(0.0, sum(a * b for a, b in zip(row, linear, strict=True))))
        coded = 12.92 * mixed if mixed <= 0.0031308 else 1.055 * mixed ** (1 / 2.4) - 0.055
        seen = seen << 8 | round(coded * 255)
    return to_oklab(seen)


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("depth", ["rgb", "xterm"])
@pytest.mark.parametrize("name", COLORED)
def test_any_two_lines_differ_in_colour_however_one_sees(name: str, depth: str, sight: str) -> None:
    colors = [seen(shown(color, depth), SIGHTS[sight]) for color in COLORED[name].lines]
    assert min(math.dist(one, other) for one, other in combinations(colors, 2)) > 0.09


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("depth", ["rgb", "xterm"])
@pytest.mark.parametrize("background", Background)
def test_good_and_bad_are_told_apart_by_the_color_blind(
    background: Background, depth: str, sight: str
) -> None:
    colors = [
        THEMES["blind"].on(background).colors[meaning] for meaning in ("good", "warning", "bad")
    ]
    seen_colors = [seen(shown(color, depth), SIGHTS[sight]) for color in colors]
    assert min(math.dist(one, other) for one, other in combinations(seen_colors, 2)) > 0.12


@pytest.mark.parametrize("background", Background)
@pytest.mark.parametrize("depth", ["rgb", "xterm"])
def test_any_two_lines_of_the_color_blind_differ_in_lightness(
    depth: str, background: Background
) -> None:
    lines = THEMES["blind"].on(background).lines
    lightness = sorted(to_oklab(shown(color, depth))[0] for color in lines)
    assert min(above - below for below, above in pairwise(lightness)) > 0.045


@pytest.mark.parametrize("name", ["contrast", "blind"])
def test_themes_for_any_terminal_are_for_the_background_that_it_has(name: str) -> None:
    dark, light = THEMES[name]
    assert contrast(dark.background, 0) < 1.4
    assert contrast(light.background, 0) == pytest.approx(21)
    shown_on = [
        THEMES[name].on(background) for background in (Background.LIGHT, Background.DARK, None)
    ]
    assert shown_on == [light, dark, dark]


@pytest.mark.parametrize("background", Background)
@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients_of_the_color_blind_go_by_lightness(name: str, background: Background) -> None:
    ramp = THEMES["blind"].on(background).ramps[name]
    lightness = [to_oklab(color.rgb)[0] for color in shades(ramp)]
    rising = sorted(lightness)
    assert lightness in (rising, rising[::-1])
    assert rising[-1] - rising[0] > 0.2


def test_a_theme_is_resolved_where_a_style_is_selected() -> None:
    good = Style(Meaning("good"), bold=True)
    assert rendition(good, Look()) == "\x1b[0;1;38;2;95;201;131m"
    assert rendition(good, Look(ColorDepth.XTERM)) == "\x1b[0;1;38;5;78m"
    assert rendition(good, Look(theme=LIGHT)) == "\x1b[0;1;38;2;23;115;58m"
    assert rendition(PLAIN, Look(theme=LIGHT)) == "\x1b[m"


def test_without_colors_attributes_say_what_is_selected_and_what_is_muted() -> None:
    look = Look(theme=MONO)
    assert rendition(SELECTED, look) == "\x1b[0;1;7m"
    assert rendition(MUTED, look) == "\x1b[0;2m"
    assert rendition(GOOD, look) == "\x1b[m"


def test_a_color_of_data_is_left_as_it_is() -> None:
    pixel = Style(Color(0x123456, 16, 0))
    assert all(theme.styled(pixel) == pixel for theme in (*COLORED.values(), MONO))
    assert isinstance(DARK, Theme)
