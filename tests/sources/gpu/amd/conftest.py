"""A made-up AMD card, and what reads it."""

from __future__ import annotations

import struct
from pathlib import Path

from trackio_view.model.gpu import GpuSample
from trackio_view.sources.gpu.amd import gpus as amd
from trackio_view.sources.gpu.amd.metrics_layouts import LAYOUTS
from trackio_view.sources.gpu.sampler import Roots, Tier

DEVICE = "sys/class/drm/card1/device"
HWMON = f"{DEVICE}/hwmon/hwmon7"
UEVENT = "DRIVER=amdgpu\nPCI_ID=1002:73BF\nPCI_SLOT_NAME=0000:03:00.0"
CARD: dict[str, object] = {
    f"{DEVICE}/uevent": UEVENT,
    f"{DEVICE}/vendor": "0x1002",
    f"{DEVICE}/gpu_busy_percent": 37,
    f"{DEVICE}/mem_busy_percent": 12,
    f"{DEVICE}/mem_info_vram_total": 16 << 30,
    f"{DEVICE}/mem_info_vram_used": 3 << 30,
    f"{DEVICE}/mem_info_gtt_total": 32 << 30,
    f"{DEVICE}/mem_info_gtt_used": 1 << 20,
    f"{HWMON}/name": "amdgpu",
    f"{HWMON}/temp1_input": 61000,
    f"{HWMON}/temp1_label": "edge",
    f"{HWMON}/temp2_input": 72000,
    f"{HWMON}/temp2_label": "junction",
    f"{HWMON}/temp3_input": 80000,
    f"{HWMON}/temp3_label": "mem",
    f"{HWMON}/power1_average": 187_500_000,
    f"{HWMON}/power1_cap": 250_000_000,
    f"{HWMON}/freq1_input": 2_400_000_000,
    f"{HWMON}/freq1_label": "sclk",
    f"{HWMON}/freq2_input": 1_000_000_000,
    f"{HWMON}/freq2_label": "mclk",
    f"{HWMON}/fan1_input": 1200,
    f"{HWMON}/pwm1": 102,
    f"{HWMON}/pwm1_max": 255,
}


def blob(version: tuple[int, int], **values: tuple[str, int, int]) -> bytes:
    """Return a table of ones with values given as (type, offset, number)."""
    data = bytearray(b"\xff" * LAYOUTS[version].size)
    struct.pack_into("<HBB", data, 0, len(data), *version)
    for code, offset, number in values.values():
        struct.pack_into("<" + code, data, offset, number)
    return bytes(data)


def only_sampler(root: Path, clock):
    found = amd.discover(Roots.captured(root), clock)
    assert found.report.found == 1
    return found.samplers[0]


def only_sample(root: Path, clock, tiers: Tier = Tier.ALL) -> GpuSample:
    sample: GpuSample = only_sampler(root, clock).sample(tiers)
    return sample
