"""The keys under which runs log their machine: one table from which charts and texts are made."""

from __future__ import annotations

import enum
import re
from functools import lru_cache

from trackio_view.light_typing import NamedTuple

HOW_TO_LOG = "trackio.init(..., auto_log_gpu=True)"
"""How a run is made to log its machine, with any TrackIO since 0.14."""

GPU_LOAD = "GPU utilization"
"""The title under which a GPU's load is charted."""
GPU_MEMORY = "GPU memory"
"""The title under which is charted how full a GPU's memory is."""


class MachinePart(enum.Enum):
    """Which part of the machine a key tells of; charts come in this order."""

    GPU = "GPU"
    CPU = "CPU"
    MEMORY = "memory"
    DISK = "disk"
    NETWORK = "network"
    SENSORS = "sensors"
    APPLE = "Apple"
    OTHER = "other"


class Aggregate(enum.Enum):
    """How a key joins the devices of its chart."""

    MEAN = "mean"
    TOTAL = "total"
    MAX = "max"
    ALL = "all"
    """The figure of the whole machine or of its only device; TrackIO does not tell which."""


class SystemKey(NamedTuple):
    """A line of the table."""

    pattern: str
    """The key; `#` stands for a device's number, a `*` at the end for any name."""
    title: str
    """The chart in which it is a line, together with the other keys of this title."""
    unit: str
    group: MachinePart
    aggregate: Aggregate | None
    """`None` for a key that names its device."""
    scale: float = 1.0
    """What a logged value is multiplied by to be in `unit`."""
    most: float | None = None
    """The top of the chart's axis where it is known beforehand; the bottom is 0 then."""


def _gpu(
    key: str, title: str, unit: str, scale: float = 1.0, most: float | None = None
) -> SystemKey:
    return SystemKey(f"gpu/#/{key}", f"GPU {title}", unit, MachinePart.GPU, None, scale, most)


def _gpus(key: str, title: str, unit: str, aggregate: Aggregate = Aggregate.ALL) -> SystemKey:
    return SystemKey(f"gpu/{key}", f"GPU {title}", unit, MachinePart.GPU, aggregate)


def _host(
    key: str, title: str, unit: str, group: MachinePart, aggregate: Aggregate | None = Aggregate.ALL
) -> SystemKey:
    return SystemKey(key, title, unit, group, aggregate, most=100 if unit == "%" else None)


