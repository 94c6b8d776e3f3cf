"""The mark of a run's state."""

from __future__ import annotations

from trackio_view.model.pace import RunState
from trackio_view.screens.panels.run_state import STATE_STYLES, state_mark


def test_a_run_that_lives_looks_unlike_every_other_even_without_colours() -> None:
    live = state_mark(RunState.LIVE)
    assert all(state_mark(state) != live for state in RunState if state is not RunState.LIVE)


def test_every_state_has_a_style_and_what_needs_a_look_has_its_own() -> None:
    assert set(STATE_STYLES) == set(RunState)
    told = [STATE_STYLES[state] for state in (RunState.LIVE, RunState.IDLE, RunState.STALE)]
    assert len(set(told)) == 3
    assert STATE_STYLES[RunState.UNKNOWN] == STATE_STYLES[RunState.STALE]
