"""The fields that are read of an AMD GPU, and how often."""

from __future__ import annotations

from collections.abc import Callable

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.amd import bounds, sensors
from trackio_view.sources.gpu.amd.card import AmdCard
from trackio_view.sources.gpu.amd.driver_texts import ERROR_KINDS, link_errors, pages_retired
from trackio_view.sources.gpu.amd.firmware_counts import FirmwareCounts
from trackio_view.sources.gpu.amd.throttling import throttle_reasons
from trackio_view.sources.gpu.kernel.pcie import link_field
from trackio_view.sources.gpu.kernel.sysfs import read_integer, read_text
from trackio_view.sources.gpu.sampler import FieldReading, Tier

HEAT_COUNTS = ("socket_thm_residency_acc", "vr_thm_residency_acc", "hbm_thm_residency_acc")
"""The counts of the firmware's steps at which heat held back the chip, its regulators or its
memory.
"""


def _xgmi(way: str) -> Callable[[AmdCard], float | Absence | None]:
    """Return a function that reads what goes over a card's links to others."""
    return lambda card: card.counted(
        lambda counts, metrics: counts.xgmi(metrics, way, card.clock())
    )


def _engines(card: AmdCard) -> dict[str, float] | Absence:
    """Return the loads of the engines that the firmware tells of one by one."""
    metrics = card.metrics()
    if isinstance(metrics, Absence):
        return metrics
    return dict(metrics.engine_loads) or Absence.UNSUPPORTED


def _memory_errors(field: str) -> Callable[[AmdCard], int | Absence]:
    """Return a function that reads how many errors of the memory count for a field."""
    return lambda card: card.memory_errors(field)


def _throttled(*names: str) -> Callable[[AmdCard], float | Absence | None]:
    """Return a function that reads the share of time in which any of these counts grew."""
    return lambda card: card.counted(lambda counts, metrics: counts.throttled(metrics, names))


FIELDS: tuple[FieldReading[AmdCard], ...] = (
    FieldReading("utilization", Tier.FAST, AmdCard.utilization),
    FieldReading("kernels", Tier.FAST, lambda card: card.counted(FirmwareCounts.kernels)),
    FieldReading("memory_used", Tier.FAST, lambda card: card.memory("used")),
    FieldReading("memory_total", Tier.FAST, lambda card: card.memory("total")),
    FieldReading("memory_bus_load", Tier.FAST, AmdCard.memory_bus_load),
    FieldReading("temperatures", Tier.FAST, sensors.temperatures),
    FieldReading("power", Tier.FAST, sensors.power),
    FieldReading("energy", Tier.MEDIUM, lambda card: card.counted(FirmwareCounts.energy)),
    FieldReading("measures", Tier.FAST, AmdCard.measures),
    FieldReading("power_limit", Tier.SLOW, sensors.power_limit),
    FieldReading(
        "clock_graphics",
        Tier.FAST,
        lambda card: sensors.clock_of(card, "sclk", "pp_dpm_sclk", "clock_graphics"),
    ),
    FieldReading(
        "clock_memory",
        Tier.FAST,
        lambda card: sensors.clock_of(card, "mclk", "pp_dpm_mclk", "clock_memory"),
    ),
    FieldReading(
        "clock_fabric",
        Tier.MEDIUM,
        lambda card: sensors.clock_of(card, "fclk", "pp_dpm_fclk", "clock_fabric"),
    ),
    FieldReading(
        "clock_soc",
        Tier.MEDIUM,
        lambda card: sensors.clock_of(card, "socclk", "pp_dpm_socclk", "clock_soc"),
    ),
    FieldReading(
        "clock_video",
        Tier.MEDIUM,
        lambda card: sensors.clock_of(card, "vclk", "pp_dpm_vclk", "clock_video"),
    ),
    FieldReading("fan_percent", Tier.MEDIUM, sensors.fan_percent),
    FieldReading("fan_rpm", Tier.MEDIUM, sensors.fan_rpm),
    FieldReading(
        "performance_state",
        Tier.MEDIUM,
        lambda card: read_text(card.device / "power_dpm_force_performance_level"),
    ),
    FieldReading("throttle_reasons", Tier.MEDIUM, throttle_reasons),
    FieldReading("throttled_power", Tier.MEDIUM, _throttled("ppt_residency_acc")),
    FieldReading("throttled_heat", Tier.MEDIUM, _throttled(*HEAT_COUNTS)),
    FieldReading(
        "throttled_hardware_heat",
        Tier.MEDIUM,
        _throttled("prochot_residency_acc"),
    ),
    FieldReading(
        "pcie_replays", Tier.SLOW, lambda card: read_integer(card.device / "pcie_replay_count")
    ),
    FieldReading("pcie_generation", Tier.MEDIUM, link_field("generation")),
    FieldReading("pcie_width", Tier.MEDIUM, link_field("width")),
    FieldReading("pcie_generation_max", Tier.MEDIUM, link_field("generation_max")),
    FieldReading("pcie_width_max", Tier.MEDIUM, link_field("width_max")),
    FieldReading("decoder", Tier.MEDIUM, AmdCard.video_load),
    *(FieldReading(field, Tier.SLOW, _memory_errors(field)) for field in ERROR_KINDS.values()),
    FieldReading("card_errors", Tier.SLOW, lambda card: link_errors(card.device / "ras")),
    FieldReading(
        "pages_retired",
        Tier.SLOW,
        lambda card: pages_retired(card.device / "ras" / "gpu_vram_bad_pages"),
    ),
    FieldReading("partitions", Tier.SLOW, AmdCard.partitions),
    FieldReading("xgmi_read", Tier.FAST, _xgmi("read")),
    FieldReading("xgmi_write", Tier.FAST, _xgmi("write")),
    FieldReading("engines", Tier.MEDIUM, _engines),
    FieldReading("power_instant", Tier.MEDIUM, lambda card: bounds.watts(card, "input")),
    FieldReading("power_average", Tier.MEDIUM, lambda card: bounds.watts(card, "average")),
    FieldReading("power_limit_min", Tier.SLOW, lambda card: bounds.watts(card, "cap_min")),
    FieldReading("power_limit_max", Tier.SLOW, lambda card: bounds.watts(card, "cap_max")),
    FieldReading("power_limit_default", Tier.SLOW, lambda card: bounds.watts(card, "cap_default")),
    FieldReading("voltage", Tier.MEDIUM, bounds.voltage),
    FieldReading("heat_limits", Tier.SLOW, lambda card: bounds.heat(card).limits),
    FieldReading("heat_margin", Tier.MEDIUM, lambda card: bounds.heat(card).margin),
    FieldReading(
        "clock_graphics_max", Tier.SLOW, lambda card: bounds.clock_max(card, "pp_dpm_sclk")
    ),
    FieldReading("clock_memory_max", Tier.SLOW, lambda card: bounds.clock_max(card, "pp_dpm_mclk")),
    FieldReading("firmware", Tier.SLOW, bounds.firmware),
    FieldReading("memory_vendor", Tier.SLOW, bounds.memory_vendor),
    FieldReading("bar1_used", Tier.SLOW, lambda card: bounds.visible_memory(card, "used")),
    FieldReading("bar1_total", Tier.SLOW, lambda card: bounds.visible_memory(card, "total")),
    FieldReading("processes", Tier.MEDIUM, AmdCard.processes),
    FieldReading("hidden_processes", Tier.MEDIUM, AmdCard.hidden_processes),
)
"""PCIe traffic is not among them: the driver's `pcie_bw` sleeps a second in the kernel, so the
program does not read it."""
