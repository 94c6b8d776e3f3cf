"""AMD's `gpu_metrics`: the firmware's table of measurements, in one of many versions.

Versions and units: the kernel's `kgd_pp_interface.h` and `amdgpu_smu` sources. Read as a complement
to the single files of sysfs, whose units never change.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from trackio_view.sources.gpu.amd.metrics_layouts import (
    LAYOUTS,
    PARTITION_SLOTS,
    TableLayout,
    fields_of,
    width_of,
)
from trackio_view.sources.gpu.kernel.hwmon import CELSIUS_HIGH, MEGAHERTZ_HIGH, RPM_HIGH, WATTS_HIGH
from trackio_view.sources.gpu.kernel.pcie import generation_of

Value = int | None
"""A raw number, or `None` where the firmware says not available: all bits one."""
RawTable = Mapping[str, "Value | list[Value]"]

_HEADER = struct.Struct("<HBB")
_SELF_DESCRIBING = (1, 9)
_SELF_DESCRIBING_PARTITIONS = ((1, 1), (1, 9))
"""The first version of a partition's own table has a fixed layout and no load."""
JOULES_PER_COUNT = 2.0**-16
ENERGY_WRAPS = 1 << 32
"""What the firmware of cards up to RDNA2 counts to; the table's field is wider than that."""
_LAST_NARROW_VERSION = (1, 3)

THROTTLE_BITS = {
    **dict.fromkeys(range(8), "power limit"),
    **dict.fromkeys(range(16, 24), "current limit"),
    **dict.fromkeys(range(32, 44), "temperature"),
    34: "memory temperature",
    36: "hotspot temperature",
    38: "voltage regulator temperature",
    39: "voltage regulator temperature",
    40: "voltage regulator temperature",
    41: "voltage regulator temperature",
    44: "voltage regulator hot",
    45: "voltage regulator hot",
    46: "processor hot",
    47: "processor hot",
    56: "peak power manager",
    57: "reliability limit",
}
"""Bit of `indep_throttle_status` -> the reason in words; several bits may share one."""

RESIDENCY_WORDS = {
    "prochot_residency_acc": "processor hot",
    "ppt_residency_acc": "power limit",
    "socket_thm_residency_acc": "temperature",
    "vr_thm_residency_acc": "voltage regulator temperature",
    "hbm_thm_residency_acc": "memory temperature",
    "throttle_residency_prochot": "processor hot",
    "throttle_residency_spl": "power limit",
    "throttle_residency_fppt": "power limit",
    "throttle_residency_sppt": "power limit",
    "throttle_residency_thm_core": "processor temperature",
    "throttle_residency_thm_gfx": "temperature",
    "throttle_residency_thm_soc": "temperature",
}
"""Counters that grow while the chip throttles -> the reason in words."""


@dataclass(frozen=True, slots=True)
class GpuMetrics:
    """What a table says, in the units of `GpuSample`; `None` for what it does not."""

    version: tuple[int, int]
    temperatures: Mapping[str, float] = field(default_factory=dict)
    power: float | None = None
    energy_count: int | None = None
    """In parts of a joule, of which there are `1 / JOULES_PER_COUNT`."""
    activity_count: int | None = None
    """The sum of the percentages of time with work, one for each step of `steps`."""
    steps: int | None = None
    """How often the firmware looked, at which it also counts what throttled."""
    utilization: float | None = None
    memory_bus_load: float | None = None
    video_load: float | None = None
    engine_loads: Mapping[str, float] = field(default_factory=dict)
    """Percent by engine; empty where the table tells of none one by one."""
    xgmi_width: int | None = None
    """Lanes of the links to other cards."""
    xgmi_read_count: int | None = None
    """Kilobytes, of all links."""
    xgmi_write_count: int | None = None
    clock_graphics: float | None = None
    clock_memory: float | None = None
    clock_soc: float | None = None
    clock_fabric: float | None = None
    clock_video: float | None = None
    fan_rpm: float | None = None
    pcie_generation: int | None = None
    pcie_width: int | None = None
    throttle_reasons: tuple[str, ...] | None = None
    residencies: Mapping[str, int] = field(default_factory=dict)
    """Counter -> count: what grew between two tables throttled in between."""
    partition_loads: tuple[float | None, ...] = ()
    """Percent by compute partition; empty where the table tells of none."""

    @property
    def energy_wraps(self) -> bool:
        """Whether the count of energy may have begun anew, any number of times."""
        narrow = self.version <= _LAST_NARROW_VERSION
        return narrow and self.energy_count is not None and self.energy_count < ENERGY_WRAPS

    @property
    def integrated(self) -> bool:
        """The table is one of a processor with graphics, not of a card."""
        return self.version[0] >= 2


