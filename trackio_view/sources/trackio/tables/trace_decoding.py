"""Decodes a trace from its row, for a list and for a page.

Texts may be cut off where they were too long to be read. No input raises.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trackio_view.light_typing import NamedTuple
from trackio_view.model.config import config_text, json_text, leaves_of
from trackio_view.model.objects import LoggedMedia
from trackio_view.model.opened_traces import (
    MessagePart,
    PartKind,
    TraceContent,
    TraceMessage,
)
from trackio_view.model.traces import TraceSummary
from trackio_view.series.series import Number
from trackio_view.sources.trackio.tables.bounded_values import bounded_values
from trackio_view.sources.trackio.tables.json_reading import read_json
from trackio_view.sources.trackio.tables.long_json import read_members
from trackio_view.sources.trackio.tables.object_decoding import media_of
from trackio_view.sources.trackio.tables.rows import as_text, bounded
from trackio_view.sources.trackio.tables.span_decoding import (
    JsonObject,
    SpanTotals,
    decode_spans,
    totals_of,
)

_MOST_REQUEST = 300
"""The most characters of a request in a list."""
_MOST_MESSAGES = 2_000
_MOST_TEXT = 200_000
"""Characters of a piece of a message that are kept."""
_MOST_PRETTY = 200_000
_ONE_LINE = 100
"""JSON up to this long stays on one line."""
_MOST_DATA = 2_000
"""The most characters of a text that stands within other data."""
_MOST_ENCODED = 40
"""Characters of a picture as base64, which tell what it is and nothing else."""
_DEEPEST_MEDIUM = 4
_TEXTS = ("text", "input_text", "output_text")
_ROLE = re.compile(r'"role"\s*:\s*("(?:[^"\\]+|\\.)*")')
_CONTENT = re.compile(r'"content"\s*:\s*"((?:[^"\\]+|\\.)*)')


class TraceTexts(NamedTuple):
    """A trace as it lies in the database: JSON texts, each of which may be cut off."""

    messages: str
    metadata: str
    spans: str
    unread_messages: int = 0
    """How many more bytes there are of them, like the others."""
    unread_metadata: int = 0
    unread_spans: int = 0


class TraceRow(NamedTuple):
    """The columns of a trace's row that identify it."""

    row: int
    key: str
    step: Number
    place: int | None


def summarize_trace(row: TraceRow, texts: TraceTexts, number: int) -> TraceSummary:
    """Return a trace for a list, as far as its texts are there."""
    return _summary(row, _Read(texts), number)


def decode_trace(
    row: TraceRow, texts: TraceTexts, time: float, media_directory: str
) -> TraceContent:
    """Return a trace as a page shows it."""
    read = _Read(texts)
    calls: dict[str, str] = {}
    media = _Media(row, media_directory)
    messages = [_message(one, calls, media) for one in read.messages[:_MOST_MESSAGES]]
    spans = decode_spans(read.spans)
    leaves = leaves_of(bounded_values(dict(read.metadata)))
    return TraceContent(
        _summary(row, read, 0),
        None if math.isnan(time) else time,
        [(key, bounded(config_text(value))) for key, value in leaves.items()],
        messages,
        spans,
        [
            *_left_out(len(read.messages) - len(messages), read.unread_messages, "message"),
            *_left_out(len(read.spans) - len(spans), read.unread_spans, "span"),
            *_left_out(0, read.unread_metadata, "metadata"),
        ],
    )


def _left_out(more: int, unread: int, word: str) -> Iterator[str]:
    if more > 0:
        yield f"{more:,} more {word}{'s' * (more != 1)} {'are' if more != 1 else 'is'} not shown."
    if unread > 0:
        things = word if word == "metadata" else f"{word}s"
        yield f"{unread:,} more bytes of {things} are not read: they are too many, or no JSON."


class _Read:
    """What could be read of a trace's texts."""

    def __init__(self, texts: TraceTexts) -> None:
        members, rest = _members(texts.messages)
        self.messages: list[Any] = members
        if rest:
            # The message was cut off, or is no JSON at all.
            self.messages = [*members, _beginning(rest)]
        # Of a message that is cut off, no more than its beginning is looked at.
        self.unread_messages = texts.unread_messages + max(0, len(rest) - _MOST_TEXT)
        found, rest = _members(texts.spans)
        self.spans: list[JsonObject] = [one for one in found if isinstance(one, Mapping)]
        self.unread_spans = texts.unread_spans + len(rest)
        self.unread_metadata = texts.unread_metadata
        try:
            read = read_json(texts.metadata) if texts.metadata.strip() else {}
        except (TypeError, ValueError, RecursionError):
            read = {}
            self.unread_metadata += len(texts.metadata)
        self.metadata: JsonObject = read if isinstance(read, Mapping) else {"": read}
        self.are_whole = not (self.unread_messages or self.unread_spans)

    @property
    def totals(self) -> SpanTotals:
        return totals_of(self.spans, self.metadata)


def _members(text: str) -> tuple[list[Any], str]:
    """Return the members of an array that are whole, and what is left behind them."""
    if not text.strip():
        return [], ""
    try:
        members, end = read_members(text)
    except (ValueError, RecursionError):
        return [], text
    return members, text[end:]


def _beginning(text: str) -> JsonObject:
    """Return a message whose end is missing, as far as it can be told; else the text itself."""
    part = text[:_MOST_TEXT]
    content = _CONTENT.search(part)
    if not text.lstrip().startswith("{") or content is None:
        return {"role": "", "content": text}
    role = _ROLE.search(part)
    try:
        return {
            "role": "" if role is None else json.loads(role[1]),
            "content": json.loads(f'"{content[1]}"', strict=False),
        }
    except ValueError:
        return {"role": "", "content": text}


