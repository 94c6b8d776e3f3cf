"""A device's sensors, as https://docs.kernel.org/hwmon/sysfs-interface.html defines them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trackio_view.light_typing import NamedTuple
from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.kernel.chosen_sources import ChosenSources
from trackio_view.sources.gpu.kernel.sysfs import (
    is_unread,
    list_folder,
    read_integer,
    read_scaled,
    text_or_none,
)

CELSIUS_LOW, CELSIUS_HIGH = -60.0, 250.0
WATTS_HIGH = 20_000.0
MEGAHERTZ_HIGH = 50_000.0
RPM_HIGH = 60_000


@dataclass(slots=True, eq=False, repr=False)
class Hwmon:
    """A folder of sensors, with the label of every channel that has an input."""

    folder: Path
    labels: dict[str, dict[int, str]]
    """Kind (`temp`, `power`, ...) -> channel's number -> label; empty where it has none."""
    _answers: ChosenSources = field(default_factory=ChosenSources)
    _heat_limits: dict[str, float | Absence] = field(default_factory=dict)
    """By the name of its file: what does not change while the driver is loaded."""

    def channel(self, kind: str, label: str) -> int | None:
        """Return the number of the channel with a label."""
        return next((n for n, name in self.labels.get(kind, {}).items() if name == label), None)

    def celsius(self, number: int) -> float | Absence:
        """Return a temperature."""
        return self._scaled(f"temp{number}_input", 1e3, CELSIUS_LOW, CELSIUS_HIGH)

    def heat_limit(self, number: int, what: str) -> float | Absence:
        """Return a temperature's `crit` or `emergency`, read until it is known."""
        name = f"temp{number}_{what}"
        limit = self._heat_limits.get(name)
        if limit is None:
            limit = read_scaled(f"{self.folder}/{name}", 1e3, 1.0, CELSIUS_HIGH)
            if limit is Absence.UNSUPPORTED or not isinstance(limit, Absence):
                self._heat_limits[name] = limit
        return limit

    def watts(self, number: int, what: str) -> float | Absence:
        """Return a power channel's `average`, `input`, `cap`, `max` or `crit`."""
        return self._scaled(f"power{number}_{what}", 1e6, 0.0, WATTS_HIGH)

    def megahertz(self, number: int) -> float | Absence:
        """Return a clock."""
        return self._scaled(f"freq{number}_input", 1e6, 0.0, MEGAHERTZ_HIGH)

    def volts(self, number: int) -> float | Absence:
        """Return a voltage."""
        return self._scaled(f"in{number}_input", 1e3, 0.001, 100.0)

    def rpm(self, number: int) -> int | Absence:
        """Return a fan's speed."""
        file = f"fan{number}_input"
        return self._answers.read_only(
            file, lambda: read_integer(f"{self.folder}/{file}", high=RPM_HIGH)
        )

    def _scaled(self, file: str, divisor: float, low: float, high: float) -> float | Absence:
        """Return a reading; one that was told before and has no data now has failed."""
        return self._answers.read_only(
            file, lambda: read_scaled(f"{self.folder}/{file}", divisor, low, high)
        )


def in_order(found: Mapping[str, float], names: Iterable[str]) -> dict[str, float]:
    """Return the sensors that were found: those named first, in the order of the names."""
    first = {name: found[name] for name in names if name in found}
    return {**first, **found}


_HEAT_LIMITS = {"crit": "critical", "emergency": "emergency"}
"""The driver's word for a limit -> ours."""


class HeatBounds(NamedTuple):
    """How hot a device's sensors may get, and how far the nearest is from that."""

    limits: dict[str, float] | Absence
    """Degrees Celsius by sensor and limit: `hotspot critical`."""
    margin: float | Absence
    """Degrees that are left to the first critical limit."""


def heat_bounds(hwmon: Hwmon | None, sensor: Callable[[int, str], str]) -> HeatBounds:
    """Return the limits of all sensors; `sensor` names one by its number and its label."""
    limits: dict[str, float] = {}
    margins: list[float] = []
    unread: Absence | None = None
    absent = Absence.UNSUPPORTED
    if hwmon is None:
        return HeatBounds(absent, absent)
    for number, label in hwmon.labels.get("temp", {}).items():
        for file, word in _HEAT_LIMITS.items():
            limit = hwmon.heat_limit(number, file)
            # The first of many memory channels stands for all.
            if isinstance(limit, Absence) or f"{sensor(number, label)} {word}" in limits:
                continue
            limits[f"{sensor(number, label)} {word}"] = limit
            if file == "crit":
                celsius = hwmon.celsius(number)
                if isinstance(celsius, Absence):
                    unread = unread or (celsius if is_unread(celsius) else None)
                elif celsius:
                    margins.append(limit - celsius)
    # The sensor that could not be read may be the nearest.
    nearest = unread or (min(margins) if margins else absent)
    return HeatBounds(limits or absent, nearest)


_CHANNEL = re.compile(r"(temp|power|energy|freq|fan|in)(\d+)_(?:input|average)$")


def find_hwmon(device: Path, names: tuple[str, ...]) -> Hwmon | None:
    """Return a device's sensors by the driver's name; their folder's number changes at boots."""
    parent = device / "hwmon"
    for entry in list_folder(parent):
        if entry.startswith("hwmon") and text_or_none(parent / entry / "name") in names:
            return open_hwmon(parent / entry)
    return None


def open_hwmon(folder: Path) -> Hwmon:
    """Return a folder's channels and their labels, which name a sensor where numbers don't."""
    labels: dict[str, dict[int, str]] = {}
    for name in list_folder(folder):
        match = _CHANNEL.match(name)
        if match:
            kind, number = match[1], int(match[2])
            label = text_or_none(folder / f"{kind}{number}_label") or ""
            labels.setdefault(kind, {})[number] = label
    return Hwmon(folder, labels)
