"""The charts of GPUs over time: of one GPU, or a line for each of several."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache, partial

from trackio_view.charts.box import StyledText
from trackio_view.charts.line import Line
from trackio_view.charts.palette import (
    HIGH_IS_GOOD,
    LINE_COLORS,
    LOW_IS_GOOD,
    NEUTRAL,
    VALUE,
    Gradient,
)
from trackio_view.charts.time_axis import before_now
from trackio_view.model.gpu_fields import FIELD_BY_NAME, UNITS, FieldKind, fields_of_chart
from trackio_view.model.gpu_history import GpuHistory, HistorySpan, lines_of_chart
from trackio_view.named_tuple import NamedTuple
from trackio_view.screens.chart_content import Axes, ChartSpec, Heading
from trackio_view.screens.chart_page import PlannedChart, draw_page, places_in
from trackio_view.screens.memo import Memo
from trackio_view.series.series import Series
from trackio_view.series.y_limits import Limits
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import LINE_MARKERS, Repertoire
from trackio_view.terminal.style import Meaning, Style
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.layout import best_grid
from trackio_view.wording.numbers import format_transfer

LEAST_CHART_HEIGHT = 6
_AXIS_FROM_HEIGHT = 8
"""Rows inside a chart's box from which there is room for an axis of times."""
_LOWEST_AXIS_FROM_HEIGHT = 6
"""The same bound for the lowest charts of a grid, whose axis serves all charts above."""


class ChartGrid(NamedTuple):
    """How charts share a place."""

    width: int
    """Columns that a chart is given at least."""
    height: int
    """Rows that a chart is given at least, as long as that leaves one row of them."""
    columns: int
    """Charts side by side, at most."""


OF_ONE = (ChartGrid(30, 8, 3), ChartGrid(30, LEAST_CHART_HEIGHT, 3))
"""Low charts are used only where fewer than enough high ones have room."""
_ENOUGH_CHARTS = 6
OF_SEVERAL = ChartGrid(29, 10, 6)
"""A chart with a line for every GPU has to be tall to be read."""


class GpuChart(NamedTuple):
    """A chart of the screen: one line, or several of one unit."""

    title: str
    """The title, as in the table of fields. The fields with this title are the lines of
    the chart.
    """
    gradient: Gradient = NEUTRAL
    main: str | None = None
    """What the first line is called where only that is drawn, a line for every GPU."""

    @property
    def kind(self) -> FieldKind:
        """What its lines count; memory is drawn as the share of it that is in use."""
        kind = fields_of_chart(self.title)[0].kind
        return FieldKind.PERCENT if kind is FieldKind.BYTES else kind

    @property
    def unit(self) -> str:
        return UNITS[self.kind]

    @property
    def most(self) -> float | None:
        """The top of the axis where it is known beforehand; the bottom is 0 then."""
        return 100 if self.kind is FieldKind.PERCENT else None

    @property
    def from_zero(self) -> bool:
        """Whether the axis starts at 0 though its top is not known."""
        return self.most is None and self.kind is not FieldKind.CELSIUS


GPU_CHARTS = (
    GpuChart("utilization", HIGH_IS_GOOD),
    GpuChart("tensor cores", HIGH_IS_GOOD),
    GpuChart("memory", LOW_IS_GOOD),
    GpuChart("temperature", LOW_IS_GOOD),
    GpuChart("power", LOW_IS_GOOD),
    GpuChart("activity", main="kernels"),
    GpuChart("clocks", main="GPU clock"),
    GpuChart("fan"),
    GpuChart("memory bus", LOW_IS_GOOD),
    GpuChart("fan speed"),
    GpuChart("codecs", main="encoder"),
    GpuChart("PCIe traffic", main="PCIe traffic in"),
    GpuChart("NVLink", main="NVLink in"),
    GpuChart("C2C", main="C2C in"),
    GpuChart("XGMI", main="XGMI in"),
    GpuChart("arithmetic", main="fp64"),
)
"""The charts in the order of their importance; one without any line is left out."""


