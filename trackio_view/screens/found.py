"""The list of what was found: metrics, runs, projects and keys by their names."""

from __future__ import annotations

from trackio_view.charts.box import blank_out, draw_box, inside, middle
from trackio_view.charts.palette import ACCENT, KEY, LABEL, MUTED
from trackio_view.charts.text_table import LazyRows, TableCell, TableColumn, TableRow, table
from trackio_view.model.run import NO_NAME
from trackio_view.screens.canvas import Canvas, Drawing, Drawn
from trackio_view.screens.memo import Memo
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.style import StyledText
from trackio_view.view.charts.y_ranges import asked_range
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.finding import NOTHING_FOUND
from trackio_view.view.keys.bindings import Binding
from trackio_view.view.keys.key_labels import keys_label

_WIDEST = 90
_HIGHEST = 22
_COLUMNS = (
    TableColumn("", minimum_width=10, grows=True),
    TableColumn("", minimum_width=5, maximum_width=30, priority=1),
    TableColumn("", minimum_width=7, maximum_width=7, priority=2),
)


def draw_found(
    frame: Frame, area: Rect, dashboard: Dashboard, repertoire: Repertoire, memo: Memo
) -> None:
    """Draw the list over the middle of `area`; its height does not depend on what is found."""
    find = dashboard.view.find
    rect = middle(area, _WIDEST, _HIGHEST)
    blank_out(frame, rect)
    told = asked_range(dashboard, find.typing.text)
    # A range that was typed goes before names that are like it.
    found = () if told else find.found
    count = StyledText(f"{len(found):,} found", ACCENT)
    arrows = repertoire is not Repertoire.ASCII
    draw_box(frame, rect, title="find", right=[count], focused=True)
    place = inside(rect)

    def row(number: int) -> TableRow:
        one = find.everything[found[number]]
        detail = TableCell(one.detail, LABEL)
        if isinstance(one.target, Binding):
            detail = TableCell(keys_label(one.target.keys, arrows=arrows), KEY)
        name = TableCell(one.name or NO_NAME, is_prose=isinstance(one.target, Binding))
        return [name, detail, TableCell(one.kind.value, MUTED)]

    def draw() -> Frame:
        return table(
            _COLUMNS,
            LazyRows(len(found), row),
            place.width - 2,
            place.height,
            selected=find.selected if found else None,
            header=False,
            empty=told or NOTHING_FOUND,
        )

    key = ("found", told, find.revision, find.typing.text, find.selected, *rect, arrows)
    frame.blit(memo.get(key, draw), place.x + 1, place.y)


def _draw(canvas: Canvas) -> Drawn:
    draw_found(canvas.frame, canvas.area, canvas.dashboard, canvas.repertoire, canvas.memo)
    return Drawn()


DRAWING = Drawing(_draw)
