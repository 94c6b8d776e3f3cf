"""`--gpu --once --format json`: every field of every GPU, its unit in its key."""

from __future__ import annotations

from typing import NamedTuple

from trackio_view.headless.json_numbers import Record, plain
from trackio_view.model.gpu import GpuProcess, GpuSample, GpusSampled


class GpuKey(NamedTuple):
    """A field of a sample and the key under which it stands in the document."""

    field: str
    key: str


GPU_KEYS: tuple[GpuKey, ...] = (
    GpuKey("time", "monotonic_seconds"),
    GpuKey("utilization", "utilization_percent"),
    GpuKey("memory_used", "memory_used_bytes"),
    GpuKey("memory_total", "memory_total_bytes"),
    GpuKey("memory_bus_load", "memory_bus_load_percent"),
    GpuKey("temperatures", "temperatures_celsius"),
    GpuKey("power", "power_watts"),
    GpuKey("power_limit", "power_limit_watts"),
    GpuKey("energy", "energy_joules"),
    GpuKey("clock_graphics", "clock_graphics_megahertz"),
    GpuKey("clock_sm", "clock_sm_megahertz"),
    GpuKey("clock_memory", "clock_memory_megahertz"),
    GpuKey("clock_fabric", "clock_fabric_megahertz"),
    GpuKey("clock_soc", "clock_soc_megahertz"),
    GpuKey("clock_video", "clock_video_megahertz"),
    GpuKey("fan_percent", "fan_percent"),
    GpuKey("fan_rpm", "fan_revolutions_per_minute"),
    GpuKey("performance_state", "performance_state"),
    GpuKey("throttle_reasons", "throttle_reasons"),
    GpuKey("pcie_generation", "pcie_generation"),
    GpuKey("pcie_width", "pcie_width_lanes"),
    GpuKey("pcie_generation_max", "pcie_generation_max"),
    GpuKey("pcie_width_max", "pcie_width_max_lanes"),
    GpuKey("pcie_read", "pcie_read_bytes_per_second"),
    GpuKey("pcie_write", "pcie_write_bytes_per_second"),
    GpuKey("encoder", "encoder_percent"),
    GpuKey("decoder", "decoder_percent"),
    GpuKey("ecc_corrected", "ecc_corrected_count"),
    GpuKey("ecc_uncorrected", "ecc_uncorrected_count"),
    GpuKey("partitions", "partitions"),
    GpuKey("processes", "processes"),
    GpuKey("hidden_processes", "hidden_process_count"),
    GpuKey("measures", "measures"),
)
"""Every field of a sample but for its identity, its state and the reasons."""


GPU_KEY_BY_FIELD = {line.field: line.key for line in GPU_KEYS}


def gpu_documents(reading: GpusSampled) -> list[dict[str, object]]:
    """Return an object for each GPU, in the order of the reading."""
    return [_gpu(number, sample) for number, sample in enumerate(reading.samples)]


def search_documents(reading: GpusSampled) -> list[dict[str, object]]:
    """Return what the search for each vendor's GPUs came to."""
    return [
        {"vendor": report.vendor, "found_count": report.found, "text": report.text}
        for report in reading.report
    ]


def _gpu(number: int, sample: GpuSample) -> dict[str, object]:
    identity = sample.identity
    record = Record(
        number=number,
        key=identity.key,
        vendor=identity.vendor,
        name=identity.name,
        unified_memory=identity.unified_memory,
    )
    record.put("driver", identity.driver, "not reported")
    record.put("parent_key", identity.parent, "not a partition of another GPU")
    record.put("state", None if sample.state is None else sample.state.value, "read as usual")
    record.put("state_text", sample.state_text, "nothing more to say")
    for field, key in GPU_KEYS:
        value = getattr(sample, field)
        if field == "temperatures":
            value = {sensor: plain(degrees) for sensor, degrees in value.items()} or None
        elif field == "measures":
            value = {GPU_KEY_BY_FIELD[name]: words for name, words in value.items()}
        elif field == "processes" and value is not None:
            value = [_process(process) for process in value]
        elif isinstance(value, tuple):
            value = list(value)
        if isinstance(value, int | float):
            record.put_number(key, value, "")
        else:
            record.put(key, value, _absence(sample, field))
    return record.done()


def _absence(sample: GpuSample, field: str) -> str:
    if sample.state is not None:
        return sample.state_text or sample.state.value
    reason = sample.reasons.get(field)
    return "no rate measured yet" if reason is None else reason.value


def _process(process: GpuProcess) -> dict[str, object]:
    record = Record(pid=process.pid)
    for key, value in (
        ("kind", process.kind),
        ("memory_bytes", process.memory),
        ("load_percent", process.load),
        ("user", process.user),
        ("command", process.command),
    ):
        record.put(key, value, "not reported")
    return record.done()
