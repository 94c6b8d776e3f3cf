"""Which of several values is the best, and in which order they stand."""

from __future__ import annotations

import math

from trackio_view.model.ranking import best_places, ranked
from trackio_view.model.roles import Direction


def test_the_best_comes_first_and_what_has_no_value_last() -> None:
    numbers = [0.5, math.nan, 0.25, None, 0.5, math.inf, 10**400]
    assert ranked(numbers, Direction.LOW_IS_GOOD) == [2, 0, 4, 5, 6, 1, 3]
    assert ranked(numbers, Direction.HIGH_IS_GOOD) == [5, 6, 0, 4, 2, 1, 3]
    # Where no run is better, the order is that in which lines are drawn.
    assert ranked(numbers[:3], Direction.NEUTRAL) == [0, 2, 1]


def test_who_is_best_of_all_is_told_and_nobody_where_all_are_equal() -> None:
    numbers = [0.5, math.nan, 0.25, None, 0.5, math.inf]
    assert best_places(numbers, Direction.LOW_IS_GOOD) == [2]
    assert best_places(numbers, Direction.HIGH_IS_GOOD) == [0, 4]
    assert best_places(numbers, Direction.NEUTRAL) == []
    assert best_places([1.0, 1.0], Direction.LOW_IS_GOOD) == []
    assert best_places([1.0], Direction.LOW_IS_GOOD) == []
    assert best_places([math.nan, math.inf], Direction.LOW_IS_GOOD) == []
