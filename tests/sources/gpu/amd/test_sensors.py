"""What the sensors of an AMD card measure: heat, power, clocks and the fan."""

from __future__ import annotations

import errno

import pytest

from tests.sources.gpu.amd.conftest import (
    CARD,
    DEVICE,
    HWMON,
    UEVENT,
    blob,
    only_sample,
    only_sampler,
)
from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.amd import sensors
from trackio_view.sources.gpu.sampler import Tier


def test_channels_without_labels_are_known_by_number(write_tree, clock) -> None:
    tree = {path: value for path, value in CARD.items() if not path.endswith("label")}
    sample = only_sample(write_tree(tree), clock)
    assert list(sample.temperatures) == ["gpu", "hotspot", "memory"]
    assert (sample.clock_graphics, sample.clock_memory) == (2400.0, 1000.0)
    assert sample.clock_soc is None


def test_a_memory_sensor_at_exactly_0_is_none(write_tree, clock) -> None:
    sample = only_sample(write_tree({**CARD, f"{HWMON}/temp3_input": 0}), clock)
    assert list(sample.temperatures) == ["gpu", "hotspot"]


@pytest.mark.parametrize(("fastest", "percent"), [({f"{HWMON}/fan1_max": 2400}, 50.0), ({}, None)])
def test_a_fan_that_the_firmware_drives_is_told_by_its_speed(
    write_tree, clock, fastest: dict[str, object], percent: float | None
) -> None:
    sample = only_sample(write_tree({**CARD, f"{HWMON}/pwm1": 0, **fastest}), clock)
    assert (sample.fan_rpm, sample.fan_percent) == (1200, percent)


def test_sensors_that_only_the_table_has_come_behind_those_of_the_driver(write_tree, clock) -> None:
    table = blob((1, 3), edge=("H", 4, 99), regulator=("H", 22 - 10, 64), nowhere=("H", 14, 0))
    sample = only_sample(write_tree({**CARD, f"{DEVICE}/gpu_metrics": table}), clock)
    assert list(sample.temperatures.items()) == [
        ("gpu", 61.0),
        ("hotspot", 72.0),
        ("memory", 80.0),
        ("VR SoC", 64.0),
    ]


@pytest.mark.parametrize(
    ("text", "megahertz"),
    [
        ("0: 500Mhz\n1: 800MHz *\n2: 2000Mhz", 800.0),
        ("0: 400Mhz\n1: 687Mhz *\n2: 687Mhz *", 687.0),
        ("S: 19Mhz *\n0: 500Mhz\n1: 2000Mhz", 19.0),
        ("S: 500Mhz\n0: 500Mhz *", 500.0),
        ("0: 0Mhz *", 0.0),
        ("0: 300Mhz *\n1: 600Mhz *", None),
        ("0: 300Mhz\n1: 600Mhz", None),
        ("", None),
        ("garbage *", None),
    ],
)
def test_the_marked_level_is_the_clock_of_last_resort(
    write_tree, clock, text: str, megahertz: float | None
) -> None:
    sample = only_sample(
        write_tree({f"{DEVICE}/uevent": UEVENT, f"{DEVICE}/pp_dpm_mclk": text}), clock
    )
    assert sample.clock_memory == megahertz


def test_a_measured_clock_wins_over_the_marked_level(write_tree, clock) -> None:
    tree = {**CARD, f"{DEVICE}/pp_dpm_sclk": "0: 852Mhz *", f"{HWMON}/freq1_input": 26_000_000}
    assert only_sample(write_tree(tree), clock).clock_graphics == 26.0


def test_the_marked_level_stands_in_for_no_clock_that_fails_once(
    write_tree, clock, failing_reads: dict[str, int]
) -> None:
    root = write_tree({**CARD, f"{DEVICE}/pp_dpm_sclk": "0: 852Mhz *"})
    failing_reads["freq1_input"] = errno.EBUSY
    sample = only_sample(root, clock)
    assert (sample.clock_graphics, sample.reasons["clock_graphics"]) == (None, Absence.STALE)


