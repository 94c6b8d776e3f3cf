"""Places as people type them."""

from __future__ import annotations

import math
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.view.charts.go_to import (
    AxisNumber,
    ClockTime,
    Newest,
    Percent,
    Target,
    parse_target,
)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("1200", Target(AxisNumber(1200))),
        ("1,200", Target(AxisNumber(1200))),
        (" 1.2M ", Target(AxisNumber(1.2e6))),
        ("5k", Target(AxisNumber(5000))),
        ("1e3", Target(AxisNumber(1000))),
        ("500-700", Target(AxisNumber(500), AxisNumber(700), is_stretch=True)),
        ("500 – 700", Target(AxisNumber(500), AxisNumber(700), is_stretch=True)),
        ("1e-5-2e-5", Target(AxisNumber(1e-5), AxisNumber(2e-5), is_stretch=True)),
        ("5000-", Target(AxisNumber(5000), is_stretch=True)),
        ("-0.5", Target(AxisNumber(-0.5))),
        ("-200--100", Target(AxisNumber(-200), AxisNumber(-100), is_stretch=True)),
        ("-1e-5 - 2e-5", Target(AxisNumber(-1e-5), AxisNumber(2e-5), is_stretch=True)),
        ("-5-", Target(AxisNumber(-5), is_stretch=True)),
        ("1.2M-", Target(AxisNumber(1.2e6), is_stretch=True)),
        ("2h", Newest(7200)),
        ("1h30m", Newest(5400)),
        ("90s", Newest(90)),
        ("1s", Newest(1)),
        ("14:30", Target(ClockTime(14, 30, 0))),
        ("9:05:07", Target(ClockTime(9, 5, 7))),
        ("14:00-14:30", Target(ClockTime(14, 0, 0), ClockTime(14, 30, 0), is_stretch=True)),
        ("30%", Target(Percent(30))),
        ("10%-20.5%", Target(Percent(10), Percent(20.5), is_stretch=True)),
    ],
)
def test_a_place_is_read_from_its_text(text: str, target: object) -> None:
    assert parse_target(text) == target


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1x", "no place: try"),
        ("1200 to 1300", "no place: try"),
        ("--", "no place: try"),
        ("-30%", "no place: try"),
        ("-14:30", "no place: try"),
        ("1,2,3", "no place: try"),
        ("12,34", "no place: try"),
        ("25:00", "no clock shows 25:00"),
        ("12:99", "no clock shows 12:99"),
        ("130%", "all data ends at 100%"),
        ("500-14:30", "both ends"),
        ("0s", "no time is that short"),
        ("9" * 400 + "d", "no time is that long"),
        ("1e999", "no number is that large"),
        ("9" * 500, "no number is that large"),
    ],
)
def test_a_text_that_is_no_place_is_a_sentence(text: str, said: str) -> None:
    found = parse_target(text)
    assert isinstance(found, str)
    assert found.startswith(said)


@given(text=st.text(alphabet="0123456789.,-–:%ehmsdkMGT_ +x٣½", max_size=20))
def test_whatever_is_typed_is_a_place_or_a_sentence(text: str) -> None:
    found = parse_target(text)
    assert isinstance(found, Target | Newest) or (found and "\n" not in found)


def test_a_time_of_day_is_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    noon = datetime(2026, 3, 5, 12, 0, 0).timestamp()
    assert ClockTime(11, 30, 0).before(noon) == noon - 1800
    assert ClockTime(12, 0, 0).before(noon) == noon
    late = ClockTime(23, 0, 0).before(noon)
    assert datetime.fromtimestamp(late) == datetime(2026, 3, 4, 23, 0, 0)
    assert math.isnan(ClockTime(11, 0, 0).before(math.nan))


@pytest.mark.parametrize(
    ("text", "word"), [("0s", "short"), ("0h", "short"), ("99999999d", "long")]
)
def test_a_time_that_is_none_is_said_to_be_too_short_or_too_long(text: str, word: str) -> None:
    assert parse_target(text) == f"no time is that {word}"
