"""Lines of a debug log are recognised."""

from __future__ import annotations

from trackio_view.wording.debug_lines import (
    FIRST_WORDS,
    NAMES_TOLD,
    debug_line,
    tells_fault,
    tells_more,
    trace_line,
)


def test_a_line_of_a_fault_differs_from_one_that_mentions_a_fault() -> None:
    assert tells_fault(debug_line(3.25, "live.live_session", "gone", is_fault=True))
    assert tells_fault(debug_line(8_640_000.0, "live.live_session", "gone", is_fault=True))
    assert not tells_fault(debug_line(3.25, "live.live_session", " fault ", is_fault=False))
    assert tells_more(trace_line("a.py:3 in f"))
    assert not tells_more(debug_line(3.25, "live", "| text", is_fault=True))


def test_a_log_of_another_release_is_still_known() -> None:
    assert (FIRST_WORDS, NAMES_TOLD) == ("trackio-view debug log", "names are told")
    assert debug_line(3.25, "live", "gone", is_fault=True) == "       3.250 fault live: gone"
    assert trace_line("a.py:3 in f") == "             | a.py:3 in f"
