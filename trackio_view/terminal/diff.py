"""The differ: the shortest reasonable string that turns one frame on a terminal into another."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache
from itertools import compress
from operator import is_not

from trackio_view.terminal.cells import CONTINUATION, Frame
from trackio_view.terminal.glyphs import Repertoire, shown_by, with_signs_shown
from trackio_view.terminal.look import Look, rendition
from trackio_view.terminal.style import PLAIN, Style

_BLANK = " "
_RESET = "\x1b[m"
_CLEAR = f"{_RESET}\x1b[H\x1b[2J"
_ERASE_TO_END_OF_ROW = "\x1b[K"
_LEAST_ERASED = " " * 4
"""Fewer blanks than this are shorter than any sequence that erases them."""
_MOST_REPRINTED = 3
_UNKNOWN = -1
_MOST_RENDITIONS = 1 << 14


class _Renditions(dict[Style, str]):
    """The SGR sequence of every style that was drawn so far, for one look."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.unseen_on_blanks: set[str] = set()
        """The sequences in which a blank looks as it does in the default style."""

    def __missing__(self, style: Style) -> str:
        if len(self) >= _MOST_RENDITIONS:
            self.clear()
            self.unseen_on_blanks.clear()
        selection = self[style] = rendition(style, self._look)
        shown = self._look.theme.styled(style)
        if shown.background is None and not (shown.underline or shown.reverse):
            self.unseen_on_blanks.add(selection)
        return selection


@lru_cache(maxsize=16)
def _renditions(look: Look) -> _Renditions:
    return _Renditions(look)


def diff(previous: Frame | None, current: Frame, look: Look) -> str:
    """Return the string that turns a terminal showing `previous` into one showing `current`.

    Empty when both look the same. With `previous` unknown (`None`) or of another size, the screen
    is cleared and painted whole. Signs and styles become what `look` has for them, where they are
    written: a frame that did not change costs nothing. The string expects the attributes to be
    reset and leaves them reset. The cursor may be anywhere before it, and is anywhere after it.

    Only spans of changed cells are written, left to right, row by row. No sequence depends on
    whether autowrap is on: the last column is never followed by anything but an absolute move.
    A wide glyph is drawn whole or not at all, and after a glyph that is wide or carries combining
    marks the cursor is addressed absolutely, because terminals disagree on how far it went.
    Blanks are erased (ECMA-48, 8.3.38 ECH and 8.3.41 EL) only in the default style, because
    terminals disagree on the colour that an erased cell takes. A few blanks of the default style
    are printed in the selected style where they look the same in it: a line of dots has many.
    """
    renditions, shown = _renditions(look), shown_by(look.repertoire).__getitem__
    has_less = look.repertoire is not Repertoire.BRAILLE
    width = current.width
    output: list[str] = []
    if previous is None or (previous.width, previous.height) != (width, current.height):
        output.append(_CLEAR)
        blank_glyphs, blank_styles = [_BLANK] * width, [PLAIN] * width
        before = [(blank_glyphs, blank_styles)] * current.height
    elif previous.glyphs == current.glyphs and previous.styles == current.styles:
        return ""
    else:
        before = list(zip(previous.glyphs, previous.styles, strict=True))
    pen = _RESET
    for y, (old_glyphs, old_styles) in enumerate(before):
        glyphs, styles = current.glyphs[y], current.styles[y]
        # Rows are compared whole first, which runs in C.
        if old_glyphs == glyphs and old_styles == styles:
            continue
        if has_less:
            # Glyphs that have the same twin are no change.
            glyphs, old_glyphs = list(map(shown, glyphs)), list(map(shown, old_glyphs))
        columns = _changed(glyphs, styles, old_glyphs, old_styles, renditions)
        if columns:
            pen = _draw_row(output, pen, y, columns, glyphs, styles, renditions)
    if pen != _RESET:
        output.append(_RESET)
    return with_signs_shown("".join(output), look.repertoire)


def _changed(
    glyphs: list[str],
    styles: list[Style],
    old_glyphs: list[str],
    old_styles: list[Style],
    renditions: _Renditions,
) -> list[int]:
    """Return the columns of a row that look different from before."""
    numbers = range(len(glyphs))
    # One pass over the cells costs less than a pass over glyphs and another over styles.
    if old_styles == styles:
        return [x for x, new, old in zip(numbers, glyphs, old_glyphs, strict=True) if new != old]
    if old_glyphs == glyphs:
        restyled = compress(numbers, map(is_not, styles, old_styles))
        return _seen_restyled(restyled, styles, old_styles, renditions)
    return [
        x
        for x, new, old, style, old_style in zip(
            numbers, glyphs, old_glyphs, styles, old_styles, strict=True
        )
        if new != old or (style is not old_style and renditions[style] != renditions[old_style])
    ]


def _seen_restyled(
    columns: Iterable[int], styles: list[Style], old_styles: list[Style], renditions: _Renditions
) -> list[int]:
    """Return those of some columns whose two styles do not look alike."""
    found: list[int] = []
    style = old_style = None
    differs = False
    for x in columns:
        # Neighbours have the same styles as a rule, and a style takes long to hash.
        if styles[x] is not style or old_styles[x] is not old_style:
            style, old_style = styles[x], old_styles[x]
            differs = renditions[style] != renditions[old_style]
        if differs:
            found.append(x)
    return found