def test_power_falls_back_from_the_average_to_the_moment(write_tree, clock) -> None:
    tree = {**CARD, f"{HWMON}/power1_input": 190_000_000}
    assert only_sample(write_tree(tree), clock).power == 187.5
    write_tree({f"{HWMON}/power1_average": ""})
    assert only_sample(write_tree({}), clock).power == 190.0


def test_heat_of_the_hotspot_stands_in_for_no_edge_that_fails_once(
    write_tree, clock, failing_reads: dict[str, int]
) -> None:
    sampler = only_sampler(write_tree(CARD), clock)
    edge = sampler.sample(Tier.ALL).temperature
    failing_reads["temp1_input"] = errno.EIO
    failed = sampler.sample(Tier.ALL)
    assert (failed.temperature, failed.reasons["temperatures"]) == (None, Absence.LOST)
    failing_reads.clear()
    failing_reads["temp3_input"] = errno.EIO
    assert list(sampler.sample(Tier.ALL).temperatures) == ["gpu", "hotspot"]
    assert sampler.sample(Tier.ALL).temperature == edge


def test_power_of_the_moment_stands_in_for_no_average_that_fails_once(
    write_tree, clock, failing_reads: dict[str, int]
) -> None:
    root = write_tree({**CARD, f"{HWMON}/power1_input": 190_000_000})
    failing_reads["power1_average"] = errno.EBUSY
    sample = only_sample(root, clock)
    assert (sample.power, sample.reasons["power"]) == (None, Absence.STALE)
    failing_reads.clear()
    assert only_sample(root, clock).power == 187.5


def test_sensors_are_known_by_label(write_tree, clock) -> None:
    root = write_tree(
        {
            f"{DEVICE}/uevent": UEVENT,
            f"{DEVICE}/hwmon/hwmon2/name": "other",
            f"{DEVICE}/hwmon/hwmon2/temp1_input": 1000,
            f"{HWMON}/name": "amdgpu",
            f"{HWMON}/temp1_input": 44000,
            f"{HWMON}/temp1_label": "mem",
            f"{HWMON}/temp2_input": 51000,
            f"{HWMON}/temp2_label": "junction",
            f"{HWMON}/temp3_input": -273150,
            f"{HWMON}/temp3_label": "edge",
        }
    )
    sample = only_sample(root, clock)
    assert list(sample.temperatures.items()) == [("hotspot", 51.0), ("memory", 44.0)]
    assert sample.temperature == 51.0


def test_a_fan_that_stands_still_is_not_driven(write_tree, clock) -> None:
    sample = only_sample(write_tree({**CARD, f"{HWMON}/fan1_input": 0}), clock)
    assert (sample.fan_rpm, sample.fan_percent) == (0, 0.0)


def test_a_sensor_at_0_is_none_and_so_is_a_power_of_0(write_tree, clock) -> None:
    channels = {f"{HWMON}/temp{number}_input": 0 for number in (2, 3)}
    nothing = {f"{HWMON}/power1_average": 0}
    sample = only_sample(write_tree({**CARD, **channels, **nothing}), clock)
    assert (dict(sample.temperatures), sample.power) == ({"gpu": 61.0}, None)
    measured = {f"{HWMON}/power1_input": 90_000_000}
    assert only_sample(write_tree(measured), clock).power == 90.0


@pytest.mark.parametrize(
    ("limits", "sensor", "is_near"),
    [
        ({1: 76_000}, "gpu", True),
        ({1: 76_001}, "gpu", False),
        ({1: 76_000, 2: 110_000}, "hotspot", False),
        ({1: 110_000, 2: 80_000}, "hotspot", True),
        # Of a sensor without a limit the others tell; where none is known, nothing is doubted.
        ({1: 76_000, 2: 110_000}, "memory", True),
        ({1: 110_000, 2: 110_000}, "memory", False),
        ({}, "gpu", True),
    ],
)
def test_a_sensor_is_near_its_limit_from_15_degrees_on(
    write_tree, clock, limits: dict[int, int], sensor: str, is_near: bool
) -> None:
    told = {f"{HWMON}/temp{number}_crit": limit for number, limit in limits.items()}
    sampler = only_sampler(write_tree({**CARD, **told}), clock)
    assert sensors.is_near_limit(sampler._card, sensor) is is_near
