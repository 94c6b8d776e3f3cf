"""Durations and moments as people write them: `90s`, `2h`, `1h30m`, `2026-03-01 10:00`."""

from __future__ import annotations

import re

UNIT_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}

_PART = r"(\d+(?:\.\d*)?|\.\d+)([smhd])"
_PARTS = re.compile(_PART)
_DURATION = re.compile(f"(?:{_PART})+")
_SECONDS = re.compile(r"\d+(?:\.\d*)?|\.\d+")
# Python 3.10 reads neither a `Z` nor an offset without a colon.
_ZULU = re.compile(r"[Zz]$")
_BARE_OFFSET = re.compile(r"(:\d\d(?:\.\d+)?[+-]\d\d)(\d\d)?$")


def parse_duration(text: str) -> float:
    """Return a duration in seconds; a bare number is seconds. Raises ValueError."""
    folded = text.strip().lower()
    if _SECONDS.fullmatch(folded):
        return float(folded)
    if not _DURATION.fullmatch(folded):
        raise ValueError(f"not a duration: {text!r} (examples: 90s, 30m, 2h, 1h30m, 7d)")
    return sum(float(count) * UNIT_SECONDS[unit] for count, unit in _PARTS.findall(folded))


def parse_moment(text: str, now: float) -> float:
    """Return a moment in seconds since the epoch: so long before `now`, or an ISO 8601 time.

    A time without an offset is one of this machine's clock, a day its midnight. Raises ValueError.
    """
    try:
        return now - parse_duration(text)
    except ValueError:
        from datetime import datetime

        written = _ZULU.sub("+00:00", text.strip())
        written = _BARE_OFFSET.sub(lambda match: f"{match[1]}:{match[2] or '00'}", written)
        try:
            return datetime.fromisoformat(written).timestamp()
        except (ValueError, OverflowError, OSError):
            raise ValueError(
                f"neither a duration nor a time: {text!r} (examples: 90s, 2h, 2026-03-01 10:00)"
            ) from None
