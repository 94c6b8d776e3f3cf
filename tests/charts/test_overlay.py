"""Many lines in one plot: which dots a cell has, and whose colour."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.small_curves import VALUES, curve
from trackio_view.charts.overlay import Painting, paint_groups, paint_lines
from trackio_view.charts.raster import DOT_GRIDS
from trackio_view.series.curves import columns_of, value_range
from trackio_view.terminal.glyphs import Repertoire


def dots_of(painting: Painting, width: int, height: int) -> list[set[int]]:
    """Return which rows of dots are set in each column of dots."""
    grid = DOT_GRIDS[Repertoire.BRAILLE]
    return [
        {
            y * grid.rows + row
            for y in range(height)
            for row in range(grid.rows)
            if painting.bits[y][x] & grid.bits[column][row]
        }
        for x in range(width)
        for column in range(grid.columns)
    ]


@settings(deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=5), st.integers(1, 30), st.integers(1, 10))
def test_curves_drawn_together_set_the_dots_of_each_alone(curves, width, height) -> None:
    drawn = [curve(values) for values in curves]
    bounds = value_range(drawn)
    if bounds is None:
        return
    place = (width, height, Repertoire.BRAILLE, bounds)
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
@given(st.lists(VALUES, min_size=1, max_size=10), st.data(), st.integers(1, 30), st.integers(1, 10))
def test_curves_in_front_have_their_cells_to_themselves(curves, data, width, height) -> None:
    drawn = [curve(values) for values in curves]
    behind = data.draw(st.integers(1, len(drawn)))
    bounds = value_range(drawn)
    if bounds is None:
        return
    place = (width, height, Repertoire.BRAILLE, bounds)
    columns = columns_of(drawn, width * 2, 0.0, 60.0)
    together = paint_lines(columns, len(drawn), *place, behind=behind)
    alone = [paint_lines(columns_of([one], width * 2, 0.0, 60.0), 1, *place) for one in drawn]
    for y in range(height):
        for x in range(width):
            here = [number for number, painting in enumerate(alone) if painting.bits[y][x]]
            if here and here[-1] >= behind:
                assert together.owners[y][x] == here[-1]
                assert together.bits[y][x] == alone[here[-1]].bits[y][x]
            elif here:
                union = 0
                for number in here:
                    union |= alone[number].bits[y][x]
                assert together.owners[y][x] in here
                assert together.bits[y][x] == union


@settings(deadline=None)
@given(st.lists(st.floats(-100, 100), min_size=2, max_size=60))
def test_a_line_of_finite_values_is_unbroken(values) -> None:
    drawn = curve(values)
    bounds = (-100.0, 100.0)
    columns = columns_of([drawn], 60, 0.0, len(values) - 1.0)
    painting = paint_lines(columns, 1, 30, 8, Repertoire.BRAILLE, bounds)
    dots = dots_of(painting, 30, 8)
    assert all(column == set(range(min(column), max(column) + 1)) for column in dots)
    for here, there in pairwise(dots):
        assert min(here) <= max(there) + 1
        assert min(there) <= max(here) + 1


@settings(deadline=None)
@given(st.lists(st.floats(-3, 3), min_size=1, max_size=60), st.integers(1, 10))
def test_a_line_can_be_pointed_at_only_where_it_is_drawn(values: list[float], height: int) -> None:
    columns = columns_of([curve(values)], 60, 0.0, 60.0)
    painting = paint_lines(columns, 1, 30, height, Repertoire.BRAILLE, (-1.0, 1.0))
    assert all(painting.bits[y][x] for (spots,) in [painting.spots] for x, y in spots)


def test_mean_and_deviation_of_a_group() -> None:
    low, high = curve([1.0] * 50), curve([3.0] * 50)
    columns = columns_of([low, high], 40, 0.0, 49.0, means=True)
    lines, band = paint_groups(columns, [0, 0], 1, 20, 9, Repertoire.BRAILLE, (0.0, 4.0))
    middle = [y for y in range(9) if any(lines.bits[y])]
    assert middle == [4]
    spread = [y for y in range(9) if any(band.bits[y])]
    assert (min(spread), max(spread)) == (2, 6)
    # A single member has no spread: its band is its line.
    lines, band = paint_groups(columns, [0, 1], 2, 20, 9, Repertoire.BRAILLE, (0.0, 4.0))
    assert [y for y in range(9) if any(lines.bits[y])] == [2, 6]


@settings(deadline=None)
@given(st.lists(VALUES, min_size=2, max_size=5), st.integers(1, 30), st.integers(1, 10))
def test_a_cell_has_the_colour_of_a_line_that_is_in_it(curves, width, height) -> None:
    drawn = [curve(values) for values in curves]
    bounds = value_range(drawn)
    if bounds is None:
        return
    place = (width, height, Repertoire.BRAILLE, bounds)
    columns = columns_of(drawn, width * 2, 0.0, 60.0)
    mixed = paint_lines(columns, len(drawn), *place, behind=len(drawn))
    alone = [paint_lines(columns_of([one], width * 2, 0.0, 60.0), 1, *place) for one in drawn]
    assert mixed.bits == paint_lines(columns, len(drawn), *place).bits
    for y in range(height):
        for x in range(width):
            inside = [number for number, one in enumerate(alone) if one.bits[y][x]]
            assert mixed.owners[y][x] in inside if inside else mixed.owners[y][x] == -1


def test_lines_take_turns_only_where_it_is_said_how_many_lie_behind() -> None:
    drawn = [curve([1.0] * 60) for _ in range(3)]
    columns = columns_of(drawn, 60, 0.0, 60.0)
    place = (30, 5, Repertoire.BRAILLE, (0.0, 2.0))

    def owners(painting: Painting) -> set[int]:
        return {owner for row in painting.owners for owner in row} - {-1}

    assert owners(paint_lines(columns, 3, *place)) == {2}, "the last one is in front"
    assert owners(paint_lines(columns, 3, *place, behind=1)) == {2}
    in_turns = paint_lines(columns, 3, *place, behind=3)
    assert owners(in_turns) == {0, 1, 2}
    (row,) = (row for row in in_turns.owners if row[0] >= 0)
    assert list(row) == [x // 2 % 3 for x in range(30)], "two cells a turn"


def test_points_beside_the_plot_are_left_out() -> None:
    drawn = curve([1.0] * 60)
    columns = columns_of([drawn], 60, 0.0, 59.0)
    narrow = paint_lines(columns, 1, 20, 5, Repertoire.BRAILLE, (0.0, 2.0))
    whole = paint_lines(columns, 1, 30, 5, Repertoire.BRAILLE, (0.0, 2.0))
    assert [list(row) for row in narrow.bits] == [list(row)[:20] for row in whole.bits]
