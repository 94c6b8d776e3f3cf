"""Markdown that a run logged, as styled lines: by `rich` where it is installed, else as it is."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from trackio_view.screens.wrapping import wrapped
from trackio_view.terminal.style import PLAIN, Meaning, Style, StyledText
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


def import_ahead() -> bool:
    """Import what draws Markdown, which takes 100 ms once; return whether it is there."""
    try:
        import rich.console
        import rich.markdown
        import rich.segment  # noqa: F401
    except ImportError:
        return False
    return True


def markdown_lines(text: str, width: int) -> Iterator[list[StyledText]]:
    """Yield the text's lines, each at most `width` columns wide, its controls sanitised.

    They are laid out as they are asked for, block by block.
    """
    # Line breaks and tabs are kept; every other control character is replaced.
    clean = "\n".join(sanitize(line.expandtabs(4)) for line in text.splitlines())
    if not import_ahead():
        yield from plain_lines(clean, width)
        return
    for number, block in enumerate(blocks(clean)):
        if number:
            yield []
        yield from _rich_lines(block, max(width, 1))


def plain_lines(text: str, width: int) -> Iterator[list[StyledText]]:
    """Yield the text as it was written, its long lines wrapped."""
    for line in text.splitlines():
        yield from wrapped([StyledText(line, PLAIN)], width)


_BLOCK = 1_000
_NEW_BLOCK = re.compile(r"\n\n(?=#{1,6} |[A-Za-z])")
_REACHES_FURTHER = re.compile(r"^ {0,3}(?:```|~~~|<|\[[^\]]+\]:)", re.MULTILINE)
"""Parts that a blank line does not end (fences, HTML), and definitions of links, which hold in the
whole text.
"""


def blocks(text: str) -> Iterator[str]:
    """Yield Markdown in parts that mean the same alone, of some thousand characters or longer.

    A heading or a word at a line's beginning, after a blank line, starts a new block (CommonMark
    0.31, 4.2 and 4.8): to parse all of a long text at once takes longer than a frame.
    """
    start = 0
    if not _REACHES_FURTHER.search(text):
        for found in _NEW_BLOCK.finditer(text):
            if found.end() - start >= _BLOCK:
                yield text[start : found.start()]
                start = found.end()
    yield text[start:]


def _rich_lines(text: str, width: int) -> Iterator[list[StyledText]]:
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.segment import Segment

    # Code is not highlighted, because Rich would colour it by a theme of its own.
    console = Console(
        file=io.StringIO(), width=width, color_system="truecolor", force_terminal=True, emoji=False
    )
    rendered = console.render(Markdown(text, hyperlinks=False, code_theme="bw"))
    for line in Segment.split_and_crop_lines(rendered, width, include_new_lines=False, pad=False):
        yield [
            StyledText(segment.text.replace("\x1b", REPLACEMENT), _style_of(segment.style))
            for segment in line
            if not segment.control
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
