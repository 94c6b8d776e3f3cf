"""The legend of compared runs: marker, name, and the facts of one metric."""

from __future__ import annotations

import math
from collections.abc import Sequence

from trackio_view.charts.line_looks import marker_of, style_of
from trackio_view.charts.palette import LABEL, MUTED, VALUE
from trackio_view.charts.text_table import TableCell, TableColumn, TableRow, table, wanted_width
from trackio_view.light_typing import NamedTuple
from trackio_view.series.series import Number, Summary
from trackio_view.series.sums import as_float, mean
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import BEST, DASH
from trackio_view.terminal.style import Style
from trackio_view.terminal.text import signed, text_width
from trackio_view.view.marks import Appearance
from trackio_view.wording.names import Names
from trackio_view.wording.number_columns import NumberWriter, column_writer

_COLUMNS_FROM_WIDTH = 42


class LegendEntry(NamedTuple):
    """One line of the legend; numbers are `None` where nothing was logged."""

    look: Appearance
    name: str
    last: Number | None
    low: Number | None
    high: Number | None
    is_front: bool = False
    is_best: bool = False
    is_dim: bool = False
    """Whether the line is dim, so that the run in front and the best run stand out."""
    is_earlier: bool = False
    """Whether `last` was logged before the place that is asked about."""
    is_settled: bool = True
    """Whether `last` is not about to change."""
    on: object = None
    """What it is to somebody who points at it."""

    @classmethod
    def of_run(cls, look: Appearance, name: str, summary: Summary | None) -> LegendEntry:
        """Return the line of a run, of the window that is on screen."""
        if summary is None:
            return cls(look, name, None, None, None)
        return cls(look, name, summary.last, summary.minimum, summary.maximum)

    @classmethod
    def of_group(cls, look: Appearance, name: str, members: Sequence[Summary]) -> LegendEntry:
        """Return the line of a group: the mean of the last values, the lowest and the highest of
        its members.
        """
        # An integer that is too large for a float counts as infinite.
        lasts = list(filter(math.isfinite, (as_float(member.last) for member in members)))
        lows = [member.minimum for member in members if member.minimum is not None]
        highs = [member.maximum for member in members if member.maximum is not None]
        title = f"{name} ({len(members)})"
        last = mean(lasts) if lasts else None
        return cls(look, title, last, min(lows, default=None), max(highs, default=None))


def shows_ranges(place: Rect, count: int) -> bool:
    """Return whether the legend of so many runs has room for their lowest and highest values."""
    return place.width >= _COLUMNS_FROM_WIDTH or 2 * count <= place.height


def heading_rows(width: int) -> int:
    """Return how many rows above its runs a legend of this width has."""
    return int(width >= _COLUMNS_FROM_WIDTH)


def rows_of_legend(place: Rect, count: int) -> int:
    """Return how many rows of a place the legend of so many runs takes."""
    if heading := heading_rows(place.width):
        return min(count + heading, place.height)
    return min(count * (2 if shows_ranges(place, count) else 1), place.height)


