import math
from datetime import datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.charts.time_axis import before_now, clock_labels, since

ORIGIN = 1_700_000_000.0


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 s"),
        (0.000_9, "0.0 0.2 0.4 0.6 0.8 ms"),
        (0.9, "0 200 400 600 800 ms"),
        (1.6, "0 500 1,000 1,500 ms"),
        (2, "0 1 2 s"),
        (10, "0 2 4 6 8 10 s"),
        (130, "0 30 60 90 120 s"),
        (600, "0 2 4 6 8 10 min"),
        (7200, "0 30 60 90 120 min"),
        (5 * 3600, "0 1 2 3 4 5 h"),
        (40 * 3600, "0 6 12 18 24 30 36 h"),
        (4 * 86400, "0 1 2 3 4 d"),
    ],
)
def test_labels_are_round_times_since_the_start_and_name_their_unit_once(
    seconds: float, expected: str
) -> None:
    placed = since(ORIGIN)(ORIGIN, ORIGIN + seconds, 60, 4)
    assert " ".join(label.text for label in placed) == expected
    assert placed[-1].tick is None
    assert placed[-1].start + len(placed[-1].text) == 60


@given(st.floats(1e-5, 1.99), st.floats(0, 86_000), st.integers(26, 200))
def test_rows_within_a_moment_have_labels_at_their_very_places(
    span: float, start: float, width: int
) -> None:
    left = ORIGIN + start
    right = left + span
    zero = datetime.fromtimestamp(left).replace(hour=0, minute=0, second=0, microsecond=0)
    for label in clock_labels(left, right, width, 5):
        assert label.tick is not None
        written = time.fromisoformat(label.text.ljust(15, "0") if "." in label.text else label.text)
        moment = datetime.combine(zero.date(), written).timestamp()
        place = (moment - left) / (right - left) * (width - 1)
        assert abs(place - label.tick) <= 0.51 + 1e-6 * width / span
    assert since(left)(left, right, width, 4)[0].text.strip("0.") == ""


def test_an_axis_that_ends_now_counts_back() -> None:
    placed = before_now(ORIGIN)(ORIGIN - 300, ORIGIN, 60, 4)
    assert [label.text for label in placed][-3:] == ["-2:00", "-1:00", "now"]
    shortest = before_now(ORIGIN)(ORIGIN - 0.5, ORIGIN, 60, 4)
    assert [label.text for label in shortest] == ["now"]


@given(
    st.floats(0, 1e6),
    st.floats(0, 1e8),
    st.integers(1, 200),
    st.integers(0, 12),
)
def test_labels_never_touch_nor_leave_the_axis(start, span, width, overhang) -> None:
    placed = since(ORIGIN)(ORIGIN + start, ORIGIN + start + span, width, overhang)
    end = -overhang - 1
    for label in placed:
        assert label.tick is None or 0 <= label.tick < width
        assert label.start > end or label is placed[0]
        assert label.start >= -overhang
        end = label.start + len(label.text)
        assert end <= width


def test_no_time_no_labels() -> None:
    assert since(math.nan)(0.0, 10.0, 50, 4) == ()
    assert since(0.0)(0.0, math.inf, 50, 4) == ()


def test_an_axis_of_millennia_has_a_few_labels() -> None:
    labels = since(0.0)(-6e10, 2.5e11, 80, 4)
    assert 2 <= len(labels) <= 8


def test_moments_are_labelled_by_the_clock(utc: None) -> None:
    noon = 1_700_049_600.0

    def texts(left: float, right: float) -> list[str]:
        return [label.text for label in clock_labels(left, right, 60, 5)]

    assert texts(noon + 0.25, noon + 0.25) == ["12:00:00.250000"]
    assert texts(noon + 0.25, noon + 0.7) == ["12:00:00.4", "12:00:00.6"]
    assert texts(noon + 0.25, noon + 0.252) == ["12:00:00.250", "12:00:00.251", "12:00:00.252"]
    assert texts(noon, noon + 30)[:2] == ["12:00:00", "12:00:10"]
    assert texts(noon, noon + 3600)[:2] == ["12:00", "12:10"]
    assert texts(noon, noon + 5 * 86400)[0] == "11-16"
    assert texts(noon, noon + 5 * 86400)[-1] == "11-20"
    assert clock_labels(math.nan, noon, 60, 5) == ()
    assert clock_labels(1e300, 1e301, 60, 5) == ()
