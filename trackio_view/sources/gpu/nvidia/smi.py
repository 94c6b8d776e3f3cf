"""NVIDIA's GPUs through `nvidia-smi`, where the driver's library cannot be asked: a line for each.

The fields are those that `nvidia-smi --help-query-gpu` lists; one that a driver does not know is
left out. It tells no activity, traffic, repaired memory or processes.
"""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trackio_view.light_typing import NamedTuple
from trackio_view.model.gpu import Absence, GpuIdentity, GpuSample, VendorReport
from trackio_view.model.gpu_fields import FIELDS_THAT_MAY_LACK
from trackio_view.sources.gpu.kernel.pcie import pci_key
from trackio_view.sources.gpu.nvidia.words import (
    COMPUTE_MODES,
    INSTANCES_UNKNOWN,
    VENDOR,
    throttle_words,
)
from trackio_view.sources.gpu.sampler import Clock, Found, Roots, Tier

LACKS = "nvidia-smi tells nothing of activity, traffic, repaired memory and processes"

_LEAST_SECONDS = 2.0
"""Each call starts a process that opens the driver anew."""
_PATIENCE_SECONDS = 15.0
_MEBIBYTE = 1 << 20
_UNKNOWN_FIELD = re.compile(r'Field "([\w.]+)" is not a valid field')
_NO_VALUES = (
    ("permission", Absence.DENIED),
    ("lost", Absence.LOST),
    ("reset", Absence.LOST),
    ("unknown error", Absence.LOST),
    ("err!", Absence.FAILED),
)
"""Words within the brackets that stand in place of a value; any other word means "not supported".
"""


class Queried(NamedTuple):
    """A field of a sample, and what `nvidia-smi` calls it."""

    name: str
    asked: str
    factor: float = 1.0
    is_whole: bool = False
    high: float = 1e18
    low: float = 0.0


_LEAST_WATTS = 0.01
"""A chip always draws power, so 0 means that the board does not measure it or has no such limit."""

