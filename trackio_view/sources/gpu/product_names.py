"""The names of GPUs, from the lists that the system's packages install."""

from __future__ import annotations

import functools
import re
from pathlib import Path

from trackio_view.sources.gpu.kernel.drm import DrmCard
from trackio_view.sources.gpu.sampler import Roots

PCI_LISTS = ("misc/pci.ids", "hwdata/pci.ids")
AMD_LIST = "libdrm/amdgpu.ids"


def card_name(card: DrmCard, vendor: str, roots: Roots) -> str:
    """Return the best name that the lists have, else one of numbers: `AMD GPU 1002:73BF`."""
    if card.vendor_id is None or card.device_id is None:
        return f"{vendor} GPU {card.key}"
    name = None
    if card.vendor_id == 0x1002:
        name = amdgpu_name(roots.share / AMD_LIST, card.device_id, card.revision)
    for listed in PCI_LISTS:
        name = name or pci_name(
            roots.share / listed, card.vendor_id, card.device_id, card.subsystem
        )
    if name is None:
        return f"{vendor} GPU {card.vendor_id:04X}:{card.device_id:04X}"
    return name if name.lower().startswith(vendor.lower()) else f"{vendor} {name}"


@functools.lru_cache(maxsize=64)
def amdgpu_name(path: Path, device_id: int, revision: int | None) -> str | None:
    """Return the name in libdrm's list: lines of `DEVICE, REVISION, name`, hexadecimal.

    Without a revision, a name only where all revisions of the device share it.
    """
    names = set()
    for line in _lines(path):
        fields = [field.strip() for field in line.split(",", 2)]
        if len(fields) != 3 or _hexadecimal(fields[0]) != device_id:
            continue
        if revision is None:
            names.add(fields[2])
        elif _hexadecimal(fields[1]) == revision:
            return fields[2] or None
    return names.pop() or None if len(names) == 1 else None


@functools.lru_cache(maxsize=64)
def pci_name(
    path: Path, vendor_id: int, device_id: int, subsystem: tuple[int, int] | None
) -> str | None:
    """Return the name in a list of PCI ids: vendors at the margin, devices and boards indented."""
    chip = board = None
    inside_vendor = inside_device = False
    for line in _lines(path):
        if not line.strip() or line.startswith("#"):
            continue
        depth = len(line) - len(line.lstrip("\t"))
        words = line.strip().split(None, 2 if depth == 2 else 1)
        number = _hexadecimal(words[0])
        if depth == 0:
            if inside_vendor:
                break
            inside_vendor = number == vendor_id
        elif inside_vendor and depth == 1:
            if inside_device:
                break
            inside_device = number == device_id
            if inside_device and len(words) == 2:
                chip = words[1]
        elif (
            inside_device
            and depth == 2
            and len(words) == 3
            and (number, _hexadecimal(words[1])) == subsystem
        ):
            board = words[2]
    # The list writes `chip [product]`: people know the product.
    for name in (board, chip):
        if name:
            product = re.search(r"\[([^]]+)]", name)
            return product[1] if product else name
    return None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []


def _hexadecimal(text: str) -> int | None:
    try:
        return int(text, 16)
    except ValueError:
        return None
