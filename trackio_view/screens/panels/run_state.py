"""How the state of a run is shown wherever a run is listed: a mark and its colour."""

from __future__ import annotations

from trackio_view.charts.palette import GOOD, MUTED, WARNING
from trackio_view.model.pace import RunState
from trackio_view.terminal.glyphs import DOT, RING

STATE_STYLES = {
    RunState.LIVE: GOOD,
    RunState.IDLE: WARNING,
    RunState.STALE: MUTED,
    RunState.UNKNOWN: MUTED,
}


def state_mark(state: RunState) -> str:
    """Return the mark of a run's state: filled for a run that seems alive, hollow for others."""
    return DOT if state is RunState.LIVE else RING