_QUERIED: tuple[Queried, ...] = (
    Queried("utilization", "utilization.gpu", high=100),
    Queried("memory_bus_load", "utilization.memory", high=100),
    Queried("memory_used", "memory.used", _MEBIBYTE, is_whole=True),
    Queried("memory_total", "memory.total", _MEBIBYTE, is_whole=True, low=1),
    Queried("power", "power.draw", low=_LEAST_WATTS, high=20_000),
    Queried("power_limit", "power.limit", low=_LEAST_WATTS, high=20_000),
    Queried("clock_graphics", "clocks.current.graphics", high=50_000),
    Queried("clock_sm", "clocks.current.sm", high=50_000),
    Queried("clock_memory", "clocks.current.memory", high=50_000),
    Queried("clock_video", "clocks.current.video", high=50_000),
    Queried("fan_percent", "fan.speed", high=1000),
    Queried("pcie_generation", "pcie.link.gen.current", is_whole=True, low=1, high=20),
    Queried("pcie_width", "pcie.link.width.current", is_whole=True, low=1, high=64),
    Queried("pcie_generation_max", "pcie.link.gen.max", is_whole=True, low=1, high=20),
    Queried("pcie_width_max", "pcie.link.width.max", is_whole=True, low=1, high=64),
    Queried("memory_reserved", "memory.reserved", _MEBIBYTE, is_whole=True),
    Queried("power_instant", "power.draw.instant", low=_LEAST_WATTS, high=20_000),
    Queried("power_average", "power.draw.average", low=_LEAST_WATTS, high=20_000),
    Queried("power_module", "module.power.draw.average", low=_LEAST_WATTS, high=20_000),
    Queried("power_limit_min", "power.min_limit", low=_LEAST_WATTS, high=20_000),
    Queried("power_limit_max", "power.max_limit", low=_LEAST_WATTS, high=20_000),
    Queried("power_limit_default", "power.default_limit", low=_LEAST_WATTS, high=20_000),
    Queried("heat_margin", "temperature.gpu.tlimit", high=250, low=-250),
    Queried("clock_graphics_max", "clocks.max.graphics", high=50_000),
    Queried("clock_memory_max", "clocks.max.memory", high=50_000),
    Queried("encoder", "utilization.encoder", high=100),
    Queried("decoder", "utilization.decoder", high=100),
    Queried("ecc_corrected", "ecc.errors.corrected.volatile.total", is_whole=True),
    Queried("ecc_uncorrected", "ecc.errors.uncorrected.volatile.total", is_whole=True),
)
_SENSORS = {"gpu": "temperature.gpu", "memory": "temperature.memory"}
_STATE = "pstate"
_RETIRED = ("retired_pages.single_bit_ecc.count", "retired_pages.double_bit.count")
_REASONS = ("clocks_event_reasons.active", "clocks_throttle_reasons.active")
"""The names of the bits that tell what holds the GPU back, of newer and of older drivers."""
_FIRMWARE, _PERSISTENCE, _MODE, _PARTITIONS = (
    *("vbios_version", "persistence_mode"),
    *("compute_mode", "mig.mode.current"),
)
_WORDS: Mapping[str, Mapping[str, Any]] = {
    _PERSISTENCE: {"Enabled": "on", "Disabled": "off"},
    _MODE: {
        "Default": COMPUTE_MODES[0],
        "Exclusive_Thread": COMPUTE_MODES[1],
        "Prohibited": COMPUTE_MODES[2],
        "Exclusive_Process": COMPUTE_MODES[3],
    },
    _PARTITIONS: {"Enabled": (INSTANCES_UNKNOWN,), "Disabled": ()},
}
"""The word of `nvidia-smi` for a field -> the word that readings from the driver's library have."""
_ADDRESS, _UUID, _NAME, _DRIVER = _IDENTITY = ("pci.bus_id", "uuid", "name", "driver_version")
ASKED = (
    *(*_IDENTITY, *(field.asked for field in _QUERIED), *_SENSORS.values(), _STATE),
    *(*_RETIRED, *_REASONS, _FIRMWARE, *_WORDS),
)

RunCommand = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


class SmiFault(OSError):
    """`nvidia-smi` told nothing; the text is what it printed instead."""


