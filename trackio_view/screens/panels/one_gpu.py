"""One GPU: what it does now, and charts of what it did."""

from __future__ import annotations

from collections.abc import Sequence

from trackio_view.charts.box import draw_box
from trackio_view.charts.palette import MUTED
from trackio_view.model.gpu_history import GpuHistory, HistorySpan
from trackio_view.screens.memo import Memo
from trackio_view.screens.panels.gpu_charts import LEAST_CHART_HEIGHT, charts_of, draw_charts_of_one
from trackio_view.screens.panels.gpu_values import draw_values
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import Repertoire

_PANEL_WIDTHS = ((150, 42), (96, 34))
"""How wide a screen has to be for a panel of values beside the charts, and how wide that is."""

_VALUE_ROWS = 5
"""Rows above two rows of charts, the box of the values included; where there is less room, 4."""


def draw_gpu(
    frame: Frame,
    area: Rect,
    title: str,
    history: GpuHistory,
    health: Sequence[str],
    span: HistorySpan,
    repertoire: Repertoire,
    memo: Memo,
) -> None:
    """Draw current values and history charts of a GPU into `area`; `health` is what is wrong."""
    panel_width = next((width for least, width in _PANEL_WIDTHS if area.width >= least), 0)
    charts = charts_of(history, span)
    grid = area._replace(width=area.width - panel_width)
    if not panel_width and (not charts or area.height < LEAST_CHART_HEIGHT + 4):
        grid = area._replace(height=0)
    elif not panel_width:
        # Without room beside the charts, the values that matter most stand above them.
        above = _VALUE_ROWS if area.height - _VALUE_ROWS >= 2 * LEAST_CHART_HEIGHT else 4
        grid = area._replace(y=area.y + above, height=area.height - above)
    values = (
        Rect(area.x + grid.width, area.y, panel_width, area.height)
        if panel_width
        else area._replace(height=area.height - grid.height)
    )
    draw_values(frame, values, title, history.latest, health)
    if not charts and grid.height:
        draw_box(frame, grid, title="history")
        frame.put(grid.x + 2, grid.y + 1, _state_of(history) or "nothing to chart yet", MUTED)
    draw_charts_of_one(frame, grid, charts, history, span, repertoire, memo)


def _state_of(history: GpuHistory) -> str | None:
    sample = history.latest
    return None if sample.state is None else sample.state_text or sample.state.value