def draw_comparison(
    frame: Frame, area: Rect, dashboard: Dashboard, repertoire: Repertoire, memo: Memo
) -> None:
    """Draw charts in which every GPU of the overview has a line, in the look of its number."""
    view, gpus = dashboard.view.gpus, dashboard.known.gpus
    listed = [(number, gpus.histories[sample.identity.id]) for number, sample in view.listed(gpus)]
    charts = [
        chart for chart in GPU_CHARTS if any(_main_line(chart, history) for _, history in listed)
    ]
    planned = []
    for chart, place in zip(charts, _places(area, len(charts), OF_SEVERAL), strict=False):
        with_axis = _has_axis(place, area)
        drawn = [
            _NamedLine(number, history, name)
            for number, history in listed
            if history.times and (name := _main_line(chart, history)) is not None
        ]
        end = _told_until([one.history for one in drawn], view.history_span, place.width)
        version = tuple((one.number, *_version_until(one.history, end)) for one in drawn)
        planned.append(
            PlannedChart(
                ("gpus", chart.title),
                (view.history_span.seconds, with_axis, end, version),
                place,
                _title_of_several(chart, drawn),
                partial(_spec_of_several, chart, drawn, view.history_span, end, with_axis),
            )
        )
    draw_page(frame, planned, repertoire, memo)


