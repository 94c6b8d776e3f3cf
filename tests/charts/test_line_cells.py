"""The cells of lines: their dots, the bands behind them, and their colours."""

from __future__ import annotations

import pytest

from tests.charts.conftest import FALLING, NOISY, held, line, smooth_line
from trackio_view.charts.line import Line
from trackio_view.charts.line_chart import line_chart
from trackio_view.charts.palette import LINE_COLORS, LOW_IS_GOOD, gradient_for
from trackio_view.charts.plot import Axes
from trackio_view.charts.raster import DOT_GRIDS
from trackio_view.series.window import EVERY_ROW
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.look import Look, resolved
from trackio_view.terminal.text import is_plain

PICTURES: dict[Repertoire, list[str]] = {
    Repertoire.BRAILLE: [
        " 4.2 ┤⠑⢄",
        "     │  ⠙⠢⣀",
        " 4.0 ┤    ⠈⠙⠒⠤⢄⣀",
        " 3.8 ┤          ⠉⠉⠒⠒⠒⠲⠤⠤⠤⠤⠤⠤⠤⣄⣀⣀⣀⣀⣀⣀⣀⣀⣀●",
        "     └┬────────────────┬───────────────┬",
        "      0               50             100",
    ],
    Repertoire.BLOCKS: [
        " 4.2 ┤▀▄",
        "     │  ▀█▄",
        " 4.0 ┤     ▀▀█▄▄▄",
        " 3.8 ┤          ▀▀▀▀▀▀▀█▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄●",
        "     └┬────────────────┬───────────────┬",
        "      0               50             100",
    ],
    Repertoire.ASCII: [
        " 4.2 +'.",
        "     |  ':.",
        " 4.0 +     '':...",
        " 3.8 +          ''''''':...............o",
        "     ++----------------+---------------+",
        "      0               50             100",
    ],
}


def test_braille_picture() -> None:
    assert line_chart([line(FALLING)], 40, 6).lines() == PICTURES[Repertoire.BRAILLE]


def test_block_picture() -> None:
    chart = line_chart([line(FALLING)], 40, 6, repertoire=Repertoire.BLOCKS)
    assert chart.lines() == PICTURES[Repertoire.BLOCKS]


def test_ascii_picture() -> None:
    chart = line_chart([line(FALLING)], 40, 6, repertoire=Repertoire.ASCII)
    chart = resolved(chart, Look(repertoire=Repertoire.ASCII))
    assert chart.lines() == PICTURES[Repertoire.ASCII]
    assert all(is_plain(text) for text in chart.lines())


def colored(values: list[float], number: int) -> Line:
    return line(values)._replace(color=LINE_COLORS[number])


def test_lines_that_run_on_one_another_are_all_seen() -> None:
    chart = line_chart([colored([1.0] * 40, number) for number in range(3)], 40, 6)
    colors = {
        style.foreground
        for y, styles in enumerate(chart.styles)
        for x, style in enumerate(styles)
        if _is_dots(chart, x, y)
    }
    assert colors == set(LINE_COLORS[:3])


def test_lines_that_cross_keep_all_their_dots() -> None:
    rising, falling = [float(step) for step in range(40)], [39.0 - step for step in range(40)]
    crossed = line_chart([held(colored(rising, 0)), held(colored(falling, 1))], 40, 8)
    alone = [line_chart([held(one)], 40, 8) for one in (line(rising), line(falling))]
    for y, row in enumerate(crossed.glyphs):
        for x, glyph in enumerate(row):
            dots = [ord(frame.glyphs[y][x]) & 0xFF for frame in alone if _is_dots(frame, x, y)]
            if dots:
                assert ord(glyph) & 0xFF == dots[0] | dots[-1]


def _is_dots(frame: Frame, x: int, y: int) -> bool:
    return 0x2800 < ord(frame.glyphs[y][x]) < 0x2900


def test_colour_follows_the_value() -> None:
    chart = line_chart([line([0.0, 1.0])], 30, 8)
    colors = [
        style.foreground
        for y, row in enumerate(chart.glyphs)
        for glyph, style in zip(row, chart.styles[y], strict=True)
        if "⠀" <= glyph <= "⣿"
    ]
    assert LOW_IS_GOOD.color(1) in colors
    assert colors[-1] == LOW_IS_GOOD.color(0)