class Smi:
    """What `nvidia-smi` told last about all GPUs; several threads ask for it, and seldom."""

    def __init__(self, program: str, clock: Clock, run: RunCommand | None = None) -> None:
        self._program = program
        self._clock = clock
        self._run = _run if run is None else run
        self._asked = list(ASKED)
        self._knows_its_fields = False
        self._lock = threading.Lock()
        self._told_at = float("-inf")
        self._told: dict[str, dict[str, str]] = {}
        self._fault: SmiFault | None = None
        """Why it told nothing when it was asked last."""

    def told(self) -> tuple[float, Mapping[str, Mapping[str, str]]]:
        """Return when it was asked, and what it said of each GPU by its key. Raises SmiFault."""
        with self._lock:
            if self._clock() - self._told_at >= _LEAST_SECONDS:
                try:
                    self._told, self._fault = self._ask(), None
                except SmiFault as fault:
                    # One that hangs is not asked by each GPU's thread in turn.
                    self._fault = fault
                self._told_at = self._clock()
            if self._fault is not None:
                raise self._fault
            return self._told_at, self._told

    def _ask(self) -> dict[str, dict[str, str]]:
        while True:
            query = ",".join(self._asked)
            done = self._said(f"--query-gpu={query}", "--format=csv,noheader,nounits")
            told = self._parsed(done.stdout)
            if told or done.returncode == 0:
                # It fails for one GPU that is lost or damaged, and tells of the others.
                return told
            said = f"{done.stdout}\n{done.stderr}".strip()
            unknown = _UNKNOWN_FIELD.search(said)
            if unknown is None or unknown[1] not in self._asked or unknown[1] in _IDENTITY:
                raise SmiFault(0, said.splitlines()[0][:200] if said else "nvidia-smi fails")
            self._leave_out(unknown[1])

    def _leave_out(self, refused: str) -> None:
        """Stop asking for a field, and for all others that the driver does not list: each refusal
        costs a process.
        """
        self._asked.remove(refused)
        if self._knows_its_fields:
            return
        self._knows_its_fields = True
        listed = set(re.findall(r'"([\w.]+)"', self._said("--help-query-gpu").stdout))
        if listed.issuperset(_IDENTITY):
            self._asked = [name for name in self._asked if name in listed]

    def _said(self, *options: str) -> subprocess.CompletedProcess[str]:
        try:
            return self._run([self._program, *options])
        except subprocess.TimeoutExpired:
            raise SmiFault(0, "nvidia-smi does not answer") from None

    def _parsed(self, text: str) -> dict[str, dict[str, str]]:
        # Warnings may stand before, between and behind the lines of the GPUs.
        rows = [self._row(line) for line in text.replace("\0", "").splitlines()]
        return {_key(row): row for row in rows if _is_gpu(row)}

    def _row(self, line: str) -> dict[str, str]:
        try:
            words = next(csv.reader([line], skipinitialspace=True), [])
        except csv.Error:
            return {}
        surplus, place = len(words) - len(self._asked), self._asked.index(_NAME)
        if surplus > 0:
            # A name with commas, which are not quoted.
            words[place : place + surplus + 1] = [", ".join(words[place : place + surplus + 1])]
        row = dict(zip(self._asked, words, strict=False))
        if surplus > 0 and not re.fullmatch(r"\d+(\.\d+)+", row[_DRIVER]):
            # The commas are elsewhere, so it is not known which word is of which field.
            return {name: row[name] for name in (_ADDRESS, _UUID)}
        return row


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_PATIENCE_SECONDS,
        check=False,
    )


class SmiSampler:
    """One GPU that `nvidia-smi` tells of."""

    def __init__(self, smi: Smi, identity: GpuIdentity) -> None:
        self.identity = identity
        self._smi = smi

    def sample(self, tiers: Tier) -> GpuSample:
        """Return what it said last. Raises SmiFault."""
        at, told = self._smi.told()
        row = told.get(self.identity.key)
        if row is None:
            return GpuSample(
                self.identity, at, state=Absence.LOST, state_text="not listed any more"
            )
        return sample_of(self.identity, at, row)

    def close(self) -> None:
        """Do nothing: each look is a process of its own."""


def sample_of(identity: GpuIdentity, at: float, row: Mapping[str, str]) -> GpuSample:
    """Return a reading, given the fields' names in `nvidia-smi` -> its answers."""
    found: dict[str, Any] = {field.name: _number(field, row) for field in _QUERIED}
    sensors = {
        name: _number(Queried(name, asked, low=1, high=250), row)
        for name, asked in _SENSORS.items()
    }
    main = sensors["gpu"]
    found["temperatures"] = {
        name: value for name, value in sensors.items() if not isinstance(value, Absence)
    } or main
    state = row.get(_STATE, "")
    found["performance_state"] = state if re.fullmatch(r"P\d+", state) else _absence(state)
    retired = [_number(Queried("", asked, is_whole=True), row) for asked in _RETIRED]
    counted = [count for count in retired if not isinstance(count, Absence)]
    found["pages_retired"] = sum(counted) if counted else retired[0]
    found["throttle_reasons"] = _held_back_by(row)
    version = row.get(_FIRMWARE, "")
    found["firmware"] = version if re.fullmatch(r"[\w.]+", version) else _absence(version)
    for name, asked in (
        *(("persistence", _PERSISTENCE), ("compute_mode", _MODE)),
        ("partitions", _PARTITIONS),
    ):
        text = row.get(asked, "")
        found[name] = _WORDS[asked].get(text, _absence(text))
    if found["partitions"] == (INSTANCES_UNKNOWN,):
        # A GPU in partitions has no load of its own, yet some drivers answer 0.
        found["utilization"] = found["memory_bus_load"] = Absence.UNSUPPORTED
    lost = all(found[name] is Absence.LOST for name in _ALWAYS_TOLD)
    reasons = {
        name: value for name, value in found.items() if isinstance(value, Absence)
    } | dict.fromkeys(set(FIELDS_THAT_MAY_LACK) - found.keys(), Absence.BEYOND_SMI)
    values = {name: value for name, value in found.items() if not isinstance(value, Absence)}
    if lost:
        said = row.get("memory.used", "").strip("[]")
        return GpuSample(
            identity, at, reasons=reasons, state=Absence.LOST, state_text=said, **values
        )
    return GpuSample(identity, at, reasons=reasons, **values)


