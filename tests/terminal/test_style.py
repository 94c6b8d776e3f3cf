"""The sequence that selects a style, at each depth."""

from __future__ import annotations

import pytest

from trackio_view.terminal.style import (
    PLAIN,
    Color,
    ColorDepth,
    Style,
    select_graphic_rendition,
    what_differs,
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
        (Style(ORANGE, dim=True), Style(ORANGE, bold=True, dim=True), "\x1b[22;1;2m"),
        (Style(ORANGE), Style(BLUE), "\x1b[38;2;0;0;170m"),
        (Style(ORANGE, BLUE, italic=True), Style(BLUE, BLUE, italic=True), "\x1b[38;2;0;0;170m"),
        # More differs between these styles than a sequence for the difference could tell.
        (Style(ORANGE), PLAIN, None),
        (Style(ORANGE, dim=True), Style(BLUE), None),
        (Style(ORANGE, BLUE), Style(ORANGE), None),
        (Style(ORANGE, reverse=True), Style(ORANGE), None),
    ],
)
def test_a_sequence_tells_only_the_difference_of_two_styles(
    before: Style, after: Style, sequence: str | None
) -> None:
    assert what_differs(before, after, ColorDepth.TRUECOLOR) == sequence


def test_without_colours_no_colour_differs() -> None:
    assert what_differs(Style(ORANGE), Style(BLUE), ColorDepth.MONOCHROME) is None
