"""Each field of an Intel GPU is read by its own name and as often as it changes."""

from __future__ import annotations

from typing import Any

from tests.sources.gpu.intel.test_card import CARD, DEVICE, XE, only_sample, only_sampler
from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.intel.fields import FIELDS
from trackio_view.sources.gpu.sampler import Tier

ON_CHIP: dict[str, object] = {
    f"{DEVICE}/uevent": "DRIVER=i915\nPCI_ID=8086:9A49\nPCI_SLOT_NAME=0000:00:02.0",
    f"{CARD}/gt_act_freq_mhz": 350,
    "proc/meminfo": "MemTotal: 1000 kB\nMemAvailable: 250 kB",
}


def test_used_and_total_and_both_clocks_are_not_mixed_up(write_tree: Any, clock: Any) -> None:
    sample = only_sample(write_tree(ON_CHIP), clock)
    assert (sample.memory_used, sample.memory_total) == (750 * 1024, 1000 * 1024)
    assert (sample.clock_graphics, sample.clock_video) == (350.0, None)
    sample = only_sample(write_tree(XE), clock)
    assert (sample.clock_graphics, sample.clock_video) == (2400.0, 1100.0)


def test_the_link_of_a_card_is_read_into_four_fields(write_tree: Any, clock: Any) -> None:
    bridge = "sys/devices/pci0000:00/0000:00:01.0"
    root = write_tree(
        {
            f"{bridge}/0000:09:00.0/uevent": XE[f"{DEVICE}/uevent"],
            f"{bridge}/current_link_speed": "8.0 GT/s PCIe",
            f"{bridge}/current_link_width": 4,
            f"{bridge}/max_link_speed": "16.0 GT/s PCIe",
            f"{bridge}/max_link_width": 8,
            f"{bridge}/class": "0x060400",
            f"{bridge}/vendor": "0x8086",
        }
    )
    (root / CARD).mkdir(parents=True)
    (root / DEVICE).symlink_to(root / bridge / "0000:09:00.0")
    sample = only_sample(root, clock)
    told = (sample.pcie_generation, sample.pcie_width)
    assert told == (3, 4)
    assert (sample.pcie_generation_max, sample.pcie_width_max) == (4, 8)


def test_lasting_fields_are_read_less_often_than_moving_ones() -> None:
    often = {"utilization", "memory_used", "power", "clock_graphics", "temperatures"}
    for reading in FIELDS:
        if reading.name in often | {"memory_total", "performance_state", "measures"}:
            assert reading.tier is Tier.FAST, reading.name
        elif reading.name.endswith(("_limit", "_limits", "_default", "graphics_max")):
            assert reading.tier is Tier.SLOW, reading.name
        else:
            assert reading.tier is Tier.MEDIUM, reading.name
    assert FIELDS[-1].name == "measures", "it tells of all others"


def test_every_absent_field_has_its_reason(write_tree: Any, clock: Any) -> None:
    bare = {f"{DEVICE}/uevent": XE[f"{DEVICE}/uevent"]}
    sample = only_sampler(write_tree(bare), clock).sample(Tier.ALL)
    absent = {line.name for line in FIELDS if not getattr(sample, line.name)}
    assert {"utilization", "memory_used", "power", "fan_rpm", "voltage"} <= absent
    for name in absent - {"hidden_processes", "processes", "measures", "heat_margin"}:
        assert sample.reasons[name] in (Absence.UNSUPPORTED, Absence.DENIED), name
