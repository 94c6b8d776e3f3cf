"""The list that stands for charts of metrics with one value: logged once, or always the same."""

from __future__ import annotations

from collections.abc import Sequence

from trackio_view.charts.box import draw_box, inside
from trackio_view.charts.palette import LABEL, MUTED, VALUE
from trackio_view.charts.text_table import LazyRows, TableCell, TableColumn, TableRow, table
from trackio_view.model.run import NO_NAME, Run
from trackio_view.screens.memo import Memo
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.style import StyledText
from trackio_view.wording.numbers import format_exact, format_step

_WIDEST_NAME = 60


def draw_values(
    frame: Frame, area: Rect, metrics: Sequence[str], focus: int, run: Run, memo: Memo
) -> None:
    """Draw a run's values of some metrics into `area`, the one that has the focus marked."""
    draw_box(
        frame,
        area,
        title="values",
        right=[StyledText("logged once, or always the same", LABEL)],
        focused=True,
    )
    place = inside(area)
    names = memo.names("metrics", metrics)

    def row(at: int) -> TableRow:
        series = run.series[metrics[at]]
        count = len(series)
        step = format_step(run.steps[series.rows[0]])
        told = f"once, at step {step}" if count == 1 else f"the same {count:,} times"
        value = TableCell(format_exact(series.number(-1)), VALUE)
        return [metrics[at] or NO_NAME, value, TableCell(told, MUTED)]

    content = table(
        [
            TableColumn(
                "metric", minimum_width=12, maximum_width=_WIDEST_NAME, names=lambda: names
            ),
            TableColumn("value", align_right=True, priority=1),
            TableColumn("logged", priority=2, grows=True),
        ],
        LazyRows(len(metrics), row),
        place.width - 2,
        place.height,
        selected=focus,
    )
    frame.blit(content, place.x + 1, place.y)
