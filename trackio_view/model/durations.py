"""Durations as people type them: `90s`, `1h30m`."""

from __future__ import annotations

import re

UNIT_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}

_PART = r"(\d+(?:\.\d*)?|\.\d+)([smhd])"
_DURATION = f"(?:{_PART})+"
_SECONDS = r"\d+(?:\.\d*)?|\.\d+"


def parse_duration(text: str) -> float:
    """Return a duration in seconds; a bare number is seconds. Raises ValueError."""
    folded = text.strip().lower()
    if re.fullmatch(_SECONDS, folded):
        return float(folded)
    if not re.fullmatch(_DURATION, folded):
        raise ValueError(f"not a duration: {text!r} (examples: 90s, 30m, 2h, 1h30m, 7d)")
    return sum(float(count) * UNIT_SECONDS[unit] for count, unit in re.findall(_PART, folded))
