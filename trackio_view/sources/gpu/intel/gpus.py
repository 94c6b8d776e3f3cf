"""Intel's GPUs, from the files of the drivers i915 and xe, as far as no privilege is needed."""

from __future__ import annotations

from trackio_view.model.gpu import GpuIdentity, VendorReport
from trackio_view.sources.gpu.card_sampler import CardSampler
from trackio_view.sources.gpu.intel import bounds
from trackio_view.sources.gpu.intel.card import VENDOR, VENDOR_ID, IntelCard
from trackio_view.sources.gpu.intel.throttling import throttle_reasons
from trackio_view.sources.gpu.kernel.drm import DrmCard, drm_cards, drm_folder, unclaimed_displays
from trackio_view.sources.gpu.kernel.pcie import link_field
from trackio_view.sources.gpu.kernel.sysfs import list_folder
from trackio_view.sources.gpu.product_names import card_name
from trackio_view.sources.gpu.sampler import Clock, FieldReading, Found, Roots, Tier

INTEGRATED_SLOT = "0000:00:02.0"


FIELDS: tuple[FieldReading[IntelCard], ...] = (
    FieldReading("utilization", Tier.FAST, IntelCard.utilization),
    FieldReading("decoder", Tier.MEDIUM, IntelCard.video_load),
    FieldReading("measures", Tier.FAST, IntelCard.measures),
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
    FieldReading("heat_limits", Tier.SLOW, bounds.heat_limits),
    FieldReading("heat_margin", Tier.MEDIUM, bounds.heat_margin),
    FieldReading("power_limit_default", Tier.SLOW, bounds.rated_power),
    FieldReading("voltage", Tier.MEDIUM, bounds.voltage),
    FieldReading("clock_graphics_max", Tier.SLOW, bounds.clock_max),
    FieldReading("processes", Tier.MEDIUM, IntelCard.processes),
    FieldReading("hidden_processes", Tier.MEDIUM, IntelCard.hidden_processes),
)


def is_discrete(card: DrmCard) -> bool:
    """Return whether a GPU is a card of its own, not a part of the processor.

    Only a card has sensors; they are not touched, for it may sleep.
    """
    elsewhere = card.slot is not None and card.slot != INTEGRATED_SLOT
    return elsewhere or bool(list_folder(card.device / "hwmon"))


def discover(roots: Roots, clock: Clock) -> Found:
    """Return the Intel GPUs that a driver has made cards of, ordered by PCI address."""
    cards: dict[str, DrmCard] = {}
    for card in drm_cards(roots):
        if card.vendor_id == VENDOR_ID or (
            card.vendor_id is None and card.driver in ("i915", "xe")
        ):
            cards.setdefault(card.key, card)
    samplers = []
    for key, card in sorted(cards.items()):
        discrete = is_discrete(card)
        identity = GpuIdentity(
            key=key,
            vendor=VENDOR,
            name=card_name(card, VENDOR, roots),
            driver=card.driver,
            unified_memory=not discrete,
        )
        samplers.append(
            CardSampler(IntelCard(card, roots, clock, identity, discrete), FIELDS, clock)
        )
    text = _report([sampler.identity for sampler in samplers], roots)
    return Found(tuple(samplers), VendorReport(VENDOR, len(samplers), text))


def _report(found: list[GpuIdentity], roots: Roots) -> str:
    if found:
        names = ", ".join(f"{gpu.name} ({gpu.driver or 'no driver'})" for gpu in found)
        return f"{len(found)} found by sysfs: {names}."
    folder = drm_folder(roots)
    without_driver = unclaimed_displays(roots, VENDOR_ID)
    if without_driver:
        where = ", ".join(without_driver)
        return f"No driver has claimed the GPU at {where}; is i915 or xe loaded?"
    if not folder.is_dir():
        return f"There is no {folder}: no driver has made a graphics card."
    return f"No card in {folder} has the vendor 0x8086 or the driver i915 or xe."
