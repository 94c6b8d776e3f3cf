"""A table of keys says what a key does on a screen, and how the key of an action is written."""

from __future__ import annotations

import pytest

from trackio_view.terminal.style import THEME_NAMES
from trackio_view.view.actions import Action, Mode
from trackio_view.view.keys.bindings import BINDINGS, DEFAULT_KEYS, Binding, KeyTable
from trackio_view.view.screen_table import SCREENS

TABLE = KeyTable(
    (
        Binding(("left", "h"), Action.PAN_BACK, frozenset({Mode.METRICS}), ""),
        Binding(("down",), Action.PAN_BACK, frozenset({Mode.GPUS}), ""),
        Binding(("h",), Action.HELP, frozenset({Mode.GPUS, Mode.RUNS}), ""),
    )
)


@pytest.mark.parametrize(
    ("mode", "key", "action"),
    [
        (Mode.METRICS, "left", Action.PAN_BACK),
        (Mode.METRICS, "h", Action.PAN_BACK),
        (Mode.METRICS, "down", None),
        (Mode.GPUS, "h", Action.HELP),
        (Mode.RUNS, "h", Action.HELP),
        (Mode.RUNS, "left", None),
        (Mode.HELP, "h", None),
    ],
)
def test_a_key_does_what_its_binding_on_the_screen_says(
    mode: Mode, key: str, action: Action | None
) -> None:
    assert TABLE.action(mode, key) is action


@pytest.mark.parametrize(
    "mode", [Mode.METRICS, Mode.SYSTEM, Mode.GPUS, Mode.CONFIG_DIFF, Mode.WALL]
)
def test_left_and_right_go_sideways_wherever_something_stands_beside(mode: Mode) -> None:
    keys = ("left", "h", "right", "l")
    meant = [Action.LEFT, Action.LEFT, Action.RIGHT, Action.RIGHT]
    assert [DEFAULT_KEYS.action(mode, key) for key in keys] == meant


@pytest.mark.parametrize(
    ("mode", "label"),
    [
        (Mode.METRICS, "←"),
        (Mode.GPUS, "↓"),
        # Elsewhere the key that comes first in the table is told.
        (Mode.RUNS, "←"),
    ],
)
def test_the_key_of_an_action_is_the_first_it_has_on_the_screen(mode: Mode, label: str) -> None:
    assert TABLE.label(mode, Action.PAN_BACK) == label


def test_the_usual_table_holds_every_key_of_every_screen_once() -> None:
    places = [
        (mode, key) for one in DEFAULT_KEYS.bindings for mode in one.modes for key in one.keys
    ]
    assert len(places) == len(set(places))
    assert DEFAULT_KEYS.label(Mode.METRICS, Action.QUIT) == "q"


def test_every_action_is_bound() -> None:
    assert {binding.action for binding in BINDINGS} == {
        one for one in vars(Action).values() if isinstance(one, Action)
    }


def test_every_mode_can_be_left() -> None:
    for mode in SCREENS:
        actions = {binding.action for binding in BINDINGS if mode in binding.modes}
        assert Action.INTERRUPT in actions, "also where q is a letter"
        assert mode is Mode.METRICS or Action.BACK in actions


def test_plus_needs_no_shift() -> None:
    for key in "=+":
        assert DEFAULT_KEYS.action(Mode.METRICS, key) is Action.ZOOM_IN


def test_unbound_keys_do_nothing() -> None:
    assert DEFAULT_KEYS.action(Mode.METRICS, "ß") is None
    assert DEFAULT_KEYS.action(Mode.HELP, "+") is None


def test_the_help_names_every_theme() -> None:
    told = next(binding.help for binding in BINDINGS if binding.action is Action.THEME)
    assert told == f"the next theme: {', '.join(THEME_NAMES)}"
