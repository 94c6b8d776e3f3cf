"""How fast a run goes and whether it still does: inferred, since TrackIO records neither."""

from __future__ import annotations

import enum
import math
from bisect import bisect_left

from trackio_view.light_typing import NamedTuple
from trackio_view.model.newest_runs import MOST_AHEAD
from trackio_view.model.run import Run

# TrackIO stamps a whole batch with the time of its flush, so a pace needs several batches.
_PACE_SECONDS = 30.0
_PACE_ROWS = 2_000
_LEAST_SPAN = 2.0
_ROWS_BEFORE_PAUSE = 64

_LIVE_SECONDS = 30.0
_LIVE_GAPS = 5.0
_IDLE_SECONDS = 600.0
_HEARTBEAT_SECONDS = 35.0
"""TrackIO logs system metrics each 10 seconds by itself: three may be missed."""
_IDLE_GAPS = 20.0


class RunState(enum.Enum):
    """What the age of a run's last row suggests, the liveliest first; TrackIO writes no state."""

    LIVE = "live"
    IDLE = "idle"
    STALE = "stale"
    UNKNOWN = "unknown"


class _PaceRows(NamedTuple):
    """The newest rows that are enough to tell a pace."""

    first: int
    last: int
    """Equal to `first` where there are too few."""
    gaps: int
    """How many gaps lie between both; a row that came late makes none."""


def _recent_stretch(run: Run) -> _PaceRows:
    if run.kept.pace[0] != run.row_count:
        run.kept.pace = (run.row_count, *_find_stretch(run))
    return _PaceRows(*run.kept.pace[1:])


def _find_stretch(run: Run) -> _PaceRows:
    """Find the rows among those of the newest attempt; the ones that came late tell no pace."""
    last = run.row_count - 1
    begin = max(run.order.begin, last - _PACE_ROWS + 1)
    while last >= begin and run.order.is_late(last):
        last -= 1
    if last < begin:
        return _PaceRows(last, last, 0)
    first, gaps = last, 0
    end_time = run.times[last]
    late = run.order.late
    next_late = bisect_left(late, last) - 1
    for row in range(last - 1, begin - 1, -1):
        if next_late >= 0 and late[next_late] == row:
            next_late -= 1
            continue
        time = run.times[row]
        # Where the time runs backwards, rows were imported or a clock was set: the stretch ends
        # there.
        if not time <= run.times[first] or run.steps[row] > run.steps[first]:
            break
        span = end_time - run.times[first]
        if _is_pause(run, range(begin, row), first, span, gaps):
            if span >= _LEAST_SPAN:
                break
            # Too few rows came since: those before the pause tell.
            first = last = row
            gaps, end_time = 0, time
            continue
        first, gaps = row, gaps + 1
        if end_time - time >= _PACE_SECONDS:
            break
    return _PaceRows(first, last, gaps)


def _is_pause(run: Run, before: range, following: int, span: float, gaps: int) -> bool:
    """Return whether a run paused before the row `following`: it was resumed there, or evaluated.

    `span` seconds hold the `gaps` that came since. A run that logs many rows at once, and then none
    for long, does so again and again: the rows before tell that.
    """
    seconds = run.times[following] - run.times[before.stop]
    if len(before) < _ROWS_BEFORE_PAUSE or seconds < _IDLE_SECONDS:
        return False
    if seconds * gaps < _IDLE_GAPS * span:
        return False
    return all(0 <= run.times[row + 1] - run.times[row] < seconds / _IDLE_GAPS for row in before)


def steps_per_second(run: Run) -> float | None:
    """Return the run's newest pace in steps per second, or `None` where the rows can't tell."""
    first, last, _ = _recent_stretch(run)
    if last <= first:
        return None
    seconds = run.times[last] - run.times[first]
    steps = run.steps[last] - run.steps[first]
    return steps / seconds if seconds >= _LEAST_SPAN and 0 < steps < math.inf else None


def typical_gap(run: Run) -> float | None:
    """Return the mean seconds between the run's recent rows, or `None` where they can't tell."""
    first, last, gaps = _recent_stretch(run)
    if last <= first:
        return None
    return (run.times[last] - run.times[first]) / gaps


_SETTLED_SECONDS = 10.0


def is_settled(time: float, now: float) -> bool:
    """Return whether a value that was logged at a time is not about to be followed by another
    one.
    """
    return not now - time < _SETTLED_SECONDS


def state_of(run: Run, now: float) -> RunState:
    """Return the state that the age of the last row suggests, measured by the run's own gaps.

    System metrics, which TrackIO logs by itself while the process lives, keep a run live that
    logs rarely. A run whose origin does not answer keeps the state that it had when last heard of.
    A time more than a day ahead tells of a wrong clock, and of no age.
    """
    now = min(now, run.heard_until)
    if -MOST_AHEAD <= now - run.heartbeat <= _HEARTBEAT_SECONDS:
        return RunState.LIVE
    age = now - run.last_time
    if math.isnan(age) or age < -MOST_AHEAD:
        return RunState.UNKNOWN
    gap = typical_gap(run) or 0.0
    if age <= max(_LIVE_SECONDS, _LIVE_GAPS * gap):
        return RunState.LIVE
    if age <= max(_IDLE_SECONDS, _IDLE_GAPS * gap):
        return RunState.IDLE
    return RunState.STALE
