"""The kept facts of a series equal a look at every value."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.series import numpy_policy
from trackio_view.series.blocks import Overview, slice_bounds
from trackio_view.series.medians import BLOCK

NEVER, ALWAYS = 10**12, 0
"""Numbers of values from which on numpy does the work."""


@pytest.fixture(scope="module", params=[NEVER, ALWAYS], ids=["python", "numpy"])
def path(request: pytest.FixtureRequest) -> Iterator[None]:
    """Force every column, however short, through plain Python or through numpy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numpy_policy, "WORTH_IMPORTING", request.param)
        patch.setattr(numpy_policy, "WORTH_USING", request.param)
        yield


VALUES = st.lists(
    st.sampled_from([0.0, 1.0, -2.0, 0.5, math.nan, math.inf, -math.inf, 1.7e308]),
    min_size=1,
    max_size=4 * BLOCK,
)


def overview_of(steps: array[float], values: array[float], cuts: list[int]) -> Overview:
    """Return an overview that saw the values in pieces."""
    made = Overview()
    rows = array("I", range(len(values)))
    for end in [*cuts, len(values)]:
        if end:
            made.update(steps, rows[:end], values[:end])
    return made


@given(VALUES, st.data())
def test_bounds_are_those_of_every_value(
    path: None, values: list[float], data: st.DataObject
) -> None:
    column, steps = array("d", values), array("d", range(len(values)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(values)), max_size=4)))
    made = overview_of(steps, column, cuts)
    start = data.draw(st.integers(0, len(values)))
    end = data.draw(st.integers(start, len(values)))
    finite = [value for value in values[start:end] if math.isfinite(value)]
    expected = (min(finite), max(finite)) if finite else (math.inf, -math.inf)
    assert made.bounds(column, start, end) == expected
    assert slice_bounds(column, made.gaps, start, end) == expected
    assert list(made.gaps) == [at for at, value in enumerate(values) if not math.isfinite(value)]
    odd = (at for at, value in enumerate(values) if not value.is_integer())
    assert made.whole_count == next(odd, len(values))
    assert made.count == len(values)


@pytest.mark.parametrize(
    "place", [0, 1, BLOCK - 1, BLOCK, 2 * BLOCK, 3 * BLOCK - 1, 3 * BLOCK, 201]
)
def test_an_extreme_is_found_wherever_in_a_block_it_lies(path: None, place: int) -> None:
    count = 3 * BLOCK + 10
    values = array("d", [0.0] * count)
    values[place] = 7.0
    made = overview_of(array("d", range(count)), values, [])
    for start, end in ((0, count), (place, count), (0, place + 1), (place, place + 1)):
        assert made.bounds(values, start, end)[1] == 7.0
    assert made.bounds(values, place + 1, count)[1] in (0.0, -math.inf)
    assert made.bounds(values, 0, place)[1] in (0.0, -math.inf)


@given(st.lists(st.sampled_from([0.0, 1.0, 2.0, math.nan]), min_size=1, max_size=90), st.data())
def test_stretches_end_where_steps_go_back(
    path: None, steps: list[float], data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(steps)), max_size=4)))
    made = overview_of(array("d", steps), array("d", [1.0] * len(steps)), cuts)
    back = [at for at, (one, two) in enumerate(pairwise(steps), 1) if not one <= two]
    assert list(made.restarts) == back
    edges = [0, *back, len(steps)]
    assert list(made.stretches(0, len(steps))) == list(pairwise(edges))
    assert made.stretch_count(0, len(steps)) == len(edges) - 1


def test_a_series_with_holes_has_the_steps_of_its_own_rows(path: None) -> None:
    steps = array("d", [0, 10, 20, 30, 40])
    rows, values = array("I", [1, 3, 4]), array("d", [1.0, 2.0, 3.0])
    made = Overview()
    made.update(steps, rows, values)
    column, shift = made.steps_by_position(steps, rows)
    assert [column[at + shift] for at in range(3)] == [10, 30, 40]
    steps.append(50)
    rows.append(5)
    values.append(4.0)
    made.update(steps, rows, values)
    longer, shift = made.steps_by_position(steps, rows)
    assert [longer[at + shift] for at in range(4)] == [10, 30, 40, 50]
    assert longer is column, "the steps of earlier rows are gathered once"
    whole = Overview()
    whole.update(steps, rows[1:], values[1:])
    column, shift = whole.steps_by_position(steps, rows[1:])
    assert column is steps
    assert [column[at + shift] for at in range(3)] == [30, 40, 50]


