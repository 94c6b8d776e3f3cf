"""Properties that all formats of pictures share."""

from __future__ import annotations

import re

import pytest

from trackio_view.pictures.fonts import (
    find_family,
    machine_fonts,
)
from trackio_view.pictures.formats import PICTURE_FORMATS
from trackio_view.pictures.html import html
from trackio_view.pictures.shapes import shapes_of
from trackio_view.pictures.svg import svg
from trackio_view.pictures.theme import Ink, ink_of
from trackio_view.terminal.style import PLAIN, Color, Style
from trackio_view.terminal.themes import DARK, THEMES, Theme

BLUE = Color(0x5CB8F2, 75, 14)
CLUSTERS = ("e\u0301\u0323", "日", "🚀", "\u2421", "x\u0302")

needs_font = pytest.mark.skipif(
    find_family(machine_fonts()) is None, reason="no monospace font on this machine"
)


@needs_font
@pytest.mark.parametrize("ending", PICTURE_FORMATS)
def test_the_same_frame_gives_the_same_bytes(ending: str, random_frame) -> None:
    write = PICTURE_FORMATS[ending]
    assert write(random_frame(7), DARK) == write(random_frame(7), DARK)
    assert write(random_frame(7), DARK) != write(random_frame(8), DARK)


def test_every_listed_glyph_has_shapes_and_text_has_none(shaped, written) -> None:
    assert all(shapes_of(glyph) is not None for glyph in shaped)
    assert all(shapes_of(glyph) is None for glyph in [*written, *CLUSTERS, " "])


def test_attributes_become_colors() -> None:
    assert ink_of(PLAIN, DARK) == Ink(DARK.foreground, DARK.background)
    assert ink_of(Style(reverse=True), DARK) == Ink(DARK.background, DARK.foreground)
    dim = ink_of(Style(dim=True), DARK).foreground
    assert all(
        (DARK.background >> shift & 255) < (dim >> shift & 255) < (DARK.foreground >> shift & 255)
        for shift in (0, 8, 16)
    )


@pytest.mark.parametrize(
    "theme", [theme for pair in THEMES.values() for theme in dict.fromkeys(pair)]
)
def test_a_picture_is_in_the_colours_of_its_theme(theme: Theme, gpu_frame) -> None:
    document = svg(gpu_frame, theme).decode()
    fills = {int(fill, 16) for fill in re.findall(r'fill="#([0-9a-f]{6})"', document)}
    assert {theme.foreground, theme.background} <= fills
    inks = {ink_of(style, theme) for styles in gpu_frame.styles for style in styles}
    assert fills <= {color for ink in inks for color in (ink.foreground, ink.background)}
    page = html(gpu_frame, theme).decode()
    assert f"background: #{theme.background:06x}" in page
    assert f"color: #{theme.foreground:06x}" in page
