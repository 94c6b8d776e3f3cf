"""Histograms on a run's page."""

from __future__ import annotations

import math

from trackio_view.screens.panels.histogram import merged_bars


def test_bars_add_up_neighbouring_bins() -> None:
    bars = merged_bars([0, 1, 2, 3, 4, 5], [1, 2, 3, 4, math.nan], 3)
    assert bars == [(0, 2, 3), (2, 4, 7), (4, 5, 0)]
    assert merged_bars([0, 1, 2], [1e308, 1e308], 1) == [(0, 2, math.inf)]
