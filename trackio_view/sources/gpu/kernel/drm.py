"""The graphics cards that the kernel's DRM subsystem lists."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from trackio_view.light_typing import NamedTuple
from trackio_view.model.gpu import GpuIdentity
from trackio_view.sources.gpu.kernel.sysfs import list_folder, number_or_none, text_or_none
from trackio_view.sources.gpu.sampler import Roots

AMD_ID = 0x1002
INTEL_ID = 0x8086
"""Each vendor's number on PCI."""

_CARD = re.compile(r"card\d+$")
_PCI_ADDRESS = re.compile(r"[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$")


class DrmCard(NamedTuple):
    """A graphics card as the kernel's DRM subsystem lists it."""

    name: str
    """`card0`; changes between boots."""
    folder: Path
    device: Path
    slot: str | None
    """The PCI address, lower case; `None` for a platform device."""
    driver: str | None
    vendor_id: int | None
    device_id: int | None
    revision: int | None
    subsystem: tuple[int, int] | None
    """Vendor and device."""

    @property
    def key(self) -> str:
        """What stays the same from boot to boot, where there is a PCI address."""
        return self.slot or self.name

    def is_there(self) -> bool:
        """Return whether the folder is still this card's.

        A driver that is loaded anew, or a card that is plugged in again, gets a new number, and
        this one may be a neighbour's by now. Wakes no card.
        """
        try:
            target = os.path.basename(os.readlink(self.device)).lower()
        except OSError:
            # A capture has folders where the kernel has links.
            return self.device.is_dir()
        return self.device.is_dir() and (self.slot is None or target == self.slot)

    def nodes(self) -> frozenset[str]:
        """Return the names under /dev/dri that programs open: the card's and its render node's."""
        names = list_folder(self.device / "drm")
        return frozenset({self.name, *(name for name in names if name.startswith("renderD"))})


def drm_folder(roots: Roots) -> Path:
    """Return the folder of cards.

    Captures often hold only what lies below it, as `DIR/card0/device/...`.
    """
    usual = roots.sys / "class" / "drm"
    if not roots.live and not usual.is_dir():
        for folder in (roots.sys, roots.sys.parent):
            if any(_CARD.match(name) for name in list_folder(folder)):
                return folder
    return usual


def kfd_folder(roots: Roots) -> Path:
    """Return the folder of AMD's compute driver; in a bare capture, `DIR/kfd` beside the card."""
    usual = roots.sys / "class" / "kfd" / "kfd"
    if not roots.live and not usual.is_dir():
        beside = drm_folder(roots) / "kfd"
        if beside.is_dir():
            return beside
    return usual


def read_uevent(device: Path) -> dict[str, str]:
    """Return a device's `KEY=value` lines."""
    text = text_or_none(device / "uevent") or ""
    pairs = (line.partition("=") for line in text.splitlines())
    return {key.strip(): value.strip() for key, separator, value in pairs if separator}


def drm_cards(roots: Roots) -> Iterator[DrmCard]:
    """Yield the cards, without their connectors (`card0-DP-1`). Wakes none of them."""
    parent = drm_folder(roots)
    for name in list_folder(parent):
        if _CARD.match(name):
            yield _card(name, parent / name)


def find_card(roots: Roots, key: str) -> DrmCard | None:
    """Return the card of a key, whatever its number is by now."""
    return next((card for card in drm_cards(roots) if card.key == key), None)


def _card(name: str, folder: Path) -> DrmCard:
    device = folder / "device"
    uevent = read_uevent(device)
    ids = _pair(uevent.get("PCI_ID", ""))
    slot = uevent.get("PCI_SLOT_NAME", "").lower() or os.path.basename(os.path.realpath(device))
    driver = uevent.get("DRIVER") or (
        os.path.basename(os.path.realpath(device / "driver"))
        if (device / "driver").is_dir()
        else None
    )
    subsystem_ids = (
        number_or_none(device / "subsystem_vendor"),
        number_or_none(device / "subsystem_device"),
    )
    subsystem = _pair(uevent.get("PCI_SUBSYS_ID", ""))
    if subsystem_ids[0] is not None and subsystem_ids[1] is not None:
        subsystem = (subsystem_ids[0], subsystem_ids[1])
    vendor_id, device_id = number_or_none(device / "vendor"), number_or_none(device / "device")
    return DrmCard(
        name=name,
        folder=folder,
        device=device,
        slot=slot if _PCI_ADDRESS.match(slot) else None,
        driver=driver,
        vendor_id=vendor_id if vendor_id is not None else ids[0] if ids else None,
        device_id=device_id if device_id is not None else ids[1] if ids else None,
        revision=number_or_none(device / "revision"),
        subsystem=subsystem,
    )


def _pair(text: str) -> tuple[int, int] | None:
    """Return the two hexadecimal numbers of `1002:73BF`."""
    first, _, second = text.partition(":")
    try:
        return int(first, 16), int(second, 16)
    except ValueError:
        return None


def drivers_of_displays(roots: Roots, vendor_id: int) -> dict[str, str | None]:
    """Return the driver of each of a vendor's display and compute devices by PCI address; `None`
    where it has none.
    """
    found: dict[str, str | None] = {}
    parent = roots.sys / "bus" / "pci" / "devices"
    for address in list_folder(parent):
        device = parent / address
        kind = number_or_none(device / "class")
        # 0x03: display controller; 0x12: processing accelerator.
        if (
            kind is not None
            and kind >> 16 in (0x03, 0x12)
            and number_or_none(device / "vendor") == vendor_id
        ):
            link = device / "driver"
            found[address] = os.path.basename(os.path.realpath(link)) if link.exists() else None
    return found


def found_report(
    found: Sequence[GpuIdentity], roots: Roots, vendor_id: int, drivers: str, *, also: str = ""
) -> str:
    """Return the sentence about a vendor's GPUs: which were found and what `also`, or why none.

    `drivers` are those that make cards of them, as `i915 or xe`.
    """
    if found:
        names = ", ".join(f"{gpu.name} ({gpu.driver or 'no driver'})" for gpu in found)
        return f"{len(found)} found by sysfs: {names}{also}."
    folder = drm_folder(roots)
    displays = drivers_of_displays(roots, vendor_id)
    without_driver = [address for address, driver in displays.items() if driver is None]
    if without_driver:
        where = ", ".join(without_driver)
        return f"No driver has claimed the GPU at {where}; is {drivers} loaded?"
    others = [(at, driver) for at, driver in displays.items() if driver not in drivers.split()]
    if others:
        where = ", ".join(f"{at} is under {driver}" for at, driver in others)
        return f"No GPU has a driver with readings: {where}."
    if not folder.is_dir():
        return f"There is no {folder}: no graphics driver is loaded."
    return f"No card in {folder} has the vendor 0x{vendor_id:04x} or the driver {drivers}."
