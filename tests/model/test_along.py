"""The x of each row along other axes than the step's, as rows come."""

from __future__ import annotations

import math
from array import array

import pytest

from trackio_view.model.along import Along, extend_carried, extend_elapsed, extend_logarithms
from trackio_view.model.x_axis import CLOCK, ELAPSED, LOG_STEPS, STEPS
from trackio_view.series.blocks import MOST_STRETCHES
from trackio_view.series.series import MetricColumn, Series
from trackio_view.series.x_column import XColumn


def series_of(values: dict[int, float]) -> Series:
    """Return a metric by the rows in which it was logged."""
    rows = array("I", values)
    series = Series()
    series.append(MetricColumn(rows, array("d", values.values())), rows)
    return series


def test_only_two_axes_are_in_seconds() -> None:
    assert [axis.is_time for axis in (STEPS, LOG_STEPS, ELAPSED, CLOCK)] == [False] * 2 + [True] * 2


def test_a_step_of_0_or_less_has_no_logarithm() -> None:
    column = XColumn()
    steps = array("d", [0.0, 1.0, 10.0])
    extend_logarithms(column, steps)
    steps.extend([-5.0, math.inf, math.nan, 1000.0])
    extend_logarithms(column, steps)
    found = list(column.values)
    assert found[1:3] == [0.0, 1.0]
    assert found[6] == pytest.approx(3.0)
    assert [math.isnan(x) for x in found] == [True, False, False, True, True, True, False]


def test_time_since_the_start_goes_on_with_the_rows() -> None:
    column = XColumn()
    times = array("d", [100.0, 102.5])
    extend_elapsed(column, times, 100.0)
    times.append(99.0)
    extend_elapsed(column, times, 100.0)
    assert list(column.values) == [0.0, 2.5, -1.0]


@pytest.mark.parametrize("cut", range(7))
def test_a_row_without_the_metric_has_what_it_was_before(cut: int) -> None:
    """It has the value of the row before, whether the rows come at once or in two parts."""
    logged = {1: 5.0, 2: 6.0, 4: 7.0}
    column = XColumn()
    extend_carried(column, series_of({row: x for row, x in logged.items() if row < cut}), cut)
    extend_carried(column, series_of(logged), 6)
    found = list(column.values)
    assert math.isnan(found[0])
    assert found[1:] == [5.0, 6.0, 6.0, 7.0, 7.0]


def test_a_metric_that_nobody_logged_has_no_x() -> None:
    column = XColumn()
    extend_carried(column, None, 2)
    assert [math.isnan(x) for x in column.values] == [True, True]


def test_a_series_along_an_axis_shares_its_numbers_and_has_its_own_overview() -> None:
    along, logged = Along(), {"loss": series_of({0: 1.0, 1: 2.0, 2: 3.0})}
    twin = along.series("loss", logged, array("I"))
    assert twin.values is logged["loss"].values
    assert twin.overview is not logged["loss"].overview
    assert along.series("loss", logged, array("I", [2])) is twin
    assert list(twin.overview.breaks) == [2]
    along.series("loss", logged, array("I", [1, 2]))
    assert list(twin.overview.breaks) == [1, 2], "the second restart breaks the line, too"
    along.series("loss", logged, array("I"))
    assert not twin.overview.breaks
    logged["loss"] = series_of({0: 4.0})
    assert along.series("loss", logged, array("I")) is not twin


def test_a_metric_that_was_read_anew_breaks_at_the_same_restarts() -> None:
    along, restarts = Along(), array("I", [1])
    for values in ({0: 1.0, 1: 2.0}, {0: 4.0, 1: 5.0}):
        twin = along.series("loss", {"loss": series_of(values)}, restarts)
        assert list(twin.overview.breaks) == [1]


def test_a_line_of_very_many_pieces_is_not_broken() -> None:
    count = MOST_STRETCHES + 1
    along, logged = Along(), {"loss": series_of(dict.fromkeys(range(count), 1.0))}
    fewer, most = array("I", range(1, count - 1)), array("I", range(1, count))
    assert list(along.series("loss", logged, fewer).overview.breaks) == list(fewer)
    assert not along.series("loss", logged, most).overview.breaks
