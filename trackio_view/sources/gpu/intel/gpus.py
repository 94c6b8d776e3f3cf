"""Intel's GPUs, from the files of the drivers i915 and xe, as far as no privilege is needed.

Every start looks for them, so what reads one is loaded where there is one.
"""

from __future__ import annotations

from trackio_view.model.gpu import GpuIdentity, VendorReport
from trackio_view.sources.gpu.kernel.drm import (
    INTEL_ID,
    DrmCard,
    drm_cards,
    found_report,
)
from trackio_view.sources.gpu.kernel.sysfs import list_folder
from trackio_view.sources.gpu.sampler import Clock, Found, Roots, Sampler

VENDOR = "Intel"
INTEGRATED_SLOT = "0000:00:02."
"""The processor's own GPU lies here, whatever its function: virtual machines get functions of the
GPU (SR-IOV).
"""


def is_discrete(card: DrmCard) -> bool:
    """Return whether a GPU is a card of its own, not a part of the processor.

    Only a card has sensors; they are not touched, for it may sleep.
    """
    elsewhere = card.slot is not None and not card.slot.startswith(INTEGRATED_SLOT)
    return elsewhere or bool(list_folder(card.device / "hwmon"))


def discover(roots: Roots, clock: Clock) -> Found:
    """Return the Intel GPUs that a driver has made cards of, ordered by PCI address."""
    cards: dict[str, DrmCard] = {}
    for card in drm_cards(roots):
        if card.vendor_id == INTEL_ID or (card.vendor_id is None and card.driver in ("i915", "xe")):
            cards.setdefault(card.key, card)
    samplers = [_sampler(card, roots, clock) for _, card in sorted(cards.items())]
    found = [sampler.identity for sampler in samplers]
    text = found_report(found, roots, INTEL_ID, "i915 or xe")
    return Found(tuple(samplers), VendorReport(VENDOR, len(samplers), text))


def _sampler(card: DrmCard, roots: Roots, clock: Clock) -> Sampler:
    from trackio_view.sources.gpu.card_sampler import CardSampler
    from trackio_view.sources.gpu.intel.card import IntelCard
    from trackio_view.sources.gpu.intel.fields import FIELDS
    from trackio_view.sources.gpu.product_names import card_name

    discrete = is_discrete(card)
    identity = GpuIdentity(
        key=card.key,
        vendor=VENDOR,
        name=card_name(card, VENDOR, roots),
        driver=card.driver,
        unified_memory=not discrete,
    )
    return CardSampler(IntelCard(card, roots, clock, identity, discrete), FIELDS, clock)
