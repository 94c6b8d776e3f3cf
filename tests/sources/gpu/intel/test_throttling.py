"""Why an Intel card is held back; heat is doubted of one that is cold and idle."""

from __future__ import annotations

import pytest

from tests.sources.gpu.conftest import WriteTree
from trackio_view.sources.gpu.intel import gpus as intel
from trackio_view.sources.gpu.sampler import Roots, Tier

DEVICE = "sys/class/drm/card1/device"
GT = f"{DEVICE}/tile0/gt0"
IDLE = f"{GT}/gtidle/idle_residency_ms"
CARD: dict[str, object] = {
    f"{DEVICE}/uevent": "DRIVER=xe\nPCI_ID=8086:E20B\nPCI_SLOT_NAME=0000:09:00.0",
    f"{GT}/gtidle/name": "gt0-rc",
    IDLE: 10_000,
    f"{GT}/freq0/throttle/reasons": "thermal pl1 vr_thermalert",
    f"{DEVICE}/hwmon/hwmon3/name": "xe",
    f"{DEVICE}/hwmon/hwmon3/temp2_label": "pkg",
}
ALL = ("temperature", "power limit", "voltage regulator hot")


@pytest.mark.parametrize(
    ("slept", "degrees", "limit", "reasons"),
    [
        (1000, 40, 100, ("power limit",)),
        (971, 40, 100, ("power limit",)),
        (969, 40, 100, ALL),
        # It works, is near its limit, or has none.
        (500, 40, 100, ALL),
        (1000, 85, 100, ALL),
        (1000, 84, 100, ("power limit",)),
        (1000, 40, None, ALL),
    ],
)
def test_heat_is_doubted_unless_the_chip_works_or_is_near_its_limit(
    write_tree: WriteTree,
    clock,
    slept: int,
    degrees: int,
    limit: int | None,
    reasons: tuple[str, ...],
) -> None:
    tree = {**CARD, f"{DEVICE}/hwmon/hwmon3/temp2_input": degrees * 1000}
    if limit is not None:
        tree[f"{DEVICE}/hwmon/hwmon3/temp2_crit"] = limit * 1000
    root = write_tree(tree)  # type: ignore[arg-type]
    (sampler,) = intel.discover(Roots.captured(root), clock).samplers
    sampler.sample(Tier.ALL)
    clock.advance(1.0)
    write_tree({IDLE: 10_000 + slept})
    assert sampler.sample(Tier.ALL).throttle_reasons == reasons
