"""What an AMD card may reach, its engines, its links to others, and its compute units."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sources.gpu.amd.conftest import CARD, DEVICE, HWMON, blob, only_sample, only_sampler
from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.amd import gpus as amd
from trackio_view.sources.gpu.amd.card import OCCUPANCY_SECONDS
from trackio_view.sources.gpu.sampler import Roots, Tier

BOUNDS: dict[str, object] = {
    f"{HWMON}/temp1_crit": 100_000,
    f"{HWMON}/temp1_emergency": 105_000,
    f"{HWMON}/temp2_crit": 110_000,
    f"{HWMON}/temp3_crit": -273_150,
    f"{HWMON}/power1_input": 201_000_000,
    f"{HWMON}/power1_cap_min": 0,
    f"{HWMON}/power1_cap_max": 300_000_000,
    f"{HWMON}/power1_cap_default": 255_000_000,
    f"{HWMON}/in0_input": 987,
    f"{HWMON}/in0_label": "vddgfx",
    f"{DEVICE}/pp_dpm_sclk": "S: 500Mhz *\n0: 800Mhz\n1: 2660Mhz ",
    f"{DEVICE}/vbios_version": "113-D4120100-100",
    f"{DEVICE}/mem_info_vram_vendor": "samsung\n\0\0",
    f"{DEVICE}/mem_info_vis_vram_total": 16 << 30,
    f"{DEVICE}/mem_info_vis_vram_used": 1 << 20,
}


def test_a_card_tells_its_bounds(write_tree: Any, clock: Any) -> None:
    sample = only_sample(write_tree({**CARD, **BOUNDS}), clock)
    assert sample.heat_limits == {
        "gpu critical": 100.0,
        "gpu emergency": 105.0,
        "hotspot critical": 110.0,
    }
    assert sample.heat_margin == 38.0, "of the hotspot, which is the nearest to its limit"
    assert (sample.power_instant, sample.power_average) == (201.0, 187.5)
    limits = sample.power_limit_min, sample.power_limit_max, sample.power_limit_default
    assert limits == (None, 300.0, 255.0)
    assert (sample.voltage, sample.clock_graphics_max) == (0.987, 2660.0)
    assert (sample.firmware, sample.memory_vendor) == ("113-D4120100-100", "samsung")
    assert (sample.bar1_used, sample.bar1_total) == (1 << 20, 16 << 30)
    assert sample.clock_memory_max is None


def test_without_the_files_each_is_absent_with_a_reason(write_tree: Any, clock: Any) -> None:
    sample = only_sample(write_tree(CARD), clock)
    names = ("heat_limits", "heat_margin", "voltage", "firmware", "bar1_total", "engines")
    for name in (*names, "memory_vendor"):
        assert getattr(sample, name) is None
        assert sample.reasons[name] is Absence.UNSUPPORTED


def test_a_card_that_does_not_know_who_made_its_memory(write_tree: Any, clock: Any) -> None:
    tree = {**CARD, f"{DEVICE}/mem_info_vram_vendor": "unknown"}
    assert only_sample(write_tree(tree), clock).memory_vendor is None


def test_engines_and_links_of_a_table(write_tree: Any, clock: Any) -> None:
    def table(read: int) -> bytes:
        return blob(
            (1, 5),
            width=("H", 116, 16),
            read=("Q", 176, read),
            other=("Q", 184, 1000),
            written=("Q", 240, 0),
            video=("H", 16, 40),
            jpeg=("H", 24, 7),
        )

    sampler = only_sampler(write_tree({**CARD, f"{DEVICE}/gpu_metrics": table(5000)}), clock)
    first = sampler.sample(Tier.ALL)
    write_tree({f"{DEVICE}/gpu_metrics": table(9000)})
    clock.advance(2.0)
    second = sampler.sample(Tier.ALL)
    assert first.xgmi_read is None
    assert "xgmi_read" not in first.reasons
    assert (second.xgmi_read, second.xgmi_write) == (2000 * 1024.0, 0.0)
    assert second.engines == {"video 0": 40.0, "jpeg 0": 7.0}


def test_a_card_without_links_has_no_traffic_of_0(write_tree: Any, clock: Any) -> None:
    table = blob((1, 5), width=("H", 116, 0), read=("Q", 176, 0), written=("Q", 240, 0))
    sample = only_sample(write_tree({**CARD, f"{DEVICE}/gpu_metrics": table}), clock)
    assert sample.xgmi_read is None
    assert sample.reasons["xgmi_read"] is Absence.UNSUPPORTED


def test_compute_units_are_asked_for_every_five_seconds_at_most(
    write_tree: Any, clock: Any
) -> None:
    kfd = "sys/class/kfd/kfd"
    tree = {
        **CARD,
        f"{kfd}/topology/nodes/1/gpu_id": 7,
        f"{kfd}/topology/nodes/1/properties": "location_id 768\ndomain 0\ndrm_render_minor 128",
        f"{kfd}/proc/4242/vram_7": 1 << 30,
        f"{kfd}/proc/4242/stats_7/cu_occupancy": 96,
        "proc/4242/comm": "python",
    }
    sampler = only_sampler(write_tree(tree), clock)

    def units() -> list[tuple[int, int | None]]:
        processes = sampler.sample(Tier.ALL).processes or ()
        return [(process.pid, process.compute_units) for process in processes]

    assert units() == [(4242, 96)]
    write_tree({f"{kfd}/proc/4242/stats_7/cu_occupancy": 304})
    clock.advance(OCCUPANCY_SECONDS - 1)
    assert units() == [(4242, 96)]
    clock.advance(1.0)
    assert units() == [(4242, 304)]


@pytest.mark.parametrize("name", ["rx6900xt", "rx5700xt", "rx7600s"])
def test_captured_cards_tell_their_limits(captures: Any, clock: Any, name: str) -> None:
    found = amd.discover(Roots.captured(captures / "gpu" / "amd" / name), clock)
    sample = found.samplers[0].sample(Tier.ALL)
    assert sample.power_limit_default is not None
    assert sample.heat_limits is not None
    assert sample.heat_limits["gpu critical"] == 100.0
    assert sample.firmware
