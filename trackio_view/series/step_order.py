"""In which order a run's rows come: where its steps begin again, and which rows come late.

Rows of an earlier step are no restart by themselves: an evaluation beside the training ends when
the training is further on, a server takes rows in after an outage, an import writes one metric
after the other. A run begins again where a metric is logged once more at a step at which it
stands already, or where the one that has come furthest is logged before all that the attempt
holds. Every other row of an earlier step is late.

Several processes may log into one run, one behind the other (`producers`). What looked like a
restart is taken back once the attempt before it goes on where it stood; from then on, rows with
which one of them goes on are late, as is one that is only a step behind.
"""

from __future__ import annotations

import math
import operator
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from trackio_view.light_typing import NamedTuple, Protocol
from trackio_view.series.producers import Producer, Producers

_FEW = 8
"""So many rows are looked up one by one in each metric; for more, a set is made."""
_MOST_TAKEN_BACK = 32
"""The most restarts of a run that are taken back, because each costs a look at a whole attempt."""


class LoggedRows(Protocol):
    """A metric, given by the rows of its run in which it was logged."""

    rows: array[int]
    """The rows, ascending."""


class Attempt(NamedTuple):
    """Rows between two restarts."""

    first: int
    end: int
    late: Sequence[int]
    """The rows whose step was passed before they came, ascending."""


