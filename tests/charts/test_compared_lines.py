"""Charts of several runs are whole at any size, each line in its colour and with its marker."""

from __future__ import annotations

import math
from array import array
from itertools import chain
from operator import is_
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackio_view.charts import compared_lines
from trackio_view.charts.chart_marks import StepMark
from trackio_view.charts.compared_lines import comparison_chart
from trackio_view.charts.line import ComparedLine, Overlay
from trackio_view.charts.line_looks import LineLook, color_of, marker_of
from trackio_view.charts.palette import LINE_COLORS, WARNING
from trackio_view.charts.plot import Axes, Plot
from trackio_view.series.curves import Curve
from trackio_view.series.logarithms import Logarithms
from trackio_view.series.series import MetricColumn, Series
from trackio_view.series.window import EVERY_ROW
from trackio_view.series.y_limits import Limits
from trackio_view.terminal import look as look_module
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import (
    ALERT,
    BEYOND_ABOVE,
    ENDED,
    LINE_MARKERS,
    NONFINITE,
    Repertoire,
    shown_by,
)
from trackio_view.terminal.look import resolved
from trackio_view.terminal.style import Style

NUMBERS = st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1e308])
VALUES = st.lists(NUMBERS, max_size=60)


class Look(NamedTuple):
    color: int
    marker: int


def curve(values: list[float]) -> Curve:
    rows = array("I", range(len(values)))
    series = Series()
    series.append(MetricColumn(rows, array("d", values)), rows)
    return Curve(array("d", range(len(values))), series, EVERY_ROW)


def compared(values, color=0, marker=0, group=0) -> ComparedLine:
    return ComparedLine(curve(values), Look(color, marker), group)


def test_without_numpy_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compared_lines, "has_numpy", lambda: False)
    frame = comparison_chart(Overlay([compared([1.0, 2.0])]), 40, 10)
    assert "several lines need numpy" in "\n".join("".join(row) for row in frame.glyphs)


def test_values_that_are_no_numbers_are_marked_as_of_their_group() -> None:
    lines = [compared([1.0, math.nan, 3.0], 1, 1, group=1), compared([1.0, 2.0, 3.0], 2, 2)]
    for looks, color in (((), 1), ((Look(3, 3), Look(4, 4)), 4)):
        frame = comparison_chart(Overlay(lines, bands=looks), 40, 10, Axes(x_range=(0, 2)))
        signs = [
            style
            for glyphs, styles in zip(frame.glyphs, frame.styles, strict=True)
            for glyph, style in zip(glyphs, styles, strict=True)
            if glyph == NONFINITE
        ]
        assert {style.foreground for style in signs} == {LINE_COLORS[color]}


@pytest.mark.parametrize(("width", "height"), [(1, 1), (8, 3), (40, 10), (120, 40)])
@pytest.mark.parametrize("repertoire", list(Repertoire))
@pytest.mark.parametrize("values", [[], [math.nan], [1.0], [1.0, math.inf], [2.0] * 5000])
def test_any_size_and_any_values_make_a_whole_frame(width, height, repertoire, values) -> None:
    for looks in ((), (Look(1, 1),)):
        lines = [compared(values), compared([1.0, 2.0], 1, 1)]
        frame = comparison_chart(
            Overlay(lines, bands=looks), width, height, Axes(x_range=(0, 10)), repertoire=repertoire
        )
        assert [len(row) for row in frame.glyphs] == [width] * height


def test_each_line_has_its_colour_and_its_marker() -> None:
    lines = [compared([float(at)] * 100, at, at) for at in range(4)]
    frame = comparison_chart(Overlay(lines), 60, 16, Axes(x_range=(0, 99)))
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
    frame = comparison_chart(Overlay(lines), 60, 30, Axes(x_range=(0, 99)))
    marked = [x for row in frame.glyphs for x, shown in enumerate(row) if shown in LINE_MARKERS]
    assert set(marked) == {59}


