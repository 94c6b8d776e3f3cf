"""The sequence that selects a style, at each depth."""

from __future__ import annotations

import pytest

from trackio_view.terminal.style import (
    PLAIN,
    Color,
    ColorDepth,
    Style,
    change_rendition,
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


@pytest.mark.parametrize(
    ("before", "after", "sequence"),
    [
        (Style(ORANGE), Style(ORANGE, dim=True), "\x1b[2m"),
        (Style(ORANGE, dim=True), Style(ORANGE), "\x1b[22m"),
        (Style(ORANGE, bold=True), Style(ORANGE, dim=True), "\x1b[22;2m"),
        (Style(ORANGE), Style(BLUE), "\x1b[38;2;0;0;170m"),
        (Style(ORANGE, BLUE, italic=True), Style(BLUE, BLUE, italic=True), "\x1b[38;2;0;0;170m"),
        # Nothing is shorter than a reset.
        (Style(bold=True), PLAIN, "\x1b[m"),
        (Style(ORANGE), PLAIN, "\x1b[m"),
        # What differs in more is told whole.
        (Style(ORANGE, dim=True), Style(BLUE), "\x1b[0;38;2;0;0;170m"),
        (Style(ORANGE, BLUE), Style(ORANGE), "\x1b[0;38;2;255;128;0m"),
        (Style(ORANGE, reverse=True), Style(ORANGE), "\x1b[0;38;2;255;128;0m"),
    ],
)
def test_a_change_tells_what_differs(before: Style, after: Style, sequence: str) -> None:
    assert change_rendition(before, after, ColorDepth.TRUECOLOR) == sequence


def test_a_change_without_colours_tells_no_colour() -> None:
    change = change_rendition(Style(ORANGE), Style(BLUE), ColorDepth.MONOCHROME)
    assert change == "\x1b[m"