def test_another_run_is_looked_at_from_its_beginning(path: None) -> None:
    made = Overview()
    rows = array("I", [0, 1])
    made.update(array("d", [1, 0]), rows, array("d", [math.nan, 5.0]))
    made.update(array("d", [0, 1]), rows, array("d", [1.0, 2.0]))
    assert (list(made.gaps), list(made.restarts)) == ([], [])
    assert made.bounds(array("d", [1.0, 2.0]), 0, 2) == (1.0, 2.0)


@pytest.mark.parametrize("known", [1, BLOCK, 9 * BLOCK + 5, 40 * BLOCK])
def test_values_that_are_taken_back_leave_nothing_behind(path: None, known: int) -> None:
    """After a restart other values stand in their places, or the same values at other steps."""
    count = 40 * BLOCK
    values = array("d", [math.nan if at % 97 == 0 else float(at % 251) for at in range(count)])
    steps, others = array("d", range(count)), array("d", range(7, count + 7))
    rows = array("I", range(count))
    whole, again, moved = Overview(), Overview(), Overview()
    whole.update(steps, rows, values)
    before = array("d", [*values[:known], *[5e5] * (count - known)])
    again.update(steps, rows, before)
    again.medians.of_column(before, 0, count)
    limits = 50.0, 200.0
    again.count_beyond(before, 0, count // BLOCK, limits)
    again.take_back(known)
    assert again.medians.full == known // BLOCK
    again.update(steps, rows, values)
    moved.update(others, rows[:known], values[:known])
    moved.medians.of_column(values[:known], 0, known)
    moved.update(steps, rows, values)
    for one in (whole, again, moved):
        one.medians.of_column(values, 0, count)
    assert whole.medians.kinds
    below, above = whole.count_beyond(values, 0, count // BLOCK, limits)
    assert below == sum(value < limits[0] for value in values)
    assert above == sum(value > limits[1] for value in values)
    for other in (again, moved):
        assert other.count_beyond(values, 0, count // BLOCK, limits) == (below, above)
        assert other.medians.kinds == whole.medians.kinds
        assert (other.block_low, other.block_high) == (whole.block_low, whole.block_high)
        assert (other.gaps, other.restarts, other.count) == (
            whole.gaps,
            whole.restarts,
            whole.count,
        )


def test_whole_numbers_that_are_taken_back_are_counted_anew(path: None) -> None:
    count = 40 * BLOCK
    steps, rows, whole = array("d", range(count)), array("I", range(count)), array("d", [3.0])
    overview = Overview()
    overview.update(steps, rows, whole * count)
    overview.take_back(count // 2)
    values = whole * (count // 2) + array("d", [0.5]) * (count // 2)
    overview.update(steps, rows, values)
    assert overview.whole_count == count // 2


def test_steps_that_rise_are_told_up_to_date_and_others_are_not(path: None) -> None:
    overview, steps, rows, values = Overview(), array("d"), array("I"), array("d")

    def log(step: float, row: int) -> tuple[array[float], int] | None:
        steps.append(step)
        rows.append(row)
        values.append(0.5)
        return overview.rising_steps(steps, rows, values)

    steps.append(1.0)
    assert log(2.0, 1) == (steps, 1), "the run's own column, from the series' first row on"
    assert log(3.0, 2) == overview.steps_by_position(steps, rows)
    other = array("d", [9.0, 2.0, 1.0])
    assert overview.rising_steps(other, rows, values) is None, "of another column all is looked at"
    steps.append(4.0)
    assert log(5.0, 4) == (array("d", [2.0, 3.0, 5.0]), 0)
    overview.breaks = [1]
    assert overview.rising_steps(steps, rows, values) is None
    overview.breaks = []
    assert log(1.0, 5) is None
