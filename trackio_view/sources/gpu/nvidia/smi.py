"""NVIDIA's GPUs through `nvidia-smi`, where its library cannot be asked: a line for each.

The fields are those that `nvidia-smi --help-query-gpu` lists; one that a driver does not know is
left out. It tells nothing of activity, traffic, health, throttling and processes.
"""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from trackio_view.model.gpu import Absence, GpuIdentity, GpuSample, VendorReport
from trackio_view.model.gpu_fields import FIELDS_THAT_MAY_LACK
from trackio_view.sources.gpu.kernel.pcie import pci_key
from trackio_view.sources.gpu.sampler import Clock, Found, Roots, Tier

VENDOR = "NVIDIA"
LACKS = "nvidia-smi tells nothing of activity, traffic, health and processes"

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
)
"""Words of what stands in brackets in the place of a value; all else there is not supported."""


class Queried(NamedTuple):
    """A field of a sample, and what `nvidia-smi` calls it."""

    name: str
    asked: str
    factor: float = 1.0
    is_whole: bool = False
    high: float = 1e18


_QUERIED: tuple[Queried, ...] = (
    Queried("utilization", "utilization.gpu", high=100),
    Queried("memory_bus_load", "utilization.memory", high=100),
    Queried("memory_used", "memory.used", _MEBIBYTE, is_whole=True),
    Queried("memory_total", "memory.total", _MEBIBYTE, is_whole=True),
    Queried("power", "power.draw", high=20_000),
    Queried("power_limit", "power.limit", high=20_000),
    Queried("clock_graphics", "clocks.current.graphics", high=50_000),
    Queried("clock_sm", "clocks.current.sm", high=50_000),
    Queried("clock_memory", "clocks.current.memory", high=50_000),
    Queried("clock_video", "clocks.current.video", high=50_000),
    Queried("fan_percent", "fan.speed", high=1000),
    Queried("pcie_generation", "pcie.link.gen.current", is_whole=True, high=20),
    Queried("pcie_width", "pcie.link.width.current", is_whole=True, high=64),
    Queried("pcie_generation_max", "pcie.link.gen.max", is_whole=True, high=20),
    Queried("pcie_width_max", "pcie.link.width.max", is_whole=True, high=64),
    Queried("ecc_corrected", "ecc.errors.corrected.volatile.total", is_whole=True),
    Queried("ecc_uncorrected", "ecc.errors.uncorrected.volatile.total", is_whole=True),
)
_SENSORS = {"gpu": "temperature.gpu", "memory": "temperature.memory"}
_STATE = "pstate"
_ADDRESS, _UUID, _NAME, _DRIVER = _IDENTITY = ("pci.bus_id", "uuid", "name", "driver_version")
ASKED = (*_IDENTITY, *(field.asked for field in _QUERIED), *_SENSORS.values(), _STATE)

Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


class SmiFault(OSError):
    """`nvidia-smi` told nothing; the text is its own word."""


class Smi:
    """What `nvidia-smi` told last of all GPUs; asked by several threads, and seldom."""

    def __init__(self, program: str, clock: Clock, run: Run | None = None) -> None:
        self._program = program
        self._clock = clock
        self._run = _run if run is None else run
        self._asked = list(ASKED)
        self._lock = threading.Lock()
        self._told_at = float("-inf")
        self._told: dict[str, dict[str, str]] = {}

    def told(self) -> tuple[float, Mapping[str, Mapping[str, str]]]:
        """Return when it was asked, and what it said of each GPU by its key. Raises SmiFault."""
        with self._lock:
            if self._clock() - self._told_at >= _LEAST_SECONDS:
                self._told = self._ask()
                self._told_at = self._clock()
            return self._told_at, self._told

    def _ask(self) -> dict[str, dict[str, str]]:
        while True:
            query = ",".join(self._asked)
            command = [self._program, f"--query-gpu={query}", "--format=csv,noheader,nounits"]
            try:
                done = self._run(command)
            except subprocess.TimeoutExpired:
                raise SmiFault(0, "nvidia-smi does not answer") from None
            if done.returncode == 0:
                return self._parsed(done.stdout)
            said = f"{done.stdout}\n{done.stderr}".strip()
            unknown = _UNKNOWN_FIELD.search(said)
            if unknown is None or unknown[1] not in self._asked or unknown[1] in _IDENTITY:
                raise SmiFault(0, said.splitlines()[0][:200] if said else "nvidia-smi fails")
            self._asked.remove(unknown[1])

    def _parsed(self, text: str) -> dict[str, dict[str, str]]:
        lines = csv.reader(text.splitlines(), skipinitialspace=True)
        rows = [dict(zip(self._asked, line, strict=False)) for line in lines if line]
        return {_key(row): row for row in rows if row.get(_ADDRESS)}


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
    """Return a reading of what `nvidia-smi` calls the fields -> what it says."""
    found: dict[str, Any] = {field.name: _number(field, row) for field in _QUERIED}
    sensors = {
        name: _number(Queried(name, asked, high=250), row) for name, asked in _SENSORS.items()
    }
    main = sensors["gpu"]
    found["temperatures"] = {
        name: value for name, value in sensors.items() if not isinstance(value, Absence)
    } or main
    state = row.get(_STATE, "")
    found["performance_state"] = state if re.fullmatch(r"P\d+", state) else _absence(state)
    reasons = {
        name: value for name, value in found.items() if isinstance(value, Absence)
    } | dict.fromkeys(set(FIELDS_THAT_MAY_LACK) - found.keys(), Absence.BEYOND_SMI)
    values = {name: value for name, value in found.items() if not isinstance(value, Absence)}
    return GpuSample(identity, at, reasons=reasons, **values)


def _number(field: Queried, row: Mapping[str, str]) -> float | Absence:
    text = row.get(field.asked, "")
    try:
        number = float(text)
    except ValueError:
        return _absence(text)
    if not 0 <= number <= field.high:
        return Absence.UNSUPPORTED
    number *= field.factor
    return int(number) if field.is_whole else number


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
    return pci_key(row[_ADDRESS]) or row[_ADDRESS]


def _identity(row: Mapping[str, str]) -> GpuIdentity:
    key = _key(row)
    name = row.get(_NAME) or f"{VENDOR} GPU {key}"
    return GpuIdentity(key, VENDOR, name, row.get(_DRIVER) or None, uuid=row.get(_UUID) or None)


def _none(text: str) -> Found:
    return Found((), VendorReport(VENDOR, 0, text))
