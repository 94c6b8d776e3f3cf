"""Tiers, rates and carried readings."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.model.gpu import Absence, GpuIdentity
from trackio_view.sources.gpu.sampler import (
    Counters,
    FieldReading,
    Readings,
    Roots,
    Tier,
    TierSchedule,
    rate,
)


def count_tiers(interval: float, seconds: float) -> dict[Tier, int]:
    schedule = TierSchedule(interval)
    counts = dict.fromkeys((Tier.FAST, Tier.MEDIUM, Tier.SLOW), 0)
    for tick in range(int(seconds / interval)):
        due = schedule.due(tick * interval)
        for tier in counts:
            counts[tier] += bool(tier & due)
    return counts


@pytest.mark.parametrize("early", [0.001, 0.01, 0.03])
def test_a_tick_that_comes_a_little_too_soon_waits_for_no_other(early: float) -> None:
    schedule = TierSchedule(1.0)
    read = [schedule.due(tick * (1.0 - early)) for tick in range(16)]
    assert [tick for tick, tiers in enumerate(read) if Tier.MEDIUM in tiers][:4] == [0, 3, 6, 9]
    assert [tick for tick, tiers in enumerate(read) if Tier.SLOW in tiers] == [0, 15]


def test_first_reading_is_of_everything() -> None:
    assert TierSchedule(1.0).due(5.0) == Tier.ALL


def test_slower_tiers_are_read_less_often() -> None:
    assert count_tiers(1.0, 60) == {Tier.FAST: 60, Tier.MEDIUM: 20, Tier.SLOW: 4}


def test_a_short_interval_does_not_hurry_the_slower_tiers() -> None:
    counts = count_tiers(0.25, 60)
    assert counts[Tier.FAST] == 240
    assert counts[Tier.MEDIUM] <= 21
    assert counts[Tier.SLOW] <= 5


def test_a_long_interval_reads_everything_each_time() -> None:
    assert set(count_tiers(30.0, 300).values()) == {10}


def test_rate_uses_the_time_that_passed() -> None:
    assert rate((10.0, 100), (12.0, 150)) == 25.0
    assert rate((10.0, 100), (12.0, 150), factor=1e-3) == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [(None, (1.0, 5.0)), ((1.0, 9.0), (2.0, 5.0)), ((2.0, 5.0), (2.0, 9.0)), ((3.0, 1), (2.0, 9))],
)
def test_no_rate_without_two_readings_in_order(
    earlier: tuple[float, float] | None, later: tuple[float, float]
) -> None:
    assert rate(earlier, later) is None


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20))
def test_a_counter_never_gives_a_negative_rate(counts: list[int]) -> None:
    counters = Counters()
    rates = [counters.rate("energy", float(time), count) for time, count in enumerate(counts)]
    assert rates[0] is None
    assert all(value is None or value >= 0 for value in rates)
    assert [value is None for value in rates[1:]] == [
        later < earlier for earlier, later in itertools.pairwise(counts)
    ]


def test_a_counter_that_was_reset_goes_on_from_there() -> None:
    counters = Counters()
    counters.rate("energy", 0.0, 1000)
    assert counters.rate("energy", 1.0, 10) is None
    assert counters.rate("energy", 2.0, 30) == 20.0
    counters.clear()
    assert counters.rate("energy", 3.0, 50) is None


@pytest.mark.parametrize("bits", [16, 32])
def test_a_narrow_counter_goes_on_where_it_begins_anew(bits: int) -> None:
    most, counters = 1 << bits, Counters()
    counters.rate("links", 0.0, most - 30, bits=bits)
    assert counters.rate("links", 2.0, 20, 10.0, bits=bits) == 250.0
    assert counters.rate("links", 3.0, 25, bits=bits) == 5.0
    # The counter was reset. Otherwise it would have grown by more than half of its range.
    assert counters.rate("links", 4.0, 10, bits=bits) is None
    assert counters.rate("links", 5.0, 12, bits=bits) == 2.0


def test_values_of_slower_tiers_are_carried() -> None:
    asked: list[str] = []

    def reading(name: str, value: object) -> object:
        asked.append(name)
        return value

    table: tuple[FieldReading[object], ...] = (
        FieldReading("utilization", Tier.FAST, lambda _: reading("utilization", 5.0)),
        FieldReading("power_limit", Tier.SLOW, lambda _: reading("power_limit", 300.0)),
        FieldReading("fan_rpm", Tier.SLOW, lambda _: reading("fan_rpm", Absence.UNSUPPORTED)),
    )
    readings, identity = Readings(), GpuIdentity("0", "NVIDIA", "a GPU")
    readings.refresh(table, object(), Tier.ALL)
    readings.refresh(table, object(), Tier.FAST)
    sample = readings.sample(identity, 7.0)
    assert asked == ["utilization", "power_limit", "fan_rpm", "utilization"]
    assert (sample.utilization, sample.power_limit, sample.fan_rpm) == (5.0, 300.0, None)
    assert set(sample.reasons.values()) == {Absence.UNSUPPORTED}
    assert {"fan_rpm", "power"} <= set(sample.reasons)
    assert not {"utilization", "power_limit"} & set(sample.reasons)


def test_a_field_that_nobody_looks_at_any_more_is_absent_with_that_reason() -> None:
    table: tuple[FieldReading[object], ...] = (
        FieldReading("utilization", Tier.FAST, lambda _: 5.0),
        FieldReading("kernels", Tier.ACTIVITY, lambda _: 40.0),
    )
    readings, identity = Readings(), GpuIdentity("0", "NVIDIA", "a GPU")
    readings.refresh(table, object(), Tier.ALL | Tier.ACTIVITY)
    assert readings.sample(identity, 1.0).kernels == 40.0
    readings.refresh(table, object(), Tier.FAST)
    sample = readings.sample(identity, 2.0)
    assert (sample.utilization, sample.kernels) == (5.0, None)
    assert sample.reasons["kernels"] is Absence.UNWATCHED
    readings.refresh(table, object(), Tier.FAST | Tier.ACTIVITY)
    sample = readings.sample(identity, 3.0)
    assert (sample.kernels, "kernels" in sample.reasons) == (40.0, False)


def test_a_sample_is_not_changed_by_later_readings() -> None:
    readings, identity = Readings(), GpuIdentity("0", "NVIDIA", "a GPU")
    readings.put("power", Absence.DENIED)
    before = readings.sample(identity, 1.0)
    readings.put("power", 9.0)
    after = readings.sample(identity, 2.0)
    assert (before.power, before.reasons) == (None, {"power": Absence.DENIED})
    assert (after.power, after.reasons) == (9.0, {})


def test_a_value_that_vanishes_is_not_carried() -> None:
    readings = Readings()
    readings.put("power", 9.0)
    readings.put("power", None)
    assert readings.sample(GpuIdentity("0", "NVIDIA", "a GPU"), 1.0).power is None
    readings.put("power", Absence.DENIED)
    readings.put("power", None)
    assert readings.sample(GpuIdentity("0", "NVIDIA", "a GPU"), 1.0).reasons == {}


def test_a_capture_is_not_live() -> None:
    roots = Roots.captured(Path("/capture"))
    assert (roots.sys, roots.proc, roots.live) == (
        Path("/capture/sys"),
        Path("/capture/proc"),
        False,
    )


def test_of_a_capture_nothing_is_read_of_this_machine_but_lists_of_names(tmp_path: Path) -> None:
    roots, of_names = Roots.captured(tmp_path), {"share", "udev"}
    folders = {name: getattr(roots, name) for name in Roots.__annotations__ if name != "live"}
    assert {name for name, place in folders.items() if place.parent != tmp_path} == of_names
    assert {name: place.name for name, place in folders.items() if name not in of_names} == {
        name: name for name in folders if name not in of_names
    }
    assert not roots.live


def test_activity_is_due_while_somebody_looks() -> None:
    looks = [True, False, True]
    schedule = TierSchedule(1.0, lambda: looks.pop(0))
    assert [Tier.ACTIVITY in schedule.due(float(second)) for second in range(3)] == [
        *(True, False, True),
    ]
