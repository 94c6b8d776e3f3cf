"""A frame as text: plain, or with the escape codes that show it in a terminal."""

from __future__ import annotations

from trackio_view.terminal.cells import CONTINUATION, Frame
from trackio_view.terminal.look import Look, rendition, resolved
from trackio_view.terminal.style import PLAIN, Style


def plain_text(frame: Frame) -> bytes:
    """Return the frame's glyphs in UTF-8, a line a row, blanks at the ends of lines removed."""
    return ("\n".join(frame.lines()) + "\n").encode("utf-8")


def ansi_text(frame: Frame, look: Look) -> bytes:
    """Return the frame with SGR sequences in UTF-8, to be shown with `cat`.

    Every line starts and ends in the terminal's own style, so that lines can be cut out.
    """
    rows = zip(resolved(frame, look).glyphs, frame.styles, strict=True)
    return "".join(f"{_row(*row, look)}\n" for row in rows).encode("utf-8")


def _row(glyphs: list[str], styles: list[Style], look: Look) -> str:
    plain = rendition(PLAIN, look)
    renditions = [rendition(style, look) for style in styles]
    end = len(glyphs)
    while end and glyphs[end - 1] == " " and renditions[end - 1] == plain:
        end -= 1
    pen, pieces = plain, list[str]()
    for glyph, selected in zip(glyphs[:end], renditions, strict=False):
        if glyph != CONTINUATION and selected != pen:
            pieces.append(selected)
            pen = selected
        pieces.append(glyph)
    if pen != plain:
        pieces.append(plain)
    return "".join(pieces)
