"""The newest row of each run tells whether what was read is still there."""

from __future__ import annotations

import pytest

from trackio_view.sources.trackio.tables.witnesses import Witness, Witnesses, found


def test_they_are_the_newest_row_of_each_run_of_those_that_logged_last() -> None:
    witnesses = Witnesses(2)
    assert witnesses.expected == {}
    witnesses.take([(1, "a", "A", "t"), (2, "b", "B", "t"), (3, "a", "A", "t")])
    witnesses.take([(4, None, "no id", None), (5, b"b", b"B", 7.5)])
    assert witnesses.expected == {
        4: Witness("no id", "no id", None),
        5: Witness("b", "B", 7.5),
    }
    witnesses.forget()
    assert witnesses.expected == {}


def test_rows_whose_ids_fall_are_none() -> None:
    witnesses = Witnesses(9)
    witnesses.take([(1, "a", "A", "t")])
    witnesses.take([(2, "a", "A", "t"), (1, "b", "B", "t")])
    assert list(witnesses.expected) == [1]


@pytest.mark.parametrize(
    ("row", "is_there"),
    [
        ((3, "a", "A", "t"), True),
        ((3, b"a", "A", "t"), True),
        ((2, "a", "A", "t"), False),
        ((3, "b", "A", "t"), False),
        ((3, "a", "renamed", "t"), False),
        ((3, "a", "A", "later"), False),
    ],
)
def test_a_row_is_another_by_its_run_its_name_or_its_time(
    row: tuple[object, ...], is_there: bool
) -> None:
    witnesses = Witnesses(9)
    witnesses.take([(3, "a", "A", "t")])
    assert (found([row]) == witnesses.expected) is is_there
