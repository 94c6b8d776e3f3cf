"""The extents of columns of dots: each way to find them equals the definition."""

from __future__ import annotations

import math
import statistics
from array import array
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackio_view.series import extents as module
from trackio_view.series import numpy_policy
from trackio_view.series.blocks import Overview
from trackio_view.series.extents import Extent, Reduction, merged
from trackio_view.series.medians import BLOCK, FEWEST
from trackio_view.series.scale import Scale

Way = Callable[[Reduction, int, int], Iterable[Extent]]

WAYS: dict[str, Way] = {
    "by point": module._extents_by_point,
    "by column": module._extents_by_column,
    "with numpy": module._extents_with_numpy,
}
MERGERS: dict[str, int] = {"in Python": 10**9, "with numpy": 1}

VALUES = st.floats(-1e9, 1e9) | st.sampled_from([math.nan, math.inf, -math.inf])


def job_of(
    steps: Iterable[float], values: Iterable[float], count: int, left: float, right: float
) -> Reduction:
    """Return a reduction of values at steps 0, 1, 2 and so on."""
    numbers, own = array("d", values), array("d", steps)
    columns = Scale.of_columns(left, right, count)
    return Reduction(own, 0, numbers, overview_of(own, range(len(own)), numbers), columns)


def overview_of(steps: array[float], rows: Iterable[int], values: array[float]) -> Overview:
    overview = Overview()
    overview.update(steps, array("I", rows), values)
    return overview


def by_definition(job: Reduction, start: int, end: int) -> list[Extent]:
    """Look at every value in range, a column at a time."""
    members: dict[int, list[float]] = {}
    for step, value in zip(job.steps[start:end], job.values[start:end], strict=True):
        if job.columns.low <= step <= job.columns.high:
            members.setdefault(job.columns.nearest(step), []).append(value)
    found = []
    for column, values in sorted(members.items()):
        finite = [value for value in values if math.isfinite(value)] or [math.nan]
        low = min(finite) if math.isfinite(finite[0]) else math.inf
        high = max(finite) if math.isfinite(finite[0]) else -math.inf
        count = sum(map(math.isfinite, values))
        middle = statistics.median(finite)
        found.append(Extent(column, finite[0], low, high, finite[-1], middle, count))
    return found


def same(found: Iterable[Extent], expected: Iterable[Extent]) -> bool:
    """Return whether extents are equal.

    Two columns without a finite value are equal. A median may differ by rounding, and lie anywhere
    within a column of whole blocks.
    """
    found, expected = list(found), list(expected)
    for one, other in zip(found, expected, strict=True):
        if one.points >= BLOCK:
            assert one.low <= one.median <= one.high
        elif one.points:
            assert one.median == pytest.approx(other.median, rel=1e-12, abs=1e-6)

    def known(extents: Iterable[Extent]) -> list[Extent]:
        return [
            extent._replace(median=0.0)
            if extent.low <= extent.high
            else Extent(extent.column, 0, 1, 0, 0, 0, 0)
            for extent in extents
        ]

    return known(found) == known(expected)


@settings(deadline=None)
@given(
    points=st.lists(st.tuples(st.integers(0, 99), VALUES), min_size=1, max_size=80),
    count=st.integers(1, 40),
    span=st.tuples(st.integers(0, 99), st.integers(0, 99)),
    part=st.tuples(st.integers(0, 80), st.integers(0, 80)),
)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_each_way_gives_the_definition(
    points: list[tuple[int, float]],
    count: int,
    span: tuple[int, int],
    part: tuple[int, int],
    way: Way,
) -> None:
    steps = sorted(float(step) for step, _ in points)
    values = [value for _, value in points]
    job = job_of(steps, values, count, float(min(span)), float(max(span)))
    start, end = (min(place, len(values)) for place in sorted(part))
    if start == end:
        return
    inside = job.clip(start, end)
    assert list(inside) == sorted(inside)
    shown = [place for place in range(start, end) if min(span) <= steps[place] <= max(span)]
    assert list(range(*inside)) == shown
    if shown:
        assert same(way(job, *inside), by_definition(job, start, end))


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("holes", [False, True])
def test_columns_of_whole_blocks(way: Way, holes: bool) -> None:
    """Only the bounds of blocks within a column are compared, so the bounds must be complete."""
    count = 12 * BLOCK * 5 + 31
    values = [math.sin(place) * (place % 97) for place in range(count)]
    if holes:
        values[BLOCK * 7 : BLOCK * 9] = [math.nan] * (2 * BLOCK)
        values[0] = values[-1] = values[3 * BLOCK + 5] = math.inf
    job = job_of(range(count), values, 11, 0.0, count - 1.0)
    for start, end in ((0, count), (1, count - 1), (BLOCK, 9 * BLOCK), (BLOCK - 1, 8 * BLOCK + 1)):
        assert same(way(job, start, end), by_definition(job, start, end))


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 999),
    count=st.integers(5 * BLOCK, 30 * BLOCK),
    columns=st.integers(1, 5),
    cuts=st.tuples(st.integers(0, 3 * BLOCK), st.integers(0, BLOCK)),
    widens=st.booleans(),
    power=st.sampled_from([1, 8]),
)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_columns_of_any_length_end_where_the_next_ones_begin(
    seed: int,
    count: int,
    columns: int,
    cuts: tuple[int, int],
    widens: bool,
    power: int,
    way: Way,
) -> None:
    """Values swing ever wider or less wide, so that those at an edge are extremes of a column."""
    values = [place * (-1.0) ** place for place in range(count)][:: 1 if widens else -1]
    values[seed % 97 :: 97] = [math.nan] * len(values[seed % 97 :: 97])
    steps = [float(place**power) for place in range(count)]
    job = job_of(steps, values, columns, 0.0, steps[-1])
    start, end = cuts[0], count - cuts[1]
    assert same(way(job, start, end), by_definition(job, start, end))


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("blocks", [4, 5, 9])
@pytest.mark.parametrize("late", [-1, 0, 1])
def test_the_first_value_of_a_column_counts_for_no_other(way: Way, blocks: int, late: int) -> None:
    half = blocks * BLOCK
    steps = range(2 * half + 1)
    # The right column begins with the block, or a value before or after that.
    values = [
        9.0 if step == half + late else -9.0 if step == half + late + 1 else 0 for step in steps
    ]
    job = job_of((step - late for step in steps), values, 2, 0, 2 * half)
    assert same(way(job, *job.clip(0, len(values))), by_definition(job, 0, len(values)))


