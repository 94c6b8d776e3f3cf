"""The dots cover exactly the extents of the envelope, joined into a line."""

from __future__ import annotations

import statistics
import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.charts.raster import DOT_GRIDS, DotCanvas
from trackio_view.series.extents import Extent
from trackio_view.series.scale import Scale
from trackio_view.terminal.glyphs import Repertoire


def dots(canvas: DotCanvas, repertoire: Repertoire) -> set[tuple[int, int]]:
    """Return column and row of each dot that is set, found by looking at each bit."""
    grid = DOT_GRIDS[repertoire]
    return {
        (x * grid.columns + column, y * grid.rows + row)
        for y, cells in enumerate(canvas.cells())
        for x, bits in enumerate(cells)
        for column in range(grid.columns)
        for row in range(grid.rows)
        if bits & grid.bits[column][row]
    }


def rows_of(canvas: DotCanvas, repertoire: Repertoire) -> list[str]:
    glyphs = DOT_GRIDS[repertoire].glyphs
    return ["".join(glyphs[bits] for bits in cells) for cells in canvas.cells()]


def extent(column: int, *values: float) -> Extent:
    middle, count = statistics.median(values), len(values)
    return Extent(column, values[0], min(values), max(values), values[-1], middle, count)


def test_braille_bits_are_those_of_unicode() -> None:
    canvas = DotCanvas(1, 1, Repertoire.BRAILLE)
    canvas.draw([[extent(0, 0.0)], [extent(1, 3.0)]], Scale.of_rows(0, 3, 4))
    assert rows_of(canvas, Repertoire.BRAILLE) == ["⡈"]


@pytest.mark.parametrize(
    ("repertoire", "picture"),
    [
        (Repertoire.BRAILLE, ["⡠⠊", "  "]),
        (Repertoire.BLOCKS, ["▄▀", "  "]),
        (Repertoire.ASCII, [".'", "  "]),
    ],
)
def test_glyphs(repertoire: Repertoire, picture: list[str]) -> None:
    canvas = DotCanvas(2, 2, repertoire)
    grid = DOT_GRIDS[repertoire]
    segment = [extent(column, float(column)) for column in range(canvas.dot_columns)]
    top, rows = canvas.dot_columns - 1.0, 2 * grid.rows
    canvas.draw([segment], Scale.of_rows(top - rows + 1, top, rows))
    assert rows_of(canvas, repertoire) == picture


@st.composite
def segments(draw: st.DrawFn) -> list[list[Extent]]:
    columns = sorted(draw(st.sets(st.integers(0, 39), min_size=1, max_size=30)))
    value = st.floats(0, 100)
    points = [extent(column, *draw(st.lists(value, min_size=1, max_size=4))) for column in columns]
    cut = draw(st.integers(0, len(points)))
    return [part for part in (points[:cut], points[cut:]) if part]


@given(drawn=segments(), repertoire=st.sampled_from(Repertoire))
def test_every_extent_is_filled_from_low_to_high(
    drawn: list[list[Extent]], repertoire: Repertoire
) -> None:
    grid = DOT_GRIDS[repertoire]
    canvas = DotCanvas(40 // grid.columns, 5, repertoire)
    scale = Scale.of_rows(0, 100, canvas.dot_rows)
    canvas.draw(drawn, scale)
    found = dots(canvas, repertoire)
    rows_by_column = [{row for column, row in found if column == wanted} for wanted in range(40)]
    for segment in drawn:
        for column, _, low, high, *_ in segment:
            wanted = range(scale.nearest(high), scale.nearest(low) + 1)
            assert rows_by_column[column] >= set(wanted)
        inside = range(segment[0].column, segment[-1].column + 1)
        assert all(rows_by_column[column] for column in inside), "no hole within a segment"
        for column in inside[1:]:
            before, here = rows_by_column[column - 1], rows_by_column[column]
            assert min(abs(a - b) for a in before for b in here) <= 1, "neighbours touch"
    passed = {
        column for segment in drawn for column in range(segment[0].column, segment[-1].column + 1)
    }
    assert {column for column, _ in found} == passed
    for segment in drawn:
        lows = [scale.nearest(e.low) for e in segment]
        highs = [scale.nearest(e.high) for e in segment]
        for column in range(segment[0].column, segment[-1].column + 1):
            assert min(rows_by_column[column]) >= min(highs)
            assert max(rows_by_column[column]) <= max(lows)


@given(drawn=segments(), repertoire=st.sampled_from(Repertoire))
def test_a_band_is_every_other_dot_from_low_to_high(
    drawn: list[list[Extent]], repertoire: Repertoire
) -> None:
    grid = DOT_GRIDS[repertoire]
    canvas = DotCanvas(40 // grid.columns, 5, repertoire)
    scale = Scale.of_rows(0, 100, canvas.dot_rows)
    canvas.draw_band(drawn, scale)
    expected = set()
    for extent in (extent for segment in drawn for extent in segment if extent.points > 1):
        top, bottom = scale.nearest(extent.high), scale.nearest(extent.low)
        for row in range(top, bottom + 1):
            if (extent.column % grid.columns + row % grid.rows) % 2 == 0:
                expected.add((extent.column, row))
    assert dots(canvas, repertoire) == expected


@given(drawn=segments(), repertoire=st.sampled_from(Repertoire))
def test_a_line_through_medians_is_one_through_single_points(
    drawn: list[list[Extent]], repertoire: Repertoire
) -> None:
    width = 40 // DOT_GRIDS[repertoire].columns
    canvas, expected = DotCanvas(width, 5, repertoire), DotCanvas(width, 5, repertoire)
    scale = Scale.of_rows(0, 100, canvas.dot_rows)
    canvas.draw(drawn, scale, medians=True)
    expected.draw([[extent(one.column, one.median) for one in part] for part in drawn], scale)
    assert canvas.cells() == expected.cells()


def test_gap_stays_open() -> None:
    canvas = DotCanvas(4, 1, Repertoire.BRAILLE)
    canvas.draw([[extent(0, 1.0), extent(1, 1.0)], [extent(6, 1.0)]], Scale.of_rows(0, 1, 4))
    assert {column for column, _ in dots(canvas, Repertoire.BRAILLE)} == {0, 1, 6}


def test_values_beyond_the_scale_are_clipped() -> None:
    canvas = DotCanvas(2, 2, Repertoire.BRAILLE)
    canvas.draw(
        [[extent(0, -1e308), extent(1, 1e308), extent(2, 0.5), extent(3, 5.0)]],
        Scale.of_rows(0, 1, 8),
    )
    found = dots(canvas, Repertoire.BRAILLE)
    assert all(0 <= row < 8 for _, row in found)
    assert (2, 4) in found
    assert (3, 0) not in found, "5.0 lies above: the line leaves towards it, but is not there"


def lines_run_for_a_band(height: int) -> int:
    """Return how many lines of Python draw a band that fills a canvas so high."""
    canvas = DotCanvas(4, height, Repertoire.BRAILLE)
    segment = [extent(column, 0.0, 1.0) for column in range(canvas.dot_columns)]
    run = 0

    def count(frame: FrameType, event: str, _: object) -> Any:
        nonlocal run
        run += event == "line"
        return count

    traced_before = sys.gettrace()
    sys.settrace(count)
    try:
        canvas.draw_band([segment], Scale.of_rows(0, 1, canvas.dot_rows))
    finally:
        sys.settrace(traced_before)
    assert all(all(cells) for cells in canvas.cells())
    return run


def test_a_band_costs_as_much_however_high_it_is() -> None:
    assert lines_run_for_a_band(50) == lines_run_for_a_band(5)
