"""Which picture a file's ending asks for. What is a text is made here."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from trackio_view.terminal.cells import CONTINUATION, Frame
from trackio_view.terminal.look import Look, rendition, resolved
from trackio_view.terminal.style import PLAIN, ColorDepth, Style
from trackio_view.terminal.themes import Theme


def _svg(frame: Frame, theme: Theme) -> bytes:
    from trackio_view.pictures.svg import svg

    return svg(frame, theme)


def _png(frame: Frame, theme: Theme) -> bytes:
    from trackio_view.pictures.png import png

    return png(frame, theme)


def _html(frame: Frame, theme: Theme) -> bytes:
    from trackio_view.pictures.html import html

    return html(frame, theme)


def _plain_text(frame: Frame, _: Theme) -> bytes:
    return plain_text(frame)


def _ansi_text(frame: Frame, theme: Theme) -> bytes:
    # A file may be shown anywhere, so that this terminal's colours don't count.
    monochrome = bool(os.environ.get("NO_COLOR"))
    depth = ColorDepth.MONOCHROME if monochrome else ColorDepth.TRUECOLOR
    return ansi_text(frame, Look(depth, theme=theme))


PICTURE_FORMATS: dict[str, Callable[[Frame, Theme], bytes]] = {
    ".svg": _svg,
    ".png": _png,
    ".html": _html,
    ".txt": _plain_text,
    ".ans": _ansi_text,
}


def picture(frame: Frame, path: Path, theme: Theme) -> bytes:
    """Return the content for a file with one of the endings of the table, in a theme."""
    return PICTURE_FORMATS[path.suffix.lower()](frame, theme)


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
