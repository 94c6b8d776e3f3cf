"""Curves of a few odd values, for tests of series that are drawn together."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence

from hypothesis import strategies as st

from trackio_view.series.curves import Curve
from trackio_view.series.series import MetricColumn, Series
from trackio_view.series.window import EVERY_ROW

NUMBERS = st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1e308])
VALUES = st.lists(NUMBERS, max_size=60)


def curve(
    values: Sequence[float],
    steps: Iterable[float] | None = None,
    rows: Iterable[int] | None = None,
    start: int = 0,
) -> Curve:
    """Return the values from row `start` on, by default at steps 0, 1, 2 and so on."""
    logged = array("I", range(len(values)) if rows is None else rows)
    series = Series()
    series.append(MetricColumn(logged, array("d", values)), logged)
    count = logged[-1] + 1 if len(logged) else 0
    own = array("d", range(count) if steps is None else steps)
    return Curve(own, series, EVERY_ROW.from_row(start))
