"""The columns of lines are computed once, whichever line lies in front."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from tests.charts.conftest import NOISY, line
from trackio_view.charts.kept_columns import (
    Keeping,
    keeping_nothing,
    kept_columns,
    kept_limits,
    kept_range,
)
from trackio_view.charts.line import limited_range
from trackio_view.series.curves import Curve
from trackio_view.series.y_limits import Limits


def curve(values: list[float]) -> Curve:
    made = line(values)
    return Curve(made.steps, made.series, made.window)


class Kept:
    """Keeps computed columns, and counts the computations."""

    def __init__(self) -> None:
        self.values: dict[object, Any] = {}
        self.computed = 0

    def __call__(self, key: tuple[object, ...], compute: Callable[[], Any], /) -> Any:
        if key not in self.values:
            self.computed += 1
            self.values[key] = compute()
        return self.values[key]


LOW, HIGH = curve([1.0, 2.0]), curve([8.0, 9.0])


def test_another_line_in_front_computes_nothing_anew() -> None:
    keep = Kept()
    first = kept_columns([LOW, HIGH], 4, (0, 1), Keeping(keep, [0, 1]))
    turned = kept_columns([HIGH, LOW], 4, (0, 1), Keeping(keep, [1, 0]))
    assert keep.computed == 1
    for columns, lines in ((first, [LOW, HIGH]), (turned, [HIGH, LOW])):
        anew = kept_columns(lines, 4, (0, 1), keeping_nothing(2))
        assert columns.curve.tolist() == anew.curve.tolist()
        assert columns.high.tolist() == anew.high.tolist()
    assert kept_range([HIGH, LOW], Keeping(keep, [1, 0])) == (1.0, 9.0)


def test_another_stretch_is_another_thing_to_keep() -> None:
    keep = Kept()
    for count, end, means in ((4, 1, False), (6, 1, False), (4, 2, False), (4, 1, True)):
        kept_columns([LOW, HIGH], count, (0, end), Keeping(keep, [0, 1]), means=means)
    assert keep.computed == 4


@pytest.mark.parametrize("limits", list(Limits))
def test_automatic_limits_alone_look_at_columns_once(limits: Limits) -> None:
    spiked = [*NOISY, 900.0, NOISY[0]]
    curves = [curve(spiked), curve([NOISY[0]])]
    keep, everything = Kept(), (min(spiked), max(spiked))
    for _ in range(2):
        chosen = kept_limits(
            curves, (0, 1001), everything, limits, Keeping(keep, [0, 1]), logarithmic=False
        )
        # The columns are kept, and so are the limits that they decided.
        assert keep.computed == (2 if limits is Limits.AUTO else 0)
    if limits in (Limits.MIDDLE, Limits.AUTO):
        assert chosen[1] < 900
    else:
        assert chosen == (min(everything[0], 0.0) if limits is Limits.ZERO else everything[0], 900)
    nowhere = (float("-inf"), float("inf"))
    told = kept_limits(curves, nowhere, everything, limits, keeping_nothing(2), logarithmic=False)
    assert limits is not Limits.AUTO or told == everything


def test_lines_whose_ends_lie_far_apart_show_everything_unseen() -> None:
    values = [*NOISY, 900.0]
    curves, keep, everything = [curve(values), HIGH], Kept(), (min(values), max(values))
    limits = kept_limits(
        curves, (0, 1000), everything, Limits.AUTO, Keeping(keep, [0, 1]), logarithmic=False
    )
    assert limits == everything
    assert keep.computed == 0


@pytest.mark.parametrize("seed", range(12))
def test_a_run_has_the_same_limits_alone_and_beside_others(seed: int) -> None:
    random = Random(seed)
    spikes = [random.lognormvariate(0.0, 2.5) for _ in range(1000)]
    # With the same value at both ends, the columns decide.
    values = [1.0, *spikes, 1.0]
    everything, x_range = (min(values), max(values)), (0, len(values) - 1)
    alone = limited_range([line(values)], x_range, everything, Limits.AUTO)
    beside = kept_limits(
        [curve(values)], x_range, everything, Limits.AUTO, keeping_nothing(1), logarithmic=False
    )
    assert alone == pytest.approx(beside)
    assert alone != everything


@pytest.mark.parametrize("column", range(2, 108, 7))
@pytest.mark.parametrize(("length", "is_hidden"), [(14, True), (16, False)])
def test_112_columns_decide_whether_a_spike_is_short(
    column: int, length: int, is_hidden: bool
) -> None:
    # A column is ten steps about its middle. A spike of 14 fills one and less than half of the
    # next, one of 16 more than half: in columns of another width that is not so at each place.
    values = [1.0, 1.1] * 555 + [1.0]
    first = column * 10 - 5
    values[first : first + length] = [100.0] * length
    everything, x_range = (1.0, 100.0), (0.0, 1110.0)
    alone = limited_range([line(values)], x_range, everything, Limits.AUTO)
    beside = kept_limits(
        [curve(values)], x_range, everything, Limits.AUTO, keeping_nothing(1), logarithmic=False
    )
    shown = pytest.approx((1.0, 1.2)) if is_hidden else everything
    assert (alone, beside) == (shown, shown)
