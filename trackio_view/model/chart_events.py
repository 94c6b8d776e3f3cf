"""What happened on a run's charts: the places that a person visits one after the other.

Each row is looked at once, when it comes. The next event is found by bisecting.
"""

from __future__ import annotations

import math
import operator
import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

from trackio_view.light_typing import TYPE_CHECKING, NamedTuple
from trackio_view.model.roles import Direction, kind_of
from trackio_view.model.run import NO_NAME, Run
from trackio_view.model.x_axis import XAxis
from trackio_view.series.newest_trend import NewestTrend, newest_trend
from trackio_view.series.numpy_policy import numpy_pays
from trackio_view.series.series import Number, Series
from trackio_view.series.smoothing import Smoothing
from trackio_view.series.spikes import Spikes

if TYPE_CHECKING:
    from trackio_view.model.alerts import Alert


class ChartEvent(NamedTuple):
    """Something that happened, and where."""

    x: float
    what: str
    """What happened, in a few words. A text that a run logged stands as it was logged."""
    metric: str | None = None
    """On whose chart it happened; `None` for what happened to the whole run."""


class Notable:
    """Where a series along an axis became not finite or leapt, and where its best value is."""

    def __init__(self) -> None:
        self.breaks: list[float] = []
        """The x of the first of each stretch of values that are not finite, ascending."""
        self.infinite: set[float] = set()
        """The x of those stretches that begin with an infinite value."""
        self.leaps: list[float] = []
        """The x of the first of each stretch of values that are a spike, ascending."""
        self.best = -1
        """The position of the best value so far; -1 without values, or where no direction is
        better.
        """
        self._gaps = 0
        self._last_gap = -2
        self.seen = 0
        """How many values were looked at."""
        self._spikes = Spikes()
        self._spikes_placed = 0

    def look(self, xs: array[float], series: Series, direction: Direction) -> None:
        """Look at the values that came since the last call. The overview looked at them before."""
        gaps = series.overview.gaps[self._gaps :]
        if gaps:
            starts = _firsts(self._last_gap, gaps)
            _place(self.breaks, xs, series, starts)
            values = series.values
            infinite = [gap for gap in starts if values[gap] == values[gap]]
            self.infinite.update(xs[series.rows[gap]] for gap in infinite)
            self._last_gap = gaps[-1]
            self._gaps += len(gaps)
        self._place_spikes(xs, series)
        seen, self.seen = self.seen, len(series)
        if direction is Direction.NEUTRAL or seen == len(series):
            return
        low, high = series.overview.bounds(series.values, seen, len(series))
        if low > high:
            return
        number = low if direction is Direction.LOW_IS_GOOD else high
        is_better = self.best < 0 or (
            number < series.values[self.best]
            if direction is Direction.LOW_IS_GOOD
            else number > series.values[self.best]
        )
        if is_better:
            self.best = series.values.index(number, seen)

    def _place_spikes(self, xs: array[float], series: Series) -> None:
        if self._spikes.look(series):
            self.leaps.clear()
            self._spikes_placed = 0
        starts = self._spikes.starts[self._spikes_placed :]
        _place(self.leaps, xs, series, starts)
        self._spikes_placed += len(starts)


def _firsts(last: int, positions: array[int]) -> list[int]:
    """Return the positions that do not follow the one before them; `last` is before the first."""
    if numpy_pays(len(positions)):
        import numpy as np

        own = np.frombuffer(positions, dtype=np.uint64).astype(np.int64)
        firsts: list[int] = own[np.diff(own, prepend=last) != 1].tolist()
        return firsts
    before = chain((last,), positions)
    return [at for earlier, at in zip(before, positions, strict=False) if at != earlier + 1]


def _place(known: list[float], xs: array[float], series: Series, positions: list[int]) -> None:
    """Add the x of the positions to the known ones, which ascend. A position without an x adds
    none.
    """
    if numpy_pays(len(positions)):
        import numpy as np

        rows = np.frombuffer(series.rows, dtype=np.dtype(series.rows.typecode))[positions]
        found = np.frombuffer(xs, dtype=np.float64)[rows]
        known += found[np.isfinite(found)].tolist()
        known.sort()
    elif positions:
        fresh = [x for at in positions if math.isfinite(x := xs[series.rows[at]])]
        ascends = all(map(operator.le, fresh, fresh[1:])) and fresh[:1] >= known[-1:]
        known += fresh
        if not ascends:
            known.sort()


