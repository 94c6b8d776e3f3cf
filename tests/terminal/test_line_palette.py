"""The colours of TRACKIO_COLOR_PALETTE are used, and visible on every theme's background."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.terminal.background import Background
from trackio_view.terminal.gradients import to_oklab
from trackio_view.terminal.line_palette import (
    _xterm_colors,
    asked_color_count,
    asked_colors,
    contrast,
    theme_for,
)
from trackio_view.terminal.look import Look, themed
from trackio_view.terminal.style import LINE_COLOR_COUNT, ColorDepth
from trackio_view.terminal.themes import DARK, MONO, THEMES

COLORED = [
    (name, background) for name in THEMES for background in Background if THEMES[name].dark.colors
]
TRACKIO = "#A8769B,#E89957,#3B82F6,#10B981,#EF4444,#8B5CF6,#14B8A6,#F59E0B,#EC4899,#06B6D4"
"""Return TrackIO's own palette, which only this test imports."""


def palette(text: str) -> dict[str, str]:
    return {"TRACKIO_COLOR_PALETTE": text}


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        *((0xFFFFFF, 0, 21.0), (0x777777, 0xFFFFFF, 4.48), (0x123456, 0x123456, 1.0)),
        *((0xFF0000, 0xFFFFFF, 4.0), (0xFFFFFF, 0x00FF00, 1.37), (0x0000FF, 0xFFFFFF, 8.59)),
    ],
)
def test_contrast_of_known_colors(one: int, other: int, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)


def test_a_list_of_colors_is_read_and_what_is_none_keeps_its_place() -> None:
    assert asked_colors("#FF0000, 00ff00 ,#00f") == (0xFF0000, 0x00FF00, 0x0000FF)
    assert asked_colors("#12,#1234567,,rgb(1),#abc") == (None, None, None, None, 0xAABBCC)
    assert asked_colors("#ff880080,#f80c") == (0xFF8800, 0xFF8800)
    assert asked_colors(TRACKIO) == tuple(int(one[1:], 16) for one in TRACKIO.split(",")[:8])
    assert asked_colors("#ff0000," * 100_000) == (0xFF0000,) * LINE_COLOR_COUNT
    assert asked_colors("") == (None,)


def test_names_of_colors_are_those_of_web_pages() -> None:
    assert asked_colors("red,Teal, green ,gray,purple,maroon,rebecca,no such") == (
        *(0xFF0000, 0x008080, 0x008000, 0x808080, 0x800080, 0x800000),
        *(None, None),
    )


@pytest.mark.parametrize("name", THEMES)
def test_without_one_the_theme_is_as_it_is(name: str) -> None:
    for environment in ({}, palette(""), palette("nonsense")):
        assert theme_for(name, environment) is THEMES[name].dark
        assert theme_for(name, environment, Background.LIGHT) is THEMES[name].light


@pytest.mark.parametrize(("name", "background"), COLORED)
@given(text=st.lists(st.integers(0, 0xFFFFFF).map("#{:06x}".format), min_size=1).map(",".join))
def test_every_line_is_seen_on_the_background(name: str, background: Background, text: str) -> None:
    theme = theme_for(name, palette(text), background)
    least = 4.5 if name == "contrast" else 3.0
    assert len(theme.lines) == LINE_COLOR_COUNT
    for line in theme.lines[: len(asked_colors(text))]:
        assert contrast(line.rgb, theme.background) >= least
        assert contrast(_xterm_colors()[line.xterm], theme.background) >= least
    own = THEMES[name].on(background)
    assert (theme.colors, theme.ramps) == (own.colors, own.ramps)


@pytest.mark.parametrize(("name", "background"), COLORED)
def test_a_color_that_is_seen_stays_and_another_keeps_its_hue(
    name: str, background: Background
) -> None:
    theme = theme_for(name, palette(TRACKIO), background)
    for asked, line in zip(asked_colors(TRACKIO), theme.lines, strict=True):
        assert asked is not None
        _, green_red, blue_yellow = to_oklab(asked)
        if contrast(asked, theme.background) >= (4.5 if name == "contrast" else 3.0):
            assert line.rgb == asked
        _, shown_green_red, shown_blue_yellow = to_oklab(line.rgb)
        assert green_red * shown_green_red + blue_yellow * shown_blue_yellow > 0


def test_fewer_colors_than_lines_begin_anew_and_what_is_none_leaves_the_theme_its_own() -> None:
    theme = theme_for("dark", palette("#ff8800"))
    assert {line.rgb for line in theme.lines} == {0xFF8800}
    assert theme_for("dark", palette("#ff8800")) is theme, "made once"
    three = theme_for("dark", palette("#ff8800,nonsense,#3b82f6"))
    assert [line.rgb for line in three.lines[::3]] == [0xFF8800] * 3
    assert [line.rgb for line in three.lines[2::3]] == [0x3B82F6] * 2
    assert three.lines[1::3] == DARK.lines[1::3]


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 8), ("nonsense", 8), ("#f00", 1), ("red,nonsense,blue", 3), (TRACKIO, 8)],
)
def test_lines_have_as_many_colors_as_were_asked_for(text: str, count: int) -> None:
    assert asked_color_count(palette(text)) == count
    assert asked_color_count({}) == 8


def test_a_terminal_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKIO_COLOR_PALETTE", "#ff8800")
    assert themed(Look(), "dark").theme.lines[0].rgb == 0xFF8800
    assert themed(Look(ColorDepth.MONOCHROME), "dark").theme is MONO
    assert themed(Look(), "mono").theme is MONO
