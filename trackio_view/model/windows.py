"""Which stretch of its runs a person looks at, and the rows of a run that are in it."""

from __future__ import annotations

from trackio_view.light_typing import NamedTuple
from trackio_view.model.run import Run
from trackio_view.model.x_axis import CLOCK, STEPS, XAxis
from trackio_view.series.points import LARGEST
from trackio_view.series.window import ZOOM_LEVELS, Window, following, held, with_x_range
from trackio_view.series.x_column import joined


class Last(NamedTuple):
    """The newest steps of each run, as many as a zoom level has. It follows the newest row."""

    level: int
    """A place in `ZOOM_LEVELS`."""


class LastSeconds(NamedTuple):
    """The time before the newest row of each run; it follows."""

    seconds: float


class Between(NamedTuple):
    """A range of x, held where it is; without a right end it goes on with the newest row."""

    axis: XAxis
    left: float
    right: float | None = None


WindowChoice = Last | LastSeconds | Between
EVERYTHING = Last(0)

_MOST_KNOWN = 64
"""Windows of a run that are kept, each for the next frame or key."""


def is_held(choice: WindowChoice) -> bool:
    """Return whether no row to come moves the window."""
    return isinstance(choice, Between) and choice.right is not None


def rows_of(run: Run, choice: WindowChoice) -> Window:
    """Return the rows of a run that are in a window, none of them from before `run.since`."""
    if isinstance(choice, Last):
        return run.window_rows(ZOOM_LEVELS[choice.level].distinct_steps)
    known = run.kept.rows.get((choice, run.since))
    if known is None or known[0] != run.row_count:
        known = (run.row_count, _rows_of(run, choice, known))
        if len(run.kept.rows) >= _MOST_KNOWN:
            run.kept.rows.clear()
        run.kept.rows[choice, run.since] = known
    return known[1]


def _rows_of(run: Run, choice: LastSeconds | Between, known: tuple[int, Window] | None) -> Window:
    first = run.window_rows(None).first
    if isinstance(choice, LastSeconds):
        # Nothing lies beyond a time that is unknown.
        recent = run.x(CLOCK).rows_between(run.last_time - choice.seconds, LARGEST)
        return following(recent, run.row_count).from_row(first)
    x = run.x(choice.axis)
    right = LARGEST if choice.right is None else choice.right
    seen, before = (0, None) if known is None else known
    spans: tuple[tuple[int, int], ...] = ()
    if before is not None and before.first < before.end:
        spans = before.spans or ((before.first, before.end),)
    found = joined(spans, x.rows_between(choice.left, right, seen))
    if choice.right is None:
        return following(found, run.row_count).from_row(first)
    return held(found, (choice.left, choice.right)).from_row(first)


def window_of(run: Run, choice: WindowChoice, axis: XAxis = STEPS) -> Window:
    """Return what of a run is in a window, with the range of x that its charts have along an axis.

    That range is the chosen one where it was chosen along this axis, also where no row is in it.
    """
    if isinstance(choice, Last) and axis == STEPS:
        return run.window(ZOOM_LEVELS[choice.level].distinct_steps)
    rows = rows_of(run, choice)
    x = run.x(axis)
    if isinstance(choice, Between) and choice.axis == axis:
        right = x.high if choice.right is None else choice.right
        return rows._replace(x_range=(choice.left, max(choice.left, right)))
    known = run.kept.windows.get((choice, axis, run.since))
    if known is None or known.end != rows.end or known.first != rows.first:
        known = with_x_range(rows, x.values, known)
        if len(run.kept.windows) >= _MOST_KNOWN:
            run.kept.windows.clear()
        run.kept.windows[choice, axis, run.since] = known
    return known
