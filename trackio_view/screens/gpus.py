"""All GPUs at a glance: a row each with bars and a sparkline, the totals, the processes."""

from __future__ import annotations

import textwrap

from trackio_view.charts.bars import gauge, sparkline
from trackio_view.charts.box import draw_box, inside
from trackio_view.charts.numbers import format_bytes_of
from trackio_view.charts.palette import (
    BLUE_TO_RED,
    LABEL,
    MUTED,
    RED_TO_GREEN,
    SELECTED,
    VALUE,
    WARNING,
    Gradient,
)
from trackio_view.model.dashboard import Dashboard
from trackio_view.model.gpu import GpuSample
from trackio_view.model.gpu_history import GpuHistory, Totals, totals
from trackio_view.screens.glyphs import Glyphs
from trackio_view.screens.gpu import draw_gpu
from trackio_view.screens.gpu_charts import LEAST_CHART_HEIGHT, draw_comparison
from trackio_view.screens.gpu_processes import draw_processes, wanted_height
from trackio_view.screens.lines import Piece, draw_line
from trackio_view.screens.memo import Memo
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.style import Style
from trackio_view.terminal.text import fit, text_width

# An idle GPU is what a training has to worry about; full memory and heat are, when high.
_LOAD_COLOR = RED_TO_GREEN
_MEMORY_COLOR = BLUE_TO_RED


def draw_gpus(frame: Frame, area: Rect, dashboard: Dashboard, glyphs: Glyphs, memo: Memo) -> None:
    """Draw the GPU screen into `area`: one GPU large, or all of them, above their processes."""
    gpus, view = dashboard.gpus, dashboard.view.gpus
    if not gpus.histories:
        _draw_none(frame, area, dashboard)
        return
    processes = view.processes(gpus)
    key = view.on_screen(gpus)
    least = 10 if key is not None else min(len(gpus.histories) + 4, 10)
    table_height = min(wanted_height(processes), max(0, area.height - least))
    if table_height < 4:
        table_height = 0
    upper = area._replace(height=area.height - table_height)
    if key is None:
        listed_height = min(upper.height, len(view.listed(gpus)) + 4)
        if upper.height - listed_height < LEAST_CHART_HEIGHT:
            listed_height = upper.height
        _draw_overview(frame, upper._replace(height=listed_height), dashboard, glyphs)
        charts = Rect(area.x, upper.y + listed_height, area.width, upper.height - listed_height)
        draw_comparison(frame, charts, dashboard, glyphs, memo)
    else:
        number = list(gpus.histories).index(key)
        draw_gpu(frame, upper, number, gpus.histories[key], view.history_span, glyphs, memo)
    if table_height:
        lower = Rect(area.x, upper.y + upper.height, area.width, table_height)
        hidden = sum(sample.hidden_processes for _, sample in view.listed(gpus))
        draw_processes(frame, lower, processes, view.order, hidden, glyphs)


