"""The thermal zones of a board: how hot each is, and at what heat the kernel acts.

Format: the kernel's `Documentation/driver-api/thermal/sysfs-api.rst`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.kernel.hwmon import CELSIUS_HIGH, CELSIUS_LOW
from trackio_view.sources.gpu.kernel.sysfs import list_folder, read_scaled, text_or_none
from trackio_view.sources.gpu.sampler import Roots

IGNORED_ZONES = frozenset({"PMIC-Die"})
"""A sensor that always reads 100 °C."""
_TRIP = re.compile(r"trip_point_\d+_temp$")
_LIMITS = {"passive": "slowdown", "hot": "hot", "critical": "critical"}
"""The kernel's word for what happens -> ours. At a passive one it lowers clocks."""


def zone_name(kind: str) -> str:
    """Return a zone's name without the ending that each generation of boards spells differently."""
    return re.sub(r"[-_](therm(al)?|zone)$", "", kind, flags=re.IGNORECASE).lower()


def _zones(roots: Roots) -> Iterator[tuple[Path, str]]:
    """Yield the folder and the name of each zone."""
    parent = roots.sys / "class" / "thermal"
    for folder in list_folder(parent):
        kind = text_or_none(parent / folder / "type")
        if folder.startswith("thermal_zone") and kind is not None and kind not in IGNORED_ZONES:
            yield parent / folder, zone_name(kind)


def _heat(folder: Path) -> float | Absence:
    """Return the degrees Celsius of a zone; those of one without a sensor are 0."""
    return read_scaled(folder / "temp", 1e3, CELSIUS_LOW, CELSIUS_HIGH) or Absence.UNSUPPORTED


def _trips(folder: Path) -> Iterator[tuple[str, float]]:
    """Yield what the kernel does with a zone, in our words, and at how many degrees Celsius."""
    for file in list_folder(folder):
        if _TRIP.match(file):
            word = text_or_none(folder / f"{file.removesuffix('temp')}type")
            celsius = read_scaled(folder / file, 1e3, 1.0, CELSIUS_HIGH)
            if word in _LIMITS and not isinstance(celsius, Absence):
                yield _LIMITS[word], celsius


def temperatures(roots: Roots) -> dict[str, float] | Absence:
    """Return the zones by name, the GPU's first; those powered down are left out."""
    found: dict[str, float] = {}
    reason = Absence.UNSUPPORTED
    for folder, name in _zones(roots):
        celsius = _heat(folder)
        if isinstance(celsius, Absence):
            reason = celsius
        else:
            found.setdefault(name, celsius)
    return dict(sorted(found.items(), key=lambda zone: zone[0] != "gpu")) or reason


def heat_limits(roots: Roots) -> dict[str, float] | Absence:
    """Return the temperatures at which the kernel acts, by zone and word: `gpu slowdown`."""
    found: dict[str, float] = {}
    for folder, name in _zones(roots):
        for word, celsius in _trips(folder):
            # The first of several steps is where it begins.
            found[f"{name} {word}"] = min(celsius, found.get(f"{name} {word}", celsius))
    return dict(sorted(found.items(), key=lambda limit: "gpu" not in limit[0])) or (
        Absence.UNSUPPORTED
    )


def heat_margin(roots: Roots) -> float | Absence:
    """Return the degrees that are left to the first critical limit."""
    margins = [
        limit - celsius
        for folder, _ in _zones(roots)
        for word, limit in _trips(folder)
        if word == "critical" and not isinstance(celsius := _heat(folder), Absence)
    ]
    return min(margins) if margins else Absence.UNSUPPORTED


def hot_zones(roots: Roots) -> tuple[str, ...] | Absence:
    """Return the zones that are so hot that the kernel lowers clocks, each as a reason in words;
    empty where none is.
    """
    found, known = [], False
    for folder, name in _zones(roots):
        for word, limit in _trips(folder):
            celsius = _heat(folder)
            if word == "slowdown" and not isinstance(celsius, Absence):
                known = True
                if celsius >= limit:
                    found.append(f"{name} temperature")
    return tuple(dict.fromkeys(found)) if known else Absence.UNSUPPORTED
