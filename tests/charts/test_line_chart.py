"""Line charts of every size and of all data: their axes, marks, notes and sentences."""

from __future__ import annotations

import math
from array import array
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.charts.conftest import FALLING, held, line, log_line, spiked
from trackio_view.charts.line import Line
from trackio_view.charts.line_chart import line_chart
from trackio_view.charts.palette import LINE_COLORS
from trackio_view.charts.plot import Axes, Plot
from trackio_view.charts.raster import DOT_GRIDS
from trackio_view.series.window import EVERY_ROW, Window
from trackio_view.series.y_limits import Limits
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import BEYOND_ABOVE, BEYOND_BELOW, NEWEST, Repertoire
from trackio_view.terminal.text import text_width


def test_a_line_may_have_a_marker_of_its_own() -> None:
    assert "■" in "".join(line_chart([line(FALLING)._replace(marker="■")], 40, 6).lines())


def test_a_held_window_shows_its_rows_alone_and_no_newest_point() -> None:
    whole = line(FALLING)
    alone = held(line(FALLING[20:62], [float(step) for step in range(20, 62)]))
    chart = line_chart([whole._replace(window=Window(20, 61, follows=False))], 40, 6)
    assert chart.lines() == line_chart([alone], 40, 6).lines()
    assert "●" not in "".join(chart.lines())
    empty = whole._replace(window=Window(20, 20, follows=False))
    assert "waiting for data" in "".join(line_chart([empty], 40, 6).lines())


def test_x_axis_gives_way_before_the_y_axis() -> None:
    assert len(line_chart([line(FALLING)], 30, 3).lines()) == 3
    low = line_chart([line(FALLING)], 30, 3)
    assert "└" not in "".join(low.lines())
    assert "┤" in "".join(low.lines())
    narrow = line_chart([line(FALLING)], 10, 4)
    assert "┤" not in "".join(narrow.lines())
    assert "●" in "".join(narrow.lines())


@settings(max_examples=120, deadline=None)
@given(
    width=st.integers(-1, 60),
    height=st.integers(-1, 14),
    values=st.lists(st.floats(), max_size=40),
    steps=st.lists(st.floats(), min_size=40, max_size=40) | st.none(),
    start=st.integers(0, 5),
    repertoire=st.sampled_from(Repertoire),
)
def test_any_size_and_any_data(
    width: int,
    height: int,
    values: list[float],
    steps: list[float] | None,
    start: int,
    repertoire: Repertoire,
) -> None:
    chart = line_chart([line(values, steps, start)], width, height, repertoire=repertoire)
    assert (chart.width, chart.height) == (max(width, 0), max(height, 0))
    assert len(chart.glyphs) == len(chart.styles) == max(height, 0)
    for glyphs, styles in zip(chart.glyphs, chart.styles, strict=True):
        assert len(glyphs) == len(styles) == max(width, 0)
        assert all(text_width(glyph) == 1 for glyph in glyphs)


def test_every_size_down_to_one_cell() -> None:
    for width in range(1, 30):
        for height in range(1, 8):
            chart = line_chart([line(FALLING)], width, height)
            assert any(glyph != " " for row in chart.glyphs for glyph in row)


def text_of(chart: Frame) -> str:
    return " ".join("\n".join(chart.lines()).split())


def test_sentences_where_there_is_nothing_to_draw() -> None:
    assert text_of(line_chart([line([])], 40, 6)) == "waiting for data"
    assert text_of(line_chart([], 40, 6, waiting="not logged yet")) == "not logged yet"
    assert text_of(line_chart([line([math.nan, math.inf])], 40, 6)) == "no finite values"
    assert text_of(line_chart([line([1.0, 2.0], start=2)], 40, 6)) == "waiting for data"
    assert text_of(line_chart([line([])], 6, 1)) == "waiti…"


def mark_of(chart: Frame) -> tuple[int, int] | None:
    places = [
        (x, y) for y, row in enumerate(chart.glyphs) for x, g in enumerate(row) if g == NEWEST
    ]
    assert len(places) <= 1
    return places[0] if places else None


def test_newest_point_is_marked_where_it_is() -> None:
    chart = line_chart([line([0.0, 1.0])], 30, 8)
    assert mark_of(chart) == (29, 0)
    chart = line_chart([line([0.0, 1.0], [0, 5])], 30, 8, Axes(x_range=(0, 10)))
    assert mark_of(chart) not in {None, (29, 0)}
    assert mark_of(line_chart([held(line([0.0, 1.0, 2.0]))], 30, 8)) is None


def test_newest_point_that_is_not_finite_is_not_marked() -> None:
    """A mark at an older point would look like the newest value."""
    assert mark_of(line_chart([line([0.0, 1.0, math.nan])], 30, 8)) is None
    assert mark_of(line_chart([line([0.0, 1.0, 2.0])], 30, 8, Axes(y_range=(0, 1)))) is None


def test_ranges_that_are_not_finite_show_no_line() -> None:
    for x_range in ((-math.inf, math.inf), (math.inf, math.inf), (math.nan, 1.0)):
        assert mark_of(line_chart([line([0.0, 1.0], [2, 2])], 30, 8, Axes(x_range=x_range))) is None


