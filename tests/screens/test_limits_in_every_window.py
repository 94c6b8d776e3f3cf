"""The limits of a y axis are those that the definition gives of the rows: under every window, along
every axis, logarithmic and smoothed or not, of one run or of two that share an axis.

What is defined here is what `series.y_limits` says in words, without its shortcuts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.screens.test_every_window_and_axis import (
    AXES,
    SMOOTHINGS,
    Logged,
    rows_in,
    runs,
    shown_of,
    windows,
)
from trackio_view.charts.kept_columns import keeping_nothing, kept_limits
from trackio_view.charts.line import limited_range, step_range_of, value_range_of
from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.model.windows import Last, WindowChoice
from trackio_view.model.x_axis import XAxis
from trackio_view.screens.stretch import line_of, stretch_of
from trackio_view.series import numpy_policy
from trackio_view.series.curves import Curve
from trackio_view.series.scale import Range, Scale
from trackio_view.series.smoothing import Smoothing
from trackio_view.series.y_limits import LIMIT_COLUMNS, WORTH_LIMITING, Limits
from trackio_view.view.charts.charts_view import Framing

_ODD = {17: 1e5, 23: -7.0, 31: math.nan, 41: None, 47: 9.0}
CALM = st.integers(0, 59).map(lambda number: _ODD.get(number, 1 + (number - 30) / 300))
"""A course with noise and a few spikes, so that limits leave something out."""
Column = list[float]
"""The finite values of a column of dots, in the order of their rows."""


def columns_of(
    logged: Logged,
    values: Sequence[float | None],
    window: WindowChoice,
    axis: XAxis,
    x_range: Range,
    count: int,
) -> list[Column]:
    """Return the columns of a run's line. It breaks where it goes back, where the run began anew,
    and where the window leaves out values.
    """
    scale = Scale.of_columns(*x_range, count)
    inside, restarts = set(rows_in(logged, window)), logged.run.order.restarts
    found: dict[tuple[int, int], Column] = {}
    stretch, x_before, row_before, is_broken = 0, math.nan, -1, True
    for row, (x, value) in enumerate(zip(logged.xs[axis], values, strict=True)):
        if value is None:
            continue
        is_broken = is_broken or any(row_before < restart <= row for restart in restarts)
        row_before = row
        if row not in inside:
            is_broken = True
            continue
        stretch += is_broken or not x >= x_before
        x_before, is_broken = x, False
        if x_range[0] <= x <= x_range[1] and math.isfinite(value):
            found.setdefault((stretch, scale.nearest(x)), []).append(value)
    return list(found.values())


def automatic(lines: Sequence[list[Column]], everything: Range) -> Range:
    """Return the limits that no spike of a few steps sets."""
    ends = [end for columns in lines if columns for end in of_one_line(columns)]
    if not ends:
        return everything
    low, high = max(min(ends), everything[0]), min(max(ends), everything[1])
    if low == high or (high - low) * WORTH_LIMITING > everything[1] - everything[0]:
        return everything
    little = (high - low) / 10
    return (
        everything[0] if low - everything[0] <= little else low,
        everything[1] if everything[1] - high <= little else high,
    )


def of_one_line(columns: Sequence[Column]) -> Iterator[float]:
    """Yield what the limits of a line reach to: among it the first and the newest value."""
    yield from (columns[0][0], columns[-1][-1])
    crowded = [max(column) - min(column) for column in columns if len(column) >= 3]
    if 2 * len(crowded) >= len(columns):
        middles = [median(column) for column in columns]
        if len(middles) >= 3:
            middles = [
                median(middles[place - 1 : place + 2]) for place in range(1, len(middles) - 1)
            ]
        height = median(crowded)
        yield from (min(middles) - height, max(middles) + height)
        return
    values = sorted(end for column in columns for end in {min(column), max(column)})
    cut = len(values) // 100
    yield from (values[cut], values[-1 - cut])


def by_definition(
    limits: Limits,
    lines: Sequence[list[Column]],
    inside: Sequence[list[float]],
    *,
    logarithmic: bool,
) -> Range:
    """Return the limits of lines whose finite values in the window are `inside`, line by line."""
    known = [sorted(values) for values in inside if values]
    everything = min(values[0] for values in known), max(values[-1] for values in known)
    if limits is Limits.AUTO:
        return automatic(lines, everything)
    if limits is Limits.ZERO and not logarithmic:
        return min(everything[0], 0.0), max(everything[1], 0.0) or 1.0
    if limits is Limits.MIDDLE:
        return (
            min(values[len(values) // 20] for values in known),
            max(values[-1 - len(values) // 20] for values in known),
        )
    return everything


def finite(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None and math.isfinite(value)]


@settings(max_examples=200)
@given(
    data=st.data(),
    shown=st.lists(runs(CALM, 40) | runs(), min_size=1, max_size=2),
    axis=AXES,
    logarithmic=st.booleans(),
    smoothing=st.sampled_from([None, *SMOOTHINGS]),
    limits=st.sampled_from([Limits.AUTO] * 3 + [*Limits]),
    count=st.sampled_from([4, 12, LIMIT_COLUMNS]),
    threshold=st.sampled_from([1, 10**9]),
)
def test_limits_are_those_of_the_rows(
    data: st.DataObject,
    shown: list[Logged],
    axis: XAxis,
    logarithmic: bool,
    smoothing: Smoothing | None,
    limits: Limits,
    count: int,
    threshold: int,
) -> None:
    shown = [logged for logged in shown if any(value is not None for value in logged.losses)]
    if not shown:
        return
    window = data.draw(st.just(Last(0)) | windows(shown[0]))
    project, framing = Project(ProjectId("", "p")), Framing(window, axis, smoothing=smoothing)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numpy_policy, "WORTH_IMPORTING", threshold)
        patch.setattr(numpy_policy, "WORTH_USING", threshold)
        for room in ("charts.line", "charts.kept_columns", "series.unlimited"):
            # So few rows share columns only where there are few columns.
            patch.setattr(f"trackio_view.{room}.LIMIT_COLUMNS", count)
        # A line that goes back more often than that is one band, which has tests of its own.
        patch.setattr("trackio_view.series.envelope.MOST_EXTENTS_A_COLUMN", 90)
        stretches = [stretch_of(project, logged.run, framing) for logged in shown]
        lines = [line_of(stretch, "loss", logarithmic=logarithmic) for stretch in stretches]
        everything, x_range = value_range_of(lines), step_range_of(lines)
        every = [shown_of(logged, None, axis, logarithmic=logarithmic) for logged in shown]
        rows = [rows_in(logged, window) for logged in shown]
        inside = [
            finite(values[row] for row in own) for values, own in zip(every, rows, strict=True)
        ]
        assert (everything is None) == (not any(inside))
        if everything is None or x_range is None:
            return
        columns = [
            columns_of(logged, values, window, axis, x_range, count)
            for logged, values in zip(shown, every, strict=True)
        ]
        expected = by_definition(limits, columns, inside, logarithmic=logarithmic)
        curves = [Curve(line.steps, line.series, line.window) for line in lines]
        keeping = keeping_nothing(len(curves))
        kept = kept_limits(curves, x_range, everything, limits, keeping, logarithmic=logarithmic)
        assert kept == pytest.approx(expected), "of compared runs"
        values = [value for own in inside for value in own]
        if smoothing is not None and expected[0] <= min(values) <= max(values) <= expected[1]:
            smooth = [
                finite(values[row] for row in own)
                for logged, own in zip(shown, rows, strict=True)
                for values in [shown_of(logged, smoothing, axis, logarithmic=logarithmic)]
            ]
            ends = [end for values in smooth for end in values]
            expected = min([expected[0], *ends]), max([expected[1], *ends])
        assert limited_range(lines, x_range, everything, limits) == pytest.approx(expected)
