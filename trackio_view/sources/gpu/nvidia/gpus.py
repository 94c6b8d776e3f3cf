"""NVIDIA's GPUs: where they are, and a sampler for each.

Every start looks for them, so what reads one is loaded where there is one.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from trackio_view.model.gpu import Absence, GpuIdentity, VendorReport
from trackio_view.sources.gpu.driver_threads import start_thread
from trackio_view.sources.gpu.kernel.pcie import pci_key
from trackio_view.sources.gpu.kernel.sysfs import read_integer, text_or_none
from trackio_view.sources.gpu.nvidia import codes
from trackio_view.sources.gpu.nvidia import library as nvml
from trackio_view.sources.gpu.nvidia.driver_start import (
    LIBRARY_NAME,
    begun_start,
    placed_on_purpose,
)
from trackio_view.sources.gpu.nvidia.pci_cards import (
    VENDOR_ID,
    foreign_driver,
    pci_folder,
    pci_gpus,
)
from trackio_view.sources.gpu.nvidia.words import VENDOR
from trackio_view.sources.gpu.sampler import Clock, Found, Roots, Sampler

MOST_GPUS = 512
"""More than any machine has; a larger count is garbage, not worth as many calls."""
_CAPTURED = "a capture holds no readings of the driver's library"
_NO_DRIVER = "nothing here speaks of NVIDIA's driver"


def _sign_of_driver(roots: Roots) -> bool:
    """Return whether there is a sign of NVIDIA's driver although no PCI device is visible.

    Containers may hide sysfs; WSL has its own device; Jetson Thor's GPU is part of the chip.
    """
    signs = (roots.proc / "driver" / "nvidia", roots.dev / "nvidiactl", roots.dev / "nvidia0")
    return any(map(os.path.exists, signs)) or (
        (roots.dev / "dxg").exists() and Path("/usr/lib/wsl/lib", LIBRARY_NAME).exists()
    )


SYSFS_CHIPS = frozenset({"210", "186", "194", "234"})
"""Tegra chips up to Orin: their library answers with zeros, so the kernel's files are read."""


def _tegra(roots: Roots) -> str | None:
    compatible = text_or_none(roots.proc / "device-tree" / "compatible") or ""
    match = re.search(r"nvidia,tegra(\d{3})", compatible)
    return match[1] if match else None


def discover(roots: Roots, clock: Clock) -> Found:
    """Find NVIDIA's GPUs: awake ones through the library, sleeping ones by their PCI address."""
    folder = pci_folder(roots)
    cards = pci_gpus(folder)
    asleep = list(filter(nvml.is_left_alone(roots), cards))
    if not roots.live:
        listed = _listed(roots, clock, _CAPTURED)
        count = f"{len(listed)} in this capture, which holds no readings of the driver's library"
        return _found(listed, count if listed else "no GPU in this capture")
    sleeping = tuple(
        _sampler(_sleeping_identity(address, roots), roots, clock, None) for address in asleep
    )
    chip = _tegra(roots)
    if chip in SYSFS_CHIPS and not cards:
        return _found((), "this Jetson's GPU is read from the kernel's files")
    if not cards and chip is None and not _sign_of_driver(roots) and not placed_on_purpose():
        # As root, the library would even create device files on a machine without a GPU.
        listed = _listed(roots, clock, _NO_DRIVER)
        count = f"{len(listed)} found, but" if listed else "no NVIDIA GPU and"
        return _found(listed, f"{count} no NVIDIA driver on this machine")
    if cards and len(asleep) == len(cards):
        return _found(sleeping, f"{len(asleep)} asleep, left so")
    foreign = {address: driver for address in cards if (driver := foreign_driver(folder, address))}
    if cards and len(foreign) == len(cards):
        driver = next(iter(foreign.values()))
        return _found((), f"{len(cards)} found, under the driver {driver}, which has no readings")
    ours = [address for address in cards if address not in foreign]
    try:
        library = nvml.load()
        # The driver may need tenths of a second to start.
        start_thread(_load_sampler)
        with begun_start():
            library.start()
        awake = tuple(
            _sampler(identity, roots, clock, library, index)
            for index, identity in _enumerated(library, roots, ours if asleep else None)
            if identity.key not in asleep
        )
    except nvml.LibraryFault as fault:
        present = f" (GPU at {', '.join(cards)})" if cards else ""
        return _found(sleeping, f"{fault}{present}")
    text = "the driver is there but shows no GPU" if not awake + sleeping else ""
    return _found(awake + sleeping, text)


