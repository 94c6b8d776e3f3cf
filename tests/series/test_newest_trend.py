"""Trends: since when a series rises or falls, compared with a look at every stretch."""

from __future__ import annotations

import math
import random
import statistics
from array import array
from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from trackio_view.series.medians import BlockMedians
from trackio_view.series.newest_trend import (
    FEWEST_LEVELS,
    FEWEST_RISING,
    MOST_LEVELS,
    NOISES,
    NewestTrend,
    newest_trend,
)
from trackio_view.series.series import Series
from trackio_view.series.smoothed import SmoothedSeries
from trackio_view.series.smoothing import smoothing_of


def series_of(values: Sequence[float]) -> tuple[array[float], Series]:
    count = len(values)
    return array("d", range(count)), Series(array("I", range(count)), array("d", values))


def found_in(values: Sequence[float], independent: int = 1) -> NewestTrend | None:
    return newest_trend(*series_of(values), independent)


def brute_force(values: Sequence[float], independent: int) -> tuple[int, float, int] | None:
    """Return the trend by the definition of the module, with a look at each stretch."""
    spacing = 1
    while spacing < independent or len(values) // spacing > MOST_LEVELS:
        spacing *= 2
    parts = [list(values[at : at + spacing]) for at in range(0, len(values), spacing)]
    if len(parts) > 1 and len(parts[-1]) < spacing:
        parts[-2:] = [parts[-2] + parts[-1]]
    if len(values) // spacing < FEWEST_LEVELS:
        return None
    finite = [[value for value in part if math.isfinite(value)] for part in parts]
    if not finite[-1]:
        return None
    known = [(at, statistics.median(part)) for at, part in enumerate(finite) if part]
    levels = [level for _, level in known]
    count = len(levels)
    if count < FEWEST_LEVELS:
        return None
    thirds = [
        abs(levels[at] - 3 * levels[at + 1] + 3 * levels[at + 2] - levels[at + 3])
        for at in range(count - 3)
    ]
    noise = statistics.median(thirds) / (statistics.NormalDist().inv_cdf(0.75) * math.sqrt(20))
    for sign in (1, -1):
        own = [sign * level for level in levels]
        without_fall = [
            start
            for start in range(count)
            if all(
                own[at] - own[later] <= NOISES * noise
                for at in range(start, count)
                for later in range(at, count)
            )
        ]
        longest = own[min(without_fall) :]
        begin = max(at for at in without_fall if own[at] == min(longest))
        change, half = own[-1] - own[begin], own[begin:][(count - begin) // 2 :]
        assume(abs(change - NOISES * noise) > 1e-9 or not change)
        if count - begin < FEWEST_RISING or not change > NOISES * noise:
            continue
        places = range(len(half))
        slope = statistics.linear_regression(places, half).slope
        error = noise / math.sqrt(sum((at - statistics.fmean(places)) ** 2 for at in places))
        assume(abs(slope - NOISES * error) > 1e-9 or not slope)
        if slope > NOISES * error:
            place = known[begin][0]
            position = place * spacing + (spacing - 1) // 2 if place else 0
            return position, sign * change, spacing
    return None


pieces = st.lists(
    st.tuples(
        st.integers(1, 60),
        st.integers(-4, 4),
        st.sampled_from([0.0, 0.25, 2.0, 8.0]),
    ),
    min_size=1,
    max_size=4,
)


@given(pieces, st.integers(0, 1000), st.sampled_from([0, 1, 9, 60]), st.sampled_from([1, 3, 20]))
def test_a_trend_is_the_one_that_its_definition_finds(
    pieces: list[tuple[int, int, float]], seed: int, odd: int, independent: int
) -> None:
    rng, values, level = random.Random(seed), [], 0.0
    for length, slope, noise in pieces:
        for _ in range(length):
            level += slope
            values.append(level + round(rng.gauss(0, noise), 3))
    for _ in range(odd):
        values[rng.randrange(len(values))] = rng.choice([math.nan, math.inf, -math.inf])
    expected, found = brute_force(values, independent), found_in(values, independent)
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert (found.position, found.spacing) == (expected[0], expected[2])
        assert found.change == pytest.approx(expected[1])


def test_a_turn_is_told_to_the_value() -> None:
    """Return the trend where each value is a level: its last lowest value, and the change since."""
    values = [3.0, 2.5, 2.1, 1.8, 1.6, 1.5, 1.5, 1.55, 1.65, 1.8, 2.0]
    assert found_in(values) == NewestTrend(6, 0.5, 1)
    assert found_in([-value for value in values]) == NewestTrend(6, -0.5, 1)


def test_a_spike_is_no_trend_and_hides_none() -> None:
    values = [100 - at / 10 for at in range(1000)]
    values[640] = 1e5
    found = found_in(values)
    assert found is not None
    assert (found.position, found.change < 0, found.spacing) == (0, True, 16)


@pytest.mark.parametrize("count", [7, 8, 20, 64, 65, 500, 5000])
@pytest.mark.parametrize("kind", ["", "0.9", "time:0.97", "mean:10"])
def test_noise_alone_has_no_trend(kind: str, count: int) -> None:
    """Noise has no trend, neither as logged nor smoothed."""
    told, rng = 0, random.Random(count)
    smoothing = smoothing_of(kind) if kind else None
    for _ in range(40):
        xs, series = series_of([rng.gauss(0, 1) for _ in range(count)])
        reach = 1
        if smoothing is not None:
            series, reach = (
                SmoothedSeries(series, smoothing).update(xs, array("Q")),
                smoothing.reach,
            )
        told += newest_trend(xs, series, reach) is not None
    assert told <= 1


def test_most_rises_of_eight_deviations_of_their_noise_are_told() -> None:
    rng = random.Random(5)
    told = 0
    for _ in range(100):
        told += found_in([rng.gauss(0, 1) + at * 8 / 63 for at in range(64)]) is not None
    assert told > 60


def test_a_loss_that_fell_and_lies_still_is_silent() -> None:
    rng = random.Random(2)
    fallen = [20 * math.exp(-at / 60) + rng.gauss(0, 0.5) for at in range(600)]
    assert found_in(fallen[:90]) is not None
    assert found_in(fallen) is None


@pytest.mark.parametrize(
    "values",
    [
        [],
        [1.0] * 50,
        [1.0, 2.0] * 3,
        [*range(20), math.nan],
        [math.nan] * 30,
        [1e308, -1e308] * 40,
    ],
    ids=["empty", "constant", "few", "ended by NaN", "NaN", "huge"],
)
def test_few_level_odd_or_huge_values_have_no_trend(values: list[float]) -> None:
    assert found_in(values) is None


@pytest.mark.parametrize("count", [9_000, 300_000])
def test_no_more_is_looked_at_however_long_a_series_is(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    xs, series = series_of([float(at % 7) for at in range(count)])
    series.overview.update(xs, series.rows, series.values)
    looked_at: list[int] = []
    of_column = BlockMedians.of_column

    def counting(self: BlockMedians, values: array[float], start: int, end: int) -> float:
        kind = self._kind_for(end - start)
        looked_at.append((end - start) // (64 * 8**kind if kind >= 0 else 1))
        return of_column(self, values, start, end)

    monkeypatch.setattr(BlockMedians, "of_column", counting)
    newest_trend(xs, series)
    assert len(looked_at) <= MOST_LEVELS
    assert sum(looked_at) <= MOST_LEVELS * 256