def decode(blob: bytes) -> GpuMetrics | None:
    """Return a table's values; `None` for what is truncated, malformed or of an unknown version.

    A newer version is never read by an older one's layout: that yields plausible nonsense.
    """
    raw = read_raw(blob)
    if raw is None:
        return None
    version, table, partitions = raw
    if version[0] == 1:
        return _card_metrics(version, table, partitions)
    return _processor_metrics(version, table)


def decode_partition(blob: bytes) -> float | None:
    """Return the load, in percent, in a partition's own `xcp_metrics`; `None` if it has none."""
    if len(blob) < _HEADER.size:
        return None
    size, *version = _HEADER.unpack_from(blob)
    if tuple(version) not in _SELF_DESCRIBING_PARTITIONS:
        return None
    table = _read_attributes(blob, size)
    return None if table is None else _mean_percent(_list(table, "gfx_busy_inst"))


# --- Raw numbers


def read_raw(blob: bytes) -> tuple[tuple[int, int], RawTable, list[RawTable]] | None:
    """Return the version, the raw numbers and those of every partition that is in use."""
    if len(blob) < _HEADER.size:
        return None
    size, format_revision, content_revision = _HEADER.unpack_from(blob)
    version = (format_revision, content_revision)
    if version == _SELF_DESCRIBING:
        attributes = _read_attributes(blob, size)
        return None if attributes is None else (version, attributes, [])
    layout = LAYOUTS.get(version)
    if layout is None or size < layout.size or len(blob) < size:
        return None
    table = _read_layout(blob, 0, layout)
    partitions: list[RawTable] = []
    if layout.partitions:
        start, entry = layout.partitions
        in_use = _one(table, "num_partition") or 0
        for place in range(min(in_use, PARTITION_SLOTS)):
            partitions.append(_read_layout(blob, start + place * entry.size, entry))
    return version, table, partitions


def _read_layout(blob: bytes, start: int, layout: TableLayout) -> RawTable:
    table: dict[str, Value | list[Value]] = {}
    for name, place in fields_of(layout).items():
        values = _numbers(blob, start + place.offset, place.code, max(place.count, 1))
        table[name] = values if place.count else values[0]
    return table


def _numbers(blob: bytes, offset: int, code: str, count: int) -> list[Value]:
    absent = (1 << 8 * width_of(code)) - 1
    numbers = struct.unpack_from(f"<{count}{code}", blob, offset)
    if code.islower():
        # A signed value is filled with the same ones, or with the largest number.
        return [None if number in (-1, absent >> 1) else number for number in numbers]
    return [None if number == absent else number for number in numbers]


# Version 1.9 and the partitions' tables: the header, a count, then as often an encoding and values.
_ATTRIBUTE_TYPES = "BbHhIiQq"
_UNIT_GIGATRANSFERS = 6
ATTRIBUTES = [
    "temperature_hotspot",
    "temperature_mem",
    "temperature_vrsoc",
    "curr_socket_power",
    "average_gfx_activity",
    "average_umc_activity",
    "mem_max_bandwidth",
    "energy_accumulator",
    "system_clock_counter",
    "accumulation_counter",
    "prochot_residency_acc",
    "ppt_residency_acc",
    "socket_thm_residency_acc",
    "vr_thm_residency_acc",
    "hbm_thm_residency_acc",
    "gfxclk_lock_status",
    "pcie_link_width",
    "pcie_link_speed",
    "xgmi_link_width",
    "xgmi_link_speed",
    "gfx_activity_acc",
    "mem_activity_acc",
    "pcie_bandwidth_acc",
    "pcie_bandwidth_inst",
    "pcie_l0_to_recov_count_acc",
    "pcie_replay_count_acc",
    "pcie_replay_rover_count_acc",
    "pcie_nak_sent_count_acc",
    "pcie_nak_rcvd_count_acc",
    "xgmi_read_data_acc",
    "xgmi_write_data_acc",
    "xgmi_link_status",
    "firmware_timestamp",
    "current_gfxclk",
    "current_socclk",
    "current_vclk0",
    "current_dclk0",
    "current_uclk",
    "num_partition",
    "pcie_lc_perf_other_end_recovery",
    "gfx_busy_inst",
    "jpeg_busy",
    "vcn_busy",
    "gfx_busy_acc",
    "gfx_below_host_limit_ppt_acc",
    "gfx_below_host_limit_thm_acc",
    "gfx_low_utilization_acc",
    "gfx_below_host_limit_total_acc",
    "temperature_hbm",
    "temperature_mid",
    "temperature_aid",
    "temperature_xcd",
]
"""Names by attribute id; newer ids are skipped."""


