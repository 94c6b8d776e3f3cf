"""The sequence that selects a style, at each depth."""

from __future__ import annotations

import pytest

from trackio_view.terminal.style import (
    PLAIN,
    Color,
    ColorDepth,
    Style,
    select_graphic_rendition,
)

ORANGE = Color(rgb=0xFF8000, xterm=208, ansi=11)
BLUE = Color(rgb=0x0000AA, xterm=19, ansi=4)


@pytest.mark.parametrize(
    ("style", "depth", "sequence"),
    [
        (PLAIN, ColorDepth.TRUECOLOR, "\x1b[m"),
        (Style(ORANGE), ColorDepth.TRUECOLOR, "\x1b[0;38;2;255;128;0m"),
        (Style(ORANGE), ColorDepth.XTERM, "\x1b[0;38;5;208m"),
        (Style(ORANGE), ColorDepth.ANSI, "\x1b[0;93m"),
        (Style(ORANGE), ColorDepth.MONOCHROME, "\x1b[m"),
        (Style(BLUE, ORANGE), ColorDepth.TRUECOLOR, "\x1b[0;38;2;0;0;170;48;2;255;128;0m"),
        (Style(BLUE, ORANGE), ColorDepth.XTERM, "\x1b[0;38;5;19;48;5;208m"),
        (Style(BLUE, ORANGE), ColorDepth.ANSI, "\x1b[0;34;103m"),
        (Style(ORANGE, BLUE), ColorDepth.ANSI, "\x1b[0;93;44m"),
        (Style(ORANGE, bold=True, reverse=True), ColorDepth.MONOCHROME, "\x1b[0;1;7m"),
        (Style(dim=True, italic=True, underline=True), ColorDepth.ANSI, "\x1b[0;2;3;4m"),
    ],
)
def test_selection(style: Style, depth: ColorDepth, sequence: str) -> None:
    assert select_graphic_rendition(style, depth) == sequence