SYSTEM_KEYS: tuple[SystemKey, ...] = (
    _gpu("utilization", "utilization", "%", most=100),
    _gpus("mean_utilization", "utilization", "%", Aggregate.MEAN),
    _gpus("utilization", "utilization", "%"),
    # TrackIO logs a fraction here, and percents everywhere else.
    _gpu("memory_usage", "memory", "%", scale=100, most=100),
    _gpu("memory_percent", "memory", "%", most=100),
    _gpus("memory_percent", "memory", "%"),
    _gpu("allocated_memory", "memory used", "GB"),
    _gpu("memory_used_gb", "memory used", "GB"),
    _gpus("memory_used_gb", "memory used", "GB"),
    _gpus("total_allocated_memory", "memory used in all", "GB", Aggregate.TOTAL),
    _gpu("temp", "temperature", "°C"),
    _gpu("temperature_c", "temperature", "°C"),
    _gpus("max_temp", "temperature", "°C", Aggregate.MAX),
    _gpus("temperature_c", "temperature", "°C"),
    _gpu("power", "power", "W"),
    _gpu("power_w", "power", "W"),
    _gpus("power_w", "power", "W"),
    _gpus("total_power", "power in all", "W", Aggregate.TOTAL),
    _gpu("power_percent", "power of limit", "%"),
    _gpu("power_limit", "power limit", "W"),
    _gpus("power_limit_w", "power limit", "W"),
    _gpu("sm_clock", "SM clock", "MHz"),
    _gpus("clock_sm_mhz", "SM clock", "MHz"),
    _gpus("clock_graphics_mhz", "graphics clock", "MHz"),
    _gpus("clock_gpu_mhz", "clock", "MHz"),
    _gpu("memory_clock", "memory clock", "MHz"),
    _gpus("clock_memory_mhz", "memory clock", "MHz"),
    _gpus("clock_mem_mhz", "memory clock", "MHz"),
    _gpus("clock_video_mhz", "video clock", "MHz"),
    _gpu("fan_speed", "fan", "%", most=100),
    _gpus("fan_percent", "fan", "%"),
    _gpus("fan_speed_percent", "fan", "%"),
    _gpu("memory_utilization", "memory bus", "%", most=100),
    _gpus("memory_utilization", "memory bus", "%"),
    _gpu("performance_state", "performance state", ""),
    _gpu("pcie_tx", "PCIe sent", "MB/s"),
    _gpu("pcie_rx", "PCIe received", "MB/s"),
    _gpu("energy_consumed", "energy", "J"),
    _gpu("throttle_thermal", "throttled by heat", ""),
    _gpu("throttle_power", "throttled by power", ""),
    _gpu("throttle_hw_slowdown", "throttled by hardware", ""),
    _gpu("throttle_apps", "throttled by clock settings", ""),
    _gpu("corrected_memory_errors", "memory errors corrected", ""),
    _gpu("uncorrected_memory_errors", "memory errors uncorrected", ""),
    _gpu("total_memory", "memory size", "GB"),
    _gpus("memory_total_gb", "memory size", "GB"),
    _host("cpu/utilization", "CPU utilization", "%", MachinePart.CPU),
    _host("cpu/#/utilization", "CPU cores", "%", MachinePart.CPU, None),
    _host("cpu/frequency", "CPU frequency", "MHz", MachinePart.CPU),
    _host("cpu/frequency_max", "CPU frequency limit", "MHz", MachinePart.CPU),
    _host("cpu/count_logical", "CPU threads", "", MachinePart.CPU),
    _host("cpu/count_physical", "CPU cores present", "", MachinePart.CPU),
    _host("memory/percent", "memory", "%", MachinePart.MEMORY),
    _host("memory/used", "memory used", "GB", MachinePart.MEMORY),
    _host("memory/available", "memory available", "GB", MachinePart.MEMORY),
    _host("memory/total", "memory size", "GB", MachinePart.MEMORY),
    _host("swap/percent", "swap", "%", MachinePart.MEMORY),
    _host("swap/used", "swap used", "GB", MachinePart.MEMORY),
    _host("swap/total", "swap size", "GB", MachinePart.MEMORY),
    _host("disk/read_mb_per_sec", "disk read", "MB/s", MachinePart.DISK),
    _host("disk/write_mb_per_sec", "disk write", "MB/s", MachinePart.DISK),
    _host("disk/read_iops", "disk reads", "/s", MachinePart.DISK),
    _host("disk/write_iops", "disk writes", "/s", MachinePart.DISK),
    _host("disk/read_bytes", "disk read since boot", "B", MachinePart.DISK),
    _host("disk/write_bytes", "disk write since boot", "B", MachinePart.DISK),
    _host("network/sent_mb_per_sec", "network sent", "MB/s", MachinePart.NETWORK),
    _host("network/recv_mb_per_sec", "network received", "MB/s", MachinePart.NETWORK),
    _host("network/sent_bytes", "network sent since boot", "B", MachinePart.NETWORK),
    _host("network/recv_bytes", "network received since boot", "B", MachinePart.NETWORK),
    _host("temp/*", "temperature", "°C", MachinePart.SENSORS, None),
    _host("battery/percent", "battery", "%", MachinePart.SENSORS),
    _host("battery/power_plugged", "on mains power", "", MachinePart.SENSORS),
    _host("gpu/detected", "Apple GPU detected", "", MachinePart.APPLE),
)
"""Every key that TrackIO itself logs (0.14 to 0.43), and those of older loggers under `gpu/`.

TrackIO counts memory in GiB and names it GB, as drivers do. Within a group, charts come in the
order of their first key.
"""


