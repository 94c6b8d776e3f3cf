"""NVIDIA's GPUs: where they are, and a sampler for each."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep

from trackio_view.model.gpu import Absence, GpuIdentity, GpuSample, VendorReport
from trackio_view.sources.gpu.kernel.drm import drm_cards
from trackio_view.sources.gpu.kernel.pcie import pci_key
from trackio_view.sources.gpu.kernel.procfs import user_names
from trackio_view.sources.gpu.kernel.sysfs import (
    is_asleep,
    list_folder,
    read_integer,
    text_or_none,
)
from trackio_view.sources.gpu.nvidia import library as nvml
from trackio_view.sources.gpu.nvidia.device import NvidiaDevice
from trackio_view.sources.gpu.nvidia.fields import FIELDS
from trackio_view.sources.gpu.nvidia.processes import ProcessReader
from trackio_view.sources.gpu.nvidia.xids import DeviceErrors
from trackio_view.sources.gpu.product_names import model_name
from trackio_view.sources.gpu.rest import Rest
from trackio_view.sources.gpu.sampler import (
    Clock,
    Counters,
    Found,
    Readings,
    Roots,
    Tier,
)

VENDOR = "NVIDIA"
VENDOR_ID = 0x10DE
_PATIENCE_SECONDS = 1.5
"""How long the library's last user may need to be done with it."""
_CAPTURED = "a capture holds no readings of the driver's library"
_FAST = tuple(line.name for line in FIELDS if line.tier is Tier.FAST)
_NO_DRIVER = "nothing here speaks of NVIDIA's driver"


@dataclass(slots=True)
class NvidiaSampler:
    """One GPU. Its handle is got again when the library was started again, or after a loss."""

    identity: GpuIdentity
    roots: Roots
    clock: Clock
    library: nvml.Library | None
    """`None` for a GPU that was found without the library: it sleeps, or is one of a capture."""
    index: int | None = None
    pause: Callable[[float], None] = sleep
    """Waits within a reading, for a field that has to be measured in a window of its own."""
    unread: str = ""
    """Why the driver's library is not asked about this GPU; empty where it is."""
    device: NvidiaDevice | None = None
    generation: int = 0
    rest: Rest = field(default_factory=Rest)
    latest: GpuSample | None = None
    readings: Readings = field(default_factory=Readings)
    errors: DeviceErrors = field(default_factory=DeviceErrors)
    """The errors that the driver reported; they outlast a reload of the driver."""
    folder: Path = field(init=False)
    """Its folder in sysfs, made once: paths are slow to make."""

    def __post_init__(self) -> None:
        self.folder = _pci_folder(self.roots) / self.identity.key

    def sample(self, tiers: Tier) -> GpuSample:
        time = self.clock()
        if is_asleep(self.folder):
            # Any call would wake it.
            self._let_go()
            self.rest, self.latest = Rest(), None
            return GpuSample(self.identity, time, state=Absence.ASLEEP)
        if self.unread:
            text = self.unread
            return GpuSample(self.identity, time, state=Absence.UNSUPPORTED, state_text=text)
        if self.latest is not None and self.rest.lasts(time):
            return self.latest
        try:
            if self.library is None:
                self.library = nvml.load()
            self.library.resting.discard(self.identity.key)
            self.library.start()
            device = self._opened(self.library)
            if device is None:
                return self._lost(time, "the driver does not know the GPU any more")
            if device is not self.device:
                self._let_go()
                self.device = device
                tiers |= Tier.STEADY
            device.begin(time, tiers)
            self.readings.refresh(FIELDS, device, tiers)
        except nvml.LibraryFault as fault:
            return self._lost(time, str(fault))
        except nvml.DeviceGone as gone:
            if gone.code in (nvml.UNINITIALIZED, nvml.DRIVER_NOT_LOADED) and self.library:
                self.library.outdated = True
            self._let_go()
            return self._lost(time, str(gone))
        reasons = self.readings.reasons
        if Absence.LOST in map(reasons.get, _FAST) and not any(
            name in self.readings.values for name in _FAST
        ):
            self._let_go()
            return self._lost(time, "every reading fails")
        if device.unified_memory != self.identity.unified_memory:
            self.identity = self.identity._replace(unified_memory=device.unified_memory)
        self.latest = self.readings.sample(self.identity, time)
        self.rest.after(self.latest, self.folder)
        if self.rest.lasts(time):
            self._leave_alone(self.library)
        return self.latest

    def _leave_alone(self, library: nvml.Library) -> None:
        """Make no more calls, and shut the library down once all its GPUs are left alone."""
        self._let_go(_PATIENCE_SECONDS)
        library.resting.add(self.identity.key)
        others = (a for a in pci_gpus(self.roots) if not _foreign_driver(self.roots, a))
        if all(map(_is_left_alone(self.roots), others)):
            library.stop()

    def close(self) -> None:
        self._let_go()

    def _let_go(self, patience: float = 0.0) -> None:
        device, self.device = self.device, None
        if device is not None:
            device.close(patience)

    def _lost(self, time: float, text: str) -> GpuSample:
        return self.readings.sample(self.identity, time, Absence.LOST, text)

    def _opened(self, library: nvml.Library) -> NvidiaDevice | None:
        if self.device is not None and self.generation == library.generation:
            return self.device
        code, handle = library.ask("nvmlDeviceGetHandleByPciBusId", self.identity.key)
        # A platform device has no such address. The number of a GPU with an address may by now be
        # that of its neighbour: numbers are used only where the driver knows no addresses.
        without_address = {nvml.NOT_SUPPORTED, nvml.FUNCTION_NOT_FOUND}
        if pci_key(self.identity.key) is None:
            without_address |= {nvml.INVALID_ARGUMENT, nvml.NOT_FOUND}
        if code in without_address and self.index is not None:
            code, handle = library.ask("nvmlDeviceGetHandleByIndex", self.index)
        if code in nvml.DEVICE_GONE:
            raise nvml.DeviceGone(code)
        if code != nvml.SUCCESS:
            return None
        self.generation = library.generation
        _, name = library.ask("nvmlDeviceGetName", handle)
        _, uuid = library.ask("nvmlDeviceGetUUID", handle)
        self.identity = self.identity._replace(
            name=nvml.text_of(name) or self.identity.name,
            driver=library.driver,
            uuid=nvml.text_of(uuid) or self.identity.uuid,
        )
        return NvidiaDevice(
            nvml.DeviceCalls(library, handle),
            self.roots,
            self.clock(),
            self.readings,
            Counters(),
            ProcessReader(self.roots, user_names(self.roots)),
            self.clock,
            self.pause,
            self.errors,
        )


