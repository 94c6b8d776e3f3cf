"""The fields of a GPU's reading: one table that texts, documents, charts and sums are made from."""

from __future__ import annotations

import enum
from functools import lru_cache

from trackio_view.light_typing import NamedTuple
from trackio_view.model.gpu import Absence, GpuSample


class FieldKind(enum.Enum):
    """What a field holds: the ending of its key in a document, which names the unit."""

    PERCENT = "percent"
    BYTES = "bytes"
    BYTES_PER_SECOND = "bytes_per_second"
    CELSIUS = "celsius"
    """Degrees by sensor, the main one first."""
    WATTS = "watts"
    VOLTS = "volts"
    JOULES = "joules"
    MEGAHERTZ = "megahertz"
    TURNS = "revolutions_per_minute"
    TERAFLOPS = "teraflops_per_second"
    SECONDS = "seconds"
    COUNT = "count"
    LANES = "lanes"
    NUMBER = "number"
    """A number without a unit, whose key has no ending."""
    WORD = "word"
    WORDS = "words"
    """Any number of words; no word at all is a value, too."""
    PROCESSES = "processes"
    BY_NAME = "by name"
    """Numbers by the names of what they are of; the key of a field says in which unit."""
    BY_FIELD = "by field"
    """A text by the name of another field."""


_WITHOUT_ENDING = frozenset(
    {
        FieldKind.NUMBER,
        FieldKind.WORD,
        FieldKind.WORDS,
        FieldKind.PROCESSES,
        FieldKind.BY_NAME,
        FieldKind.BY_FIELD,
    }
)


UNITS = {
    FieldKind.PERCENT: "%",
    FieldKind.BYTES: "B",
    FieldKind.BYTES_PER_SECOND: "B/s",
    FieldKind.CELSIUS: "°C",
    FieldKind.WATTS: "W",
    FieldKind.VOLTS: "V",
    FieldKind.JOULES: "J",
    FieldKind.MEGAHERTZ: "MHz",
    FieldKind.TURNS: "RPM",
    FieldKind.TERAFLOPS: "TFLOP/s",
}
"""The unit's sign behind a number, of the kinds that have one."""


class Joining(enum.Enum):
    """How a field of several GPUs becomes one figure."""

    MEAN = "mean"
    TOTAL = "total"
    HIGHEST = "highest"


class GpuField(NamedTuple):
    """A line of the table."""

    name: str
    """The attribute of `GpuSample`."""
    kind: FieldKind
    label: str = ""
    """The word before its value in a text. Fields of one label stand in one line; the reason of the
    first says why the line has no value. Empty for a field that has a place of its own in a text,
    or none."""
    common: bool = False
    """Whether a text tells of its absence, too."""
    chart: str = ""
    """The title of the chart in which it is a line; empty for none."""
    line: str = ""
    """What the line is called beside others of its chart, where that is not the field's name."""
    joining: Joining | None = None
    """How the figure for all GPUs is made; `None` where there is none."""
    document: str = ""
    """The key in a document, where that is not its name with the ending of its kind."""
    details: bool = False
    """Whether its line stands on the page of details alone, and in no shorter text."""
    may_lack: bool = True
    """Whether it can be absent; one that cannot is empty where there is nothing to say."""

    @property
    def key(self) -> str:
        """The key under which it stands in a document: its name, and its unit."""
        if self.document:
            return self.document
        if self.kind in _WITHOUT_ENDING or self.name.endswith(self.kind.value):
            return self.name
        return f"{self.name}_{self.kind.value}"


_Kind = FieldKind

