"""The cards that the kernel lists for the compute partitions of one AMD GPU."""

from __future__ import annotations

import re

from trackio_view.sources.gpu.amd import kfd
from trackio_view.sources.gpu.kernel.drm import AMD_ID, DrmCard, drm_cards
from trackio_view.sources.gpu.sampler import Roots

_PARTITION_NODE = re.compile(r"amdgpu_xcp\D?\d*$")


def is_partition(card: DrmCard) -> bool:
    """Return whether a card is a part of another one: a platform device without sensors."""
    return _PARTITION_NODE.search(card.device.resolve().name) is not None


def partition_nodes(roots: Roots, parent: str) -> list[DrmCard]:
    """Return the partitions of the GPU at a PCI address, beside the first, which is its own card.

    They come and go as the mode is changed. The compute driver tells whose they are; where it
    does not, they are those of the only GPU there is.
    """
    parts, wholes = [], set()
    for card in drm_cards(roots):
        if is_partition(card):
            parts.append(card)
        elif card.vendor_id == AMD_ID or card.driver == "amdgpu":
            wholes.add(card.key)
    parents = kfd.addresses_by_render_node(roots) if parts else {}

    def belongs(part: DrmCard) -> bool:
        known = [parents[name] for name in part.nodes() if name in parents]
        return known[0] == parent if known else wholes == {parent}

    return [part for part in parts if belongs(part)]