def test_the_median_of_a_column_with_many_holes_is_the_same_each_way() -> None:
    holes = [float(place * place % 997) if place % 3 == 0 else math.nan for place in range(300)]
    job = job_of(range(300), holes, 1, 0.0, 299.0)
    medians = {extent.median for way in WAYS.values() for extent in way(job, 0, 300)}
    assert len(medians) == 1


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(
    ("left", "right", "columns", "edge"),
    [(319, 3439, 27, 2539), (-4763, -431, 16, -1153), (20, 4922, 44, 1331), (-41, 51, 24, -15)],
    ids=["too late", "too late below 0", "too early", "too early below 0"],
)
def test_a_step_on_an_edge_is_in_the_column_that_it_is_drawn_in(
    way: Way, left: int, right: int, columns: int, edge: int
) -> None:
    """Rounding may put the estimated edge of a column beside the step on it."""
    steps = range(left, right + 1)
    values = [float(step == edge) for step in steps]
    job = job_of(steps, values, columns, float(left), float(right))
    assert same(way(job, 0, len(values)), by_definition(job, 0, len(values)))


def test_the_shift_is_between_a_value_and_the_row_of_its_step() -> None:
    values = array("d", [5.0, 6.0, 7.0])
    steps = array("d", [0, 1, 2, 3, 4, 5])
    overview = overview_of(steps, [2, 3, 4], values)
    job = Reduction(steps, 2, values, overview, Scale.of_columns(3.0, 5.0, 3))
    assert job.clip(0, 3) == (1, 3)
    expected = [Extent(0, 6.0, 6.0, 6.0, 6.0, 6.0, 1), Extent(1, 7.0, 7.0, 7.0, 7.0, 7.0, 1)]
    for way in WAYS.values():
        assert list(way(job, 1, 3)) == expected


def test_a_single_value_without_a_step_is_nowhere() -> None:
    assert job_of([math.nan], [1.0], 5, 0.0, 9.0).clip(0, 1) == (0, 0)
    assert job_of([math.inf], [1.0], 5, 0.0, 9.0).clip(0, 1) == (0, 0)
    assert job_of([4.0], [1.0], 5, 0.0, 9.0).clip(0, 1) == (0, 1)


@settings(deadline=None)
@given(
    points=st.lists(st.tuples(st.integers(-5, 40), VALUES), min_size=1, max_size=60),
    count=st.integers(1, 20),
)
@pytest.mark.parametrize("threshold", MERGERS.values(), ids=MERGERS)
def test_steps_in_any_order_are_merged(
    points: list[tuple[int, float]], count: int, threshold: int
) -> None:
    job = job_of([step for step, _ in points], [value for _, value in points], count, 0.0, 30.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numpy_policy, "WORTH_IMPORTING", threshold)
        patch.setattr(numpy_policy, "WORTH_USING", threshold)
        assert same(merged(job, [range(len(points))]), by_definition(job, 0, len(points)))


def test_the_way_is_chosen_by_how_many_values_a_column_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken: list[str] = []
    for name in ("_extents_by_point", "_extents_by_column", "_extents_with_numpy"):
        monkeypatch.setattr(module, name, lambda *_, name=name: taken.append(name))
    monkeypatch.setattr(module, "numpy_pays", lambda count: count > 1000)
    job = job_of(range(2000), [0.0] * 2000, 10, 0.0, 1999.0)
    for end in (70, 71, 1000, 1001):
        job.extents(0, end)
    assert taken == [
        *("_extents_by_point", "_extents_by_column"),
        *("_extents_by_column", "_extents_with_numpy"),
    ]


def test_the_bounds_of_a_column_are_those_of_its_values_once_they_are_sorted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The median of a few blocks is exact. So their bounds need not be looked for as well."""
    counts = (BLOCK * FEWEST - 1, BLOCK * FEWEST)
    steps = [float(column) for column, count in enumerate(counts) for _ in range(count)]
    values = [place * 7919 % 997 for place in range(len(steps))]
    job = job_of(steps, values, 2, 0, 1)
    asked: list[int] = []
    bounds = Overview.bounds

    def counting(self: Overview, values: array[float], start: int, end: int) -> tuple[float, float]:
        asked.append(end - start)
        return bounds(self, values, start, end)

    monkeypatch.setattr(Overview, "bounds", counting)
    assert same(module._extents_by_column(job, 0, len(steps)), by_definition(job, 0, len(steps)))
    assert asked == [BLOCK * FEWEST]
