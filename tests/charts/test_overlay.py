"""Many lines in one plot: every dot is there, and the line in front has the cell."""

from __future__ import annotations

import math
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackio_view.charts.compared_lines import ComparedLine, comparison_chart, marker_of
from trackio_view.charts.line import StepMark
from trackio_view.charts.overlay import paint_groups, paint_lines
from trackio_view.charts.palette import LINE_COLORS, LINE_MARKERS, WARNING
from trackio_view.charts.raster import Markers
from trackio_view.series import curves as curves_module
from trackio_view.series.curves import Curve, columns_of, value_range
from trackio_view.series.envelope import envelope
from trackio_view.series.series import MetricColumn, Series
from trackio_view.series.window import EVERY_ROW, Window
from trackio_view.view.marks import Appearance

NUMBERS = st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1e308])
VALUES = st.lists(NUMBERS, max_size=60)


def curve(values, steps=None, rows=None, start=0) -> Curve:
    rows = array("I", range(len(values)) if rows is None else rows)
    series = Series()
    series.append(MetricColumn(rows, array("d", values)), rows)
    count = rows[-1] + 1 if len(rows) else 0
    own = array("d", range(count) if steps is None else steps)
    return Curve(own, series, EVERY_ROW.from_row(start))


def dots_of(painting, width, height) -> int:
    return sum(bin(cell).count("1") for row in painting.bits for cell in row)


@settings(deadline=None)
@given(
    VALUES,
    st.lists(st.integers(-5, 70), min_size=60, max_size=60),
    st.integers(1, 50),
    st.just(EVERY_ROW) | st.builds(Window, st.integers(0, 60), st.integers(0, 60)),
)
def test_columns_are_those_of_the_exact_envelope(values, steps, count, window) -> None:
    drawn = curve(values, sorted(steps))._replace(window=window)
    finite = [value for value in values[window.first : window.end] if math.isfinite(value)]
    assert value_range([drawn]) == ((min(finite), max(finite)) if finite else None)
    found = columns_of([drawn], count, 0.0, 64.0)
    exact = envelope(drawn.steps, drawn.series, window, count, 0.0, 64.0)
    expected = [extent for segment in exact.segments for extent in segment]
    assert list(found.column) == [extent.column for extent in expected]
    for name in ("first", "low", "high", "last"):
        assert list(getattr(found, name)) == [getattr(extent, name) for extent in expected]
    begins = [number for number, joined in enumerate(found.joined) if not joined]
    lengths = [len(segment) for segment in exact.segments]
    assert begins == [sum(lengths[:number]) for number in range(len(lengths))]


@settings(deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=5), st.integers(1, 30), st.integers(1, 10))
def test_together_curves_set_the_dots_that_each_sets_alone(curves, width, height) -> None:
    drawn = [curve(values) for values in curves]
    bounds = value_range(drawn)
    if bounds is None:
        return
    place = (width, height, Markers.BRAILLE, bounds)
    columns = columns_of(drawn, width * 2, 0.0, 60.0)
    together = paint_lines(columns, len(drawn), *place)
    alone = [paint_lines(columns_of([one], width * 2, 0.0, 60.0), 1, *place) for one in drawn]
    for y in range(height):
        for x in range(width):
            bits = 0
            front = -1
            for number, painting in enumerate(alone):
                bits |= painting.bits[y][x]
                front = number if painting.bits[y][x] else front
            assert together.bits[y][x] == bits
            assert together.owners[y][x] == front


@settings(deadline=None)
@given(st.lists(st.floats(-100, 100), min_size=2, max_size=60))
def test_a_line_of_finite_values_is_unbroken(values) -> None:
    drawn = curve(values)
    bounds = (-100.0, 100.0)
    columns = columns_of([drawn], 60, 0.0, len(values) - 1.0)
    painting = paint_lines(columns, 1, 30, 8, Markers.BRAILLE, bounds)
    occupied = [any(painting.bits[y][x] for y in range(8)) for x in range(30)]
    assert all(occupied)
    for x in range(29):
        here = {y for y in range(8) if painting.bits[y][x]}
        there = {y for y in range(8) if painting.bits[y][x + 1]}
        assert any(abs(one - other) <= 1 for one in here for other in there)


