"""The spans of a trace: its operations, their order and their cost.

The rules are those of TrackIO's page. A run may log anything in their place: no input raises.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trackio_view.light_typing import NamedTuple
from trackio_view.model.config import json_text
from trackio_view.model.opened_traces import MessagePart, PartKind, TraceSpan
from trackio_view.sources.trackio.tables.rows import as_text, bounded, parse_time

JsonObject = Mapping[str, Any]

_MOST_SPANS = 2_000
_DEEPEST = 50
_MOST_DETAIL = 20_000
"""Characters of what went into a span, or came out, that are kept."""
_TOLD = frozenset(
    {
        *("id", "parent_id", "parentId", "name", "kind", "model", "status", "error"),
        *("start_time", "startTime", "end_time", "endTime", "duration_ms", "durationMs"),
        *("usage", "cost_usd", "costUsd"),
    }
)
"""What a line tells of a span; all else is told below it."""
_FAULTS = ("error", "failed")


class SpanTotals(NamedTuple):
    """The sums over the spans of a trace; `None` where no span has the number."""

    duration: float | None = None
    """In seconds."""
    tokens: int | None = None
    cost: float | None = None
    error: str = ""


def totals_of(spans: Sequence[JsonObject], metadata: JsonObject) -> SpanTotals:
    """Return the sums over spans, and the metadata's where they have none."""
    starts = [moment for span in spans if (moment := _moment(span, "start_time")) is not None]
    ends = [moment for span in spans if (moment := _moment(span, "end_time")) is not None]
    lengths = [length for span in spans if (length := _duration(span)) is not None]
    if starts and ends:
        duration: float | None = max(0.0, max(ends) - min(starts))
    elif lengths:
        duration = max(lengths)
    else:
        told = _number(metadata, "duration_ms") or _number(metadata, "latency_ms")
        duration = None if told is None else told / 1_000
    tokens = [count for span in spans if (count := _tokens(span)) is not None]
    costs = [cost for span in spans if (cost := _number(span, "cost_usd")) is not None]
    errors = [error for span in spans if (error := _error(span))]
    return SpanTotals(
        duration,
        sum(tokens) if tokens else None,
        sum(costs) if costs else _number(metadata, "cost_usd"),
        errors[0] if errors else _error(metadata),
    )


def decode_spans(spans: Sequence[JsonObject]) -> list[TraceSpan]:
    """Return spans in the order of a tree, at most `_MOST_SPANS`: each behind what it belongs to,
    those that belong to the same by their start.

    One whose parent is missing, or that belongs to itself, is a root.
    """
    starts = [moment for span in spans if (moment := _moment(span, "start_time")) is not None]
    first = min(starts, default=0.0)
    return [_span(span, depth, first) for span, depth in _in_tree(spans[:_MOST_SPANS])]


def _in_tree(spans: Sequence[JsonObject]) -> Iterator[tuple[JsonObject, int]]:
    places: dict[str, int] = {}
    for place, span in enumerate(spans):
        # An id may be there twice: the first one has it.
        places.setdefault(as_text(span.get("id")), place)
    children: dict[int | None, list[int]] = {}
    for place, span in enumerate(spans):
        above = span.get("parent_id", span.get("parentId"))
        parent = None if above is None else places.get(as_text(above))
        children.setdefault(None if parent == place else parent, []).append(place)
    seen: set[int] = set()

    def by_start(place: int) -> tuple[float, int]:
        start = _moment(spans[place], "start_time")
        return (math.inf if start is None else start), place

    roots = sorted(children.get(None, []), key=by_start)
    # Spans that form a ring have no root, so the first one is taken for it.
    for root in (*roots, *range(len(spans))):
        waiting = [(root, 0)]
        while waiting:
            place, depth = waiting.pop()
            if place in seen:
                continue
            seen.add(place)
            yield spans[place], min(depth, _DEEPEST)
            below = sorted(children.get(place, []), key=by_start, reverse=True)
            waiting += [(child, depth + 1) for child in below]


def _span(span: JsonObject, depth: int, first: float) -> TraceSpan:
    start = _moment(span, "start_time")
    return TraceSpan(
        bounded(as_text(span.get("name"))) or bounded(as_text(span.get("kind"))) or "span",
        depth,
        bounded(as_text(span.get("kind"))),
        bounded(as_text(span.get("model"))),
        None if start is None else start - first,
        _duration(span),
        _tokens(span),
        _number(span, "cost_usd"),
        _error(span),
        [_detail(name, value) for name, value in span.items() if name not in _TOLD],
    )


def _detail(name: str, value: object) -> MessagePart:
    text = value if isinstance(value, str) else json_text(value)
    omitted = max(0, len(text) - _MOST_DETAIL)
    return MessagePart(PartKind.OTHER, text[:_MOST_DETAIL], bounded(as_text(name)), omitted)


def _duration(span: JsonObject) -> float | None:
    length = _number(span, "duration_ms")
    if length is not None:
        return length / 1_000
    start, end = _moment(span, "start_time"), _moment(span, "end_time")
    return None if start is None or end is None else max(0.0, end - start)


def _tokens(span: JsonObject) -> int | None:
    usage = span.get("usage")
    if not isinstance(usage, Mapping):
        return None
    counts = [
        _first_number(usage, "input_tokens", "prompt_tokens"),
        _first_number(usage, "output_tokens", "completion_tokens"),
    ]
    known = [count for count in counts if count is not None]
    return int(sum(known)) if known else None


def _error(document: JsonObject) -> str:
    """Return the error that a span tells; empty without one."""
    error = document.get("error")
    if error:
        return bounded(error if isinstance(error, str) else json_text(error))
    status = as_text(document.get("status"))
    return bounded(status) if status.lower() in _FAULTS else ""


def _first_number(document: JsonObject, *names: str) -> float | None:
    numbers = (_number(document, name) for name in names)
    return next((number for number in numbers if number is not None), None)


def _number(document: JsonObject, name: str) -> float | None:
    value = _named(document, name)
    try:
        number = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _moment(span: JsonObject, name: str) -> float | None:
    moment = parse_time(_named(span, name))
    return None if math.isnan(moment) else moment


def _named(document: JsonObject, name: str) -> object:
    """Return what a document holds under a name, `duration_ms` or `durationMs`."""
    if name in document:
        return document[name]
    first, *rest = name.split("_")
    return document.get(first + "".join(word.title() for word in rest))
