"""How fast a run goes and whether it still does: inferred, since TrackIO records neither."""

from __future__ import annotations

import enum
import math

from trackio_view.model.run import Run

# TrackIO stamps a whole batch with the time of its flush, so a pace needs several batches.
_PACE_SECONDS = 30.0
_PACE_ROWS = 2_000
_LEAST_SPAN = 2.0

_LIVE_SECONDS = 30.0
_LIVE_GAPS = 5.0
_IDLE_SECONDS = 600.0
_HEARTBEAT_SECONDS = 35.0
"""TrackIO logs system metrics each 10 seconds by itself: three may be missed."""
_IDLE_GAPS = 20.0


class RunState(enum.Enum):
    """What the age of a run's last row suggests; TrackIO writes no state."""

    LIVE = "live"
    IDLE = "idle"
    STALE = "stale"
    UNKNOWN = "unknown"


def _recent_stretch(run: Run) -> tuple[int, int]:
    """Return the first and last row of the newest stretch that is long enough to tell a pace."""
    known_rows, first, last = run.known_pace
    if known_rows != run.row_count:
        first, last = _find_stretch(run)
        run.known_pace = (run.row_count, first, last)
    return first, last


def _find_stretch(run: Run) -> tuple[int, int]:
    last = run.row_count - 1
    first = last
    end_time = run.times[last] if last >= 0 else math.nan
    for row in range(last - 1, max(-1, last - _PACE_ROWS), -1):
        time = run.times[row]
        # Where the time runs backwards, rows were imported or a clock was set: the stretch ends
        # there.
        if not time <= run.times[first] or run.steps[row] > run.steps[first]:
            break
        first = row
        if end_time - time >= _PACE_SECONDS:
            break
    return first, last


def steps_per_second(run: Run) -> float | None:
    """Return the run's newest pace in steps per second, or `None` where the rows can't tell."""
    first, last = _recent_stretch(run)
    if last <= first:
        return None
    seconds = run.times[last] - run.times[first]
    steps = run.steps[last] - run.steps[first]
    return steps / seconds if seconds >= _LEAST_SPAN and 0 < steps < math.inf else None


def typical_gap(run: Run) -> float | None:
    """Return the mean seconds between the run's recent rows, or `None` where they can't tell."""
    first, last = _recent_stretch(run)
    if last <= first:
        return None
    return (run.times[last] - run.times[first]) / (last - first)


def state_of(run: Run, now: float) -> RunState:
    """Return the state that the age of the last row suggests, measured by the run's own gaps.

    System metrics, which TrackIO logs by itself while the process lives, keep a run live that
    logs rarely.
    """
    if now - run.heartbeat <= _HEARTBEAT_SECONDS:
        return RunState.LIVE
    age = now - run.last_time
    if math.isnan(age):
        return RunState.UNKNOWN
    gap = typical_gap(run) or 0.0
    if age <= max(_LIVE_SECONDS, _LIVE_GAPS * gap):
        return RunState.LIVE
    if age <= max(_IDLE_SECONDS, _IDLE_GAPS * gap):
        return RunState.IDLE
    return RunState.STALE
