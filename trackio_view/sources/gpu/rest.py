"""Pauses in the readings of an idle GPU: every reading would keep it from falling asleep."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from trackio_view.model.gpu import IDLE_PERCENT, GpuSample
from trackio_view.sources.gpu.kernel.sysfs import list_folder, text_or_none

IDLE_SECONDS = 20.0
"""How long a GPU idles before it is left alone."""
REST_SECONDS = 15.0
"""How long it is left alone: drivers wait for 5 or 10 seconds before they suspend."""


@dataclass(slots=True, eq=False, repr=False)
class Rest:
    """When one GPU is left alone: once each time that it becomes idle."""

    _idle_since: float | None = None
    _until: float | None = None

    def lasts(self, now: float) -> bool:
        """Return whether the GPU is to be left alone now."""
        return self._until is not None and now < self._until

    def after(self, sample: GpuSample, device: Path) -> None:
        """Consider a reading of the GPU whose folder in sysfs is `device`."""
        if not is_idle(sample):
            self._idle_since = self._until = None
            return
        if self._idle_since is None:
            self._idle_since = sample.time
        # A GPU that did not fall asleep is kept awake by other programs, and is read again.
        idle_for = sample.time - self._idle_since
        if self._until is None and idle_for >= IDLE_SECONDS and may_sleep(device):
            self._until = sample.time + REST_SECONDS


def is_idle(sample: GpuSample) -> bool:
    """Return whether nobody works with the GPU, as far as is known."""
    load = sample.utilization
    return load is not None and load < IDLE_PERCENT and not sample.processes


def may_sleep(device: Path) -> bool:
    """Return whether the kernel may suspend the device, and no screen is connected to it."""
    if text_or_none(device / "power" / "control") != "auto":
        return False
    cards = [name for name in list_folder(device / "drm") if name.startswith("card")]
    return not any(
        text_or_none(device / "drm" / card / connector / "status") == "connected"
        for card in cards
        for connector in list_folder(device / "drm" / card)
        if connector.startswith(card)
    )
