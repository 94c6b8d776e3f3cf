"""Numbers for the eye, and plain decimals for scripts."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.terminal.glyphs import Repertoire, shown_by
from trackio_view.wording.numbers import (
    UNKNOWN,
    age_text,
    as_counts,
    format_apart,
    format_bytes,
    format_bytes_of,
    format_change,
    format_done,
    format_duration,
    format_exact,
    format_plain_decimal,
    format_rate,
    format_rounded,
    format_share,
    format_significant,
    format_step,
    format_transfer,
    format_value,
    shorten,
)

numbers = st.floats() | st.integers() | st.integers(-(10**400), 10**400)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (3.7359123, "3.7359"),
        (0.3965, "0.3965"),
        (0.0412, "0.04120"),
        (12.34567, "12.346"),
        (1234.5678, "1,234.6"),
        (12345, "12,345"),
        (12345.0, "12,345"),
        (1.85e-10, "1.85e-10"),
        (-1.2345e-5, "-1.234e-5"),
        (1e300, "1e300"),
        (0.0, "0.0000"),
        (-0.0, "0.0000"),
        (2, "2"),
        (2**60, "1,152,921,504,606,846,976"),
        (math.nan, "NaN"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (5e-324, "4.941e-324"),
    ],
)
def test_value(number: float, text: str) -> None:
    assert format_value(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (6.16850e-10, "6.1685e-10"),
        (0.1234567, "0.123457"),
        (-0.0, "-0"),
        (2**70, "1.18059e+21"),
        (10**400, "1e400"),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
    ],
)
def test_significant(number: float, text: str) -> None:
    assert format_significant(number) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.699, "69.9%"),
        (1, "100.0%"),
        (99, "99.0%"),
        (0, "0.0%"),
        (-(10**400), f"-1{'0' * 400}.0%"),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
    ],
)
def test_share(share: float, text: str) -> None:
    assert format_share(share) == text


@given(number=numbers, width=st.integers(0, 20), significant=st.integers(0, 8))
def test_value_has_exactly_the_width(number: float, width: int, significant: int) -> None:
    assert len(format_value(number, significant, width)) == width


@given(number=st.floats(-1e308, 1e308))
def test_value_is_near_the_number(number: float) -> None:
    shown = float(format_value(number).replace(",", ""))
    assert math.isclose(shown, number, rel_tol=6e-4, abs_tol=0)


def test_width_takes_digits_before_it_takes_the_place() -> None:
    assert format_value(3.7359123, width=9) == "   3.7359"
    assert format_value(3.7359123, width=4) == "3.74"
    assert format_value(123456789, width=6) == "1.23e8"
    assert format_value(123456789, width=1) == "…"


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (9990, "9,990"),
        (9990.0, "9,990"),
        (8.5, "8.5"),
        (-3, "-3"),
        (1e300, "1e300"),
        (1e-9, "1e-9"),
        (1_732_894_263_000_001.0, "1.732894263000001e15"),
        (1_732_894_263_000_000_256.0, "1.7328942630000003e18"),
        (math.nan, UNKNOWN),
        (math.inf, "inf"),
        (10**20, "100,000,000,000,000,000,000"),
    ],
)
def test_step(step: float, text: str) -> None:
    assert format_step(step) == text


def shown(text: str, repertoire: Repertoire = Repertoire.BRAILLE) -> str:
    return "".join(shown_by(repertoire)[glyph] for glyph in text)


@pytest.mark.parametrize(
    ("change", "text", "ascii_text"),
    [
        (-0.0412345, "▼ 0.0412", " -0.0412"),
        (0.3, "▲ 0.3000", " +0.3000"),
        (-7.12345, "▼ 7.1235", " -7.1235"),
        (12, "▲ 12", " +12"),
        (0.0, "= 0", " =0"),
        (1.5e-7, "▲ 1.5e-7", " +1.5e-7"),
        (None, "", ""),
        (math.nan, "", ""),
        (math.inf, "▲ inf", " +inf"),
    ],
)
def test_change(change: float | None, text: str, ascii_text: str) -> None:
    assert shown(format_change(change)) == text
    assert shown(format_change(change), Repertoire.ASCII) == ascii_text


def test_numbers_are_counts_where_each_is_whole() -> None:
    assert as_counts(3.0, 0.0, -2.0) == [3, 0, -2]
    assert all(isinstance(number, int) for number in as_counts(3.0, 4.0))
    for others in ([2.5], [math.nan], [math.inf], [1e12]):
        assert all(isinstance(number, float) for number in as_counts(3.0, *others))
    assert as_counts(10**400, 3.0) == [10**400, 3.0]


def test_a_change_that_is_minute_beside_its_value_takes_no_more_room_than_others() -> None:
    assert shown(format_change(0.0001701, value=0.9973)) == "▲ 1.7e-4"
    assert shown(format_change(0.00123, value=0.9973)) == "▲ 0.0012"
    assert shown(format_change(-0.0005012, value=0.0005013)) == "▼ 0.0005012"
    assert shown(format_change(-0.0005012)) == "▼ 0.0005012"


@given(number=numbers)
def test_plain_decimal_reads_back_and_has_no_exponent(number: float) -> None:
    text = format_plain_decimal(number)
    if isinstance(number, int):
        assert text == str(number) or re.fullmatch(r"-?\d+", text)
        return
    if not math.isfinite(number):
        assert text in {"NaN", "Infinity", "-Infinity"}
        return
    assert re.fullmatch(r"-?\d+(\.\d+)?", text)
    assert float(text) == number


@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_exact_digits_read_back_with_their_sign(number: float) -> None:
    text = format_exact(number)
    assert (float(text), math.copysign(1, float(text))) == (number, math.copysign(1, number))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        *((2.0, "2"), (0.0, "0"), (-0.0, "-0.0"), (0.35371234, "0.35371234")),
        *((1.85e-10, "1.85e-10"), (2**53 + 1, "9007199254740993"), (math.nan, "NaN")),
    ],
)
def test_exact(number: float, text: str) -> None:
    assert format_exact(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.3965, "0.3965"),
        (1.85e-10, "0.000000000185"),
        (1e22, "10000000000000000000000"),
        (2.0, "2"),
        (-0.0, "0"),
        (2**53 + 1, "9007199254740993"),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
    ],
)
def test_plain_decimal(number: float, text: str) -> None:
    assert format_plain_decimal(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (48, "0:48"),
        (0, "0:00"),
        (59.6, "1:00"),
        (7391, "2:03:11"),
        (3599, "59:59"),
        (3600, "1:00:00"),
        (86_399, "23:59:59"),
        (86_400, "1d 00:00"),
        (3 * 86400 + 4 * 3600 + 12 * 60, "3d 04:12"),
        (-5, "-0:05"),
        (-1.4, "-0:01"),
        # What is rounded to nothing has no sign.
        (-0.5, "0:00"),
        (-0.4, "0:00"),
        (-1e-9, "0:00"),
        (math.nan, "–"),
        (math.inf, "–"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (512 * 2**20, "512 MB"),
        (7.1 * 2**30, "7.1 GB"),
        (80 * 2**30, "80 GB"),
        (1023 * 2**20, "1.0 GB"),
        (2**70, "1024 EB"),
        (math.nan, "– B"),
    ],
)
def test_bytes(count: float, text: str) -> None:
    assert format_bytes(count) == text


def test_bytes_of() -> None:
    assert format_bytes_of(71 * 2**30, 80 * 2**30) == "71/80 GB"
    assert format_bytes_of(0.9 * 2**30, 8 * 2**30) == "0.9/8.0 GB"
    assert format_bytes_of(120 * 2**30, 140 * 2**30) == "120/140 GB"
    assert format_bytes_of(math.nan, 8 * 2**30) == "–/8.0 GB"
    assert format_bytes_of(None, 8 * 2**30) == format_bytes_of(2**30, None) == "–"


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (0, "0 B/s"),
        (700, "700 B/s"),
        (999.6, "1.0 KB/s"),
        (2e6, "2.0 MB/s"),
        (58_823_016_448.0, "58.8 GB/s"),
        (450e9, "450 GB/s"),
        (2.5e30, "2500000000000 EB/s"),
        (math.inf, "– B/s"),
    ],
)
def test_a_rate_of_a_link_is_written_in_bytes_a_second(rate: float, text: str) -> None:
    assert format_transfer(rate) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (12.4, "12.4/s"),
        (0, "0.0/s"),
        (0.05, "3.0/min"),
        (0.001, "3.6/h"),
        (1 / 3600, "1.0/h"),
        (1 / 86400, "1.0/d"),
        (1 / 7200, "12.0/d"),
        (1234.6, "1,235/s"),
        (2.5e7, "25M/s"),
        (math.nan, "–"),
    ],
)
def test_rate(rate: float, text: str) -> None:
    assert format_rate(rate) == text


def test_shorten() -> None:
    assert [shorten(n) for n in (12_000, 1_500_000, 999, 0.5, -2_500, 3e20)] == [
        "12k",
        "1.5M",
        "999",
        "0.5",
        "-2.5k",
        "3e+20",
    ]


@pytest.mark.parametrize("seconds", [1e300, -1e300, math.inf, math.nan, 4e11])
def test_a_duration_beyond_any_calendar_is_unknown(seconds) -> None:
    assert format_duration(seconds) == "–"
    assert age_text(seconds) == "–"


def test_ages_of_what_lies_ahead() -> None:
    assert age_text(-50_000) == "<10 s"
    assert age_text(-100_000) == "–"
    assert age_text(1e9) == "11,574 d"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.39650612345, "0.396506"),
        (2 / 3, "0.666667"),
        (1234.5678, "1234.57"),
        (1234567.0, "1234567"),
        (1234567, "1234567"),
        (1234567.89, "1234570"),
        (3.3333333333e22, "33333300000000000000000"),
        (float(2**53), "9007199254740992"),
        (10**22 + 1, "10000000000000000000001"),
        (-1.23456789e-5, "-0.0000123457"),
        (0.1 + 0.2, "0.3"),
        (0.0, "0"),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
    ],
)
def test_rounded_numbers_are_plain(number: float, text: str) -> None:
    assert format_rounded(number) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0%"), (29 / 100, "29%"), (57 / 100, "57%"), (0.9999, "99%"), (1.0, "100%")],
)
def test_whole_percents_done_are_not_rounded_up(share: float, text: str) -> None:
    assert format_done(share) == text


@pytest.mark.parametrize(
    ("numbers", "texts"),
    [
        ((0.3886, 0.38861), ("0.3886", "0.3886")),
        ((1e15, 2e15), ("1e15", "2e15")),
        ((1e15, 1e15, 1e15), ("1e15", "1e15", "1e15")),
        ((1e15 + 4, 1e15), ("1,000,000,000,000,004", "1,000,000,000,000,000")),
        ((1e15 + 4, 10**15, math.nan), ("1,000,000,000,000,004", "1,000,000,000,000,000", "NaN")),
        ((1.5e9, 1.5e9 + 0.25), ("1.5e9", "1.50000000025e9")),
        ((1e30, math.nextafter(1e30, 2e30)), ("1e30", "1.0000000000000002e30")),
        ((10**400, 10**400 + 1), (f"{10**400:,}", f"{10**400 + 1:,}")),
        ((math.inf, math.nan), ("inf", "NaN")),
        ((1, 1.0), ("1", "1.0000")),
        ((), ()),
    ],
)
def test_large_numbers_of_a_metric_are_told_apart(numbers, texts) -> None:
    assert tuple(format_apart(numbers)) == texts
