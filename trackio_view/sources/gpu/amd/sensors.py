"""What the sensors of an AMD card measure: heat, power, clocks and the fan."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.amd import gpu_metrics
from trackio_view.sources.gpu.amd.card import AmdCard
from trackio_view.sources.gpu.amd.driver_texts import marked_level
from trackio_view.sources.gpu.doubted_heat import NEAR_CELSIUS
from trackio_view.sources.gpu.kernel.hwmon import CELSIUS_HIGH, Hwmon, in_order
from trackio_view.sources.gpu.kernel.sysfs import (
    is_unread,
    read_integer,
    read_scaled,
    read_text,
)

SENSORS = {"edge": "gpu", "junction": "hotspot", "mem": "memory"}
"""amdgpu's label -> ours. The main sensor is the edge, or the hotspot where a chip has no edge."""
UNLABELLED_SENSORS = {1: "gpu", 2: "hotspot", 3: "memory"}
UNLABELLED_CLOCKS = {"sclk": 1, "mclk": 2}


def temperatures(card: AmdCard) -> dict[str, float] | Absence:
    """Return the sensors by our names, the main one first.

    While the edge's cannot be read none is told, because the next one is hotter; nor where it was
    told before.
    """
    found: dict[str, float] = {}
    reason = Absence.UNSUPPORTED
    why_no_edge: Absence | None = None
    if card.hwmon:
        for number, label in card.hwmon.labels.get("temp", {}).items():
            celsius = card.hwmon.celsius(number)
            unlabelled = UNLABELLED_SENSORS.get(number, f"sensor {number}")
            sensor = SENSORS.get(label, label or unlabelled)
            if isinstance(celsius, Absence):
                reason = celsius
                if sensor == SENSORS["edge"] and is_unread(celsius):
                    why_no_edge = celsius
                continue
            # Boards without a sensor, of the memory most often, have a channel that stays at 0.
            if celsius:
                found[sensor] = celsius
    metrics = card.metrics()
    if isinstance(metrics, gpu_metrics.GpuMetrics):
        # The firmware also knows what the sensors' driver does not show.
        found = {**metrics.temperatures, **found}
    edge = card.chosen.read_only(
        "edge", lambda: found.get(SENSORS["edge"], why_no_edge or Absence.UNSUPPORTED)
    )
    if is_unread(edge):
        return edge
    return in_order(found, SENSORS.values()) if found else reason


def is_near_limit(card: AmdCard, sensor: str) -> bool:
    """Return whether a sensor is near its limit; of an unknown sensor, whether any other one is."""
    near: dict[str, bool] = {}
    for number, label in (card.hwmon.labels.get("temp", {}) if card.hwmon else {}).items():
        folder = card.hwmon.folder if card.hwmon else Path()
        limit = read_scaled(folder / f"temp{number}_crit", 1e3, 1.0, CELSIUS_HIGH)
        celsius = card.hwmon.celsius(number) if card.hwmon else Absence.UNSUPPORTED
        if not isinstance(limit, Absence) and not isinstance(celsius, Absence):
            near[SENSORS.get(label, label)] = celsius >= limit - NEAR_CELSIUS
    return near.get(sensor, any(near.values()) or not near)


def power(card: AmdCard) -> float | Absence:
    """Return the average where the driver has one; an integrated GPU's includes the CPU."""
    sources: list[tuple[str, Callable[[], float | Absence]]] = []
    if card.hwmon is None or not card.hwmon.labels.get("power"):
        sources.append(("table", lambda: card.from_metrics("power")))
    else:
        hwmon = card.hwmon
        # A chip always draws power: 0 means that none was measured.
        sources = [
            (what, partial(lambda what: hwmon.watts(1, what) or Absence.UNSUPPORTED, what))
            for what in ("average", "input")
        ]
    return card.chosen.read("power", sources)


def power_limit(card: AmdCard) -> float | Absence:
    """Return the limit in force."""
    limit = card.hwmon.watts(1, "cap") if card.hwmon else Absence.UNSUPPORTED
    return limit or Absence.UNSUPPORTED


def clock_of(card: AmdCard, label: str, levels: str, name: str) -> float | Absence:
    """Return MHz: measured, else the marked level, else the firmware table's."""

    def told() -> float | Absence:
        # Of a clock that sleeps, or that is between two levels, no level is marked.
        marked = _marked_clock(card.device / levels)
        return card.from_metrics(name) if marked is Absence.UNSUPPORTED else marked

    return card.chosen.read(
        levels, [("measured", lambda: _measured_clock(card.hwmon, label)), ("told", told)]
    )


def _measured_clock(hwmon: Hwmon | None, label: str) -> float | Absence:
    if hwmon is None:
        return Absence.UNSUPPORTED
    number = hwmon.channel("freq", label)
    unlabelled = UNLABELLED_CLOCKS.get(label, 0)
    if number is None and hwmon.labels.get("freq", {}).get(unlabelled) == "":
        number = unlabelled
    return Absence.UNSUPPORTED if number is None else hwmon.megahertz(number)


def _marked_clock(levels: Path) -> float | Absence:
    text = read_text(levels)
    return text if isinstance(text, Absence) else marked_level(text)


def fan_rpm(card: AmdCard) -> int | Absence:
    """Return the fan's speed; 0 for a fan that stands still."""
    if card.hwmon is None or 1 not in card.hwmon.labels.get("fan", {}):
        return Absence.UNSUPPORTED
    return card.hwmon.rpm(1)


def fan_percent(card: AmdCard) -> float | Absence:
    """Return how far the fan is driven."""
    if card.hwmon is None:
        return Absence.UNSUPPORTED
    # A fan that stands still keeps the duty that it would start with.
    turns = fan_rpm(card)
    if is_unread(turns):
        return turns
    if turns == 0:
        return 0.0
    if not isinstance(turns, Absence) and read_integer(card.hwmon.folder / "pwm1") == 0:
        # The firmware drives the fan, and the driver does not know how far.
        fastest = read_integer(card.hwmon.folder / "fan1_max", low=1)
        return fastest if isinstance(fastest, Absence) else min(100 * turns / fastest, 100.0)
    full = read_integer(card.hwmon.folder / "pwm1_max", low=1)
    full = 255 if isinstance(full, Absence) else full
    return read_scaled(card.hwmon.folder / "pwm1", full / 100, 0.0, 100.0)
