"""Whether a driver's word that heat holds a chip back is to be doubted.

Some firmware says so while the chip is cold.
"""

from __future__ import annotations

from trackio_view.model.gpu import IDLE_PERCENT, Absence

NEAR_CELSIUS = 15.0
"""At this distance below its limit and farther, a sensor's heat holds nothing back."""
_HEAT = ("temperature", "hot")
"""The endings of reasons that speak of heat."""


def is_doubted(reason: str, load: float | Absence | None) -> bool:
    """Return whether a reason speaks of heat while the chip is idle, as far as is known.

    Such a reason is true where a sensor is near its limit.
    """
    is_busy = isinstance(load, float) and load > IDLE_PERCENT
    return reason.endswith(_HEAT) and not is_busy
