"""Which run is the newest: by time, and by id where times cannot tell."""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import pytest

from trackio_view.model.newest_runs import is_newer, newest_first

NOW = 1_700_000_000.0
DAY = 86_400.0


class End(NamedTuple):
    name: str
    last_id: int
    last_time: float


@pytest.mark.parametrize(
    ("ends", "order"),
    [
        # A renamed run has high ids and old times.
        ([("old", 90, NOW - 9 * DAY), ("live", 50, NOW)], "live old"),
        ([("a", 1, NOW), ("b", 2, NOW), ("c", 3, NOW)], "c b a"),
        # Without any time, ids tell.
        ([("a", 3, math.nan), ("b", 5, math.nan)], "b a"),
        # Where no time is known, the run is as new as the newest with a lower id.
        ([("old", 90, NOW - 9), ("live", 50, NOW), ("unknown", 70, math.nan)], "unknown live old"),
        ([("first", 1, math.nan), ("timed", 2, NOW - DAY)], "timed first"),
        # A clock may be ahead, but no more than a day.
        ([("hour", 1, NOW + 3600), ("right", 2, NOW)], "hour right"),
        ([("years", 1, NOW + 999 * DAY), ("right", 2, NOW)], "right years"),
        ([("right", 1, NOW), ("years", 2, NOW + 999 * DAY)], "years right"),
        ([("never", 1, math.inf), ("right", 2, NOW)], "right never"),
        ([], ""),
    ],
)
def test_newest_first(ends: list[tuple[str, int, float]], order: str) -> None:
    runs = [End(*end) for end in ends]
    for permuted in itertools.permutations(runs):
        assert [run.name for run in newest_first(permuted, NOW)] == order.split()


def test_the_newer_of_two() -> None:
    old, live = End("old", 90, NOW - 9 * DAY), End("live", 50, NOW)
    assert is_newer(live, old, NOW)
    assert not is_newer(old, live, NOW)
