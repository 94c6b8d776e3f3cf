"""Fewer points of a series that still tell its extremes: exact minimum and maximum a stretch."""

from __future__ import annotations

import math
from collections.abc import Callable

from trackio_view.series.series import Number, Series


def reduced_positions(series: Series, start: int, most: int) -> list[int]:
    """Return at most `most` (4 or more) positions from `start` on, ascending.

    Among them are the first, the last, a smallest and a largest value of the stretch, exactly as
    logged; between first and last come the smallest and the largest value of stretches of equal
    length. NaN is neither, and is kept only where a stretch holds nothing else. All positions
    are returned where they are no more than `most`.
    """
    end = len(series)
    count = end - start
    if count <= most:
        return list(range(start, end))
    extremes = _extremes_of(series, start)
    stretches = (most - 2) // 2
    positions = {start, end - 1}
    inner = count - 2
    for stretch in range(stretches):
        begin = start + 1 + inner * stretch // stretches
        positions.update(extremes(begin, start + 1 + inner * (stretch + 1) // stretches))
    return sorted(positions)


def _extremes_of(series: Series, start: int) -> Callable[[int, int], tuple[int, int]]:
    """Return what finds the positions of a stretch's smallest and largest value."""
    values = series.values
    if series.exact or any(map(math.isnan, values[start:])):

        def of_numbers(begin: int, end: int) -> tuple[int, int]:
            known = [at for at in range(begin, end) if values[at] == values[at]] or [begin]
            numbers: list[Number] = [series.number(at) for at in known]
            low, high = min(numbers), max(numbers)
            return known[numbers.index(low)], known[numbers.index(high)]

        return of_numbers

    def of_floats(begin: int, end: int) -> tuple[int, int]:
        stretch = values[begin:end]
        return begin + stretch.index(min(stretch)), begin + stretch.index(max(stretch))

    return of_floats
