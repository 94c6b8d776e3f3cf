"""Which times are taken for known moments, and how they are written."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timezone

import pytest

from trackio_view.model.clock import (
    DATE_AND_TIME,
    FIRST_MOMENT,
    LAST_MOMENT,
    iso_moment,
    known_moment,
    local_text,
    local_time,
    unix_moment,
)

NOON = 1_772_366_400.0
"""2026-03-01 12:00 UTC."""
ZONES = ("UTC", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Manila", "A+24", "B-24")


@pytest.mark.parametrize("place", ZONES)
def test_every_known_moment_can_be_written_in_every_zone(
    zone: Callable[[str], None], place: str
) -> None:
    zone(place)
    for moment in (FIRST_MOMENT, 0.0, NOON, LAST_MOMENT):
        # Python must agree, so no error is caught here.
        assert local_text(moment, DATE_AND_TIME) == datetime.fromtimestamp(moment).strftime(
            DATE_AND_TIME
        )


def test_the_ends_are_days_of_the_calendar() -> None:
    for moment, day in ((FIRST_MOMENT, (1, 1, 4)), (LAST_MOMENT, (9999, 12, 29))):
        assert datetime(*day, tzinfo=timezone.utc).timestamp() == moment


@pytest.mark.parametrize(
    "moment", [FIRST_MOMENT - 1, LAST_MOMENT + 1, math.inf, -math.inf, math.nan, 1e300, 10**400]
)
def test_a_moment_that_no_calendar_has_is_unknown(moment: float) -> None:
    assert math.isnan(known_moment(moment))
    assert local_time(moment) is None
    assert local_text(moment, DATE_AND_TIME) is None


@pytest.mark.parametrize("place", ZONES)
@pytest.mark.parametrize(
    "text",
    ["0001-01-01T00:00:00+00:00", "0001-01-01", "9999-12-31T23:59:59", "9999-12-31T23:59:59-14:00"],
)
def test_zero_times_and_sentinels_are_unknown(
    zone: Callable[[str], None], place: str, text: str
) -> None:
    zone(place)
    assert math.isnan(iso_moment(text))


def test_other_times_are_read() -> None:
    assert iso_moment("2026-03-01T12:00:00+00:00") == NOON
    assert math.isnan(iso_moment("yesterday"))


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000, 1_000_000_000])
def test_a_count_since_1970_is_read_in_whichever_unit(unit: int) -> None:
    assert unix_moment(NOON * unit) == pytest.approx(NOON, rel=1e-12)
    assert math.isnan(unix_moment(999_999_999 * unit))


@pytest.mark.parametrize("number", [0, -NOON, 999_999_999, 2e11, 1e20, math.inf, math.nan, 10**400])
def test_other_numbers_tell_no_moment(number: float) -> None:
    assert math.isnan(unix_moment(number))
