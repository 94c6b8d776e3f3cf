"""Places on the charts as they are typed: `1200`, `500-700`, `5000-`, `2h`, `14:30`, `30%`."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta

from trackio_view.light_typing import NamedTuple
from trackio_view.model.clock import LONGEST_TIME, local_time
from trackio_view.model.durations import parse_duration
from trackio_view.model.magnitudes import MAGNITUDES


class AxisNumber(NamedTuple):
    """A step, or a value of the metric on the x axis."""

    value: float


class Percent(NamedTuple):
    """How far along all data."""

    value: float


class ClockTime(NamedTuple):
    """A time of day on this machine's clock."""

    hour: int
    minute: int
    second: int

    def before(self, limit: float) -> float:
        """Return the last moment of this time of day up to `limit`, in seconds since the epoch; NaN
        if unknown.
        """
        day = local_time(limit)
        if day is None:
            return float("nan")
        moment = datetime(day.year, day.month, day.day, *self)
        if moment.timestamp() > limit:
            moment -= timedelta(days=1)
        return moment.timestamp()


GoToPlace = AxisNumber | Percent | ClockTime


class Target(NamedTuple):
    """Where to go: to a place, or to a stretch."""

    start: GoToPlace
    end: GoToPlace | None = None
    """`None` for a single place, and for a stretch without an end."""
    is_stretch: bool = False


class Newest(NamedTuple):
    """The newest stretch of time."""

    seconds: float


_NUMBER = r"-?(?:(?:\d{1,3}(?:,\d{3})+|\d[\d_]*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[kKMGT]?"
_PERCENT = r"\d+(?:\.\d*)?\s*%"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?"
_PLACE = f"{_CLOCK}|{_PERCENT}|{_NUMBER}"
_TARGET = rf"({_PLACE})\s*(?:([-–])\s*({_PLACE})?)?"


def parse_target(text: str) -> Target | Newest | str:
    """Return the place or stretch that a text names, or a sentence that says why it names none."""
    typed = text.strip()
    found = re.fullmatch(_TARGET, typed)
    if found is None:
        try:
            seconds = parse_duration(typed)
        except ValueError:
            return "no place: try 1200, 500-700, 5000-, 2h, 14:30 or 30%"
        if not 0 < seconds <= LONGEST_TIME:
            return f"no time is that {'long' if seconds > 0 else 'short'}"
        return Newest(seconds)
    first, dash, last = found.groups()
    start = _place(first)
    if isinstance(start, str):
        return start
    end = None if last is None else _place(last)
    if isinstance(end, str):
        return end
    if end is not None and type(start) is not type(end):
        return "both ends have to be of one kind, as 500-700 or 14:00-14:30"
    return Target(start, end, is_stretch=bool(dash))


def _place(text: str) -> GoToPlace | str:
    """Return the place that a text of the form `_PLACE` names, or why there is no such place."""
    if ":" in text:
        hour, minute, second = [int(part) for part in f"{text}:0".split(":")][:3]
        if hour > 23 or minute > 59 or second > 59:
            return f"no clock shows {text}"
        return ClockTime(hour, minute, second)
    if text.endswith("%"):
        percent = float(text[:-1])
        return Percent(percent) if percent <= 100 else "all data ends at 100%"
    digits = text.replace(",", "").replace("_", "")
    unit = digits[-1] if digits[-1] in MAGNITUDES else ""
    try:
        number = float(digits.removesuffix(unit)) * MAGNITUDES.get(unit, 1)
    except ValueError:
        return f"no number: {text}"
    return AxisNumber(number) if math.isfinite(number) else "no number is that large"