class KnownKey(NamedTuple):
    """What is known of a logged key."""

    title: str
    unit: str
    group: MachinePart
    device: str | None
    """The device's number, or a sensor's name; `None` where all are meant. `2 of rank 1` and
    `mean of rank 1` are those of one process among several that log into one run."""
    aggregate: Aggregate | None
    scale: float
    most: float | None
    rank: tuple[int, int]
    """Where its chart stands: that of the title's first key; the second part is 1 if unknown."""


_BY_PATTERN = {known.pattern: known for known in SYSTEM_KEYS}
_RANKS = {
    (known.group, known.title): len(SYSTEM_KEYS) - place
    for place, known in enumerate(reversed(SYSTEM_KEYS), 1)
}
_OF_RANK = re.compile(r"rank[_-]?([0-9]{1,6})/(?=[a-z]+[/_])")
_NUMBERED = re.compile(r"(?:^|/)([0-9]{1,6})(?=/)")
_GROUPS = {known.pattern.partition("/")[0]: known.group for known in reversed(SYSTEM_KEYS)}
"""The first part of keys -> what its first key in the table is about."""


@lru_cache(maxsize=4096)
def describe(key: str) -> KnownKey:
    """Return what a key of system metrics means; one that nobody knows is its own chart.

    In an unknown key, a number between slashes is taken for the device's: such keys share a
    chart as known ones do. What stands behind `rank3/` is described as without it.
    """
    if of_rank := _OF_RANK.match(key):
        own = _of_process(key[of_rank.end() :])
        name = own.device or (own.aggregate or Aggregate.ALL).value
        return own._replace(device=f"{name} of rank {of_rank[1]}")
    numbered = _NUMBERED.search(key)
    pattern, device = _pattern_of(key, numbered)
    if (known := _BY_PATTERN.get(pattern)) is not None:
        return KnownKey(
            known.title,
            known.unit,
            known.group,
            device,
            known.aggregate,
            known.scale,
            known.most,
            (_RANKS[known.group, known.title], 0),
        )
    group = _GROUPS.get(
        re.split(r"[/_]", key, maxsplit=1)[0].rstrip("0123456789"), MachinePart.OTHER
    )
    last = (len(SYSTEM_KEYS), 1)
    if numbered is None:
        return KnownKey(key, "", group, None, Aggregate.ALL, 1.0, None, last)
    title = key[: numbered.start()] + key[numbered.end() :]
    return KnownKey(title, "", group, numbered[1], None, 1.0, None, last)


def _pattern_of(key: str, numbered: re.Match[str] | None) -> tuple[str, str | None]:
    """Return under which pattern a key may stand in the table, and the device that it names."""
    folder, _, sensor = key.partition("/")
    if sensor and f"{folder}/*" in _BY_PATTERN:
        return f"{folder}/*", sensor
    if numbered is not None:
        return f"{key[: numbered.start(1)]}#{key[numbered.end(1) :]}", numbered[1]
    # These signs stand for something in a pattern only.
    return ("" if "#" in key or "*" in key else key), None


def _of_process(key: str) -> KnownKey:
    """Return what a key of one process means: without a number, its GPU is its only one."""
    own = describe(key)
    if own.rank[1] and key.startswith("gpu/"):
        numbered = describe(f"gpu/0/{key.removeprefix('gpu/')}")
        if not numbered.rank[1]:
            return numbered._replace(device=None, aggregate=Aggregate.ALL)
    return own


def of_one_device(known: KnownKey) -> bool:
    """Return whether a key tells of one device, and not of several that one process joined."""
    return known.device is not None and known.aggregate in (None, Aggregate.ALL)


def is_system_key(key: str) -> bool:
    """Return whether a key among a run's metrics tells of its machine, as older loggers had it."""
    if of_rank := _OF_RANK.match(key):
        key = key[of_rank.end() :]
    if key.startswith(("gpu/", "gpu_")):
        return True
    # A run may have thousands of metrics, so only names that begin so are looked up in the table.
    return key.partition("/")[0] in _GROUPS and describe(key).rank[1] == 0
