"""Gauges are filled to half a cell, and only a full gauge is drawn full."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.charts.bars import gauge, progress_bar, sparkline, trend_bars
from trackio_view.charts.palette import BORDER, LOW_IS_GOOD
from trackio_view.terminal.glyphs import NONFINITE, Repertoire
from trackio_view.terminal.look import Look, resolved
from trackio_view.terminal.text import text_width

ASCII = Look(repertoire=Repertoire.ASCII)


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (0, "────"),
        (0.25, "━───"),
        (0.34, "━╸──"),
        (0.999, "━━━╸"),
        (1, "━━━━"),
        (1e-9, "╸───"),
        (7, "━━━━"),
        (-1, "────"),
        (None, "····"),
        (math.nan, "····"),
    ],
)
def test_gauge(fraction: float | None, text: str) -> None:
    assert gauge(fraction, 4, color=None).lines() == [text]


def test_gauge_in_ascii() -> None:
    assert resolved(gauge(0.5, 8, color=None), ASCII).lines() == ["####----"]
    assert resolved(gauge(None, 3, color=None), ASCII).lines() == ["..."]


@given(fraction=st.none() | st.floats(), width=st.integers(-1, 30))
def test_gauge_of_any_size(fraction: float | None, width: int) -> None:
    frame = gauge(fraction, width, color=LOW_IS_GOOD)
    assert (frame.width, frame.height) == (max(width, 0), 1)
    assert all(text_width(glyph) == 1 for glyph in frame.glyphs[0])


def test_gauge_colour_is_that_of_its_fraction() -> None:
    frame = gauge(0.75, 8, color=LOW_IS_GOOD)
    assert frame.styles[0][0].foreground == LOW_IS_GOOD.color(0.75)
    assert frame.styles[0][7] == BORDER


def test_progress() -> None:
    assert progress_bar(5, 10, 4).lines() == ["━━──"]
    assert progress_bar(5, 0, 4).lines() == progress_bar(math.nan, 5, 4).lines() == ["····"]


def test_sparkline() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8).lines() == ["▁▂▃▄▅▆▇█"]
    assert sparkline([9, 0, 7], 2).lines() == ["▁█"]
    assert sparkline([0, None, math.nan, math.inf, 7], 6).lines() == [" ▁   █"]
    assert sparkline([50], 3, bounds=(0, 100)).lines() == ["  ▅"]
    assert sparkline([], 3).lines() == [""]
    assert sparkline([math.nan], 3).lines() == [""]
    assert sparkline([3, 3], 2).lines() == ["▅▅"]
    # Half way between two levels the upper one is drawn, as on every scale.
    assert sparkline([0.5, 1.5, 2.5, 3.5], 4, bounds=(0, 7)).lines() == ["▂▃▄▅"]


@given(values=st.lists(st.none() | st.floats(), max_size=20), width=st.integers(-1, 12))
def test_sparkline_of_any_values(values: list[float | None], width: int) -> None:
    frame = sparkline(values, width, color=LOW_IS_GOOD)
    assert len(frame.glyphs[0]) == len(frame.styles[0]) == max(width, 0)


def test_a_trend_marks_where_no_value_is_finite() -> None:
    assert trend_bars([4.0, 2.0, 1.0, math.nan], 12) == f"▇▅▁{NONFINITE}"
    assert trend_bars([2.0] * 100, 4) == "▁▁▁▁"
    assert trend_bars([], 4) == ""