def test_names_of_gradients_reach_the_chart() -> None:
    series = line(FALLING)
    accuracy = Line(series.steps, series.series, EVERY_ROW, gradient_for("accuracy"))
    chart = line_chart([accuracy], 30, 6)
    assert gradient_for("accuracy").color(1) in {s.foreground for row in chart.styles for s in row}


@pytest.mark.parametrize("repertoire", Repertoire)
def test_where_many_points_share_a_column_a_median_lies_on_a_dotted_band(
    repertoire: Repertoire,
) -> None:
    chart = line_chart([held(line(NOISY))], 40, 9, repertoire=repertoire)
    left = chart.lines()[0].index("┤") + 1
    dim = {chart.glyphs[y][x] for y in range(7) for x in range(left, 40) if chart.styles[y][x].dim}
    solid = {
        chart.glyphs[y][x]
        for y in range(7)
        for x in range(left, 40)
        if not chart.styles[y][x].dim and chart.glyphs[y][x] != " "
    }
    if repertoire is Repertoire.BRAILLE:
        dots = [ord(glyph) & 0xFF for glyph in dim]
        assert max(bits.bit_count() for bits in dots) <= 6, "a band is no block"
        assert chr(0x2800 | DOT_GRIDS[repertoire].dotted) in dim
    else:
        assert (dim, solid <= set("▀▄█*")) == (
            {"░"} if repertoire is Repertoire.BLOCKS else {":"},
            True,
        )
    for x in range(left, 40):
        assert any(not chart.styles[y][x].dim and chart.glyphs[y][x] != " " for y in range(1, 6)), (
            "the median has no gap"
        )


def test_a_band_is_dim_and_its_median_is_not() -> None:
    chart = line_chart([held(line(NOISY))], 40, 9)
    dim = {chart.styles[y][20].dim for y in (0, 1, 5, 6)}
    assert dim == {True}
    assert any(not chart.styles[y][20].dim for y in range(2, 5))


def test_a_band_reaches_from_the_lowest_to_the_highest_value() -> None:
    spiked = [1.0 + 0.001 * (step % 7) for step in range(1000)]
    spiked[500] = 9.0
    chart = line_chart([line(spiked)], 60, 10, Axes(y_range=(0.0, 10.0)))
    dim = {x for styles in chart.styles for x, style in enumerate(styles) if style.dim}
    assert len(dim) == 1, "a spike of one step is there, in its column alone"
    assert all(chart.styles[y][x].dim for x in dim for y in range(1, 7))


def test_many_points_on_a_smooth_line_are_a_line() -> None:
    chart = line_chart([line(FALLING)], 20, 6)
    assert not any(style.dim for styles in chart.styles for style in styles)


@pytest.mark.parametrize("repertoire", list(Repertoire))
def test_a_smoothed_line_has_the_logged_values_behind_it_dimly(repertoire: Repertoire) -> None:
    values = [1.0 if step % 4 else 9.0 for step in range(40)]
    made = smooth_line(values, [5.0] * 40)
    chart = line_chart([held(made)], 44, 10, repertoire=repertoire)
    solid, dim = _rows(chart, dim=False), _rows(chart, dim=True)
    assert len(solid) == 1, "the line is level"
    assert {min(dim) < y < max(dim) for y in solid} == {True}, "what was logged is on either side"


def _rows(chart: Frame, *, dim: bool) -> set[int]:
    """Return the drawn rows right of the y axis; only cells in a colour of the line count."""
    left = min(row.index("┤") for row in chart.glyphs if "┤" in row) + 1
    return {
        y
        for y, styles in enumerate(chart.styles[:-2])
        for x, style in enumerate(styles)
        if x >= left and chart.glyphs[y][x] != " " and style.dim is dim
    }


def test_lines_that_run_on_one_another_take_turns_of_two_cells() -> None:
    lines = [held(colored([1.0] * 40, number)) for number in range(2)]
    chart = line_chart(lines, 40, 6)
    (row,) = {y for y in range(6) for x in range(40) if _is_dots(chart, x, y)}
    left = min(x for x in range(40) if _is_dots(chart, x, row))
    colors = [chart.styles[row][x].foreground for x in range(left, 40)]
    assert colors == [LINE_COLORS[x // 2 % 2] for x in range(40 - left)]
