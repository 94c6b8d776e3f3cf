"""Smoothed series equal their definitions, however the values came and whichever way is taken."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.series import smoothed
from trackio_view.series.envelope import envelope
from trackio_view.series.series import Series
from trackio_view.series.smoothed import SmoothedSeries
from trackio_view.series.smoothing import Smoothing, Way
from trackio_view.series.window import EVERY_ROW

VALUES = st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf, 2.5])
CUTS = st.lists(st.integers(0, 60), max_size=5)
ROWS = st.lists(st.tuples(VALUES, st.floats(0, 50) | st.just(math.nan)), max_size=60)
RESTARTS = st.sets(st.integers(0, 70), max_size=4)
SMOOTHINGS = st.sampled_from(
    [
        *(Smoothing(Way.BY_POINTS, weight) for weight in (0.6, 0.9, 0.99)),
        *(Smoothing(Way.BY_DISTANCE, weight) for weight in (0.6, 0.97)),
        *(Smoothing(Way.CENTRED, width) for width in (3, 10, 25)),
    ]
)


@pytest.fixture(params=[False, True], ids=["plain", "numpy"])
def by_numpy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every value, or none, be looked at with numpy, of which a part is short."""
    monkeypatch.setattr(smoothed, "numpy_pays", lambda count: request.param and count > 0)
    monkeypatch.setattr(smoothed, "VALUES_AT_ONCE", 7)


def every_other(values: Sequence[float]) -> Series:
    """Return a series that was logged in every other row."""
    return Series(array("I", range(0, 2 * len(values), 2)), array("d", values))


def expected_of(
    values: Sequence[float], xs: Sequence[float], restarts: set[int], smoothing: Smoothing
) -> list[float]:
    """Return the smoothed values by their definitions, each computed by itself."""
    attempts = [sum(restart <= 2 * place for restart in restarts) for place in range(len(values))]
    return [
        _expected(place, values, xs, attempts, smoothing) if math.isfinite(value) else value
        for place, value in enumerate(values)
    ]


