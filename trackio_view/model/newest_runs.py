"""Which of several runs is the newest: the one rule for all that shows or follows "the newest"."""

from __future__ import annotations

import math
from collections.abc import Iterable

from trackio_view.light_typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from typing import TypeVar

    _Run = TypeVar("_Run", bound="EndsWithRow")

MOST_AHEAD = 86_400.0
"""By how many seconds a time may lie ahead of this machine's clock and count all the same. Times
without a zone may be read up to a day wrong."""


class EndsWithRow(Protocol):
    """A run of which the newest row is known."""

    @property
    def last_id(self) -> int:
        """The row's id."""

    @property
    def last_time(self) -> float:
        """When it was written, in seconds since the epoch; NaN where unknown."""


def newest_first(runs: Iterable[_Run], now: float) -> list[_Run]:
    """Return runs by the time of their newest row, and of equal times by its id; `now` is in epoch
    seconds.

    Ids alone do not tell: TrackIO renames a run by writing its old rows again, with new ids. They
    do where a time is unknown, as rows are written in the order of their ids. Such a run is as new
    as the newest of those whose ids are lower. A time more than a day ahead counts as unknown, or a
    clock that was wrong once would make its run the newest for years.
    """
    runs, latest = list(runs), now + MOST_AHEAD
    # NaN is not smaller than anything.
    if all(run.last_time <= latest for run in runs):
        return sorted(runs, key=lambda run: (run.last_time, run.last_id), reverse=True)
    by_id = sorted(runs, key=lambda run: run.last_id)
    times = []
    reached = -math.inf
    for run in by_id:
        is_known = run.last_time <= latest
        if is_known:
            reached = max(reached, run.last_time)
        times.append(run.last_time if is_known else reached)
    placed = sorted(
        zip(times, by_id, strict=True), key=lambda both: (both[0], both[1].last_id), reverse=True
    )
    return [run for _, run in placed]


def is_newer(run: _Run, other: _Run, now: float) -> bool:
    """Return whether a run is newer than another."""
    return newest_first((other, run), now)[0] is run
