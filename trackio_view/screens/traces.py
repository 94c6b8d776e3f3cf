"""The list of a run's traces: the newest first, each with what was asked and what it took."""

from __future__ import annotations

from trackio_view.charts.box import blank_out, draw_box, inside
from trackio_view.charts.palette import ACCENT, BAD, LABEL, MUTED, VALUE, WARNING
from trackio_view.charts.text_table import LazyRows, TableCell, TableColumn, TableRow, table
from trackio_view.model.run import NO_NAME, Run
from trackio_view.model.traces import TraceSummary
from trackio_view.screens.canvas import Canvas, Drawing, Drawn
from trackio_view.screens.wrapping import wrapped
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import DASH, ELLIPSIS, POINTER
from trackio_view.terminal.style import StyledText
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.traces import ShownTraces, TracesView, number_of, shown_traces
from trackio_view.wording.missing import RUN_GONE
from trackio_view.wording.numbers import format_step
from trackio_view.wording.traces import cost_text, tokens_text, took_text, trace_name

_COLUMNS = (
    TableColumn("step", align_right=True),
    TableColumn("key", minimum_width=10, maximum_width=20, priority=2),
    TableColumn("request", minimum_width=20, grows=True),
    TableColumn("spans", align_right=True, priority=5),
    TableColumn("time", align_right=True, priority=3, minimum_width=6),
    TableColumn("tokens", align_right=True, priority=4),
    TableColumn("cost", align_right=True, priority=6),
    TableColumn("error", minimum_width=5, maximum_width=24, priority=1),
)
_TOLD = (2, 3, 4, 5, 6, 7)
"""Columns of which those that tell nothing of any trace on screen are left out."""


def draw_traces(frame: Frame, area: Rect, dashboard: Dashboard) -> None:
    """Draw the list that is open into `area`."""
    blank_out(frame, area)
    view, found = dashboard.view.state(TracesView), dashboard.page_run
    place = inside(area)
    if view is None or found is None:
        draw_box(frame, area, title="traces", focused=True)
        frame.put(place.x + 1, place.y, RUN_GONE, MUTED)
        return
    _, run = found
    shown = shown_traces(dashboard, view)
    title = f"{run.name or NO_NAME} {POINTER} traces"
    draw_box(frame, area, title=title, right=_facts(view, shown), focused=True)
    if shown.fault:
        for line in wrapped([StyledText(shown.fault, WARNING)], place.width - 2):
            x = place.x + 1
            for segment in line:
                x = frame.put(x, place.y, segment.text, segment.style)
            place = place._replace(y=place.y + 1, height=max(0, place.height - 1))
    selected = shown.total - number_of(view, shown.total) if shown.total else None
    rows = LazyRows(shown.total, lambda at: _row(shown.known.get(shown.total - at), run))
    first = max(0, (selected or 0) - place.height)
    told = [row for row in rows[first : first + 2 * place.height] if len(row) > 1]
    columns = [
        column
        for number, column in enumerate(_COLUMNS)
        if number not in _TOLD or any(_tells(row[number]) for row in told) or number == _TOLD[0]
    ]
    kept = [number for number, column in enumerate(_COLUMNS) if column in columns]

    def row(at: int) -> TableRow:
        cells = rows[at]
        return [cells[number] for number in kept]

    content = table(
        columns,
        LazyRows(shown.total, row),
        place.width - 2,
        place.height,
        selected=selected,
        empty=_nothing(view, shown),
    )
    frame.blit(content, place.x + 1, place.y)


def _facts(view: TracesView, shown: ShownTraces) -> list[StyledText]:
    facts = []
    if shown.total:
        line = shown.total - number_of(view, shown.total) + 1
        facts.append(StyledText(f"{line:,} of {shown.total:,}", LABEL))
    if view.search:
        facts.append(StyledText(f"/{view.search}", ACCENT))
    return facts


def _nothing(view: TracesView, shown: ShownTraces) -> str:
    if shown.fault:
        return ""
    if shown.is_loading:
        return f"searching{ELLIPSIS}"
    return "no trace holds this text" if view.search else "the run logged no traces"


def _tells(cell: str | TableCell) -> bool:
    return (cell.text if isinstance(cell, TableCell) else cell) not in ("", DASH)


def _row(trace: TraceSummary | None, run: Run) -> TableRow:
    if trace is None:
        # It is read when it comes on screen.
        return [TableCell(ELLIPSIS, MUTED), *([""] * (len(_COLUMNS) - 1))]
    request = TableCell(trace.request, VALUE)
    if not trace.request:
        request = TableCell("(no user message)", MUTED)
    return [
        TableCell(format_step(run.step_at(trace.step)), LABEL),
        trace_name(trace),
        request,
        "" if not trace.span_count else f"{trace.span_count:,}",
        took_text(trace.duration),
        tokens_text(trace.tokens),
        cost_text(trace.cost),
        TableCell(" ".join(trace.error.split()), BAD),
    ]


def _draw(canvas: Canvas) -> Drawn:
    draw_traces(canvas.frame, canvas.area, canvas.dashboard)
    return Drawn()


DRAWING = Drawing(_draw)
