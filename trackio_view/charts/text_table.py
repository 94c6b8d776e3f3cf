"""Tables whose columns give way by priority where the screen is narrow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from trackio_view.charts.palette import LABEL, MUTED, SELECTED
from trackio_view.light_typing import TYPE_CHECKING, NamedTuple, overload
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import FURTHER_LEFT, FURTHER_RIGHT, MORE_ABOVE, MORE_BELOW
from trackio_view.terminal.style import PLAIN, Style
from trackio_view.terminal.text import fit, pad, signed, text_width

if TYPE_CHECKING:
    from trackio_view.wording.names import Names

_GAP = 2
_FEW = 4


class TableColumn(NamedTuple):
    """How one column of a table is laid out."""

    title: str
    align_right: bool = False
    priority: int = 0
    """The column with the highest number gives way first. Columns with 0 stay while any room is
    left.
    """
    minimum_width: int | None = None
    """How narrow texts may be cut before the column is left out; by default they are not cut."""
    usual_width: int | None = None
    """How wide a column of narrower texts is; by default the minimum."""
    maximum_width: int | None = None
    grows: bool = False
    """Takes a share of the room that is left over."""
    title_style: Style = LABEL
    title_mark: str = ""
    """A mark before the title. The title gives way to it."""
    names: Callable[[], Names] | None = None
    """Returns the texts that a cut text is told from; by default those that are seen."""


class TableCell(NamedTuple):
    """A cell's text with a style of its own; plain text may stand for one."""

    text: str
    style: Style = PLAIN
    sign: str = ""
    """A mark behind the text. The text gives way to it."""
    is_prose: bool = False
    """Whether the text is cut at its end, as one that is read from its beginning. Other texts are
    names, which are cut in the middle.
    """
    narrower: Callable[[int], str] | None = None
    """Returns the same in so many cells, where it is a drawing and no text."""

    @property
    def whole(self) -> str:
        """The text with its sign."""
        return signed(self.text, self.sign) if self.sign else self.text

    @property
    def width(self) -> int:
        width = text_width(self.text)
        return width + text_width(self.sign) if self.sign else width


TableRow = Sequence[str | TableCell]


class LazyRows(Sequence[TableRow]):
    """Rows that are made when they are asked for. Only rows on screen are asked for."""

    def __init__(self, count: int, row: Callable[[int], TableRow]) -> None:
        self._count, self._row = count, row

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> TableRow: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[TableRow]: ...
    def __getitem__(self, place: int | slice) -> TableRow | Sequence[TableRow]:
        if isinstance(place, slice):
            return [self._row(at) for at in range(*place.indices(self._count))]
        return self._row(place)


class LinePlace(NamedTuple):
    """A line of a list that somebody points at."""

    below: int
    """How many lines below the one that is chosen."""


class TitlePlace(NamedTuple):
    """The title of a column that somebody points at."""

    column: int


class ColumnCursor(NamedTuple):
    """The column from which the columns that are left out are counted, to its left and to its
    right.
    """

    place: int
    before: int = 0
    """How many columns before it the table is not given, because there is no room for so many."""
    after: int = 0

    @property
    def has_more(self) -> bool:
        """Whether there are columns that the table is not given."""
        return self.before > 0 or self.after > 0


def table(
    columns: Sequence[TableColumn],
    rows: Sequence[TableRow],
    width: int,
    height: int,
    *,
    selected: int | None = None,
    offset: int = 0,
    header: bool = True,
    cursor: ColumnCursor | None = None,
    empty: str = "",
) -> Frame:
    """Return the rows from `offset` on, under a header, in a frame of `width` x `height` cells.

    `offset` moves as far as it must for the `selected` row to be seen. With a `cursor`, either end
    of the header tells how many columns are left out on that side of it, and the first column has
    no title. Only the rows that are seen are measured, so a long table costs no more than a short
    one.
    """
    frame = Frame(max(width, 0), max(height, 0))
    header_rows = 1 if header and height > 1 else 0
    room = max(height - header_rows, 0)
    if width <= 0 or room == 0:
        return frame
    first = visible_offset(len(rows), room, selected, offset)
    shown = [[_as_cell(cell) for cell in row] for row in rows[first : first + room]]
    # Every cell is measured once, because texts make up most of a table's cost.
    measured = [[cell.width for cell in row] for row in shown]
    wanted = _wanted_widths(columns, measured)
    layout = _layout(columns, wanted, width)
    hidden = _Hidden()
    if cursor is not None and header_rows and (len(layout) < len(columns) or cursor.has_more):
        layout, hidden = _beside_hints(columns, wanted, width, cursor)
    if header_rows:
        _draw_header(frame, layout, hidden)
    names = [
        _names(column, place, shown)
        if any(place < len(row) and row[place] > width for row in measured)
        else None
        for place, _, width, column in layout
    ]
    if not rows and empty:
        frame.put(0, header_rows, empty, MUTED)
    below_selected = None if selected is None else first - selected
    _draw_rows(frame, layout, names, shown, measured, header_rows, below_selected)
    _draw_scroll_hints(frame, header_rows, first > 0, first + room < len(rows))
    return frame


