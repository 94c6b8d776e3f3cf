"""The words for a trace's duration, cost and name."""

from __future__ import annotations

import pytest

from trackio_view.model.traces import TraceSummary
from trackio_view.wording.traces import cost_text, tokens_text, took_text, trace_name


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.0, "0 ms"),
        (0.41, "410 ms"),
        (0.9996, "1.00 s"),
        (3.0, "3.00 s"),
        (123.0, "2:03"),
    ],
)
def test_a_duration_is_told_in_its_unit_or_as_a_clock(seconds: float | None, text: str) -> None:
    assert took_text(seconds) == text


def test_tokens_costs_and_names_of_traces_are_told_in_words() -> None:
    assert (tokens_text(1204), tokens_text(None)) == ("1,204", "–")
    assert (cost_text(0.002), cost_text(1.23456), cost_text(None)) == ("$0.002", "$1.23", "–")
    assert trace_name(TraceSummary(1, 1, "rollout", 5)) == "rollout"
    assert trace_name(TraceSummary(1, 1, "", 5, 0)) == "(no name) 0"
