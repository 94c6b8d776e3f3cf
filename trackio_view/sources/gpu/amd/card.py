"""One AMD card: what each of its driver's files says, read at most once a sample."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from trackio_view.model.gpu import Absence, GpuIdentity, GpuProcess
from trackio_view.sources.gpu.amd import gpu_metrics, kfd
from trackio_view.sources.gpu.amd.driver_texts import (
    error_counts,
    marked_level,
    partition_load,
    pcie_levels,
)
from trackio_view.sources.gpu.amd.partitions import partition_nodes
from trackio_view.sources.gpu.kernel.drm import DrmCard
from trackio_view.sources.gpu.kernel.fdinfo import gpu_processes, shared_scan, visible_load
from trackio_view.sources.gpu.kernel.hwmon import CELSIUS_HIGH, Hwmon, find_hwmon
from trackio_view.sources.gpu.kernel.pcie import Link, read_link, slot_device
from trackio_view.sources.gpu.kernel.sysfs import (
    first_present,
    read_bytes,
    read_integer,
    read_percent,
    read_scaled,
    read_text,
    text_or_none,
)
from trackio_view.sources.gpu.sampler import Clock, Roots

VENDOR = "AMD"
VENDOR_ID = 0x1002

SENSORS = {"edge": "gpu", "junction": "hotspot", "mem": "memory"}
"""amdgpu's label -> ours. The main sensor is the edge, or the hotspot where a chip has no edge."""
UNLABELLED_SENSORS = {1: "gpu", 2: "hotspot", 3: "memory"}
UNLABELLED_CLOCKS = {"sclk": 1, "mclk": 2}

_IDLE_PERCENT = 3.0
_COUNT_WRAPS = 1 << 32
_NEAR_CELSIUS = 15.0
"""How far below its limit a sensor must be for its heat to hold nothing back."""
_RENDER_ENGINES = frozenset({"gfx", "compute"})


