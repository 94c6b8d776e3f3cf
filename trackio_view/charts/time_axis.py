"""Labels of an x axis of times: how long after a start or before now, at round durations."""

from __future__ import annotations

import math
from collections.abc import Callable

from trackio_view.charts.axes import PlacedLabel, placed_apart
from trackio_view.wording.moments import clock_form, start_of_day
from trackio_view.wording.numbers import format_duration

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_ROUND_SECONDS = (
    *(1, 2, 5, 10, 15, 30),
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 3, 6, 12)),
    *(days * _DAY for days in (1, 2, 5, 10, 20, 50, 100, 200, 500)),
    *(days * 10**power * _DAY for power in (3, 4, 5, 6) for days in (1, 2, 5)),
)

XLabels = Callable[[float, float, int, int], tuple[PlacedLabel, ...]]
"""A function of the axis' left and right end, its width and its overhang, like `axes.x_labels`."""


def since(origin: float, origin_word: str = "0:00") -> XLabels:
    """Return what labels an axis of seconds by the time passed since `origin`, negative before it.

    `origin_word` stands at the origin itself.
    """

    def labels(left: float, right: float, width: int, overhang: int) -> tuple[PlacedLabel, ...]:
        def text(seconds: int, _: int) -> str:
            return format_duration(seconds) if seconds else origin_word

        return _at_round_times(left - origin, right - origin, width, overhang, text)

    return labels


def clock_labels(left: float, right: float, width: int, overhang: int) -> tuple[PlacedLabel, ...]:
    """Label an axis of moments by this machine's clock, from day to day by the date."""
    midnight = start_of_day(left)

    def text(seconds: int, step: int) -> str:
        form = "%m-%d" if step >= _DAY else "%H:%M" if step >= _MINUTE else "%H:%M:%S"
        return clock_form(midnight + seconds, form)

    return _at_round_times(left - midnight, right - midnight, width, overhang, text)


def _at_round_times(
    left: float, right: float, width: int, overhang: int, text: Callable[[int, int], str]
) -> tuple[PlacedLabel, ...]:
    """Return labels at the shortest round distance at which they do not touch; none if unknown."""
    if not (math.isfinite(left) and math.isfinite(right)):
        return ()
    for step in _ROUND_SECONDS:
        if (right - left) / step <= width:
            placed = _placed(left, right, step, width, overhang, text)
            if placed is not None:
                return placed
    return ()


def _placed(
    left: float,
    right: float,
    step: int,
    width: int,
    overhang: int,
    text_of: Callable[[int, int], str],
) -> tuple[PlacedLabel, ...] | None:
    """Return the labels at every `step` seconds, or `None` where they would touch."""
    numbers = range(math.ceil(left / step), math.floor(right / step) + 1)
    ticks = ((number * step, text_of(number * step, step)) for number in numbers)
    placed = placed_apart(ticks, left, right, width, overhang)
    return None if placed is None else tuple(placed)
