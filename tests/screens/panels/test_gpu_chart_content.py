"""The table of the charts of GPUs, and the looks of their lines."""

from __future__ import annotations

import pytest

from trackio_view.charts.palette import LINE_COLORS
from trackio_view.model.gpu import Absence, GpuIdentity, GpuSample
from trackio_view.model.gpu_fields import GPU_FIELDS, FieldKind
from trackio_view.model.gpu_history import HISTORY_SPANS, GpuHistory
from trackio_view.screens.panels.gpu_chart_content import (
    GPU_CHARTS,
    byte_unit,
    headings_of_one,
    look_of,
)
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


@pytest.mark.parametrize(
    ("rate", "unit"),
    [(0.5, "B/s"), (999, "B/s"), (1_000, "KB/s"), (5e5, "KB/s"), (2e6, "MB/s"), (3e9, "GB/s")],
)
def test_the_unit_of_bytes_is_by_the_highest_value_of_the_span(rate: float, unit: str) -> None:
    history = history_of(*(("nvlink_read", value) for value in (1.0, rate, 0.0)))
    chart = next(chart for chart in GPU_CHARTS if chart.title == "NVLink")
    assert byte_unit(chart, history, HISTORY_SPANS[0], None) == unit


def test_of_a_gpu_that_is_lost_no_older_value_is_told() -> None:
    chart = next(chart for chart in GPU_CHARTS if chart.title == "power")

    def told(history: GpuHistory) -> str:
        texts = [
            piece.text
            for heading in headings_of_one(chart, history, chart.unit)
            for piece in (*heading.facts, *heading.below)
        ]
        return " ".join(texts)

    history = history_of(("power", 300.0))
    assert "300 W" in told(history)
    lost = history.latest._replace(state=Absence.LOST)
    history.record(lost, lost.time)
    assert told(history) == ""


def history_of(*readings: tuple[str, float]) -> GpuHistory:
    """Return the history of a GPU that told one field each second."""
    identity = GpuIdentity("0", "NVIDIA", "H100", None)
    samples = [
        GpuSample(identity, float(second), **{field: value})  # type: ignore[arg-type]
        for second, (field, value) in enumerate(readings)
    ]
    history = GpuHistory(samples[0])
    for sample in samples:
        history.record(sample, sample.time)
    return history
