"""Where charts mark a run's alerts: each place once, however many alerts there are."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

from trackio_view.model.alerts import LEVELS, Alert
from trackio_view.model.run import Run
from trackio_view.series.window import Window

_FEW = 1000
"""Up to this number, all alerts are placed anew where rows still to come may change their steps."""
_PARTS = 1024
"""More parts than a chart has columns. Of each, the first and the last place are marked, so that
no column with an alert is without its mark.
"""


class _AlertMarks:
    """The places of a list of alerts, by their levels; each alert is looked at once."""

    __slots__ = ("_ascending", "_found", "_rows", "_seen", "alerts")

    def __init__(self, alerts: Sequence[Alert]) -> None:
        self.alerts = alerts
        self._begin()

    def _begin(self) -> None:
        self._seen, self._rows = 0, -1
        self._found: dict[str, set[float]] = {level: set() for level in LEVELS}
        self._ascending: dict[str, list[float]] = {level: [] for level in LEVELS}

    def update(self, run: Run) -> None:
        """Look at the alerts that came since the last time."""
        is_moved = run.step_metric is not None and run.row_count != self._rows
        if is_moved and len(self.alerts) <= _FEW:
            self._begin()
        self._rows = run.row_count
        has_times = math.isfinite(run.last_time)
        for alert in self.alerts[self._seen :]:
            if alert.step is not None:
                step = float(run.step_at(alert.step, alert.time if has_times else math.nan))
                found = self._found[alert.level]
                if step not in found:
                    found.add(step)
                    self._ascending[alert.level].append(step)
        if self._seen < len(self.alerts):
            self._seen = len(self.alerts)
            for places in self._ascending.values():
                places.sort()

    def within(self, left: float, right: float) -> list[tuple[float, str]]:
        """Return places and levels, the gravest last, from `left` to `right` if they are many."""
        return [
            (place, level)
            for level, places in self._ascending.items()
            for place in (places if len(places) <= _PARTS else _thinned(places, left, right))
        ]


def _thinned(ascending: list[float], left: float, right: float) -> list[float]:
    """Return the first and the last of the numbers in each part of a range."""
    start, end = bisect_left(ascending, left), bisect_right(ascending, right)
    if end - start <= 2 * _PARTS:
        return ascending[start:end]
    ends = [start]
    for part in range(1, _PARTS):
        ends.append(bisect_left(ascending, left + (right - left) * part / _PARTS, ends[-1], end))
    ends.append(end)
    return [
        ascending[place]
        for begin, finish in pairwise(ends)
        if begin < finish
        for place in {begin, finish - 1}
    ]


def alert_marks(run: Run, alerts: Sequence[Alert], window: Window) -> list[tuple[float, str]]:
    """Return the steps and levels of the alerts that name a step, the gravest last.

    Of thousands there are as many as any chart of the window's rows has columns for.
    """
    if not alerts:
        return []
    known = run.kept.notable.get(_AlertMarks)
    if not (isinstance(known, _AlertMarks) and known.alerts is alerts):
        known = run.kept.notable[_AlertMarks] = _AlertMarks(alerts)
    known.update(run)
    if len(alerts) <= _PARTS:
        return known.within(-math.inf, math.inf)
    steps = [step for step in run.steps[window.first : window.end] if math.isfinite(step)]
    return known.within(min(steps), max(steps)) if steps else []
