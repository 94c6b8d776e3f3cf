"""A frame as a self-contained HTML page: one `<pre>`, with a span for each run in one style."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import groupby

from trackio_view.headless.pictures.svg import FONT_FAMILIES
from trackio_view.headless.pictures.theme import BACKGROUND, FOREGROUND, Ink, hexadecimal, ink_of
from trackio_view.terminal.cells import CONTINUATION, Frame
from trackio_view.terminal.style import PLAIN

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>trackio-view</title>
<style>
body {{ margin: 0; background: {background}; }}
pre {{ margin: 1em; color: {foreground}; font: 14px/1.2 {families}; }}
pre span {{ display: inline-block; vertical-align: top; height: 1.2em; }}
{rules}
</style>
</head>
<body>
<pre>
{rows}
</pre>
</body>
</html>
"""


def html(frame: Frame) -> bytes:
    """Return the frame as an HTML page in UTF-8 that loads nothing.

    A run that is not ASCII stands in a box as wide as its cells: glyphs that a reader's font lacks
    are borrowed from another, and must not move what follows.
    """
    classes: dict[Ink, str] = {}
    rows = [
        "".join(_spans(glyphs, [ink_of(style) for style in styles], classes))
        for glyphs, styles in zip(frame.glyphs, frame.styles, strict=True)
    ]
    page = _PAGE.format(
        background=hexadecimal(BACKGROUND),
        foreground=hexadecimal(FOREGROUND),
        families=", ".join(f'"{name}"' if " " in name else name for name in FONT_FAMILIES),
        rules="\n".join(f".{name} {{ {_rule(ink)} }}" for ink, name in classes.items()),
        rows="\n".join(rows),
    )
    return page.encode("utf-8")


def _spans(glyphs: list[str], inks: list[Ink], classes: dict[Ink, str]) -> Iterator[str]:
    for (ink, own_box, _), run in groupby(
        range(len(glyphs)), key=lambda x: (inks[x], _needs_box(glyphs, x), _wide_start(glyphs, x))
    ):
        columns = list(run)
        text = escape("".join(glyphs[x] for x in columns), quote=False)
        style = f' style="width:{len(columns)}ch"' if own_box else ""
        if ink == _DEFAULT and not own_box:
            yield text
            continue
        name = ""
        if ink != _DEFAULT:
            name = f' class="{classes.setdefault(ink, f"s{len(classes)}")}"'
        yield f"<span{name}{style}>{text}</span>"


_DEFAULT = ink_of(PLAIN)


def _needs_box(glyphs: list[str], x: int) -> bool:
    return not glyphs[x].isascii() or glyphs[x] == CONTINUATION


def _wide_start(glyphs: list[str], x: int) -> int:
    """Return the column at which a wide glyph starts, which has a box of its own, else -1."""
    if glyphs[x] == CONTINUATION:
        return x - 1
    return x if x + 1 < len(glyphs) and glyphs[x + 1] == CONTINUATION else -1


def _rule(ink: Ink) -> str:
    rules = []
    if ink.foreground != FOREGROUND:
        rules.append(f"color: {hexadecimal(ink.foreground)};")
    if ink.background != BACKGROUND:
        rules.append(f"background: {hexadecimal(ink.background)};")
    if ink.bold:
        rules.append("font-weight: bold;")
    if ink.italic:
        rules.append("font-style: italic;")
    if ink.underline:
        rules.append("text-decoration: underline;")
    return " ".join(rules)
