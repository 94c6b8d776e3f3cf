"""What a run called attention to."""

from __future__ import annotations

from typing import NamedTuple

from trackio_view.model.series import Number


class Alert(NamedTuple):
    """An alert, as TrackIO keeps it."""

    run_id: str
    run_name: str
    level: str
    """`info`, `warn` or `error`, in lower case; whatever else was stored."""
    title: str
    text: str | None
    step: Number | None
    time: float
    """Seconds since the epoch; NaN where unknown."""
