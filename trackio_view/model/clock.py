"""Moments on this machine's clock: those that any calendar has, and how they are written.

A row may hold a time that nobody ever lived through: the zero time of other languages (the year
1), a sentinel for "never" (9999), the word for infinity. No calendar writes them in every zone, so
they count as unknown.
"""

from __future__ import annotations

import math
from datetime import datetime

FIRST_MOMENT, LAST_MOMENT = -62_135_337_600.0, 253_402_041_600.0
"""In seconds since the epoch: from 0001-01-04 to 9999-12-29. Zones are up to a day apart, and to
find which of two equal clock times is meant takes Python another day."""
LONGEST_TIME = LAST_MOMENT - FIRST_MOMENT
"""Seconds: no two moments are further apart."""


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
    """Return the moment of a time in ISO 8601 as this Python reads it, without an offset local.

    NaN where it is none, or not every zone's calendar has it.
    """
    try:
        return known_moment(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError, OSError):
        return math.nan
