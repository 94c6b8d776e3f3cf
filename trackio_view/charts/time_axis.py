"""Labels of an x axis of times: how long after a start or before now, at round durations."""

from __future__ import annotations

import math
from collections.abc import Callable

from trackio_view.charts.axes import PlacedLabel
from trackio_view.series.scale import Scale
from trackio_view.wording.numbers import format_duration

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_ROUND_SECONDS = (
    *(1, 2, 5, 10, 15, 30),
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 3, 6, 12)),
    *(days * _DAY for days in (1, 2, 5, 10, 20, 50, 100, 200, 500)),
    *(days * 10**power * _DAY for power in (3, 4, 5, 6) for days in (1, 2, 5)),
)
_LABEL_GAP = 2

XLabels = Callable[[float, float, int, int], tuple[PlacedLabel, ...]]
"""A function of the axis' left and right end, its width and its overhang, like `axes.x_labels`."""


def since(origin: float, origin_word: str = "0:00") -> XLabels:
    """Return what labels an axis of seconds by the time passed since `origin`, negative before it.

    `origin_word` stands at the origin itself.
    """

    def labels(left: float, right: float, width: int, overhang: int) -> tuple[PlacedLabel, ...]:
        if not (math.isfinite(left) and math.isfinite(right) and math.isfinite(origin)):
            return ()
        for step in _ROUND_SECONDS:
            if (right - left) / step <= width:
                placed = _placed(left - origin, right - origin, step, width, overhang, origin_word)
                if placed is not None:
                    return placed
        return ()

    return labels


def _placed(
    left: float, right: float, step: int, width: int, overhang: int, origin_word: str
) -> tuple[PlacedLabel, ...] | None:
    """Return the labels at every `step` seconds, or `None` where they would touch."""
    placed: list[PlacedLabel] = []
    free = -overhang
    columns = Scale.of_columns(left, right, width)
    for number in range(math.ceil(left / step), math.floor(right / step) + 1):
        text = format_duration(number * step) if number else origin_word
        tick = columns.nearest(number * step)
        start = max(min(tick - len(text) // 2, width - len(text)), -overhang)
        if start < free or start + len(text) > width:
            return None
        placed.append(PlacedLabel(tick, start, text))
        free = start + len(text) + _LABEL_GAP
    return tuple(placed)
