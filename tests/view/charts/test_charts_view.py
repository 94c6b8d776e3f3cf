"""Windows as keys change them, and the way back through the changes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.model.windows import EVERYTHING, Between, Last, LastSeconds
from trackio_view.model.x_axis import ELAPSED, LOG_STEPS, STEPS
from trackio_view.view.charts.charts_view import (
    MOST_CHANGES,
    ChartsView,
    Framing,
    XSpan,
    panned,
    revealing,
    zoomed,
)

SPAN = XSpan((500.0, 700.0), (0.0, 1999.0))


def window(found: Framing | str) -> object:
    assert not isinstance(found, str)
    return found.window


def test_levels_follow_and_end_at_both_ends() -> None:
    framing = Framing()
    assert isinstance(zoomed(framing, SPAN, closer=False), str)
    for level in range(1, 7):
        found = zoomed(framing, SPAN, closer=True)
        assert window(found) == Last(level)
        assert isinstance(found, Framing)
        framing = found
    assert isinstance(zoomed(framing, SPAN, closer=True), str)


@pytest.mark.parametrize("axis", [STEPS, ELAPSED])
def test_a_held_window_is_halved_and_doubled_about_its_middle(axis) -> None:
    framing = Framing(Between(axis, 500, 700), axis)
    assert window(zoomed(framing, SPAN, closer=True)) == Between(axis, 550, 650)
    assert window(zoomed(framing, SPAN, closer=False)) == Between(axis, 400, 800)
    wide = XSpan((10.0, 1990.0), (0.0, 1999.0))
    assert window(zoomed(framing, wide, closer=False)) == EVERYTHING
    edge = XSpan((1800.0, 1999.0), (0.0, 1999.0))
    assert window(zoomed(framing, edge, closer=False)).right == 1999  # type: ignore[attr-defined]


def test_the_cursor_stays_where_it_is_in_the_window() -> None:
    found = zoomed(Framing(), XSpan((0.0, 2000.0), (0.0, 2000.0)), closer=True, about=500)
    assert window(found) == Between(STEPS, 250, 1250)


def test_windows_that_follow_keep_their_end() -> None:
    seconds = Framing(LastSeconds(60))
    assert window(zoomed(seconds, SPAN, closer=True)) == LastSeconds(30)
    assert window(zoomed(seconds, SPAN, closer=False)) == LastSeconds(120)
    assert window(zoomed(seconds, XSpan((0, 9), (0, 9)), closer=False)) == EVERYTHING
    since = Framing(Between(STEPS, 1500))
    shown = XSpan((1500.0, 1999.0), (0.0, 1999.0))
    assert window(zoomed(since, shown, closer=True)) == Between(STEPS, 1750)
    assert window(zoomed(since, shown, closer=False)) == Between(STEPS, 1001)


def test_pans_go_half_a_window_and_stop_at_the_data() -> None:
    framing = Framing(Between(STEPS, 500, 700))
    assert window(panned(framing, SPAN, -1)) == Between(STEPS, 400, 600)
    assert window(panned(framing, SPAN, 1)) == Between(STEPS, 600, 800)
    assert window(panned(framing, XSpan((30, 230), (0, 1999)), -1)) == Between(STEPS, 0, 200)
    assert window(panned(framing, XSpan((1790, 1990), (0, 1999)), 1)) == Between(STEPS, 1799, 1999)
    assert isinstance(panned(framing, XSpan((0, 200), (0, 1999)), -1), str)
    assert isinstance(panned(framing, XSpan((1799, 1999), (0, 1999)), 1), str)
    assert isinstance(panned(framing, XSpan((0, 1999), (0, 1999)), 1), str)
    assert window(panned(framing, XSpan((5, 5), (0, 100)), 1)) == Between(STEPS, 6, 6)


@given(changes=st.lists(st.integers(0, 6) | st.none(), max_size=120))
def test_undo_leads_back_through_fifty_changes(changes: list[int | None]) -> None:
    charts = ChartsView()
    seen = [charts.framing]
    for change in changes:
        if change is None:
            assert charts.undo() == (len(seen) > 1)
            seen = seen[:-1] or seen
        else:
            before = charts.framing
            charts.change(Framing(Last(change)))
            if charts.framing != before:
                seen = [*seen, charts.framing][-MOST_CHANGES - 1 :]
        assert charts.framing == seen[-1]
    undone = 0
    while charts.undo():
        undone += 1
    assert charts.framing == seen[0]
    assert undone == len(seen) - 1 <= MOST_CHANGES
    for _ in range(undone):
        assert charts.redo()
    assert charts.framing == seen[-1]


def test_an_undone_change_is_forgotten_by_another_one() -> None:
    charts = ChartsView()
    charts.change(Framing(Last(1)))
    charts.change(Framing(Last(2)))
    assert charts.undo()
    charts.change(Framing(Last(5)))
    assert not charts.redo()
    assert charts.window == Last(5)
    assert charts.undo()
    assert charts.window == Last(1)
    assert charts.redo()
    assert charts.window == Last(5)


def test_charts_come_to_the_front_one_behind_the_other_and_undo_knows_it() -> None:
    charts = ChartsView()
    assert charts.bring_to_front("lr")
    assert charts.bring_to_front("epoch")
    assert charts.framing.front == ("lr", "epoch")
    assert not charts.bring_to_front("lr")
    assert charts.framing.front == ("epoch",)
    assert charts.framing.drawing == Framing(), "no chart is drawn otherwise for it"
    for expected in (("lr", "epoch"), ("lr",), ()):
        assert charts.undo()
        assert charts.framing.front == expected


def test_ranges_beyond_every_float_are_no_fault() -> None:
    huge = XSpan((-1e308, 1e308), (-1e308, 1e308))
    framing = Framing(Between(STEPS, -1e308, 1e308))
    assert window(zoomed(framing, huge, closer=True)) == Between(STEPS, -5e307, 5e307)
    assert window(zoomed(framing, huge, closer=False)) == EVERYTHING
    wider = XSpan((-1e308, 1e308), (-1.7e308, 1.7e308))
    assert panned(framing, wider, 1) == "too wide to be moved"
    assert revealing(framing, wider, 1.5e308, centred=False) == framing
    assert not isinstance(zoomed(framing, huge, closer=True, about=1e308), Framing)
    point = Framing(Between(STEPS, 5, 5))
    assert window(revealing(point, XSpan((5, 5), (0, 9)), 7, centred=False)) == Between(STEPS, 7, 7)


def test_a_window_that_goes_to_a_place_holds_it_to_the_last_digit() -> None:
    """Along logarithms sums are not exact."""
    place, begun = (
        math.log10(2),
        Framing(Between(LOG_STEPS, math.log10(11), math.log10(12)), LOG_STEPS),
    )
    for right in range(12, 60):
        shown = (math.log10(11), math.log10(right))
        window = revealing(
            begun, XSpan(shown, (0.0, math.log10(right))), place, centred=False
        ).window
        assert isinstance(window, Between)
        assert window.right is not None
        assert window.left <= place <= window.right