@dataclass(slots=True)
class AmdCard:
    """One card, and what is read at most once for a sample."""

    drm: DrmCard
    roots: Roots
    clock: Clock
    identity: GpuIdentity
    hwmon: Hwmon | None = None
    _learned: bool = False
    _link: Link | None = None
    _metrics: gpu_metrics.GpuMetrics | Absence | None = None
    _errors: tuple[int, int] | Absence | None = None
    _residencies: dict[str, int] = field(default_factory=dict)
    _activity: tuple[int, int] | None = None
    """The counts of work and of steps at the last reading."""
    _throttled: dict[tuple[str, ...], tuple[int, ...]] = field(default_factory=dict)
    _energy_count: int | None = None
    """The firmware's count of energy at the last reading."""
    _energy_grown: int = 0
    """By how much it grew while it was watched."""
    _load: float | Absence | None = None
    """What the load was read as last."""
    _visible_alone: bool = False
    """Whether the load just read is that of the visible processes."""
    _compute_ids: frozenset[int] | None = None

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
        """Forget all counters."""
        self._residencies, self._throttled, self._activity = {}, {}, None
        self._energy_count, self._energy_grown = None, 0

    def move(self, drm: DrmCard) -> None:
        """Read from another place from now on."""
        self.drm, self.hwmon = drm, None

    def learn(self) -> None:
        """Complete the identity: the maker's own name, its number, and whose memory it uses.

        The card must be awake. The answer is kept, unless the firmware's table could not be read.
        """
        product = text_or_none(self.device / "product_name")
        name = self.identity.name
        if product:
            name = product if product.upper().startswith(VENDOR) else f"{VENDOR} {product}"
        unified = self.identity.unified_memory or self._is_integrated()
        uuid = kfd.rocm_uuid(text_or_none(self.device / "unique_id")) or self.identity.uuid
        learned = replace(self.identity, name=name, unified_memory=unified, uuid=uuid)
        if learned != self.identity:
            self.identity = learned
        self._learned = unified or self._metrics not in (Absence.STALE, Absence.DENIED)

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
            blob = read_bytes(self.device / "gpu_metrics")
            self._metrics = (
                blob
                if isinstance(blob, Absence)
                else gpu_metrics.decode(blob) or Absence.UNSUPPORTED
            )
        return self._metrics

    def from_metrics(self, name: str) -> float | Absence:
        """Return a number of the firmware's table."""
        metrics = self.metrics()
        if isinstance(metrics, Absence):
            return metrics
        value: float | None = getattr(metrics, name)
        return Absence.UNSUPPORTED if value is None else value

    # --- Load and memory

    def utilization(self) -> float | Absence | None:
        """Return the driver's own percentage; the table's has no settled unit.

        Of a card that tells neither, the load of the processes that may be looked into.
        """
        self._load = self._read_load()
        return self._load

    def _read_load(self) -> float | Absence | None:
        self._visible_alone = False
        path = self.device / "gpu_busy_percent"
        told = read_percent(path) if path.exists() else self.from_metrics("utilization")
        if told is not Absence.UNSUPPORTED:
            return told
        load = visible_load(self.roots, self.clock, self.drm.slot, _RENDER_ENGINES)
        if load == 0 and kfd.memory_by_process(self.roots, self._kfd_ids()):
            # The engines' time does not count compute work, so a 0 there tells nothing.
            return Absence.UNSUPPORTED
        self._visible_alone = isinstance(load, float)
        return load

    def kernels(self) -> float | Absence | None:
        """Return the percent of the time since the last reading in which anything ran.

        Counted by the firmware of newer cards at each of its steps, where `utilization` is a mean
        over a time of its own. Of matrix cores only a profiler knows.
        """
        metrics = self.metrics()
        if isinstance(metrics, Absence):
            return metrics
        if metrics.activity_count is None or metrics.steps is None:
            return Absence.UNSUPPORTED
        earlier, self._activity = self._activity, (metrics.activity_count, metrics.steps)
        if earlier is None:
            return None
        work, steps = (
            (now - before) % _COUNT_WRAPS
            for now, before in zip(self._activity, earlier, strict=True)
        )
        return work / steps if steps and work <= 100 * steps else None

    def memory_bus_load(self) -> float | Absence:
        """Return how busy the memory controller is."""
        path = self.device / "mem_busy_percent"
        return read_percent(path) if path.exists() else self.from_metrics("memory_bus_load")

    def video_load(self) -> float | Absence:
        """Return the load of the video engines, which decode and encode."""
        path = self.device / "vcn_busy_percent"
        return read_percent(path) if path.exists() else self.from_metrics("video_load")

    def memory(self, what: str) -> int | Absence:
        """Return the `used` or `total` bytes of the pool that programs allocate from.

        A processor's GPU has a small piece set apart, always nearly full, and the pool proper in
        the machine's memory (GTT). As the kernel does, the larger one is taken for the pool.
        """
        own = read_integer(self.device / "mem_info_vram_total", low=1)
        pool = "vram"
        if self.identity.unified_memory:
            shared = read_integer(self.device / "mem_info_gtt_total", low=1)
            if not isinstance(shared, Absence) and (isinstance(own, Absence) or shared > own):
                pool, own = "gtt", shared
        if isinstance(own, Absence) or what == "total":
            return own
        return read_integer(self.device / f"mem_info_{pool}_used", high=own)

    # --- Sensors

    def temperatures(self) -> dict[str, float] | Absence:
        """Return the sensors by our names, the main one first."""
        found: dict[str, float] = {}
        reason = Absence.UNSUPPORTED
        if self.hwmon:
            for number, label in self.hwmon.labels.get("temp", {}).items():
                celsius = self.hwmon.celsius(number)
                if isinstance(celsius, Absence):
                    reason = celsius
                    continue
                unlabelled = UNLABELLED_SENSORS.get(number, f"sensor {number}")
                sensor = SENSORS.get(label, label or unlabelled)
                # Boards whose memory has no sensor have a channel for it that stays at 0.
                if celsius or sensor != "memory":
                    found[sensor] = celsius
        metrics = self.metrics()
        if isinstance(metrics, gpu_metrics.GpuMetrics):
            # The firmware also knows what the sensors' driver does not show.
            found = {**metrics.temperatures, **found}
        order = list(SENSORS.values())
        ranked = sorted(found, key=lambda name: order.index(name) if name in order else len(order))
        return {name: found[name] for name in ranked} if found else reason

    def power(self) -> float | Absence:
        """Return the average where the driver has one; an integrated GPU's includes the CPU."""
        if self.hwmon is None or not self.hwmon.labels.get("power"):
            return self.from_metrics("power")
        return first_present(self.hwmon.watts(1, "average"), self.hwmon.watts(1, "input"))

    def energy(self) -> float | Absence | None:
        """Return joules: since power came, or since the watch began where the count wraps.

        The firmware of cards up to RDNA2 counts in 32 bits, which is 65,536 J: minutes of work.
        """
        metrics = self.metrics()
        if isinstance(metrics, Absence):
            return metrics
        if metrics.energy_count is None:
            return Absence.UNSUPPORTED
        if not metrics.energy_wraps:
            return metrics.energy_count * gpu_metrics.JOULES_PER_COUNT
        earlier, self._energy_count = self._energy_count, metrics.energy_count
        if earlier is None:
            return None
        step = metrics.energy_count - earlier
        self._energy_grown += step % gpu_metrics.ENERGY_WRAPS if step < 0 else step
        return self._energy_grown * gpu_metrics.JOULES_PER_COUNT

    def measures(self) -> dict[str, str]:
        """Return what power, energy and load are of, where that is not what their names say."""
        found = {"power": "with the processor"} if self.identity.unified_memory else {}
        if self._energy_count is not None:
            found["energy"] = "since the watch began"
        if self._visible_alone:
            found["utilization"] = "visible processes"
        return found

    def power_limit(self) -> float | Absence:
        """Return the limit in force."""
        limit = self.hwmon.watts(1, "cap") if self.hwmon else Absence.UNSUPPORTED
        return limit or Absence.UNSUPPORTED

    def clock_of(self, label: str, levels: str, name: str) -> float | Absence:
        """Return MHz: measured, else the marked level, else the firmware table's."""
        measured: float | Absence = Absence.UNSUPPORTED
        if self.hwmon:
            number = self.hwmon.channel("freq", label)
            unlabelled = UNLABELLED_CLOCKS.get(label, 0)
            if number is None and self.hwmon.labels.get("freq", {}).get(unlabelled) == "":
                number = unlabelled
            if number is not None:
                measured = self.hwmon.megahertz(number)
        if not isinstance(measured, Absence):
            return measured
        text = read_text(self.device / levels)
        marked = text if isinstance(text, Absence) else marked_level(text)
        if not isinstance(marked, Absence):
            return marked
        return first_present(self.from_metrics(name), measured, marked)

    def fan_rpm(self) -> int | Absence:
        """Return the fan's speed; 0 is one that stands still."""
        if self.hwmon is None or 1 not in self.hwmon.labels.get("fan", {}):
            return Absence.UNSUPPORTED
        return self.hwmon.rpm(1)

    def fan_percent(self) -> float | Absence:
        """Return how far the fan is driven."""
        if self.hwmon is None:
            return Absence.UNSUPPORTED
        # A fan that stands still keeps the duty that it would start with.
        turns = self.fan_rpm()
        if turns == 0:
            return 0.0
        if not isinstance(turns, Absence) and read_integer(self.hwmon.folder / "pwm1") == 0:
            # The firmware drives the fan, and the driver does not know how far.
            fastest = read_integer(self.hwmon.folder / "fan1_max", low=1)
            return fastest if isinstance(fastest, Absence) else min(100 * turns / fastest, 100.0)
        full = read_integer(self.hwmon.folder / "pwm1_max", low=1)
        full = 255 if isinstance(full, Absence) else full
        return read_scaled(self.hwmon.folder / "pwm1", full / 100, 0.0, 100.0)

    # --- State

    def throttle_reasons(self) -> tuple[str, ...] | Absence | None:
        """Return what holds the chip back now, or did since the last table."""
        metrics = self.metrics()
        if isinstance(metrics, Absence):
            return metrics
        earlier, self._residencies = self._residencies, dict(metrics.residencies)
        grown = [
            gpu_metrics.RESIDENCY_WORDS[name]
            for name, count in metrics.residencies.items()
            if count > earlier.get(name, count)
        ]
        if metrics.throttle_reasons is None and not earlier:
            return None if metrics.residencies else Absence.UNSUPPORTED
        present = filter(self._may_throttle, metrics.throttle_reasons or ())
        return tuple(dict.fromkeys([*present, *grown]))

    def _may_throttle(self, reason: str) -> bool:
        """Return whether a reason can be true: some firmware reports heat of a cold, idle chip."""
        if not reason.endswith("temperature"):
            return True
        if not isinstance(self._load, float) or self._load > _IDLE_PERCENT:
            return True
        sensor = reason.removesuffix("temperature").strip() or "gpu"
        return self._near_limit(sensor)

    def _near_limit(self, sensor: str) -> bool:
        """Return whether a sensor is near what the board may reach; of one unknown any other is."""
        near: dict[str, bool] = {}
        for number, label in (self.hwmon.labels.get("temp", {}) if self.hwmon else {}).items():
            folder = self.hwmon.folder if self.hwmon else Path()
            limit = read_scaled(folder / f"temp{number}_crit", 1e3, 1.0, CELSIUS_HIGH)
            celsius = self.hwmon.celsius(number) if self.hwmon else Absence.UNSUPPORTED
            if not isinstance(limit, Absence) and not isinstance(celsius, Absence):
                near[SENSORS.get(label, label)] = celsius >= limit - _NEAR_CELSIUS
        return near.get(sensor, any(near.values()) or not near)

    def throttled(self, *names: str) -> float | Absence | None:
        """Return the percent of the time since its last reading that any of the counters grew in.

        The firmware counts, of its steps, those at which the chip was held back.
        """
        metrics = self.metrics()
        if isinstance(metrics, Absence):
            return metrics
        counts = [metrics.residencies[name] for name in names if name in metrics.residencies]
        if not counts or metrics.steps is None:
            return Absence.UNSUPPORTED
        later = (*counts, metrics.steps)
        earlier, self._throttled[names] = self._throttled.get(names), later
        if earlier is None or len(earlier) != len(later):
            return None
        *grown, steps = (
            (now - before) % _COUNT_WRAPS for now, before in zip(later, earlier, strict=True)
        )
        return min(100 * max(grown) / steps, 100.0) if steps else None

    def link(self) -> Link:
        """Return the slot's link, read once a sample."""
        if self._link is None:
            self._link = self._read_link()
        return self._link

    def _read_link(self) -> Link:
        """Return the slot's link, from whatever knows it; nothing for a part of the processor."""
        if self.identity.unified_memory:
            return Link()
        slot = slot_device(self.device, VENDOR_ID)
        levels = pcie_levels(text_or_none(self.device / "pp_dpm_pcie") or "")
        # Where nothing shows the slot, only cards so old that they carry no switch lack levels.
        link = read_link(slot) if slot else levels or read_link(self.device)
        metrics = self.metrics()
        if isinstance(metrics, gpu_metrics.GpuMetrics) and metrics.pcie_generation:
            link = replace(
                link,
                generation=metrics.pcie_generation,
                width=metrics.pcie_width or link.width,
            )
        return link

    def memory_errors(self, which: int) -> int | Absence:
        """Return the errors of all blocks: corrected (0) or not (1)."""
        if self._errors is None:
            self._errors = error_counts(self.device / "ras")
        return self._errors if isinstance(self._errors, Absence) else self._errors[which]

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
        for pid, memory in kfd.memory_by_process(self.roots, self._kfd_ids()).items():
            known = found.get(pid) or GpuProcess(
                pid, user=scan.user(pid), command=scan.command(pid)
            )
            found[pid] = replace(
                known,
                kind="compute+graphics" if known.kind and "graphics" in known.kind else "compute",
                memory=max(memory, known.memory or 0),
                # The engines' time does not count compute work, so a 0 there tells nothing.
                load=known.load or None,
            )
        return tuple(found[pid] for pid in sorted(found))

    def _kfd_ids(self) -> frozenset[int]:
        """Return what the compute driver calls the card."""
        if self._compute_ids is None:
            self._compute_ids = kfd.gpu_ids(self.roots, self.drm.slot or "")
        return self._compute_ids

    def hidden_processes(self) -> int:
        """Return how many processes could not be looked into."""
        return shared_scan(self.roots, self.clock).scan().hidden