def _is_left_alone(roots: Roots) -> Callable[[str], bool]:
    """Return what tells of a PCI address whether its GPU sleeps, or is left alone."""
    alone = nvml.resting()
    return lambda address: address in alone or is_asleep(_pci_folder(roots) / address)


def _pci_folder(roots: Roots) -> Path:
    return roots.sys / "bus" / "pci" / "devices"


def pci_gpus(roots: Roots) -> list[str]:
    """Return the PCI addresses of NVIDIA's display and 3D controllers. Wakes none of them."""
    folder = _pci_folder(roots)
    found = []
    for address in list_folder(folder):
        if read_integer(folder / address / "vendor") == VENDOR_ID:
            kind = read_integer(folder / address / "class")
            if not isinstance(kind, Absence) and kind >> 16 == 0x03:
                found.append(address)
    return found


def _sign_of_driver(roots: Roots) -> bool:
    """Return whether there is a sign of NVIDIA's driver although no PCI device is visible.

    Containers may hide sysfs; WSL has its own device; Jetson Thor's GPU is part of the chip.
    """
    signs = (roots.proc / "driver" / "nvidia", roots.dev / "nvidiactl", roots.dev / "nvidia0")
    return any(map(os.path.exists, signs)) or (
        (roots.dev / "dxg").exists() and Path("/usr/lib/wsl/lib", nvml.LIBRARY_NAME).exists()
    )


SYSFS_CHIPS = frozenset({"210", "186", "194", "234"})
"""Tegra chips up to Orin: their library answers with zeros, so the kernel's files are read."""


