"""A chart shows everything without a look at its columns only where these would decide so, too."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trackio_view.series import unlimited
from trackio_view.series.curves import Curve, columns_of
from trackio_view.series.envelope import envelope, finite_bounds
from trackio_view.series.series import Series
from trackio_view.series.unlimited import shows_everything
from trackio_view.series.window import EVERY_ROW, Window
from trackio_view.series.y_limits import LIMIT_COLUMNS, automatic, automatic_of_columns

Courses = dict[str, Callable[[float], float]]

COURSES: Courses = {
    "level": lambda share: 0.0,
    "falls": lambda share: math.exp(-9 * share),
    "rises and falls": lambda share: math.sin(math.pi * share),
    "one step": lambda share: float(share > 0.5),
    "an arch": lambda share: 0.02 * math.sin(math.pi * share) ** 8,
}


def line(
    count: int, course: str, noise: float, spikes: int, seed: int, level: float = 0.0
) -> tuple[array[float], Series]:
    """Return a line of a course with noise, and spikes up to a thousand times as high."""
    chance = random.Random(seed)
    values = array(
        "d",
        [level + COURSES[course](place / count) + chance.gauss(0, noise) for place in range(count)],
    )
    for _ in range(spikes):
        values[chance.randrange(count)] += 10 ** chance.uniform(-1, 3)
    return array("d", range(count)), Series(array("I", range(count)), values)


def proof(steps: array[float], series: Series, x_range: tuple[float, float]) -> bool:
    everything = finite_bounds(steps, series)
    assert everything is not None
    return shows_everything([(steps, series, EVERY_ROW)], x_range, everything)


@settings(max_examples=50)
@given(
    count=st.sampled_from([500, 1000, 3000]),
    course=st.sampled_from(list(COURSES)),
    noise=st.sampled_from([0.0, 0.003, 0.02, 0.3]),
    spikes=st.integers(0, 6),
    seed=st.integers(0, 999),
    level=st.sampled_from([0.0, -3.0, 1e9, 1e16]),
    beyond=st.sampled_from([1.0, 1.01, 1.4]),
)
@example(3000, "level", 0.02, 1, 1, 0.0, 1.0)
def test_a_proof_is_what_the_columns_decide(
    count: int, course: str, noise: float, spikes: int, seed: int, level: float, beyond: float
) -> None:
    steps, series = line(count, course, noise, spikes, seed, level)
    x_range = 0.0, (count - 1) * beyond
    if not proof(steps, series, x_range):
        return
    everything = finite_bounds(steps, series)
    assert everything is not None
    found = envelope(steps, series, EVERY_ROW, LIMIT_COLUMNS, *x_range)
    assert automatic([found.segments], everything) == everything
    columns = columns_of([Curve(steps, series, EVERY_ROW)], LIMIT_COLUMNS, *x_range)
    assert automatic_of_columns(columns, everything) == everything


@pytest.mark.parametrize(("course", "noise"), [("level", 0.1), ("rises and falls", 0.03)])
def test_usual_lines_are_proven_without_a_look_at_their_columns(course: str, noise: float) -> None:
    for seed in range(10):
        steps, series = line(9000, course, noise, 0, seed)
        # The ends prove nothing: they are the same.
        series.values[0] = series.values[-1] = 0.0
        assert proof(steps, series, (0.0, 9000.0))


@pytest.mark.parametrize("spike", [3.0, 3.9, 4.1, 5.0, 7.9, 8.1])
@pytest.mark.parametrize("length", [1, 40])
@pytest.mark.parametrize("shape", ["band", "arch"])
def test_a_spike_that_is_worth_leaving_out_is_never_proven_away(
    spike: float, length: int, shape: str
) -> None:
    """Without the spike, values go from 0, the lowest of all, to 1."""
    count = 4480
    band = [float(place % 7 > 4) for place in range(count)]
    arch = [max(0.0, math.sin(math.pi * 2 * place / count)) for place in range(count)]
    values = array("d", band if shape == "band" else arch)
    # So many steps fill one column of dots.
    values[2805 : 2805 + length], values[-1] = array("d", [spike] * length), 0.0
    steps, series = array("d", range(count)), Series(array("I", range(count)), values)
    found = envelope(steps, series, EVERY_ROW, LIMIT_COLUMNS, 0.0, count - 1.0)
    shown = automatic([found.segments], (0.0, spike)) == (0.0, spike)
    assert shown is (spike < 4)
    assert shown or not proof(steps, series, (0.0, count - 1.0))
    # The columns are seen in time where samples are highest beside an arch and not on it.
    assert proof(steps, series, (0.0, count - 1.0)) or spike > 3 or (shape, length) == ("arch", 40)


@pytest.mark.parametrize("late", [0, 300], ids=["from the first row on", "later"])
@pytest.mark.parametrize("with_numpy", [False, True])
def test_both_ways_to_take_samples_are_the_same(
    with_numpy: bool, late: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps, series = line(9000, "rises and falls", 0.2, 5, 3)
    series.values[4000:4200] = array("d", [math.nan, math.inf] * 100)
    series = Series(series.rows[late:], series.values[late:])
    monkeypatch.setattr(unlimited, "numpy_pays", lambda count: with_numpy)
    found = unlimited._sampled(steps, series, EVERY_ROW, (1000.0, 8000.0))
    assert len(found) in range(100, LIMIT_COLUMNS + 1)
    for column in found:
        own = series.values[column.first : column.last + 1 : 7000 // (LIMIT_COLUMNS * 8)]
        finite = list(filter(math.isfinite, own))
        assert (column.low, column.high) == (min(finite), max(finite))
        assert column.points == len(finite)
        assert column.column == round(
            (steps[column.first + late] - 1000) / 7000 * (LIMIT_COLUMNS - 1)
        )


def test_of_a_line_that_goes_back_or_is_short_only_the_ends_prove_anything() -> None:
    steps, series = line(3000, "level", 0.1, 0, 0)
    series.values[0] = series.values[-1] = 0.0
    assert proof(steps, series, (0.0, 2999.0))
    back = array("d", [*range(2000), *range(1500, 2500)])
    assert not proof(back, Series(series.rows, series.values), (0.0, 2500.0))
    short = array("d", range(800))
    assert not proof(short, Series(series.rows[:800], series.values[:800]), (0.0, 799.0))


ENDS = st.sampled_from([math.nan, math.inf, -1e308, 1e308, 0.0]) | st.floats(-100, 100)


@given(values=st.lists(ENDS, min_size=1, max_size=40), columns=st.sampled_from([3, 12, 112]))
def test_ends_that_lie_far_apart_tell_what_the_columns_would(
    values: list[float], columns: int
) -> None:
    count = len(values)
    steps, series = array("d", range(count)), Series(array("I", range(count)), array("d", values))
    everything = finite_bounds(steps, series)
    x_range = (0.0, len(values) - 1.0)
    if everything is None or not shows_everything(
        [(steps, series, EVERY_ROW)], x_range, everything
    ):
        return
    found = envelope(steps, series, EVERY_ROW, columns, *x_range)
    assert automatic([found.segments], everything) == everything


def test_ends_that_are_not_drawn_tell_nothing() -> None:
    steps, series = array("d", range(3)), Series(array("I", range(3)), array("d", [1.0, 50.0, 9.0]))
    part = (steps, series, EVERY_ROW)
    assert shows_everything([part], (0, 2), (1.0, 9.0))
    assert not shows_everything([part], (0, 1), (1.0, 9.0))
    assert not shows_everything([part], (0, 2), (1.0, 50.0))
    assert not shows_everything([(steps, series, Window(3, 3))], (0, 2), (1.0, 9.0))


def test_ends_or_heights_beyond_a_float_are_no_error() -> None:
    steps, series = line(3000, "level", 0.1, 0, 0)
    series.values[100:103] = array("d", [-1.7e308, 1.7e308, 1.7e308])
    assert not proof(steps, series, (0.0, 2999.0))