def _read_attributes(blob: bytes, size: int) -> dict[str, Value | list[Value]] | None:
    if len(blob) < size or size < _HEADER.size + 4:
        return None
    (count,) = struct.unpack_from("<i", blob, _HEADER.size)
    offset = _HEADER.size + 4
    table: dict[str, Value | list[Value]] = {}
    if count < 0:
        return None
    for _ in range(count):
        if offset + 8 > size:
            return None
        (encoding,) = struct.unpack_from("<Q", blob, offset)
        offset += 8
        unit, kind = encoding >> 24 & 0xFF, encoding >> 20 & 0xF
        number, length = encoding >> 10 & 0x3FF, encoding & 0x3FF
        if kind >= len(_ATTRIBUTE_TYPES):
            # Its width is unknown, so nothing behind it can be found.
            break
        code = _ATTRIBUTE_TYPES[kind]
        end = offset + length * width_of(code)
        if end > size:
            return None
        values = _numbers(blob, offset, code, length)
        offset = end
        if number >= len(ATTRIBUTES):
            continue
        name = ATTRIBUTES[number]
        if name == "pcie_link_speed" and unit == _UNIT_GIGATRANSFERS:
            values = [None if value is None else value * 10 for value in values]
        table[name] = values[0] if length == 1 else values
    return table


# --- Units

_CARD_TEMPERATURES = {
    "gpu": "temperature_edge",
    "hotspot": "temperature_hotspot",
    "memory": "temperature_mem",
    # Of the voltage regulators.
    "VR graphics": "temperature_vrgfx",
    "VR SoC": "temperature_vrsoc",
    "VR memory": "temperature_vrmem",
    "hbm": "temperature_hbm",
    "mid": "temperature_mid",
    "aid": "temperature_aid",
    "xcd": "temperature_xcd",
}
"""Ours -> the table's; of several of a kind, such as stacks of memory, the hottest."""
_PROCESSOR_TEMPERATURES = {
    "gpu": "temperature_gfx",
    "soc": "temperature_soc",
    "cpu": "temperature_core",
    "skin": "temperature_skin",
}


_ENGINES = {
    "video": ("vcn_activity", "vcn_busy"),
    "jpeg": ("jpeg_activity", "jpeg_busy"),
}
"""An engine -> what tables call its loads."""


def _engine_loads(tables: list[RawTable]) -> dict[str, float]:
    """Return the load of each engine that exists, counted over all partitions."""
    loads: dict[str, float] = {}
    for engine, names in _ENGINES.items():
        values = [value for table in tables for name in names for value in _list(table, name)]
        known = [value for value in values if value is not None and value <= 100]
        loads |= {f"{engine} {place}": float(value) for place, value in enumerate(known)}
    return loads


