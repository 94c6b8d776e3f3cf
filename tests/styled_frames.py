"""Frames as text that tells the style of every cell."""

from __future__ import annotations

from collections.abc import Callable

from trackio_view.terminal.cells import Frame
from trackio_view.terminal.style import Style


def styled_text(
    frame: Frame,
    named: Callable[[Style], str],
    styled: Callable[[Style], Style] = lambda style: style,
) -> str:
    """Return the frame's lines, with a style in braces wherever the style changes.

    A blank has the style before it, unless its own style is visible. `styled` gives each style the
    colours of a theme, `named` puts it into words.
    """
    lines = []
    for glyphs, styles in zip(frame.glyphs, frame.styles, strict=True):
        line, name = "", ""
        for glyph, style in zip(glyphs, map(styled, styles), strict=True):
            is_seen = glyph.strip() or style.background or style.reverse or style.underline
            if is_seen and (found := named(style)) != name:
                line, name = f"{line}{{{found}}}", found
            line += glyph
        lines.append(line.rstrip())
    return "\n".join(lines) + "\n"
