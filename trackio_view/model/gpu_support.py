"""How far the reading of each vendor's GPUs was proven, for `--help`, the help and the README."""

from __future__ import annotations

from trackio_view.light_typing import NamedTuple


class GpuSupport(NamedTuple):
    """What is read of a vendor's GPUs, and on what that was seen to work."""

    vendor: str
    through: str
    seen: str


GPU_SUPPORT = (
    GpuSupport(
        "NVIDIA",
        "NVML (nvidia-ml-py)",
        "an H200 with driver 580, at rest and under nine loads, where names, memory, temperatures, "
        "power, clocks, limits, load and processes agreed with nvidia-smi -q -x, and activity with "
        "the driver's counters; health and MIG by a stand-in for the driver that answers as it did "
        "there",
    ),
    GpuSupport(
        "AMD",
        "sysfs, hwmon, gpu_metrics, fdinfo, KFD",
        "captures of Radeon RX 5700 XT, 6900 XT and 7600S, of two APUs, and of gpu_metrics v1.3, "
        "v2.1 and v2.2; its other versions, partitions and processes by layout only",
    ),
    GpuSupport(
        "Intel",
        "i915 and xe: sysfs, hwmon, fdinfo",
        "captures of Tiger Lake, Arc A380 and B580; a card's memory and processes by layout only",
    ),
    GpuSupport(
        "Jetson",
        "devfreq, thermal zones, INA3221, meminfo",
        "trees written after the documentation; not on hardware yet",
    ),
)
