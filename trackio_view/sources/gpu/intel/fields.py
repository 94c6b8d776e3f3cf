"""The fields that are read of an Intel GPU, and how often."""

from __future__ import annotations

from trackio_view.sources.gpu.intel import bounds
from trackio_view.sources.gpu.intel.card import IntelCard
from trackio_view.sources.gpu.intel.throttling import throttle_reasons
from trackio_view.sources.gpu.kernel.pcie import link_field
from trackio_view.sources.gpu.sampler import FieldReading, Tier

FIELDS: tuple[FieldReading[IntelCard], ...] = (
    FieldReading("utilization", Tier.FAST, IntelCard.utilization),
    FieldReading("decoder", Tier.MEDIUM, IntelCard.video_load),
    FieldReading("memory_used", Tier.FAST, lambda card: card.memory(0)),
    FieldReading("memory_total", Tier.FAST, lambda card: card.memory(1)),
    FieldReading("temperatures", Tier.FAST, IntelCard.temperatures),
    FieldReading("power", Tier.FAST, IntelCard.power),
    FieldReading("power_limit", Tier.SLOW, IntelCard.power_limit),
    FieldReading("energy", Tier.MEDIUM, IntelCard.energy),
    FieldReading("clock_graphics", Tier.FAST, lambda card: card.clock_of(media=False)),
    FieldReading("clock_video", Tier.MEDIUM, lambda card: card.clock_of(media=True)),
    FieldReading("fan_percent", Tier.MEDIUM, IntelCard.fan_percent),
    FieldReading("fan_rpm", Tier.MEDIUM, IntelCard.fan_rpm),
    FieldReading("performance_state", Tier.FAST, IntelCard.performance_state),
    FieldReading("throttle_reasons", Tier.MEDIUM, throttle_reasons),
    FieldReading("pcie_generation", Tier.MEDIUM, link_field("generation")),
    FieldReading("pcie_width", Tier.MEDIUM, link_field("width")),
    FieldReading("pcie_generation_max", Tier.MEDIUM, link_field("generation_max")),
    FieldReading("pcie_width_max", Tier.MEDIUM, link_field("width_max")),
    FieldReading("engines", Tier.MEDIUM, bounds.engines),
    FieldReading("heat_limits", Tier.SLOW, lambda card: bounds.heat(card).limits),
    FieldReading("heat_margin", Tier.MEDIUM, lambda card: bounds.heat(card).margin),
    FieldReading("power_limit_default", Tier.SLOW, bounds.rated_power),
    FieldReading("voltage", Tier.MEDIUM, bounds.voltage),
    FieldReading("clock_graphics_max", Tier.SLOW, bounds.clock_max),
    FieldReading("processes", Tier.MEDIUM, IntelCard.processes),
    FieldReading("hidden_processes", Tier.MEDIUM, IntelCard.hidden_processes),
    # It comes last, because it tells which of the fields above measure less than their names say.
    FieldReading("measures", Tier.FAST, IntelCard.measures),
)