def draw_legend(frame: Frame, place: Rect, entries: Sequence[LegendEntry], value: str) -> None:
    """Draw the legend into `place`: in columns where it is wide, else two lines a run, or one.

    `value` is what the value's column is called.
    """
    if place.width >= _COLUMNS_FROM_WIDTH:
        _draw_columns(frame, place, entries, value, _writers(entries, place.width // 3))
        return
    each = 2 if shows_ranges(place, len(entries)) else 1
    room = place.height // each
    shown = _with_room(entries, room)
    names = Names(entry.name for entry in entries)
    writers = _writers(entries, place.width * 2 // 3)
    widest = max((text_width(_last(entry, writers.last)) for entry in entries), default=0)
    has_lines_of_names = each == 2 and _longest(entries) > place.width - 5 - widest
    for number, entry in enumerate(shown):
        y = place.y + number * each
        if has_lines_of_names:
            _draw_below_name(frame, place, y, entry, names, writers)
        else:
            _draw_entry(frame, place, y, entry, names, writers, with_range=each == 2)
        frame.regions.append((Rect(place.x, y, place.width, each), entry.on))
    if len(shown) < len(entries):
        text = f"+{len(entries) - len(shown)} more"
        frame.put(place.x + 1, place.y + len(shown) * each, text, MUTED, limit=place.width - 2)


def _with_room(entries: Sequence[LegendEntry], room: int) -> Sequence[LegendEntry]:
    """Return the first entries and that of the line in front, with a row left for the others."""
    if len(entries) <= room:
        return entries
    first, others = entries[: max(room - 1, 0)], entries[max(room - 1, 0) :]
    front = [entry for entry in others if entry.is_front]
    return [*first[:-1], *front] if first and front else first


class _Writers(NamedTuple):
    """How the numbers of a legend are written, so that those which differ look different."""

    last: NumberWriter
    low: NumberWriter
    high: NumberWriter


def _writers(entries: Sequence[LegendEntry], width: int) -> _Writers:
    """Return how numbers are written in `width` cells at most. Numbers that are about to change ask
    for no more digits.
    """
    settled = [(entry.last, entry.low, entry.high) for entry in entries if entry.is_settled]
    columns = zip(*settled, strict=True) if settled else ((), (), ())
    return _Writers(
        *(
            column_writer((number for number in column if number is not None), width=width)
            for column in columns
        )
    )


def _draw_columns(
    frame: Frame, place: Rect, entries: Sequence[LegendEntry], value: str, writers: _Writers
) -> None:
    room = place.height - 1
    shown = _with_room(entries, room)
    rows: list[TableRow] = [
        [
            TableCell(_marker(entry), _marker_style(entry)),
            TableCell(entry.name, _name_style(entry)),
            TableCell(_last(entry, writers.last), _value_style(entry)),
            TableCell(_shown(entry.low, writers.low), LABEL),
            TableCell(_shown(entry.high, writers.high), LABEL),
        ]
        for entry in shown
    ]
    if len(shown) < len(entries):
        rows.append(["", TableCell(f"+{len(entries) - len(shown)} more", MUTED), "", "", ""])
    width, name = place.width - 2, TableColumn("run", grows=True)
    needed = (TableColumn("", maximum_width=1), name, TableColumn(value, align_right=True))
    excess = wanted_width(needed, rows) - width
    if excess > 0:
        # No name would be whole without the extremes either: they keep the half that they had.
        name = name._replace(minimum_width=min(place.width // 2, _longest(shown) - excess))
    columns = (
        needed[0],
        name,
        needed[2],
        TableColumn("min", align_right=True, priority=1),
        TableColumn("max", align_right=True, priority=2),
    )
    content = table(columns, rows, width, place.height)
    frame.blit(content, place.x + 1, place.y)
    for y, entry in enumerate(shown, place.y + 1):
        frame.regions.append((Rect(place.x, y, place.width, 1), entry.on))


def _draw_entry(
    frame: Frame,
    place: Rect,
    y: int,
    entry: LegendEntry,
    names: Names,
    writers: _Writers,
    *,
    with_range: bool,
) -> None:
    last = _last(entry, writers.last)
    frame.put(place.x + 1, y, _marker(entry), _marker_style(entry))
    room = place.width - 5 - text_width(last)
    frame.put(place.x + 3, y, names.cut(entry.name, max(room, 1)), _name_style(entry))
    frame.put(place.x + place.width - 1 - text_width(last), y, last, _value_style(entry))
    if with_range:
        extent = _extent(entry, writers)
        x = place.x + place.width - 1 - text_width(extent)
        frame.put(max(x, place.x + 1), y + 1, extent, MUTED, limit=place.width - 2)


def _draw_below_name(
    frame: Frame, place: Rect, y: int, entry: LegendEntry, names: Names, writers: _Writers
) -> None:
    """Draw an entry whose name has a line to itself: the value stands below it, and the extent
    where there is room.
    """
    last, extent = _shown(entry.last, writers.last), _extent(entry, writers)
    end = place.x + place.width - 1
    frame.put(place.x + 1, y, _marker(entry), _marker_style(entry))
    room = place.width - 4
    if entry.is_best:
        room -= 2
        frame.put(end - 1, y, signed(BEST), _value_style(entry))
    frame.put(place.x + 3, y, names.cut(entry.name, max(room, 1)), _name_style(entry))
    x = end - text_width(extent)
    if x < place.x + 1 + text_width(last) + 2:
        frame.put(end - text_width(last), y + 1, last, _value_style(entry))
        return
    frame.put(place.x + 1, y + 1, last, _value_style(entry))
    frame.put(x, y + 1, extent, MUTED)


def _longest(entries: Sequence[LegendEntry]) -> int:
    return max((text_width(entry.name) for entry in entries), default=0)


def _extent(entry: LegendEntry, writers: _Writers) -> str:
    return f"{_shown(entry.low, writers.low)} to {_shown(entry.high, writers.high)}"


def _marker(entry: LegendEntry) -> str:
    return marker_of(entry.look)


def _marker_style(entry: LegendEntry) -> Style:
    # What is told of a dim line is dim by its colour alone: a terminal's dim text is hard to read.
    style = style_of(entry.look, bold=not entry.is_dim)
    # As in the table of runs, a mark tells the run in front.
    return style._replace(reverse=entry.is_front)


def _name_style(entry: LegendEntry) -> Style:
    return VALUE if entry.is_front else MUTED if entry.is_dim else LABEL


def _value_style(entry: LegendEntry) -> Style:
    if entry.is_earlier:
        return MUTED
    return LABEL if entry.is_dim else style_of(entry.look, bold=True)


def _last(entry: LegendEntry, write: NumberWriter) -> str:
    shown = _shown(entry.last, write)
    return signed(BEST, " ", shown) if entry.is_best else shown


def _shown(number: Number | None, write: NumberWriter) -> str:
    return DASH if number is None else write(number)
