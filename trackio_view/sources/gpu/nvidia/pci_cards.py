"""NVIDIA's cards as the kernel lists them: which are there, asleep, or another driver's."""

from __future__ import annotations

import os

from trackio_view.light_typing import TYPE_CHECKING
from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.kernel.sysfs import list_folder, read_integer

if TYPE_CHECKING:
    from pathlib import Path

    from trackio_view.sources.gpu.sampler import Roots

VENDOR_ID = 0x10DE


def pci_folder(roots: Roots) -> Path:
    """Return the kernel's folder of PCI devices."""
    return roots.sys / "bus" / "pci" / "devices"


def pci_gpus(folder: Path | str) -> list[str]:
    """Return the PCI addresses of NVIDIA's display and 3D controllers in the kernel's folder of
    devices. Wakes none of them.
    """
    found = []
    for address in list_folder(folder):
        if read_integer(f"{folder}/{address}/vendor") == VENDOR_ID:
            kind = read_integer(f"{folder}/{address}/class")
            if not isinstance(kind, Absence) and kind >> 16 == 0x03:
                found.append(address)
    return found


def foreign_driver(folder: Path | str, address: str) -> str | None:
    """Return the name of a GPU's kernel driver where it is not NVIDIA's."""
    link = f"{folder}/{address}/driver"
    driver = os.path.basename(os.path.realpath(link)) if os.path.exists(link) else None
    return None if driver == "nvidia" else driver
