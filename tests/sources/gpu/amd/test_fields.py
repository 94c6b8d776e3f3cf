"""Each field of an AMD GPU is read by its own name, and one that cannot be says why."""

from __future__ import annotations

from tests.sources.gpu.amd.conftest import CARD, DEVICE, only_sample
from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.amd.fields import FIELDS


def test_each_field_of_a_card_is_read_by_its_own_name(write_tree, clock) -> None:
    sample = only_sample(write_tree(CARD), clock)
    assert (sample.memory_used, sample.memory_total) == (3 << 30, 16 << 30)
    assert (sample.utilization, sample.memory_bus_load) == (37, 12)
    assert (sample.power, sample.power_limit) == (187.5, 250)
    assert (sample.clock_graphics, sample.clock_memory) == (2_400, 1_000)
    assert (sample.fan_rpm, sample.fan_percent) == (1_200, 40)
    assert sample.temperatures == {"gpu": 61, "hotspot": 72, "memory": 80}


def test_every_absent_field_has_its_reason(write_tree, clock) -> None:
    sample = only_sample(write_tree({f"{DEVICE}/vendor": "0x1002"}), clock)
    for line in FIELDS:
        if line.name in ("hidden_processes", "measures"):
            continue
        if line.name == "temperatures":
            assert sample.temperatures == {}
        else:
            assert getattr(sample, line.name) is None
        assert sample.reasons[line.name] is Absence.UNSUPPORTED
