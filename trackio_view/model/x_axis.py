"""Along what charts are drawn: by step, by time, or by another metric."""

from __future__ import annotations

import enum

from trackio_view.light_typing import NamedTuple


class XKind(enum.Enum):
    """What a kind of x axis is called."""

    # Each key and each frame look up members in tables. The hash of `Enum` is a call of Python's.
    __hash__ = object.__hash__

    STEP = "step"
    LOG_STEP = "step, logarithmic"
    ELAPSED = "time since start"
    CLOCK = "clock"
    METRIC = "metric"


class XAxis(NamedTuple):
    """What stands on the x axis."""

    kind: XKind = XKind.STEP
    metric: str = ""
    """The metric's name, empty for the other kinds."""

    @property
    def is_time(self) -> bool:
        """Whether its x is in seconds."""
        return self.kind in (XKind.ELAPSED, XKind.CLOCK)


STEPS = XAxis()
LOG_STEPS = XAxis(XKind.LOG_STEP)
"""Its x are the decimal logarithms of the steps; those of 0 or less have none."""
ELAPSED = XAxis(XKind.ELAPSED)
CLOCK = XAxis(XKind.CLOCK)
