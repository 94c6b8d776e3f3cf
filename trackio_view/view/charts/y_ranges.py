"""Ranges of y axes, typed where things are found: `y 0..2`, and `y auto` to drop one."""

from __future__ import annotations

import math
import re

from trackio_view.light_typing import NamedTuple
from trackio_view.view.charts.charts_view import YRange
from trackio_view.view.dashboard import Dashboard

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?"
_TYPED = rf"y\s+(?:({_NUMBER})\s*\.\.\s*({_NUMBER})|auto)"


class TypedRange(NamedTuple):
    """What was typed: the two ends, or that a chart chooses its own range."""

    ends: tuple[float, float] | None


def parse_y_range(text: str) -> TypedRange | None:
    """Return the range that a text asks for; `None` where it asks for none.

    The ends may be the wrong way round. A range without a height is none.
    """
    found = re.fullmatch(_TYPED, text.strip(), re.IGNORECASE)
    if found is None:
        return None
    if found[1] is None:
        return TypedRange(None)
    low, high = sorted((float(found[1]), float(found[2])))
    is_range = math.isfinite(high - low) and low < high
    return TypedRange((low, high)) if is_range else None


def set_y_range(dashboard: Dashboard, asked: TypedRange) -> str:
    """Let the focused chart have the range that was asked for; return what is to be said of it."""
    charts, metrics = dashboard.view.charts, dashboard.metrics
    if not metrics:
        return "there is no chart whose y could be set"
    metric = metrics[dashboard.focus]
    framing = charts.framing
    others = tuple(one for one in framing.ranges if one.metric != metric)
    if asked.ends is None:
        charts.change(framing._replace(ranges=others))
        return f"y of {metric}: {framing.limits.value}"
    if metric in framing.logarithmic and asked.ends[0] <= 0:
        return f"y of {metric} is logarithmic: it begins above 0"
    charts.change(framing._replace(ranges=(*others, YRange(metric, *asked.ends))))
    return f"y of {metric}: {range_text(asked.ends)}"


def asked_range(dashboard: Dashboard, text: str) -> str:
    """Return what a typed range would do, or how one is typed; empty where none was begun."""
    asked, metrics = parse_y_range(text), dashboard.metrics
    if asked is not None and metrics:
        ends = "auto" if asked.ends is None else range_text(asked.ends)
        return f"y of {metrics[dashboard.focus]}: {ends}"
    begun = re.match(r"y\s+[-+.\d]", text.strip(), re.IGNORECASE)
    return "a range of y is two numbers: y 0..2, or y auto" if begun and asked is None else ""


def range_text(ends: tuple[float, float]) -> str:
    """Return a range as it is typed."""
    return "..".join(_short(end) for end in ends)


def _short(value: float) -> str:
    short = f"{value:g}"
    return short if float(short) == value else repr(value)
