"""The legend of compared runs names each line, and tells how many runs it leaves out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from trackio_view.charts.line_looks import color_of, marker_of
from trackio_view.charts.palette import LABEL
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.screens.panels.legend import LegendEntry, draw_legend
from trackio_view.series.series import Number, Summary
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import DASH
from trackio_view.view.keys.input_events import OnRun
from trackio_view.view.marks import Appearance

LOOK = Appearance(3, 1)


def summary_of(*values: Number) -> Summary:
    finite = [value for value in values if value == value]
    return Summary(
        len(values),
        values[0],
        values[-1],
        min(finite, default=None),
        max(finite, default=None),
        len(values) - len(finite),
    )


def drawn(entries: Sequence[LegendEntry], width: int, height: int) -> Frame:
    frame = Frame(width, height)
    draw_legend(frame, Rect(0, 0, width, height), entries, value="last")
    return frame


def runs(count: int) -> list[LegendEntry]:
    return [
        LegendEntry.of_run(Appearance(n % 8, n // 8), f"run-{n}", summary_of(1.5, 9.0, n + 0.25))
        for n in range(count)
    ]


def test_a_run_is_told_by_its_newest_value_and_its_extremes() -> None:
    assert LegendEntry.of_run(LOOK, "a", summary_of(5.0, 1.0, 3.0))[:5] == (
        LOOK,
        "a",
        3.0,
        1.0,
        5.0,
    )
    assert LegendEntry.of_run(LOOK, "a", None)[:5] == (LOOK, "a", None, None, None)


def test_a_group_is_told_by_the_mean_of_the_newest_values_and_the_outermost_extremes() -> None:
    members = [summary_of(5.0, 1.0, 3.0), summary_of(8.0, 2.0), summary_of(4.0, math.nan)]
    entry = LegendEntry.of_group(LOOK, "g", members)
    assert entry[:5] == (LOOK, "g (3)", 2.5, 1.0, 8.0)
    nothing = LegendEntry.of_group(LOOK, "g", [summary_of(math.nan)])
    assert nothing[:5] == (LOOK, "g (1)", None, None, None)
    # The number is beyond every float, so it counts as infinite and as no part of a mean.
    assert LegendEntry.of_group(LOOK, "g", [summary_of(10**400), summary_of(4)]).last == 4


def test_where_it_is_wide_the_facts_stand_in_columns() -> None:
    lines = drawn(runs(2), 50, 3).lines()
    assert lines[0].split() == ["run", "last", "min", "max"]
    assert lines[1].split() == ["●", "run-0", "0.2500", "0.2500", "9.0000"]
    assert lines[2].split() == ["●", "run-1", "1.2500", "1.2500", "9.0000"]


@pytest.mark.parametrize("width", [54, 28])
def test_values_that_differ_look_different(width: int) -> None:
    entries = [
        LegendEntry.of_run(LOOK, name, summary_of(value))
        for name, value in (("a", 1e12), ("b", 1e12 + 1))
    ]
    text = "\n".join(drawn(entries, width, 8).lines())
    assert "1,000,000,000,000" in text
    assert "1,000,000,000,001" in text
    # Which of them is told at the moment need not be told apart.
    text = "\n".join(drawn([one._replace(is_settled=False) for one in entries], width, 8).lines())
    assert "1,0" not in text


def test_where_it_is_narrow_a_run_has_two_lines_or_one() -> None:
    two = drawn(runs(2), 30, 4).lines()
    assert [line.split()[-1] for line in two] == ["0.2500", "9.0000", "1.2500", "9.0000"]
    assert two[1].split() == ["0.2500", "to", "9.0000"]
    one = drawn(runs(3), 30, 4).lines()
    assert [line.split()[1:] for line in one[:3]] == [
        ["run-0", "0.2500"],
        ["run-1", "1.2500"],
        ["run-2", "2.2500"],
    ]


def test_names_without_room_beside_their_values_stand_above_them() -> None:
    named = [f"adamw-lr0.000{n}-seed0" for n in range(2)]
    entries = [
        LegendEntry.of_run(LOOK, name, summary_of(1.5, 9.0, 2.5))._replace(is_best=not place)
        for place, name in enumerate(named)
    ]
    assert [line.split() for line in drawn(entries, 26, 4).lines()] == [
        ["■", named[0], "★"],
        ["2.5000", "1.5000", "to", "9.0000"],
        ["■", named[1]],
        ["2.5000", "1.5000", "to", "9.0000"],
    ]
    # Without room for both, the value stays.
    assert [line.split() for line in drawn(entries, 24, 4).lines()][1::2] == [["2.5000"]] * 2


def test_columns_of_extremes_give_way_to_names() -> None:
    long = "adamw-lr0.0001-seed0"
    entries = [LegendEntry.of_run(LOOK, long, summary_of(1.5, 9.0, 2.5))]
    for width, titles in ((54, "run last min max"), (44, "run last min"), (42, "run last min")):
        lines = drawn(entries, width, 3).lines()
        assert lines[0].split() == titles.split()
        assert long in lines[1]


@pytest.mark.parametrize(("width", "most"), [(42, 29), (54, 41), (78, 65)])
def test_extremes_give_way_where_a_name_is_whole_without_them(width: int, most: int) -> None:
    for length, titles in ((most, ["run", "last"]), (most + 1, ["run", "last", "min"])):
        entries = [LegendEntry.of_run(LOOK, "n" * length, summary_of(1.5, 9.0, 2.5))]
        heading, line = drawn(entries, width, 3).lines()[:2]
        assert ("n" * length in line) == (length == most)
        # A name that is cut anyhow leaves room for them.
        assert heading.split()[:3] == titles


def test_how_many_others_there_are_is_whole_beside_wide_numbers() -> None:
    numbers = (98765.4321, -1234567.5, 1e-07, 1234567.891, -0.00012345, -123456.68)
    entries = [
        LegendEntry.of_run(LOOK, name, summary_of(number, -1234567.5, 1234567.891))
        for name, number in zip("abcdef", numbers, strict=True)
    ]
    lines = drawn(entries, 42, 5).lines()
    assert lines[0].split()[0] == "run"
    assert lines[4].split() == ["+3", "more"]


@pytest.mark.parametrize("width", [30, 50])
@pytest.mark.parametrize("count", [1, 5, 6, 7, 20])
def test_whoever_has_no_room_is_counted(width: int, count: int) -> None:
    text = "\n".join(drawn(runs(count), width, 6).lines())
    shown = text.count("run-")
    more = count - shown
    assert (f"+{more} more" in text) == (more > 0)
    assert shown == (count if count <= 6 - (width == 50) else 5 - (width == 50))


def test_marker_and_value_have_the_colour_of_the_line() -> None:
    for width, x in ((30, 1), (50, 1)):
        frame = drawn([LegendEntry.of_run(LOOK, "a", summary_of(1.0))], width, 4)
        y = next(y for y, row in enumerate(frame.glyphs) if marker_of(LOOK) in row)
        assert frame.styles[y][x].foreground == color_of(LOOK)
        value = frame.lines()[y].index("1.0000")
        assert frame.styles[y][value].foreground == color_of(LOOK)


def test_a_run_without_the_metric_has_dashes_in_the_legend() -> None:
    lines = drawn([LegendEntry.of_run(LOOK, "a", None)], 30, 4).lines()
    assert lines[0].split()[-1] == DASH
    assert lines[1].split() == [DASH, "to", DASH]
    assert "0" not in "".join(lines)


@pytest.mark.parametrize("width", [30, 50])
def test_the_one_in_front_the_best_and_the_others_are_told_apart(width: int) -> None:
    plain, front, best, dim = runs(4)
    entries = [
        plain,
        front._replace(is_front=True),
        best._replace(is_best=True),
        dim._replace(is_dim=True),
    ]
    frame = drawn(entries, width, 5)
    top = 1 if width == 50 else 0
    marks = [frame.styles[y][1] for y in range(top, top + 4)]
    assert [style.reverse for style in marks] == [False, True, False, False]
    assert [style.bold for style in marks] == [True, True, True, False]
    values = [frame.styles[y][frame.lines()[y].index(".")] for y in range(top, top + 4)]
    assert [style.foreground == LABEL.foreground for style in values] == [False, False, False, True]
    assert not any(style.dim for style in [*marks, *values]), "a number has to be legible"
    assert ["★ " in line for line in frame.lines()[top:]][:4] == [False, False, True, False]


@pytest.mark.parametrize(("width", "height"), [(60, 5), (28, 4)])
@pytest.mark.parametrize(("front", "told"), [(1, [0, 1, 2]), (8, [0, 1, 8])])
def test_the_one_in_front_is_told_where_few_have_room(
    width: int, height: int, front: int, told: list[int]
) -> None:
    entries = runs(9)
    entries[front] = entries[front]._replace(is_front=True)
    text = "\n".join(drawn(entries, width, height).lines())
    assert [place for place in range(9) if f"run-{place}" in text] == told
    assert "+6 more" in text
    assert drawn(entries, width, 1).lines()[0].strip() != ""


@pytest.mark.parametrize(("width", "places"), [(60, 4), (28, 4)])
def test_each_line_tells_the_pointer_whose_it_is(width: int, places: int) -> None:
    entries = [
        entry._replace(on=OnRun(RunKey(ProjectId("", "p"), entry.name))) for entry in runs(9)
    ]
    frame = drawn(entries, width, places + 2)
    told = [(region.y, on.run.run_id) for region, on in frame.regions if isinstance(on, OnRun)]
    assert told
    for y, run in told:
        assert run in frame.lines()[y]
    named = [line for line in frame.lines() if "run-" in line]
    assert len(dict(told)) == len(named)
