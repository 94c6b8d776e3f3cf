"""One GPU: what it does now, and charts of what it did."""

from __future__ import annotations

from trackio_view.charts.box import draw_box, inside
from trackio_view.charts.gpu_fields import GPU_FIELDS, absence_of
from trackio_view.charts.palette import (
    LABEL,
    MUTED,
    VALUE,
)
from trackio_view.model.gpu_history import GpuHistory, HistorySpan
from trackio_view.screens.glyphs import Glyphs
from trackio_view.screens.gpu_charts import (
    GPU_CHARTS,
    LEAST_CHART_HEIGHT,
    chart_places,
    draw_chart,
    lines_of,
)
from trackio_view.screens.memo import Memo
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.text import fit, text_width

_PANEL_WIDTH = 34
_PANEL_FROM_WIDTH = 96


def draw_gpu(
    frame: Frame,
    area: Rect,
    number: int,
    history: GpuHistory,
    span: HistorySpan,
    glyphs: Glyphs,
    memo: Memo,
) -> None:
    """Draw current values and history charts of a GPU into `area`."""
    panel_width = _PANEL_WIDTH if area.width >= _PANEL_FROM_WIDTH else 0
    charts = [chart for chart in GPU_CHARTS if lines_of(chart, history)]
    grid = area._replace(width=area.width - panel_width)
    if not panel_width and (not charts or area.height < LEAST_CHART_HEIGHT + 4):
        grid = area._replace(height=0)
    elif not panel_width:
        # Without room beside the charts, the values that matter most stand above them.
        grid = area._replace(y=area.y + 4, height=area.height - 4)
    values = (
        Rect(area.x + grid.width, area.y, panel_width, area.height)
        if panel_width
        else area._replace(height=area.height - grid.height)
    )
    _draw_values(frame, values, number, history, glyphs)
    if not charts and grid.height:
        draw_box(frame, grid, title="history", unicode=glyphs.unicode)
        frame.put(grid.x + 2, grid.y + 1, _state_of(history) or "nothing to chart yet", MUTED)
    for chart, place in zip(charts, chart_places(grid, len(charts)), strict=False):
        draw_chart(frame, place, chart, history, span, glyphs, memo)


def _state_of(history: GpuHistory) -> str | None:
    sample = history.latest
    return None if sample.state is None else sample.state_text or sample.state.value


def _draw_values(
    frame: Frame, rect: Rect, number: int, history: GpuHistory, glyphs: Glyphs
) -> None:
    """Draw the table of fields; where it gets tight, absent fields go first."""
    sample = history.latest
    title = f"GPU {number} {sample.identity.name}"
    draw_box(frame, rect, title=title, unicode=glyphs.unicode, focused=True)
    place = inside(rect)
    lines = []
    state = _state_of(history)
    if state is not None:
        lines.append(("State", state, VALUE))
    if sample.identity.driver is not None:
        lines.append(("Driver", sample.identity.driver, MUTED))
    for field in GPU_FIELDS:
        text = field.write(sample)
        if text is not None:
            lines.append((field.label, text, VALUE))
        elif field.always and state is None:
            lines.append((field.label, absence_of(sample, field), MUTED))
    columns = max(1, place.width // 36)
    width = place.width // columns
    room = place.height * columns
    if len(lines) > room:
        lines = [line for line in lines if line[2] is VALUE]
    for position, (label, text, style) in enumerate(lines[:room]):
        x = place.x + position % columns * width
        y = place.y + position // columns
        value = fit(text, width - 14 if width > 20 else width - 2)
        frame.put(x + 1, y, fit(label, max(0, width - 3 - text_width(value))), LABEL)
        frame.put(x + width - 1 - text_width(value), y, value, style)
