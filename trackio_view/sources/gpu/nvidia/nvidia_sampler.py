"""The sampler of one NVIDIA GPU, through its sleep, its losses and reloads of its driver."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep

from trackio_view.model.gpu import Absence, GpuIdentity, GpuSample
from trackio_view.sources.gpu.kernel.pcie import pci_key
from trackio_view.sources.gpu.kernel.procfs import user_names
from trackio_view.sources.gpu.kernel.sysfs import is_asleep
from trackio_view.sources.gpu.newcomers import Newcomers
from trackio_view.sources.gpu.nvidia import codes
from trackio_view.sources.gpu.nvidia import library as nvml
from trackio_view.sources.gpu.nvidia.device import NvidiaDevice
from trackio_view.sources.gpu.nvidia.fields import FIELDS
from trackio_view.sources.gpu.nvidia.pci_cards import foreign_driver, pci_folder, pci_gpus
from trackio_view.sources.gpu.nvidia.processes import ProcessReader
from trackio_view.sources.gpu.nvidia.xids import DeviceErrors
from trackio_view.sources.gpu.rest import Rest
from trackio_view.sources.gpu.sampler import Clock, Counters, Readings, Roots, Tier

_PATIENCE_SECONDS = 1.5
"""How long the library's last user may need to be done with it."""
_FAST = tuple(line.name for line in FIELDS if line.tier is Tier.FAST)


@dataclass(slots=True, eq=False, repr=False)
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
    newcomers: Newcomers = field(default_factory=Newcomers)
    folder: Path = field(init=False)
    """Its folder in sysfs, made once: paths are slow to make."""

    def __post_init__(self) -> None:
        self.folder = pci_folder(self.roots) / self.identity.key

    def sample(self, tiers: Tier) -> GpuSample:
        """Return a reading; a GPU that sleeps is not woken for it."""
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
            self._see_newcomers(device, due=Tier.MEDIUM in tiers)
        except nvml.LibraryFault as fault:
            return self._lost(time, str(fault))
        except nvml.DeviceGone as gone:
            if gone.code in codes.OUTDATED and self.library:
                self.library.outdated = True
            self._let_go()
            return self._lost(time, str(gone))
        reasons = self.readings.reasons
        if not codes.PASSING.isdisjoint(map(reasons.get, _FAST)) and not any(
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

    def _see_newcomers(self, device: NvidiaDevice, *, due: bool) -> None:
        """Read the processes before that is due where one may have come; `due` tells whether they
        were just read.
        """
        values = self.readings.values
        is_ahead = not due and self.newcomers.may_have_come(values.get("memory_used"))
        if is_ahead:
            self.readings.put("processes", device.processes.read(device.calls))
        if due or is_ahead:
            self.newcomers.listed(values.get("memory_used"), values.get("processes"), due=due)

    def _leave_alone(self, library: nvml.Library) -> None:
        """Make no more calls, and shut the library down once all its GPUs are left alone."""
        self._let_go(_PATIENCE_SECONDS)
        library.resting.add(self.identity.key)
        cards = pci_folder(self.roots)
        others = (address for address in pci_gpus(cards) if not foreign_driver(cards, address))
        if all(map(nvml.is_left_alone(self.roots), others)):
            library.stop()

    def close(self) -> None:
        """Let go of the GPU."""
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
        without_address = {codes.NOT_SUPPORTED, codes.FUNCTION_NOT_FOUND}
        if pci_key(self.identity.key) is None:
            without_address |= {codes.INVALID_ARGUMENT, codes.NOT_FOUND}
        if code in without_address and self.index is not None:
            code, handle = library.ask("nvmlDeviceGetHandleByIndex", self.index)
        if code in codes.DEVICE_GONE:
            raise nvml.DeviceGone(code)
        if code in (codes.NOT_FOUND, codes.INVALID_ARGUMENT):
            return None
        if code != codes.SUCCESS:
            text = f"the driver does not let the GPU be opened (error {code})"
            raise nvml.LibraryFault(codes.HANDLE_FAULTS.get(code, text))
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