def test_alerts_are_marked_at_their_step() -> None:
    marks = [StepMark(50.0, WARNING), StepMark(1e9, WARNING)]
    frame = comparison_chart(
        Overlay([compared([1.0, 2.0, 3.0] * 34)]), 60, 12, Axes(x_range=(0, 101)), step_marks=marks
    )
    at = [(x, y) for y, row in enumerate(frame.glyphs) for x, g in enumerate(row) if g == ALERT]
    assert len(at) == 1
    assert frame.styles[at[0][1]][at[0][0]] == WARNING


def test_only_a_run_that_ends_before_another_on_screen_has_the_mark_of_its_end() -> None:
    def marks(*lines: ComparedLine, x_range: tuple[float, float]) -> int:
        frame = comparison_chart(Overlay(lines), 60, 12, Axes(x_range=x_range))
        return sum(row.count(ENDED) for row in frame.glyphs)

    def line(
        values: list[float], color: int, steps: list[float] | None = None, end: int = 0
    ) -> ComparedLine:
        found = curve(values)
        window = found.window._replace(end=end, follows=False) if end else found.window
        at = found.steps if steps is None else array("d", steps)
        return ComparedLine(found._replace(steps=at, window=window), Look(color, 0), 0)

    short, long = line([1.0] * 50, 0), line([2.0] * 100, 1)
    assert marks(short, long, x_range=(0, 99)) > 0
    assert not marks(short._replace(goes_on=True), long, x_range=(0, 99)), "it is behind, no more"
    # Both runs go on after the held window. In the window, the other run's last step comes first.
    sevens = [7.0 * row for row in range(100)]
    held = line([2.0] * 100, 1, end=91), line([3.0] * 100, 2, sevens, end=13)
    assert not marks(*held, x_range=(0, 90))
    # A step that is no number hides no mark.
    odd = line([3.0] * 100, 2, [math.nan] * 100)
    assert marks(odd, short, long, x_range=(0, 99)) > 0


def test_a_spike_of_one_run_does_not_set_the_axis_of_means() -> None:
    spiked = [1 + math.sin(step) for step in range(500)]
    spiked[333] = 1e5
    lines = [
        compared([1.0] * 500, group=0),
        compared([2 + math.cos(step) for step in range(500)], group=1),
        compared(spiked, group=1),
    ]
    looks = [Look(0, 0), Look(5, 2)]

    def drawn(y_range: tuple[float, float] | None, limits: Limits) -> Frame:
        axes = Axes(x_range=(0, 499), y_range=y_range, limits=limits)
        return comparison_chart(Overlay(lines, bands=looks), 60, 12, axes)

    automatic = drawn(None, Limits.AUTO)
    assert "100k" not in "".join(automatic.lines())
    assert "100k" in "".join(drawn(None, Limits.EVERY).lines())
    # A value beyond the axis is marked in its group's look, also of more runs than groups.
    for frame in (automatic, drawn((0.0, 2.5), Limits.AUTO)):
        marked = [
            style.foreground
            for glyphs, styles in zip(frame.glyphs, frame.styles, strict=True)
            for glyph, style in zip(glyphs, styles, strict=True)
            if glyph == BEYOND_ABOVE
        ]
        assert set(marked) == {LINE_COLORS[5]}


@settings(deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=4), st.integers(1, 2))
def test_groups_of_any_values_are_drawn(curves, group_count) -> None:
    lines = [
        ComparedLine(curve(values), Look(0, 0), number % group_count)
        for number, values in enumerate(curves)
    ]
    looks = [Look(group, group) for group in range(group_count)]
    frame = comparison_chart(Overlay(lines, bands=looks), 30, 8, Axes(x_range=(0.0, 60.0)))
    assert [len(row) for row in frame.glyphs] == [30] * 8


def colors_of(frame, glyphs_but=LINE_MARKERS):
    shown = zip(frame.glyphs, frame.styles, strict=True)
    return {
        style.foreground
        for row, styles in shown
        for glyph, style in zip(row, styles, strict=True)
        if glyph not in glyphs_but and "\u2801" <= glyph <= "\u28ff"
    }


def test_a_line_that_is_pinned_lies_in_front_of_lines_without_a_value() -> None:
    lines = [compared([math.nan] * 10, at, at) for at in range(2)] + [compared([1.0] * 10, 2, 2)]
    frame = comparison_chart(Overlay(lines, pinned=True), 40, 10, Axes(x_range=(0, 9)))
    assert marker_of(lines[2].look) in "".join(chain.from_iterable(frame.glyphs))


