"""Lines of a debug log are recognised."""

from __future__ import annotations

from trackio_view.wording.debug_lines import debug_line, tells_fault, tells_more, trace_line


def test_a_line_of_a_fault_differs_from_one_that_mentions_a_fault() -> None:
    assert tells_fault(debug_line(3.25, "live.live_session", "gone", is_fault=True))
    assert tells_fault(debug_line(8_640_000.0, "live.live_session", "gone", is_fault=True))
    assert not tells_fault(debug_line(3.25, "live.live_session", " fault ", is_fault=False))
    assert tells_more(trace_line("a.py:3 in f"))
    assert not tells_more(debug_line(3.25, "live", "| text", is_fault=True))
