"""Numbers that stand below each other: alike where they can be, told apart where they differ."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.series.series import Number
from trackio_view.wording.number_columns import column_writer
from trackio_view.wording.numbers import format_value


@pytest.mark.parametrize(
    ("numbers", "texts"),
    [
        # As usual where nothing looks alike, and where what looks alike is the same.
        ((0.5, 0.25), ("0.5000", "0.2500")),
        ((0.123456, 0.123456, 2), ("0.1235", "0.1235", "2")),
        ((1237.5, 1237.51), ("1,237.50", "1,237.51")),
        ((1.0, 1.0000004, 0.25), ("1.0000000", "1.0000004", "0.2500000")),
        # All have the digits that two of them need.
        ((0.76451, 0.76452, 0.9), ("0.76451", "0.76452", "0.90000")),
        # How 0.9 is rounded tells nothing; that it is another number does.
        ((0.1 + 0.2, 0.3), ("0.3000", "0.3000")),
        ((0.9, 0.8999999761581421), ("0.90000000", "0.89999998")),
        (
            (1e12, 1e12 + 1, 1e12 + 2),
            ("1,000,000,000,000", "1,000,000,000,001", "1,000,000,000,002"),
        ),
        ((1e12, 1e12 + 1, math.nan), ("1,000,000,000,000", "1,000,000,000,001", "NaN")),
        ((1e12, 1.00001e12), ("1e12", "1.00001e12")),
        ((1e300, 1.00001e300), ("1e300", "1.00001e300")),
        ((2.0**60, 2.0**60 + 256), ("1.153e18", "1.153e18")),
        ((math.nan, math.inf, 1.00001, 1.00002), ("NaN", "inf", "1.00001", "1.00002")),
        ((10**400, 10**400 + 1), (f"{10**400:,}", f"{10**400 + 1:,}")),
        ((), ()),
    ],
)
def test_numbers_of_a_column(numbers: tuple[Number, ...], texts: tuple[str, ...]) -> None:
    assert tuple(map(column_writer(numbers), numbers)) == texts


def test_counts_have_no_decimals() -> None:
    write = column_writer([79.0, 3.0], counts=True)
    # A mean of counts is none.
    assert [write(number) for number in (79.0, 3.0, 2.5, math.nan)] == ["79", "3", "2.5000", "NaN"]


def test_no_more_digits_than_there_is_room_for() -> None:
    numbers = [1237.5, 1237.51, 1237.50001]
    write = column_writer(numbers, width=8)
    assert [write(number) for number in numbers] == ["1,237.50", "1,237.51", "1,237.50"]
    assert column_writer([1e12, 1e12 + 1], width=12)(1e12) == "1e12"


@given(st.lists(st.floats() | st.integers(-(10**20), 10**20), max_size=8))
def test_telling_apart_makes_nothing_look_the_same(numbers: list[Number]) -> None:
    write = column_writer(numbers)
    assert len(set(map(write, numbers))) >= len(set(map(format_value, numbers)))
