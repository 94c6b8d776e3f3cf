"""Points along an axis, found by bisecting and compared with a look at each."""

from __future__ import annotations

import math
from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.series import numpy_policy, points
from trackio_view.series.points import after, at_or_before
from trackio_view.series.series import Series

xs_of_rows = st.lists(
    st.integers(-5, 20).map(float) | st.sampled_from([math.nan, math.inf, -math.inf]), max_size=40
)


@pytest.mark.parametrize("most", [0, 256], ids=["compared", "bisected"])
@pytest.mark.parametrize("threshold", [1, 10**9], ids=["numpy", "python"])
@given(
    xs=xs_of_rows,
    kept=st.sets(st.integers(0, 39)),
    x=st.integers(-6, 21).map(float) | st.sampled_from([points.LARGEST, -math.inf]),
    first=st.integers(0, 9),
)
def test_points_are_those_that_lie_nearest(
    xs: list[float], kept: set[int], x: float, first: int, threshold: int, most: int
) -> None:
    rows = [row for row in range(len(xs)) if row in kept]
    series = Series(array("I", rows), array("d", map(float, rows)))
    column = array("d", xs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numpy_policy, "WORTH_IMPORTING", threshold)
        patch.setattr(numpy_policy, "WORTH_USING", threshold)
        patch.setattr(points, "MOST_STRETCHES", most)
        found = (
            at_or_before(column, series, x, first),
            at_or_before(column, series, x, first, strictly=True),
            after(column, series, x, first),
        )
    known = [
        (xs[row], position)
        for position, row in enumerate(rows)
        if position >= first and math.isfinite(xs[row])
    ]
    upto, below = [it for it in known if it[0] <= x], [it for it in known if it[0] < x]
    beyond = [(own, position) for own, position in known if own > x]
    lowest = min(beyond, default=None)
    expected = (
        max(upto)[1] if upto else None,
        max(below)[1] if below else None,
        None if lowest is None else max(at for own, at in beyond if own == lowest[0]),
    )
    assert found == expected


@pytest.mark.parametrize("count", [10_000, 300_000])
def test_a_key_looks_at_no_more_points_of_a_longer_run(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = 0

    class Counted(list[float]):
        def __getitem__(self, key: Any) -> Any:
            nonlocal looked_at
            looked_at += 1
            return super().__getitem__(key)

    xs = array("d", range(count))
    series = Series(array("I", range(count)), array("d", range(count)))
    at_or_before(xs, series, 5.0, first=0)
    counted = Counted(xs)
    overview = type(series.overview)
    monkeypatch.setattr(overview, "update", lambda *_: None)
    monkeypatch.setattr(overview, "steps_by_position", lambda *_: (counted, 0))
    assert at_or_before(xs, series, 1200.5, first=0) == 1200
    assert after(xs, series, 1200) == 1201
    assert looked_at < 90