def look_of(number: int) -> StyledText:
    """Return the marker of a GPU's lines, in their colour: its row's, and their newest point's."""
    marker = LINE_MARKERS[number // len(LINE_COLORS) % len(LINE_MARKERS)]
    return StyledText(marker, Style(_color(number), bold=True))


def _main_line(chart: GpuChart, history: GpuHistory) -> str | None:
    return next(iter(_lines_of(chart, history)), None)


class _NamedLine(NamedTuple):
    """One of a GPU's lines, and the GPU's number."""

    number: int
    history: GpuHistory
    name: str


def _spec_of_several(
    chart: GpuChart,
    drawn: Sequence[_NamedLine],
    span: HistorySpan,
    end: float | None,
    with_axis: bool,
) -> ChartSpec:
    lines = [
        _line(history, name, span, _color(number), end)._replace(marker=look_of(number).text)
        for number, history, name in drawn
    ]
    unit, scaled = _in_one_unit(chart, lines)
    return _spec(
        chart,
        [Heading(_title(_title_of_several(chart, drawn), unit))],
        scaled,
        end,
        span,
        with_axis,
    )


def _title_of_several(chart: GpuChart, drawn: Sequence[_NamedLine]) -> str:
    """Return what the GPUs' main lines are: an exporter may lack the one that is usual."""
    names = {one.name for one in drawn}
    if chart.main is None or len(names) > 1:
        return chart.title
    (name,) = names or {_first_line(chart)}
    return chart.main if name == _first_line(chart) else f"{chart.title}: {_word(name)}"


_LONGEST_BEAT = 5.0
"""Seconds that a chart of several GPUs is behind at most."""


def _told_until(histories: Sequence[GpuHistory], span: HistorySpan, width: int) -> float | None:
    """Return the moment up to which charts of several GPUs tell of them; `None` without a sample.

    It moves on in steps of a cell, so that a tick that fills no further cell draws nothing anew,
    and lines move on as they are: a screen of eight GPUs would cost twice as much.
    """
    newest = max((history.times[-1] for history in histories), default=None)
    if newest is None:
        return None
    beat = min(span.seconds / max(width, 1), _LONGEST_BEAT)
    end = math.floor(newest / beat) * beat
    # The first samples are shown when they come.
    return end if min(history.times[0] for history in histories) < end - beat else newest


def _version_until(history: GpuHistory, end: float | None) -> tuple[object, ...]:
    """Return a key that changes whenever a GPU's lines up to a moment do."""
    count = bisect_right(history.times, math.inf if end is None else end)
    return history.dropped, count, history.times[count - 1] if count else None


def _version(history: GpuHistory) -> tuple[object, ...]:
    """Return a key that changes whenever a GPU's lines do."""
    return history.dropped, len(history.times), history.times[-1] if history.times else None


def _places_of_one(grid: Rect, count: int) -> Sequence[Rect]:
    """Return places for the charts of one GPU."""
    high, low = (_places(grid, count, of) for of in OF_ONE)
    return high if len(high) >= min(count, _ENOUGH_CHARTS) else low


def _places(grid: Rect, count: int, of: ChartGrid) -> Sequence[Rect]:
    """Return places for as many charts as fit, which fill the grid."""
    if not count or grid.height < 3:
        return ()
    most_columns = max(1, min(grid.width // of.width, of.columns))
    most_rows = max(1, grid.height // of.height)
    columns, rows = best_grid((grid.width, grid.height), most_columns, most_rows, count)
    return places_in(grid, columns, min(count, columns * rows))


def _has_axis(place: Rect, grid: Rect) -> bool:
    """Return whether a chart at `place` has room for its axis of times."""
    lowest = place.y + place.height == grid.y + grid.height
    return place.height - 2 >= (_LOWEST_AXIS_FROM_HEIGHT if lowest else _AXIS_FROM_HEIGHT)


def _lines_of(chart: GpuChart, history: GpuHistory) -> tuple[str, ...]:
    return _lines_among(chart.title, tuple(history.lines))


@lru_cache(maxsize=1024)
def _lines_among(title: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the lines of a chart among the names of a GPU's lines, which every frame asks for."""
    if title == "power" and "power" not in names:
        # A limit alone is no power.
        return ()
    found: list[str] = []
    for wanted in lines_of_chart(title):
        if wanted.endswith(":"):
            found += (name for name in names if name.startswith(wanted))
        elif wanted in names:
            found.append(wanted)
    return tuple(found)


def charts_of(history: GpuHistory, span: HistorySpan) -> list[GpuChart]:
    """Return the charts that a GPU has a line for; while it idles, few of those that are flat."""
    charts = [chart for chart in GPU_CHARTS if _main_line(chart, history) is not None]
    if not _is_idle(history, span):
        return charts
    rest = [chart for chart in charts[_OF_IDLE:] if _moves(chart, history, span)]
    return [*charts[:_OF_IDLE], *rest]


_OF_IDLE = 4
"""How many flat charts an idle GPU has, besides those in which something happens."""
_IDLE_PERCENT = 3.0
_FLAT_SHARE = 0.02
"""How far the values of a flat line lie apart at most, as a share of the highest."""


def _is_idle(history: GpuHistory, span: HistorySpan) -> bool:
    bounds = _bounds("utilization", history, span)
    return bounds is not None and bounds[1] < _IDLE_PERCENT


def _moves(chart: GpuChart, history: GpuHistory, span: HistorySpan) -> bool:
    found = (_bounds(name, history, span) for name in _lines_of(chart, history))
    return any(
        bounds is not None and bounds[1] - bounds[0] > _FLAT_SHARE * abs(bounds[1])
        for bounds in found
    )


def _bounds(name: str, history: GpuHistory, span: HistorySpan) -> tuple[float, float] | None:
    """Return the lowest and highest value that a line shows."""
    if name not in history.lines:
        return None
    shown = _within(_line(history, name, span, NEUTRAL))
    values = [value for value in shown.values if value == value]
    return (min(values), max(values)) if values else None


def draw_charts_of_one(
    frame: Frame,
    grid: Rect,
    charts: Sequence[GpuChart],
    history: GpuHistory,
    span: HistorySpan,
    repertoire: Repertoire,
    memo: Memo,
) -> None:
    """Draw charts of one GPU into a grid, as many as fit."""
    planned = []
    for chart, place in zip(charts, _places_of_one(grid, len(charts)), strict=False):
        with_axis = _has_axis(place, grid)
        planned.append(
            PlannedChart(
                ("gpu", history.latest.identity.id, chart.title),
                (span.seconds, with_axis, *_version(history)),
                place,
                chart.title,
                partial(_spec_of_one, chart, history, span, with_axis),
            )
        )
    draw_page(frame, planned, repertoire, memo)


def _spec_of_one(
    chart: GpuChart, history: GpuHistory, span: HistorySpan, with_axis: bool
) -> ChartSpec:
    names = _lines_of(chart, history)
    several = len(names) > 1
    lines = [
        _line(history, name, span, _color(position) if several else chart.gradient)
        for position, name in enumerate(names)
    ]
    end = history.times[-1] if history.times else None
    unit, scaled = _in_one_unit(chart, lines)
    return _spec(chart, _headings(chart, names, history, unit), scaled, end, span, with_axis)


def _line(
    history: GpuHistory,
    name: str,
    span: HistorySpan,
    color: Gradient | Meaning,
    end: float | None = None,
) -> Line:
    return Line(history.times, history.lines[name], history.window(span.seconds, end), color)


def _spec(
    chart: GpuChart,
    headings: Sequence[Heading],
    lines: Sequence[Line],
    end: float | None,
    span: HistorySpan,
    with_axis: bool,
) -> ChartSpec:
    """Return a chart of the time up to `end`, which is now; without a sample it is an empty box."""
    if end is None:
        return ChartSpec(headings, [], waiting="")
    axes = Axes(
        x_range=(end - span.seconds, end),
        y_range=None if chart.most is None else (0.0, chart.most),
        limits=Limits.ZERO if chart.from_zero else Limits.AUTO,
        has_x=with_axis,
        x_labels=before_now(end),
    )
    return ChartSpec(headings, lines, axes, waiting="waiting for data")


def _in_one_unit(chart: GpuChart, lines: Sequence[Line]) -> tuple[str, list[Line]]:
    """Return the unit of a chart's axis, and the lines in it: bytes by what the highest reaches."""
    if chart.kind is not FieldKind.BYTES_PER_SECOND:
        return chart.unit, list(lines)
    shown = [_within(line) for line in lines]
    most = max((value for series in shown for value in series.values if value == value), default=0)
    power = min(int(math.log10(most) // 3), len(_BYTES) - 1) if most >= 1 else 0
    divisor = 1000**power
    return f"{_BYTES[power]}/s", [
        line._replace(series=Series(part.rows, array("d", (v / divisor for v in part.values))))
        for line, part in zip(lines, shown, strict=True)
    ]


_BYTES = ("B", "KB", "MB", "GB", "TB")


def _within(line: Line) -> Series:
    """Return a line's values of its window alone."""
    first, end = (bisect_left(line.series.rows, row) for row in line.window[:2])
    return Series(line.series.rows[first:end], line.series.values[first:end])


def _title(name: str, unit: str) -> str:
    return f"{name} ({unit})"


def _color(position: int) -> Meaning:
    return LINE_COLORS[position % len(LINE_COLORS)]


def _word(name: str) -> str:
    """Return what a line is called beside others of its chart."""
    field = FIELD_BY_NAME.get(name)
    return field.line if field is not None and field.line else name.rpartition(":")[2]


def _abbreviated(text: str) -> str:
    return text.replace("graphics", "gfx").replace("memory", "mem")


def _first_line(chart: GpuChart) -> str:
    return lines_of_chart(chart.title)[0]


def _headings(
    chart: GpuChart, names: Sequence[str], history: GpuHistory, unit: str
) -> list[Heading]:
    """Return the title, and the newest value of each line in its colour.

    Where room is short the unit or the title gives way first, then the last lines stand in the
    lower border: no number is without a name.
    """
    named: list[StyledText] = []
    for position, name in enumerate(names):
        series = history.lines[name]
        value = series.values[-1]
        if math.isnan(value) or series.rows[-1] < len(history.times) - 1:
            # The newest sample has no such value, and the value of an older sample is not what the
            # GPU does now.
            continue
        in_bytes = chart.kind is FieldKind.BYTES_PER_SECOND
        number = format_transfer(value) if in_bytes else f"{value:,.0f}"
        if len(names) == 1 and name.startswith(_first_line(chart)):
            text = number if in_bytes else f"{number} {chart.unit}"
            return [Heading(chart.title, [StyledText(text, VALUE)])]
        style = Style(foreground=_color(position))
        text = f"{_word(name)} {number}"
        named.append(StyledText(text, style, _abbreviated(text)))
    titles = [chart.title]
    # What degrees and megahertz are of is plain from the lines' names; percents may be of anything.
    if named and chart.kind in (FieldKind.CELSIUS, FieldKind.MEGAHERTZ):
        titles.append(chart.unit)
    shorter = [
        Heading(title, named[:count], named[count:])
        for count in range(len(named), 0, -1)
        for title in titles
    ]
    return [Heading(_title(chart.title, unit), named), *shorter, Heading(chart.title, [], named)]
