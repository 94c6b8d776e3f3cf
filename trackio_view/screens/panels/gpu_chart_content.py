"""What charts of GPUs show: their lines over time, in one unit, and the words on their borders."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

from trackio_view.charts.line import Line
from trackio_view.charts.palette import (
    HIGH_IS_GOOD,
    LINE_COLORS,
    LOW_IS_GOOD,
    NEUTRAL,
    VALUE,
    Gradient,
)
from trackio_view.charts.plot import WAITING, Axes
from trackio_view.charts.time_axis import before_now
from trackio_view.light_typing import NamedTuple
from trackio_view.model.gpu_fields import FIELD_BY_NAME, UNITS, FieldKind, fields_of_chart
from trackio_view.model.gpu_history import GpuHistory, HistorySpan, lines_of_chart
from trackio_view.screens.chart_content import ChartSpec, Heading
from trackio_view.series.series import Series
from trackio_view.series.y_limits import Limits
from trackio_view.terminal.glyphs import LINE_MARKERS
from trackio_view.terminal.style import Meaning, Style, StyledText
from trackio_view.wording.numbers import BYTE_UNITS, format_transfer


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
        """The unit of its lines; bytes a second are drawn in a multiple of it."""
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


def look_of(number: int) -> StyledText:
    """Return the marker of a GPU's lines, in their colour: its row's, and their newest point's."""
    marker = LINE_MARKERS[number // len(LINE_COLORS) % len(LINE_MARKERS)]
    return StyledText(marker, Style(_color(number), bold=True))


def main_line(chart: GpuChart, history: GpuHistory) -> str | None:
    """Return the name of a chart's first line of a GPU, `None` where the GPU has none of them."""
    return next(iter(lines_of(chart, history)), None)


class NamedLine(NamedTuple):
    """One of a GPU's lines, and the GPU's number."""

    number: int
    history: GpuHistory
    name: str


def spec_of_several(
    chart: GpuChart,
    drawn: Sequence[NamedLine],
    span: HistorySpan,
    end: float | None,
    with_axis: bool,
) -> ChartSpec:
    """Return a chart with a line for each GPU, over the span up to `end` in epoch seconds."""
    lines = [
        _line(history, name, span, _color(number), end)._replace(marker=look_of(number).text)
        for number, history, name in drawn
    ]
    unit, scaled = _in_one_unit(chart, lines)
    return _spec(
        chart,
        [Heading(_title(title_of_several(chart, drawn), unit))],
        scaled,
        end,
        span,
        with_axis,
    )


def title_of_several(chart: GpuChart, drawn: Sequence[NamedLine]) -> str:
    """Return what the GPUs' main lines are: an exporter may lack the one that is usual."""
    names = {one.name for one in drawn}
    if chart.main is None or len(names) > 1:
        return chart.title
    (name,) = names or {_first_line(chart)}
    return chart.main if name == _first_line(chart) else f"{chart.title}: {_word(name)}"


def lines_of(chart: GpuChart, history: GpuHistory) -> tuple[str, ...]:
    """Return the names of a chart's lines that a GPU has, the main one first."""
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


def bounds_of_line(name: str, history: GpuHistory, span: HistorySpan) -> tuple[float, float] | None:
    """Return the lowest and highest value that a line shows."""
    if name not in history.lines:
        return None
    shown = _within(_line(history, name, span, NEUTRAL))
    values = [value for value in shown.values if value == value]
    return (min(values), max(values)) if values else None


def spec_of_one(
    chart: GpuChart,
    history: GpuHistory,
    span: HistorySpan,
    end: float | None,
    with_axis: bool,
) -> ChartSpec:
    """Return a chart with all of its lines that one GPU has, over the span up to `end` in epoch
    seconds, or up to the newest sample.
    """
    names = lines_of(chart, history)
    several = len(names) > 1
    lines = [
        _line(history, name, span, _color(position) if several else chart.gradient, end)
        for position, name in enumerate(names)
    ]
    if end is None and history.times:
        end = history.times[-1]
    _, scaled = _in_one_unit(chart, lines)
    return _spec(chart, [Heading(chart.title)], scaled, end, span, with_axis)


def byte_unit(chart: GpuChart, history: GpuHistory, span: HistorySpan, end: float | None) -> str:
    """Return the unit of such a chart of bytes. All values of its span are looked at for it."""
    lines = (_line(history, name, span, NEUTRAL, end) for name in lines_of(chart, history))
    return _unit_of([_within(line) for line in lines])[0]


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
    return ChartSpec(headings, lines, axes, waiting=WAITING)


def _in_one_unit(chart: GpuChart, lines: Sequence[Line]) -> tuple[str, list[Line]]:
    """Return the unit of a chart's axis, and the lines in it: bytes by what the highest reaches."""
    if chart.kind is not FieldKind.BYTES_PER_SECOND:
        return chart.unit, list(lines)
    shown = [_within(line) for line in lines]
    unit, divisor = _unit_of(shown)
    return unit, [
        line._replace(series=Series(part.rows, array("d", (v / divisor for v in part.values))))
        for line, part in zip(lines, shown, strict=True)
    ]


def _unit_of(shown: Sequence[Series]) -> tuple[str, int]:
    """Return the unit for bytes a second, by what the highest reaches, and its size in bytes."""
    finite = (value for series in shown for value in series.values if math.isfinite(value))
    most = max(finite, default=0.0)
    power = min(int(math.log10(most) // 3), len(BYTE_UNITS) - 1) if most >= 1 else 0
    return f"{BYTE_UNITS[power]}/s", 1000**power


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


def headings_of_one(chart: GpuChart, history: GpuHistory, unit: str) -> list[Heading]:
    """Return the title of a chart of one GPU, and the newest value of each line in its colour.

    Where room is short, the unit or the title gives way first. Then the last lines move to the
    lower border, so that no number is without a name.
    """
    names = lines_of(chart, history)
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
