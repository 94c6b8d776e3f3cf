"""What an Intel card may reach, and what else only the page of details tells of it."""

from __future__ import annotations

from trackio_view.model.gpu import VISIBLE_PROCESSES, Absence
from trackio_view.sources.gpu.intel.card import IntelCard, sensor_name
from trackio_view.sources.gpu.kernel.fdinfo import shared_scan
from trackio_view.sources.gpu.kernel.hwmon import MEGAHERTZ_HIGH, HeatBounds, heat_bounds
from trackio_view.sources.gpu.kernel.sysfs import read_scaled

ENGINES = {
    **dict.fromkeys(("render", "rcs"), "render"),
    **dict.fromkeys(("compute", "ccs"), "compute"),
    **dict.fromkeys(("copy", "bcs"), "copy"),
    **dict.fromkeys(("video", "vcs"), "video"),
    **dict.fromkeys(("video-enhance", "vecs"), "video enhance"),
}
"""What i915 and xe call an engine -> our word."""


def heat(card: IntelCard) -> HeatBounds:
    """Return how hot the sensors may get, and how far they are from that."""
    return heat_bounds(card.hwmon, sensor_name)


def rated_power(card: IntelCard) -> float | Absence:
    """Return the limit of power that the card is made for."""
    told: float | Absence = Absence.UNSUPPORTED
    for number in (1, 2):
        if card.hwmon and told is Absence.UNSUPPORTED:
            told = card.hwmon.watts(number, "rated_max") or Absence.UNSUPPORTED
    return told


def voltage(card: IntelCard) -> float | Absence:
    """Return the volts of the chip: i915's only channel, or the first of xe."""
    for number in card.hwmon.labels.get("in", {}) if card.hwmon else ():
        told = card.hwmon.volts(number) if card.hwmon else Absence.UNSUPPORTED
        if not isinstance(told, Absence):
            return told
    return Absence.UNSUPPORTED


_HIGHEST_CLOCKS = ("rp0_freq", "rps_RP0_freq_mhz", "gt_RP0_freq_mhz")
"""The files of xe, of i915, and of kernels before 5.18."""


def clock_max(card: IntelCard) -> float | Absence:
    """Return the highest MHz of the units that render."""
    found: list[float] = []
    for gt in card.gts:
        for name in _HIGHEST_CLOCKS if not gt.media else ():
            megahertz = read_scaled(gt.folder / name, 1.0, 1.0, MEGAHERTZ_HIGH)
            if not isinstance(megahertz, Absence):
                found.append(megahertz)
    return max(found) if found else Absence.UNSUPPORTED


def engines(card: IntelCard) -> dict[str, float] | Absence | None:
    """Return the load of each class of engines by the processes that may be looked into."""
    card.tell_measure("engines", None)
    if card.drm.slot is None or not card.roots.proc.is_dir():
        return Absence.UNSUPPORTED
    scan = shared_scan(card.roots, card.clock).scan()
    loads = {
        ENGINES.get(name, name): load for name, load in scan.engine_loads(card.drm.slot).items()
    }
    if not loads:
        return None if scan.uses(card.drm.slot) else Absence.UNSUPPORTED
    card.tell_measure("engines", VISIBLE_PROCESSES)
    return loads