def _sum(counts: list[Value]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _card_metrics(
    version: tuple[int, int], table: RawTable, partitions: list[RawTable]
) -> GpuMetrics:
    """Return a table of version 1: °C, watts, percent, MHz, tenths of GT/s."""
    speed = _one(table, "pcie_link_speed")
    width = _one(table, "pcie_link_width")
    video = [_one(table, "average_mm_activity"), *_list(table, "vcn_activity")]
    for partition in partitions or [table]:
        video += _list(partition, "vcn_busy")
    energy = _one(table, "energy_accumulator")
    power = _first(_one(table, "average_socket_power"), _one(table, "curr_socket_power"))
    return GpuMetrics(
        version=version,
        temperatures=_temperatures(table, _CARD_TEMPERATURES, 1.0),
        # A chip that answers draws power, so 0 means that the firmware did not fill the table.
        power=_within(power, WATTS_HIGH) if power else None,
        # RDNA3 and later do not count it, and leave it at 0.
        energy_count=energy or None,
        activity_count=_one(table, "gfx_activity_acc"),
        steps=_one(table, "accumulation_counter"),
        utilization=_within(_one(table, "average_gfx_activity"), 100),
        memory_bus_load=_within(_one(table, "average_umc_activity"), 100),
        video_load=_greatest(video, 100),
        engine_loads=_engine_loads(partitions or [table]),
        xgmi_width=_one(table, "xgmi_link_width"),
        xgmi_read_count=_sum(_list(table, "xgmi_read_data_acc")),
        xgmi_write_count=_sum(_list(table, "xgmi_write_data_acc")),
        clock_graphics=_clock(table, "current_gfxclk", "average_gfxclk_frequency"),
        clock_memory=_clock(table, "current_uclk", "average_uclk_frequency"),
        clock_soc=_clock(table, "current_socclk", "average_socclk_frequency"),
        clock_video=_clock(table, "current_vclk0", "average_vclk0_frequency"),
        fan_rpm=_within(_one(table, "current_fan_speed"), RPM_HIGH),
        pcie_generation=generation_of(speed / 10) if speed else None,
        pcie_width=width if width and width <= 32 else None,
        throttle_reasons=_throttle_reasons(table),
        residencies=_residencies(table),
        partition_loads=tuple(_mean_percent(_list(p, "gfx_busy_inst")) for p in partitions),
    )


def _processor_metrics(version: tuple[int, int], table: RawTable) -> GpuMetrics:
    """Return a table of version 2 or 3: hundredths of °C, milliwatts, MHz."""
    power = _one(table, "average_socket_power")
    return GpuMetrics(
        version=version,
        temperatures=_temperatures(table, _PROCESSOR_TEMPERATURES, 100.0),
        power=_within(power / 1000, WATTS_HIGH) if power else None,
        utilization=_unsettled_percent(_one(table, "average_gfx_activity")),
        video_load=_unsettled_percent(
            _first(_one(table, "average_mm_activity"), _one(table, "average_vcn_activity"))
        ),
        clock_graphics=_clock(table, "current_gfxclk", "average_gfxclk_frequency"),
        clock_memory=_clock(table, "current_uclk", "average_uclk_frequency"),
        clock_soc=_clock(table, "current_socclk", "average_socclk_frequency"),
        clock_fabric=_clock(table, "current_fclk", "average_fclk_frequency"),
        clock_video=_clock(table, "current_vclk", "average_vclk_frequency"),
        throttle_reasons=_throttle_reasons(table),
        residencies=_residencies(table),
    )


def _one(table: RawTable, name: str) -> Value:
    value = table.get(name)
    return next(iter(value), None) if isinstance(value, list) else value


def _list(table: RawTable, name: str) -> list[Value]:
    value = table.get(name)
    return value if isinstance(value, list) else [] if value is None else [value]


def _first(*values: Value) -> Value:
    return next((value for value in values if value is not None), None)


def _within(value: float | None, high: float) -> float | None:
    return float(value) if value is not None and 0 <= value <= high else None


def _greatest(values: list[Value], high: float) -> float | None:
    return max(
        (v for v in (_within(value, high) for value in values) if v is not None), default=None
    )


def _mean_percent(values: list[Value]) -> float | None:
    known = [v for v in (_within(value, 100) for value in values) if v is not None]
    return sum(known) / len(known) if known else None


def _unsettled_percent(value: Value) -> float | None:
    """Return percent from a number that some firmware sends in percent, some in hundredths of it.

    Which one, the table does not tell: 79 may be 79 % or 0.79 %. Only 0 and what is too large for
    percent are certain.
    """
    if value == 0:
        return 0.0
    return value / 100 if value is not None and 100 < value <= 10_000 else None


def _clock(table: RawTable, *names: str) -> float | None:
    """Return the fastest of the blocks that a name has, from the first name with any."""
    for name in names:
        megahertz = _greatest(_list(table, name), MEGAHERTZ_HIGH)
        if megahertz is not None:
            return megahertz
    return None


def _temperatures(table: RawTable, names: Mapping[str, str], divisor: float) -> dict[str, float]:
    found = {}
    for sensor, name in names.items():
        celsius = _greatest(_list(table, name), CELSIUS_HIGH * divisor)
        # 0 is what the table holds for a sensor that the board does not have.
        if celsius:
            found[sensor] = celsius / divisor
    return found


def _throttle_reasons(table: RawTable) -> tuple[str, ...] | None:
    bits = _one(table, "indep_throttle_status")
    if bits is not None:
        words = (THROTTLE_BITS.get(bit, f"bit {bit}") for bit in range(64) if bits >> bit & 1)
        return tuple(dict.fromkeys(words))
    # The older status has other bits on every chip; only that there are none is certain.
    status = _one(table, "throttle_status")
    if status is None:
        return None
    return (f"throttling (status {status:#x})",) if status else ()


def _residencies(table: RawTable) -> dict[str, int]:
    counts = ((name, _one(table, name)) for name in RESIDENCY_WORDS)
    return {name: count for name, count in counts if count is not None}
