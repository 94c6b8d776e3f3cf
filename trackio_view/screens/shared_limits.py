"""Ranges of y axes that do not follow from a chart's own line: those that a person typed, and one
for charts whose names end alike, as train/loss and val/loss do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from trackio_view.charts.line import shared_range
from trackio_view.screens.memo import Memo
from trackio_view.screens.stretch import Stretch, line_of
from trackio_view.series.scale import Range
from trackio_view.view.charts.charts_view import Framing


def leaf(metric: str) -> str:
    """Return the last part of a metric's name."""
    return metric.rpartition("/")[2]


def shared_y_range(
    metrics: Sequence[str],
    metric: str,
    stretches: Sequence[Stretch],
    x_range: Range | None,
    framing: Framing,
    memo: Memo,
) -> Range | None:
    """Return the range of a chart's y axis that was typed, or that others of `metrics` have, too.

    `None` where it has one of its own. Linear axes and logarithmic ones have nothing in common.
    """
    given = framing.range_of(metric)
    if given is not None and metric not in framing.logarithmic:
        return given
    if given is not None and given[0] > 0:
        return math.log10(given[0]), math.log10(given[1])
    if not framing.shared or x_range is None:
        return None
    last, logarithmic = leaf(metric), framing.logarithmic
    is_log = metric in logarithmic
    alike = [one for one in metrics if leaf(one) == last and (one in logarithmic) == is_log]
    if len(alike) < 2:
        return None
    own = [(stretch, one) for stretch in stretches for one in alike if one in stretch.run.series]
    return y_range_of(own, x_range, framing, memo, logarithmic=is_log)


def y_range_of(
    shown: Sequence[tuple[Stretch, str]],
    x_range: Range,
    framing: Framing,
    memo: Memo,
    *,
    logarithmic: bool = False,
) -> Range | None:
    """Return the range of y that holds the limits of each of the metrics of runs.

    `None` where none of them has a finite value.
    """
    made_of = [(stretch.key, metric, stretch.version(metric)) for stretch, metric in shown]
    key = ("shared y", logarithmic, framing, x_range, *made_of)
    lines = (line_of(stretch, metric, logarithmic=logarithmic) for stretch, metric in shown)
    return memo.get(key, lambda: shared_range(list(lines), x_range, framing.limits))
