"""Windows hold the rows that their makers promise, compared with a look at every row."""

from __future__ import annotations

import math
from array import array

from hypothesis import given
from hypothesis import strategies as st

from trackio_view.series.window import (
    EVERY_ROW,
    ZOOM_LEVELS,
    Window,
    all_rows,
    clamp_zoom,
    following,
    from_time,
    held,
    last_seconds,
    last_steps,
    since,
    with_x_range,
)

numbers = st.integers(-20, 40).map(float)
columns = st.lists(numbers, max_size=80).map(lambda values: array("d", values))
with_gaps = st.lists(numbers | st.sampled_from([math.nan, math.inf, -math.inf]), max_size=60).map(
    lambda values: array("d", values)
)
ascending = columns.map(lambda values: array("d", sorted(values)))


def test_levels_are_those_of_the_command_line() -> None:
    assert [level.distinct_steps for level in ZOOM_LEVELS] == [None, 500, 200, 100, 50, 20, 10]


def test_zoom_stops_at_both_ends() -> None:
    assert [clamp_zoom(level) for level in (-1, 0, 3, 6, 9)] == [0, 0, 3, 6, 6]


def test_all_rows_follow() -> None:
    assert all_rows(7) == Window(0, 7, None, follows=True)
    assert EVERY_ROW.first == 0
    assert EVERY_ROW.follows


def test_a_part_never_begins_before_its_window_nor_beyond_its_end() -> None:
    window = Window(3, 9, (0.0, 1.0), follows=False)
    assert [window.from_row(row) for row in (0, 3)] == [window, window]
    assert window.from_row(5) == Window(5, 9, (0.0, 1.0), follows=False)
    assert window.from_row(99).row_count == 0


@given(steps=columns, wanted=st.integers(1, 30))
def test_last_steps_are_distinct_ones(steps: array[float], wanted: int) -> None:
    window = last_steps(steps, wanted, order=None)
    assert (window.end, window.follows) == (len(steps), True)
    assert len(set(steps[window.first :])) <= wanted
    assert window.first == 0 or len(set(steps[window.first - 1 :])) > wanted


@given(
    repeated=st.lists(st.tuples(st.integers(0, 4).map(float), st.integers(1, 6_000)), max_size=5),
    wanted=st.integers(1, 4),
)
def test_last_steps_that_thousands_of_rows_repeat_are_distinct_ones(
    repeated: list[tuple[float, int]], wanted: int
) -> None:
    steps = array("d", [step for step, count in repeated for _ in range(count)])
    first = last_steps(steps, wanted, order=None).first
    assert len(set(steps[first:])) <= wanted
    assert first == 0 or len(set(steps[first - 1 :])) > wanted


@given(times=with_gaps, moment=numbers, cuts=st.lists(st.integers(0, 60), max_size=4))
def test_since_begins_after_the_last_older_row(
    times: array[float], moment: float, cuts: list[int]
) -> None:
    older = [row for row, time in enumerate(times) if time < moment]
    expected = Window(older[-1] + 1 if older else 0, len(times))
    assert since(times, moment) == expected
    known = None
    for cut in sorted(cuts):
        known = since(times[:cut], moment, known)
    assert since(times, moment, known) == expected, "however the rows came"


@given(times=ascending, moment=numbers, seconds=st.integers(0, 60))
def test_times_begin_a_window(times: array[float], moment: float, seconds: int) -> None:
    kept = [row for row, time in enumerate(times) if time >= moment]
    window = from_time(times, moment)
    assert list(range(window.first, window.end)) == kept
    recent = last_seconds(times, seconds)
    if not times:
        assert recent == Window(0, 0)
        return
    begin = times[-1] - seconds
    kept = [row for row, time in enumerate(times) if time >= begin]
    assert list(range(recent.first, recent.end)) == kept
    assert recent.x_range == (begin, times[-1])


def test_a_held_window_has_its_stretches_and_no_more() -> None:
    assert held([], (1.0, 2.0)) == Window(0, 0, (1.0, 2.0), follows=False)
    assert held([(3, 7)], (1.0, 2.0)) == Window(3, 7, (1.0, 2.0), follows=False)
    several = ((3, 7), (9, 10))
    assert held(several, (1.0, 2.0)) == Window(3, 10, (1.0, 2.0), follows=False, spans=several)


def test_a_window_that_follows_ends_with_the_newest_row() -> None:
    assert following([], 9) == Window(9, 9)
    assert following([(3, 9)], 9) == Window(3, 9)
    assert following([(3, 5)], 9) == Window(3, 9, spans=((3, 5),))


class Counting(array):  # type: ignore[type-arg]
    """A column that counts how many of its numbers were read."""

    looked_at = 0

    def __getitem__(self, key):
        found = super().__getitem__(key)
        self.looked_at += len(found) if isinstance(key, slice) else 1
        return found


@given(xs=with_gaps, first=st.integers(0, 60), cuts=st.lists(st.integers(0, 60), max_size=4))
def test_the_x_range_is_that_of_the_rows(xs: array[float], first: int, cuts: list[int]) -> None:
    first = min(first, len(xs))
    ends = sorted(cut for cut in cuts if first <= cut <= len(xs))
    column = Counting("d", xs)
    known = None
    for end in [*ends, len(xs)]:
        known = with_x_range(Window(first, end, follows=False), column, known)
        finite = [x for x in xs[first:end] if math.isfinite(x)]
        expected = (min(finite), max(finite)) if finite else None
        assert known == Window(first, end, expected, follows=False)
    assert column.looked_at == len(xs) - first, "each row once, however many windows"


def test_a_window_that_goes_on_leaves_the_x_of_its_first_rows_behind() -> None:
    xs = array("d", [5.0, 0.0, 9.0, 3.0, 4.0, 6.0])
    before = with_x_range(Window(0, 3), xs, None)
    assert before.x_range == (0.0, 9.0)
    assert with_x_range(Window(1, 4), xs, before).x_range == (0.0, 9.0)
    assert with_x_range(Window(3, 6), xs, before).x_range == (3.0, 6.0)


def test_a_row_more_costs_a_row_and_no_history() -> None:
    """All data and `since` keep their first row. For the last steps only a few rows are read."""
    count = 100_000
    times = Counting("d", range(count))
    window = with_x_range(since(times, 5.0), times, known=None)
    last_steps(times, 50, order=None)
    times.looked_at = 0
    times.append(float(count))
    longer = with_x_range(since(times, 5.0, window), times, window)
    assert longer == Window(5, count + 1, (5.0, float(count)))
    assert times.looked_at == 2
    last_steps(times, 50, order=None)
    assert times.looked_at < 60


def test_a_window_that_follows_is_whole_where_its_stretches_adjoin() -> None:
    assert following([(2, 5), (5, 9)], 9) == Window(2, 9)
    assert following([(2, 4), (5, 9)], 9) == Window(2, 9, spans=((2, 4), (5, 9)))
