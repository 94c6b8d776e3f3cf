"""Axes of logarithms: ticks at round numbers in equal ratios, or on a short axis the ticks of a
linear one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from trackio_view.charts.axes import PlacedLabel, YAxis, YLabel
from trackio_view.charts.tick_labels import axis_number, labels
from trackio_view.charts.ticks import (
    Tick,
    density_loss,
    is_flat,
    shortest,
    tick_range,
    tick_steps,
)
from trackio_view.series.logarithms import number_of
from trackio_view.series.scale import Scale

_WITHIN_DECADES = ((1,), (1, 3), (1, 2, 5))
"""The digits of ticks within each power of ten."""
_STRIDES = (1, 2, 3, 5, 10, 20, 50, 100, 200)
"""Powers of ten from tick to tick."""
_NARROW = 1.5
"""An axis that spans fewer powers of ten may have the ticks of a linear one."""
_USUAL = 8, 4
"""The rows of cells and of dots in each of the chart for which the ends of an axis are chosen."""
_CROWDED = 0.5
"""The cost of labels in neighbouring rows."""
_MOST_GIVEN_AWAY = 0.15
"""The largest share of the height by which an axis is opened at an end."""


@lru_cache(maxsize=256)
def opened_log(low: float, high: float) -> tuple[float, float]:
    """Return the ends of an axis of logarithms that opens around those from `low` to `high`.

    It reaches to a round number beyond them where one is near, whatever its height.
    """
    axis = _fitted(low, high, *_USUAL, opens=True)
    return axis.low, axis.high


@lru_cache(maxsize=256)
def log_axis(low: float, high: float, height: int, dots_a_row: int) -> YAxis:
    """Return the axis from a logarithm to another, `height` cells high, with its ticks."""
    return _fitted(low, high, height, dots_a_row, opens=False)


def _fitted(low: float, high: float, height: int, dots_a_row: int, *, opens: bool) -> YAxis:
    if height < 1 or not high > low:
        return YAxis(low, high, ())
    wanted = height if height <= 3 else min(round(height / 3) + 1, 8)
    best, best_loss = YAxis(low, high, ()), math.inf
    for choice in _choices(low, high, height):
        chosen = [tick for tick in choice if 0 < tick.value < math.inf]
        bottom, top = _opened(low, high, chosen) if opens else (low, high)
        shown = [tick for tick in chosen if bottom <= math.log10(tick.value) <= top]
        scale = Scale.of_rows(bottom, top, height * dots_a_row)
        rows = [scale.nearest(math.log10(tick.value)) // dots_a_row for tick in reversed(shown)]
        distances = {later - earlier for earlier, later in pairwise(rows)}
        if not shown or 0 in distances:
            continue
        crowded = _CROWDED if height > 3 and 1 in distances else 0.0
        loss = density_loss(len(shown), wanted) + crowded
        if loss < best_loss:
            texts = labels(shown, short=True)
            if high - low >= 1:
                # Numbers of very different sizes are each written in their own way.
                texts = [labels([tick], short=True)[0] for tick in shown]
            best, best_loss = YAxis(bottom, top, tuple(map(YLabel, rows, texts[::-1]))), loss
    return best


@lru_cache(maxsize=256)
def log_x_labels(left: float, right: float, width: int, overhang: int) -> tuple[PlacedLabel, ...]:
    """Return the ticks of an x axis `width` cells long from a logarithm to another, as `x_labels`
    has them of a linear one: as many as leave two blanks between their labels.
    """
    if not (math.isfinite(left) and math.isfinite(right)):
        return ()
    if left == right:
        text = axis_number(number_of(left))
        start = -min(overhang, len(text) // 2)
        return (PlacedLabel(0, start, text),) if len(text) <= width else ()
    best: list[PlacedLabel] = []
    columns = Scale.of_columns(left, right, width)
    for chosen in _choices(left, right, width):
        placed: list[PlacedLabel] = []
        free = -overhang
        for tick in chosen:
            if not (0 < tick.value < math.inf and left <= math.log10(tick.value) <= right):
                continue
            text = labels([tick], short=True)[0]
            place = columns.nearest(math.log10(tick.value))
            start = max(min(place - len(text) // 2, width - len(text)), -overhang)
            if start < free:
                break
            placed.append(PlacedLabel(place, start, text))
            free = start + len(text) + 2
        else:
            if len(placed) > len(best) and len(placed) <= max(width / 8, 2):
                best = placed
    return tuple(best)


def _choices(low: float, high: float, height: int) -> Iterator[list[Tick]]:
    """Yield ticks that an axis may have, ascending, those beyond its ends among them."""
    first, last = math.floor(low) - 1, math.ceil(high) + 1
    for digits in _WITHIN_DECADES:
        if len(digits) * (high - low) <= 2 * height:
            yield [Tick(digit, exponent) for exponent in range(first, last) for digit in digits]
    for stride in _STRIDES[1:]:
        if high - low >= stride:
            begin = first - first % stride
            yield [Tick(1, exponent) for exponent in range(begin, last + 1, stride)]
    bounds = number_of(low), number_of(high)
    if high - low < _NARROW and not is_flat(*bounds):
        for multiple, exponent, _ in tick_steps(*bounds, whole=False):
            begin, end = tick_range(shortest(bounds[0]), shortest(bounds[1]), multiple, exponent)
            if 1 <= end - begin + 1 <= height:
                places = range(max(begin - 1, 1), end + 2)
                yield [Tick(place * multiple, exponent) for place in places]


def _opened(low: float, high: float, chosen: Sequence[Tick]) -> tuple[float, float]:
    """Return the ends, each at the tick beyond it where that is near."""
    places = [math.log10(tick.value) for tick in chosen]
    below = max((place for place in places if place <= low), default=low)
    above = min((place for place in places if place >= high), default=high)
    near = _MOST_GIVEN_AWAY * (high - low)
    return (below if low - below <= near else low, above if above - high <= near else high)
