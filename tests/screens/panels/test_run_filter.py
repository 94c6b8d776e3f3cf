"""The line in which a filter of runs is typed, and what stands beside it."""

from __future__ import annotations

from typing import Any

from trackio_view.charts.palette import BAD
from trackio_view.screens.panels.run_filter import filter_hints, filter_pieces, no_run_has
from trackio_view.view.dashboard import Dashboard

NOW = 1_700_000_000.0


def typed(show: Any, dashboard: Dashboard, text: str, width: int = 60) -> tuple[str, str]:
    """Return the line and the hints once a filter was typed into the table of runs."""
    show(120, 24, "t", "/", *text)
    line = filter_pieces(dashboard, width)
    hints = filter_hints(dashboard, NOW, width)
    return "".join(it.text for it in line), "".join(it.text for it in hints)


def test_a_filter_says_how_many_runs_match(show: Any, compared: Dashboard) -> None:
    assert typed(show, compared, "lr<0.002") == (
        "filter: lr<0.002▏",
        "1 of 3   Enter keep  Esc drop",
    )


def test_an_unreadable_filter_is_marked_from_its_fault_on(show: Any, compared: Dashboard) -> None:
    line, hints = typed(show, compared, "lr<0.002 ) seed")
    fault = compared.view.runs.fault
    assert fault is not None
    assert hints == fault.message
    assert line.startswith("filter: lr<0.002 ) seed")
    pieces = filter_pieces(compared, 60)
    assert [it.text for it in pieces if it.style.foreground == BAD.foreground] == [
        ")",
        " seed",
        "▏",
    ]
    assert [it.style for it in filter_hints(compared, NOW, 60)] == [BAD]


def test_a_fault_is_cut_where_there_is_little_room_but_not_to_nothing(
    show: Any, compared: Dashboard
) -> None:
    _, hints = typed(show, compared, "lr<0.002 ) seed", width=3)
    assert len(hints) == 8


def test_fields_that_no_run_has_are_told_instead_of_no_matches(
    show: Any, compared: Dashboard
) -> None:
    _, hints = typed(show, compared, "lrr>1 or wd>2")
    assert hints == "no run has lrr or wd"
    assert no_run_has(compared.runs_table(NOW)) == hints
