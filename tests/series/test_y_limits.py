"""The range of a y axis: no spike of a few steps sets it, and values that fill columns stay."""

from __future__ import annotations

import math
import random
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackio_view.series.curves import Curve, columns_of
from trackio_view.series.envelope import envelope, finite_bounds
from trackio_view.series.series import Series
from trackio_view.series.window import EVERY_ROW, Window
from trackio_view.series.y_limits import (
    Limits,
    automatic,
    automatic_of_columns,
    is_worth_limiting,
    middle_part,
    undrawn,
)

COLUMNS = 80


def series_of(values: list[float]) -> tuple[array[float], Series]:
    count = len(values)
    return array("d", range(count)), Series(array("I", range(count)), array("d", values))


def limits_of(values: list[float]) -> tuple[float, float]:
    steps, series = series_of(values)
    found = envelope(steps, series, EVERY_ROW, COLUMNS, 0, len(values) - 1)
    everything = finite_bounds(steps, series)
    assert everything is not None
    return automatic([found.segments], everything)


def noisy(count: int, seed: int, level: float = 1.0) -> list[float]:
    noise = random.Random(seed)
    return [level + noise.gauss(0, 0.1) for _ in range(count)]


@settings(deadline=None)
@given(
    count=st.integers(COLUMNS * 3, 4000),
    seed=st.integers(0, 99),
    place=st.floats(0.02, 0.97),
    length=st.integers(1, 3),
    height=st.floats(20, 1e30),
    sign=st.sampled_from([1, -1]),
)
def test_a_spike_of_a_few_steps_never_sets_the_axis(
    count: int, seed: int, place: float, length: int, height: float, sign: int
) -> None:
    values = noisy(count, seed)
    begin = int(place * count)
    values[begin : begin + length] = [sign * height] * length
    low, high = limits_of(values)
    assert -1 < low < high < 3
    others = [value for value in values if abs(value) < 20]
    middle = sum(others) / len(others)
    assert low <= middle <= high
    assert low <= values[0] <= high
    assert low <= values[-1] <= high


@given(count=st.integers(COLUMNS * 3, 3000), seed=st.integers(0, 99), top=st.floats(2, 1e6))
def test_a_divergence_and_a_steep_start_stay_inside(count: int, seed: int, top: float) -> None:
    values = noisy(count, seed)
    grows = max(count // 20, 4)
    diverging = values[:-grows] + [1 + top * (place + 1) / grows for place in range(grows)]
    assert limits_of(diverging)[1] >= diverging[-1]
    starting = [1 + top * (grows - place) / grows for place in range(grows)] + values[grows:]
    assert limits_of(starting)[1] >= starting[0]


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=400))
def test_they_lie_within_everything_and_hold_the_first_and_the_newest(
    values: list[float],
) -> None:
    steps, series = series_of(values)
    columns = columns_of([Curve(steps, series, EVERY_ROW)], COLUMNS, 0, len(values) - 1)
    low, high = limits_of(values)
    found = automatic_of_columns(columns, (min(values), max(values)))
    assert found == pytest.approx((low, high), rel=1e-9), "as for several curves"
    assert min(values) <= low <= high <= max(values)
    assert low <= values[0] <= high
    assert low <= values[-1] <= high
    if (low, high) != (min(values), max(values)):
        # A tenth may have been added at one end. At both ends, no value would lie beyond.
        assert (high / 2 - low / 2) * 4 / 1.1 <= (max(values) / 2 - min(values) / 2) * (1 + 1e-9)


def test_few_points_lose_one_in_a_hundred_at_most() -> None:
    few = noisy(60, 1)
    few[30] = 1e5
    assert limits_of(few)[1] == 1e5, "of sixty points each is looked at"
    more = noisy(2 * COLUMNS - 2, 1)
    more[30] = 1e5
    assert limits_of(more)[1] < 2


def test_the_noise_at_the_other_end_of_a_spike_stays_inside() -> None:
    values = noisy(2000, 5)
    values[700] = 1e5
    low, _ = limits_of(values)
    assert low == min(values)
    values[900] = -1e5
    assert -1 < limits_of(values)[0] < 1


def test_spikes_on_a_constant_hide_nothing() -> None:
    values = [0.0] * 2000
    values[500] = 1.0
    assert limits_of(values) == (0.0, 1.0)


