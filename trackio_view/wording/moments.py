"""Durations and moments as people write and read them: `90s`, `1h30m`, `2026-03-01 10:00`."""

from __future__ import annotations

import math
import re

from trackio_view.model.clock import iso_moment, known_moment, local_text, local_time
from trackio_view.model.durations import parse_duration

# The patterns are compiled on first use, so that a start without moments does not pay for them.
# `re` keeps them then.
_DAY = r"([0-9]{4})(0[1-9]|1[0-2])([0-3][0-9])(?![0-9])"
# Python 3.10 reads no `Z`, no offset without a colon, and fractions of 3 or 6 digits only.
_ZULU = r"[Zz]$"
_BARE_OFFSET = r"(:\d\d(?:\.\d+)?[+-]\d\d)(\d\d)?$"
_FRACTION = r"(?<=:\d\d)[.,](\d{1,6})\d*"


def parse_moment(text: str, now: float) -> float:
    """Return a moment in seconds since the epoch: so long before `now`, or an ISO 8601 time.

    A time without an offset is one of this machine's clock, a day its midnight; eight digits are
    a day. Raises ValueError.
    """
    try:
        ago = parse_duration(text) if not re.fullmatch(_DAY, text.strip()) else None
    except ValueError:
        ago = None
    moment = known_moment(now - ago) if ago is not None else iso_moment(_as_python_reads_it(text))
    if not math.isnan(moment):
        return moment
    if ago is not None:
        raise ValueError(f"longer ago than any calendar reaches: {text!r}")
    raise ValueError(
        f"neither a duration nor a time: {text!r} (examples: 90s, 2h, 2026-03-01 10:00)"
    )


def _as_python_reads_it(text: str) -> str:
    """Return an ISO 8601 time in the form that every Python reads."""
    written = re.sub(_DAY, r"\1-\2-\3", text.strip(), count=1)
    written = re.sub(_ZULU, "+00:00", written)
    written = re.sub(_BARE_OFFSET, lambda match: f"{match[1]}:{match[2] or '00'}", written)
    return re.sub(_FRACTION, lambda match: f".{match[1]:<06}", written)


def start_of_day(time: float) -> float:
    """Return this machine's midnight before a time; NaN where its calendar does not reach it."""
    moment = local_time(time)
    if moment is None:
        return math.nan
    return moment.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def clock_form(time: float, form: str) -> str:
    """Return a time on this machine's clock in a form of `strftime`; empty where unknown."""
    return local_text(time, form) or ""


def clock_time(time: float, now: float) -> str:
    """Return a time on this machine's clock, with its date where that is not today's."""
    moment, present = local_time(time), local_time(now)
    if moment is None:
        return "unknown"
    if present is not None and moment.date() == present.date():
        return moment.strftime("%H:%M:%S")
    this_year = present is not None and moment.year == present.year
    return moment.strftime("%m-%d %H:%M" if this_year else "%Y-%m-%d %H:%M")
