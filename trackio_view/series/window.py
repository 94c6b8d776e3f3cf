"""The stretch of a history that is on screen, and the zoom levels that set its length."""

from __future__ import annotations

import math
import sys
from array import array
from bisect import bisect_left
from collections.abc import Sequence

from trackio_view.light_typing import NamedTuple
from trackio_view.series.step_order import Attempt, StepOrder, last_distinct


class ZoomLevel(NamedTuple):
    """One zoom level; `distinct_steps` is `None` where all rows are shown."""

    distinct_steps: int | None
    label: str


ZOOM_LEVELS = (
    ZoomLevel(None, "All data"),
    ZoomLevel(500, "Last 500"),
    ZoomLevel(200, "Last 200"),
    ZoomLevel(100, "Last 100"),
    ZoomLevel(50, "Last 50"),
    ZoomLevel(20, "Last 20"),
    ZoomLevel(10, "Last 10"),
)


def clamp_zoom(level: int) -> int:
    """Return the zoom level nearest to `level` that exists."""
    return max(0, min(level, len(ZOOM_LEVELS) - 1))


class Window(NamedTuple):
    """A stretch of the rows of a run, of a machine or of a GPU's history."""

    first: int
    """Its first row."""
    end: int
    """The row after its last one."""
    x_range: tuple[float, float] | None = None
    """The first and last step or time of its chart. `None` where its rows have none, or where
    nobody asked for it, because finding it means looking at every row."""
    follows: bool = True
    """Whether it ends with the newest row and so moves with every row that comes. Otherwise it is
    held."""
    spans: tuple[tuple[int, int], ...] | None = None
    """The stretches of rows in it, with first row and end of each, if it leaves out rows between
    its first row and its end; `None` if it has them all."""

    @property
    def row_count(self) -> int:
        if self.spans is not None:
            return sum(end - first for first, end in self.spans)
        return self.end - self.first

    def from_row(self, first: int) -> Window:
        """Return the part of the rows from `first` on."""
        if first <= self.first:
            return self
        spans = self.spans
        if spans is not None:
            spans = tuple((max(begin, first), end) for begin, end in spans if end > first)
            if not spans:
                return self._replace(first=self.end, spans=None)
        return self._replace(first=min(first, self.end), spans=spans)


EVERY_ROW = Window(0, sys.maxsize)
"""All rows of any history, those to come included."""


def all_rows(count: int) -> Window:
    """Return the window of all of a history's `count` rows."""
    return Window(0, count)


def last_steps(steps: array[float], wanted: int, order: StepOrder | None) -> Window:
    """Return the window of the last `wanted` distinct steps of a run.

    They are the highest steps of its newest attempt, then those of the attempt before, in whichever
    order the rows came. `order` knows that order; without it no row is late.
    """
    if order is None or not order.late:
        return Window(_last_distinct(steps, wanted), len(steps))
    seen: set[float] = set()
    later: list[tuple[int, int]] = []
    for attempt in order.attempts():
        bound, row = last_distinct(steps, attempt, wanted, seen)
        if bound > -math.inf:
            spans = [*_spans_above(steps, attempt, bound, row), *reversed(later)]
            return _made_of(spans, len(steps))
        later.append((attempt.first, attempt.end))
    return all_rows(len(steps))


def _spans_above(
    steps: array[float], attempt: Attempt, bound: float, begin: int
) -> list[tuple[int, int]]:
    """Return the stretches of an attempt's rows that hold its steps above `bound`.

    No such row is before the row `begin`.
    """
    late = set(attempt.late[bisect_left(attempt.late, begin) :])
    first = next(
        (
            row
            for row in range(begin, attempt.end)
            if steps[row] > bound and steps[row] < math.inf and row not in late
        ),
        attempt.end,
    )
    spans = []
    for row in attempt.late[bisect_left(attempt.late, first) :]:
        if steps[row] <= bound:
            if first < row:
                spans.append((first, row))
            first = row + 1
    if first < attempt.end:
        spans.append((first, attempt.end))
    return spans


