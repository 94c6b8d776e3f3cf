"""One Intel card: its units, and what each of its driver's files says."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from trackio_view.model.gpu import TIME_AWAKE, VISIBLE_PROCESSES, Absence, GpuIdentity, GpuProcess
from trackio_view.sources.gpu.intel import memory as intel_memory
from trackio_view.sources.gpu.intel.gts import Gt, find_gts
from trackio_view.sources.gpu.kernel.chosen_sources import ChosenSources
from trackio_view.sources.gpu.kernel.drm import INTEL_ID, DrmCard
from trackio_view.sources.gpu.kernel.fdinfo import gpu_processes, shared_scan, visible_load
from trackio_view.sources.gpu.kernel.hwmon import (
    MEGAHERTZ_HIGH,
    WATTS_HIGH,
    Hwmon,
    find_hwmon,
    in_order,
)
from trackio_view.sources.gpu.kernel.pcie import Link, read_link, slot_device
from trackio_view.sources.gpu.kernel.sysfs import (
    is_unread,
    read_integer,
    read_meminfo,
    read_scaled,
    read_text,
    text_or_none,
)
from trackio_view.sources.gpu.product_names import card_name
from trackio_view.sources.gpu.sampler import Clock, Roots

SENSORS = {"pkg": "gpu", "vram": "memory", "mctrl": "memory controller", "pcie": "pcie"}
"""Driver's label -> ours."""
_UNLABELLED_SENSORS = {1: "gpu", 2: "gpu", 3: "memory", 4: "memory controller", 5: "pcie"}
"""i915 has only the first, without a label."""
_CHANNEL = "vram_ch"
"""What the labels of the memory's channels begin with."""


def sensor_name(number: int, label: str) -> str:
    """Return our name of a sensor with that number and the driver's label, which may be empty."""
    if label.startswith(_CHANNEL):
        return "memory"
    return SENSORS.get(label, label or _UNLABELLED_SENSORS.get(number, f"sensor {number}"))


_VIDEO_ENGINES = frozenset({"video", "vcs"})
_RENDER_ENGINES = frozenset({"render", "compute", "rcs", "ccs"})