def test_several_lines_share_their_axes_and_keep_their_colours() -> None:
    falling = line(FALLING)
    lines = [
        Line(falling.steps, falling.series, EVERY_ROW, LINE_COLORS[0]),
        Line(array("d", range(201)), line([5.0] * 201).series, EVERY_ROW, LINE_COLORS[1]),
    ]
    chart = line_chart(lines, 60, 10)
    shown = {style.foreground for row in chart.styles for style in row}
    assert {LINE_COLORS[0], LINE_COLORS[1]} <= shown
    assert "5.0" in text_of(chart)
    assert "200" in text_of(chart)
    assert sum(glyph == NEWEST for row in chart.glyphs for glyph in row) == 2


def test_spike_of_one_step_reaches_the_top() -> None:
    values = [1.0] * 10_000
    values[6_000] = 50.0
    plots: list[Plot] = []
    chart = line_chart([line(values)], 50, 8, prepared=plots.append)
    row = plots[0].dot_row(50.0, DOT_GRIDS[Repertoire.BRAILLE])
    assert row is not None
    assert any("⠀" < glyph <= "⣿" for glyph in chart.glyphs[row // 4])


def test_losses_near_zero_have_labels_of_their_own() -> None:
    chart = text_of(line_chart([line([1e-5, 1.1e-5, 1.2e-5])], 50, 8))
    assert "1.0e-5" in chart
    assert "1.2e-5" in chart


@pytest.mark.parametrize("value", [0.0, 3.5, -1e308, 1.79e308, 5e-324, 1e-300])
def test_constant_and_single_values(value: float) -> None:
    for count in (1, 5):
        chart = line_chart([line([value] * count)], 40, 8)
        assert mark_of(chart) is not None


def test_a_spike_is_marked_at_the_edge_and_told_of() -> None:
    plots: list[Plot] = []
    chart = line_chart([line(spiked())], 60, 12, prepared=plots.append)
    ((low, high),) = (plot.y_range for plot in plots)
    assert -2 <= low < high <= 6
    top, bottom = chart.glyphs[0], chart.glyphs[9]
    assert (top.count(BEYOND_ABOVE), bottom.count(BEYOND_BELOW)) == (1, 1)
    assert [note.text[1:] for note in plots[0].notes] == [
        f" 1 beyond {high:.4g}, highest 900 @500",
        f" 1 beyond {low:.4g}, lowest -80 @700",
    ]


def test_equal_ratios_are_equal_distances_on_a_logarithmic_axis() -> None:
    chart = line_chart([log_line([1000 / 10 ** (step / 20) for step in range(101)])], 40, 14)
    rows = chart.lines()[:-2]
    labels = [text.partition("┤")[0].strip() for text in rows if "┤" in text]
    assert labels == ["1k", "100", "10", "1", "0.1", "0.01"]
    first = [next(x for x, glyph in enumerate(row[7:]) if glyph != " ") for row in rows]
    steps = [later - earlier for earlier, later in pairwise(first)]
    assert max(steps) - min(steps) <= 1, "the line is straight"


def test_values_without_a_logarithm_are_counted_and_leave_a_gap() -> None:
    plots: list[Plot] = []
    values = [1.0, 10.0, 0.0, -3.0, math.nan, 100.0]
    chart = line_chart([log_line(values)], 40, 10, prepared=plots.append)
    assert [note.text[1:] for note in plots[0].notes[:1]] == [" 1 NaN"]
    assert [note.text for note in plots[0].notes[1:]] == ["2 values of 0 or less not drawn"]
    assert plots[0].logarithmic
    grid = DOT_GRIDS[Repertoire.BRAILLE]
    assert plots[0].dot_row(100.0, grid) == 0
    assert plots[0].dot_row(0.0, grid) is None
    assert len(chart.lines()) == 10
    nothing = line_chart([log_line([0.0, -1.0])], 40, 10)
    assert "no values above 0" in "".join(nothing.lines())


def test_a_spike_beyond_a_logarithmic_axis_is_told_as_it_was_logged() -> None:
    values = [2.0 + math.sin(step) for step in range(4000)]
    values[500] = 1e30
    plots: list[Plot] = []
    line_chart([log_line(values)], 60, 12, prepared=plots.append)
    assert len(plots[0].notes) == 1
    assert plots[0].notes[0].text[1:].startswith(" 1 beyond ")
    assert plots[0].notes[0].text.endswith("highest 1e30 @500")


@pytest.mark.parametrize("limits", list(Limits))
@pytest.mark.parametrize("values", [[], [math.nan], [0.0], [1.0], [1e-300, 1e300], [5e-324] * 9])
def test_any_values_make_a_whole_logarithmic_frame(values: list[float], limits: Limits) -> None:
    for width, height in ((1, 1), (8, 3), (40, 10)):
        chart = line_chart([log_line(values)], width, height, Axes(limits=limits))
        assert [len(row) for row in chart.glyphs] == [width] * height


def test_the_place_of_a_spike_is_written_as_its_axis_has_it() -> None:
    plots: list[Plot] = []
    line_chart([line(spiked())], 60, 12, Axes(x_text=lambda x: f"{x:g} s"), prepared=plots.append)
    assert [note.text.rpartition("@")[2] for note in plots[0].notes] == ["500 s", "700 s"]
