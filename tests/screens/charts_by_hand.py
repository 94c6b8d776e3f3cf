"""What is in a chart, made from plain numbers."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from trackio_view.charts.line import Line
from trackio_view.charts.palette import HIGH_IS_GOOD, LABEL
from trackio_view.screens.chart_content import ChartSpec, Heading
from trackio_view.series.series import MetricColumn, Series
from trackio_view.series.window import EVERY_ROW
from trackio_view.terminal.style import StyledText


def a_line(values: Sequence[float]) -> Line:
    rows = array("I", range(len(values)))
    series = Series()
    if values:
        series.append(MetricColumn(rows, array("d", values)), rows)
    return Line(array("d", rows), series, EVERY_ROW, HIGH_IS_GOOD)


def a_spec(title: str = "loss", values: Sequence[float] = (3.0, 1.0, 2.0, 5.0)) -> ChartSpec:
    return ChartSpec([Heading(title, [StyledText("5.0", LABEL)])], [a_line(values)])
