"""The graphics units of an Intel card (the driver's gts): where the files of each are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from trackio_view.sources.gpu.kernel.drm import DrmCard
from trackio_view.sources.gpu.kernel.sysfs import (
    list_folder,
    text_or_none,
)


@dataclass(frozen=True, slots=True)
class Gt:
    """A graphics unit of the chip with clock and sleep states of its own (the driver's `gt`)."""

    folder: Path
    """Where the clocks are."""
    media: bool
    """It decodes and encodes video, and neither renders nor computes."""
    actual_clock: str
    idle: Path | None
    """The counter of milliseconds asleep (C6)."""
    idle_status: Path | None = None
    throttle: tuple[Path, str] = (Path(), "")
    """The folder of reasons, and what their files' names begin with."""


def find_gts(card: DrmCard) -> Iterable[Gt]:
    """Yield the units of a card with either driver."""
    units = [
        card.device / tile / unit
        for tile in list_folder(card.device)
        if tile.startswith("tile")
        for unit in list_folder(card.device / tile)
        if unit.startswith("gt")
    ]
    for unit in units:
        # Named `gt1-mc` for media, `gt0-rc` for render; older drivers of such chips agree on 1. The
        # second tile of a chip without media units has a 1, too.
        name = text_or_none(unit / "gtidle" / "name")
        second = unit.parent.name == "tile0" and unit.name == "gt1"
        media = name.endswith("mc") if name else second
        yield Gt(
            folder=unit / "freq0",
            media=media,
            actual_clock="act_freq",
            idle=unit / "gtidle" / "idle_residency_ms",
            idle_status=unit / "gtidle" / "idle_status",
            throttle=(unit / "freq0" / "throttle", "reason_"),
        )
    if units:
        return
    names = [name for name in list_folder(card.folder / "gt") if name.startswith("gt")]
    for name in names:
        unit = card.folder / "gt" / name
        yield Gt(
            folder=unit,
            # Meteor Lake's second unit is for media.
            media=name == "gt1",
            actual_clock="rps_act_freq_mhz",
            idle=_i915_idle(unit / "rc6_enable", unit / "rc6_residency_ms"),
            throttle=(unit, "throttle_reason_"),
        )
    if not names:
        # Kernels before 5.18 know one unit only.
        power = card.folder / "power"
        yield Gt(
            folder=card.folder,
            media=False,
            actual_clock="gt_act_freq_mhz",
            idle=_i915_idle(power / "rc6_enable", power / "rc6_residency_ms"),
        )


def _i915_idle(enabled: Path, residency: Path) -> Path | None:
    """Return the counter, unless the sleep that it counts is switched off."""
    return None if text_or_none(enabled) == "0" or not residency.exists() else residency
