"""A terminal shows its own glyphs, and the colours of its theme and depth."""

from __future__ import annotations

import pytest

from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.line_palette import theme_for
from trackio_view.terminal.look import Look, rendition, resolved, themed
from trackio_view.terminal.style import PLAIN, Color, ColorDepth, Style
from trackio_view.terminal.themes import DARK, MONO

RED = Style(Color(0xFF0000, 196, 9), bold=True)


def test_a_theme_is_taken_where_colours_are_seen() -> None:
    assert Look() == Look(ColorDepth.TRUECOLOR, Repertoire.BRAILLE, DARK)
    for depth in ColorDepth:
        look = themed(Look(depth, Repertoire.ASCII), "light")
        wanted = MONO if depth is ColorDepth.MONOCHROME else theme_for("light", {})
        assert (look.theme, look.depth, look.repertoire) == (wanted, depth, Repertoire.ASCII)
    assert theme_for("light", {}) not in (DARK, MONO)


@pytest.mark.parametrize(
    ("depth", "sequence"),
    [
        (ColorDepth.TRUECOLOR, "\x1b[0;1;38;2;255;0;0m"),
        (ColorDepth.XTERM, "\x1b[0;1;38;5;196m"),
        (ColorDepth.MONOCHROME, "\x1b[0;1m"),
    ],
)
def test_a_style_is_selected_as_the_depth_has_it(depth: ColorDepth, sequence: str) -> None:
    assert rendition(RED, Look(depth)) == sequence
    assert rendition(PLAIN, Look(depth)) == "\x1b[m"


def test_glyphs_are_shown_as_the_terminal_has_them() -> None:
    frame = Frame(4, 2)
    frame.put(0, 0, "●x─⣿", RED)
    shown = resolved(frame, Look(repertoire=Repertoire.ASCII))
    assert "".join(shown.glyphs[0]).isascii()
    assert shown.glyphs[0][1] == "x"
    assert (shown.width, shown.height) == (4, 2)
    assert shown.styles is frame.styles
    assert "".join(frame.glyphs[0]) == "●x─⣿", "the frame itself stays"
    assert resolved(frame, Look()).glyphs == frame.glyphs