def notable(run: Run, metric: str, axis: XAxis) -> Notable:
    """Return what is notable of a metric, up to date."""
    found = run.kept.notable.get((axis, metric))
    if not isinstance(found, Notable):
        found = run.kept.notable[axis, metric] = Notable()
    xs, series = run.x(axis).values, run.along(axis, metric)
    if len(series):
        series.overview.update(xs, series.rows, series.values)
    found.look(xs, series, kind_of(metric).direction)
    return found


class Best(NamedTuple):
    """The best value of a metric."""

    value: Number
    step: float
    position: int


def best_of(run: Run, metric: str, axis: XAxis) -> Best | None:
    """Return the best value of a metric; `None` where no direction is better."""
    position = notable(run, metric, axis).best
    if position < 0:
        return None
    series = run.series[metric]
    return Best(series.number(position), run.steps[series.rows[position]], position)


class Trend(NamedTuple):
    """Whether a metric rises or falls now, since when, and how far it came."""

    step: float
    change: float
    exact: bool
    """Whether the trend began at exactly this step, and not somewhere around it."""


def trend_of(run: Run, metric: str, axis: XAxis, smoothing: Smoothing | None) -> Trend | None:
    """Return the newest trend of a metric's values, or of its smoothed values where it has some;
    `None` where noise alone explains them.

    The trend is that of the whole run, not of the stretch on screen. It is found again when rows
    have come.
    """
    key, made_of = (axis, metric, smoothing), (len(run.series[metric]), run.row_count)
    known = run.kept.trends.get(key)
    if known is None or known[0] != made_of:
        xs, independent = run.x(axis).values, 1
        if smoothing is None:
            series = run.along(axis, metric)
        else:
            series, independent = run.smoothed(axis, metric, smoothing), smoothing.reach
        known = run.kept.trends[key] = made_of, newest_trend(xs, series, independent)
    found = known[1]
    if not isinstance(found, NewestTrend):
        return None
    step = run.steps[run.series[metric].rows[found.position]]
    return Trend(step, found.change, found.spacing == 1)


_COST_OF_A_METRIC = 50
"""What it costs to look at a metric that has new values at all, counted in values."""
_VALUES_BY_NUMPY = 16
"""How many values numpy looks at in the time that one takes without it."""


