"""How all charts are looked at: by one window and one x axis, with a way back to earlier ones.

Keys act by pure functions: each returns the new framing, or why nothing changes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from trackio_view.light_typing import NamedTuple
from trackio_view.model.windows import (
    EVERYTHING,
    Between,
    Last,
    LastSeconds,
    WindowChoice,
    is_held,
)
from trackio_view.model.x_axis import STEPS, XAxis, XKind
from trackio_view.series.smoothing import Smoothing, Way
from trackio_view.series.window import clamp_zoom
from trackio_view.series.y_limits import Limits
from trackio_view.view.actions import Action
from trackio_view.view.layout import SideBox

MOST_CHANGES = 50
"""How many changes can be undone."""

_LARGEST_WITH_DECIMALS = 2.0**52
_LEAST_SHARE = 1e-9
"""A window is never narrower than this share of its numbers, because floats cannot divide a
narrower one.
"""


class YRange(NamedTuple):
    """The range of y that a person gave the charts of a metric."""

    metric: str
    low: float
    high: float


class Framing(NamedTuple):
    """How all charts are looked at: what can be undone."""

    window: WindowChoice = EVERYTHING
    axis: XAxis = STEPS
    limits: Limits = Limits.AUTO
    """What the y axes span."""
    smoothing: Smoothing | None = None
    """How the lines are smoothed."""
    shared: bool = False
    """Whether charts whose names end alike have one range of y."""
    band: bool = True
    """Whether the lowest and the highest values lie behind the medians."""
    marks: bool = True
    """Whether resumes, alerts, best values and ends of runs are marked."""
    gradient: bool = True
    """Whether a line's colour goes by the height of its values."""
    logarithmic: frozenset[str] = frozenset()
    """The metrics whose y axes are logarithmic."""
    ranges: tuple[YRange, ...] = ()
    """The charts whose y axes span what was typed."""
    dropped: frozenset[str] = frozenset()
    """The metrics whose charts are taken off the screen."""
    front: tuple[str, ...] = ()
    """The metrics whose charts are before all others, the one that came first at the very front."""
    order: tuple[str, ...] = ()
    """Metrics whose charts a person put in an order: each has the place that one of them had."""
    columns: int | None = None
    """How many charts stand side by side; `None` for as many as look best."""
    side_box: SideBox = SideBox.AUTO
    """What stands beside the charts."""

    def range_of(self, metric: str) -> tuple[float, float] | None:
        """Return the range of y that the charts of a metric were given."""
        given = (one for one in self.ranges if one.metric == metric)
        return next(((one.low, one.high) for one in given), None)

    @property
    def drawing(self) -> Framing:
        """How each chart is drawn, whichever others there are."""
        return self._replace(
            dropped=frozenset(), front=(), order=(), columns=None, side_box=SideBox.AUTO
        )


class XSpan(NamedTuple):
    """What is on the x axis of the charts."""

    shown: tuple[float, float]
    """Where it begins and ends."""
    whole: tuple[float, float]
    """Where it would begin and end with all data on screen."""


class Spot(NamedTuple):
    """A place on an x axis."""

    x: float
    axis: XAxis


class Seeking(NamedTuple):
    """A look for what happened next that goes on from frame to frame."""

    direction: int
    """-1 goes back, 1 forth."""
    number: int
    """The number of the metric with which the search goes on."""


@dataclass(slots=True, eq=False, repr=False)
class ChartsView:
    """How all charts are looked at, and how they were before."""

    framing: Framing = field(default_factory=Framing)
    cursor: Spot | None = None
    """Where the values are told; `None` is the newest point, whichever that is."""
    metric_axis: XAxis | None = None
    """The metric that the charts were drawn along last; `None` before one was chosen."""
    anchor: Spot | None = None
    """Where the stretch begins that ends at the cursor; `None` without one."""
    seeking: Seeking | None = None
    """What the cursor is looking for. The search ends when it is found or another key is pressed.
    """
    moved_by: Action | None = None
    """What the newest key did to the window; `None` once it is drawn what it would do next."""
    smoothing_way: Way = Way.BY_POINTS
    """The kind of smoothing whose strengths a key steps through."""
    _pushes: bool = False
    """Whether the newest change came from pushing the cursor beyond an edge."""
    _before: list[Framing] = field(default_factory=list)
    _undone: list[Framing] = field(default_factory=list)

    @property
    def is_held(self) -> bool:
        return is_held(self.framing.window)

    @property
    def window(self) -> WindowChoice:
        return self.framing.window

    @classmethod
    def begun(cls, window: WindowChoice, smoothing: Smoothing | None) -> ChartsView:
        """Return how charts are looked at first; keys go on with averages of that way."""
        begun = cls(Framing(window, smoothing=smoothing))
        if smoothing is not None and smoothing.way is not Way.CENTRED:
            begun.smoothing_way = smoothing.way
        return begun

    def change(self, framing: Framing, *, pushing: bool = False) -> None:
        """Look at the charts in another way. `undo` leads back.

        Changes that follow each other because the cursor is `pushing` at an edge are one.
        """
        if framing == self.framing:
            return
        if not (pushing and self._pushes):
            self._before = [*self._before, self.framing][-MOST_CHANGES:]
        self._pushes = pushing
        self._undone.clear()
        self.framing = framing

    def bring_to_front(self, *metrics: str) -> bool:
        """Put charts before the others, or back where all are there; return whether they are at the
        front now.
        """
        chosen, front = frozenset(metrics), self.framing.front
        is_front = not chosen <= frozenset(front)
        if is_front:
            front = (*front, *(metric for metric in metrics if metric not in front))
        else:
            front = tuple(other for other in front if other not in chosen)
        self.change(self.framing._replace(front=front))
        return is_front

    def undo(self) -> bool:
        """Take the newest change back; return whether there was one."""
        if not self._before:
            return False
        self._pushes = False
        self._undone.append(self.framing)
        self.framing = self._before.pop()
        return True

    def redo(self) -> bool:
        """Make the change again that was taken back last; return whether there was one."""
        if not self._undone:
            return False
        self._before.append(self.framing)
        self.framing = self._undone.pop()
        return True


