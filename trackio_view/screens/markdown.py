"""Markdown that a run logged, as styled lines: by `rich` where it is installed, else as it is."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from trackio_view.charts.box import StyledText
from trackio_view.screens.wrapping import wrapped
from trackio_view.terminal.style import PLAIN, Meaning, Style
from trackio_view.terminal.text import REPLACEMENT, sanitize

if TYPE_CHECKING:
    from rich.style import Style as RichStyle

_MEANINGS = {
    "cyan": Meaning("code"),
    "magenta": Meaning("quote"),
    "blue": Meaning("link"),
    "bright_blue": Meaning("link"),
    "green": Meaning("good"),
    "yellow": Meaning("warning"),
    "red": Meaning("bad"),
}
"""Rich's themes use colours of the terminal's palette, for which meanings stand here."""


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
        color = _MEANINGS.get(style.color.name)
    return Style(
        color,
        bold=bool(style.bold),
        dim=bool(style.dim),
        italic=bool(style.italic),
        underline=bool(style.underline),
    )
