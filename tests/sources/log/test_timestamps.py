"""The times that lines of logs tell."""

from __future__ import annotations

import math
from datetime import datetime, timezone

import pytest

from trackio_view.sources.log.timestamps import moment_at_start, without_moments


def local(*parts: int) -> float:
    return datetime(*parts).timestamp()  # type: ignore[arg-type]


WRITTEN = local(2023, 6, 1, 12)


@pytest.mark.parametrize(
    ("text", "rest", "moment"),
    [
        ("2023-04-21 21:03:53,123 - mmdet", " - mmdet", local(2023, 4, 21, 21, 3, 53) + 0.123),
        ("2023/04/21 21:03:53 loss", " loss", local(2023, 4, 21, 21, 3, 53)),
        ("[2023-04-21T21:03:53] loss", " loss", local(2023, 4, 21, 21, 3, 53)),
        (
            "2023-04-21T21:03:53.5Z",
            "",
            datetime(2023, 4, 21, 21, 3, 53, 500_000, timezone.utc).timestamp(),
        ),
        (
            "2023-04-21 21:03:53 +0530",
            "",
            datetime(2023, 4, 21, 15, 33, 53, tzinfo=timezone.utc).timestamp(),
        ),
        ("04/21 21:03:53 - mmengine - INFO", " - mmengine - INFO", local(2023, 4, 21, 21, 3, 53)),
        ("21/04 21:03:53 INFO", " INFO", local(2023, 4, 21, 21, 3, 53)),
        ("04-21 21:03:53 [engine.py:1]", " [engine.py:1]", local(2023, 4, 21, 21, 3, 53)),
        ("04/21T21:03:53 a", " a", local(2023, 4, 21, 21, 3, 53)),
        ("04/21-21:03:53 a", " a", local(2023, 4, 21, 21, 3, 53)),
        ("04/21, 21:03:53: a", ": a", local(2023, 4, 21, 21, 3, 53)),
        ("04/21 | 21:03:53 | a", " | a", local(2023, 4, 21, 21, 3, 53)),
        ("[04/21] [21:03:53] a", " a", local(2023, 4, 21, 21, 3, 53)),
        ("04/21 21:03 a", " a", local(2023, 4, 21, 21, 3)),
        ("4/21 9:03:53 PM a", " a", local(2023, 4, 21, 21, 3, 53)),
        ("4/21 12:03:53 AM a", " a", local(2023, 4, 21, 0, 3, 53)),
        ("04/21/2023 21:03:53 - INFO", " - INFO", local(2023, 4, 21, 21, 3, 53)),
        ("[04/21/23 21:03:53] INFO", " INFO", local(2023, 4, 21, 21, 3, 53)),
        ("23/04/21 21:03:53 INFO Driver", " INFO Driver", local(2023, 4, 21, 21, 3, 53)),
        ("21.04.2023 21:03:53 a", " a", local(2023, 4, 21, 21, 3, 53)),
        ("05.04.23 21:03:53 a", " a", local(2023, 4, 5, 21, 3, 53)),
        ("05.04. 21:03:53 a", " a", local(2023, 4, 5, 21, 3, 53)),
        ("05/04 21:03:53 a", " a", local(2023, 5, 4, 21, 3, 53)),
        ("Apr 21 21:03:53 host", " host", local(2023, 4, 21, 21, 3, 53)),
        ("Apr  1 21:03:53 host", " host", local(2023, 4, 1, 21, 3, 53)),
        ("Fri Apr 21 21:03:53 2023 a", " a", local(2023, 4, 21, 21, 3, 53)),
        ("21-Apr-2023 21:03:53 a", " a", local(2023, 4, 21, 21, 3, 53)),
        ("21 April 2023 at 21:03:53 a", " a", local(2023, 4, 21, 21, 3, 53)),
        ("I0421 21:03:53.5 12 a.cc:3]", " 12 a.cc:3]", local(2023, 4, 21, 21, 3, 53) + 0.5),
        ("12/24 21:03:53 a", " a", local(2022, 12, 24, 21, 3, 53)),
        ("02/29 21:03:53 a", " a", local(2020, 2, 29, 21, 3, 53)),
    ],
)
def test_moments_as_loggers_print_them_are_read(text: str, rest: str, moment: float) -> None:
    found = moment_at_start(text, 0, WRITTEN)
    assert found is not None
    end, seconds = found
    assert text[end:] == rest
    assert seconds == pytest.approx(moment, abs=1e-5)


@pytest.mark.parametrize(
    "text",
    [
        *("10/90 [00:10<00:20, 1.2it/s]", "4/21 [00:10<00:20]", "10/90 00:12:34 loss 1"),
        *("0.25 10:30:00", "0.5 00:12:34", "04/21 loss 0.5", "04/21 25:00:00", "21:03:53 loss 1"),
        *("2023-04 10:00:00 loss 1", "2023-04-2023 10:00:00"),
        *("2023-04-31 10:00:00", "13/13 10:00:00", "I1332 10:00:00.5 1 a.cc:1]", "step 3", ""),
    ],
)
def test_a_text_that_begins_with_no_moment_has_none(text: str) -> None:
    assert moment_at_start(text, 0, WRITTEN) is None


def test_a_year_that_is_not_told_is_unknown_where_the_logs_own_time_is() -> None:
    found = moment_at_start("04/21 21:03:53 a", 0, math.nan)
    assert found is not None
    assert math.isnan(found[1])
    told = moment_at_start("04/21/2023 21:03:53 a", 0, math.nan)
    assert told is not None
    assert told[1] == local(2023, 4, 21, 21, 3, 53)


def test_no_line_is_from_later_than_its_log() -> None:
    # With day and month exchanged, the date is in the past.
    for text in ("11/05/2023 10:00:00", "11/05/23 10:00:00"):
        found = moment_at_start(text, 0, WRITTEN)
        assert found is not None
        assert found[1] == local(2023, 5, 11, 10)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("loss=0.5 at 04/21 21:03:53", "loss=0.5 at |"),
        ("loss=0.5 | 2023/04/21 21:03:53,5 | a=1", "loss=0.5 | | | a=1"),
        ("[rank0] 04/21, 21:03:53 loss 1", "[rank0] | loss 1"),
        ("Epoch 04/21 00:12:34 loss 1", "Epoch 04/21 00:12:34 loss 1"),
        ("step: 04/21 00:12:34 loss 1", "step: 04/21 00:12:34 loss 1"),
        ("30% 10/90 [00:10<00:20]", "30% 10/90 [00:10<00:20]"),
    ],
)
def test_a_moment_within_a_line_is_no_metric(text: str, left: str) -> None:
    assert without_moments(text) == left


@pytest.mark.parametrize(("day", "year"), [(1, 2023), (3, 2023), (4, 2022), (30, 2022)])
def test_a_day_may_be_two_days_after_the_log_and_later_ones_are_of_the_year_before(
    day: int, year: int
) -> None:
    found = moment_at_start(f"Jun {day:2} 11:00:00 host", 0, WRITTEN)
    assert found is not None
    assert found[1] == local(year, 6, day, 11)
