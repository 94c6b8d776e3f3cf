"""The first line: which run is on screen, whether it seems alive, and how far it is."""

from __future__ import annotations

import datetime
import math

from trackio_view.charts.numbers import format_rate, format_step
from trackio_view.charts.palette import GOOD, LABEL, MUTED, TITLE, VALUE, WARNING
from trackio_view.model.dashboard import Dashboard
from trackio_view.model.pace import RunState, state_of, steps_per_second
from trackio_view.screens.glyphs import Glyphs
from trackio_view.screens.lines import Piece, draw_line
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.style import Style

STATE_STYLES = {
    RunState.LIVE: GOOD,
    RunState.IDLE: WARNING,
    RunState.STALE: MUTED,
    RunState.UNKNOWN: MUTED,
}


def clock_time(time: float, now: float) -> str:
    """Return a time on this machine's clock, with its date where that is not today's."""
    if math.isnan(time):
        return "unknown"
    moment = datetime.datetime.fromtimestamp(time)
    today = datetime.datetime.fromtimestamp(now).date()
    if moment.date() == today:
        return moment.strftime("%H:%M:%S")
    return moment.strftime("%m-%d %H:%M" if moment.year == today.year else "%Y-%m-%d %H:%M")


def draw_header(frame: Frame, dashboard: Dashboard, now: float, glyphs: Glyphs) -> None:
    """Draw the header into the frame's first row."""
    project, run = dashboard.project, dashboard.run
    if project is None:
        draw_line(frame, 0, [Piece("trackio-view", TITLE._replace(bold=True))])
        return
    name = TITLE._replace(bold=True)
    left = [Piece(project.name, name, 3)]
    right: list[Piece] = []
    if run is not None:
        state = state_of(run, now)
        mark = glyphs.dot if state is RunState.LIVE else glyphs.ring
        left += [
            Piece(f" {glyphs.pointer} ", LABEL, 3),
            Piece(run.name or "(no name)", name, 0),
            Piece(f"  {mark}", STATE_STYLES[state], 0),
            *_state_pieces(state, run.last_time, now, STATE_STYLES[state], glyphs),
        ]
        right.append(Piece(f"step {format_step(run.last_step, unicode=glyphs.unicode)}", VALUE, 2))
        pace = steps_per_second(run)
        if pace is not None:
            right.append(Piece(f" {glyphs.separator} {format_rate(pace)}", LABEL, 6))
    draw_line(frame, 0, left, right)


def _state_pieces(
    state: RunState, last_time: float, now: float, style: Style, glyphs: Glyphs
) -> list[Piece]:
    # "Looks": the state is inferred from the age of the last row, TrackIO records none.
    time = clock_time(last_time, now)
    if state is RunState.UNKNOWN:
        return [Piece(" state unknown", style, 5)]
    return [
        Piece(" looks", style, 7),
        Piece(f" {state.value}", style, 5),
        Piece(f" {glyphs.separator} last row", LABEL, 8),
        Piece(f" {time}", LABEL, 4),
    ]
