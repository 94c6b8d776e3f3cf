"""What an AMD card may reach, and what else only the page of details tells of it."""

from __future__ import annotations

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.amd.card import AmdCard
from trackio_view.sources.gpu.amd.driver_texts import highest_level
from trackio_view.sources.gpu.amd.sensors import SENSORS, UNLABELLED_SENSORS
from trackio_view.sources.gpu.kernel.hwmon import HeatBounds, heat_bounds
from trackio_view.sources.gpu.kernel.sysfs import read_integer, read_text


def _sensor(number: int, label: str) -> str:
    return SENSORS.get(label, label or UNLABELLED_SENSORS.get(number, f"sensor {number}"))


def heat(card: AmdCard) -> HeatBounds:
    """Return how hot the sensors may get, and how far they are from that."""
    return heat_bounds(card.hwmon, _sensor)


def watts(card: AmdCard, what: str) -> float | Absence:
    """Return a file of the power channel, such as `input` or `cap_max`; 0 there means no value."""
    told = card.hwmon.watts(1, what) if card.hwmon else Absence.UNSUPPORTED
    return told or Absence.UNSUPPORTED


def voltage(card: AmdCard) -> float | Absence:
    """Return the volts of the graphics core."""
    number = card.hwmon.channel("in", "vddgfx") if card.hwmon else None
    if card.hwmon is None or number is None:
        return Absence.UNSUPPORTED
    return card.hwmon.volts(number)


def clock_max(card: AmdCard, levels: str) -> float | Absence:
    """Return the MHz of a clock's highest level."""
    text = read_text(card.device / levels)
    return text if isinstance(text, Absence) else highest_level(text)


def firmware(card: AmdCard) -> str | Absence:
    """Return the version of the board's firmware."""
    return read_text(card.device / "vbios_version")


def memory_vendor(card: AmdCard) -> str | Absence:
    """Return who made the chips of the memory."""
    vendor = read_text(card.device / "mem_info_vram_vendor")
    if isinstance(vendor, Absence):
        return vendor
    # Some kernels fill the rest of their page with zeros.
    known = vendor.partition("\0")[0].strip()
    return Absence.UNSUPPORTED if known in ("", "unknown") else known


def visible_memory(card: AmdCard, what: str) -> int | Absence:
    """Return the `used` or `total` bytes of the memory that the processor reaches through its
    window.
    """
    if card.identity.unified_memory:
        return Absence.UNSUPPORTED
    return read_integer(card.device / f"mem_info_vis_vram_{what}", low=int(what == "total"))
