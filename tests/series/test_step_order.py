"""Restarts repeat what a metric has logged; every other row of an earlier step is late."""

from __future__ import annotations

import math
from array import array

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trackio_view.series.series import Series
from trackio_view.series.step_order import StepOrder
from trackio_view.series.window import Window, last_steps, with_x_range

Logged = list[tuple[float, str]]
"""Each row: its step, and its metrics, a letter each."""


def columns(rows: Logged) -> tuple[array[float], array[float], dict[str, Series]]:
    series: dict[str, Series] = {}
    for row, (_, metrics) in enumerate(rows):
        for metric in metrics:
            one = series.setdefault(metric, Series())
            one.rows.append(row)
            one.values.append(float(row))
    times = array("d", map(float, range(len(rows))))
    return array("d", [step for step, _ in rows]), times, series


def order_of(rows: Logged, cuts: tuple[int, ...] = ()) -> StepOrder:
    """Return the order of rows that came in pieces, cut before the rows of `cuts`."""
    order = StepOrder()
    for end in (*cuts, len(rows)):
        order.look(*columns(rows[:end]))
    return order


def training(steps: range | list[int], metrics: str = "l") -> Logged:
    return [(float(step), metrics) for step in steps]


def test_rows_in_order_are_neither() -> None:
    order = order_of(training(range(0, 100, 10)))
    assert (list(order.restarts), list(order.late), order.highest) == ([], [], 90)
    assert (order.begin, order.highest_row) == (0, 9)


@pytest.mark.parametrize(
    "late",
    [
        pytest.param([(5500.0, "e")], id="a first evaluation"),
        pytest.param([(5500.0, "e"), (5600.0, "e")], id="two in a row"),
        pytest.param([(5600.0, "e"), (5500.0, "e")], id="two that overtook each other"),
        pytest.param([(5500.0, "e"), (5500.0, "f")], id="two kinds of one step"),
        pytest.param([(5500.0, "")], id="a row without numbers"),
        pytest.param([(5500.0, "e"), (-1.0, "e")], id="one from before the first step"),
        pytest.param([(5550.0, "l"), (5650.0, "l")], id="rows that an outage held up"),
    ],
)
def test_late_rows_are_no_restart(late: Logged) -> None:
    rows = [*training(range(0, 6000, 100)), *late, (6000.0, "l")]
    order = order_of(rows)
    assert list(order.restarts) == []
    assert list(order.late) == list(range(60, 60 + len(late)))
    assert order.highest == 6000


def test_an_evaluation_in_its_own_order_is_late_each_time() -> None:
    rows: Logged = []
    for step in range(0, 2000, 100):
        rows += [(float(step), "l"), (step - 250.0, "e")]
    order = order_of(rows)
    assert not order.restarts
    assert len(order.late) == 20


@pytest.mark.parametrize(
    ("again", "begins"),
    [
        pytest.param(training(range(0, 50, 10)), 20, id="from the beginning"),
        pytest.param(training(range(150, 250, 10)), 20, id="from a checkpoint"),
        pytest.param([(100.0, "e"), (100.0, "l"), (110.0, "l")], 20, id="an evaluation first"),
        pytest.param(training([5, 25, 45, 60, 65]), 20, id="off the grid at first"),
    ],
)
def test_a_restart_goes_through_steps_that_stand_already(again: Logged, begins: int) -> None:
    order = order_of([*training(range(0, 200, 10)), *again])
    assert list(order.restarts) == [begins]
    assert order.highest == again[-1][0]
    assert not order.late


def test_before_the_first_step_a_run_begins_again_unless_it_was_written_earlier() -> None:
    rows = [*training(range(1000, 1050)), *training(range(3))]
    steps, times, series = columns(rows)
    order = StepOrder()
    order.look(steps, times, series)
    assert list(order.restarts) == [50]
    times[50:] = array("d", [-3.0, -2.0, -1.0])
    held_up = StepOrder()
    held_up.look(steps, times, series)
    assert list(held_up.restarts) == []
    assert list(held_up.late) == [50, 51, 52]


def test_one_metric_after_the_other_is_no_restart() -> None:
    rows = [*training(range(250), "a"), *training(range(250), "b"), *training(range(250), "c")]
    order = order_of(rows)
    assert not order.restarts
    assert list(order.late) == list(range(250, 499)) + list(range(500, 749))


