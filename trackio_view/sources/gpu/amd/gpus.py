"""AMD's GPUs, from the files of the drivers amdgpu and radeon. No ROCm library is needed.

Every start looks for them, so what reads one is loaded where there is one.
"""

from __future__ import annotations

from trackio_view.model.gpu import GpuIdentity, VendorReport
from trackio_view.sources.gpu.amd.partitions import is_partition
from trackio_view.sources.gpu.kernel.drm import (
    AMD_ID,
    DrmCard,
    drm_cards,
    found_report,
)
from trackio_view.sources.gpu.kernel.sysfs import is_asleep
from trackio_view.sources.gpu.sampler import Clock, Found, Roots, Sampler

VENDOR = "AMD"


def discover(roots: Roots, clock: Clock) -> Found:
    """Return the AMD GPUs that a driver has made cards of, ordered by PCI address."""
    cards: dict[str, DrmCard] = {}
    parts = 0
    for card in drm_cards(roots):
        if is_partition(card):
            parts += 1
        elif card.vendor_id == AMD_ID or card.driver == "amdgpu":
            cards.setdefault(card.key, card)
    samplers = [_sampler(card, roots, clock) for _, card in sorted(cards.items())]
    nodes = f", with {parts} partition nodes" if parts else ""
    found = [sampler.identity for sampler in samplers]
    text = found_report(found, roots, AMD_ID, "amdgpu", also=nodes)
    return Found(tuple(samplers), VendorReport(VENDOR, len(samplers), text))


def _sampler(card: DrmCard, roots: Roots, clock: Clock) -> Sampler:
    from trackio_view.sources.gpu.amd.card import AmdCard
    from trackio_view.sources.gpu.amd.fields import FIELDS
    from trackio_view.sources.gpu.card_sampler import CardSampler
    from trackio_view.sources.gpu.kernel.hwmon import find_hwmon
    from trackio_view.sources.gpu.product_names import card_name

    name = card_name(card, VENDOR, roots)
    identity = GpuIdentity(key=card.key, vendor=VENDOR, name=name, driver=card.driver)
    reader = AmdCard(card, roots, clock, identity)
    if not is_asleep(card.device):
        reader.hwmon = find_hwmon(card.device, ("amdgpu", "radeon"))
        reader.learn()
    return CardSampler(reader, FIELDS, clock)
