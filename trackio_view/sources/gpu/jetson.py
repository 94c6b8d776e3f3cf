"""NVIDIA's Jetson boards, whose GPU is known to the kernel only: no NVML answers for it.

Layouts: Nano, TX2, Xavier (JetPack 4 and 5), Orin (5 to 7) and Thor (7).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from trackio_view.model.gpu import Absence, GpuIdentity, GpuSample, VendorReport
from trackio_view.sources.gpu.kernel import thermal_zones
from trackio_view.sources.gpu.kernel.chosen_sources import ChosenSources
from trackio_view.sources.gpu.kernel.hwmon import (
    MEGAHERTZ_HIGH,
    RPM_HIGH,
    WATTS_HIGH,
)
from trackio_view.sources.gpu.kernel.sysfs import (
    list_folder,
    read_bytes,
    read_integer,
    read_meminfo,
    read_scaled,
    text_or_none,
)
from trackio_view.sources.gpu.sampler import Clock, FieldReading, Found, Readings, Roots, Tier

VENDOR = "Jetson"

GENERATIONS = {
    "tegra210": "Jetson Nano or TX1",
    "tegra186": "Jetson TX2",
    "tegra194": "Jetson Xavier",
    "tegra234": "Jetson Orin",
    "tegra264": "Jetson Thor",
}
"""Chip -> the name where the board does not tell its own."""

_LOAD_FILES = (
    "devices/gpu.0/load",
    "devices/platform/gpu.0/load",
    "devices/platform/bus@0/17000000.gpu/load",
    "devices/platform/17000000.gpu/load",
    "devices/57000000.gpu/load",
)
_GPU_NODE = re.compile(r"(gpu|gm20b|gp10b|gv11b|ga10b|gb10b|nvgpu)$")
_GPU_DEVFREQ = re.compile(r"(gpu(-gpc-\d+|\.0)?|.*\.(gpu|gm20b|gp10b|gv11b|ga10b|gb10b))$")


class JetsonBoard:
    """The board's files. They may appear after boot, so they are looked for until found."""

    def __init__(self, roots: Roots, identity: GpuIdentity) -> None:
        self.roots = roots
        self.identity = identity
        self._load: Path | None = None
        self._clock: Path | None = None
        self._rails: list[Rail] | None = None
        self._chosen = ChosenSources()
        self.measures: dict[str, str] = {}
        """The rail of the power that was read last."""

    def utilization(self) -> float | Absence:
        """Return the load, which the kernel gives in tenths of a percent."""
        if self._load is None or not self._load.exists():
            self._load = next(find_load_files(self.roots), None)
        if self._load is None:
            return Absence.UNSUPPORTED
        return read_scaled(self._load, 10.0, 0.0, 100.0)

    def clock_graphics(self) -> float | Absence:
        """Return the clock in MHz."""
        if self._clock is None or not self._clock.exists():
            folders = (folder / "cur_freq" for folder in find_devfreq(self.roots))
            self._clock = next((path for path in folders if path.exists()), None)
        if self._clock is None:
            return Absence.UNSUPPORTED
        return read_scaled(self._clock, 1e6, 0.0, MEGAHERTZ_HIGH)

    def memory(self, which: int) -> int | Absence:
        """Return the bytes used (0) or in total (1) of the memory that CPU and GPU share."""
        pool = read_meminfo(self.roots)
        return pool if isinstance(pool, Absence) else pool[which]

    def clock_max(self) -> float | Absence:
        """Return the highest clock in MHz."""
        told: float | Absence = Absence.UNSUPPORTED
        for folder in find_devfreq(self.roots):
            if told is Absence.UNSUPPORTED:
                told = read_scaled(folder / "max_freq", 1e6, 1.0, MEGAHERTZ_HIGH)
        return told

    def power(self) -> float | Absence:
        """Return the watts of the GPU's rail, else the board's.

        On some boards the rail feeds a neighbour too: `measures` has its name (`VDD_GPU_SOC`).
        """
        if not self._rails or not self._rails[0].exists():
            self._rails = list(find_rails(self.roots))
        rails = self._rails
        self.measures = {}
        of_gpu = [rail for rail in rails if "GPU" in rail.name.upper()]
        of_board = [rail for rail in rails if rail.name.upper() in _BOARD_RAILS]

        def told(rail: Rail) -> tuple[str, float] | Absence:
            watts = rail.watts()
            return watts if isinstance(watts, Absence) else (rail.name, watts)

        # The board's rail takes no place of the GPU's: it feeds more.
        found = self._chosen.read(
            "power", [(rail.name, partial(told, rail)) for rail in of_gpu + of_board]
        )
        if isinstance(found, Absence):
            return found
        self.measures = {"power": found[0]}
        return found[1]

    def fan(self, which: int) -> float | Absence:
        """Return the fan's duty in percent (0) or its speed in RPM (1)."""
        percent: float | Absence = Absence.UNSUPPORTED
        rpm: float | Absence = Absence.UNSUPPORTED
        parent = self.roots.sys / "class" / "hwmon"
        for name in list_folder(parent):
            folder, driver = parent / name, text_or_none(parent / name / "name")
            if driver == "pwmfan":
                percent = read_scaled(folder / "pwm1", 2.55, 0.0, 100.0)
            if driver in ("pwmfan", "pwm_tach", "tachometer"):
                for file in ("fan1_input", "rpm"):
                    speed = read_integer(folder / file, high=RPM_HIGH)
                    rpm = rpm if isinstance(speed, Absence) else speed
        if isinstance(percent, Absence):
            # JetPack 4.
            early = self.roots.sys / "devices" / "pwm-fan"
            percent = read_scaled(early / "cur_pwm", 2.55, 0.0, 100.0)
            if isinstance(rpm, Absence):
                rpm = read_integer(early / "rpm_measured", high=RPM_HIGH)
                # Where turns are not counted it is 0, also while the fan is driven.
                rpm = Absence.UNSUPPORTED if rpm == 0 and percent else rpm
        return (percent, rpm)[which]


