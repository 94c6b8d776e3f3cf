"""The table of the charts of GPUs, and the looks of their lines."""

from __future__ import annotations

from trackio_view.charts.palette import LINE_COLORS
from trackio_view.model.gpu_fields import GPU_FIELDS, FieldKind
from trackio_view.screens.panels.gpu_chart_content import GPU_CHARTS, look_of
from trackio_view.terminal.glyphs import LINE_MARKERS


def test_the_charts_are_those_of_the_table_of_fields() -> None:
    assert {chart.title for chart in GPU_CHARTS} == {
        field.chart for field in GPU_FIELDS if field.chart
    }


def test_charts_of_several_gpus_say_which_of_their_lines_they_draw() -> None:
    firsts = {field.chart: field for field in reversed(GPU_FIELDS) if field.chart}
    into = [title for title, field in firsts.items() if field.line == "in"]
    assert len(into) == 4
    named = {chart.title: chart.main for chart in GPU_CHARTS if chart.main}
    others = {"activity": "kernels", "clocks": "GPU clock", "codecs": "encoder"}
    assert named == {title: f"{title} in" for title in into} | others | {"arithmetic": "fp64"}


def test_units_and_ends_of_the_axes() -> None:
    charts = {chart.title: chart for chart in GPU_CHARTS}
    assert {title: chart.unit for title, chart in charts.items() if not chart.from_zero} == {
        "utilization": "%",
        "memory": "%",
        "temperature": "°C",
        "fan": "%",
        "memory bus": "%",
        "codecs": "%",
        **dict.fromkeys(("tensor cores", "activity", "arithmetic"), "%"),
    }
    assert charts["memory"].kind is FieldKind.PERCENT, "the share of it that is in use"
    assert [charts[title].most for title in ("memory", "temperature", "power")] == [100, None, None]
    assert charts["power"].from_zero
    assert not charts["temperature"].from_zero


def test_looks_come_again_with_another_marker() -> None:
    count = len(LINE_COLORS)
    for number in (0, 3, count, 2 * count + 1):
        marker, style, *_ = look_of(number)
        assert style.foreground == LINE_COLORS[number % count]
        assert marker == LINE_MARKERS[number // count]
    assert look_of(count * len(LINE_MARKERS)) == look_of(0)
