"""Why an Intel card is held back, as its driver tells it, and whether that can be true."""

from __future__ import annotations

from pathlib import Path

from trackio_view.model.gpu import Absence
from trackio_view.sources.gpu.doubted_heat import NEAR_CELSIUS, is_doubted
from trackio_view.sources.gpu.intel.bounds import heat
from trackio_view.sources.gpu.intel.card import IntelCard
from trackio_view.sources.gpu.kernel.sysfs import list_folder, read_integer, read_text

THROTTLE_WORDS = {
    "pl1": "power limit",
    "pl2": "short-term power limit",
    "pl4": "peak power limit",
    "thermal": "temperature",
    "soc_thermal": "processor temperature",
    "mem_thermal": "memory temperature",
    "vr_thermal": "voltage regulator temperature",
    "prochot": "processor hot",
    "ratl": "running average temperature",
    "vr_thermalert": "voltage regulator hot",
    "vr_tdc": "voltage regulator current",
    "iccmax": "current limit",
}
"""Driver's word for a reason -> ours; others are shown as the driver has them."""


def throttle_reasons(card: IntelCard) -> tuple[str, ...] | Absence:
    """Return what holds any unit back."""
    found: list[str] = []
    reason, known = Absence.UNSUPPORTED, False
    for gt in card.gts:
        reasons = _reasons_in(*gt.throttle)
        if isinstance(reasons, Absence):
            reason = reasons
        else:
            known = True
            found += reasons
    if not known:
        return reason
    return tuple(word for word in dict.fromkeys(found) if _can_be_true(card, word))


def _can_be_true(card: IntelCard, reason: str) -> bool:
    """Return whether a reason can be true: heat holds back no chip that is cold."""
    if not is_doubted(reason, card.load):
        return True
    margin = heat(card).margin
    return isinstance(margin, Absence) or margin <= NEAR_CELSIUS


def _reasons_in(folder: Path, prefix: str) -> list[str] | Absence:
    if not prefix:
        return Absence.UNSUPPORTED
    # Where the kernel has one file with all reasons, they are read at one moment.
    listed = read_text(folder / "reasons")
    if not isinstance(listed, Absence):
        return [THROTTLE_WORDS.get(word, word) for word in listed.split() if word != "none"]
    found, reason, known = [], listed, False
    for name in list_folder(folder):
        word = name.removeprefix(prefix)
        if word in (name, "status"):
            continue
        holds = read_integer(folder / name, high=1)
        if isinstance(holds, Absence):
            reason = holds
            continue
        known = True
        if holds:
            found.append(THROTTLE_WORDS.get(word, word))
    return found if known else reason