class Rail:
    """A supply that the board's INA3221 measures, in either of its drivers' layouts."""

    def __init__(self, name: str, power: Path | None, voltage: Path, current: Path) -> None:
        self.name = name
        self._power = power
        self._voltage = voltage
        self._current = current

    def exists(self) -> bool:
        """Return whether the rail's file is still there."""
        return (self._power or self._voltage).exists()

    def watts(self) -> float | Absence:
        """Return the power: milliwatts, or millivolts times milliamperes."""
        if self._power:
            return read_scaled(self._power, 1e3, 0.0, WATTS_HIGH)
        volts = read_scaled(self._voltage, 1e3, 0.0, 100.0)
        amperes = read_scaled(self._current, 1e3, 0.0, 1000.0)
        if isinstance(volts, Absence):
            return volts
        return amperes if isinstance(amperes, Absence) else volts * amperes


_BOARD_RAILS = frozenset({"VDD_IN", "VIN", "POM_5V_IN", "VDD_5V_IN", "5V_IN"})
_RAIL_NUMBERS = range(1, 4)
"""A chip has three channels; `in4` and on are the voltages of the shunts."""


def find_rails(roots: Roots) -> Iterator[Rail]:
    """Yield the rails that are connected (`NC` is one that is not)."""
    drivers = roots.sys / "bus" / "i2c" / "drivers"
    for chips in (drivers / "ina3221", drivers / "ina3221x"):
        for chip in list_folder(chips):
            for folder in (chips / chip / "hwmon" / name for name in _hwmons(chips / chip)):
                for number in _RAIL_NUMBERS:
                    name = text_or_none(folder / f"in{number}_label")
                    if name and name.upper() != "NC":
                        yield Rail(
                            name,
                            None,
                            folder / f"in{number}_input",
                            folder / f"curr{number}_input",
                        )
            # JetPack 4: an industrial I/O device, its channels counted from 0.
            for folder in (chips / chip / name for name in list_folder(chips / chip)):
                if not folder.name.startswith("iio:device"):
                    continue
                for number in range(3):
                    name = text_or_none(folder / f"rail_name_{number}")
                    if name and name.upper() != "NC":
                        power = folder / f"in_power{number}_input"
                        yield Rail(name, power, power, power)


def _hwmons(chip: Path) -> list[str]:
    return [name for name in list_folder(chip / "hwmon") if name.startswith("hwmon")]


def find_devfreq(roots: Roots) -> Iterator[Path]:
    """Yield the folders of the GPU's clock control."""
    parent = roots.sys / "class" / "devfreq"
    for name in list_folder(parent):
        node = text_or_none(parent / name / "device" / "of_node" / "name")
        if (node and _GPU_NODE.match(node)) or _GPU_DEVFREQ.match(name):
            yield parent / name