def _expected(
    place: int,
    values: Sequence[float],
    xs: Sequence[float],
    attempts: Sequence[int],
    smoothing: Smoothing,
) -> float:
    own = [
        at
        for at, value in enumerate(values)
        if math.isfinite(value) and attempts[at] == attempts[place]
    ]
    if smoothing.way is Way.CENTRED:
        around = [values[at] for at in own if abs(at - place) <= smoothing.amount // 2]
        return math.fsum(around) / len(around)
    before = [at for at in own if at <= place]
    shares = [1.0]
    for at, earlier in zip(before[:0:-1], before[-2::-1], strict=True):
        fades = smoothing.amount
        if smoothing.way is Way.BY_DISTANCE:
            known = [xs[one] for one in before if one <= earlier and math.isfinite(xs[one])]
            distance = xs[at] - known[-1] if known else math.nan
            # An x that is no number has no distance, so that nothing fades.
            fades = fades ** (distance / _unit(xs)) if 0 < distance < math.inf else 1.0
        shares.append(shares[-1] * fades)
    total = math.fsum(
        share * values[at] for share, at in zip(shares, reversed(before), strict=True)
    )
    return total / math.fsum(shares)


def _unit(xs: Sequence[float]) -> float:
    distances = sorted(b - a for a, b in pairwise(xs) if 0 < b - a < math.inf)
    middle = len(distances) // 2
    if not distances:
        return math.inf
    lower, upper = distances[(len(distances) - 1) // 2], distances[middle]
    # Half of the smallest float is 0.
    return lower if lower == upper else lower / 2 + upper / 2


def same(found: Sequence[float], expected: Sequence[float]) -> bool:
    return len(found) == len(expected) and all(
        one == pytest.approx(other, rel=1e-7, abs=1e-6, nan_ok=True)
        for one, other in zip(found, expected, strict=True)
    )


def grown(
    values: Sequence[float],
    xs: Sequence[float],
    restarts: set[int],
    smoothing: Smoothing,
    cuts: Sequence[int],
) -> SmoothedSeries:
    """Return the smoothed values of a series that was looked at while it grew."""
    source = every_other([])
    row_xs: array[float] = array("d")
    made = SmoothedSeries(source, smoothing)
    for end in [*sorted(min(cut, len(values)) for cut in cuts), len(values)]:
        for place in range(len(source), end):
            source.rows.append(2 * place)
            source.values.append(values[place])
            row_xs.extend([xs[place], math.nan])
        known = array("Q", sorted(row for row in restarts if row < 2 * end))
        made.update(row_xs, known)
        # The kept facts of the drawing are dropped with it.
        made.series.overview.update(row_xs, made.series.rows, made.series.values)
    return made


@pytest.mark.usefixtures("by_numpy")
@given(rows=ROWS, cuts=CUTS, restarts=RESTARTS, smoothing=SMOOTHINGS)
def test_each_value_is_what_the_definition_says_however_they_came(
    rows: list[tuple[float, float]], cuts: list[int], restarts: set[int], smoothing: Smoothing
) -> None:
    values, xs = [value for value, _ in rows], [x for _, x in rows]
    made = grown(values, xs, restarts, smoothing, cuts)
    assert made.behind == 0
    assert same(made.series.values, expected_of(values, xs, restarts, smoothing))


@pytest.mark.usefixtures("by_numpy")
@given(
    rows=ROWS,
    smoothing=SMOOTHINGS,
    seen=RESTARTS,
    restarts=RESTARTS,
    end=st.integers(0, 60),
)
def test_a_restart_that_is_found_or_taken_back_later_is_heeded(
    rows: list[tuple[float, float]],
    smoothing: Smoothing,
    seen: set[int],
    restarts: set[int],
    end: int,
) -> None:
    values, xs = [value for value, _ in rows], [x for _, x in rows]
    source = every_other(values[:end])
    row_xs = array("d", [x for one in xs for x in (one, math.nan)])
    made = SmoothedSeries(source, smoothing)
    made.update(row_xs, array("Q", sorted(seen)))
    for place in range(len(source), len(values)):
        source.rows.append(2 * place)
        source.values.append(values[place])
    made.update(row_xs, array("Q", sorted(restarts)))
    assert same(made.series.values, expected_of(values, xs, restarts, smoothing))


@pytest.mark.usefixtures("by_numpy")
@pytest.mark.parametrize("weight", [0.6, 0.97, 0.999])
@pytest.mark.parametrize("way", [Way.BY_POINTS, Way.BY_DISTANCE])
def test_a_constant_stays_as_it_is(way: Way, weight: float) -> None:
    source = Series(array("I", range(500)), array("d", [0.1] * 500))
    made = SmoothedSeries(source, Smoothing(way, weight))
    assert made.update(array("d", range(500)), array("Q")).values == source.values


@pytest.mark.usefixtures("by_numpy")
@pytest.mark.parametrize(
    "smoothing", [Smoothing(Way.BY_POINTS, 0.9), Smoothing(Way.BY_DISTANCE, 0.9)]
)
def test_numbers_as_large_as_floats_go_stay_numbers(smoothing: Smoothing) -> None:
    values = [1.7e308, -1.7e308] * 40
    source = Series(array("I", range(80)), array("d", values))
    made = SmoothedSeries(source, smoothing).update(array("d", range(80)), array("Q"))
    assert all(abs(value) <= 1.7e308 for value in made.values)
    centred = SmoothedSeries(source, Smoothing(Way.CENTRED, 10))
    assert all(map(math.isfinite, centred.update(array("d", range(80)), array("Q")).values))


def test_of_equal_distances_both_averages_are_one() -> None:
    values = array("d", [math.sin(place) for place in range(900)])
    source = Series(array("I", range(900)), values)
    xs = array("d", range(0, 9000, 10))
    plain, weighted = (
        SmoothedSeries(source, Smoothing(way, 0.9)).update(xs, array("Q"))
        for way in (Way.BY_POINTS, Way.BY_DISTANCE)
    )
    assert same(weighted.values, plain.values)


class Counted(array):  # type: ignore[type-arg]
    """A column that counts how many of its values are read."""

    taken = 0

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        Counted.taken += len(found) if isinstance(found, array) else 1
        return found


@pytest.mark.parametrize(
    ("smoothing", "most"),
    [
        (Smoothing(Way.BY_POINTS, 0.9), 1),
        (Smoothing(Way.BY_DISTANCE, 0.9), 1),
        # Each of the last six values gets further neighbours, so it is computed again.
        (Smoothing(Way.CENTRED, 10), 6 * 13),
    ],
)
def test_smoothing_looks_at_each_value_once(smoothing: Smoothing, most: int) -> None:
    source = Series(array("I", range(5000)), Counted("d", range(5000)))
    xs = array("d", range(5001))
    made = SmoothedSeries(source, smoothing)
    made.update(xs, array("Q"))
    source.rows.append(5000)
    source.values.append(1.0)
    assert made.behind == 1
    Counted.taken = 0
    made.update(xs, array("Q"))
    assert 1 <= Counted.taken <= most
    Counted.taken = 0
    made.update(xs, array("Q"))
    assert Counted.taken == 0


@pytest.mark.parametrize("smoothing", [Smoothing(Way.CENTRED, 10), Smoothing(Way.BY_POINTS, 0.9)])
def test_facts_kept_of_a_smoothed_line_are_those_of_its_values(smoothing: Smoothing) -> None:
    values = [math.sin(place * 0.7) + (place == 700) * 50 for place in range(1500)]
    xs = [float(place) for place in range(1500)]
    made = grown(values, xs, set(), smoothing, [5, 60, 70, 513, 514, 1000])
    row_xs = array("d", [x for one in xs for x in (one, math.nan)])
    fresh = Series(made.series.rows, made.series.values[:])
    shown = [envelope(row_xs, one, EVERY_ROW, 6, 0.0, 1499.0) for one in (made.series, fresh)]
    assert shown[0] == shown[1]


@pytest.mark.parametrize(("near", "known", "is_kept"), [(150, 256, True), (100, 128, False)])
def test_the_usual_distance_is_that_of_the_first_256_values(
    near: int, known: int, is_kept: bool
) -> None:
    """What comes later changes nothing that was smoothed; fewer values are smoothed anew."""
    xs = array("d", accumulate([1.0] * near + [10.0] * 400))
    smoothing = Smoothing(Way.BY_DISTANCE, 0.9)

    def smoothed_over(count: int) -> list[float]:
        values = array("d", (float(at % 7) for at in range(count)))
        source = Series(array("I", range(count)), values)
        return list(SmoothedSeries(source, smoothing).update(xs, array("Q")).values)

    assert (smoothed_over(len(xs))[:known] == smoothed_over(known)) is is_kept
