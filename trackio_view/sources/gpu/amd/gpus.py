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
    drm_folder,
    unclaimed_displays,
)
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
    text = _report([s.identity for s in samplers], parts, roots)
    return Found(tuple(samplers), VendorReport(VENDOR, len(samplers), text))


def _sampler(card: DrmCard, roots: Roots, clock: Clock) -> Sampler:
    from trackio_view.sources.gpu.amd.card import AmdCard
    from trackio_view.sources.gpu.amd.fields import FIELDS
    from trackio_view.sources.gpu.card_sampler import CardSampler
    from trackio_view.sources.gpu.kernel.hwmon import find_hwmon
    from trackio_view.sources.gpu.kernel.sysfs import is_asleep
    from trackio_view.sources.gpu.product_names import card_name

    name = card_name(card, VENDOR, roots)
    identity = GpuIdentity(key=card.key, vendor=VENDOR, name=name, driver=card.driver)
    reader = AmdCard(card, roots, clock, identity)
    if not is_asleep(card.device):
        reader.hwmon = find_hwmon(card.device, ("amdgpu", "radeon"))
        reader.learn()
    return CardSampler(reader, FIELDS, clock)


def _report(found: list[GpuIdentity], partition_nodes: int, roots: Roots) -> str:
    if found:
        names = ", ".join(f"{gpu.name} ({gpu.driver or 'no driver'})" for gpu in found)
        partitions = f", with {partition_nodes} partition nodes" if partition_nodes else ""
        return f"{len(found)} found by sysfs: {names}{partitions}."
    folder = drm_folder(roots)
    without_driver = unclaimed_displays(roots, AMD_ID)
    if without_driver:
        return f"No driver has claimed the GPU at {', '.join(without_driver)}; is amdgpu loaded?"
    if not folder.is_dir():
        return f"There is no {folder}: no driver has made a graphics card."
    return f"No card in {folder} has the vendor 0x1002 or the driver amdgpu."