def find_load_files(roots: Roots) -> Iterator[Path]:
    """Yield the files with the GPU's load that exist."""
    candidates = [folder / "device" / "load" for folder in find_devfreq(roots)]
    candidates += [roots.sys / file for file in _LOAD_FILES]
    for platform in ("devices", "devices/platform", "devices/platform/bus@0"):
        for name in list_folder(roots.sys / platform):
            if _GPU_DEVFREQ.match(name):
                candidates.append(roots.sys / platform / name / "load")
    for path in candidates:
        if path.exists():
            yield path


FIELDS: tuple[FieldReading[JetsonBoard], ...] = (
    FieldReading("utilization", Tier.FAST, JetsonBoard.utilization),
    FieldReading("memory_used", Tier.FAST, lambda board: board.memory(0)),
    FieldReading("memory_total", Tier.FAST, lambda board: board.memory(1)),
    FieldReading("temperatures", Tier.FAST, lambda board: thermal_zones.temperatures(board.roots)),
    FieldReading("power", Tier.FAST, JetsonBoard.power),
    FieldReading("measures", Tier.FAST, lambda board: board.measures),
    FieldReading("clock_graphics", Tier.FAST, JetsonBoard.clock_graphics),
    FieldReading(
        "throttle_reasons", Tier.MEDIUM, lambda board: thermal_zones.hot_zones(board.roots)
    ),
    FieldReading("heat_limits", Tier.SLOW, lambda board: thermal_zones.heat_limits(board.roots)),
    FieldReading("heat_margin", Tier.MEDIUM, lambda board: thermal_zones.heat_margin(board.roots)),
    FieldReading("clock_graphics_max", Tier.SLOW, JetsonBoard.clock_max),
    FieldReading("fan_percent", Tier.MEDIUM, lambda board: board.fan(0)),
    FieldReading("fan_rpm", Tier.MEDIUM, lambda board: board.fan(1)),
)
"""Only root can read what is missing here (memory clock, video engines, memory by process), or no
file tells it."""


class JetsonSampler:
    """Reads the board's one GPU."""

    def __init__(self, board: JetsonBoard, clock: Clock) -> None:
        self._board = board
        self._clock = clock
        self._readings = Readings()

    @property
    def identity(self) -> GpuIdentity:
        """Which board it is."""
        return self._board.identity

    def sample(self, tiers: Tier) -> GpuSample:
        """Return a reading; the GPU of a board is never gone, only its files may be."""
        now = self._clock()
        self._readings.refresh(FIELDS, self._board, tiers)
        return self._readings.sample(self.identity, now)

    def close(self) -> None:
        """Do nothing: no file stays open."""


def chip_of(roots: Roots) -> str | None:
    """Return the Jetson's chip (`tegra234`), or `None` on any other machine."""
    for folder in _device_trees(roots):
        compatible = read_bytes(folder / "compatible")
        if isinstance(compatible, bytes):
            match = re.search(rb"nvidia,(tegra\d+)", compatible)
            chip = match[1].decode() if match else None
            return chip if chip in GENERATIONS else None
    # Without a device tree (in some containers), the release file names the oldest chip only.
    release = text_or_none(roots.etc / "nv_tegra_release")
    if release is None:
        return None
    return "tegra210" if "t210" in release else "tegra"


def _device_trees(roots: Roots) -> tuple[Path, Path]:
    return roots.proc / "device-tree", roots.sys / "firmware" / "devicetree" / "base"


def discover(roots: Roots, clock: Clock) -> Found:
    """Return the board's GPU where the machine is a Jetson."""
    chip = chip_of(roots)
    if chip is None:
        text = f"{roots.proc / 'device-tree'} does not describe a Jetson."
        return Found((), VendorReport(VENDOR, 0, text))
    if chip == "tegra264" and roots.live and (roots.proc / "driver" / "nvidia").exists():
        text = "This board's GPU answers to NVIDIA's library, and is found there."
        return Found((), VendorReport(VENDOR, 0, text))
    models = (text_or_none(folder / "model") for folder in _device_trees(roots))
    name = next((model for model in models if model), GENERATIONS.get(chip, "Jetson"))
    identity = GpuIdentity(key=chip, vendor=VENDOR, name=name, driver="nvgpu", unified_memory=True)
    load = next(find_load_files(roots), None)
    found = f"its load is in {load}" if load else "no file has its load (yet)"
    text = f"1 found by the device tree: {name}; {found}."
    return Found(
        (JetsonSampler(JetsonBoard(roots, identity), clock),), VendorReport(VENDOR, 1, text)
    )