@dataclass(slots=True, eq=False, repr=False)
class IntelCard:
    """One card, and what was counted at its last reading."""

    drm: DrmCard
    roots: Roots
    clock: Clock
    identity: GpuIdentity
    discrete: bool
    hwmon: Hwmon | None = None
    gts: tuple[Gt, ...] = ()
    load: float | Absence | None = None
    """The newest reading of the load."""
    _chosen: ChosenSources = field(default_factory=ChosenSources)
    _measures: dict[str, str] = field(default_factory=dict)
    _link: Link | None = None
    _memory: tuple[int | Absence, int | Absence] | None = None
    _idle: dict[Path, tuple[float, int]] = field(default_factory=dict)
    _energy: dict[int, tuple[float, int]] = field(default_factory=dict)

    @property
    def device(self) -> Path:
        """The device's folder in sysfs."""
        return self.drm.device

    def begin(self, now: float) -> None:
        """Forget the last sample's readings."""
        self._link = self._memory = None
        if self.hwmon is None or not self.hwmon.folder.is_dir():
            self.hwmon = find_hwmon(self.device, ("i915", "xe"))
        if not self.gts or not self.gts[0].folder.is_dir():
            self.gts = tuple(find_gts(self.drm))

    def reset(self) -> None:
        """Forget all counters, and from where the card's values came."""
        self._chosen.clear()
        self._idle.clear()
        self._energy.clear()

    def move(self, drm: DrmCard) -> None:
        """Read from another place from now on, where another card may be."""
        self.drm, self.hwmon, self.gts = drm, None, ()
        name = card_name(drm, self.identity.vendor, self.roots)
        self.identity = self.identity._replace(name=name, driver=drm.driver)

    # --- Load

    def utilization(self) -> float | Absence | None:
        """Return how much of the time the graphics units were awake: an upper bound of the load.

        Without privileges there is nothing closer. Without the counters, the load is that of the
        processes that may be looked into: a lower bound.
        """
        self.load = self._read_load()
        return self.load

    def _read_load(self) -> float | Absence | None:
        self._measures.pop("utilization", None)
        awake = [self._awake(gt) for gt in self.gts if not gt.media]
        if None in awake:
            # The unit that is known with the next reading may be the busiest.
            return None
        failures = (one for one in awake if is_unread(one) and one is not Absence.DENIED)
        failure = next(failures, None)
        if failure is not None:
            return failure
        known = [percent for percent in awake if isinstance(percent, float)]
        if known:
            self._measures["utilization"] = TIME_AWAKE
            return max(known)
        load = visible_load(self.roots, self.clock, self.drm.slot, _RENDER_ENGINES)
        if isinstance(load, float):
            self._measures["utilization"] = VISIBLE_PROCESSES
        return load

    def video_load(self) -> float | Absence | None:
        """Return the load of the video engines by the processes that may be looked into."""
        self._measures.pop("decoder", None)
        load = visible_load(self.roots, self.clock, self.drm.slot, _VIDEO_ENGINES)
        if isinstance(load, float):
            self._measures["decoder"] = VISIBLE_PROCESSES
        return load

    def tell_measure(self, name: str, words: str | None) -> None:
        """Keep what a reading of a field measures; `None` where the field's name says it."""
        self._measures.pop(name, None)
        if words is not None:
            self._measures[name] = words

    def measures(self) -> dict[str, str]:
        """Return what the newest loads are percentages of, and of whom the processes are."""
        sees_everybody = shared_scan(self.roots, self.clock).sees_everybody
        return {**self._measures, **({} if sees_everybody else {"processes": VISIBLE_PROCESSES})}

    def _awake(self, gt: Gt) -> float | Absence | None:
        if gt.idle is None:
            return Absence.UNSUPPORTED
        count = self._chosen.read_only(str(gt.idle), partial(read_integer, gt.idle))
        if isinstance(count, Absence):
            self._idle.pop(gt.idle, None)
            return count
        now = self.clock()
        earlier = self._idle.get(gt.idle)
        self._idle[gt.idle] = (now, count)
        if earlier is None or count < earlier[1] or now <= earlier[0]:
            return None
        if count == earlier[1] and not self.roots.live:
            # In a capture the counters stand still, which does not mean that the GPU is busy.
            return None
        share = (count - earlier[1]) / ((now - earlier[0]) * 1e3)
        return min(max(100.0 * (1.0 - share), 0.0), 100.0)

    # --- Memory

    def memory(self, which: int) -> int | Absence:
        """Return the bytes used (0) or in total (1)."""
        if self._memory is None:
            self._memory = self._read_memory()
        return self._memory[which]

    def _read_memory(self) -> tuple[int | Absence, int | Absence]:
        if not self.discrete:
            pool = read_meminfo(self.roots)
            return (pool, pool) if isinstance(pool, Absence) else pool
        used: int | Absence = Absence.UNSUPPORTED
        total: int | Absence = Absence.UNSUPPORTED
        if self.roots.live:
            # A capture has no driver to ask.
            used, total = intel_memory.read(self.roots, self.drm)
        self.tell_measure("memory_used", None)
        processes = self.processes() if isinstance(used, Absence) else used
        if isinstance(processes, tuple):
            # A user who may not ask the driver can still add up what visible processes hold.
            held = [process.memory for process in processes if process.memory is not None]
            if held:
                used = sum(held)
                self.tell_measure("memory_used", VISIBLE_PROCESSES)
        return used, total

    # --- Sensors

    def temperatures(self) -> dict[str, float] | Absence:
        """Return the sensors by our names, the main one first; memory channels as their hottest.

        While one of the channels cannot be read, none stands for all of them.
        """
        found: dict[str, float] = {}
        channels: list[float] = []
        all_told = True
        reason = Absence.UNSUPPORTED
        if self.hwmon is None:
            return reason
        for number, label in self.hwmon.labels.get("temp", {}).items():
            celsius = self.hwmon.celsius(number)
            if isinstance(celsius, Absence):
                reason = celsius
                all_told = all_told and not (label.startswith(_CHANNEL) and is_unread(celsius))
            elif not celsius:
                # A channel without a sensor answers this.
                continue
            elif label.startswith(_CHANNEL):
                channels.append(celsius)
            else:
                found[sensor_name(number, label)] = celsius
        if channels and all_told:
            found.setdefault("memory", max(channels))
        return in_order(found, SENSORS.values()) if found else reason

    def _energy_channels(self) -> list[int]:
        """Return the counters of energy: the card's first, then the chip's."""
        labels = self.hwmon.labels.get("energy", {}) if self.hwmon else {}
        ranks = {"card": 0, "": 0, "pkg": 1}
        return sorted(labels, key=lambda number: (ranks.get(labels[number], 2), number))

    def energy(self) -> float | Absence:
        """Return the joules of the first counter that counts; some stay 0."""
        found = self._count_energy()
        return found if isinstance(found, Absence) else found[1] / 1e6

    def _count_energy(self) -> tuple[int, int] | Absence:
        """Return the channel and its microjoules, a 64-bit count.

        While the first one cannot be read, none is told: another one counts another part.
        """

        def channel(number: int) -> tuple[int, int] | Absence:
            folder = self.hwmon.folder if self.hwmon else Path()
            count = read_integer(folder / f"energy{number}_input")
            if isinstance(count, Absence):
                return count
            return (number, count) if count else Absence.UNSUPPORTED

        return self._chosen.read(
            "energy",
            [(str(number), partial(channel, number)) for number in self._energy_channels()],
        )

    def power(self) -> float | Absence | None:
        """Return the mean watts since the energy counter last moved."""
        found = self._count_energy()
        if isinstance(found, Absence):
            return found
        number, count = found
        now = self.clock()
        earlier = self._energy.get(number)
        if earlier is None or count < earlier[1]:
            self._energy[number] = (now, count)
            return None
        if count == earlier[1] or now <= earlier[0]:
            # A card that is awake draws power, so the counter has only not moved yet.
            return None
        self._energy[number] = (now, count)
        watts = (count - earlier[1]) / 1e6 / (now - earlier[0])
        # A count that leaps farther was set anew.
        return watts if watts <= WATTS_HIGH else None

    def power_limit(self) -> float | Absence:
        """Return the limit in force, the card's before the chip's; 0 means switched off.

        Where the driver tells no lasting limit, it is the limit of peaks.
        """
        if self.hwmon is None:
            return Absence.UNSUPPORTED
        numbers = [
            number
            for label in ("card", "pkg")
            for number in (1, 2)
            if text_or_none(self.hwmon.folder / f"power{number}_label") == label
        ]
        reason = Absence.UNSUPPORTED
        channels = numbers or [1]
        lasting = [(number, what) for number in channels for what in ("max", "cap")]
        for number, what in (*lasting, *((number, "crit") for number in channels)):
            watts = self.hwmon.watts(number, what)
            if is_unread(watts):
                return watts
            if isinstance(watts, Absence):
                reason = watts if reason is Absence.UNSUPPORTED else reason
            elif watts > 0:
                return watts
        return reason

    def clock_of(self, media: bool) -> float | Absence:
        """Return the fastest MHz of the units of a kind; 0 is a unit asleep."""
        found: list[float] = []
        reason = Absence.UNSUPPORTED
        for gt in self.gts:
            if gt.media is media:
                path = gt.folder / gt.actual_clock
                megahertz = read_scaled(path, 1.0, 0.0, MEGAHERTZ_HIGH)
                if isinstance(megahertz, Absence):
                    reason = megahertz
                else:
                    found.append(megahertz)
        return max(found) if found else reason

    def _fans(self) -> dict[int, int] | Absence:
        found: dict[int, int] = {}
        reason = Absence.UNSUPPORTED
        if self.hwmon is None:
            return reason
        for number in self.hwmon.labels.get("fan", {}):
            rpm = self.hwmon.rpm(number)
            if is_unread(rpm):
                # The fan that cannot be read may be the fastest one.
                return rpm
            if isinstance(rpm, Absence):
                reason = rpm
            else:
                found[number] = rpm
        return found or reason

    def fan_rpm(self) -> int | Absence:
        """Return the speed of the fastest fan; a card may have sockets for more than it has."""
        fans = self._fans()
        return fans if isinstance(fans, Absence) else max(fans.values())

    def fan_percent(self) -> float | Absence:
        """Return the fastest fan's share of its full speed."""
        fans = self._fans()
        if isinstance(fans, Absence):
            return fans
        number = max(fans, key=lambda fan: fans[fan])
        folder = self.hwmon.folder if self.hwmon else Path()
        full = read_integer(folder / f"fan{number}_max", low=1)
        return full if isinstance(full, Absence) else min(fans[number] / full * 100, 100.0)

    # --- State

    def performance_state(self) -> str | Absence:
        """Return the first render unit's sleep state in the driver's word: `gt-c0` is awake."""
        for gt in self.gts:
            if gt.idle_status is not None and not gt.media:
                return read_text(gt.idle_status)
        return Absence.UNSUPPORTED

    def link(self) -> Link:
        """Return the slot's link, read once a sample.

        Arc cards have a switch, and the GPU's own link always says 2.5 GT/s x1; where the switch
        cannot be seen, the link is unknown.
        """
        if self._link is None:
            slot = slot_device(self.device, INTEL_ID) if self.discrete else None
            self._link = read_link(slot) if slot and slot != self.device else Link()
        return self._link

    # --- Processes

    def processes(self) -> tuple[GpuProcess, ...] | Absence:
        """Return who uses the card."""
        if self.drm.slot is None or not self.roots.proc.is_dir():
            return Absence.UNSUPPORTED
        scan = shared_scan(self.roots, self.clock).scan()
        return tuple(gpu_processes(scan, self.drm.slot, not self.discrete).values())

    def hidden_processes(self) -> int:
        """Return how many processes could not be looked into."""
        return shared_scan(self.roots, self.clock).scan().hidden
