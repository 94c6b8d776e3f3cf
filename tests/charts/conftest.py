"""Ranges of numbers for axes, and lines for charts."""

from __future__ import annotations

import math
from array import array

from hypothesis import assume
from hypothesis import strategies as st

from trackio_view.charts.line import Line
from trackio_view.charts.palette import LOW_IS_GOOD
from trackio_view.charts.ticks import Tick, choices_of_ticks
from trackio_view.series.logarithms import Logarithms
from trackio_view.series.series import Series
from trackio_view.series.window import EVERY_ROW, Window

FINITE = st.floats(allow_nan=False, allow_infinity=False)
FALLING = [4.25 - 0.5 * (1 - math.exp(-step / 20)) for step in range(101)]
NOISY = [2.0 + math.sin(step * step) for step in range(1000)]


@st.composite
def ranges(draw: st.DrawFn) -> tuple[float, float]:
    """The ranges have every magnitude: those of losses, of steps, and of odd runs."""
    kind = draw(st.sampled_from(["any", "narrow", "small", "steps"]))
    if kind == "steps":
        left = draw(st.integers(-1000, 10**9))
        return float(left), float(left + draw(st.integers(0, 10**7)))
    first = draw(FINITE)
    if kind == "narrow":
        second = first * (1 + draw(st.floats(1e-12, 1e-2)))
    elif kind == "small":
        first = draw(st.floats(0.1, 9.9)) * 10.0 ** draw(st.integers(-300, 300))
        second = first * draw(st.floats(0.01, 100))
    else:
        second = draw(FINITE)
    assume(math.isfinite(second))
    low, high = min(first, second), max(first, second)
    return low, high


def line(values: list[float], steps: list[float] | None = None, start: int = 0) -> Line:
    """Return a line over values, by default of steps 0, 1, 2 and so on."""
    series = Series(rows=array("I", range(len(values))), values=array("d", values))
    own = array("d", steps if steps is not None else range(len(values)))
    return Line(own, series, EVERY_ROW.from_row(start), LOW_IS_GOOD)


def held(made: Line) -> Line:
    """Return a line without its newest value. No chart marks the end of such a line."""
    return made._replace(window=Window(0, len(made.series) - 1, follows=False))


def spiked() -> list[float]:
    """Return noise, with one value far above and one far below it."""
    values = list(NOISY)
    values[500], values[700] = 900.0, -80.0
    return values


def smooth_line(values: list[float], smoothed: list[float], start: int = 0) -> Line:
    """Return a line whose smoothed values are drawn."""
    made = line(values, start=start)
    return made._replace(smoothed=Series(made.series.rows, array("d", smoothed)))


def log_line(values: list[float]) -> Line:
    """Return a line of logarithms."""
    made = line(values)
    return made._replace(series=Logarithms(made.series).update(), logged=made.series)


def best_ticks(low: float, high: float, wanted: int, *, whole: bool = False) -> list[Tick]:
    """Return the best choice of ticks, empty where there is none."""
    return next(choices_of_ticks(low, high, wanted, whole=whole), [])
