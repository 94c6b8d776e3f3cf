"""The alerts of a run, from `trackio.alert(...)`, as read from the project."""

from __future__ import annotations

from collections.abc import Iterable

from trackio_view.light_typing import NamedTuple
from trackio_view.series.series import Number

LEVELS = ("info", "warn", "error")
"""TrackIO's levels, the mildest first; any other counts as `warn`, TrackIO's default."""


class Alert(NamedTuple):
    """One alert."""

    row_id: int
    """The row's id. Ids grow, so the last one that was seen tells which alerts are new."""
    run_id: str
    run_name: str
    title: str
    text: str | None
    """`None` where the run gave none."""
    level: str
    """One of `LEVELS`."""
    step: Number | None
    """`None` where the run gave none."""
    time: float
    """Seconds since the epoch; NaN where unknown."""


def known_level(raw: str) -> str:
    """Return the level that a stored text means: case varies between TrackIO's releases."""
    level = raw.strip().lower()
    if level == "warning":
        return "warn"
    return level if level in LEVELS else "warn"


def alerts_of(alerts: Iterable[Alert], run_id: str, run_name: str) -> list[Alert]:
    """Return a run's alerts. A table from before run ids knows their run by its name."""
    every = list(alerts)
    own = [alert for alert in every if alert.run_id == run_id]
    return own or [alert for alert in every if alert.run_id == run_name]
