"""The logarithms are those of a series' values, and values without a logarithm are counted."""

from __future__ import annotations

import math
import sys
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.series import logarithms
from trackio_view.series.logarithms import Logarithms, not_positive, number_of
from trackio_view.series.series import Series
from trackio_view.series.window import Window

VALUES = st.floats(allow_nan=True) | st.sampled_from([0.0, -0.0, 5e-324, 1.7e308, -3.0, 10.0])


@pytest.fixture(params=[False, True], ids=["plain", "numpy"])
def by_numpy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every value, or none, be looked at with numpy, of which a part is short."""
    monkeypatch.setattr(logarithms, "numpy_pays", lambda count: request.param and count > 0)
    monkeypatch.setattr(logarithms, "VALUES_AT_ONCE", 7)


@pytest.mark.usefixtures("by_numpy")
@given(
    values=st.lists(VALUES, max_size=40),
    cuts=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=4),
    window=st.tuples(st.integers(0, 40), st.integers(0, 40)),
)
def test_logarithms_are_those_of_the_values(
    values: list[float], cuts: list[tuple[int, int]], window: tuple[int, int]
) -> None:
    source = Series()
    made = Logarithms(source)
    steps = array("d", range(len(values)))

    def grow(end: int) -> None:
        del source.rows[len(source) :]
        source.rows.extend(range(len(source), end))
        source.values.extend(values[len(source) : end])

    for end, taken_back in [*cuts, (len(values), len(values))]:
        grow(max(min(end, len(values)), len(source)))
        # Values that were taken back come again, with other values where the series is smoothed.
        if taken_back < len(source):
            source.values[taken_back:] = array("d", [7.0] * (len(source) - taken_back))
            made.update()
            source.take_back(taken_back)
            grow(len(source))
        grow(max(min(end, len(values)), len(source)))
        made.update()
    for value, logarithm in zip(values, made.series.values, strict=True):
        if 0 < value < math.inf:
            assert logarithm == pytest.approx(math.log10(value))
        else:
            assert math.isnan(logarithm)
    low, high = sorted(window)
    expected = sum(math.isfinite(value) and value <= 0 for value in values[low:high])
    assert not_positive(steps, source, made.series, Window(low, high)) == expected


def test_a_number_is_found_again_as_far_as_floats_go() -> None:
    assert number_of(-2.0) == 0.01
    assert number_of(400.0) == sys.float_info.max
    assert number_of(-400.0) == 0.0
