"""The processes that use the GPUs on screen."""

from __future__ import annotations

from collections.abc import Sequence

from trackio_view.charts.box import draw_box, inside
from trackio_view.charts.palette import ACCENT
from trackio_view.charts.text_table import TableCell, TableColumn, TableRow, table
from trackio_view.model.gpu import SAME_JOB, GpuProcess
from trackio_view.screens.memo import Memo
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import DASH
from trackio_view.view.gpus import ProcessOrder, ProcessRow
from trackio_view.wording.numbers import format_bytes

_COLUMNS = (
    TableColumn("GPU", align_right=True, priority=1),
    TableColumn("pid", align_right=True),
    TableColumn("user", priority=3, maximum_width=14),
    TableColumn("kind", priority=4),
    TableColumn("memory", align_right=True, priority=1),
    TableColumn("load", align_right=True, priority=2),
    TableColumn("logs to", priority=2, maximum_width=32),
    TableColumn("command", minimum_width=10, grows=True),
)
_TALLEST = 14


def wanted_height(processes: Sequence[ProcessRow]) -> int:
    """Return how many rows the table would take, its border included."""
    return min(max(1, len(processes)) + 3, _TALLEST)


def draw_processes(
    frame: Frame,
    rect: Rect,
    processes: Sequence[ProcessRow],
    order: ProcessOrder,
    hidden: int,
    memo: Memo,
    *,
    known: bool,
    unseen: bool,
) -> None:
    """Draw the table into `rect`, with what it is sorted by in its border.

    `known` is false where no driver tells who uses its GPUs; `unseen` tells that others may use
    them than those that are seen. Processes are read more rarely than
    all else on the screen, so the drawing is kept.
    """
    size = Rect(0, 0, rect.width, rect.height)
    title = f"processes by {order.value}"
    if hidden:
        title += f" ({hidden} of other users hidden)"
    elif unseen:
        title += " (others are out of sight)"
    empty = "nobody tells who uses these GPUs"
    if known:
        empty = f"no {'visible ' * (unseen or bool(hidden))}process uses these GPUs"
    key = ("processes", size, title, empty, tuple(processes))
    drawn = memo.get(key, lambda: _drawn(size, processes, title, empty))
    frame.blit(drawn, rect.x, rect.y)


def _drawn(rect: Rect, processes: Sequence[ProcessRow], title: str, empty: str) -> Frame:
    frame = Frame(rect.width, rect.height)
    draw_box(frame, rect, title=title)
    place = inside(rect)
    rows = [_row(row) for row in processes[: place.height]]
    content = table(
        _COLUMNS,
        rows,
        place.width - 2,
        place.height,
        empty=empty,
    )
    frame.blit(content, place.x + 1, place.y)
    return frame


def _row(row: ProcessRow) -> TableRow:
    process = row.process
    return [
        str(row.gpu),
        str(process.pid),
        process.user or DASH,
        process.kind or DASH,
        DASH if process.memory is None else format_bytes(process.memory),
        DASH if process.load is None else f"{process.load:.0f}%",
        _logs_to(process),
        TableCell(process.command or DASH, is_prose=True),
    ]


def _logs_to(process: GpuProcess) -> str | TableCell:
    """Return the run that a process logs, else its project; of other ranks, whose they are."""
    if process.project is None:
        return DASH
    run = process.run or process.project.name
    return TableCell(f"rank of {run}" if process.link == SAME_JOB else run, ACCENT)