def _draw_header(frame: Frame, layout: Sequence[_PlacedColumn], hidden: _Hidden) -> None:
    """Draw the titles of the columns, and how many columns are left out on either side."""
    titles: Names | None = None
    for place, x, width, column in layout:
        text, room = column.title, width - text_width(column.title_mark)
        if text_width(text) > room:
            titles = titles or _told_apart(placed.column.title for placed in layout)
            text = titles.cut(text, room)
        title = signed(column.title_mark, text) if column.title_mark else text
        title = pad(title, width, align_right=column.align_right)
        frame.put(x, 0, title, column.title_style)
        frame.regions.append((Rect(x, 0, width, 1), TitlePlace(place)))
    frame.put(0, 0, hidden.before, LABEL)
    frame.put(frame.width - len(hidden.after), 0, hidden.after, LABEL)


def _draw_rows(
    frame: Frame,
    layout: Sequence[_PlacedColumn],
    names: Sequence[Names | None],
    shown: Sequence[Sequence[TableCell]],
    measured: Sequence[Sequence[int]],
    top: int,
    below_selected: int | None,
) -> None:
    """Draw the cells of the rows that are seen, from line `top` on.

    `names` are, for each column, the texts that a cut one is told from; `None` where none is cut.
    `below_selected` is how many rows the first of them lies below the selected one, negative above
    it; `None` where no row is selected.
    """
    width = frame.width
    for line, (row, widths) in enumerate(zip(shown, measured, strict=True), top):
        below = None if below_selected is None else below_selected + line - top
        is_selected = below == 0
        if below is not None:
            frame.regions.append((Rect(0, line, width, 1), LinePlace(below)))
        if is_selected:
            frame.restyle(Rect(0, line, width, 1), SELECTED)
        for (place, x, column_width, column), told_from in zip(layout, names, strict=True):
            if place < len(row):
                cell, cell_width = row[place], widths[place]
                if cell_width > column_width:
                    text = _cut(column, cell, column_width, told_from)
                elif column.align_right:
                    text, x = cell.whole, x + column_width - cell_width
                else:
                    text = cell.whole
                frame.put(x, line, text, SELECTED if is_selected else cell.style)


class _PlacedColumn(NamedTuple):
    """A column that is shown, and where."""

    place: int
    """Its place among all columns, by which the cells of a row are found."""
    x: int
    width: int
    column: TableColumn


class _Hidden(NamedTuple):
    """What the ends of a header tell of columns that are left out."""

    before: str = ""
    after: str = ""


def _beside_hints(
    columns: Sequence[TableColumn],
    wanted: Sequence[int],
    width: int,
    cursor: ColumnCursor,
) -> tuple[list[_PlacedColumn], _Hidden]:
    """Return the columns that are shown where some are left out, and what is told of the others."""
    layout = whole = _layout(columns, wanted, width)
    shift = taken = 0
    while True:
        hidden = _hidden(columns, layout, cursor)
        # The first column has no title, so that what is told at the left end may stand there.
        needs = max(shift, len(hidden.before) + 1 - wanted[0] - _GAP)
        behind = max(taken, len(hidden.after) + _GAP if hidden.after else 0)
        if (needs, behind) == (shift, taken):
            break
        shift, taken = needs, behind
        layout = _layout(columns, wanted, width - shift - taken)
    if len(whole) < 2:
        return whole, _Hidden()
    if len(layout) < min(len(whole), _FEW):
        # Where few columns are shown, one more column is worth more than the number of hidden ones.
        hidden = _hidden(columns, whole, cursor)
        narrower = _layout(columns, wanted, width - _GAP)
        if hidden.after and len(narrower) == len(whole):
            whole = narrower
        after = FURTHER_RIGHT if hidden.after and _ends_before(whole[-1], width - 1) else ""
        return whole, _Hidden(FURTHER_LEFT if hidden.before else "", after)
    shifted = [one._replace(x=one.x + shift) if one.place else one for one in layout]
    return shifted, hidden


def _ends_before(last: _PlacedColumn, x: int) -> bool:
    """Return whether the title of the last column leaves what is at `x` blank."""
    _, start, width, column = last
    title = text_width(column.title_mark) + text_width(column.title)
    return start + (width if column.align_right else min(title, width)) < x


def _hidden(
    columns: Sequence[TableColumn], layout: Sequence[_PlacedColumn], cursor: ColumnCursor
) -> _Hidden:
    """Return how many columns are left out on either side of the cursor's, nothing without any."""
    hidden = set(range(len(columns))) - {one.place for one in layout}
    passed = sum(place < cursor.place for place in hidden)
    before, after = passed + cursor.before, len(hidden) - passed + cursor.after
    return _Hidden(
        f"{FURTHER_LEFT}+{before}" if before else "", f"+{after}{FURTHER_RIGHT}" if after else ""
    )


