"""How a frame is shown: glyphs for its signs, by what a terminal or a picture can show."""

from __future__ import annotations

from typing import NamedTuple

from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import Repertoire, shown_by
from trackio_view.terminal.style import ColorDepth


class Look(NamedTuple):
    """What a terminal or a picture shows."""

    depth: ColorDepth = ColorDepth.TRUECOLOR
    repertoire: Repertoire = Repertoire.BRAILLE


def resolved(frame: Frame, look: Look) -> Frame:
    """Return the frame with the glyphs that are shown; its styles are shared with the other."""
    shown = shown_by(look.repertoire)
    result = Frame(0, 0)
    result.width, result.height, result.styles = frame.width, frame.height, frame.styles
    result.glyphs = [[shown[glyph] for glyph in row] for row in frame.glyphs]
    return result
