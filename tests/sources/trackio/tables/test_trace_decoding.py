"""The row of a trace becomes a line of the list, and the content of a page."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.model.objects import LoggedMedia
from trackio_view.model.opened_traces import MessagePart, PartKind, TraceContent
from trackio_view.sources.trackio.tables.trace_decoding import (
    TraceRow,
    TraceTexts,
    decode_trace,
    summarize_trace,
)

ROW = TraceRow(7, "rollout", 1200, 3)
IMAGE = {"_type": "trackio.image", "file_path": "p/r/0/a.png", "caption": "a cat"}
CALL = {
    "id": "c1",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"city": "Rome"}'},
}
CHAT = [
    {"role": "system", "content": "You are terse."},
    {"role": "user", "content": "what is the weather\nin Rome?"},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": '{"t": 21}'},
    {"role": "assistant", "content": "It is 21 C.", "reasoning_content": "The tool said so."},
]


def texts(messages: Any = (), metadata: Any = None, spans: Any = (), unread: int = 0) -> TraceTexts:
    written = [one if isinstance(one, str) else json.dumps(one) for one in (messages, spans)]
    return TraceTexts(written[0], json.dumps(metadata or {}), written[1], unread)


def decoded(*parts: Any, **more: Any) -> TraceContent:
    return decode_trace(ROW, texts(*parts, **more), 1e9, "/m")


def test_a_conversation_with_a_call_and_its_answer() -> None:
    found = decoded(CHAT, {"session": "s1", "nested": {"a": [1, {"b": None}]}, "_own": True})
    assert [one.role for one in found.messages] == [
        *("system", "user", "assistant", "tool", "assistant"),
    ]
    assert found.messages[1].parts == [MessagePart(PartKind.TEXT, "what is the weather\nin Rome?")]
    assert found.messages[2].parts == [
        MessagePart(PartKind.CALL, '{"city": "Rome"}', "get_weather"),
    ]
    # The answer refers to the call by its id.
    assert found.messages[3].name == "get_weather"
    assert [part.kind for part in found.messages[4].parts] == [PartKind.THOUGHT, PartKind.TEXT]
    assert found.metadata == [
        *(("_own", "true"), ("session", "s1"), ("nested.a", '[1, {"b": null}]')),
    ]
    assert found.time == 1e9
    assert not found.left_out


def test_the_summary_of_a_trace_has_what_a_list_tells() -> None:
    told = summarize_trace(ROW, texts(CHAT, {"latency_ms": 1500, "cost_usd": 0.25}), 9)
    assert (told.number, told.row, told.key, told.step, told.place) == (9, 7, "rollout", 1200, 3)
    assert told.request == "what is the weather in Rome?"
    assert (told.message_count, told.span_count) == (5, 1)
    assert (told.duration, told.cost, told.tokens, told.error) == (1.5, 0.25, None, "")
    assert summarize_trace(ROW, texts([{"role": "assistant", "content": "hi"}]), 1).request == ""


def test_media_and_whatever_else_content_is_made_of() -> None:
    content = [
        {"type": "text", "text": "look:"},
        IMAGE,
        {"type": "image", "image": {**IMAGE, "file_path": "p/r/0/b.png"}},
        {"type": "image_url", "image_url": {"url": "data:" + "A" * 5_000}},
        "bare",
    ]
    found = decoded([{"role": "user", "content": content}, {"content": 5}, "no message", {}])
    first, second, third, fourth = found.messages
    kinds = [part.kind for part in first.parts]
    assert kinds == [
        *(PartKind.TEXT, PartKind.MEDIUM, PartKind.MEDIUM, PartKind.OTHER, PartKind.TEXT),
    ]
    assert found.media == [
        LoggedMedia("rollout", 1200, "image", "/m/p/r/0/a.png", "a cat", "p/r/0/a.png", 1),
        LoggedMedia("rollout", 1200, "image", "/m/p/r/0/b.png", "a cat", "p/r/0/b.png", 2),
    ]
    url = first.parts[3]
    assert url.name == "image_url"
    assert url.text == '{"url": "data:' + "A" * 35 + '... (4,965 more characters)"}'
    assert [part.text for part in second.parts] == ["5"]
    assert [part.text for part in third.parts] == ['"no message"']
    assert (fourth.role, fourth.parts) == ("", [])


@pytest.mark.parametrize(("depth", "kind"), [(4, PartKind.MEDIUM), (5, PartKind.OTHER)])
def test_a_medium_is_found_within_four_objects(depth: int, kind: PartKind) -> None:
    value: Any = IMAGE
    for _ in range(depth):
        value = {"image": value}
    found = decoded([{"role": "user", "content": [value]}])
    assert [part.kind for part in found.messages[0].parts] == [kind]


def test_a_long_message_is_cut_and_the_rest_is_counted() -> None:
    found = decoded([{"role": "user", "content": "x" * 1_000_000}])
    (part,) = found.messages[0].parts
    assert len(part.text) + part.omitted == 1_000_000
    assert len(part.text) <= 200_000
    many = decoded([{"role": "user", "content": "x"}] * 2_001)
    assert many.left_out == ["1 more message is not shown."]


def test_texts_that_were_cut_off_tell_as_far_as_they_go() -> None:
    whole = json.dumps([*CHAT, {"role": "user", "content": 'long \\ and "so" \u00e9\n' * 50}])
    for end in (len(whole) - 1, len(whole) - 30, len(whole) - 200):
        cut = decoded(whole[:end], unread=len(whole) - end)
        assert [one.role for one in cut.messages] == [
            *("system", "user", "assistant", "tool", "assistant", "user"),
        ]
        assert cut.messages[-1].parts[0].text.startswith('long \\ and "so" \u00e9\nlong')
        assert cut.left_out == [
            f"{len(whole) - end:,} more bytes of messages are not read: they are too many, or no"
            " JSON."
        ]
    long = json.dumps([{"role": "user", "content": "x" * 900_000}])[:700_000]
    found = decoded(long, unread=50)
    shown = len(found.messages[0].parts[0].text)
    assert shown < 200_000
    assert found.left_out[0].startswith("500,049 more bytes of messages are not read")
    told = summarize_trace(ROW, texts(whole[:300], unread=1000), 1)
    assert told.request == "what is the weather in Rome?"
    assert (told.message_count, told.span_count) == (None, None)


def test_json_of_a_line_stays_there_and_more_of_it_takes_several() -> None:
    short, long = '{"t": 21}', json.dumps({f"key {number}": number for number in range(20)})
    found = decoded([{"role": "tool", "content": short}, {"role": "tool", "content": long}])
    assert found.messages[0].parts[0].text == short
    assert found.messages[1].parts[0].text.startswith('{\n  "key 0": 0,\n')
    no_json = "{" + "x" * 100
    found = decoded([{"role": "tool", "content": no_json}])
    assert found.messages[0].parts[0].text == no_json


def test_a_trace_that_is_no_json_is_shown_as_it_is() -> None:
    found = decode_trace(ROW, TraceTexts("no JSON", "neither", "nor this"), math.nan, "/m")
    assert found.messages[0].parts[0].text == "no JSON"
    assert found.time is None
    assert found.metadata == []
    assert len(found.left_out) == 2
    assert decode_trace(ROW, TraceTexts("", "", ""), math.nan, "/m").left_out == []
    deep = "[" * 100_000
    assert decode_trace(ROW, TraceTexts(deep, "", ""), math.nan, "/m").messages


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["role", "content", "text", "type", "tool_calls", "function", "_type"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_JSON, _JSON, _JSON, st.integers(0, 60))
def test_nothing_that_was_logged_raises(messages: Any, metadata: Any, spans: Any, cut: int) -> None:
    written = [json.dumps(one) for one in (messages, metadata, spans)]
    for said, facts, done in (written, [one[:cut] for one in written]):
        decode_trace(ROW, TraceTexts(said, facts, done), 1.0, "/m")
        summarize_trace(ROW, TraceTexts(said, facts, done), 1)
