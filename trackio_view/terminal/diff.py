"""The differ: the shortest reasonable string that turns one frame on a terminal into another."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import compress
from operator import is_not

from trackio_view.terminal.by_style import ChangedRow, draw_by_style
from trackio_view.terminal.cells import CONTINUATION, Frame
from trackio_view.terminal.glyphs import FIRST_SIGN, LAST_SIGN, Repertoire, shown_by
from trackio_view.terminal.look import Look
from trackio_view.terminal.renditions import RESET, Renditions, Selections, renditions_of
from trackio_view.terminal.style import PLAIN, Style

_BLANK = " "
_CLEAR = f"{RESET}\x1b[H\x1b[2J"
_ERASE_TO_END_OF_ROW = "\x1b[K"
_LEAST_ERASED = " " * 4
"""Fewer blanks than this are shorter than any sequence that erases them."""
_LEAST_ERASED_IN_COLOR = " " * 16
"""Fewer blanks are shorter than two sequences that leave a colour and select it again."""
_MOST_REPRINTED = 3
_FEW = 1200
"""Up to so many changed cells are written style by style, as when the x axis of a page of charts
grows: an eighth fewer bytes than row by row, in no more time. Of more cells, as a pan through a
page of noise changes, the bytes are as much fewer, but writing them takes a fifth more time.
"""
_UNKNOWN = -1
_SIGNS = re.compile(f"[{FIRST_SIGN}-{LAST_SIGN}]")


def diff(previous: Frame | None, current: Frame, look: Look) -> str:
    """Return the string that turns a terminal showing `previous` into one showing `current`.

    Empty when both look the same. With `previous` unknown (`None`) or of another size, the screen
    is cleared and painted whole. Signs and styles become what `look` has for them, where they are
    written: a frame that did not change costs nothing. The string expects the attributes to be
    reset and leaves them reset. The cursor may be anywhere before it, and is anywhere after it.

    Only spans of changed cells are written, left to right, row by row; a few are written style by
    style, and wide glyphs come last. No sequence depends on whether autowrap is on: the last column
    is never followed by anything but an absolute move.
    A wide glyph is drawn whole or not at all, and after a glyph that is wide or carries combining
    marks the cursor is addressed absolutely, because terminals disagree on how far it went.
    Blanks are erased (ECMA-48, 8.3.38 ECH and 8.3.41 EL) only in the default style, because
    terminals disagree on the colour that an erased cell takes. A few blanks of the default style
    are printed in the selected style where they look the same in it: a line of dots has many.
    """
    selections, clear = Selections(renditions_of(look)), ""
    if previous is None or (previous.width, previous.height) != (current.width, current.height):
        clear, previous = _CLEAR, Frame(current.width, current.height)
    rows = _changed_rows(previous, current, look.repertoire, selections.renditions)
    shown = shown_by(look.repertoire)
    return _SIGNS.sub(lambda found: shown[found[0]], clear + _drawn(rows, selections))


def _changed_rows(
    previous: Frame, current: Frame, repertoire: Repertoire, renditions: Renditions
) -> list[ChangedRow]:
    """Return the rows that look different from before."""
    shown, has_less = shown_by(repertoire).__getitem__, repertoire is not Repertoire.BRAILLE
    rows: list[ChangedRow] = []
    for y in range(current.height):
        glyphs, styles = current.glyphs[y], current.styles[y]
        old_glyphs, old_styles = previous.glyphs[y], previous.styles[y]
        # A frame that shows another chart alone has all other rows in common with the one before.
        if old_glyphs is glyphs and old_styles is styles:
            continue
        # Rows are compared whole first, which runs in C.
        if old_glyphs == glyphs and old_styles == styles:
            continue
        if has_less:
            # Glyphs that have the same twin are no change.
            glyphs, old_glyphs = list(map(shown, glyphs)), list(map(shown, old_glyphs))
        columns = _changed(glyphs, styles, old_glyphs, old_styles, renditions)
        if columns:
            text = "".join(glyphs)
            # Nearly no row has wide glyphs or combining marks.
            is_wide = len(text) != len(glyphs) or CONTINUATION in glyphs
            rows.append(ChangedRow(y, columns, text, styles, glyphs if is_wide else None))
    return rows


def _drawn(rows: Sequence[ChangedRow], selections: Selections) -> str:
    """Return what redraws the changed cells of some rows."""
    output, pen = [], RESET
    narrow = [row for row in rows if row.glyphs is None]
    if len(narrow) > 1 and sum([len(row.columns) for row in narrow]) <= _FEW:
        output.append(draw_by_style(narrow, selections))
    else:
        for row in narrow:
            pen = _draw_row(output, pen, row, selections)
    for y, columns, _, styles, glyphs in rows:
        if glyphs is not None:
            pen = _draw_wide_row(output, pen, y, columns, glyphs, styles, selections.renditions)
    if pen != RESET:
        output.append(RESET)
    return "".join(output)


def _changed(
    glyphs: list[str],
    styles: list[Style],
    old_glyphs: list[str],
    old_styles: list[Style],
    renditions: Renditions,
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
    columns: Iterable[int], styles: list[Style], old_styles: list[Style], renditions: Renditions
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


def _draw_row(output: list[str], pen: str, row: ChangedRow, selections: Selections) -> str:
    """Append what redraws a row in which each glyph is one character; return the rendition then
    selected.
    """
    y, columns, text, styles, _ = row
    changes = selections.renditions.changes
    unseen_on_blanks = selections.renditions.unseen_on_blanks
    append, last = output.append, columns[-1]
    tail = _tail(text, styles, selections) if text[last] == _BLANK else len(text)
    start = cursor = columns[0]  # The cells between them are still to be written.
    append(f"\x1b[{y + 1};{start + 1}H" if start else f"\x1b[{y + 1}H")
    drawn = 0  # Cells left of this column were erased.
    run_end = 0  # Blanks left of this one were found cheaper to print than to erase.
    pen_style: Style | None = None
    # A blank of the default style looks the same in the selected one.
    is_reset, unseen = pen == RESET, pen in unseen_on_blanks
    has_long_blanks = _LEAST_ERASED_IN_COLOR in text
    for x in columns:
        if x != cursor:
            if x < drawn:
                continue
            distance = x - cursor
            if distance > _MOST_REPRINTED or not (
                # Most gaps between dots of a chart that moved are such a single blank.
                (distance == 1 and unseen and text[cursor] == _BLANK and styles[cursor] is PLAIN)
                or _is_alike(cursor, x, text, styles, pen, selections, unseen=unseen)
            ):
                append(f"{text[start:cursor]}\x1b[{distance if distance > 1 else ''}C")
                start = x
        style, cursor = styles[x], x + 1
        if style is not pen_style and not (
            style is PLAIN
            and unseen
            and text[x] == _BLANK
            and not (has_long_blanks and text.startswith(_LEAST_ERASED_IN_COLOR, x))
        ):
            pen_style, selection = style, selections.get(id(style)) or selections.of(style)
            if selection != pen:
                append(text[start:x] + changes[pen, selection])
                start, pen = x, selection
                is_reset, unseen = pen == RESET, pen in unseen_on_blanks
        if is_reset and x >= run_end and text.startswith(_LEAST_ERASED, x):
            if x >= tail and last - x >= len(_ERASE_TO_END_OF_ROW):
                append(text[start:x] + _ERASE_TO_END_OF_ROW)
                return pen
            run_end, follows = _blank_run(x, columns, text, styles, selections)
            erase = f"\x1b[{run_end - x}X"
            # An erasure leaves the cursor at its start, so a cell that follows directly needs a
            # move.
            if run_end - x > len(erase) * (2 if follows else 1):
                append(text[start:x] + erase)
                start = cursor = x
                drawn = run_end
    append(text[start:cursor])
    return pen


def _is_alike(
    start: int,
    end: int,
    text: str,
    styles: list[Style],
    pen: str,
    selections: Selections,
    *,
    unseen: bool,
) -> bool:
    """Return whether the unchanged cells between two columns can be written once more with the
    selected rendition, where that is as safe as a move. It is shorter then.
    """
    gap = text[start:end]
    if not gap.isascii():
        return False
    blank_is_alike = unseen and gap.isspace()
    # A page of numbers that scrolled has thousands of such gaps.
    for style in styles[start:end]:
        if not (blank_is_alike and style is PLAIN) and selections.of(style) != pen:
            return False
    return True


def _draw_wide_row(
    output: list[str],
    pen: str,
    y: int,
    columns: list[int],
    glyphs: list[str],
    styles: list[Style],
    renditions: Renditions,
) -> str:
    """Append what redraws the `columns` of row `y`, in which glyphs are wide or carry combining
    marks; return the rendition then selected.
    """
    cursor, width = _UNKNOWN, len(glyphs)
    for x in _whole_glyphs(columns, glyphs):
        glyph, selection = glyphs[x], renditions[styles[x]]
        if x != cursor:
            output.append(f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H")
        if selection != pen:
            output.append(renditions.changes[pen, selection])
            pen = selection
        output.append(glyph)
        cursor = x + 1
        # After the last column the next cell is in another row, which an absolute move leads to.
        if cursor < width and (len(glyph) > 1 or glyphs[cursor] == CONTINUATION):
            cursor = _UNKNOWN
    return pen


def _whole_glyphs(columns: list[int], glyphs: list[str]) -> list[int]:
    """Return the changed columns, where a wide glyph stands for either of its halves."""
    whole: list[int] = []
    for x in columns:
        start = x - 1 if x and glyphs[x] == CONTINUATION else x
        if not whole or whole[-1] != start:
            whole.append(start)
    return whole


def _tail(text: str, styles: list[Style], selections: Selections) -> int:
    """Return the column from which on the row is blank in the default style."""
    column, least = len(text), len(text.rstrip(_BLANK))
    while column > least and selections.of(styles[column - 1]) == RESET:
        column -= 1
    return column


def _blank_run(
    x: int, columns: list[int], text: str, styles: list[Style], selections: Selections
) -> tuple[int, bool]:
    """Return where the default blanks from `x` on end, and whether a drawn cell follows directly.

    Unchanged blanks are part of the run, up to the last changed one.
    """
    end, most = x + 1, len(text) - len(text[x:].lstrip(_BLANK))
    while end < most and selections.of(styles[end]) == RESET:
        end += 1
    following = bisect_left(columns, end)
    end = columns[following - 1] + 1
    return end, following < len(columns) and columns[following] == end
