"""The spans of a trace as a tree, and their sums."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from trackio_view.model.config import TOO_DEEP
from trackio_view.sources.trackio.tables import span_decoding
from trackio_view.sources.trackio.tables.span_decoding import (
    SpanTotals,
    decode_spans,
    totals_of,
)

AGENT = {
    "id": "1",
    "name": "agent",
    "start_time": "2026-11-28T08:00:00Z",
    "end_time": "2026-11-28T08:00:03Z",
}
LLM = {
    "id": "2",
    "parentId": "1",
    "name": "llm",
    "kind": "generation",
    "model": "gpt-x",
    "startTime": "2026-11-28T08:00:01.5Z",
    "durationMs": 1200,
    "usage": {"prompt_tokens": 1000, "completion_tokens": 204},
    "costUsd": 0.002,
    "input": "what?",
    "output": {"tool": "weather"},
}
TOOL = {
    "id": "3",
    "parent_id": "1",
    "kind": "tool",
    "start_time": "2026-11-28T08:00:00.5Z",
    "status": "error",
    "error": "boom",
    "usage": {"input_tokens": 4},
}


def test_a_tree_in_which_siblings_stand_by_their_start() -> None:
    agent, tool, llm = decode_spans([LLM, TOOL, AGENT])
    assert (agent.name, agent.depth, agent.start, agent.duration) == ("agent", 0, 0.0, 3.0)
    assert (tool.name, tool.depth, tool.start, tool.duration) == ("tool", 1, 0.5, None)
    assert (tool.error, tool.tokens) == ("boom", 4)
    assert (llm.name, llm.kind, llm.model, llm.depth) == ("llm", "generation", "gpt-x", 1)
    assert (llm.start, llm.duration, llm.tokens, llm.cost) == (1.5, 1.2, 1204, 0.002)
    told = [(part.name, part.text) for part in llm.details]
    assert told == [("input", "what?"), ("output", '{"tool": "weather"}')]


def test_spans_give_the_totals_of_a_trace_and_else_its_metadata() -> None:
    assert totals_of([LLM, TOOL, AGENT], {}) == SpanTotals(3.0, 1208, 0.002, "boom")
    # Without beginning and end, the longest span counts; without spans, the metadata count.
    assert totals_of([{"duration_ms": 5}, {"duration_ms": 30}], {}).duration == 0.03
    told = {"latency_ms": 1234, "cost_usd": "0.5", "status": "failed"}
    assert totals_of([], told) == SpanTotals(1.234, None, 0.5, "failed")
    assert totals_of([], {"status": "success", "duration_ms": True}).error == ""
    assert totals_of([], {}) == SpanTotals()


def test_a_ring_a_missing_parent_and_an_id_twice_lose_no_span() -> None:
    ring = [{"id": "a", "parent_id": "b", "name": "a"}, {"id": "b", "parent_id": "a", "name": "b"}]
    others = [
        {"id": "c", "parent_id": "gone", "name": "c"},
        {"id": "c", "name": "second c"},
        {"id": "d", "parent_id": "d", "name": "d"},
        {"id": "e", "parent_id": "c", "name": "e"},
        {},
    ]
    found = [(span.name, span.depth) for span in decode_spans([*ring, *others])]
    assert found == [
        *(("c", 0), ("e", 1), ("second c", 0), ("d", 0), ("span", 0)),
        *(("a", 0), ("b", 1)),
    ]


def test_number_and_depth_of_spans_are_bounded() -> None:
    chain = [{"id": number, "parent_id": number - 1} for number in range(3_000)]
    found = decode_spans(chain)
    assert len(found) == span_decoding._MOST_SPANS
    assert max(span.depth for span in found) == span_decoding._DEEPEST


_IDS = st.sampled_from(["a", "b", "c", 1, None, 2.5])
_VALUES = st.one_of(_IDS, st.lists(_IDS), st.dictionaries(st.text(), st.floats()), st.floats())
_NAMES = ("id", "parent_id", "start_time", "end_time", "usage", "status", "error")
_SPANS = st.lists(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("id", "parent_id", "start_time", "end_time", "usage", "status", "error"), _VALUES
        ),
    ),
    max_size=12,
)


@given(_SPANS)
def test_each_span_is_there_once_whatever_was_logged(spans: list[dict[str, Any]]) -> None:
    marked = [{**span, "name": f"span {number}"} for number, span in enumerate(spans)]
    found = decode_spans(marked)
    assert sorted(span.name for span in found) == sorted(span["name"] for span in marked)
    totals_of(marked, {})


def test_a_detail_nested_too_deeply_to_be_written_says_so() -> None:
    nested: Any = "end"
    for _ in range(100_000):
        nested = [nested]
    (span,) = decode_spans([{"id": "1", "input": nested, "error": nested}])
    assert [part.text for part in span.details] == [TOO_DEEP]
    assert span.error == TOO_DEEP
