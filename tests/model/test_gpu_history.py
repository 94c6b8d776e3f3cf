"""What GPUs did of late: lines that break where nothing was read, bounded however long it runs."""

from __future__ import annotations

import math
from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.model import gpu_history
from trackio_view.model.gpu import Absence, GpuIdentity, GpuSample, GpusSampled, VendorReport
from trackio_view.model.gpu_history import (
    DEFAULT_SPAN,
    HISTORY_SPANS,
    GpuHistory,
    Gpus,
    line_values,
    totals,
)


def sample(time: float = 0.0, key: str = "a", parent: str | None = None, **more) -> GpuSample:
    return GpuSample(GpuIdentity(key, "NVIDIA", "H100", parent=parent), time, **more)


def history_of(*samples: GpuSample) -> GpuHistory:
    history = GpuHistory(samples[0])
    for one in samples:
        history.record(one)
    return history


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        ({}, {}),
        ({"utilization": 0.0}, {"utilization": 0.0}),
        ({"memory_used": 3}, {}),
        ({"memory_used": 3, "memory_total": 0}, {}),
        ({"memory_used": 0, "memory_total": 8}, {"memory_percent": 0.0}),
        ({"memory_used": 6, "memory_total": 8}, {"memory_percent": 75.0}),
        (
            {"temperatures": {"gpu": 60.0, "memory": 70.0}},
            {"temperature:gpu": 60.0, "temperature:memory": 70.0},
        ),
        ({"energy": 5.0, "pcie_width": 16, "ecc_corrected": 1}, {}),
    ],
)
def test_what_a_sample_adds_to_lines(fields: dict[str, Any], lines: dict[str, float]) -> None:
    assert dict(line_values(sample(**fields))) == lines


def test_a_line_breaks_once_where_nothing_was_read() -> None:
    history = history_of(
        sample(1.0, utilization=50.0),
        sample(2.0, state=Absence.ASLEEP),
        sample(3.0, state=Absence.ASLEEP),
        sample(4.0, utilization=60.0),
    )
    values = list(history.lines["utilization"].values)
    assert [values[0], values[2]] == [50.0, 60.0]
    assert math.isnan(values[1])
    assert list(history.times) == [1.0, 1.0, 4.0]
    assert history.latest.time == 4.0


def test_a_gpu_that_was_never_read_has_no_line() -> None:
    history = history_of(sample(1.0, state=Absence.DENIED), sample(2.0, state=Absence.DENIED))
    assert history.lines == {}
    assert history.first_row(60.0) == 0


def test_a_reading_that_is_told_again_counts_once() -> None:
    told = sample(1.0, power=100.0)
    history = history_of(told, told, sample(0.5, power=50.0), sample(2.0, power=90.0))
    assert list(history.lines["power"].values) == [100.0, 90.0]


def test_a_field_that_comes_later_stands_at_its_own_rows() -> None:
    history = history_of(sample(1.0, power=1.0), sample(2.0, power=2.0, fan_rpm=900.0))
    assert list(history.lines["fan_rpm"].rows) == [1]


@pytest.mark.parametrize(
    ("seconds", "row"), [(0.0, 9), (0.5, 9), (1.0, 8), (3.5, 6), (9.0, 0), (math.inf, 0)]
)
def test_where_the_last_seconds_begin(seconds: float, row: int) -> None:
    history = history_of(*(sample(float(second), power=1.0) for second in range(10)))
    assert history.first_row(seconds) == row


def test_old_samples_are_let_go_and_the_newest_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_history, "_MOST_SAMPLES", 40)
    count = 1_000
    history = history_of(
        *(
            sample(float(second), power=float(second), fan_rpm=7.0 if second % 10 else None)
            for second in range(count)
        )
    )
    assert 40 <= len(history.times) <= 50
    assert history.dropped + len(history.times) == count
    assert history.times == array("d", range(history.dropped, count))
    power, fan = history.lines["power"], history.lines["fan_rpm"]
    assert list(power.values) == list(history.times)
    assert [history.times[row] % 10 for row in fan.rows].count(0.0) == 0
    assert len(fan) == sum(bool(time % 10) for time in history.times)


def test_a_gpu_that_is_unplugged_leaves_and_the_others_keep_their_past() -> None:
    gpus = Gpus()
    report = (VendorReport("NVIDIA", 2, "two"),)
    assert not gpus.sampled
    gpus.apply(GpusSampled((sample(1.0, "a", power=1.0), sample(1.0, "b", power=1.0)), report))
    gpus.apply(GpusSampled((sample(2.0, "b", power=2.0),), report))
    assert gpus.sampled
    assert [one.identity.key for one in gpus.samples] == ["b"]
    assert list(gpus.histories["b"].lines["power"].values) == [1.0, 2.0]
    gpus.apply(GpusSampled((sample(3.0, "a", power=3.0), sample(3.0, "b")), report))
    assert list(gpus.histories) == ["a", "b"]
    assert list(gpus.histories["a"].lines["power"].values) == [3.0]


def test_the_spans_go_from_long_to_short_and_one_of_them_is_the_default() -> None:
    seconds = [span.seconds for span in HISTORY_SPANS]
    assert seconds == sorted(set(seconds), reverse=True)
    assert HISTORY_SPANS[DEFAULT_SPAN].label == "Last 5 minutes"


def test_totals_of_nothing_are_absent() -> None:
    assert totals([]) == (0, None, None, None, None, None, None)
    assert totals([sample()]) == (1, None, None, None, None, None, None)


def test_totals_leave_out_what_is_not_read_and_count_partitions_once() -> None:
    found = totals(
        [
            sample(utilization=80.0, memory_used=3, memory_total=8, power=300.0, power_limit=700.0),
            sample(key="b", utilization=20.0, memory_used=5, power=100.0, power_limit=400.0),
            sample(key="p", parent="b", utilization=99.0, memory_used=5, memory_total=5),
            sample(key="c", state=Absence.ASLEEP, utilization=1.0, temperatures={"gpu": 99.0}),
            sample(key="d", temperatures={"gpu": 70.0, "hotspot": 95.0}),
        ]
    )
    assert found == (5, 50.0, 3, 8, 400.0, 1100.0, 70.0)


def test_a_limit_that_one_gpu_lacks_is_no_limit_of_all() -> None:
    found = totals([sample(power=300.0, power_limit=700.0), sample(key="b", power=100.0)])
    assert (found.power, found.power_limit) == (400.0, None)


@given(st.lists(st.floats(0, 1.7e308), min_size=1, max_size=8))
def test_the_mean_load_lies_among_the_loads(loads: list[float]) -> None:
    found = totals([sample(key=str(at), utilization=load) for at, load in enumerate(loads)])
    assert found.utilization is not None
    slack = 1e-9 * max(loads)
    assert min(loads) - slack <= found.utilization <= max(loads) + slack