class StepOrder:
    """The order of one run's rows, updated as they come: each is looked at once."""

    def __init__(self) -> None:
        self.restarts: array[int] = array("Q")
        """The rows with which the steps begin again, ascending."""
        self.late: array[int] = array("Q")
        """The rows whose step their attempt had passed before they came, ascending."""
        self.highest = -math.inf
        """The highest finite step of the newest attempt; minus infinity where it has none."""
        self.highest_row = -1
        """The newest row with that step; -1 where there is none."""
        self._lowest = math.inf
        self._rows = 0
        self._stands: dict[str, _Standing] = {}
        self._ended: list[_Ended] = []
        """The attempts that ended, one for each restart."""
        self._producers = Producers()
        self._taken_back = 0

    @property
    def begin(self) -> int:
        """The first row of the newest attempt."""
        return self.restarts[-1] if self.restarts else 0

    def is_late(self, row: int) -> bool:
        """Return whether a row is late."""
        place = bisect_left(self.late, row)
        return place < len(self.late) and self.late[place] == row

    def attempts(self) -> Iterable[Attempt]:
        """Return the attempts of the rows looked at, the newest first."""
        edges = [0, *self.restarts, self._rows] if self.restarts else [0, self._rows]
        for first, end in reversed(list(pairwise(edges))):
            inside = slice(bisect_left(self.late, first), bisect_left(self.late, end))
            yield Attempt(first, end, self.late[inside])

    def look(
        self, steps: array[float], times: array[float], series: Mapping[str, LoggedRows]
    ) -> None:
        """Take in the rows that came since the last call; `series` already have their values."""
        first, self._rows = self._rows, len(steps)
        own = steps[first:]
        if not own:
            return
        # Nearly always, no step is before another.
        if (
            own[0] >= self.highest
            and -math.inf < own[0]
            and own[-1] < math.inf
            and all(map(operator.le, own, own[1:]))
            and self._producers.only_the_newest_logs(own[0], own[-1], self.highest)
        ):
            self._producers.lead(own, len(self.restarts))
            self._lowest = min(self._lowest, own[0])
            self.highest, self.highest_row = own[-1], len(steps) - 1
            return
        earlier = _earlier_rows(own, first, self.highest)
        logged = _logged_among(earlier, series, first)
        # Where each metric keeps its own order, no row begins an attempt.
        if (
            math.isfinite(sum(own))
            and self._producers.only_the_newest_logs(min(own), max(own), self.highest)
            and not any(
                name in self._stands or self._falls_back(series[name], steps, first)
                for name in logged
            )
        ):
            self._take_as_late(earlier, first, steps)
        else:
            self._look_at_each(first, steps, times, {name: series[name] for name in logged})

    def _falls_back(self, series: LoggedRows, steps: array[float], first: int) -> bool:
        """Return whether the steps of a metric go back in its attempt's rows from row `first`
        on."""
        place = bisect_left(series.rows, first)
        if place and series.rows[place - 1] >= self.begin:
            place -= 1
        own = list(map(steps.__getitem__, series.rows[place:]))
        return not all(map(operator.le, own, own[1:]))

    def _take_as_late(self, rows: Sequence[int], first: int, steps: array[float]) -> None:
        """Take in the rows from `first` on, of which some are late and none begins an attempt."""
        self.late.extend(rows)
        late_rows = set(rows)
        leading = [steps[row] for row in range(first, len(steps)) if row not in late_rows]
        self._producers.lead(leading, len(self.restarts))
        row = len(steps) - 1
        for late in reversed(rows):
            if late != row:
                break
            row -= 1
        if row >= first:
            self.highest, self.highest_row = steps[row], row
            if rows[:1] != [first]:
                self._lowest = min(self._lowest, steps[first])

    def _look_at_each(
        self,
        first: int,
        steps: array[float],
        times: array[float],
        series: Mapping[str, LoggedRows],
    ) -> None:
        metrics = _metrics_by_row(series, first)
        for row in range(first, len(steps)):
            step = steps[row]
            if not -math.inf < step < math.inf:
                if step < self.highest:
                    self.late.append(row)
                continue
            attempt, again = len(self.restarts), False
            producer = self._producers.of_attempt(step, attempt)
            if producer is None:
                if step < self.highest:
                    known = {name: series[name] for name in metrics.get(row, ())}
                    again = self._begins_again(row, steps, times, known)
                if (again or step >= self.highest) and self._taken_back < _MOST_TAKEN_BACK:
                    producer = self._producers.of_any_attempt(step)
            if producer is not None:
                self._producers.go_on(producer, step)
                if producer.attempt < attempt:
                    self._take_back(producer, row, steps)
            elif again and not self._producers.is_just_behind(step, attempt):
                self._begin(row, steps)
                self._producers.begin(step, attempt + 1)
                continue
            elif again:
                self._producers.begin(step, attempt)
            elif step >= self.highest:
                self._producers.lead([step], attempt)
            self._take_in(row, step)

    def _take_in(self, row: int, step: float) -> None:
        """Take in a row with a finite step that begins no attempt."""
        if step < self.highest:
            self.late.append(row)
        else:
            self._lowest = min(self._lowest, step)
            self.highest, self.highest_row = step, row

    def _take_back(self, ongoing: Producer, row: int, steps: array[float]) -> None:
        """Give all rows before `row` to an attempt that was taken for ended and goes on."""
        self._taken_back += 1
        attempt = ongoing.attempt
        first = self.restarts[attempt]
        self.highest, self.highest_row, self._lowest = self._ended[attempt]
        del self.restarts[attempt:], self._ended[attempt:]
        del self.late[bisect_left(self.late, first) :]
        self._stands.clear()
        self._producers.take_back(attempt, ongoing)
        for taken in range(first, row):
            if steps[taken] == steps[taken] and steps[taken] < math.inf:
                self._take_in(taken, steps[taken])

    def _begins_again(
        self,
        row: int,
        steps: array[float],
        times: array[float],
        logged: Mapping[str, LoggedRows],
    ) -> bool:
        step = steps[row]
        for name, series in logged.items():
            place = bisect_left(series.rows, row)
            before = series.rows[place - 1] if place else -1
            if before < self.begin or steps[before] == step:
                continue
            stands = self._stands.get(name)
            if stands is None:
                if steps[before] < step:
                    # The metric has its own order, and none of its rows was late so far.
                    continue
                stands = self._stands[name] = _Standing(bisect_left(series.rows, self.begin))
            if stands.holds(step, steps, series, place):
                return True
            # A row that was written before the attempt's first row was only late to arrive.
            is_older = times[row] < times[self.begin]
            leads = before == self.highest_row
            if leads and -math.inf < step < self._lowest and not is_older:
                return True
        return False

    def _begin(self, row: int, steps: array[float]) -> None:
        """Let a new attempt begin with a row, and with the late rows that lead up to it."""
        self._ended.append(_Ended(self.highest, self.highest_row, self._lowest))
        self.highest, self.highest_row = steps[row], row
        while self.late and self.late[-1] == row - 1 and steps[row - 1] <= steps[row]:
            row = self.late.pop()
        self.restarts.append(row)
        self._lowest = steps[row]
        self._stands.clear()