GPU_FIELDS: tuple[GpuField, ...] = (
    GpuField("utilization", _Kind.PERCENT, "Utilization", True, "utilization", "", Joining.MEAN),
    GpuField("activity", _Kind.WORD, "Activity"),
    GpuField("tensor_cores", _Kind.PERCENT, "Tensor Cores", chart="tensor cores"),
    GpuField("bf16_estimate", _Kind.TERAFLOPS, "Estimate"),
    GpuField("kernels", _Kind.PERCENT, "Kernels", chart="activity"),
    GpuField("sm_busy", _Kind.PERCENT, "SMs Busy", chart="activity", line="SMs"),
    GpuField("sm_occupancy", _Kind.PERCENT, "SM Occupancy"),
    GpuField("memory_bandwidth", _Kind.PERCENT, "Mem Bandwidth", chart="activity", line="memory"),
    GpuField("tensor_fp64", _Kind.PERCENT, "Arithmetic"),
    GpuField("tensor_int8", _Kind.PERCENT, "Arithmetic"),
    GpuField("fp64", _Kind.PERCENT, "Arithmetic", chart="arithmetic"),
    GpuField("fp32", _Kind.PERCENT, "Arithmetic", chart="arithmetic"),
    GpuField("fp16", _Kind.PERCENT, "Arithmetic", chart="arithmetic"),
    GpuField("integer", _Kind.PERCENT, "Arithmetic", chart="arithmetic"),
    GpuField("nvlink_read", _Kind.BYTES_PER_SECOND, "NVLink", False, "NVLink", "in"),
    GpuField("nvlink_write", _Kind.BYTES_PER_SECOND, "NVLink", False, "NVLink", "out"),
    GpuField("c2c_read", _Kind.BYTES_PER_SECOND, "C2C", False, "C2C", "in"),
    GpuField("c2c_write", _Kind.BYTES_PER_SECOND, "C2C", False, "C2C", "out"),
    GpuField("xgmi_read", _Kind.BYTES_PER_SECOND, "XGMI", False, "XGMI", "in"),
    GpuField("xgmi_write", _Kind.BYTES_PER_SECOND, "XGMI", False, "XGMI", "out"),
    GpuField("memory_used", _Kind.BYTES, "Memory", True, "memory", "", Joining.TOTAL),
    GpuField("memory_total", _Kind.BYTES, "Memory", joining=Joining.TOTAL),
    GpuField("memory_reserved", _Kind.BYTES, "Reserved", details=True),
    GpuField("bar1_used", _Kind.BYTES, "BAR1", details=True),
    GpuField("bar1_total", _Kind.BYTES, "BAR1", details=True),
    GpuField("memory_bus_load", _Kind.PERCENT, "Memory Bus", chart="memory bus"),
    GpuField(
        "temperatures", _Kind.CELSIUS, "Temperature", True, "temperature", "", Joining.HIGHEST
    ),
    GpuField(
        "heat_limits", _Kind.BY_NAME, "Heat Limits", document="heat_limits_celsius", details=True
    ),
    GpuField(
        "heat_margin", _Kind.NUMBER, "Heat Margin", document="heat_margin_celsius", details=True
    ),
    GpuField("power", _Kind.WATTS, "Power", True, "power", "draw", Joining.TOTAL),
    GpuField("power_limit", _Kind.WATTS, "Power", False, "power", "limit", Joining.TOTAL),
    GpuField("power_instant", _Kind.WATTS, "Power Now", details=True),
    GpuField("power_average", _Kind.WATTS, "Power, Mean", details=True),
    GpuField("power_memory", _Kind.WATTS, "Power, Memory", details=True),
    GpuField("power_module", _Kind.WATTS, "Power, Module", details=True),
    GpuField("power_limit_min", _Kind.WATTS, "Power Limits", details=True),
    GpuField("power_limit_max", _Kind.WATTS, "Power Limits", details=True),
    GpuField("power_limit_default", _Kind.WATTS, "Power Limits", details=True),
    GpuField("voltage", _Kind.VOLTS, "Voltage", details=True),
    GpuField("fan_percent", _Kind.PERCENT, "Fan", True, "fan"),
    GpuField(
        "fan_rpm", _Kind.TURNS, "Fan", False, "fan speed", document="fan_revolutions_per_minute"
    ),
    GpuField("clock_graphics", _Kind.MEGAHERTZ, "GPU Clock", True, "clocks", "graphics"),
    GpuField("clock_sm", _Kind.MEGAHERTZ, "SM Clock"),
    GpuField("clock_memory", _Kind.MEGAHERTZ, "Mem Clock", True, "clocks", "memory"),
    GpuField("clock_fabric", _Kind.MEGAHERTZ, "Fabric Clock", False, "clocks", "fabric"),
    GpuField("clock_soc", _Kind.MEGAHERTZ, "SoC Clock", False, "clocks", "soc"),
    GpuField("clock_video", _Kind.MEGAHERTZ, "Video Clock", False, "clocks", "video"),
    GpuField("clock_graphics_max", _Kind.MEGAHERTZ, "GPU Clock, Max", details=True),
    GpuField("clock_memory_max", _Kind.MEGAHERTZ, "Mem Clock, Max", details=True),
    GpuField("performance_state", _Kind.WORD, "Perf State", True),
    GpuField("throttle_reasons", _Kind.WORDS, "Throttling"),
    GpuField("throttled_power", _Kind.PERCENT, "Held Back"),
    GpuField("throttled_heat", _Kind.PERCENT, "Held Back"),
    GpuField("throttled_hardware_heat", _Kind.PERCENT, "Held Back"),
    GpuField("throttled_power_brake", _Kind.PERCENT, "Held Back"),
    GpuField("throttled_sync_boost", _Kind.PERCENT, "Held Back"),
    GpuField("pcie_generation", _Kind.NUMBER, "PCIe Link"),
    GpuField("pcie_width", _Kind.LANES, "PCIe Link"),
    GpuField("pcie_generation_max", _Kind.NUMBER, "PCIe Link"),
    GpuField("pcie_width_max", _Kind.LANES, "PCIe Link"),
    GpuField("pcie_read", _Kind.BYTES_PER_SECOND, "PCIe Traffic", False, "PCIe traffic", "in"),
    GpuField("pcie_write", _Kind.BYTES_PER_SECOND, "PCIe Traffic", False, "PCIe traffic", "out"),
    GpuField("encoder", _Kind.PERCENT, "Encoder", False, "codecs"),
    GpuField("decoder", _Kind.PERCENT, "Decoder", False, "codecs"),
    GpuField("engines", _Kind.BY_NAME, "Engines", document="engines_percent", details=True),
    GpuField("ecc_corrected", _Kind.COUNT, "ECC Errors"),
    GpuField("ecc_uncorrected", _Kind.COUNT, "ECC Errors"),
    GpuField("ecc_deferred", _Kind.COUNT, "ECC Errors"),
    GpuField("rows_remapped_corrected", _Kind.COUNT, "Row Remaps"),
    GpuField("rows_remapped_uncorrected", _Kind.COUNT, "Row Remaps"),
    GpuField("banks_without_spare_rows", _Kind.COUNT, "Row Remaps"),
    GpuField("pages_retired", _Kind.COUNT, "Retired Pages"),
    GpuField("memory_repair", _Kind.WORD, "Mem Repair"),
    GpuField("recovery_action", _Kind.WORD, "Recovery"),
    GpuField("pcie_replays", _Kind.COUNT, "PCIe Replays"),
    GpuField("card_errors", _Kind.WORDS, "Card Errors"),
    GpuField("program_errors", _Kind.WORDS, "Program Errors"),
    GpuField("energy", _Kind.JOULES, "Energy"),
    GpuField("cuda_version", _Kind.WORD, "CUDA", details=True),
    GpuField("firmware", _Kind.WORD, "Firmware", details=True),
    GpuField("persistence", _Kind.WORD, "Persistence", details=True),
    GpuField("compute_mode", _Kind.WORD, "Compute Mode", details=True),
    GpuField("confidential_computing", _Kind.WORD, "Confidential", details=True),
    GpuField("fabric", _Kind.WORD, "Fabric", details=True),
    GpuField("module_id", _Kind.COUNT, "Module", document="module_id", details=True),
    GpuField("memory_vendor", _Kind.WORD, "Mem Vendor", details=True),
    GpuField("partitions", _Kind.WORDS, "Partitions"),
    GpuField("partition_activity", _Kind.WORDS, "Instances"),
    GpuField("processes", _Kind.PROCESSES),
    GpuField("hidden_processes", _Kind.COUNT, document="hidden_process_count", may_lack=False),
    GpuField("time", _Kind.SECONDS, document="monotonic_seconds", may_lack=False),
    GpuField("measures", _Kind.BY_FIELD, may_lack=False),
)
"""Every field of a sample but for its identity, its state and the reasons, in the order in which
people read them. A document has them in the order of the sample."""