def test_lines_that_run_together_take_turns_behind_the_one_that_is_pinned() -> None:
    lines = [compared([1.0, 2.0] * 50, at, at) for at in range(4)]
    wanted = {LINE_COLORS[at] for at in range(4)}
    assert colors_of(comparison_chart(Overlay(lines), 60, 16, Axes(x_range=(0, 99)))) == wanted
    pinned = comparison_chart(Overlay(lines, pinned=True), 60, 16, Axes(x_range=(0, 99)))
    assert colors_of(pinned) == {LINE_COLORS[3]}
    apart = [compared([float(at)] * 100, at, at) for at in range(3)]
    frame = comparison_chart(
        Overlay([*apart, compared([2.0] * 100, 3, 3)]), 60, 16, Axes(x_range=(0, 99))
    )
    assert colors_of(frame) == wanted


def test_many_lines_that_run_together_have_the_colour_of_the_last() -> None:
    lines = [compared([1.0, 2.0] * 50, at % 8, at % 7) for at in range(9)]
    assert colors_of(comparison_chart(Overlay(lines), 60, 16, Axes(x_range=(0, 99)))) == {
        LINE_COLORS[0]
    }


def test_a_steep_line_has_one_marker_a_column() -> None:
    frame = comparison_chart(
        Overlay([compared([0.0, 100.0] * 60, 0, 2)]), 60, 20, Axes(x_range=(0, 119))
    )
    marked = [x for row in frame.glyphs for x, shown in enumerate(row) if shown in LINE_MARKERS]
    assert len(marked) == len(set(marked)) > 3


def test_looks_are_numbers_in_the_tables_of_colours_and_markers() -> None:
    for number in range(8):
        look: LineLook = Look(number, 7 - number)
        assert color_of(look) == LINE_COLORS[number]
        assert marker_of(look) == LINE_MARKERS[7 - number]


def test_without_lines_or_finite_values_the_chart_says_so() -> None:
    def text(values: list[float], waiting: str = "no run has it") -> str:
        lines = [compared(values)]
        return "".join(
            comparison_chart(Overlay(lines), 30, 6, Axes(x_range=(0, 5)), waiting=waiting).lines()
        )

    assert "no run has it" in text([])
    assert "no finite values" in text([math.nan, math.inf])
    assert "no finite values" not in text([1.0, math.inf])


def test_where_the_lines_go_is_told_once_and_only_where_there_are_any() -> None:
    plots: list[object] = []
    comparison_chart(
        Overlay([compared([1.0, 2.0])]), 30, 6, Axes(x_range=(0, 5)), prepared=plots.append
    )
    assert len(plots) == 1
    comparison_chart(Overlay([compared([])]), 30, 6, Axes(x_range=(0, 5)), prepared=plots.append)
    assert len(plots) == 1


def test_a_mean_lies_on_its_band_in_the_look_of_its_group() -> None:
    lines = [compared([value] * 50, group=0) for value in (1.0, 3.0)]
    frame = comparison_chart(Overlay(lines, bands=[Look(5, 2)]), 50, 13, Axes(x_range=(0, 49)))
    plain = comparison_chart(Overlay(lines), 50, 13, Axes(x_range=(0, 49)))
    assert colors_of(frame) == {LINE_COLORS[5]}
    marked = [glyph for row in frame.glyphs for glyph in row if glyph in LINE_MARKERS]
    assert set(marked) == {LINE_MARKERS[2]}

    def dotted_rows(of) -> int:
        return sum(any("\u2801" <= glyph <= "\u28ff" for glyph in row) for row in of.glyphs)

    assert dotted_rows(plain) == 2
    assert dotted_rows(frame) > 6


def test_ascii_draws_in_ascii() -> None:
    lines = [compared([float(at)] * 40, at, at) for at in range(3)]
    frame = comparison_chart(
        Overlay(lines), 40, 10, Axes(x_range=(0, 39)), repertoire=Repertoire.ASCII
    )
    shown = "".join(resolved(frame, look_module.Look(repertoire=Repertoire.ASCII)).lines())
    assert shown.isascii()
    assert {shown_by(Repertoire.ASCII)[LINE_MARKERS[at]] for at in range(3)} <= set(shown)


