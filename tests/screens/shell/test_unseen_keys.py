"""A sentence tells what a key changed where the screen has no room to show it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trackio_view.model.events import LoadFinished, LoadStarted, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.screens.shell.frame import Composer
from trackio_view.screens.shell.unseen_keys import NOTHING_SEEN, tell_unseen
from trackio_view.terminal.cells import Frame
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.input_events import KeyPressed
from trackio_view.view.responses import respond

P = ProjectId("", "p")


@pytest.fixture
def narrow(batch: Callable[..., RunRows]) -> Dashboard:
    """Two short runs on a screen that has no line for the window."""
    made = Dashboard(width=40, height=12)
    made.watch(P)
    made.apply(LoadStarted(P, 0, 8))
    runs = [batch({"loss": [4.0, 3.0, 2.0, 1.0]}, run_id=name, run_name=name) for name in "ab"]
    made.apply(RowsLoaded(P, 0, runs, 8))
    made.apply(LoadFinished(P, 0))
    return made


def press(dashboard: Dashboard, composer: Composer, *keys: str) -> tuple[Frame, Frame]:
    """Return the frames before and after keys."""
    before = composer.compose(dashboard, 0.0)
    for key in keys:
        respond(dashboard, KeyPressed(key), composer.seen)
    return before, composer.compose(dashboard, 0.0)


def test_a_window_that_no_line_tells_of(narrow: Dashboard) -> None:
    composer = Composer()
    press(narrow, composer, "v")
    narrow.view.acted = False
    before, after = press(narrow, composer, "+")
    assert before.lines() == after.lines()
    assert tell_unseen(narrow, before, after, whole=True)
    assert narrow.view.said == NOTHING_SEEN
    assert NOTHING_SEEN in composer.compose(narrow, 0.0).lines()[-1]
    # The sentence comes once, and the next key takes it back.
    assert not tell_unseen(narrow, after, after, whole=True)
    press(narrow, composer, "escape")
    assert not narrow.view.said


def test_what_is_seen_or_said_is_not_told_of_again(narrow: Dashboard) -> None:
    composer = Composer()
    before, after = press(narrow, composer, "v")
    assert not tell_unseen(narrow, before, after, whole=True)
    assert not narrow.view.acted
    before, after = press(narrow, composer, "z")
    assert not tell_unseen(narrow, before, after, whole=True)
    assert "does nothing here" in narrow.view.said


def test_a_frame_that_is_not_whole_may_show_it_later(narrow: Dashboard) -> None:
    composer = Composer()
    press(narrow, composer, "v")
    narrow.view.acted = False
    before, after = press(narrow, composer, "+")
    assert not tell_unseen(narrow, before, after, whole=False)
    assert narrow.view.acted
    assert tell_unseen(narrow, before, after, whole=True)
