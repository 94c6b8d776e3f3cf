"""Durations as people type them: `90s`, `1h30m`."""

from __future__ import annotations

import re

_UNIT_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}

_PART = r"(\d+(?:\.\d*)?|\.\d+)([smhd])"
_PARTS = re.compile(_PART)
_DURATION = re.compile(f"(?:{_PART})+")
_SECONDS = re.compile(r"\d+(?:\.\d*)?|\.\d+")


def parse_duration(text: str) -> float:
    """Return a duration in seconds; a bare number is seconds. Raises ValueError."""
    folded = text.strip().lower()
    if _SECONDS.fullmatch(folded):
        return float(folded)
    if not _DURATION.fullmatch(folded):
        raise ValueError(f"not a duration: {text!r} (examples: 90s, 30m, 2h, 1h30m, 7d)")
    return sum(float(count) * _UNIT_SECONDS[unit] for count, unit in _PARTS.findall(folded))
