"""Moments on this machine's clock: which of them every calendar has, and how they are written.

A row may hold a time that is no real one: the zero time of other languages (the year 1), a sentinel
for "never" (9999), the word for infinity. Not every zone's calendar can write these, so they count
as unknown.
"""

from __future__ import annotations

import math
from datetime import datetime

FIRST_MOMENT, LAST_MOMENT = -62_135_337_600.0, 253_402_041_600.0
"""In seconds since the epoch: from 0001-01-04 to 9999-12-29. Time zones differ by up to a day.
Python needs one more day to tell two equal clock times apart.
"""
LONGEST_TIME = LAST_MOMENT - FIRST_MOMENT
"""The largest distance of two moments, in seconds."""


def known_moment(seconds: float) -> float:
    """Return a moment in seconds since the epoch, NaN where not every zone's calendar has it."""
    return seconds if FIRST_MOMENT <= seconds <= LAST_MOMENT else math.nan


def local_time(seconds: float) -> datetime | None:
    """Return a moment on this machine's clock, `None` where its calendar does not reach it."""
    if math.isnan(known_moment(seconds)):
        return None
    try:
        return datetime.fromtimestamp(seconds)
    except (ValueError, OverflowError, OSError):
        return None


def local_text(seconds: float, form: str) -> str | None:
    """Return a moment on this machine's clock in a form of `strftime`, `None` as `local_time`."""
    moment = local_time(seconds)
    return None if moment is None else moment.strftime(form)


DATE_AND_TIME = "%Y-%m-%d %H:%M:%S"


def iso_moment(text: str) -> float:
    """Return the moment of a time in ISO 8601, read as this Python reads it.

    A time without an offset is in local time. NaN where the text is no time, or where some zone's
    calendar lacks it.
    """
    try:
        return known_moment(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError, OSError):
        return math.nan


_UNIX_UNITS = ((1e9, 1.0), (1e12, 1e3), (1e15, 1e6), (1e18, 1e9))
"""The smallest counts, in seconds, milliseconds and so on, of the moments from 2001 to 5138."""


def unix_moment(number: float) -> float:
    """Return the moment that a count since 1970 tells, in whichever unit down to nanoseconds.

    NaN where the count is too small to be a time since 1970.
    """
    for first, unit in _UNIX_UNITS:
        if first <= number < 100 * first:
            return number / unit
    return math.nan
