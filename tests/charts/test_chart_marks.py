"""Marks on a chart: values that are not finite, resumes, ends, and the best value."""

from __future__ import annotations

import math
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackio_view.charts.chart_marks import (
    StepMark,
    marks_at,
    note_on_alerts,
    note_on_resumes,
)
from trackio_view.charts.compared_lines import comparison_chart
from trackio_view.charts.line import ComparedLine, Line, Overlay
from trackio_view.charts.line_chart import line_chart
from trackio_view.charts.palette import LABEL, LEVEL_STYLES, LOW_IS_GOOD
from trackio_view.charts.plot import TICK_BELOW, Axes, Plot
from trackio_view.model.roles import Direction
from trackio_view.series import numpy_policy
from trackio_view.series.curves import Curve
from trackio_view.series.envelope import nonfinite
from trackio_view.series.scale import Scale
from trackio_view.series.series import Series
from trackio_view.series.window import EVERY_ROW, Window
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import (
    ALERT,
    ALERTED_AXIS,
    BEST,
    ENDED,
    NEWEST,
    NONFINITE,
    RESUMED,
    Repertoire,
)
from trackio_view.terminal.look import Look, resolved
from trackio_view.view.marks import Appearance


def line(values: list[float], direction: Direction = Direction.NEUTRAL) -> Line:
    count = len(values)
    series = Series(array("I", range(count)), array("d", values))
    return Line(array("d", range(count)), series, EVERY_ROW, LOW_IS_GOOD, direction=direction)


def places(frame: Frame, sign: str) -> list[tuple[int, int]]:
    return [
        (x, y) for y, row in enumerate(frame.glyphs) for x, glyph in enumerate(row) if glyph == sign
    ]


def test_values_that_are_not_finite_stay_on_the_axis_and_are_counted() -> None:
    values = [1.0 + step % 3 for step in range(100)]
    values[50:53] = [math.nan, math.nan, math.inf]
    plots: list[Plot] = []
    frame = line_chart([line(values)], 60, 10, prepared=plots.append)
    found = places(frame, NONFINITE)
    assert {y for _, y in found} == {plots[0].axis} == {8}
    assert all(abs(x - plots[0].rect.x - plots[0].rect.width / 2) <= 2 for x, _ in found)
    assert [note.text[1:] for note in plots[0].notes] == [" 2 NaN, 1 inf"]


@settings(deadline=None)
@given(
    values=st.lists(st.sampled_from([1.0, 2.0, math.nan, math.inf]), min_size=1, max_size=60),
    window=st.tuples(st.integers(0, 60), st.integers(0, 60)),
    threshold=st.sampled_from([1, 10**9]),
)
def test_columns_and_counts_are_those_of_every_value(
    values: list[float], window: tuple[int, int], threshold: int
) -> None:
    held = Window(min(window), max(window))
    drawn = line(values)
    scale = Scale.of_columns(0, 40, 17)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numpy_policy, "WORTH_IMPORTING", threshold)
        patch.setattr(numpy_policy, "WORTH_USING", threshold)
        found = nonfinite(drawn.steps, drawn.series, held, scale)
    shown = [
        (step, value)
        for step, value in enumerate(values)
        if held.first <= step < held.end and not math.isfinite(value)
    ]
    assert set(found.columns) == {scale.nearest(step) for step, _ in shown if step <= 40}
    assert found.nan == sum(math.isnan(value) for _, value in shown)
    assert found.infinite == len(shown) - found.nan


@pytest.mark.parametrize(
    ("direction", "step"), [(Direction.LOW_IS_GOOD, 20), (Direction.HIGH_IS_GOOD, 70)]
)
def test_the_best_value_is_marked_where_it_is(direction: Direction, step: int) -> None:
    values = [5.0] * 100
    values[20], values[70] = 0.0, 10.0
    plots: list[Plot] = []
    frame = line_chart([line(values, direction)], 100, 12, prepared=plots.append)
    ((x, y),) = places(frame, BEST)
    rect = plots[0].rect
    assert abs((x - rect.x) - step / 99 * (rect.width - 1)) <= 1
    assert y == (rect.height - 1 if direction is Direction.LOW_IS_GOOD else 0)


def test_there_is_no_best_value_of_equal_ones_nor_where_no_way_is_better() -> None:
    assert not places(line_chart([line([2.0] * 9, Direction.LOW_IS_GOOD)], 40, 9), BEST)
    assert not places(line_chart([line([1.0, 2.0])], 40, 9), BEST)
    newest = line_chart([line([3.0, 2.0, 1.0], Direction.LOW_IS_GOOD)], 40, 9)
    assert not places(newest, BEST), "the newest point is marked as such"
    assert places(newest, NEWEST)


