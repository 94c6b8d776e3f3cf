"""How a frame is shown: glyphs for its signs, and a theme's colours for their meanings."""

from __future__ import annotations

import os
from functools import lru_cache

from trackio_view.light_typing import NamedTuple
from trackio_view.terminal.background import Background
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import Repertoire, shown_by
from trackio_view.terminal.line_palette import theme_for
from trackio_view.terminal.style import ColorDepth, Style, select_graphic_rendition
from trackio_view.terminal.themes import DARK, MONO, Theme


class Look(NamedTuple):
    """What a terminal or a picture shows."""

    depth: ColorDepth = ColorDepth.TRUECOLOR
    repertoire: Repertoire = Repertoire.BRAILLE
    theme: Theme = DARK


def themed(look: Look, name: str, background: Background | None = None) -> Look:
    """Return the look in a theme as it is on a background. Where no colour is shown, the theme
    without colours takes its place.
    """
    is_seen = look.depth is not ColorDepth.MONOCHROME
    theme = theme_for(name, os.environ, background) if is_seen else MONO
    return look._replace(theme=theme)


@lru_cache(maxsize=4096)
def rendition(style: Style, look: Look) -> str:
    """Return the SGR sequence that selects a style as a look has it, from any earlier state."""
    return select_graphic_rendition(look.theme.styled(style), look.depth)


def resolved(frame: Frame, look: Look) -> Frame:
    """Return the frame with the glyphs that are shown; its styles are shared with the other."""
    shown = shown_by(look.repertoire)
    result = Frame(0, 0)
    result.width, result.height, result.styles = frame.width, frame.height, frame.styles
    result.glyphs = [[shown[glyph] for glyph in row] for row in frame.glyphs]
    return result