def test_long_curves_come_from_their_overview_and_look_the_same(monkeypatch) -> None:
    values = [math.sin(step / 90) + 0.1 * math.sin(step * 2.1) for step in range(3000)]
    short = [curve(values), curve(values[::-1])]
    whole = columns_of(short, 80, 0.0, 2999.0)
    monkeypatch.setattr(curves_module, "LONG_SERIES", 100)
    reduced = columns_of([curve(values), curve(values[::-1])], 80, 0.0, 2999.0)
    for name in ("curve", "joined", "column", "first", "low", "high", "last"):
        assert list(getattr(whole, name)) == list(getattr(reduced, name))


def test_curves_of_other_lengths_steps_and_holes() -> None:
    sparse = curve([1.0, 2.0], steps=range(1000), rows=[10, 900])
    short = curve([5.0, 5.0, 5.0])
    empty = curve([])
    windowed = curve([9.0, 1.0, 1.0], start=1)
    found = columns_of([sparse, short, empty, windowed], 100, 0.0, 999.0)
    assert set(found.curve) == {0, 1, 3}
    assert value_range([sparse, short, empty, windowed]) == (1.0, 5.0)


def test_a_line_that_goes_back_breaks_and_both_parts_are_drawn() -> None:
    resumed = curve([1.0, 2.0, 3.0, 1.5, 2.5], steps=[0, 50, 99, 20, 60])
    found = columns_of([resumed], 100, 0.0, 99.0)
    assert [bool(joined) for joined in found.joined] == [False, True, True, False, True]


def test_mean_and_deviation_of_a_group() -> None:
    low, high = curve([1.0] * 50), curve([3.0] * 50)
    columns = columns_of([low, high], 40, 0.0, 49.0, means=True)
    lines, band = paint_groups(columns, [0, 0], 1, 20, 9, Markers.BRAILLE, (0.0, 4.0))
    middle = [y for y in range(9) if any(lines.bits[y])]
    assert middle == [4]
    spread = [y for y in range(9) if any(band.bits[y])]
    assert (min(spread), max(spread)) == (2, 6)
    # A single member has no spread: its band is its line.
    lines, band = paint_groups(columns, [0, 1], 2, 20, 9, Markers.BRAILLE, (0.0, 4.0))
    assert [y for y in range(9) if any(lines.bits[y])] == [2, 6]


def compared(values, color=0, marker=0, group=0) -> ComparedLine:
    return ComparedLine(curve(values), Appearance(color, marker), group)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (8, 3), (40, 10), (120, 40)])
@pytest.mark.parametrize("markers", list(Markers))
@pytest.mark.parametrize("values", [[], [math.nan], [1.0], [1.0, math.inf], [2.0] * 5000])
def test_any_size_and_any_values_make_a_whole_frame(width, height, markers, values) -> None:
    for looks in ((), (Appearance(1, 1),)):
        lines = [compared(values), compared([1.0, 2.0], 1, 1)]
        frame = comparison_chart(
            lines, width, height, markers=markers, x_range=(0, 10), group_looks=looks
        )
        assert [len(row) for row in frame.glyphs] == [width] * height


def test_each_line_has_its_colour_and_its_marker() -> None:
    lines = [compared([float(at)] * 100, at, at) for at in range(4)]
    frame = comparison_chart(lines, 60, 16, x_range=(0, 99))
    for line in lines:
        glyph, color = marker_of(line.look), LINE_COLORS[line.look.color]
        places = [
            (x, y)
            for y, row in enumerate(frame.glyphs)
            for x, shown in enumerate(row)
            if shown == glyph
        ]
        assert len(places) > 2
        assert {frame.styles[y][x].foreground for x, y in places} == {color}