_ALWAYS_TOLD = ("utilization", "memory_used", "temperatures")
"""Fields that all fail together only where the GPU itself fails."""


def _number(field: Queried, row: Mapping[str, str]) -> float | Absence:
    text = row.get(field.asked, "")
    try:
        number = float(text)
    except ValueError:
        return _absence(text)
    if not field.low <= number <= field.high:
        return Absence.UNSUPPORTED
    number *= field.factor
    return int(number) if field.is_whole else number


def _held_back_by(row: Mapping[str, str]) -> tuple[str, ...] | Absence:
    """Return what holds the GPU back now, in words."""
    said = [row[name] for name in _REASONS if name in row]
    bits = next((text for text in said if re.fullmatch(r"0x[0-9a-fA-F]{1,16}", text)), None)
    return throttle_words(int(bits, 16)) if bits else _absence("".join(said[:1]))


def _absence(text: str) -> Absence:
    said = text.lower()
    return next((why for word, why in _NO_VALUES if word in said), Absence.UNSUPPORTED)


class SmiSearch:
    """The search for NVIDIA's GPUs by `nvidia-smi`."""

    def __init__(self) -> None:
        self._smi: Smi | None = None

    def __call__(self, roots: Roots, clock: Clock) -> Found:
        """Return what it lists. Raises SmiFault, which says why it tells nothing."""
        if not roots.live:
            return _none("A capture holds nothing that nvidia-smi could be asked.")
        program = shutil.which("nvidia-smi")
        if program is None:
            has_driver = (roots.proc / "driver" / "nvidia").is_dir()
            what = "NVIDIA's driver is loaded, but there" if has_driver else "There"
            return _none(f"{what} is no nvidia-smi on its PATH.")
        if self._smi is None:
            self._smi = Smi(program, clock)
        _, told = self._smi.told()
        samplers = tuple(SmiSampler(self._smi, _identity(row)) for row in told.values())
        names = ", ".join(sampler.identity.name for sampler in samplers)
        text = f"{len(samplers)} found by nvidia-smi: {names}; {LACKS}."
        return Found(samplers, VendorReport(VENDOR, len(samplers), text))


def _key(row: Mapping[str, str]) -> str:
    return pci_key(row[_ADDRESS]) or row[_UUID]


def _is_gpu(row: Mapping[str, str]) -> bool:
    """Return whether a line is that of a GPU; one that is no PCI device has its UUID alone."""
    return pci_key(row.get(_ADDRESS, "")) is not None or row.get(_UUID, "").startswith("GPU-")


def _identity(row: Mapping[str, str]) -> GpuIdentity:
    key = _key(row)
    name = row.get(_NAME) or f"{VENDOR} GPU {key}"
    return GpuIdentity(key, VENDOR, name, row.get(_DRIVER) or None, uuid=row.get(_UUID) or None)


def _none(text: str) -> Found:
    return Found((), VendorReport(VENDOR, 0, text))
