"""How long a trace took, what it cost and which one it is, as people read that."""

from __future__ import annotations

from trackio_view.model.run import NO_NAME
from trackio_view.model.traces import TraceSummary
from trackio_view.wording.numbers import UNKNOWN, format_duration, format_rounded, format_value


def took_text(seconds: float | None) -> str:
    """Return how long something took: `410 ms`, `3.00 s`, `2:03`; a dash where nobody knows."""
    if seconds is None:
        return UNKNOWN
    # A time that is rounded up to a second is written as one.
    if seconds < 0.9995:
        return f"{seconds * 1_000:.0f} ms"
    return f"{seconds:.2f} s" if seconds < 60 else format_duration(seconds)


def tokens_text(tokens: int | None) -> str:
    """Return a number of tokens, a dash where nobody knows."""
    return UNKNOWN if tokens is None else format_value(tokens)


def cost_text(cost: float | None) -> str:
    """Return what something cost in US dollars: `$0.002`; a dash where nobody knows."""
    return UNKNOWN if cost is None else f"${format_rounded(cost, 3)}"


def trace_name(trace: TraceSummary) -> str:
    """Return what a trace is called beside its step: its key, and its place among several."""
    name = trace.key or NO_NAME
    return name if trace.place is None else f"{name} {trace.place}"