def test_of_many_lines_only_the_newest_points_are_marked() -> None:
    lines = [compared([float(at)] * 100, at % 8, at % 8) for at in range(12)]
    frame = comparison_chart(lines, 60, 30, x_range=(0, 99))
    marked = [x for row in frame.glyphs for x, shown in enumerate(row) if shown in LINE_MARKERS]
    assert set(marked) == {59}


def test_alerts_are_marked_at_their_step() -> None:
    marks = [StepMark(50.0, WARNING), StepMark(1e9, WARNING)]
    frame = comparison_chart(
        [compared([1.0, 2.0, 3.0] * 34)], 60, 12, x_range=(0, 101), step_marks=marks
    )
    at = [(x, y) for y, row in enumerate(frame.glyphs) for x, g in enumerate(row) if g == "▲"]
    assert len(at) == 1
    assert frame.styles[at[0][1]][at[0][0]] == WARNING


@settings(deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=4), st.integers(1, 2))
def test_groups_of_any_values_are_drawn(curves, group_count) -> None:
    lines = [
        ComparedLine(curve(values), Appearance(0, 0), number % group_count)
        for number, values in enumerate(curves)
    ]
    looks = [Appearance(group, group) for group in range(group_count)]
    frame = comparison_chart(lines, 30, 8, x_range=(0.0, 60.0), group_looks=looks)
    assert [len(row) for row in frame.glyphs] == [30] * 8


def colors_of(frame, glyphs_but=LINE_MARKERS):
    shown = zip(frame.glyphs, frame.styles, strict=True)
    return {
        style.foreground
        for row, styles in shown
        for glyph, style in zip(row, styles, strict=True)
        if glyph not in glyphs_but and "\u2801" <= glyph <= "\u28ff"
    }


def test_lines_that_run_together_take_turns_behind_the_one_that_is_pinned() -> None:
    lines = [compared([1.0, 2.0] * 50, at, at) for at in range(4)]
    wanted = {LINE_COLORS[at] for at in range(4)}
    assert colors_of(comparison_chart(lines, 60, 16, x_range=(0, 99))) == wanted
    pinned = comparison_chart(lines, 60, 16, x_range=(0, 99), pinned=True)
    assert colors_of(pinned) == {LINE_COLORS[3]}
    apart = [compared([float(at)] * 100, at, at) for at in range(3)]
    frame = comparison_chart([*apart, compared([2.0] * 100, 3, 3)], 60, 16, x_range=(0, 99))
    assert colors_of(frame) == wanted


def test_many_lines_that_run_together_have_the_colour_of_the_last() -> None:
    lines = [compared([1.0, 2.0] * 50, at % 8, at % 7) for at in range(9)]
    assert colors_of(comparison_chart(lines, 60, 16, x_range=(0, 99))) == {LINE_COLORS[0]}


@settings(deadline=None)
@given(st.lists(VALUES, min_size=2, max_size=5), st.integers(1, 30), st.integers(1, 10))
def test_a_cell_has_the_colour_of_a_line_that_is_in_it(curves, width, height) -> None:
    drawn = [curve(values) for values in curves]
    bounds = value_range(drawn)
    if bounds is None:
        return
    place = (width, height, Markers.BRAILLE, bounds)
    columns = columns_of(drawn, width * 2, 0.0, 60.0)
    mixed = paint_lines(columns, len(drawn), *place, behind=len(drawn))
    alone = [paint_lines(columns_of([one], width * 2, 0.0, 60.0), 1, *place) for one in drawn]
    assert mixed.bits == paint_lines(columns, len(drawn), *place).bits
    for y in range(height):
        for x in range(width):
            inside = [number for number, one in enumerate(alone) if one.bits[y][x]]
            assert mixed.owners[y][x] in inside if inside else mixed.owners[y][x] == -1


def test_a_steep_line_has_one_marker_a_column() -> None:
    frame = comparison_chart([compared([0.0, 100.0] * 60, 0, 2)], 60, 20, x_range=(0, 119))
    marked = [x for row in frame.glyphs for x, shown in enumerate(row) if shown in LINE_MARKERS]
    assert len(marked) == len(set(marked)) > 3