def test_a_resume_is_marked_below_an_alert() -> None:
    marks = [StepMark(3.0, LABEL, RESUMED), StepMark(7.0, LABEL, RESUMED), StepMark(7.0, LABEL)]
    frame = line_chart([line([1.0, 2.0] * 5)], 40, 9, step_marks=marks)
    assert len(places(frame, RESUMED)) == 1
    assert len(places(frame, ALERT)) == 1
    assert [note.text[1:] for note in note_on_resumes([3.0])] == [" resumed at 3"]
    assert [note.text[1:] for note in note_on_resumes([3.0, 7.0])] == [" resumed 2 times"]
    assert not note_on_resumes([])


def test_marks_of_a_run_are_its_newest_resumes_and_its_alerts() -> None:
    marks = marks_at([float(step) for step in range(300)], [(4.0, "error")])
    assert [mark.step for mark in marks] == [*map(float, range(44, 300)), 4.0]
    assert [mark.sign for mark in marks[-2:]] == [RESUMED, ALERT]
    assert marks[-1].style == LEVEL_STYLES["error"]


def axis_of(alerts: list[tuple[float, str]]) -> dict[str, str]:
    """Return the x axis of a chart whose run raised alerts, with what has each level's style."""
    plots: list[Plot] = []
    marks = marks_at([], alerts)
    frame = line_chart([line([1.0, 2.0] * 50)], 80, 12, step_marks=marks, prepared=plots.append)
    left, y = plots[0].rect.x, plots[0].axis
    assert y is not None
    shown = {"all": "".join(frame.glyphs[y][left:])}
    for level, style in LEVEL_STYLES.items():
        shown[level] = "".join(
            glyph if own == style else " "
            for glyph, own in zip(frame.glyphs[y][left:], frame.styles[y][left:], strict=True)
        )
    return shown


def test_few_alerts_are_marked_one_by_one() -> None:
    shown = axis_of([(float(step), "info") for step in range(0, 100, 5)])
    assert shown["all"].count(ALERT) == shown["info"].count(ALERT) == 20
    assert ALERTED_AXIS not in shown["all"]


def test_an_axis_full_of_alerts_keeps_its_ticks_and_marks_the_gravest() -> None:
    ticks = axis_of([])["all"]
    infos = [(float(step), "info") for step in range(100)]
    shown = axis_of([*infos, (31.0, "error"), (77.0, "error")])
    assert shown["error"].count(ALERT) == shown["all"].count(ALERT) == 2
    assert "".join(shown["info"].split()).strip(ALERTED_AXIS + TICK_BELOW) == ""
    # Each column has a mark of its own, or the axis is in the colour of the level.
    told = zip(shown["info"], shown["error"], strict=True)
    assert all(info != " " or error == ALERT for info, error in told)
    kept = [at for at, glyph in enumerate(ticks) if glyph == TICK_BELOW]
    assert sum(shown["all"][at] == TICK_BELOW for at in kept) >= len(kept) - 2


def test_of_the_gravest_alerts_too_many_are_drawn_as_the_axis_too() -> None:
    shown = axis_of([(8.0, "info"), *((float(step), "error") for step in range(20, 100))])
    assert ALERT not in shown["all"], "nothing milder has a mark that a graver one has not"
    assert shown["error"].count(TICK_BELOW) >= 3
    assert shown["info"].strip() == ALERTED_AXIS


def test_many_alerts_are_counted() -> None:
    assert not note_on_alerts(8)
    (note,) = note_on_alerts(1500)
    assert note.text[1:] == " 1,500 alerts"
    assert note.short[1:] == " 1,500"


def test_the_end_of_an_overlaid_run_is_marked() -> None:
    long, short = line([1.0, 2.0] * 50), line([1.0, 2.0] * 20 + [math.nan])
    lines = [
        ComparedLine(Curve(one.steps, one.series, EVERY_ROW), Appearance(number, number), group=0)
        for number, one in enumerate((long, short))
    ]
    plots: list[Plot] = []
    frame = comparison_chart(Overlay(lines), 60, 10, Axes(x_range=(0, 99)), prepared=plots.append)
    marked = places(frame, ENDED) + places(frame, NONFINITE)
    assert len(marked) == 1, "it ends with what is graver"
    assert abs(marked[0][0] - plots[0].rect.x - 40 / 99 * plots[0].rect.width) <= 1
    assert [note.text[1:] for note in plots[0].notes] == [" 1 NaN"]
    ended = line([1.0, 2.0] * 15)
    finite = ComparedLine(Curve(ended.steps, ended.series, EVERY_ROW), lines[1].look, group=0)
    frame = comparison_chart(Overlay([lines[0], finite]), 60, 10, Axes(x_range=(0, 99)))
    assert len(places(frame, ENDED)) == 1


def test_every_sign_has_its_twin_in_ascii() -> None:
    frame = Frame(5, 1)
    frame.put_glyphs(0, 0, [NONFINITE, RESUMED, ENDED, BEST, ALERT], LABEL)
    assert resolved(frame, Look(repertoire=Repertoire.ASCII)).lines() == ["x|:@^"]