class _Ended(NamedTuple):
    """The steps of an attempt when the next one began."""

    highest: float
    highest_row: int
    lowest: float


class _Standing:
    """The steps at which a metric was logged in an attempt."""

    def __init__(self, first: int) -> None:
        self._steps: set[float] = set()
        self._seen = first

    def holds(self, step: float, steps: array[float], series: LoggedRows, end: int) -> bool:
        """Return whether one of the values before position `end` was logged at `step`."""
        self._steps.update([steps[row] for row in series.rows[self._seen : end]])
        self._seen = end
        return step in self._steps


def _earlier_rows(steps: array[float], first: int, highest: float) -> list[int]:
    """Return the rows whose step is before an earlier row's, regardless of restarts, ascending.

    `steps` are those of the rows from `first` on, and `highest` is the highest step before them.
    """
    found = []
    for row, step in enumerate(steps, first):
        if step < highest:
            found.append(row)
        elif step > highest:
            highest = step
    return found


def _logged_among(rows: Sequence[int], series: Mapping[str, LoggedRows], first: int) -> list[str]:
    """Return the metrics that were logged in any of `rows`, which all come after `first` or
    are it."""
    if len(rows) > _FEW:
        wanted = set(rows)
        return [
            name
            for name, one in series.items()
            if not wanted.isdisjoint(one.rows[bisect_left(one.rows, first) :])
        ]
    found = []
    for name, one in series.items():
        places = (bisect_left(one.rows, row) for row in rows)
        if any(
            place < len(one.rows) and one.rows[place] == row
            for place, row in zip(places, rows, strict=True)
        ):
            found.append(name)
    return found


def _metrics_by_row(series: Mapping[str, LoggedRows], first: int) -> dict[int, list[str]]:
    """Return the metrics of each row from `first` on."""
    found: dict[int, list[str]] = {}
    for name, one in series.items():
        for row in one.rows[bisect_left(one.rows, first) :]:
            found.setdefault(row, []).append(name)
    return found


def last_distinct(
    steps: array[float], attempt: Attempt, wanted: int, seen: set[float]
) -> tuple[float, int]:
    """Add the highest steps of an attempt to `seen`, up to `wanted` in all, in any order.

    Return the highest step that had no room, or minus infinity; and a row before which no step is
    above it.
    """
    found: set[float] = set()
    room = wanted - len(seen)
    bound = -math.inf
    late, next_late = attempt.late, len(attempt.late) - 1
    row = attempt.end - 1
    while row >= attempt.first:
        if next_late >= 0 and late[next_late] == row:
            # Adjoining late rows are passed over at once.
            difference = row - next_late
            first = bisect_left(range(next_late), difference, key=lambda at: late[at] - at)
            row, next_late = late[first] - 1, first - 1
            continue
        step = steps[row]
        if step not in seen and step not in found and math.isfinite(step):
            if len(found) == room:
                bound = step
                break
            found.add(step)
        row -= 1
    after = bisect_left(late, row)
    found.update(
        step
        for step in map(steps.__getitem__, late[after:])
        if step > bound and step not in seen and math.isfinite(step)
    )
    ordered = sorted(found, reverse=True)
    seen.update(ordered[:room])
    return (ordered[room] if len(ordered) > room else bound), max(row, attempt.first)