def test_steps_that_are_no_numbers_are_in_nobodys_way() -> None:
    rows = [(0.0, "l"), (math.nan, "l"), (1.0, "l"), (math.inf, "l"), (2.0, "l"), (-math.inf, "l")]
    order = order_of(rows)
    assert (list(order.restarts), order.highest, order.highest_row) == ([], 2, 4)
    assert order_of([(math.nan, "l")] * 3).highest == -math.inf


row_lists = st.lists(
    st.tuples(st.integers(0, 12).map(float), st.sampled_from(["l", "e", "le", "", "x"])),
    max_size=40,
)


odd_steps = st.sampled_from([math.nan, math.inf, -math.inf])
odd_row_lists = st.lists(
    st.tuples(st.integers(0, 12).map(float) | odd_steps, st.sampled_from(["l", "e", "le", ""])),
    max_size=40,
)


@example(rows=[(0.0, "l"), (1.0, "l"), (math.inf, "l")], cuts=[2])
@example(rows=[(-math.inf, "l"), (5.0, "l"), (6.0, "l"), (2.0, "l")], cuts=[1])
@given(rows=row_lists | odd_row_lists, cuts=st.lists(st.integers(0, 40), max_size=4))
def test_it_is_the_same_however_the_rows_come(rows: Logged, cuts: list[int]) -> None:
    whole = order_of(rows)
    cut = order_of(rows, tuple(sorted(min(at, len(rows)) for at in cuts)))
    assert (cut.restarts, cut.late, cut.highest) == (whole.restarts, whole.late, whole.highest)
    assert list(whole.attempts()) == list(cut.attempts())


def brute_rows(rows: Logged, order: StepOrder, wanted: int) -> list[int]:
    """Return the rows of the last steps: the highest of each attempt, the newest attempt first."""
    seen: set[float] = set()
    shown: list[int] = []
    for attempt in order.attempts():
        inside = range(attempt.first, attempt.end)
        for step in sorted({rows[row][0] for row in inside}, reverse=True):
            if step not in seen and len(seen) == wanted:
                return sorted([*shown, *(row for row in inside if rows[row][0] > step)])
            seen.add(step)
        shown += inside
    return sorted(shown)


def rows_of(window: Window) -> list[int]:
    spans = window.spans or ((window.first, window.end),)
    return [row for first, end in spans for row in range(first, end)]


@example(rows=[(1.0, "l"), (0.0, "e")], wanted=1, since=1)
@given(rows=row_lists, wanted=st.integers(1, 14), since=st.integers(0, 40))
def test_windows_hold_the_last_steps_whatever_the_order(
    rows: Logged, wanted: int, since: int
) -> None:
    order = order_of(rows)
    steps, _, series = columns(rows)
    window = last_steps(steps, wanted, order)
    expected = brute_rows(rows, order, wanted)
    assert rows_of(window) == expected
    assert window.row_count == len(expected)
    shown = [steps[row] for row in expected]
    ranged = with_x_range(window, steps, known=None)
    assert ranged.x_range == ((min(shown), max(shown)) if shown else None)
    later = [row for row in expected if row >= since]
    assert rows_of(window.from_row(since)) == later
    for one in series.values():
        own = [position for position, row in enumerate(one.rows) if row in set(expected)]
        assert [at for stretch in one.stretches(window) for at in stretch] == own
        positions = one.positions(window)
        assert (list(positions[:1]), list(positions[-1:])) == (own[:1], own[-1:])
        assert list(one.within(window)) == [one.values[at] for at in own]
        summary = one.summary(window)
        if summary is None:
            assert not own
        else:
            values = [one.values[at] for at in own]
            assert summary[:5] == (len(own), values[0], values[-1], min(values), max(values))


def test_the_issues_import_shows_the_same_steps_of_both() -> None:
    rows = [*training(range(250), "a"), *training(range(250), "b")]
    steps, _, series = columns(rows)
    window = last_steps(steps, 100, order_of(rows))
    for one in series.values():
        shown = [steps[one.rows[at]] for at in one.positions(window)]
        assert (shown[0], shown[-1], len(shown)) == (150, 249, 100)
        assert len(one.stretches(window)) == 1


def test_a_long_import_is_passed_over_not_looked_through() -> None:
    """Adjoining late rows are skipped at once. The test counts how often steps are read."""
    tags, count = 20, 2_000
    rows = [row for tag in range(tags) for row in training(range(count), chr(97 + tag))]
    order = order_of(rows)
    assert len(order.late) == (tags - 1) * (count - 1)
    window = last_steps(columns(rows)[0], 50, order)
    assert window.row_count == 50 * tags
