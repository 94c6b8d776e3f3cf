"""Which of several values is the best, and in which order they stand."""

from __future__ import annotations

import math
from collections.abc import Sequence

from trackio_view.model.roles import Direction
from trackio_view.series.series import Number
from trackio_view.series.sums import as_float


def ranked(numbers: Sequence[Number | None], direction: Direction) -> list[int]:
    """Return the places of numbers, the best first; where no way is better, the highest.

    NaN follows, then what is absent. Equal ones stay in their order.
    """
    sign = 1.0 if direction is Direction.LOW_IS_GOOD else -1.0

    def key(place: int) -> tuple[int, float]:
        number = numbers[place]
        value = math.nan if number is None else as_float(number)
        return (2, 0.0) if number is None else (1, 0.0) if math.isnan(value) else (0, sign * value)

    return sorted(range(len(numbers)), key=key)


def best_places(numbers: Sequence[Number | None], direction: Direction) -> list[int]:
    """Return the places of the best finite numbers; none where no way is better, or no number is
    worse.
    """
    finite = {
        place: value
        for place, number in enumerate(numbers)
        if number is not None and math.isfinite(value := as_float(number))
    }
    if direction is Direction.NEUTRAL or not finite or len(numbers) < 2:
        return []
    best = (min if direction is Direction.LOW_IS_GOOD else max)(finite.values())
    places = [place for place, value in finite.items() if value == best]
    return [] if len(places) == len(numbers) else places
