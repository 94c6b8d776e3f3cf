"""What the thermal zones of a board tell: heat, limits, and where the kernel lowers clocks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.gpu.conftest import WriteTree
from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.kernel import thermal_zones
from trackio_view.sources.gpu.sampler import Roots

ZONES = "sys/class/thermal"


def zone(number: int, kind: str, degrees: float, *trips: tuple[str, float]) -> dict[str, object]:
    folder = f"{ZONES}/thermal_zone{number}"
    tree: dict[str, object] = {f"{folder}/type": kind, f"{folder}/temp": round(degrees * 1000)}
    for place, (word, limit) in enumerate(trips):
        tree[f"{folder}/trip_point_{place}_type"] = word
        tree[f"{folder}/trip_point_{place}_temp"] = round(limit * 1000)
    return tree


def roots_of(root: Path) -> Roots:
    return Roots.captured(root)


@pytest.mark.parametrize(
    ("degrees", "reasons"), [(98.9, ()), (99.0, ("gpu temperature",)), (0.0, Absence.UNSUPPORTED)]
)
def test_a_zone_as_hot_as_clocks_are_lowered_at_is_a_reason(
    write_tree: WriteTree, degrees: float, reasons: object
) -> None:
    trips = ("active", 50.0), ("passive", 99.0), ("passive", 101.0), ("critical", 105.0)
    root = write_tree(zone(1, "GPU-therm", degrees, *trips))  # type: ignore[arg-type]
    assert thermal_zones.hot_zones(roots_of(root)) == reasons


def test_limits_and_margins_are_those_of_zones_that_have_them(write_tree: WriteTree) -> None:
    tree = {
        **zone(0, "cpu-thermal", 60.0, ("hot", 95.0), ("critical", 100.0)),
        **zone(1, "gpu-thermal", 70.0, ("passive", 101.0), ("passive", 99.0)),
        **zone(2, "PMIC-Die", 100.0, ("critical", 101.0)),
        f"{ZONES}/cooling_device0/type": "pwm-fan",
    }
    roots = roots_of(write_tree(tree))  # type: ignore[arg-type]
    limits = {"gpu slowdown": 99.0, "cpu hot": 95.0, "cpu critical": 100.0}
    told = thermal_zones.heat_limits(roots)
    assert told == limits
    assert thermal_zones.heat_margin(roots) == 40.0
    heat = thermal_zones.temperatures(roots)
    assert heat == {"gpu": 70.0, "cpu": 60.0}
    assert [next(iter(told)), next(iter(heat))] == ["gpu slowdown", "gpu"], "the GPU's come first"


def test_a_board_without_zones_tells_nothing(write_tree: WriteTree) -> None:
    roots = roots_of(write_tree({}))
    for read in (
        *(thermal_zones.temperatures, thermal_zones.heat_limits),
        *(thermal_zones.heat_margin, thermal_zones.hot_zones),
    ):
        assert read(roots) is Absence.UNSUPPORTED, read.__name__
