"""What one open GPU says of the program that has it open: the text of its fdinfo file.

Format: the kernel's `Documentation/gpu/drm-usage-stats.rst`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from trackio_view.sources.gpu.kernel.sysfs import whole_number
from trackio_view.sources.gpu.sampler import MOST_MEMORY

_UNITS = dict.fromkeys(("", "B", "NS", "CYCLES"), 1) | {
    unit: 1 << power
    for power, names in ((10, "KB KIB"), (20, "MB MIB"), (30, "GB GIB"), (40, "TB TIB"))
    for unit in names.split()
}
# The first key that is there is the best measure of the memory in use.
_MEMORY_KINDS = ("resident", "memory", "total")
_DEVICE_REGION = re.compile(r"(vram|local)\d*$")
_SHARED_REGION = re.compile(r"(vram|local|gtt|system|stolen)(-?[a-z]*)\d*$")
_EARLY_ENGINE = re.compile(r"(gfx|compute|dma|dec|enc_1|enc|jpeg)\d+$")
_EARLY_PERCENT = re.compile(r"(\d{1,6})\.(\d{1,2})%$")


@dataclass(frozen=True, slots=True)
class Engine:
    """How much an engine class has worked for a client. Counts only grow, in principle."""

    busy: int | None = None
    """Nanoseconds."""
    cycles: int | None = None
    total_cycles: int | None = None
    """The engine's own clock, to divide `cycles` by."""
    capacity: int = 1
    """Engines of the class."""
    percent: float | None = None
    """The share of its time, where the driver tells that and counts nothing."""


@dataclass(frozen=True, slots=True)
class Client:
    """What one open GPU says of itself."""

    driver: str
    device: str | None
    """The PCI address."""
    client_id: str | None
    engines: Mapping[str, Engine]
    memory: Mapping[str, int]
    """Bytes by region."""

    def bytes_used(self, unified: bool) -> int | None:
        """Return the GPU memory that the client holds; `None` where the driver tells nothing.

        With memory of its own, a GPU's system pages (`gtt`, `system`) are not GPU memory; where it
        shares the machine's, they are.
        """
        pattern = _SHARED_REGION if unified else _DEVICE_REGION
        sizes = [size for region, size in self.memory.items() if pattern.match(region)]
        return sum(sizes) if sizes else None


def parse(text: str) -> Client | None:
    """Return the client that an fdinfo file describes; `None` for a file that is no GPU's."""
    values = {}
    for line in text.replace("\0", "").splitlines():
        key, separator, value = line.partition(":")
        if separator:
            values[key.strip()] = value.strip()
    driver = values.get("drm-driver")
    if not driver:
        return _parse_early(values)
    numbers: dict[str, dict[str, int]] = {}
    for key, value in values.items():
        # `drm-engine-capacity-x` also begins like an engine named `capacity-x`.
        for prefix in ("engine-capacity", "engine", "cycles", "total-cycles"):
            if key.startswith(f"drm-{prefix}-"):
                count = _amount(value)
                if count is not None:
                    numbers.setdefault(prefix, {})[key[len(prefix) + 5 :]] = count
                break
    names = dict.fromkeys([*numbers.get("engine", ()), *numbers.get("cycles", ())])
    engines = {
        name: Engine(
            busy=numbers.get("engine", {}).get(name),
            cycles=numbers.get("cycles", {}).get(name),
            total_cycles=numbers.get("total-cycles", {}).get(name),
            capacity=max(numbers.get("engine-capacity", {}).get(name, 1), 1),
        )
        for name in names
    }
    sizes: dict[str, int] = {}
    for kind in _MEMORY_KINDS:
        for key, value in values.items():
            if key.startswith(f"drm-{kind}-") and not key.startswith("drm-total-cycles-"):
                size = _amount(value)
                if size is not None:
                    sizes.setdefault(key[len(kind) + 5 :], size)
    device = values.get("drm-pdev")
    return Client(
        driver=driver,
        device=device.lower() if device else None,
        client_id=values.get("drm-client-id"),
        engines=engines,
        memory=_believable(sizes),
    )


def _believable(sizes: Mapping[str, int | None]) -> dict[str, int]:
    """Return the sizes without those that a driver counted below 0, which end near 64 bits.

    Another measure of the same region does not take their place.
    """
    return {
        region: size for region, size in sizes.items() if size is not None and size < MOST_MEMORY
    }


def _parse_early(values: Mapping[str, str]) -> Client | None:
    """Return the client of the words that amdgpu had in the kernels 5.14 to 5.18.

    Format: `amdgpu_show_fdinfo` in those kernels' `amdgpu_fdinfo.c`. A line of an engine is there
    while its queue has work, as in `compute1: 7.5%`, which is 7.05.
    """
    device = values.get("pdev")
    if not device or "vram mem" not in values:
        return None
    loads: dict[str, float] = {}
    for key, value in values.items():
        engine, percent = _EARLY_ENGINE.match(key), _EARLY_PERCENT.match(value)
        if engine and percent:
            # The hundredths are written without their leading zero.
            load = int(percent[1]) + int(percent[2]) / 100
            loads[engine[1]] = min(loads.get(engine[1], 0.0) + load, 100.0)
    sizes = {region: _amount(values.get(f"{region} mem", "")) for region in ("vram", "gtt", "cpu")}
    client_id = values.get("pasid")
    return Client(
        driver="amdgpu",
        device=device.lower(),
        client_id=None if client_id == "0" else client_id,
        engines={name: Engine(percent=load) for name, load in loads.items()},
        memory=_believable(sizes),
    )


def _amount(text: str) -> int | None:
    """Return `12 KiB` in bytes; a bare number, and one of nanoseconds, as it is.

    A unit that is not known makes it no number, rather than a wrong one.
    """
    words = text.split()
    amount = whole_number(words[0]) if words else None
    if amount is None:
        return None
    unit = words[1].upper() if len(words) > 1 else ""
    return amount * _UNITS[unit] if unit in _UNITS else None