def _draw_none(frame: Frame, area: Rect, dashboard: Dashboard) -> None:
    """Say what was looked for, a line a vendor."""
    lines = ["Looking for GPUs"]
    if dashboard.gpus.sampled:
        lines = ["No GPUs detected", ""]
        for report in dashboard.gpus.report:
            lines += textwrap.wrap(f"{report.vendor}: {report.text}", max(8, area.width - 4))
    top = area.y + max(0, (area.height - len(lines)) // 2)
    for offset, line in enumerate(lines[: area.height]):
        shown = fit(line, area.width - 2)
        x = area.x + max(1, (area.width - text_width(shown)) // 2)
        frame.put(x, top + offset, shown, VALUE if offset == 0 else MUTED)


def _draw_overview(frame: Frame, area: Rect, dashboard: Dashboard, glyphs: Glyphs) -> None:
    view = dashboard.view.gpus
    listed = view.listed(dashboard.gpus)
    title = "GPUs" if not view.filter else f"GPUs with {view.filter!r}"
    draw_box(frame, area, title=title, focused=True, unicode=glyphs.unicode)
    place = inside(area)
    room = place.height - 2
    cursor = min(view.cursor, max(0, len(listed) - 1))
    first = max(0, min(cursor - room // 2, len(listed) - room))
    columns = _columns(place.width, max((len(s.identity.name) for _, s in listed), default=8))
    _draw_titles(frame, place, columns)
    for offset, (number, sample) in enumerate(listed[first : first + room]):
        history = dashboard.gpus.histories[sample.identity.key]
        line = Rect(place.x, place.y + 1 + offset, place.width, 1)
        _draw_row(frame, line, number, history, columns, first + offset == cursor, glyphs)
    if not listed:
        frame.put(place.x + 1, place.y + 1, "no GPU matches the filter", MUTED)
    y = place.y + place.height - 1
    _draw_totals(frame, y, place, totals([sample for _, sample in listed]), glyphs)


class _Columns:
    """Where the parts of a row stand; bars share what the fixed parts leave."""

    def __init__(self, width: int, name_width: int) -> None:
        self.name = max(6, min(name_width, width // 4))
        fixed = 4 + self.name + 1 + 5 + 12 + 7 + 12
        spare = max(0, width - fixed - 2)
        self.has_sparkline = spare >= 30
        share = spare // 3 if self.has_sparkline else spare // 2
        self.bar = max(0, min(share - 1, 24))
        self.sparkline = max(0, spare - 2 * (self.bar + 1) - 1) if self.has_sparkline else 0


def _columns(width: int, name_width: int) -> _Columns:
    return _Columns(width, name_width)


def _draw_titles(frame: Frame, place: Rect, columns: _Columns) -> None:
    x = place.x + 4 + columns.name + 1
    frame.put(place.x + 1, place.y, "GPU", LABEL)
    frame.put(x, place.y, "load", LABEL)
    x += columns.bar + 6
    frame.put(x, place.y, "memory", LABEL)
    x += columns.bar + 13
    for title, width in (("temp", 7), ("power", 12)):
        frame.put(x, place.y, f"{title:>{width - 1}}", LABEL, limit=place.x + place.width - x)
        x += width


def _draw_row(
    frame: Frame,
    line: Rect,
    number: int,
    history: GpuHistory,
    columns: _Columns,
    selected: bool,
    glyphs: Glyphs,
) -> None:
    sample, y, end = history.latest, line.y, line.x + line.width
    name_style = SELECTED if selected else VALUE
    frame.put(line.x + 1, y, f"{number:<3}", name_style)
    x = line.x + 4
    frame.put(x, y, fit(sample.identity.name, columns.name), name_style)
    x += columns.name + 1
    if sample.state is not None:
        frame.put(x, y, sample.state_text or sample.state.value, WARNING, limit=end - x)
        return
    load = sample.utilization
    x = _bar(frame, x, y, None if load is None else load / 100, columns.bar, _LOAD_COLOR, glyphs)
    text = glyphs.dash if load is None else f"{load:.0f}%"
    frame.put(x, y, f"{text:>4}", VALUE if load is not None else MUTED)
    x += 5
    x = _bar(frame, x, y, _memory_share(sample), columns.bar, _MEMORY_COLOR, glyphs)
    frame.put(x, y, f"{_memory(sample, glyphs):>11}", VALUE)
    x += 12
    degrees = sample.temperature
    text = glyphs.dash if degrees is None else f"{degrees:.0f}°C"
    frame.put(x, y, f"{text:>6}", VALUE, limit=max(0, end - x))
    x += 7
    frame.put(x, y, f"{_power(sample, glyphs):>11}", VALUE, limit=max(0, end - x))
    x += 12
    load_line = history.lines.get("utilization")
    if columns.sparkline and load_line is not None:
        values = load_line.values[-columns.sparkline :]
        trace = sparkline(
            values, columns.sparkline, bounds=(0, 100), color=_LOAD_COLOR, unicode=glyphs.unicode
        )
        frame.blit(trace, x + 1, y)


def _bar(
    frame: Frame,
    x: int,
    y: int,
    fraction: float | None,
    width: int,
    color: Gradient,
    glyphs: Glyphs,
) -> int:
    """Draw a bar and return the column after it; without room there is none."""
    if width < 3:
        return x
    frame.blit(gauge(fraction, width, color=color, unicode=glyphs.unicode), x, y)
    return x + width + 1


def _memory_share(sample: GpuSample) -> float | None:
    if sample.memory_used is None or not sample.memory_total:
        return None
    return sample.memory_used / sample.memory_total


def _memory(sample: GpuSample, glyphs: Glyphs) -> str:
    if sample.memory_used is None or sample.memory_total is None:
        return glyphs.dash
    return format_bytes_of(sample.memory_used, sample.memory_total)


def _power(sample: GpuSample, glyphs: Glyphs) -> str:
    if sample.power is None:
        return glyphs.dash
    limit = "" if sample.power_limit is None else f"/{sample.power_limit:.0f}"
    return f"{sample.power:.0f}{limit} W"


def _draw_totals(frame: Frame, y: int, place: Rect, sums: Totals, glyphs: Glyphs) -> None:
    separator = Piece(f" {glyphs.separator} ", LABEL)
    pieces = [Piece("all" if sums.gpu_count != 1 else "total", LABEL)]

    def add(text: str, style: Style = VALUE) -> None:
        pieces.extend((separator, Piece(text, style)))

    if sums.utilization is not None:
        add(f"{sums.utilization:.0f}% mean load")
    if sums.memory_used is not None and sums.memory_total is not None:
        add(format_bytes_of(sums.memory_used, sums.memory_total))
    if sums.power is not None:
        limit = "" if sums.power_limit is None else f"/{sums.power_limit:,.0f}"
        add(f"{sums.power:,.0f}{limit} W")
    if sums.hottest is not None:
        add(f"{sums.hottest:.0f}°C at most")
    draw_line(frame, y, pieces, x=place.x, width=place.width)