def test_a_smoothed_front_line_has_the_band_of_its_logged_values_behind_it() -> None:
    noisy = [float(9 if step % 2 else 1) for step in range(2000)]
    lines = [compared([4.0] * 2000, 0, 0), compared([5.0] * 2000, 1, 1)]
    plain = comparison_chart(Overlay(lines), 60, 16, Axes(x_range=(0, 1999)))
    frame = comparison_chart(Overlay(lines, behind=curve(noisy)), 60, 16, Axes(x_range=(0, 1999)))
    dim = {style.foreground for row in frame.styles for style in row if style.dim}
    assert LINE_COLORS[1] in dim
    assert LINE_COLORS[0] not in dim, "the front run's alone"
    assert not any(
        style.dim and style.foreground in LINE_COLORS for row in plain.styles for style in row
    )


def test_logged_values_beyond_the_axis_are_counted_also_of_a_smoothed_line() -> None:
    spiked = [1.0 + step % 2 / 8 for step in range(2000)]
    spiked[700] = 1e5
    plots: list[Plot] = []
    lines = [compared([1.0] * 2000), compared([1.06] * 2000, 1, 1)]
    frame = comparison_chart(
        Overlay(lines, behind=curve(spiked)), 60, 16, Axes(x_range=(0, 1999)), prepared=plots.append
    )
    assert plots[0].y_range[1] < 10
    assert [note.text[1:9] for note in plots[0].notes] == [" 1 beyon"]
    assert BEYOND_ABOVE in frame.glyphs[0]


def test_the_furthest_of_what_is_beyond_either_end_is_that_of_all_lines() -> None:
    spikes = {0: (50.0, -30.0), 1: (80.0, -90.0), 2: (60.0, -40.0)}
    lines = []
    for number, (high, low) in spikes.items():
        values = [1.0 + step % 2 / 8 for step in range(200)]
        values[50 + number], values[90 + number] = high, low
        lines.append(compared(values, number, number))
    for turned in (lines, lines[::-1]):
        plots: list[Plot] = []
        axes = Axes(x_range=(0, 199), y_range=(0.0, 2.0))
        comparison_chart(Overlay(turned), 160, 16, axes, prepared=plots.append)
        assert [note.text[1:].strip() for note in plots[0].notes] == [
            "3 beyond 2, highest 80 @51",
            "3 beyond 0, lowest -90 @91",
        ]


def test_a_logarithmic_axis_tells_what_it_cannot_show() -> None:
    lines = []
    for number, values in enumerate(([1.0, 10.0, 100.0] * 20, [0.0, -1.0, 10.0] * 20)):
        made = compared(values, number, number)
        own = Logarithms(made.curve.series).update()
        lines.append(made._replace(curve=made.curve._replace(series=own), logged=made.curve.series))
    plots: list[Plot] = []
    frame = comparison_chart(Overlay(lines), 60, 16, Axes(x_range=(0, 59)), prepared=plots.append)
    assert [note.text for note in plots[0].notes] == ["40 values of 0 or less not drawn"]
    labels = {text.partition("┤")[0].strip() for text in frame.lines() if "┤" in text}
    assert {"100", "10", "1"} <= labels
    empty = comparison_chart(
        Overlay([lines[1]._replace(curve=curve([math.nan]), logged=curve([0.0]).series)]),
        60,
        16,
        Axes(x_range=(0, 9)),
    )
    assert "no values above 0" in "\n".join(empty.lines())


def test_a_frame_drawn_again_has_the_same_styles_for_the_differ() -> None:
    def drawn() -> list[list[Style]]:
        lines = [compared([float(at), at + 1.0] * 50, at, at) for at in range(4)]
        lines[2] = lines[2]._replace(dim=True)
        return comparison_chart(Overlay(lines), 60, 16, Axes(x_range=(0, 99))).styles

    first, second = drawn(), drawn()
    assert all(map(is_, chain.from_iterable(first), chain.from_iterable(second)))
