"""A device's sensors: channels, their labels, and how far each is from its limit."""

from __future__ import annotations

import errno
from typing import Any

import pytest

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.kernel import hwmon
from trackio_view.sources.gpu.kernel.hwmon import HeatBounds, find_hwmon, heat_bounds, open_hwmon

FILES = {
    "name": "xe",
    "temp1_input": 60_000,
    "temp1_label": "pkg",
    "temp1_crit": 100_000,
    "temp2_input": 90_000,
    "temp2_crit": 95_000,
    "temp2_emergency": 105_000,
    "temp3_input": 0,
    "temp3_crit": 1_000,
    "in0_input": 745,
    "power1_max": 190_000_000,
    "fan1_input": 1080,
}


def test_sensors_are_found_by_the_drivers_name_and_told_by_channel(write_tree: Any) -> None:
    root = write_tree({f"hwmon/hwmon4/{name}": value for name, value in FILES.items()})
    hwmon = find_hwmon(root, ("i915", "xe"))
    assert hwmon is not None
    assert hwmon.labels["temp"] == {1: "pkg", 2: "", 3: ""}
    assert (hwmon.channel("temp", "pkg"), hwmon.channel("temp", "vram")) == (1, None)
    assert (hwmon.celsius(1), hwmon.volts(0), hwmon.watts(1, "max")) == (60.0, 0.745, 190.0)
    assert hwmon.rpm(1) == 1080
    assert hwmon.megahertz(1) is Absence.UNSUPPORTED
    assert find_hwmon(root, ("amdgpu",)) is None


def test_the_margin_is_that_of_the_sensor_nearest_to_its_limit(write_tree: Any) -> None:
    folder = write_tree(FILES)
    bounds = heat_bounds(open_hwmon(folder), lambda number, label: label or f"sensor {number}")
    assert bounds.limits == {
        "pkg critical": 100.0,
        "sensor 2 critical": 95.0,
        "sensor 2 emergency": 105.0,
        "sensor 3 critical": 1.0,
    }
    assert bounds.margin == 5.0, "a sensor at 0 is none"


def test_while_a_sensor_cannot_be_read_no_margin_is_known(
    write_tree: Any, failing_reads: dict[str, int]
) -> None:
    folder = write_tree({**FILES, "temp4_input": 20_000, "temp4_crit": 100_000})
    sensors = open_hwmon(folder)
    failing_reads["temp2_input"] = errno.EBUSY
    assert heat_bounds(sensors, lambda number, label: f"{number}").margin is Absence.STALE
    # A sensor that the driver has no reading for holds up nothing.
    failing_reads["temp2_input"] = errno.EINVAL
    assert heat_bounds(sensors, lambda number, label: f"{number}").margin == 40.0
    failing_reads.clear()
    assert heat_bounds(sensors, lambda number, label: f"{number}").margin == 5.0


@pytest.mark.parametrize("limit", [-273_150, 0, 900_000, "none"])
def test_a_limit_that_cannot_be_is_unsupported(write_tree: Any, limit: object) -> None:
    folder = write_tree({"temp1_input": 50_000, "temp1_crit": limit})
    found = heat_bounds(open_hwmon(folder), lambda number, label: "gpu")
    assert found == HeatBounds(Absence.UNSUPPORTED, Absence.UNSUPPORTED)
    assert heat_bounds(None, lambda number, label: "gpu") == HeatBounds(
        Absence.UNSUPPORTED, Absence.UNSUPPORTED
    )


def test_a_limit_that_is_known_is_read_once(
    write_tree: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_tree({"temp1_input": "40000", "temp1_crit": "90000"})
    told: dict[str, float | Absence] = {"crit": Absence.ASLEEP}
    asked: list[str] = []

    def read(path: str, *bounds: float) -> float | Absence:
        asked.append(path.rpartition("_")[2])
        return told.get(asked[-1], Absence.UNSUPPORTED)

    monkeypatch.setattr(hwmon, "read_scaled", read)
    sensors = open_hwmon(folder)
    assert heat_bounds(sensors, lambda number, label: "gpu").limits is Absence.UNSUPPORTED
    told |= {"crit": 90.0, "input": 40.0}
    for _ in range(3):
        found = heat_bounds(sensors, lambda number, label: "gpu")
        assert found == HeatBounds({"gpu critical": 90.0}, 50.0)
    assert asked == ["crit", "emergency", "crit", "input", "input", "input"]
