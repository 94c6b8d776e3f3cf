"""A few changed cells, written style by style: the values of a page of charts, which change with
each row of a run, have three or four styles in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from trackio_view.light_typing import NamedTuple
from trackio_view.terminal.renditions import RESET, Selections
from trackio_view.terminal.style import Style

_BLANK = " "
_LEAST_ERASED = " " * 8
"""Blanks that are one sequence rather than printed, where no other style can print them."""
_MOST_REPRINTED = 3


class ChangedRow(NamedTuple):
    """A row, and which of its cells look different."""

    y: int
    columns: list[int]
    text: str
    styles: list[Style]
    glyphs: list[str] | None  # Each cell's, where not all are one character.


_PlacedText: TypeAlias = tuple[int, int, str]
"""Row, column and text of cells side by side that are written with one rendition."""


def draw_by_style(rows: Sequence[ChangedRow], selections: Selections) -> str:
    """Return the string that redraws the changed cells of rows in which each glyph is one
    character. It expects the attributes to be reset and leaves them reset.
    """
    runs: dict[str, list[_PlacedText]] = {RESET: []}
    for row in rows:
        _collect(row, selections, runs)
    changes, pen, output = selections.renditions.changes, RESET, []
    for selection, places in runs.items():
        if places and selection != pen:
            output.append(changes[pen, selection])
            pen = selection
        row_before = cursor = -1
        for y, x, text in places:
            if y != row_before:
                output.append(f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H")
            elif x > cursor:
                output.append(f"\x1b[{x - cursor if x - cursor > 1 else ''}C")
            row_before, cursor = y, x + len(text)
            if pen == RESET and text.startswith(_LEAST_ERASED) and not text.strip(_BLANK):
                # An erasure leaves the cursor where it is.
                text, cursor = f"\x1b[{len(text)}X", x
            output.append(text)
    if pen != RESET:
        output.append(RESET)
    return "".join(output)


def _collect(row: ChangedRow, selections: Selections, runs: dict[str, list[_PlacedText]]) -> None:
    """Add what is to be written of a row to the runs of each rendition."""
    y, columns, text, styles, _ = row
    of, unseen = selections.of, selections.renditions.unseen_on_blanks
    start = end = columns[0]
    pen = of(styles[start])
    style: Style | None = styles[start]
    for x in columns:
        if x == end and styles[x] is style:
            end = x + 1
            continue
        selection = of(styles[x])
        if x == end:
            is_joined = (
                selection == pen
                # A few blanks beside something are written with it, where they look the same.
                or (
                    selection == RESET
                    and text[x] == _BLANK
                    and pen in unseen
                    and not text.startswith(_LEAST_ERASED, x)
                )
            )
            if not is_joined and pen == RESET and selection in unseen:
                is_joined = x - start < len(_LEAST_ERASED) and text[start:x].isspace()
                pen = selection if is_joined else pen
        else:
            is_joined = (
                selection == pen
                and x - end <= _MOST_REPRINTED
                and text[end:x].isascii()
                and all(of(styles[between]) == pen for between in range(end, x))
            )
        if not is_joined:
            runs.setdefault(pen, []).append((y, start, text[start:end]))
            start, pen = x, selection
        # A blank that was joined does not tell the style of what follows it.
        style, end = styles[x] if selection == pen else None, x + 1
    runs.setdefault(pen, []).append((y, start, text[start:end]))
