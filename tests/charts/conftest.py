"""Spans of numbers that axes are drawn of."""

from __future__ import annotations

import math

from hypothesis import assume
from hypothesis import strategies as st

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def ranges(draw: st.DrawFn) -> tuple[float, float]:
    """Ranges as losses, steps and odd runs have them, of every magnitude."""
    kind = draw(st.sampled_from(["any", "narrow", "small", "steps"]))
    if kind == "steps":
        left = draw(st.integers(-1000, 10**9))
        return float(left), float(left + draw(st.integers(0, 10**7)))
    first = draw(FINITE)
    if kind == "narrow":
        second = first * (1 + draw(st.floats(1e-12, 1e-2)))
    elif kind == "small":
        first = draw(st.floats(0.1, 9.9)) * 10.0 ** draw(st.integers(-300, 300))
        second = first * draw(st.floats(0.01, 100))
    else:
        second = draw(FINITE)
    assume(math.isfinite(second))
    low, high = min(first, second), max(first, second)
    return low, high
