"""AMD's `gpu_metrics`, the firmware's table of measurements, in the units of a sample.

Units: the kernel's `kgd_pp_interface.h` and `amdgpu_smu` sources. The table is read as a complement
to the single files of sysfs, whose units never change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trackio_view.sources.gpu.amd.raw_metrics import (
    RawTable,
    RawValue,
    number_in,
    numbers_in,
    read_partition,
    read_raw,
)
from trackio_view.sources.gpu.kernel.hwmon import CELSIUS_HIGH, MEGAHERTZ_HIGH, RPM_HIGH, WATTS_HIGH
from trackio_view.sources.gpu.kernel.pcie import generation_of

JOULES_PER_COUNT = 2.0**-16
ENERGY_WRAPS = 1 << 32
"""The range of the count in firmware up to RDNA2; the table's field is wider than that."""
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
    # For each part of the chip: why it was below its highest clock.
    "gfx_below_host_limit_ppt_acc": "power limit",
    "gfx_below_host_limit_thm_acc": "temperature",
}
"""Counters that grow while the chip throttles -> the reason in words."""


@dataclass(frozen=True, slots=True)
class GpuMetrics:
    """What a table says, in the units of `GpuSample`; `None` for what it does not say."""

    version: tuple[int, int]
    temperatures: Mapping[str, float] = field(default_factory=dict)
    power: float | None = None
    energy_count: int | None = None
    """The energy used so far, in units of `JOULES_PER_COUNT` joules."""
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
    xgmi_read_counts: Mapping[int, int] = field(default_factory=dict)
    """Kilobytes by link, for the links that are there."""
    xgmi_write_counts: Mapping[int, int] = field(default_factory=dict)
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
    """Counter -> count: where a count grew between two tables, the chip was throttled in between.
    """
    partition_loads: tuple[float | None, ...] = ()
    """Percent by compute partition; empty where the table tells of none."""

    @property
    def energy_wraps(self) -> bool:
        """Whether the count of energy may have begun anew, any number of times."""
        narrow = self.version <= _LAST_NARROW_VERSION
        return narrow and self.energy_count is not None and self.energy_count < ENERGY_WRAPS

    @property
    def integrated(self) -> bool:
        """Whether the table is one of a processor with graphics, and not of a card."""
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
    table = read_partition(blob)
    return None if table is None else _mean_percent(numbers_in(table, "gfx_busy_inst"))


