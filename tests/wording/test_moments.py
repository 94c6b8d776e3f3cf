import math
from datetime import datetime

import pytest

from trackio_view.model.durations import parse_duration
from trackio_view.wording.moments import clock_form, clock_time, parse_moment, start_of_day


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("2h", 7200), ("1h30m", 5400), ("1.5d", 129_600), ("45", 45), (".5M", 30)],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds
    assert parse_moment(text, 1e9) == 1e9 - seconds


@pytest.mark.parametrize("text", ["", "soon", "-2h", "2w", "h", "1h 30m", "nan", "1e3s"])
def test_a_text_that_is_no_duration_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T10:00:00Z",
        "2026-03-01 10:00:00+00:00",
        "2026-03-01T12:00:00.000+0200",
        "2026-03-01T12:00:00+02",
        "2026-03-01T10:00:00.0Z",
        "20260301T10:00Z",
    ],
)
def test_times_with_an_offset(text: str) -> None:
    assert parse_moment(text, 0) == 1_772_359_200


def test_times_without_an_offset_are_local() -> None:
    assert parse_moment("2026-03-01", 0) == datetime(2026, 3, 1).timestamp()
    assert parse_moment("2026-03-01 10:30", 0) == datetime(2026, 3, 1, 10, 30).timestamp()
    assert parse_moment("20260301", 0) == datetime(2026, 3, 1).timestamp()
    assert parse_moment("2026-03-01 10:30:05,25", 0) % 10 == 5.25


def test_eight_digits_that_are_no_day_are_seconds() -> None:
    assert parse_moment("20261301", 1e9) == 1e9 - 20_261_301


@pytest.mark.parametrize("text", ["9999999999d", "9" * 400 + "d"])
def test_longer_ago_than_there_are_days(text: str) -> None:
    with pytest.raises(ValueError, match="longer ago than any calendar reaches"):
        parse_moment(text, 1e9)


@pytest.mark.parametrize("text", ["2026-13-01", "yesterday", "10:30"])
def test_a_text_that_is_no_moment_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="neither a duration nor a time"):
        parse_moment(text, 0)


@pytest.mark.parametrize(
    ("then", "text"),
    [
        ((2026, 3, 1, 9, 5, 7), "09:05:07"),
        ((2026, 3, 1, 23, 59, 59), "23:59:59"),
        ((2026, 2, 28, 23, 59, 59), "02-28 23:59"),
        ((2025, 12, 31, 10, 0, 0), "2025-12-31 10:00"),
        ((2027, 3, 1, 10, 0, 0), "2027-03-01 10:00"),
    ],
)
def test_a_clock_time_has_as_much_of_its_date_as_differs_from_today(
    then: tuple[int, int, int, int, int, int], text: str
) -> None:
    now = datetime(2026, 3, 1, 10).timestamp()
    assert clock_time(datetime(*then).timestamp(), now) == text


def test_a_time_that_no_calendar_has_is_unknown() -> None:
    assert clock_time(float("nan"), 0) == clock_time(1e300, 0) == "unknown"
    moment = datetime(2026, 3, 1, 10).timestamp()
    assert clock_time(moment, float("nan")) == "2026-03-01 10:00"


@pytest.mark.parametrize("time", [math.nan, 1e18])
def test_a_moment_that_no_calendar_reaches_has_no_form(time: float) -> None:
    assert clock_form(time, "%H:%M") == ""
    assert math.isnan(start_of_day(time))
    assert clock_time(time, 0.0) == "unknown"
