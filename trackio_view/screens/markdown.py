"""Markdown that a run logged, as styled lines: by `rich` where it is installed, else as it is."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from trackio_view.charts.box import StyledText
from trackio_view.screens.wrapping import wrapped
from trackio_view.terminal.style import PLAIN, Color, Style
from trackio_view.terminal.text import REPLACEMENT, sanitize

if TYPE_CHECKING:
    from rich.style import Style as RichStyle

_NAMED_COLORS = {
    "cyan": Color(0x56B4E9, 74, 14),
    "magenta": Color(0xCC79A7, 175, 13),
    "blue": Color(0x5CB8F2, 75, 12),
    "bright_blue": Color(0x5CB8F2, 75, 12),
    "green": Color(0x5FC983, 78, 10),
    "yellow": Color(0xE5B64A, 179, 11),
    "red": Color(0xF0635E, 203, 9),
}
"""Rich's themes use colours of the terminal's palette, which are replaced by ours."""


def markdown_lines(text: str, width: int) -> list[list[StyledText]]:
    """Return the text's lines, each at most `width` columns wide, its controls sanitised."""
    # Line breaks and tabs are kept; every other control character is replaced.
    clean = "\n".join(sanitize(line.expandtabs(4)) for line in text.splitlines())
    try:
        return _rich_lines(clean, max(width, 1))
    except ImportError:
        return plain_lines(clean, width)


def plain_lines(text: str, width: int) -> list[list[StyledText]]:
    """Return the text as it was written, its long lines wrapped."""
    return [
        part for line in text.splitlines() for part in wrapped([StyledText(line, PLAIN)], width)
    ]


def _rich_lines(text: str, width: int) -> list[list[StyledText]]:
    from rich.console import Console
    from rich.markdown import Markdown

    # Code is not highlighted, because Rich would colour it by a theme of its own.
    console = Console(
        file=io.StringIO(), width=width, color_system="truecolor", force_terminal=True, emoji=False
    )
    rendered = console.render_lines(Markdown(text, hyperlinks=False, code_theme="bw"), pad=False)
    return [
        [
            StyledText(segment.text.replace("\x1b", REPLACEMENT), _style_of(segment.style))
            for segment in line
            if not segment.control
        ]
        for line in rendered
    ]


def _style_of(style: RichStyle | None) -> Style:
    if style is None:
        return PLAIN
    color = None
    if style.color is not None and not style.color.is_default:
        color = _NAMED_COLORS.get(style.color.name)
    return Style(
        color,
        bold=bool(style.bold),
        dim=bool(style.dim),
        italic=bool(style.italic),
        underline=bool(style.underline),
    )