def _draw_row(
    output: list[str],
    pen: str,
    y: int,
    columns: list[int],
    glyphs: list[str],
    styles: list[Style],
    renditions: _Renditions,
) -> str:
    """Append what redraws the `columns` of row `y`; return the rendition then selected."""
    width, text = len(glyphs), "".join(glyphs)
    # Nearly all rows have neither wide glyphs nor combining marks, and skip the handling of them.
    careful = len(text) != width or CONTINUATION in glyphs
    if careful:
        columns = _whole_glyphs(columns, glyphs)
    last = columns[-1]
    tail = _tail(glyphs, styles, renditions) if glyphs[last] == _BLANK else width
    cursor = _UNKNOWN
    drawn = 0  # Cells left of this column were erased.
    run_end = 0  # Blanks left of this one were found cheaper to print than to erase.
    pen_style: Style | None = None
    colored, coloring, plain = PLAIN, _RESET, renditions[PLAIN]
    append = output.append
    unseen_on_blanks = renditions.unseen_on_blanks
    unseen = False  # A blank of the default style looks the same in the selected one.
    for x in columns:
        if x < drawn:
            continue
        glyph, style = glyphs[x], styles[x]
        if x != cursor:
            if cursor == _UNKNOWN:
                append(f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H")
            else:
                append(_step(glyphs, styles, cursor, x, pen, renditions))
            cursor = x
        if style is not pen_style and not (
            unseen and style is PLAIN and glyph == _BLANK and not text.startswith(_LEAST_ERASED, x)
        ):
            pen_style = style
            # Dots and the blanks between them take turns, and a style takes long to hash.
            if style is PLAIN:
                rendition = plain
            elif style is colored:
                rendition = coloring
            else:
                rendition = coloring = renditions[style]
                colored = style
            if rendition != pen:
                append(rendition)
                pen = rendition
                unseen = not careful and pen in unseen_on_blanks
        if (
            glyph == _BLANK
            and x >= run_end
            and pen == _RESET
            and (careful or text.startswith(_LEAST_ERASED, x))
        ):
            if x >= tail and last - x >= len(_ERASE_TO_END_OF_ROW):
                append(_ERASE_TO_END_OF_ROW)
                break
            run_end, follows = _blank_run(x, columns, glyphs, styles, renditions)
            erase = f"\x1b[{run_end - x}X"
            # An erasure leaves the cursor at its start, so a cell that follows directly needs a
            # move.
            if run_end - x > len(erase) * (2 if follows else 1):
                append(erase)
                drawn = run_end
                continue
        append(glyph)
        cursor += 1
        # After the last column the next cell is in another row, which an absolute move leads to.
        if careful and cursor < width and (len(glyph) > 1 or glyphs[cursor] == CONTINUATION):
            cursor = _UNKNOWN
    return pen


def _step(
    glyphs: list[str], styles: list[Style], start: int, end: int, pen: str, renditions: _Renditions
) -> str:
    """Return what brings the cursor from one column to a later one of the row: the unchanged cells
    between them once more, where that is as safe as a move, and shorter.
    """
    move = f"\x1b[{end - start}C" if end - start > 1 else "\x1b[C"
    if end - start > _MOST_REPRINTED or not glyphs[start].isascii():
        return move
    drawn: Style | None = None
    # A page of numbers that scrolled has thousands of such gaps.
    for style in styles[start:end]:
        if style is not drawn and renditions[style] != pen:
            return move
        drawn = style
    gap = glyphs[start:end]
    text = "".join(gap)
    return text if CONTINUATION not in gap and text.isascii() else move


def _whole_glyphs(columns: list[int], glyphs: list[str]) -> list[int]:
    """Return the changed columns, where a wide glyph stands for either of its halves."""
    whole: list[int] = []
    for x in columns:
        start = x - 1 if x and glyphs[x] == CONTINUATION else x
        if not whole or whole[-1] != start:
            whole.append(start)
    return whole


def _tail(glyphs: list[str], styles: list[Style], renditions: _Renditions) -> int:
    """Return the column from which on the row is blank in the default style."""
    column = len(glyphs)
    while column and glyphs[column - 1] == _BLANK:
        style = styles[column - 1]
        # A style takes long to hash, and most blanks have this one.
        if style is not PLAIN and renditions[style] != _RESET:
            break
        column -= 1
    return column


def _blank_run(
    x: int,
    columns: list[int],
    glyphs: list[str],
    styles: list[Style],
    renditions: _Renditions,
) -> tuple[int, bool]:
    """Return where the default blanks from `x` on end, and whether a drawn cell follows directly.

    Unchanged blanks are part of the run, up to the last changed one.
    """
    end = x + 1
    while end < len(glyphs) and glyphs[end] == _BLANK:
        style = styles[end]
        if style is not PLAIN and renditions[style] != _RESET:
            break
        end += 1
    following = bisect_left(columns, end)
    end = columns[following - 1] + 1
    return end, following < len(columns) and columns[following] == end
