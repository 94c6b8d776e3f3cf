"""The list of x axes for charts."""

from __future__ import annotations

from trackio_view.screens.axis_list import draw_axes
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.view.charts.chart_responses import axis_choices
from trackio_view.view.dashboard import Dashboard


def _lines(dashboard: Dashboard, height: int) -> list[str]:
    frame = Frame(60, height)
    draw_axes(frame, Rect(0, 0, 60, height), dashboard)
    return [line for line in frame.lines() if line.strip()]


def test_the_box_is_as_high_as_its_choices_where_there_is_room(dashboard: Dashboard) -> None:
    choices = axis_choices(dashboard)
    lines = _lines(dashboard, 40)
    # The two borders and the heading take three rows.
    assert len(lines) == len(choices) + 3
    assert "x axis" in lines[0]
    told = [line.strip(" │▸") for line in lines[2:-1]]
    assert told == [choice.metric or choice.kind.value for choice in choices]


def test_the_present_axis_alone_is_marked(dashboard: Dashboard) -> None:
    marked = [line for line in _lines(dashboard, 40) if "▸" in line]
    assert [line.strip(" │▸") for line in marked] == ["step"]


def test_no_more_is_drawn_than_has_room(dashboard: Dashboard) -> None:
    assert len(_lines(dashboard, 5)) == 5
