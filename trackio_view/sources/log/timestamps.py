"""The moment that a line of a log tells, in the forms that logging libraries print it.

Some forms leave the year out, or have the day before the month. When the log was last written
decides between the readings that a calendar allows: no line is from later than that.
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import NamedTuple

from trackio_view.model.clock import iso_moment, local_time

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?:{'|'.join(_MONTHS)})[a-z]{{0,6}}\.?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,?\s{1,2})?"
_CLOCK = (
    r"(?P<clock>\d{1,2}:\d\d(?::\d\d)?)(?:[.,](?P<fraction>\d{1,9}))?"
    r"(?:\s?(?P<half>[AP])\.?M\b\.?)?(?:\s?(?P<zone>Z\b|[+-]\d\d:?\d\d))?(?!:?\d|<)"
)
_BETWEEN = r"(?:[T_]|[\s,;|@-]{1,5}(?:at\s)?|\s?[\])]\s?[\[(]?)"
"""What may stand between a date and its clock time. A lone bracket opens the times of a progress
bar.
"""

_AT_START = re.compile(
    rf"""[\[(<]?(?:
        (?P<first>\d{{4}}|\d{{1,2}})(?P<dash>[-/.])(?P<second>\d{{1,2}})
        (?:(?P=dash)(?P<third>\d{{4}}|\d\d))?\.?                        # 04/21, 21.04.2026
      | {_WEEKDAY}(?P<month>{_MONTH})\s{{1,2}}(?P<day>\d{{1,2}})        # Fri Apr 21
      | {_WEEKDAY}(?P<day_first>\d{{1,2}})[\s-](?P<month_second>{_MONTH})
    )(?:,?[\s-](?P<year>\d{{4}}))?{_BETWEEN}{_CLOCK}
    (?:\s(?P<year_last>\d{{4}})(?![\w.:/]))?[\])>]?""",
    re.IGNORECASE | re.VERBOSE,
)
_GLOG = re.compile(
    r"[IWEF](?P<month>\d\d)(?P<day>\d\d)\s(?P<clock>\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))?"
)
_WITHIN = re.compile(
    rf"(?<![\w./:-])(?:\d{{4}}[-/]\d\d[-/]\d\d|\d\d([-/])\d\d(?:\1(?:\d{{4}}|\d\d))?)"
    rf"{_BETWEEN}\d\d:\d\d:\d\d(?:[.,]\d{{1,9}})?(?!:?\d|<)"
)
_NAME_BEFORE = re.compile(r"(?:[\w\])]\s*[=:]|\b(?!(?:at|on|since|until)\b)[^\W\d]\w*)\s*\Z")
_TOLERANCE_SECONDS = 2 * 86400.0
"""By how much a line may seem to be later than the log, because of time zones and wrong clocks."""


class _Day(NamedTuple):
    year: int | None
    month: int
    day: int


def moment_at_start(text: str, start: int, written: float) -> tuple[int, float] | None:
    """Return where the date and clock at `start` end, and their seconds since the epoch.

    `None` where there are none. The seconds are NaN where the year is not told and `written`, when
    the log was written (in seconds since the epoch), is not known either. Without a zone the clock
    is this machine's. A date without a year is the last such day before `written`. Where the month
    or the day could be first, the month is, as loggers print it, unless dots divide them.
    """
    if match := _GLOG.match(text, start):
        days = [_Day(None, int(match["month"]), int(match["day"]))]
        half = zone = None
    elif match := _AT_START.match(text, start):
        days = _readings(match)
        half, zone = match["half"], match["zone"]
    else:
        return None
    days = [day for day in days if _in_calendar(day)]
    if not days:
        return None
    clock = _clock_text(match["clock"], half, match["fraction"], zone)
    if clock is None:
        return None
    moments = [_moment(day, clock, written) for day in days]
    known = [moment for moment in moments if not moment > written + _TOLERANCE_SECONDS]
    return match.end(), known[0] if known else moments[0]


def without_moments(text: str) -> str:
    """Return the text with a bar in the place of each date with a clock, so that none is a metric.

    What a name stands before (`Epoch 04/21 00:12:34`) is a count and the time that it took.
    """

    def replacement(match: re.Match[str]) -> str:
        return match[0] if _NAME_BEFORE.search(text, 0, match.start()) else "|"

    return _WITHIN.sub(replacement, text)


def _readings(match: re.Match[str]) -> list[_Day]:
    """Return what the date of a match of `_AT_START` can mean, the likeliest first."""
    told = match["year"] or match["year_last"]
    year = int(told) if told else None
    name = match["month"] or match["month_second"]
    if name:
        month = 1 + _MONTHS.index(name[:3].lower())
        return [_Day(year, month, int(match["day"] or match["day_first"]))]
    first, second = int(match["first"]), int(match["second"])
    third = match["third"]
    if len(match["first"]) == 4:
        return [_Day(first, second, int(third))] if third and len(third) == 2 else []
    dotted = match["dash"] == "."
    if dotted and not third and len(match["first"] + match["second"]) < 4:
        return []  # A number with a point.
    if third:
        year = int(third) if len(third) == 4 else 2000 + int(third)
    readings = [_Day(year, first, second), _Day(year, second, first)]
    if dotted:
        readings.reverse()
    if third and len(third) == 2:
        # Few logs are years old. Of two possible years, the later one is taken.
        year_first = _Day(2000 + first, second, int(third))
        readings.insert(0 if first > int(third) else 2, year_first)
    return readings


def _in_calendar(day: _Day) -> bool:
    try:
        # A year that is left out may be a leap year.
        datetime(day.year or 2000, day.month, day.day)
    except ValueError:
        return False
    return True


def _clock_text(clock: str, half: str | None, fraction: str | None, zone: str | None) -> str | None:
    """Return a clock in ISO 8601, `None` where no day has it."""
    hour, minute, second = (*map(int, clock.split(":")), 0)[:3]
    if half:
        hour = hour % 12 + (12 if half in "pP" else 0)
    if hour > 23 or minute > 59 or second > 60:
        return None
    zone = "+00:00" if zone in ("Z", "z") else zone or ""
    if zone and ":" not in zone:
        zone = f"{zone[:3]}:{zone[3:]}"
    digits = (fraction or "0")[:6].ljust(6, "0")
    return f"{hour:02}:{minute:02}:{min(second, 59):02}.{digits}{zone}"


def _moment(day: _Day, clock: str, written: float) -> float:
    """Return the seconds since the epoch of a day's clock, NaN where the year is not known."""
    if day.year is not None:
        return iso_moment(f"{day.year:04}-{day.month:02}-{day.day:02}T{clock}")
    newest = local_time(written)
    if newest is None:
        return math.nan
    # A log from before the last 29 February is eight years old at most.
    for year in range(newest.year + 1, newest.year - 8, -1):
        moment = iso_moment(f"{year:04}-{day.month:02}-{day.day:02}T{clock}")
        if moment <= written + _TOLERANCE_SECONDS:
            return moment
    return math.nan
