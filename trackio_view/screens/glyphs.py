"""The few signs that screens draw themselves, with their twins for terminals without Unicode."""

from __future__ import annotations

from typing import NamedTuple

from trackio_view.charts.raster import Markers


class Glyphs(NamedTuple):
    """Signs and the charts' markers, all of one repertoire."""

    unicode: bool
    markers: Markers
    dot: str
    ring: str
    pointer: str
    separator: str
    dash: str
    ellipsis: str
    warning: str
    cursor: str
    folded: str
    unfolded: str


UNICODE = Glyphs(True, Markers.BRAILLE, "●", "○", "▸", "·", "–", "…", "▲", "▏", "▸", "▾")
BLOCKS = Glyphs(True, Markers.BLOCK, "•", "○", "►", "·", "-", "~", "▲", "_", "►", "▼")
ASCII = Glyphs(False, Markers.ASCII, "*", "o", ">", "-", "-", "~", "!", "_", "+", "-")

BLOCKS_TWINS: dict[str, str] = {
    **dict(zip("╭╮╰╯", "┌┐└┘", strict=True)),
    **dict(zip("●◆★✚✖", "•♦*+x", strict=True)),
    **dict(zip("▸▾▴", "►▼▲", strict=True)),
    **dict(zip("━╸▏", "══│", strict=True)),
    **dict(zip("▁▂▃▅▆▇", "_▄▄███", strict=True)),
    **dict(zip("–…", "-~", strict=True)),
}
"""What charts and tables draw -> the nearest that code page 437 has, as consoles' fonts do."""
