"""NVIDIA's cards as the kernel lists them: which are there, asleep, or another driver's."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.kernel.sysfs import is_asleep, list_folder, read_integer
from trackio_view.sources.gpu.nvidia import library as nvml
from trackio_view.sources.gpu.sampler import Roots

VENDOR_ID = 0x10DE


def is_left_alone(roots: Roots) -> Callable[[str], bool]:
    """Return what tells of a PCI address whether its GPU sleeps, or is left alone."""
    alone = nvml.resting()
    return lambda address: address in alone or is_asleep(pci_folder(roots) / address)


def pci_folder(roots: Roots) -> Path:
    return roots.sys / "bus" / "pci" / "devices"


def pci_gpus(roots: Roots) -> list[str]:
    """Return the PCI addresses of NVIDIA's display and 3D controllers. Wakes none of them."""
    folder = pci_folder(roots)
    found = []
    for address in list_folder(folder):
        if read_integer(folder / address / "vendor") == VENDOR_ID:
            kind = read_integer(folder / address / "class")
            if not isinstance(kind, Absence) and kind >> 16 == 0x03:
                found.append(address)
    return found


def foreign_driver(roots: Roots, address: str) -> str | None:
    """Return the name of a GPU's kernel driver where it is not NVIDIA's."""
    link = pci_folder(roots) / address / "driver"
    driver = os.path.basename(os.path.realpath(link)) if link.exists() else None
    return None if driver == "nvidia" else driver
