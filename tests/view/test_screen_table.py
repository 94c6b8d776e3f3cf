"""The table of screens is the only one for modes and their keys."""

from __future__ import annotations

from trackio_view.view.actions import MODES
from trackio_view.view.keys.bindings import BINDINGS, TYPING
from trackio_view.view.screen_table import SCREENS
from trackio_view.view.scrolling import MOVES


def test_every_mode_has_its_row() -> None:
    assert set(SCREENS) == set(MODES)


def test_keys_are_text_where_the_bindings_say_so() -> None:
    assert {mode for mode, screen in SCREENS.items() if screen.take_text is not None} == TYPING
    assert {mode for mode, screen in SCREENS.items() if screen.typed is not None} == TYPING
    assert {mode for mode, screen in SCREENS.items() if screen.respond is None} == TYPING


def test_every_screen_with_moving_keys_says_how() -> None:
    moved = {mode for one in BINDINGS if one.action in MOVES for mode in one.modes}
    assert {mode for mode, screen in SCREENS.items() if screen.move is not None} == moved
