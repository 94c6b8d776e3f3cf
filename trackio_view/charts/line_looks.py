"""How a line is told from others: by a colour and a marker, wherever it is drawn or spoken of."""

from __future__ import annotations

from typing import Protocol

from trackio_view.charts.palette import LINE_COLORS, style_in
from trackio_view.terminal.glyphs import LINE_MARKERS, Signed
from trackio_view.terminal.style import Meaning, Style


class LineLook(Protocol):
    """The look of a line among others: its places in the lists of colours and of markers."""

    @property
    def color(self) -> int:
        """The number of its colour in `LINE_COLORS`."""

    @property
    def marker(self) -> int:
        """The number of its marker in `LINE_MARKERS`."""


def marker_of(look: LineLook) -> Signed:
    """Return the marker's glyph."""
    return LINE_MARKERS[look.marker]


def color_of(look: LineLook) -> Meaning:
    """Return the line's colour."""
    return LINE_COLORS[look.color]


def style_of(look: LineLook, *, bold: bool = False, dim: bool = False) -> Style:
    """Return the style in which the line is drawn and spoken of."""
    return style_in(color_of(look), bold=bold, dim=dim)
