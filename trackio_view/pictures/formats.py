"""Which picture a file's ending asks for."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from trackio_view.terminal.cells import Frame
from trackio_view.terminal.look import Look
from trackio_view.terminal.style import ColorDepth
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
    from trackio_view.pictures.text_file import plain_text

    return plain_text(frame)


def _ansi_text(frame: Frame, theme: Theme) -> bytes:
    from trackio_view.pictures.text_file import ansi_text

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