_CARD_TEMPERATURES = {
    "gpu": "temperature_edge",
    "hotspot": "temperature_hotspot",
    "memory": "temperature_mem",
    # The temperature of the voltage regulators.
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
    """Return the load of each engine that tells one, by its number in the table.

    Two partitions may share an engine, so the engines of several are not counted as one row.
    """
    loads: dict[str, float] = {}
    for partition, table in enumerate(tables):
        of = f" of partition {partition}" if len(tables) > 1 else ""
        for engine, names in _ENGINES.items():
            values = [value for name in names for value in numbers_in(table, name)]
            for place, value in enumerate(values):
                if value is not None and value <= 100:
                    loads[f"{engine} {place}{of}"] = float(value)
    return loads


def _known(counts: list[RawValue]) -> dict[int, int]:
    return {place: count for place, count in enumerate(counts) if count is not None}


def _card_metrics(
    version: tuple[int, int], table: RawTable, partitions: list[RawTable]
) -> GpuMetrics:
    """Return a table of version 1: °C, watts, percent, MHz, tenths of GT/s."""
    speed = number_in(table, "pcie_link_speed")
    width = number_in(table, "pcie_link_width")
    video = [number_in(table, "average_mm_activity"), *numbers_in(table, "vcn_activity")]
    for partition in partitions or [table]:
        video += numbers_in(partition, "vcn_busy")
    energy = number_in(table, "energy_accumulator")
    power = _first(number_in(table, "average_socket_power"), number_in(table, "curr_socket_power"))
    return GpuMetrics(
        version=version,
        temperatures=_temperatures(table, _CARD_TEMPERATURES, 1.0),
        # A chip that answers draws power, so 0 means that the firmware did not fill the table.
        power=_within(power, WATTS_HIGH) if power else None,
        # RDNA3 and later do not count it, and leave it at 0.
        energy_count=energy or None,
        activity_count=number_in(table, "gfx_activity_acc"),
        steps=number_in(table, "accumulation_counter"),
        utilization=_within(number_in(table, "average_gfx_activity"), 100),
        memory_bus_load=_within(number_in(table, "average_umc_activity"), 100),
        video_load=_greatest(video, 100),
        engine_loads=_engine_loads(partitions or [table]),
        xgmi_width=number_in(table, "xgmi_link_width"),
        xgmi_read_counts=_known(numbers_in(table, "xgmi_read_data_acc")),
        xgmi_write_counts=_known(numbers_in(table, "xgmi_write_data_acc")),
        clock_graphics=_clock(table, "current_gfxclk", "average_gfxclk_frequency"),
        clock_memory=_clock(table, "current_uclk", "average_uclk_frequency"),
        clock_soc=_clock(table, "current_socclk", "average_socclk_frequency"),
        clock_video=_clock(table, "current_vclk0", "average_vclk0_frequency"),
        fan_rpm=_within(number_in(table, "current_fan_speed"), RPM_HIGH),
        pcie_generation=generation_of(speed / 10) if speed else None,
        pcie_width=width if width and width <= 32 else None,
        throttle_reasons=_throttle_reasons(table),
        residencies=_residencies(table, partitions),
        partition_loads=tuple(
            _mean_percent(numbers_in(partition, "gfx_busy_inst")) for partition in partitions
        ),
    )


def _processor_metrics(version: tuple[int, int], table: RawTable) -> GpuMetrics:
    """Return a table of version 2 or 3: hundredths of °C, milliwatts, MHz."""
    power = number_in(table, "average_socket_power")
    return GpuMetrics(
        version=version,
        temperatures=_temperatures(table, _PROCESSOR_TEMPERATURES, 100.0),
        power=_within(power / 1000, WATTS_HIGH) if power else None,
        utilization=_unsettled_percent(number_in(table, "average_gfx_activity")),
        video_load=_unsettled_percent(
            _first(
                number_in(table, "average_mm_activity"), number_in(table, "average_vcn_activity")
            )
        ),
        clock_graphics=_clock(table, "current_gfxclk", "average_gfxclk_frequency"),
        clock_memory=_clock(table, "current_uclk", "average_uclk_frequency"),
        clock_soc=_clock(table, "current_socclk", "average_socclk_frequency"),
        clock_fabric=_clock(table, "current_fclk", "average_fclk_frequency"),
        clock_video=_clock(table, "current_vclk", "average_vclk_frequency"),
        throttle_reasons=_throttle_reasons(table),
        residencies=_residencies(table),
    )


def _first(*values: RawValue) -> RawValue:
    return next((value for value in values if value is not None), None)


def _within(value: float | None, high: float) -> float | None:
    return float(value) if value is not None and 0 <= value <= high else None


def _all_within(values: list[RawValue], high: float) -> list[float]:
    return [float(value) for value in values if value is not None and 0 <= value <= high]


def _greatest(values: list[RawValue], high: float) -> float | None:
    return max(_all_within(values, high), default=None)


def _mean_percent(values: list[RawValue]) -> float | None:
    known = _all_within(values, 100)
    return sum(known) / len(known) if known else None


def _unsettled_percent(value: RawValue) -> float | None:
    """Return percent from a number that some firmware sends in percent, some in hundredths of it.

    The table does not tell which one: 79 may be 79 % or 0.79 %. Only 0 and numbers above 100 are
    certain.
    """
    if value == 0:
        return 0.0
    return value / 100 if value is not None and 100 < value <= 10_000 else None


def _clock(table: RawTable, *names: str) -> float | None:
    """Return the fastest clock among the blocks of the first name that has any."""
    for name in names:
        megahertz = _greatest(numbers_in(table, name), MEGAHERTZ_HIGH)
        if megahertz is not None:
            return megahertz
    return None


def _temperatures(table: RawTable, names: Mapping[str, str], divisor: float) -> dict[str, float]:
    found = {}
    for sensor, name in names.items():
        celsius = _greatest(numbers_in(table, name), CELSIUS_HIGH * divisor)
        # 0 is what the table holds for a sensor that the board does not have.
        if celsius:
            found[sensor] = celsius / divisor
    return found


def _throttle_reasons(table: RawTable) -> tuple[str, ...] | None:
    bits = number_in(table, "indep_throttle_status")
    if bits is not None:
        words = (THROTTLE_BITS.get(bit, f"bit {bit}") for bit in range(64) if bits >> bit & 1)
        return tuple(dict.fromkeys(words))
    # The older status has other bits on every chip; only its 0 is certain.
    status = number_in(table, "throttle_status")
    if status is None:
        return None
    return (f"throttling (status {status:#x})",) if status else ()


def _residencies(table: RawTable, partitions: Sequence[RawTable] = ()) -> dict[str, int]:
    """Return the counts by counter, one for each part of the chip, because parts come and go."""
    counts = {}
    for place, one in enumerate((table, *partitions)):
        for name in RESIDENCY_WORDS:
            for number, count in enumerate(numbers_in(one, name)):
                if count is not None:
                    counts[f"{name} {place} {number}" if place + number else name] = count
    return counts