def _tegra(roots: Roots) -> str | None:
    compatible = text_or_none(roots.proc / "device-tree" / "compatible") or ""
    match = re.search(r"nvidia,tegra(\d{3})", compatible)
    return match[1] if match else None


def discover(roots: Roots, clock: Clock) -> Found:
    """Find NVIDIA's GPUs: awake ones through the library, sleeping ones by their PCI address."""
    cards = pci_gpus(roots)
    asleep = list(filter(_is_left_alone(roots), cards))
    if not roots.live:
        listed = _listed(roots, clock, _CAPTURED)
        count = f"{len(listed)} in this capture, which holds no readings of the driver's library"
        return _found(listed, count if listed else "no GPU in this capture")
    sleeping = tuple(
        NvidiaSampler(_sleeping_identity(address, roots), roots, clock, None) for address in asleep
    )
    chip = _tegra(roots)
    if chip in SYSFS_CHIPS and not cards:
        return _found((), "this Jetson's GPU is read from the kernel's files")
    if not cards and chip is None and not _sign_of_driver(roots) and not nvml.placed_on_purpose():
        # As root, the library would even create device files on a machine without a GPU.
        listed = _listed(roots, clock, _NO_DRIVER)
        count = f"{len(listed)} found, but" if listed else "no NVIDIA GPU and"
        return _found(listed, f"{count} no NVIDIA driver on this machine")
    if cards and len(asleep) == len(cards):
        return _found(sleeping, f"{len(asleep)} asleep, left so")
    foreign = {address: driver for address in cards if (driver := _foreign_driver(roots, address))}
    if cards and len(foreign) == len(cards):
        driver = next(iter(foreign.values()))
        return _found((), f"{len(cards)} found, under the driver {driver}, which has no readings")
    ours = [address for address in cards if address not in foreign]
    try:
        library = nvml.load()
        library.start()
        awake = tuple(
            NvidiaSampler(identity, roots, clock, library, index)
            for index, identity in _enumerated(library, roots, ours if asleep else None)
            if identity.key not in asleep
        )
    except nvml.LibraryFault as fault:
        present = f" (GPU at {', '.join(cards)})" if cards else ""
        return _found(sleeping, f"{fault}{present}")
    text = "the driver is there but shows no GPU" if not awake + sleeping else ""
    return _found(awake + sleeping, text)


def _listed(roots: Roots, clock: Clock, unread: str) -> tuple[NvidiaSampler, ...]:
    """Return the GPUs of either of the kernel's lists, without readings."""
    identities = {
        card.key: _unread_identity(card.key, card.device, roots)
        for card in drm_cards(roots)
        if card.vendor_id == VENDOR_ID
    }
    for address in pci_gpus(roots):
        identities[address] = _sleeping_identity(address, roots)
    return tuple(
        NvidiaSampler(identity, roots, clock, None, unread=unread)
        for _, identity in sorted(identities.items())
    )


def _found(samplers: tuple[NvidiaSampler, ...], text: str) -> Found:
    count = len(samplers)
    text = text or f"{count} found"
    return Found(samplers, VendorReport(VENDOR, count, f"{text[:1].upper()}{text[1:]}."))


def _foreign_driver(roots: Roots, address: str) -> str | None:
    """Return the name of a GPU's kernel driver where it is not NVIDIA's."""
    link = _pci_folder(roots) / address / "driver"
    driver = os.path.basename(os.path.realpath(link)) if link.exists() else None
    return None if driver == "nvidia" else driver


def _sleeping_identity(address: str, roots: Roots) -> GpuIdentity:
    return _unread_identity(address, _pci_folder(roots) / address, roots)


def _unread_identity(key: str, folder: Path, roots: Roots) -> GpuIdentity:
    """Return what the kernel's files tell of a GPU whose driver is not asked."""
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
    if code != nvml.SUCCESS:
        if code in (nvml.UNINITIALIZED, nvml.DRIVER_NOT_LOADED):
            library.outdated = True
        raise nvml.LibraryFault(
            nvml.INIT_FAULTS.get(code, f"the driver does not count its GPUs (error {code})")
        )
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
    if code != nvml.SUCCESS:
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