def zoomed(
    framing: Framing, span: XSpan, *, closer: bool, about: float | None = None
) -> Framing | str:
    """Return a window of half or twice the width, or why there is none.

    Windows that follow keep their end: those of the newest steps go from level to level. Others
    keep the place of `about`, by default their middle.
    """
    window = framing.window
    if about is None and isinstance(window, Last):
        level = clamp_zoom(window.level + (1 if closer else -1))
        if level == window.level:
            return "no closer: the newest steps are on screen" if closer else ALL_SHOWN
        return framing._replace(window=Last(level))
    (left, right), (low, high) = span
    factor = 0.5 if closer else 2.0
    if about is None and isinstance(window, LastSeconds):
        if not closer and left <= low:
            return framing._replace(window=EVERYTHING)
        return framing._replace(window=LastSeconds(max(window.seconds * factor, 1e-3)))
    follows = about is None and not is_held(window)
    if about is None:
        about = right if follows else left / 2 + right / 2
    start, end = about - (about - left) * factor, about + (right - about) * factor
    if not closer:
        start, end = max(start, min(left, low)), min(end, max(right, high))
    if framing.axis.kind is XKind.STEP and right - left > 2:
        # Twice as much, and then half as much, has to show what was shown before.
        start = _whole(start + 0.5 if closer else start)
        end = _whole(end + 0.5) if closer else -_whole(-end)
    if not closer and start <= low and end >= high:
        return framing._replace(window=EVERYTHING) if window != EVERYTHING else ALL_SHOWN
    if closer and (not _is_wide(start, end) or (start, end) == (left, right)):
        return NO_CLOSER
    return framing._replace(window=Between(framing.axis, start, None if follows else end))


def with_slivers(framing: Framing, span: XSpan) -> Framing:
    """Return all data in place of a held window that leaves out less than a twentieth of it.

    A cell stands for many steps, and for others in the next window: a turn of the wheel forth and
    one back would otherwise leave a few of them out.
    """
    window, (low, high) = framing.window, span.whole
    if not isinstance(window, Between) or window.right is None:
        return framing
    is_nearly_all = window.right - window.left > _NEARLY_ALL * (high - low)
    return framing._replace(window=EVERYTHING) if is_nearly_all else framing


def panned(framing: Framing, span: XSpan, direction: int) -> Framing | str:
    """Return the window half its width further on, held there, or why there is none.

    `direction` is -1 towards the first row, 1 towards the newest.
    """
    (left, right), (low, high) = span
    if left <= low and right >= high:
        return ALL_SHOWN
    if not math.isfinite(right - left):
        return "too wide to be moved"
    if direction < 0 and left <= low:
        return "the first row is on screen"
    if direction > 0 and right >= high:
        return "the newest row is on screen"
    return framing._replace(window=moved(framing.axis, span, direction * (right - left) / 2))


def revealing(framing: Framing, span: XSpan, x: float, *, centred: bool) -> Framing:
    """Return a window that holds `x`: the same one, or one that is moved only as far as necessary.

    With `centred`, a window that has to move has `x` in its middle.
    """
    left, right = span.shown
    if left <= x <= right or not math.isfinite(right - left):
        return framing
    if left == right:
        return framing._replace(window=Between(framing.axis, x, x))
    edge = left if x < left else right
    if centred:
        edge = left / 2 + right / 2
    window = moved(framing.axis, span, x - edge)
    # The last digit of the sum may be rounded, so that the window misses the place.
    if window.right is not None:
        window = window._replace(left=min(window.left, x), right=max(window.right, x))
    return framing._replace(window=window)


def moved(axis: XAxis, span: XSpan, distance: float) -> Between:
    """Return the window so far on, held, as far as there are rows."""
    (left, right), (low, high) = span
    width = right - left
    if not width:
        distance = math.copysign((high - low) / 100, distance)
    if axis.kind is XKind.STEP and width >= 1:
        distance = math.copysign(max(1.0, _whole(abs(distance) + 0.5)), distance)
    left = left + distance
    if distance < 0:
        left = max(left, low)
    elif left + width > high:
        left = high - width
    return Between(axis, left, left + width)


ALL_SHOWN = "all data is on screen"
NO_CLOSER = "no closer: too few steps are on screen"
_NEARLY_ALL = 0.95


def _whole(x: float) -> float:
    """Return the whole number below. A number that is too large to have decimals is returned as it
    is.
    """
    return float(math.floor(x)) if abs(x) < _LARGEST_WITH_DECIMALS else x


def _is_wide(start: float, end: float) -> bool:
    return math.inf > end - start > max(abs(start), abs(end)) * _LEAST_SHARE
