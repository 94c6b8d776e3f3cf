"""Histograms on a run's page."""

from __future__ import annotations

import math

import pytest

from trackio_view.model.objects import LoggedHistogram
from trackio_view.screens.panels.histogram import histogram_lines, merged_bars


def test_bars_add_up_neighbouring_bins() -> None:
    bars = merged_bars([0, 1, 2, 3, 4, 5], [1, 2, 3, 4, math.nan], 3)
    assert bars == [(0, 2, 3), (2, 4, 7), (4, 5, 0)]
    assert merged_bars([0, 1, 2], [1e308, 1e308], 1) == [(0, 2, math.inf)]


@pytest.mark.parametrize("width", [30, 40, 60, 81, 200])
def test_the_highest_bar_is_full_and_each_line_has_its_count(width: int) -> None:
    histogram = LoggedHistogram("h", 1, (0.0, 1.0, 2.0, 3.0), (1_000.0, 250.0, 0.0))
    lines = ["".join(one.text for one in line) for line in histogram_lines(histogram, width)]
    bars = [line.count("━") + line.count("─") + line.count("╸") for line in lines]
    assert bars[0] == bars[1] == bars[2] == lines[0].count("━")
    assert lines[1].count("━") == pytest.approx(bars[1] / 4, abs=1)
    assert lines[2].count("━") == 0
    assert [line.split()[-1] for line in lines] == ["1,000", "250", "0"]
    assert max(map(len, lines)) <= width
    assert bars[0] <= 60