def _made_of(spans: Sequence[tuple[int, int]], end: int) -> Window:
    """Return the window of stretches of rows, with adjoining ones joined."""
    joined: list[tuple[int, int]] = []
    for first, after in spans:
        if joined and joined[-1][1] == first:
            joined[-1] = (joined[-1][0], after)
        else:
            joined.append((first, after))
    if not joined:
        return Window(end, end)
    # The end is that of the newest row, also where the newest row is left out.
    whole = len(joined) == 1 and joined[0][1] == end
    return Window(joined[0][0], end, spans=None if whole else tuple(joined))


def since(times: array[float], moment: float, known: Window | None = None) -> Window:
    """Return the window of the rows after the last one that is known to be older than `moment`.

    `known` is the answer for this moment when there were fewer rows. Then only the new rows are
    looked at.
    """
    first, seen = (0, 0) if known is None else (known.first, known.end)
    for row in range(len(times) - 1, seen - 1, -1):
        if times[row] < moment:
            first = row + 1
            break
    return Window(first, len(times))


def from_time(times: array[float], moment: float) -> Window:
    """Return the window from `moment` on. If `times` do not ascend, it begins near that moment."""
    return Window(bisect_left(times, moment), len(times))


def last_seconds(times: array[float], seconds: float) -> Window:
    """Return the window of the `seconds` before the newest row; `times` ascend."""
    if not times:
        return Window(0, 0)
    begin = times[-1] - seconds
    return from_time(times, begin)._replace(x_range=(begin, times[-1]))


def held(spans: Sequence[tuple[int, int]], x_range: tuple[float, float]) -> Window:
    """Return the held window of stretches of rows, which a pan or a go-to shows.

    Without a stretch it is empty.
    """
    if not spans:
        return Window(0, 0, x_range, follows=False)
    several = tuple(spans) if len(spans) > 1 else None
    return Window(spans[0][0], spans[-1][1], x_range, follows=False, spans=several)


def following(spans: Sequence[tuple[int, int]], end: int) -> Window:
    """Return the window of stretches of rows that goes on with each row to come after `end`."""
    return _made_of(spans, end)


def with_x_range(window: Window, xs: array[float], known: Window | None) -> Window:
    """Return the window with the range of its rows' finite x.

    `known` is an answer from when there were fewer rows. If it began at the same row, only the new
    rows are looked at.
    """
    low, high, seen = math.inf, -math.inf, window.first
    if window.spans is not None:
        for begin, end in window.spans:
            inside = list(filter(math.isfinite, xs[begin:end]))
            low, high = min(low, min(inside, default=low)), max(high, max(inside, default=high))
        return window._replace(x_range=(low, high) if low <= high else None)
    if (
        known is not None
        and known.spans is None
        and known.first == window.first
        and known.end <= window.end
    ):
        low, high = known.x_range or (low, high)
        seen = known.end
    fresh = xs[seen : window.end]
    finite = fresh if all(map(math.isfinite, fresh)) else list(filter(math.isfinite, fresh))
    low, high = min(low, min(finite, default=low)), max(high, max(finite, default=high))
    return window._replace(x_range=(low, high) if low <= high else None)


def _last_distinct(steps: array[float], wanted: int) -> int:
    """Return the smallest index from which `steps` holds at most `wanted` distinct values."""
    end = len(steps)
    begin = max(0, end - wanted)
    seen = set(steps[begin:])
    if len(seen) == wanted:
        # The usual case: each row has a step of its own.
        while begin > 0 and steps[begin - 1] in seen:
            begin -= 1
        return begin
    seen = set()
    while end > 0:
        # Chunks are compared in C, so that a run that repeats a step a million times is searched
        # fast.
        begin = max(0, end - max(wanted, 4096))
        chunk = steps[begin:end]
        if len(seen | set(chunk)) > wanted:
            for offset in range(len(chunk) - 1, -1, -1):
                if chunk[offset] not in seen:
                    if len(seen) == wanted:
                        return begin + offset + 1
                    seen.add(chunk[offset])
        else:
            seen.update(chunk)
        end = begin
    return 0
