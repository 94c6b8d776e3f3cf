"""The lines that a run's page is made of, and those among them that open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trackio_view.charts.palette import ACCENT, LABEL, SELECTED, TITLE, VALUE
from trackio_view.charts.text_table import LinePlace
from trackio_view.screens.page_parts import OpeningLine, PageLine, StyledLine
from trackio_view.screens.wrapping import wrapped
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import FOLDED, UNFOLDED, Signed
from trackio_view.terminal.style import StyledText
from trackio_view.terminal.text import pad, signed
from trackio_view.view.folding import Fold
from trackio_view.wording.names import Names

KEY_WIDTH = 28


def segments_of(line: PageLine) -> StyledLine:
    """Return what is drawn of a line."""
    return line.segments if isinstance(line, OpeningLine) else line


def draw_lines(
    frame: Frame, place: Rect, lines: Iterable[Iterable[StyledText]], current: int | None = None
) -> None:
    """Draw lines from the top of a place on, a blank before each; what has no room is cut off. The
    line numbered `current` is where the cursor is, from which lines that are clicked are counted.
    """
    end = place.x + place.width - 1
    for y, line in enumerate(lines, place.y):
        x = place.x + 1
        if current is not None:
            region = Rect(place.x, y, place.width, 1), LinePlace(y - place.y - current)
            frame.regions.append(region)
        for segment in line:
            if x >= end:
                break
            x = frame.put(x, y, segment.text, segment.style, limit=end - x)
    if current is not None:
        frame.restyle(Rect(place.x, place.y + current, place.width, 1), SELECTED)


def opening_line(
    fold: Fold, text: str, *more: StyledText, is_open: bool, label: bool = False
) -> OpeningLine:
    """Return a line that opens, with the sign that says so before its text."""
    sign = UNFOLDED if is_open else FOLDED
    style = LABEL if label else VALUE
    return OpeningLine(
        [StyledText(signed(sign, " "), ACCENT), StyledText(text, style), *more], fold
    )


def section(title: str, lines: Iterable[PageLine], width: int) -> Iterator[PageLine]:
    """Yield a heading and its lines, nothing where there are none."""
    for number, line in enumerate(lines):
        if number == 0:
            yield ()
            yield from wrapped([heading(title)], width)
        yield line


def heading(title: str) -> StyledText:
    """Return the text of a heading."""
    return StyledText(title, ACCENT._replace(bold=True))


def fact_lines(
    width: int, label: str, *values: StyledText, labels: Names | None = None
) -> list[list[StyledText]]:
    """Return a label and what it is about, on as many lines as that takes.

    A label that has no room is told from the others among `labels`.
    """
    label_width = label_columns(width)
    shown = pad(label if labels is None else labels.cut(label, label_width), label_width)
    return wrapped([StyledText(f"  {shown}  ", LABEL), *values], width, label_width + 4)


def label_columns(width: int) -> int:
    """Return how many columns the labels of facts take on a page so wide."""
    return min(KEY_WIDTH, width * 2 // 5)


def table_as_lines(frame: Frame) -> Iterator[StyledLine]:
    """Yield a drawn table's rows as lines of the page."""
    for glyphs, styles in zip(frame.glyphs, frame.styles, strict=True):
        line = [StyledText("  ", TITLE)]
        start = 0
        for x in range(1, frame.width + 1):
            if x == frame.width or styles[x] != styles[start]:
                line.append(StyledText(Signed("".join(glyphs[start:x])), styles[start]))
                start = x
        yield line
