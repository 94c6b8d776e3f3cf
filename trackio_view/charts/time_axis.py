"""Labels of an x axis of times, at round ones: after a start, before now, or by the clock."""

from __future__ import annotations

import math
from collections.abc import Callable

from trackio_view.charts.axes import PlacedLabel, placed_apart
from trackio_view.charts.x_units import XLabels, with_unit
from trackio_view.wording.moments import clock_form, start_of_day
from trackio_view.wording.numbers import format_duration

# Times are counted in microseconds, as rows have them: round ones are whole numbers.
_MILLISECOND, _SECOND = 1_000, 1_000_000
_MINUTE, _HOUR, _DAY = 60 * _SECOND, 3_600 * _SECOND, 86_400 * _SECOND
_PARTS_OF_A_SECOND = tuple(part * 10**power for power in range(6) for part in (1, 2, 5))
_ROUND_TIMES = (
    *(seconds * _SECOND for seconds in (1, 2, 5, 10, 15, 30)),
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 3, 6, 12)),
    *(days * _DAY for days in (1, 2, 5, 10, 20, 50, 100, 200, 500)),
    *(days * 10**power * _DAY for power in (3, 4, 5, 6) for days in (1, 2, 5)),
)

_LEAST_WHOLE = 2 * _SECOND
"""A shorter axis may have one whole second or none."""
_LEAST_DISTANCE = 8
_UNITS = ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (_SECOND, "s"), (_MILLISECOND, "ms"))


def since(origin: float) -> XLabels:
    """Return what labels an axis of seconds by the time passed since `origin`: `0 10 20 30 min`."""

    def labels(left: float, right: float, width: int, overhang: int) -> tuple[PlacedLabel, ...]:
        def unit(step: int) -> tuple[int, str]:
            return next((unit for unit in _UNITS if step >= unit[0]), _UNITS[-1])

        def text(time: int, step: int) -> str:
            length = unit(step)[0]
            if step >= length:
                return f"{time // length:,}"
            return f"{time / length:.{_decimals(step, length)}f}"

        def complete(placed: list[PlacedLabel], step: int) -> tuple[PlacedLabel, ...] | None:
            # Numbers are so short that many would have room.
            few = len(placed) <= max(width // _LEAST_DISTANCE, 3)
            return with_unit(placed, width, unit(step)[1]) if few else None

        return _at_round_times(left - origin, right - origin, width, overhang, text, complete)

    return labels


def before_now(now: float) -> XLabels:
    """Return what labels an axis of seconds by how long before `now` they are: `-1:00 now`."""

    def labels(left: float, right: float, width: int, overhang: int) -> tuple[PlacedLabel, ...]:
        def text(time: int, _: int) -> str:
            return format_duration(time / _SECOND) if time else "now"

        return _at_round_times(left - now, right - now, width, overhang, text, whole=True)

    return labels


def clock_labels(left: float, right: float, width: int, overhang: int) -> tuple[PlacedLabel, ...]:
    """Return the labels of an axis of moments by this machine's clock, or by dates for days."""
    midnight = start_of_day(left)

    def text(time: int, step: int) -> str:
        moment = midnight + time / _SECOND
        if step >= _SECOND:
            form = "%m-%d" if step >= _DAY else "%H:%M" if step >= _MINUTE else "%H:%M:%S"
            return clock_form(moment, form)
        shown = _decimals(step, _SECOND) - _MOST_DECIMALS
        return clock_form(moment, "%H:%M:%S.%f")[: shown or None]

    return _at_round_times(left - midnight, right - midnight, width, overhang, text)


_MOST_DECIMALS = 6
"""Of a second on the clock."""


def _decimals(step: int, unit: int) -> int:
    """Return how many decimals tell steps of a part of a unit apart, a power of ten."""
    return max(len(str(unit)) - len(str(step)), 0)


def _complete(placed: list[PlacedLabel], _: int) -> tuple[PlacedLabel, ...]:
    return tuple(placed)


def _at_round_times(
    left: float,
    right: float,
    width: int,
    overhang: int,
    text: Callable[[int, int], str],
    complete: Callable[[list[PlacedLabel], int], tuple[PlacedLabel, ...] | None] = _complete,
    *,
    whole: bool = False,
) -> tuple[PlacedLabel, ...]:
    """Return labels at the shortest round distance at which they do not touch; none if unknown.

    `complete` adds to them what else stands in their row, and returns `None` without room for it.
    On a short axis parts of a second are round too, unless only `whole` seconds are.
    """
    if not (math.isfinite(left) and math.isfinite(right)):
        return ()
    left, right = left * _SECOND, right * _SECOND
    for step in _steps(left, right, whole=whole):
        if (right - left) / step <= width:
            placed = _placed(left, right, step, width, overhang, text)
            completed = None if placed is None else complete(placed, step)
            if completed is not None:
                return completed
    return ()


def _steps(left: float, right: float, *, whole: bool) -> tuple[int, ...]:
    """Return the distances that labels may have, from the shortest on."""
    if whole or right - left >= _LEAST_WHOLE:
        return _ROUND_TIMES
    if left == right and round(left) % _SECOND == 0:
        return (_SECOND,)
    return (*_PARTS_OF_A_SECOND, *_ROUND_TIMES)


def _placed(
    left: float,
    right: float,
    step: int,
    width: int,
    overhang: int,
    text_of: Callable[[int, int], str],
) -> list[PlacedLabel] | None:
    """Return the labels at every `step`, or `None` where they would touch."""
    if left == right:
        left = right = round(left)
    numbers = range(math.ceil(left / step), math.floor(right / step) + 1)
    ticks = ((number * step, text_of(number * step, step)) for number in numbers)
    return placed_apart(ticks, left, right, width, overhang)