def test_lines_that_are_drawn_together_share_their_limits() -> None:
    low, high = noisy(2000, 1, level=0.0), noisy(2000, 2, level=5.0)
    low[700] = 1e4
    drawn = [
        envelope(*series_of(values), EVERY_ROW, COLUMNS, 0, 1999).segments for values in (low, high)
    ]
    found = automatic(drawn, (-1.0, 1e4))
    curves = [Curve(*series_of(values), EVERY_ROW) for values in (low, high)]
    columns = columns_of(curves, COLUMNS, 0, 1999)
    assert automatic_of_columns(columns, (-1.0, 1e4)) == pytest.approx(found)
    assert -1 <= found[0] < 0
    assert 5 < found[1] < 7


def test_a_line_of_two_columns_has_its_own_medians_among_other_lines() -> None:
    short = Series(array("I", range(5)), array("d", [1.0, 0.0, 0.0, 1.0, 1.0]))
    lines = [series_of([0.0]), (array("d", [0, 3, 3, 3, 3]), short)]
    alone = [envelope(*line, EVERY_ROW, 2, 0, 3).segments for line in lines]
    columns = columns_of([Curve(*line, EVERY_ROW) for line in lines], 2, 0, 3)
    found = automatic_of_columns(columns, (0.0, 9.0))
    assert found == automatic(alone, (0.0, 9.0)) == (0.0, 2.0)


def test_the_middle_part_leaves_out_a_twentieth_at_either_end() -> None:
    _, series = series_of([float(place) for place in range(100)])
    assert middle_part([(series, EVERY_ROW)], (0.0, 99.0)) == (5.0, 94.0)
    _, empty = series_of([math.nan])
    assert middle_part([(empty, EVERY_ROW)], (0.0, 1.0)) == (0.0, 1.0)
    _, long = series_of([float(place) for place in range(100_000)])
    low, high = middle_part([(long, EVERY_ROW)], (0.0, 99_999.0))
    assert low == pytest.approx(5_000, abs=50)
    assert high == pytest.approx(95_000, abs=50)


def test_the_middle_part_stays_while_a_window_moves_between_two_of_the_values_judged() -> None:
    _, series = series_of(noisy(50_000, 4))
    found = {
        middle_part([(series, Window(first, first + 40_000))], (0.0, 2.0))
        for first in range(1000, 1100)
    }
    assert len(found) <= 2 * (100 // 10 + 1), "a value in ten comes in, and one in ten goes"


def test_a_key_goes_through_all_and_begins_again() -> None:
    seen = [Limits.AUTO]
    while seen[-1].following is not Limits.AUTO:
        seen.append(seen[-1].following)
    assert seen == list(Limits)


@pytest.mark.parametrize(
    ("limits", "logarithmic", "expected"),
    [
        (Limits.AUTO, False, None),
        (Limits.EVERY, False, (3.0, 7.0)),
        (Limits.ZERO, False, (0.0, 7.0)),
        (Limits.ZERO, True, (3.0, 7.0)),
    ],
)
def test_only_automatic_limits_need_what_is_drawn(
    limits: Limits, logarithmic: bool, expected: tuple[float, float] | None
) -> None:
    assert undrawn(limits, [], (3.0, 7.0), logarithmic=logarithmic) == expected
    if limits is Limits.ZERO and not logarithmic:
        assert undrawn(limits, [], (-4.0, -2.0), logarithmic=False) == (-4.0, 1.0)
        assert undrawn(limits, [], (0.0, 0.0), logarithmic=False) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("low", "high", "everything", "is_worth"),
    [
        (0.0, 1.0, (0.0, 4.0), True),
        (0.0, 1.0, (-1.0, 3.0), True),
        (0.0, 1.0, (0.0, 3.999), False),
        (0.0, 1.001, (0.0, 4.0), False),
        (-1e308, 1e308, (-1.7e308, 1.7e308), False),
        (-1e307, 1e307, (-1.7e308, 1.7e308), True),
    ],
)
def test_limits_help_from_four_times_as_much_on(
    low: float, high: float, everything: tuple[float, float], is_worth: bool
) -> None:
    assert is_worth_limiting(low, high, everything) is is_worth
