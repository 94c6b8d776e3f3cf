"""A frame as a self-contained HTML page: its text to be read and copied, over shapes as SVG.

Few fonts have braille as wide as a cell, so glyphs made of shapes are drawn. Their characters stand
over the drawing invisibly, so that they are copied with the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import NamedTuple

from trackio_view.pictures.shapes import CELL_HEIGHT, CELL_WIDTH, shapes_of
from trackio_view.pictures.svg import FONT_FAMILIES, shape_elements
from trackio_view.pictures.theme import hexadecimal, ink_of
from trackio_view.terminal.cells import CONTINUATION, Frame
from trackio_view.terminal.look import Look, resolved
from trackio_view.terminal.style import Style
from trackio_view.terminal.themes import DARK, Theme

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>trackio-view</title>
<style>
body {{ margin: 0; background: {background}; }}
div {{ position: relative; margin: 1em; font: 14px/1.2 {families}; width: {columns}ch; }}
svg {{ position: absolute; width: 100%; height: 100%; }}
pre {{ position: relative; margin: 0; color: {foreground}; font: inherit; }}
pre span {{ display: inline-block; vertical-align: top; height: 1.2em; }}
.drawn {{ color: transparent; overflow: hidden; }}
{rules}
</style>
</head>
<body>
<div>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" preserveAspectRatio="none">
{shapes}
</svg>
<pre>
{rows}
</pre>
</div>
</body>
</html>
"""


class _Letters(NamedTuple):
    """How a run of text is written."""

    foreground: int
    bold: bool = False
    italic: bool = False
    underline: bool = False


def html(frame: Frame, theme: Theme = DARK) -> bytes:
    """Return the frame as an HTML page in UTF-8 that loads nothing.

    A run that is not ASCII stands in a box as wide as its cells: glyphs that a reader's font lacks
    are borrowed from another, and must not move what follows.
    """
    frame = resolved(frame, Look(theme=theme))
    classes: dict[_Letters, str] = {}
    rows = [
        "".join(_spans(glyphs, styles, theme, classes))
        for glyphs, styles in zip(frame.glyphs, frame.styles, strict=True)
    ]
    page = _PAGE.format(
        background=hexadecimal(theme.background),
        foreground=hexadecimal(theme.foreground),
        families=", ".join(f'"{name}"' if " " in name else name for name in FONT_FAMILIES),
        columns=frame.width,
        width=frame.width * CELL_WIDTH,
        height=frame.height * CELL_HEIGHT,
        rules="\n".join(f".{name} {{ {_rule(look, theme)} }}" for look, name in classes.items()),
        shapes="\n".join(shape_elements(frame, theme)),
        rows="\n".join(rows),
    )
    return page.encode("utf-8")


def _spans(
    glyphs: list[str], styles: list[Style], theme: Theme, classes: dict[_Letters, str]
) -> Iterator[str]:
    plain = _Letters(theme.foreground)
    looks = [_letters_of(glyph, style, theme) for glyph, style in zip(glyphs, styles, strict=True)]
    for (look, own_box, _), run in groupby(
        range(len(glyphs)), key=lambda x: (looks[x], _needs_box(glyphs, x), _wide_start(glyphs, x))
    ):
        columns = list(run)
        text = escape("".join(glyphs[x] for x in columns), quote=False)
        style = f' style="width:{len(columns)}ch"' if own_box else ""
        if look == plain and not own_box:
            yield text
            continue
        name = ""
        if look is None:
            name = ' class="drawn"'
        elif look != plain:
            name = f' class="{classes.setdefault(look, f"s{len(classes)}")}"'
        yield f"<span{name}{style}>{text}</span>"


def _letters_of(glyph: str, style: Style, theme: Theme) -> _Letters | None:
    """Return how a glyph is written, `None` where it is drawn."""
    if shapes_of(glyph) is not None:
        return None
    ink = ink_of(style, theme)
    if glyph == " " and not ink.underline:
        # A blank shows only its background, which is drawn elsewhere.
        return _Letters(theme.foreground)
    return _Letters(ink.foreground, ink.bold, ink.italic, ink.underline)


def _needs_box(glyphs: list[str], x: int) -> bool:
    return not glyphs[x].isascii() or glyphs[x] == CONTINUATION


def _wide_start(glyphs: list[str], x: int) -> int:
    """Return the column at which a wide glyph starts, which has a box of its own, else -1."""
    if glyphs[x] == CONTINUATION:
        return x - 1
    return x if x + 1 < len(glyphs) and glyphs[x + 1] == CONTINUATION else -1


def _rule(look: _Letters, theme: Theme) -> str:
    rules = []
    if look.foreground != theme.foreground:
        rules.append(f"color: {hexadecimal(look.foreground)};")
    if look.bold:
        rules.append("font-weight: bold;")
    if look.italic:
        rules.append("font-style: italic;")
    if look.underline:
        rules.append("text-decoration: underline;")
    return " ".join(rules)
