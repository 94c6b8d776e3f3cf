"""Chooses fewer points of a series that still tell its extremes: the exact minimum and maximum of
each stretch.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Sequence
from itertools import chain

from trackio_view.series.series import Number, Series
from trackio_view.series.window import EVERY_ROW, Window


def reduced_positions(series: Series, window: Window, most: int) -> Sequence[int]:
    """Return at most `most` (4 or more) positions within a window, ascending.

    Among them are the first, the last, a smallest and a largest value of the stretch, exactly as
    logged; between first and last come the smallest and the largest value of stretches of equal
    length. NaN is neither smallest nor largest. It is kept only where a stretch holds nothing else.
    All positions are returned where they are no more than `most`.
    """
    stretches = series.stretches(window)
    if len(stretches) > 1:
        # Those that lie apart are reduced as if they were all.
        places = list(chain.from_iterable(stretches))
        exact = {
            at: series.exact[place] for at, place in enumerate(places) if place in series.exact
        }
        alone = Series(array("I", range(len(places))), series.within(window), exact)
        return [places[at] for at in reduced_positions(alone, EVERY_ROW, most)]
    everything = series.positions(window)
    count, start = len(everything), everything.start
    if count <= most:
        return everything
    extremes = _extremes_of(series, everything)
    pairs = (most - 2) // 2
    positions = {start, everything[-1]}
    inner = count - 2
    for pair in range(pairs):
        begin = start + 1 + inner * pair // pairs
        positions.update(extremes(begin, start + 1 + inner * (pair + 1) // pairs))
    return sorted(positions)


def _extremes_of(series: Series, positions: range) -> Callable[[int, int], tuple[int, int]]:
    """Return what finds the positions of a stretch's smallest and largest value."""
    values = series.values
    if series.exact or any(map(math.isnan, values[positions.start : positions.stop])):

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
