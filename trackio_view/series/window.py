"""The zoom levels: how many of the run's last distinct steps are on screen."""

from __future__ import annotations

from typing import NamedTuple


class ZoomLevel(NamedTuple):
    """One zoom level; `distinct_steps` is `None` where all rows are shown."""

    distinct_steps: int | None
    label: str


ZOOM_LEVELS = (
    ZoomLevel(None, "All data"),
    ZoomLevel(500, "Last 500"),
    ZoomLevel(200, "Last 200"),
    ZoomLevel(100, "Last 100"),
    ZoomLevel(50, "Last 50"),
)


def clamp_zoom(level: int) -> int:
    """Return the zoom level nearest to `level` that exists."""
    return max(0, min(level, len(ZOOM_LEVELS) - 1))