def look_on(
    runs: Sequence[Run],
    metrics: Sequence[str],
    axis: XAxis,
    start: int,
    most: int = sys.maxsize,
) -> int | None:
    """Look at the new values of the runs' metrics, from metric number `start` on.

    It stops after about `most` values, but looks at one metric at least. Return the number of the
    metric to go on with, `None` where no metric is left.
    """
    looked = 0
    for number in range(start, len(runs) * len(metrics)):
        run, metric = runs[number // len(metrics)], metrics[number % len(metrics)]
        if metric not in run.series:
            continue
        known = run.kept.notable.get((axis, metric))
        fresh = len(run.series[metric]) - (known.seen if isinstance(known, Notable) else 0)
        if not fresh:
            continue
        if looked > most:
            return number
        looked += _COST_OF_A_METRIC
        looked += fresh // _VALUES_BY_NUMPY if numpy_pays(fresh) else fresh
        notable(run, metric, axis)
    return None


def next_events(
    runs: Sequence[tuple[Run, Sequence[Alert]]],
    metrics: Sequence[str],
    axis: XAxis,
    x: float,
    direction: int,
) -> list[ChartEvent]:
    """Return the events of the nearest place before (-1) or beyond (1) `x`; none without one.

    They are those of the values and alerts that were looked at (`look_on`, `look_on_alerts`).
    Several things may have happened at one place.
    """
    found: list[ChartEvent] = []
    for event in _nearest(runs, metrics, axis, x, direction):
        # A row may have no place along the axis. The cursor cannot go to such a row.
        if not (event.x - x) * direction > 0:
            continue
        if not found or (found[0].x - event.x) * direction > 0:
            found = [event]
        elif found[0].x == event.x:
            found.append(event)
    return found


def _nearest(
    runs: Sequence[tuple[Run, Sequence[Alert]]],
    metrics: Sequence[str],
    axis: XAxis,
    x: float,
    direction: int,
) -> Iterator[ChartEvent]:
    """Yield at least the nearest event of each source of events."""
    several = len(runs) > 1
    for run, alerts in runs:
        whose = f" of {run.name or NO_NAME}" if several else ""
        xs = run.x(axis).values
        for metric in metrics:
            known = run.kept.notable.get((axis, metric))
            if not isinstance(known, Notable):
                continue
            place = _nearest_place(known.breaks, x, direction)
            if place is not None:
                at = known.breaks[place]
                what = "infinity" if at in known.infinite else "NaN"
                yield ChartEvent(at, f"{what} in {metric}{whose}", metric)
            place = _nearest_place(known.leaps, x, direction)
            if place is not None:
                yield ChartEvent(known.leaps[place], f"spike of {metric}{whose}", metric)
            if known.best >= 0:
                series = run.series[metric]
                yield ChartEvent(xs[series.rows[known.best]], f"best {metric}{whose}", metric)
        for row in run.order.restarts:
            yield ChartEvent(xs[row], f"resumed{whose}")
        places = _alert_places(run, alerts, axis).found
        place = _nearest_place(places, x, direction, key=_x_of)
        if place is not None:
            yield ChartEvent(places[place][0], f"alert{whose}: {places[place][1]}")
        end = run.x(axis).high
        if end > -math.inf:
            yield ChartEvent(end, f"last row{whose}")


def _nearest_place(
    ascending: Sequence[Any], x: float, direction: int, key: Callable[[Any], float] | None = None
) -> int | None:
    """Return the place of the first beyond `x` or of the last before it, `None` without one."""
    if direction > 0:
        place = bisect_right(ascending, x, key=key)
        return place if place < len(ascending) else None
    place = bisect_left(ascending, x, key=key)
    return place - 1 if place else None


_ALERTS = 0
"""Stands for all alerts in places where a metric's name stands for its values."""
_x_of = operator.itemgetter(0)


class _AlertPlaces:
    """Where the alerts of a list are."""

    def __init__(self, alerts: Sequence[Alert]) -> None:
        self.alerts = alerts
        self.seen = 0
        self._known: set[tuple[float, str]] = set()
        self.found: list[tuple[float, str]] = []

    def look(self, run: Run, axis: XAxis, most: int) -> None:
        """Look at up to `most` more of the alerts."""
        xs, by_step, fresh = run.x(axis).values, run.x(), len(self.found)
        for alert in self.alerts[self.seen : self.seen + most]:
            if alert.step is not None:
                row = by_step.row_up_to(float(run.step_at(alert.step, alert.time)))
                if row is not None and math.isfinite(xs[row]):
                    place = xs[row], alert.title
                    if place not in self._known:
                        self._known.add(place)
                        self.found.append(place)
        self.seen = min(len(self.alerts), self.seen + most)
        if len(self.found) > fresh:
            self.found.sort()


def look_on_alerts(
    runs: Sequence[tuple[Run, Sequence[Alert]]], axis: XAxis, most: int = sys.maxsize
) -> float:
    """Look at the new alerts of the runs, about so many. Return the share that was looked at."""
    looked = seen = 0
    for run, alerts in runs:
        places = _alert_places(run, alerts, axis)
        before = places.seen
        if before < len(alerts) and looked < most and len(run.x(axis).values):
            places.look(run, axis, most - looked)
        looked += places.seen - before
        seen += places.seen if len(run.x(axis).values) else len(alerts)
    every = sum(len(alerts) for _, alerts in runs)
    return seen / every if every else 1.0


def _alert_places(run: Run, alerts: Sequence[Alert], axis: XAxis) -> _AlertPlaces:
    known = run.kept.notable.get((axis, _ALERTS))
    if not (isinstance(known, _AlertPlaces) and known.alerts is alerts):
        known = run.kept.notable[axis, _ALERTS] = _AlertPlaces(alerts)
    return known
