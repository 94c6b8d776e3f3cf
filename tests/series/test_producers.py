"""Several processes that log into one run in turns are no restarts of it."""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise

import pytest

from trackio_view.series.producers import Producers
from trackio_view.series.series import Series
from trackio_view.series.step_order import StepOrder


def order_of(steps: Sequence[float], pieces: Iterable[int] = ()) -> tuple[StepOrder, list[float]]:
    """Return the order of one metric's rows, and the step in the header after each piece."""
    order, shown = StepOrder(), []
    for end in pieces or range(1, len(steps) + 1):
        series = Series()
        series.rows.extend(range(end))
        series.values.extend(array("d", [1.0] * end))
        column = array("d", steps[:end])
        order.look(column, array("d", range(end)), {"loss": series})
        shown.append(order.highest)
    return order, shown


def steps_back(shown: Sequence[float]) -> int:
    return sum(later < before for before, later in pairwise(shown))


def behind(lag: int, end: int, interval: int = 1) -> list[float]:
    """Return the steps of two ranks in turns, the second of which logs so many rows later."""
    first = list(range(0, end, interval))
    second = [None] * lag + first[: len(first) - lag]
    return [step for both in zip(first, second, strict=True) for step in both if step is not None]


def drifting(ranks: int, end: int, apart: int) -> list[float]:
    """Return the steps of ranks in random order, none further ahead than so many steps."""
    chosen, stand, steps = random.Random(7), [0] * ranks, []
    while min(stand) < end:
        rank = chosen.randrange(ranks)
        if stand[rank] - min(stand) <= apart:
            steps.append(float(stand[rank]))
            stand[rank] += 1
    return steps


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(behind(1, 200), id="in turns"),
        pytest.param(behind(1, 2000, 10), id="each ten steps"),
        pytest.param([0, 0, 1, 1, 2, 3, 2, 3, 4, 4, 5, 6, 5, 6, 7, 7], id="in turns now and then"),
        pytest.param(drifting(2, 300, 1), id="two ranks"),
        pytest.param(drifting(8, 100, 0), id="eight ranks"),
        pytest.param([*behind(1, 100), *chain(*[(s, s) for s in range(100, 120)])], id="caught up"),
    ],
)
def test_ranks_a_step_apart_never_move_the_step_back(steps: list[float]) -> None:
    order, shown = order_of(steps)
    assert not order.restarts
    assert steps_back(shown) == 0
    assert order.highest == max(steps)


@pytest.mark.parametrize(
    ("steps", "ranks"),
    [
        pytest.param(behind(20, 200), 2, id="far behind"),
        pytest.param(drifting(4, 200, 5), 4, id="drifting"),
        pytest.param(
            [at + step for at in range(0, 200, 10) for _ in range(3) for step in range(10)],
            3,
            id="a flush after the other",
        ),
        pytest.param(
            [
                *range(10), *range(7), *range(10, 22), *range(7, 19), *range(22, 30),
                *range(19, 33), *range(30, 40), *range(33, 36),
            ],
            2,
            id="flushes of many sizes",
        ),
        pytest.param(
            [step for s in range(100) for step in ([s, s - 12] if s >= 12 and s % 5 == 2 else [s])],
            2,
            id="one that logs more rarely",
        ),
    ],
)  # fmt: skip
def test_ranks_further_apart_are_known_after_a_first_time(steps: list[float], ranks: int) -> None:
    order, shown = order_of(steps)
    assert not order.restarts
    assert steps_back(shown) <= 2 * (ranks - 1)
    assert order.highest == max(steps)
    assert [row for row in range(len(steps)) if steps[row] < max(steps[: row + 1])] == list(
        order.late
    )


@pytest.mark.parametrize(
    ("steps", "begins"),
    [
        pytest.param([*behind(1, 101), 50, *behind(1, 121)[101:]], [201], id="of two ranks"),
        pytest.param([*range(0, 101, 10), 103, *range(60, 200, 10)], [12], id="past an odd step"),
        pytest.param([*range(100), 199, *range(50, 300)], [101], id="after a leap"),
        pytest.param([*range(190), *range(150, 400), *range(360, 500)], [190, 440], id="twice"),
        pytest.param([*range(9), *range(9), *range(9)], [9, 18], id="from the beginning, twice"),
        pytest.param([*range(0, 100, 5), *range(50, 400, 20)], [20], id="more rarely"),
    ],
)
def test_a_restart_stays_one(steps: list[float], begins: list[int]) -> None:
    order, _ = order_of(steps)
    assert list(order.restarts) == begins
    assert order.highest == max(steps[begins[-1] :])


@pytest.mark.parametrize("size", [2, 3, 7, 64])
def test_it_is_the_same_however_the_rows_come(size: int) -> None:
    steps = [*drifting(3, 60, 4), *range(30, 50), *behind(6, 90)]
    whole, _ = order_of(steps, [len(steps)])
    pieces, _ = order_of(steps, [*range(size, len(steps), size), len(steps)])
    assert (pieces.restarts, pieces.late) == (whole.restarts, whole.late)
    assert (pieces.highest, pieces.highest_row) == (whole.highest, whole.highest_row)


@pytest.mark.parametrize(
    ("low", "high", "alone"),
    [(5, 9, True), (5, 10, False), (11.5, 15, False), (11.6, 15, True), (5, 15, False)],
)
def test_steps_that_another_rank_may_have_logged_are_not_the_newest_ones(
    low: float, high: float, alone: bool
) -> None:
    producers = Producers()
    producers.lead([8, 9, 10], 0)
    producers.begin(20, 0)
    assert producers.only_the_newest_logs(low, high, highest=20) is alone
