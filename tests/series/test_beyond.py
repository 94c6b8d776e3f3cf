"""The values beyond the ends of an axis are counted exactly, and each is looked at once."""

from __future__ import annotations

import math
import random
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackio_view.series import numpy_policy
from trackio_view.series.beyond import Beyond, beyond, parts_beyond
from trackio_view.series.medians import BLOCK
from trackio_view.series.series import MetricColumn, Series
from trackio_view.series.window import EVERY_ROW, Window

ODD = [math.nan, math.inf, -math.inf]
VALUES = st.lists(st.integers(-50, 50).map(float) | st.sampled_from(ODD), min_size=1, max_size=500)
# Runs of equal values make blocks that lie wholly within or wholly beyond the limits.
LEVELS = st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 150)), min_size=1, max_size=5).map(
    lambda levels: [float(level) for level, count in levels for _ in range(count)]
)


def series_of(values: list[float]) -> tuple[array[float], Series]:
    count = len(values)
    return array("d", range(count)), Series(array("I", range(count)), array("d", values))


def append(steps: array[float], series: Series, values: list[float]) -> None:
    start = len(series)
    rows = array("I", range(start, start + len(values)))
    series.append(MetricColumn(rows, array("d", values)), rows)
    del steps[start:]
    steps.extend(map(float, rows))


def check(steps: array[float], series: Series, window: Window, limits: tuple[float, float]) -> None:
    """Compare the counts with a look at each value."""
    spans = window.spans or ((window.first, window.end),)
    places = [
        place
        for first, end in spans
        for place in range(first, min(end, len(series)))
        if math.isfinite(series.values[place])
    ]
    lower = [place for place in places if series.values[place] < limits[0]]
    higher = [place for place in places if series.values[place] > limits[1]]
    told = beyond(steps, series, window, limits)
    for found, own, furthest in ((told[0], lower, min), (told[1], higher, max)):
        assert found.found == len(own)
        if own:
            place = furthest(own, key=series.values.__getitem__)
            assert found == Beyond(len(own), series.values[place], float(place))


@settings(deadline=None)
@given(
    values=VALUES | LEVELS,
    limits=st.tuples(st.integers(-45, 0), st.integers(0, 45)),
    windows=st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=4),
    gap=st.none() | st.tuples(st.integers(0, 250), st.integers(0, 250)),
    threshold=st.sampled_from([1, 10**9]),
    fresh=VALUES,
    kept=st.integers(0, 500),
)
def test_values_beyond_limits_are_counted_exactly(
    values: list[float],
    limits: tuple[int, int],
    windows: list[tuple[int, int]],
    gap: tuple[int, int] | None,
    threshold: int,
    fresh: list[float],
    kept: int,
) -> None:
    steps, series = series_of(values)
    ends = float(limits[0]), float(limits[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numpy_policy, "WORTH_IMPORTING", threshold)
        patch.setattr(numpy_policy, "WORTH_USING", threshold)
        for first, end in windows:
            window = Window(min(first, end), max(first, end))
            if gap is not None:
                inner = sorted({window.first, *gap, window.end})
                spans = tuple(zip(inner[::2], inner[1::2], strict=False))
                window = Window(inner[0], inner[-1], spans=spans) if spans else window
            check(steps, series, window, ends)
        append(steps, series, fresh)
        check(steps, series, EVERY_ROW, ends)
        check(steps, series, EVERY_ROW, (ends[0] - 1, ends[1]))
        # Other values replace those that were taken back.
        series.take_back(kept)
        del series.rows[kept:]
        append(steps, series, [-value for value in fresh])
        check(steps, series, EVERY_ROW, (ends[0] - 1, ends[1]))


@pytest.mark.parametrize("threshold", [1, 10**9])
def test_each_value_is_read_once_however_many_frames_are_drawn(
    monkeypatch: pytest.MonkeyPatch, threshold: int
) -> None:
    monkeypatch.setattr(numpy_policy, "WORTH_IMPORTING", threshold)
    monkeypatch.setattr(numpy_policy, "WORTH_USING", threshold)
    noise, count = random.Random(3), 64_000
    steps, series = series_of([noise.gauss(0, 1) for _ in range(count)])
    limits = (-1.6, 1.6)
    beyond(steps, series, EVERY_ROW, limits)
    read = series.overview.counts.read
    assert read > count * 0.9, "nearly all blocks have some values within and some beyond"
    for frame in range(200):
        append(steps, series, [noise.gauss(0, 1)])
        beyond(steps, series, EVERY_ROW, limits)
        beyond(steps, series, Window(5_000 + frame, len(series)), limits)
    assert series.overview.counts.read <= read + 200


@pytest.mark.parametrize("threshold", [1, 10**9])
def test_of_blocks_wholly_within_or_wholly_beyond_no_value_is_read(
    monkeypatch: pytest.MonkeyPatch, threshold: int
) -> None:
    monkeypatch.setattr(numpy_policy, "WORTH_IMPORTING", threshold)
    monkeypatch.setattr(numpy_policy, "WORTH_USING", threshold)
    values = [0.0, 9.0, -9.0] * 1000
    values = sorted(values[:2990] + [math.nan] * 10, key=lambda value: value if value else 0.0)
    steps, series = series_of(values)
    below, above = beyond(steps, series, EVERY_ROW, (-5.0, 5.0))
    assert (below.found, above.found) == (values.count(-9.0), values.count(9.0))
    assert series.overview.counts.read <= 3 * BLOCK, "those at an edge"


def test_only_blocks_that_reach_beyond_are_looked_at() -> None:
    noise = random.Random(3)
    values = [1.0 + noise.gauss(0, 0.1) for _ in range(64_000)]
    values[10_000] = values[50_000] = 9.0
    steps, series = series_of(values)
    _, above = beyond(steps, series, EVERY_ROW, (-5.0, 5.0))
    assert (above.found, above.step) == (2, 10_000.0)
    assert series.overview.counts.read == 2 * BLOCK
    parts = list(parts_beyond(series.overview, range(64_000), -5.0, 5.0))
    assert sum(end - begin for begin, end in parts) <= 2 * BLOCK
    assert all(any(begin <= at < end for begin, end in parts) for at in (10_000, 50_000))


@given(
    values=VALUES | LEVELS,
    start=st.integers(0, 500),
    stop=st.integers(0, 500),
    limits=st.tuples(st.integers(-45, 0), st.integers(0, 45)),
)
def test_what_is_left_out_of_a_stretch_lies_within_the_limits(
    values: list[float], start: int, stop: int, limits: tuple[int, int]
) -> None:
    steps, series = series_of(values)
    series.overview.update(steps, series.rows, series.values)
    stretch = range(start, len(values))[: max(stop, 0)]
    parts = list(parts_beyond(series.overview, stretch, *map(float, limits)))
    looked_at = [place for begin, end in parts for place in range(begin, end)]
    assert looked_at == sorted(set(looked_at) & set(stretch)), "in order, and each once"
    left_out = [values[place] for place in set(stretch) - set(looked_at)]
    assert not [value for value in left_out if value < limits[0] or value > limits[1]]


def test_the_place_of_the_furthest_is_found_without_a_look_at_every_value() -> None:
    values = [0.0] * 10_000
    values[7] = values[9_999] = 3.0
    steps, series = series_of(values)
    assert beyond(steps, series, Window(8, 10_000), (-1.0, 1.0))[1] == Beyond(1, 3.0, 9_999.0)
    assert beyond(steps, series, EVERY_ROW, (-1.0, 1.0))[1] == Beyond(2, 3.0, 7.0)
