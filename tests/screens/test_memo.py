"""The drawings that are kept are bounded, however large or many they are."""

from __future__ import annotations

from array import array
from functools import partial
from typing import NamedTuple

import pytest

from trackio_view.screens.memo import Memo
from trackio_view.series.curves import Curve, columns_of
from trackio_view.series.series import MetricColumn, Series
from trackio_view.series.window import EVERY_ROW
from trackio_view.terminal.cells import Frame


def test_a_result_is_computed_once_and_the_oldest_goes_first() -> None:
    memo = Memo()
    for number in range(600):
        assert memo.get(number, partial(abs, number)) == number
    assert memo.computed == 600
    memo.get(599, lambda: pytest.fail("was kept"))
    assert not memo.knows(0)
    assert len(memo._results) == 512


def test_a_drawing_that_is_asked_for_again_stays_longer() -> None:
    memo = Memo()
    for number in range(512):
        memo.get(number, lambda: "drawn")
    memo.get(0, lambda: pytest.fail("was kept"))
    memo.get("next", lambda: "drawn")
    assert memo.knows(0)
    assert not memo.knows(1)


@pytest.mark.parametrize(("width", "height"), [(40, 12), (120, 40), (300, 90)])
def test_drawings_are_kept_by_their_size(width: int, height: int) -> None:
    memo = Memo()
    memo.fit_screen(width, height)
    for number in range(1000):
        memo.get(("plot", number), lambda: Frame(width, height))
    cells = len(memo._results) * width * height
    assert cells < memo.cells < 1.02 * cells
    assert 0.9 < len(memo._results) / min(512, 1_000_000 / (width * height)) <= 1


def test_a_drawing_that_comes_with_words_weighs_as_much() -> None:
    class Drawing(NamedTuple):
        frame: Frame
        note: str = "words"

    memo = Memo()
    for number in range(300):
        memo.get(("plot", number), lambda: Drawing(Frame(120, 40)))
    cells = len(memo._results) * 120 * 40
    assert cells < memo.cells < 1.02 * cells
    assert len(memo._results) == 1_000_000 // (120 * 40 + 9)


def test_a_huge_terminal_keeps_a_few_screens_and_a_small_one_lets_go_of_them() -> None:
    memo = Memo()
    memo.fit_screen(2000, 1000)
    for number in range(6):
        memo.get(number, lambda: Frame(1999, 1000))
    assert [memo.knows(number) for number in range(6)] == [False, False, *[True] * 4]
    memo.fit_screen(80, 24)
    memo.get("next", lambda: Frame(80, 24))
    assert memo.cells < 80 * 24 + 10


@pytest.mark.parametrize("lines", [list, tuple, frozenset])
def test_long_texts_and_long_keys_weigh_as_well(lines: type) -> None:
    memo = Memo()
    for number in range(60):
        memo.get(("page", number), lambda: lines(range(2000)))
    assert len(memo._results) < 20
    for number in range(60):
        memo.number_of(("compared", (number, *((run, "name") for run in range(5000)))))
    assert len(memo._results) < 30


def test_columns_of_lines_weigh_what_they_take_in_memory() -> None:
    steps, series = array("d", range(4000)), Series()
    rows = array("I", range(4000))
    series.append(MetricColumn(rows, steps), rows)
    memo, curves = Memo(), [Curve(steps, series, EVERY_ROW)] * 50
    columns = memo.get("lines", lambda: columns_of(curves, 80, 0.0, 4000.0))
    assert len(columns.curve) == 50 * 80
    assert memo.cells == pytest.approx(columns.nbytes / 16, abs=4)
    # A column has three numbers and a curve's number, of at least 8 bytes each.
    assert columns.nbytes > 50 * 80 * 4 * 8


def test_the_newest_of_a_name_is_known_while_it_is_kept() -> None:
    memo = Memo()
    memo.get(("plot", 1), lambda: Frame(9, 9))
    memo.remember_newest("plot", ("plot", 1))
    assert memo.newest("plot") == ("plot", 1)
    for number in range(600):
        memo.get(number, lambda: None)
    assert memo.newest("plot") is None


def test_of_the_latest_state_what_was_made_is_kept() -> None:
    memo, made = Memo(), []

    def latest(state: object) -> object:
        return memo.latest("line", state, lambda: made.append(state) or len(made))

    assert [latest((1, 2)), latest((1, 2)), latest((1, 3)), latest((1, 3))] == [1, 1, 2, 2]
    assert [latest((1, 2)), made] == [3, [(1, 2), (1, 3), (1, 2)]]


def test_something_is_made_of_a_state_that_comes_again_once_and_of_no_other() -> None:
    memo, made = Memo(), []

    def again(state: object) -> object:
        return memo.again("page", state, lambda: made.append(state) or len(made))

    assert again((1, 2)) is None
    assert memo.noted("page") is None
    memo.note("page", (1, 2))
    assert memo.noted("page") == (1, 2)
    assert [again((1, 2)), again((1, 2)), again((1, 3))] == [1, 1, None]
    memo.note("page", (1, 3))
    # The state before is dropped.
    assert [again((1, 2)), again((1, 3)), made] == [None, 2, [(1, 2), (1, 3)]]
