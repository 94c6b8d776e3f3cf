"""The range of the y axis, for each choice of limits, with and without smoothing."""

from __future__ import annotations

import math
import random

import pytest

from tests.charts.conftest import NOISY, line, log_line, smooth_line, spiked
from trackio_view.charts.line import limited_range, shared_range
from trackio_view.charts.line_chart import line_chart
from trackio_view.charts.plot import Axes, Plot
from trackio_view.series.y_limits import Limits
from trackio_view.terminal.glyphs import BEYOND_ABOVE, Repertoire


@pytest.mark.parametrize(
    ("values", "labels"), [([1980.0, 1990.0], {"2k", "0"}), ([0.0, 0.0], {"1.0", "0.0"})]
)
def test_an_axis_may_begin_at_zero(values: list[float], labels: set[str]) -> None:
    chart = line_chart([line(values)], 40, 8, Axes(limits=Limits.ZERO))
    assert labels <= {text.partition("┤")[0].strip() for text in chart.lines() if "┤" in text}


@pytest.mark.parametrize(
    ("limits", "least", "most"),
    [(Limits.EVERY, -100, 1000), (Limits.MIDDLE, 0.9, 3.1), (Limits.ZERO, -100, 1000)],
)
def test_a_person_may_choose_the_limits(limits: Limits, least: float, most: float) -> None:
    plots: list[Plot] = []
    line_chart([line(spiked())], 60, 12, Axes(limits=limits), prepared=plots.append)
    low, high = plots[0].y_range
    assert least <= low < high <= most
    assert bool(plots[0].notes) == (limits is Limits.MIDDLE)


def test_limits_hide_nothing_where_a_range_is_given() -> None:
    plots: list[Plot] = []
    line_chart([line(NOISY)], 60, 12, Axes(y_range=(0.0, 9.0)), prepared=plots.append)
    assert plots[0].y_range == (0.0, 9.0)
    assert not plots[0].notes


def test_smoothed_values_from_before_a_window_are_on_the_chart() -> None:
    values, smoothed = [0.0] * 50 + [10.0] * 50, [0.0] * 50 + [4.0] * 50
    plots: list[Plot] = []
    line_chart([smooth_line(values, smoothed, start=60)], 40, 8, prepared=plots.append)
    assert plots[0].y_range[0] <= 4.0
    assert plots[0].y_range[1] >= 10.0


def test_smoothed_values_do_not_let_a_spike_set_the_axis() -> None:
    values = spiked()
    smoothed = [value / 2 for value in values]
    plots: list[Plot] = []
    chart = line_chart([smooth_line(values, smoothed)], 60, 12, prepared=plots.append)
    plain: list[Plot] = []
    line_chart([line(values)], 60, 12, prepared=plain.append)
    assert plots[0].y_range == plain[0].y_range
    assert plots[0].notes == plain[0].notes, "what was logged is counted"
    assert BEYOND_ABOVE in chart.glyphs[0]


def test_the_rounding_of_an_average_is_no_axis() -> None:
    plots: list[Plot] = []
    rounded = [0.9 - 1e-16 * step for step in range(40)]
    for made in (line([0.9] * 40), smooth_line([0.9] * 40, rounded)):
        line_chart([made], 40, 8, prepared=plots.append)
    assert plots[0].y_range == plots[1].y_range
    ends = (0.9, 0.9)
    made = smooth_line([0.9] * 40, rounded)
    assert limited_range([made], (0, 39), ends, Limits.AUTO) == ends


def test_charts_of_several_sizes_share_what_one_chart_would_show() -> None:
    lines = [line([0.0, 4.0]), line([3.0, 9.0])]
    found = shared_range(lines, (0, 1), Limits.EVERY)
    assert found is not None
    low, high = found
    assert low <= 0.0 < 9.0 <= high
    assert shared_range([line([math.nan])], (0, 1), Limits.EVERY) is None


def test_charts_of_logarithms_share_an_axis_that_opens_to_decades() -> None:
    lines = [log_line([3.0, 40.0]), log_line([5.0, 700.0])]
    own: list[Plot] = []
    line_chart(lines, 40, 8, Axes(limits=Limits.EVERY), prepared=own.append)
    assert shared_range(lines, (0, 1), Limits.EVERY) == own[0].y_range
    straight = [line([math.log10(3.0), math.log10(700.0)])]
    assert shared_range(straight, (0, 1), Limits.EVERY) != own[0].y_range


@pytest.mark.parametrize("seed", range(12))
def test_a_line_has_the_same_limits_at_every_size(seed: int) -> None:
    made = random.Random(seed)
    count = made.choice([60, 200, 1000, 3000])
    values = [math.exp(made.gauss(0, 1.5)) for _ in range(count)]
    for _ in range(3):
        first = made.randrange(count)
        values[first : first + 5] = [made.choice([60.0, 1e5])] * len(values[first : first + 5])
    plots: list[Plot] = []
    for width, height, repertoire in (
        *((24, 5, Repertoire.BRAILLE), (38, 9, Repertoire.ASCII), (58, 14, Repertoire.BRAILLE)),
        *((98, 9, Repertoire.BRAILLE), (180, 40, Repertoire.BRAILLE)),
    ):
        line_chart([line(values)], width, height, repertoire=repertoire, prepared=plots.append)
    assert len(plots) == 5
    assert len({plot.y_range for plot in plots}) == 1
