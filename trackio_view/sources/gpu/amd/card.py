"""One AMD card: what each of its driver's files says, read at most once a sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from trackio_view.model.gpu import VISIBLE_PROCESSES, Absence, GpuIdentity, GpuProcess
from trackio_view.sources.gpu.amd import gpu_metrics, kfd
from trackio_view.sources.gpu.amd.driver_texts import (
    error_counts,
    partition_load,
    pcie_levels,
)
from trackio_view.sources.gpu.amd.firmware_counts import FirmwareCounts
from trackio_view.sources.gpu.amd.partitions import partition_nodes
from trackio_view.sources.gpu.kernel.chosen_sources import ChosenSources
from trackio_view.sources.gpu.kernel.drm import AMD_ID, DrmCard
from trackio_view.sources.gpu.kernel.fdinfo import gpu_processes, shared_scan, visible_load
from trackio_view.sources.gpu.kernel.hwmon import Hwmon, find_hwmon
from trackio_view.sources.gpu.kernel.pcie import Link, read_link, slot_device
from trackio_view.sources.gpu.kernel.procfs import is_in_first_namespace
from trackio_view.sources.gpu.kernel.sysfs import (
    is_unread,
    read_bytes,
    read_integer,
    read_percent,
    read_text,
    text_or_none,
)
from trackio_view.sources.gpu.product_names import card_name
from trackio_view.sources.gpu.sampler import Clock, Roots

_RENDER_ENGINES = frozenset({"gfx", "compute"})

OCCUPANCY_SECONDS = 5.0
"""Seconds between two questions which compute units are occupied."""

Counted = TypeVar("Counted")


@dataclass(slots=True, eq=False, repr=False)
class AmdCard:
    """One card, and what is read at most once for a sample."""

    drm: DrmCard
    roots: Roots
    clock: Clock
    identity: GpuIdentity
    hwmon: Hwmon | None = None
    counts: FirmwareCounts = field(default_factory=FirmwareCounts)
    load: float | Absence | None = None
    """The newest reading of the load."""
    chosen: ChosenSources = field(default_factory=ChosenSources)
    _learned: bool = False
    _link: Link | None = None
    _metrics: gpu_metrics.GpuMetrics | Absence | None = None
    _errors: dict[str, int] | Absence | None = None
    _visible_alone: bool = False
    """Whether the load just read is that of the visible processes."""
    _compute_ids: frozenset[int] | None = None
    _compute_generation: int | None = None
    """How often what the compute driver knows had changed when its ids were read."""
    _compute_units: dict[int, int] = field(default_factory=dict)
    _compute_units_at: float | None = None

    @property
    def device(self) -> Path:
        """The device's folder in sysfs."""
        return self.drm.device

    def begin(self, now: float) -> None:
        """Forget the readings of the last sample, and read what a sleeping card could not tell."""
        self._metrics = self._errors = self._link = None
        if self.hwmon is None or not self.hwmon.folder.is_dir():
            self.hwmon = find_hwmon(self.device, ("amdgpu", "radeon"))
        if not self._learned:
            self.learn()

    def reset(self) -> None:
        """Forget all counters, and from where the card's values came."""
        self.counts = FirmwareCounts()
        self.chosen.clear()

    def move(self, drm: DrmCard) -> None:
        """Read from another place from now on, where another card may be."""
        self.drm, self.hwmon, self._learned = drm, None, False
        vendor = self.identity.vendor
        name = card_name(drm, vendor, self.roots)
        self.identity = GpuIdentity(self.identity.key, vendor, name, drm.driver)

    def learn(self) -> None:
        """Complete the identity: the maker's own name, its number, and whose memory it uses.

        The card must be awake. The answer is kept, unless the firmware's table could not be read.
        """
        product = text_or_none(self.device / "product_name")
        name = self.identity.name
        if product:
            name = product if product.upper().startswith("AMD") else f"AMD {product}"
        unified = self.identity.unified_memory or self._is_integrated()
        uuid = kfd.rocm_uuid(text_or_none(self.device / "unique_id")) or self.identity.uuid
        learned = self.identity._replace(name=name, unified_memory=unified, uuid=uuid)
        if learned != self.identity:
            self.identity = learned
        self._learned = unified or not is_unread(self._metrics)

    def _is_integrated(self) -> bool:
        """Return whether the GPU is a part of the processor, which follows from several files."""
        if self.hwmon and self.hwmon.channel("in", "vddnb") is not None:
            return True
        metrics = self.metrics()
        if isinstance(metrics, gpu_metrics.GpuMetrics):
            return metrics.integrated
        # Without either it is a part of the processor that lacks what every card has, and that uses
        # more of the machine's memory than of its own.
        card_files = ("mem_busy_percent", "mem_info_vram_vendor")
        if self.hwmon is None or any((self.device / name).exists() for name in card_files):
            return False
        labels = self.hwmon.labels
        own = read_integer(self.device / "mem_info_vram_total")
        shared = read_integer(self.device / "mem_info_gtt_total")
        return (
            (self.device / "gpu_busy_percent").exists()
            and set(labels.get("temp", ())) <= {1}
            and not labels.get("fan")
            and not (self.hwmon.folder / "pwm1").exists()
            and not (isinstance(own, Absence) or isinstance(shared, Absence))
            and own < shared
        )

    def metrics(self) -> gpu_metrics.GpuMetrics | Absence:
        """Return the firmware's table, read once a sample."""
        if self._metrics is None:
            self._metrics = self.chosen.read_only("gpu_metrics", self._read_metrics)
        return self._metrics

    def _read_metrics(self) -> gpu_metrics.GpuMetrics | Absence:
        blob = read_bytes(self.device / "gpu_metrics")
        if isinstance(blob, Absence):
            return blob
        return gpu_metrics.decode(blob) or Absence.UNSUPPORTED

    def from_metrics(self, name: str) -> float | Absence:
        """Return a number of the firmware's table."""
        metrics = self.metrics()
        if isinstance(metrics, Absence):
            return metrics
        value: float | None = getattr(metrics, name)
        return Absence.UNSUPPORTED if value is None else value

    def counted(
        self, told: Callable[[FirmwareCounts, gpu_metrics.GpuMetrics], Counted]
    ) -> Counted | Absence:
        """Return what `told` makes of the firmware's counts, or why the table cannot be read."""
        metrics = self.metrics()
        return metrics if isinstance(metrics, Absence) else told(self.counts, metrics)

    # --- Load and memory

    def utilization(self) -> float | Absence | None:
        """Return the driver's own percentage; the table's has no settled unit.

        Where a card tells neither, the load is that of the processes that may be looked into.
        """
        self.load = self._read_load()
        return self.load

    def _read_load(self) -> float | Absence | None:
        self._visible_alone = False
        told = self._percent("gpu_busy_percent", "utilization")
        if told is not Absence.UNSUPPORTED:
            return told
        load = visible_load(self.roots, self.clock, self.drm.slot, _RENDER_ENGINES)
        if load == 0 and kfd.memory_by_process(self.roots, self._kfd_ids()):
            # The engines' time does not count compute work, so a 0 there tells nothing.
            return Absence.UNSUPPORTED
        self._visible_alone = isinstance(load, float)
        return load

    def memory_bus_load(self) -> float | Absence:
        """Return how busy the memory controller is."""
        return self._percent("mem_busy_percent", "memory_bus_load")

    def video_load(self) -> float | Absence:
        """Return the load of the video engines, which decode and encode."""
        return self._percent("vcn_busy_percent", "video_load")

    def _percent(self, file: str, name: str) -> float | Absence:
        """Return the percentage in a file of the driver's, else in the firmware's table.

        A file without sense is not replaced: where there is one, it counts.
        """
        path = self.device / file
        sources: list[tuple[str, Callable[[], float | Absence]]] = [
            (file, lambda: read_percent(path))
        ]
        if not path.exists():
            sources.append(("table", lambda: self.from_metrics(name)))
        return self.chosen.read(name, sources)

    def memory(self, what: str) -> int | Absence:
        """Return the `used` or `total` bytes of the pool that programs allocate from.

        A processor's GPU has a small piece set apart, always nearly full, and the pool proper in
        the machine's memory (GTT). As the kernel does, the larger one is taken for the pool.
        """
        pool, size = "vram", self._pool_size("vram")
        if self.identity.unified_memory:
            shared = self._pool_size("gtt")
            failure = next(filter(is_unread, (size, shared)), None)
            if failure is not None:
                # The pool that cannot be read may be the larger one.
                return failure
            if not isinstance(shared, Absence) and (isinstance(size, Absence) or shared > size):
                pool, size = "gtt", shared
        if isinstance(size, Absence) or what == "total":
            return size
        return read_integer(self.device / f"mem_info_{pool}_used", high=size)

    def _pool_size(self, pool: str) -> int | Absence:
        path = self.device / f"mem_info_{pool}_total"
        return self.chosen.read_only(path.name, lambda: read_integer(path, low=1))

    def measures(self) -> dict[str, str]:
        """Return what power, energy, load and processes are, where their names do not say it."""
        found = {"power": "with the processor"} if self.identity.unified_memory else {}
        if self.counts.sums_energy:
            found["energy"] = "since the watch began"
        if self._visible_alone:
            found["utilization"] = VISIBLE_PROCESSES
        if not shared_scan(self.roots, self.clock).sees_everybody:
            found["processes"] = VISIBLE_PROCESSES
        return found

    # --- State

    def link(self) -> Link:
        """Return the slot's link, read once a sample."""
        if self._link is None:
            self._link = self._read_link()
        return self._link

    def _read_link(self) -> Link:
        """Return the slot's link from the first file that tells it; none for a part of the
        processor.
        """
        if self.identity.unified_memory:
            return Link()
        slot = slot_device(self.device, AMD_ID)
        path = self.device / "pp_dpm_pcie"
        told = self.chosen.read_only("pp_dpm_pcie", lambda: read_text(path))
        if slot is None and is_unread(told):
            return Link(unread=told)
        levels = None if isinstance(told, Absence) else pcie_levels(told)
        # Where nothing shows the slot, a card without levels is so old that it carries no switch.
        link = read_link(slot) if slot else levels or read_link(self.device)
        metrics = self.metrics()
        if is_unread(metrics):
            # The table goes before the files, and may have told before.
            return Link(
                generation_max=link.generation_max, width_max=link.width_max, unread=metrics
            )
        if isinstance(metrics, gpu_metrics.GpuMetrics) and metrics.pcie_generation:
            link = link._replace(
                generation=metrics.pcie_generation,
                width=metrics.pcie_width or link.width,
            )
        return link

    def memory_errors(self, field: str) -> int | Absence:
        """Return the errors of all blocks that count for a field, one of `ERROR_KINDS`."""
        if self._errors is None:
            self._errors = error_counts(self.device / "ras")
        if isinstance(self._errors, Absence):
            return self._errors
        return self._errors.get(field, Absence.UNSUPPORTED)

    def partitions(self) -> tuple[str, ...] | Absence:
        """Return the compute partitions in words; empty for a chip that is one whole."""
        mode = read_text(self.device / "current_compute_partition")
        metrics = self.metrics()
        loads = list(metrics.partition_loads) if not isinstance(metrics, Absence) else []
        nodes = [] if loads or mode == "SPX" else partition_nodes(self.roots, self.drm.key)
        if nodes:
            devices = [self.device, *(node.device for node in nodes)]
            loads = [partition_load(device) for device in devices]
        if isinstance(mode, Absence):
            if len(loads) < 2:
                return mode
            mode = "compute"
        if len(loads) < 2:
            return () if mode == "SPX" else (f"{mode} partitions",)
        memory = text_or_none(self.device / "current_memory_partition")
        prefix = f"{mode}/{memory}" if memory else mode
        return tuple(
            f"{prefix} partition {number}" + (f": {load:.0f} %" if load is not None else "")
            for number, load in enumerate(loads)
        )

    # --- Processes

    def processes(self) -> tuple[GpuProcess, ...] | Absence:
        """Return who uses the card, by the graphics driver's and the compute driver's accounts."""
        if self.drm.slot is None or not self.roots.proc.is_dir():
            return Absence.UNSUPPORTED
        scan = shared_scan(self.roots, self.clock)
        found = gpu_processes(scan.scan(), self.drm.slot, self.identity.unified_memory)
        held = kfd.memory_by_process(self.roots, self._kfd_ids())
        if not is_in_first_namespace(self.roots.proc):
            # The compute driver has the machine's numbers, by which processes are not known in a
            # container: those that are seen here are among them.
            unlike = [GpuProcess(pid, "compute", memory) for pid, memory in sorted(held.items())]
            seen = [one._replace(load=one.load or None) if held else one for one in found.values()]
            return tuple(seen or unlike)
        for pid, memory in held.items():
            known = found.get(pid) or GpuProcess(
                pid, user=scan.user(pid), command=scan.command(pid)
            )
            found[pid] = known._replace(
                kind="compute+graphics" if known.kind and "graphics" in known.kind else "compute",
                memory=max(memory, known.memory or 0),
                # The engines' time does not count compute work, so a 0 there tells nothing.
                load=known.load or None,
            )
        units = self._occupied()
        return tuple(found[pid]._replace(compute_units=units.get(pid)) for pid in sorted(found))

    def _occupied(self) -> dict[int, int]:
        """Return the compute units that each process occupies, read anew where that is due."""
        now = self.clock()
        if self._compute_units_at is None or now - self._compute_units_at >= OCCUPANCY_SECONDS:
            self._compute_units_at = now
            self._compute_units = kfd.compute_units_by_process(self.roots, self._kfd_ids())
        return self._compute_units

    def _kfd_ids(self) -> frozenset[int]:
        """Return what the compute driver calls the card."""
        generation = kfd.generation(self.roots)
        if self._compute_ids is None or generation != self._compute_generation:
            # A card that is partitioned anew, or plugged in again, is called otherwise.
            self._compute_generation = generation
            self._compute_ids = kfd.gpu_ids(self.roots, self.drm.slot or "")
        return self._compute_ids

    def hidden_processes(self) -> int:
        """Return how many processes could not be looked into."""
        return shared_scan(self.roots, self.clock).scan().hidden