FIELD_BY_NAME = {field.name: field for field in GPU_FIELDS}

FIELDS_THAT_MAY_LACK = tuple(field.name for field in GPU_FIELDS if field.may_lack)
"""The names of the fields whose absence has a reason."""


@lru_cache(maxsize=64)
def fields_of_chart(title: str) -> tuple[GpuField, ...]:
    """Return the fields that are lines of a chart, in order."""
    return tuple(field for field in GPU_FIELDS if field.chart and field.chart == title)


def fields_by_label() -> dict[str, tuple[GpuField, ...]]:
    """Return the fields that stand in each line of a text, by its label and in order."""
    lines: dict[str, tuple[GpuField, ...]] = {}
    for field in GPU_FIELDS:
        if field.label:
            lines[field.label] = (*lines.get(field.label, ()), field)
    return lines


def absence_of(sample: GpuSample, *names: str) -> str:
    """Return why the fields of these names have no value, in words: the first reason known."""
    if sample.state is not None:
        return sample.state_text or sample.state.value
    reasons = (sample.reasons[name] for name in names if name in sample.reasons)
    reason = next(reasons, None)
    if reason is None and sample.identity.host:
        # Another machine's GPUs are read only once here, and a rate takes two readings.
        reason = Absence.UNTOLD
    return "no rate measured yet" if reason is None else reason.value