def _load_sampler() -> None:
    from trackio_view.sources.gpu.nvidia import nvidia_sampler  # noqa: F401


def _sampler(
    identity: GpuIdentity,
    roots: Roots,
    clock: Clock,
    library: nvml.Library | None,
    index: int | None = None,
    unread: str = "",
) -> Sampler:
    from trackio_view.sources.gpu.nvidia.nvidia_sampler import NvidiaSampler

    return NvidiaSampler(identity, roots, clock, library, index, unread=unread)


def _listed(roots: Roots, clock: Clock, unread: str) -> tuple[Sampler, ...]:
    """Return the GPUs of either of the kernel's lists, without readings."""
    from trackio_view.sources.gpu.kernel.drm import drm_cards

    identities = {
        card.key: _unread_identity(card.key, card.device, roots)
        for card in drm_cards(roots)
        if card.vendor_id == VENDOR_ID
    }
    for address in pci_gpus(pci_folder(roots)):
        identities[address] = _sleeping_identity(address, roots)
    return tuple(
        _sampler(identity, roots, clock, None, unread=unread)
        for _, identity in sorted(identities.items())
    )


def _found(samplers: tuple[Sampler, ...], text: str) -> Found:
    count = len(samplers)
    text = text or f"{count} found"
    return Found(samplers, VendorReport(VENDOR, count, f"{text[:1].upper()}{text[1:]}."))


def _sleeping_identity(address: str, roots: Roots) -> GpuIdentity:
    return _unread_identity(address, pci_folder(roots) / address, roots)


def _unread_identity(key: str, folder: Path, roots: Roots) -> GpuIdentity:
    """Return what the kernel's files tell of a GPU whose driver is not asked."""
    from trackio_view.sources.gpu.product_names import model_name

    device_id = read_integer(folder / "device")
    name = None
    if not isinstance(device_id, Absence):
        name = model_name(roots, VENDOR_ID, device_id, key)
        name = f"{VENDOR} {name or f'GPU {VENDOR_ID:04x}:{device_id:04x}'}"
    return GpuIdentity(key, VENDOR, name or f"{VENDOR} GPU {key}")


def _enumerated(
    library: nvml.Library, roots: Roots, addresses: list[str] | None
) -> list[tuple[int | None, GpuIdentity]]:
    """Return the GPUs that the library shows; only those of `addresses`, where some others sleep.

    They are asked for by address: asking by number attaches to a GPU, and so wakes it.
    """
    if addresses is not None:
        return [
            (None, _sleeping_identity(address, roots)._replace(driver=library.driver))
            for address in addresses
        ]
    code, count = library.ask("nvmlDeviceGetCount")
    if code != codes.SUCCESS:
        if code in codes.OUTDATED:
            library.outdated = True
        raise nvml.LibraryFault(
            codes.INIT_FAULTS.get(code, f"the driver does not count its GPUs (error {code})")
        )
    if count > MOST_GPUS:
        raise nvml.LibraryFault(f"the driver counts {count:,} GPUs, which no machine has")
    if len(library.cards) != count:
        identities = [_identity(library, index) for index in range(count)]
        keys = [identity.key for identity in identities]
        library.cards = tuple(
            # Virtual GPUs of one board may share its address.
            (index, identity if keys.count(identity.key) == 1 else _numbered(identity, index))
            for index, identity in enumerate(identities)
        )
    return list(library.cards)


def _numbered(identity: GpuIdentity, index: int) -> GpuIdentity:
    return identity._replace(key=f"nvidia-{index}")


def _identity(library: nvml.Library, index: int) -> GpuIdentity:
    code, handle = library.ask("nvmlDeviceGetHandleByIndex", index)
    if code != codes.SUCCESS:
        # Listed all the same: its sampler tells what is wrong with it.
        return GpuIdentity(f"nvidia-{index}", VENDOR, f"{VENDOR} GPU {index}", library.driver)
    _, name = library.ask("nvmlDeviceGetName", handle)
    _, address = library.ask("nvmlDeviceGetPciInfo", handle)
    _, uuid = library.ask("nvmlDeviceGetUUID", handle)
    key = pci_key(nvml.text_of(address.busId) or "") if address is not None else None
    return GpuIdentity(
        key=key or nvml.text_of(uuid) or f"nvidia-{index}",
        vendor=VENDOR,
        name=nvml.text_of(name) or f"{VENDOR} GPU {index}",
        driver=library.driver,
        uuid=nvml.text_of(uuid) or None,
    )
