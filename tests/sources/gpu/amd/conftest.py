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
    return metrics_table(version, {at: (code, number) for code, at, number in values.values()})


def only_sampler(root: Path, clock):
    found = amd.discover(Roots.captured(root), clock)
    assert found.report.found == 1
    return found.samplers[0]


def only_sample(root: Path, clock, tiers: Tier = Tier.ALL) -> GpuSample:
    sample: GpuSample = only_sampler(root, clock).sample(tiers)
    return sample


def metrics_table(
    version: tuple[int, int], values: dict[int, tuple[str, int]], extra: int = 0
) -> bytes:
    """Return a table of all ones, except for its header and given values: (type, number) by
    offset."""
    blob = bytearray(b"\xff" * (LAYOUTS[version].size + extra))
    struct.pack_into("<HBB", blob, 0, LAYOUTS[version].size, *version)
    for offset, (code, number) in values.items():
        struct.pack_into("<" + code, blob, offset, number)
    return bytes(blob)


def attribute_table(version: tuple[int, int], *entries: tuple[int, int, int, bytes, int]) -> bytes:
    """Return a self-describing table of (id, type, unit, values, count)."""
    body = b"".join(
        struct.pack("<Q", unit << 24 | kind << 20 | number << 10 | count) + values
        for number, kind, unit, values, count in entries
    )
    return struct.pack("<HBBi", 8 + len(body), *version, len(entries)) + body
