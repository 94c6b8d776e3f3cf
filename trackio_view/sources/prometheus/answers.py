"""The answers of Prometheus' query API, decoded and checked.

The form is that of https://prometheus.io/docs/prometheus/latest/querying/api/; a server may be
hostile, so whatever does not fit is passed over, and too long an answer is cut off.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from trackio_view.sources.keys_first import KEYS_FIRST

MOST_SERIES = 200_000
"""How many series of an answer are looked at."""
MOST_POINTS = 11_000
"""Prometheus itself gives no more points for one series."""
LONGEST_LABEL = 1_000
"""Characters of a label that are kept."""

_NUMBERS = (int, float)


class Unanswered(Exception):
    """The document is no answer to a query; the text is the server's own word for it, or empty."""


class AnsweredSeries(NamedTuple):
    """A series of an answer at one time; a series over a stretch of time makes several."""

    labels: Mapping[str, str]
    time: float
    """In epoch seconds."""
    value: float


class Answered(NamedTuple):
    """The answer to a query."""

    series: list[AnsweredSeries]
    warning: str = ""
    """Why the answer may be incomplete, in the server's words."""
    info: str = ""
    """What else the server says of the answer (the `infos` of Prometheus 3)."""


def parsed(answer: Any) -> Answered:
    """Return the series of an answer. Raises Unanswered where the document is none."""
    if not isinstance(answer, dict) or answer.get("status") not in ("success", "error"):
        raise Unanswered("")
    if answer["status"] == "error":
        raise Unanswered(said_of(answer) or "it gives no reason")
    data = answer.get("data")
    if not isinstance(data, dict) or data.get("resultType") not in ("vector", "matrix"):
        raise Unanswered("")
    result = data.get("result")
    if not isinstance(result, list):
        raise Unanswered("")
    found = list(_series(result[:MOST_SERIES], is_range=data["resultType"] == "matrix"))
    # VictoriaMetrics has a flag for what others say in words.
    partial = "the answer is partial" if answer.get("isPartial") is True else ""
    return Answered(found, _first_said(answer, "warnings") or partial, _first_said(answer, "infos"))


def said_of(answer: Any) -> str | None:
    """Return the server's own word for what is wrong; `None` where it has none."""
    said = answer.get("error") if isinstance(answer, dict) else None
    return said[:LONGEST_LABEL] if isinstance(said, str) and said else None


def _first_said(answer: dict[str, Any], name: str) -> str:
    """Return the first sentence of a list, and how many more there are; empty without any."""
    told = answer.get(name)
    said = [one for one in told if isinstance(one, str) and one] if isinstance(told, list) else []
    if not said:
        return ""
    more = f" (and {len(said) - 1:,} more)" if len(said) > 1 else ""
    return said[0][:LONGEST_LABEL] + more


def _series(result: list[Any], *, is_range: bool) -> Iterator[AnsweredSeries]:
    # A fleet has thousands of series, each of one point: no list is made that is not kept.
    give_way = KEYS_FIRST.give_way
    for one in result:
        give_way()
        if not isinstance(one, dict):
            continue
        labels = one.get("metric")
        if not isinstance(labels, dict):
            continue
        points = one.get("values") if is_range else (one.get("value"),)
        if not isinstance(points, list | tuple):
            continue
        labels = _labels(labels)
        for point in points[:MOST_POINTS]:
            try:
                time, text = point
                value = float(text)
            except (TypeError, ValueError):
                continue
            # A value is a text, and a time is a number, which `True` is not.
            if type(text) is str and type(time) in _NUMBERS and math.isfinite(time):
                yield AnsweredSeries(labels, float(time), value)


def _labels(labels: dict[Any, Any]) -> Mapping[str, str]:
    try:
        # A fleet has thousands of series, and hardly any has labels to leave out.
        if len("".join(labels.values())) <= LONGEST_LABEL:
            return labels
    except TypeError:
        pass
    return {
        name: value if len(value) <= LONGEST_LABEL else value[:LONGEST_LABEL]
        for name, value in labels.items()
        if isinstance(value, str)
    }