def _summary(row: TraceRow, read: _Read, number: int) -> TraceSummary:
    totals = read.totals
    spans = len(read.spans) or sum(map(_calls, read.messages))
    return TraceSummary(
        number,
        row.row,
        bounded(row.key),
        row.step,
        row.place,
        _request(read.messages),
        len(read.messages) if not read.unread_messages else None,
        spans if read.are_whole else None,
        totals.duration,
        totals.tokens,
        totals.cost,
        totals.error,
    )


def _request(messages: Sequence[Any]) -> str:
    """Return the beginning of what a user said first, on one line."""
    for message in messages:
        if isinstance(message, Mapping) and message.get("role") == "user":
            texts = _texts(message.get("content"))
            text = next((one for one in texts if one.strip()), "")
            return " ".join(text[: 2 * _MOST_REQUEST].split())[:_MOST_REQUEST]
    return ""


def _texts(content: object) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        for part in content:
            text = part.get("text") if isinstance(part, Mapping) else part
            if isinstance(text, str):
                yield text


def _calls(message: object) -> int:
    calls = message.get("tool_calls") if isinstance(message, Mapping) else None
    return len(calls) if isinstance(calls, list) else 0


class _Media:
    """The media in a trace's messages, numbered as they are met."""

    def __init__(self, row: TraceRow, directory: str) -> None:
        self._row = row
        self._directory = directory
        self._count = 0

    def part(self, value: object, depth: int = 0) -> MessagePart | None:
        """Return the medium that a value is, or holds; `None` where it is about none."""
        found = media_of(value)
        if found is not None:
            kind, file = found
            self._count += 1
            caption = bounded(as_text(value.get("caption"))) if isinstance(value, Mapping) else ""
            path = os.path.join(self._directory, file)
            medium = LoggedMedia(
                self._row.key, self._row.step, kind, path, caption, file, self._count
            )
            return MessagePart(PartKind.MEDIUM, caption, medium=medium)
        if isinstance(value, Mapping) and depth < _DEEPEST_MEDIUM:
            parts = (self.part(one, depth + 1) for one in value.values())
            return next((part for part in parts if part is not None), None)
        return None


def _message(message: object, calls: dict[str, str], media: _Media) -> TraceMessage:
    if not isinstance(message, Mapping):
        return TraceMessage("", [_other(message)])
    parts: list[MessagePart] = []
    for name in ("reasoning_content", "reasoning", "thinking"):
        thought = message.get(name)
        if isinstance(thought, str) and thought.strip():
            parts.append(_text(thought, PartKind.THOUGHT))
            break
    parts += _contents(message.get("content"), media)
    for call in _listed(message.get("tool_calls")):
        parts.append(_call(call, calls))
    name = as_text(message.get("name")) or calls.get(as_text(message.get("tool_call_id")), "")
    return TraceMessage(bounded(as_text(message.get("role"))), parts, bounded(name))


def _contents(content: object, media: _Media) -> Iterator[MessagePart]:
    if content is None:
        return
    for one in content if isinstance(content, list) else [content]:
        found = media.part(one)
        if found is not None:
            yield found
        elif isinstance(one, str):
            yield _text(_pretty(one))
        elif isinstance(one, Mapping) and one.get("type", "text") in _TEXTS and "text" in one:
            yield _text(_pretty(as_text(one["text"])))
        else:
            yield _other(one)


def _call(call: object, calls: dict[str, str]) -> MessagePart:
    function = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(function, Mapping):
        return _other(call)
    name = bounded(as_text(function.get("name")))
    if isinstance(call, Mapping) and call.get("id") is not None:
        calls[as_text(call["id"])] = name
    arguments = function.get("arguments")
    text = arguments if isinstance(arguments, str) else _as_json(arguments)
    return _text(_pretty(text), PartKind.CALL)._replace(name=name)


def _text(text: str, kind: PartKind = PartKind.TEXT) -> MessagePart:
    return MessagePart(kind, text[:_MOST_TEXT], omitted=max(0, len(text) - _MOST_TEXT))


def _other(value: object) -> MessagePart:
    """Return what is no text and no medium as JSON, whose long texts are cut."""
    kind = as_text(value.get("type")) if isinstance(value, Mapping) else ""
    if kind and isinstance(value, Mapping):
        others = {name: one for name, one in value.items() if name != "type"}
        # As OpenAI has it: the part is a single value, under whatever name its type has.
        value = next(iter(others.values())) if len(others) == 1 else others
    return _text(_as_json(_shortened(value)), PartKind.OTHER)._replace(name=bounded(kind))


def _shortened(value: object) -> object:
    if isinstance(value, str):
        most = _MOST_ENCODED if value.startswith("data:") else _MOST_DATA
        left_out = len(value) - most
        return f"{value[:most]}... ({left_out:,} more characters)" if left_out > 0 else value
    if isinstance(value, Mapping):
        return {name: _shortened(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_shortened(one) for one in value]
    return value


def _pretty(text: str) -> str:
    """Return JSON that is too long for a line on several, any other text as it is."""
    if not (_ONE_LINE < len(text) <= _MOST_PRETTY and text[:1] in ("{", "[") and "\n" not in text):
        return text
    try:
        return json.dumps(read_json(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return text


def _as_json(value: object) -> str:
    text = json_text(value)
    return text if len(text) <= _ONE_LINE else json_text(value, indent=2)


def _listed(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else []