def wanted_width(columns: Sequence[TableColumn], rows: Sequence[TableRow]) -> int:
    """Return how many cells a table of these rows takes where nothing of it gives way."""
    measured = [[_as_cell(cell).width for cell in row] for row in rows]
    return sum(_wanted_widths(columns, measured)) + _GAP * (len(columns) - 1)


def shown_columns(columns: Sequence[TableColumn], rows: Sequence[TableRow], width: int) -> int:
    """Return how many of the columns are in a table of these rows, `width` cells wide."""
    measured = [[_as_cell(cell).width for cell in row] for row in rows]
    return len(_layout(columns, _wanted_widths(columns, measured), width))


def visible_offset(row_count: int, room: int, selected: int | None, offset: int) -> int:
    """Return the first row to show so that `selected` is seen, as near to `offset` as can be."""
    if selected is not None:
        offset = max(min(offset, selected), selected - room + 1)
    return max(min(offset, row_count - room), 0)


def _cut(column: TableColumn, cell: TableCell, width: int, names: Names | None) -> str:
    """Return the text of a cell that is too wide, cut."""
    if cell.narrower is not None:
        return cell.narrower(width)
    text, room = cell.text, width - text_width(cell.sign)
    if names is not None and not cell.is_prose and text_width(text) > room:
        text = names.cut(text, room)
    text = signed(fit(text, room), cell.sign) if cell.sign else text
    return pad(text, width, align_right=column.align_right)


def _names(column: TableColumn, place: int, rows: Sequence[Sequence[TableCell]]) -> Names:
    """Return the texts of a column, which is how those that must be cut stay different."""
    if column.names is not None:
        return column.names()
    return _told_apart(row[place].text for row in rows if place < len(row))


def _told_apart(texts: Iterable[str]) -> Names:
    """Return texts of which some must be cut; few tables have any, and others do not wait for this
    import.
    """
    from trackio_view.wording.names import Names

    return Names(texts)


def _as_cell(cell: str | TableCell) -> TableCell:
    return cell if isinstance(cell, TableCell) else TableCell(cell)


def _wanted_widths(columns: Sequence[TableColumn], measured: Sequence[Sequence[int]]) -> list[int]:
    """Return how wide each column is where there is room for all, from the widths of cells."""
    wanted = []
    for place, column in enumerate(columns):
        widest = max([row[place] for row in measured if place < len(row)], default=0)
        title_width = text_width(column.title_mark) + text_width(column.title)
        usual = column.minimum_width if column.usual_width is None else column.usual_width
        natural = max(widest, title_width, usual or 1)
        if column.maximum_width is not None:
            natural = min(natural, column.maximum_width)
        wanted.append(natural)
    return wanted


def _layout(
    columns: Sequence[TableColumn], wanted: Sequence[int], width: int
) -> list[_PlacedColumn]:
    """Return the columns that have room."""
    shown = list(range(len(wanted)))
    least = [_least_width(*column) for column in zip(columns, wanted, strict=True)]
    needed = sum(least) + _GAP * (len(shown) - 1)
    # Of columns with equal priority, the rightmost gives way first.
    for place in sorted(shown, key=lambda place: (-columns[place].priority, -place)):
        if needed <= width or len(shown) == 1:
            break
        shown.remove(place)
        needed -= least[place] + _GAP
    if not shown:
        return []
    widths = {place: wanted[place] for place in shown}
    excess = sum(widths.values()) + _GAP * (len(shown) - 1) - width
    for place in sorted(shown, key=lambda place: (-columns[place].priority, -place)):
        if excess <= 0:
            break
        given = min(excess, widths[place] - _least_width(columns[place], widths[place]))
        widths[place] -= given
        excess -= given
    if excess > 0:
        widths[shown[0]] = max(widths[shown[0]] - excess, 0)
    _share_out(columns, widths, -excess)
    layout: list[_PlacedColumn] = []
    x = 0
    for place in shown:
        layout.append(_PlacedColumn(place, x, widths[place], columns[place]))
        x += widths[place] + _GAP
    return layout


def _least_width(column: TableColumn, natural: int) -> int:
    """Return how narrow a column may get. A number is never cut, because the rest would be another
    number.
    """
    if column.minimum_width is None or column.align_right:
        return natural
    return min(column.minimum_width, natural)


def _share_out(columns: Sequence[TableColumn], widths: dict[int, int], spare: int) -> None:
    growing = [place for place in widths if columns[place].grows]
    if spare <= 0 or not growing:
        return
    share, remainder = divmod(spare, len(growing))
    for order, place in enumerate(growing):
        widths[place] += share + (order < remainder)


def _draw_scroll_hints(frame: Frame, top: int, more_above: bool, more_below: bool) -> None:
    last = frame.width - 1
    if more_above and frame.glyphs[top][last] == " ":
        frame.put_glyphs(last, top, [MORE_ABOVE], frame.styles[top][last]._replace(dim=True))
    if more_below and frame.glyphs[-1][last] == " ":
        frame.put_glyphs(
            last, frame.height - 1, [MORE_BELOW], frame.styles[-1][last]._replace(dim=True)
        )
