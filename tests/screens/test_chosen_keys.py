"""Screens tell the keys that a person chose, and name no key that does nothing."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.conftest import make_gpu
from trackio_view.model.events import ProjectsListed, ProjectSummary, SystemRowsLoaded
from trackio_view.model.gpu import GpusSampled
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.screens.shell.frame import Composer
from trackio_view.view.actions import Action, Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.bindings import DEFAULT_KEYS, TYPING
from trackio_view.view.keys.chosen_keys import chosen_keys, usual_keys
from trackio_view.view.keys.input_events import KeyPressed, Resized
from trackio_view.view.keys.key_labels import key_label
from trackio_view.view.responses import respond

NOW = 1_700_000_000.0
EXPERIMENT = ProjectId("", "my-experiment")

USUAL_KEYS = {name: usual.keys for name, usual in usual_keys().items()}
CHOSEN = chosen_keys({name: chr(0x3B1 + number) for number, name in enumerate(USUAL_KEYS)})
"""A Greek or Coptic letter for each action whose key can be chosen."""
USUAL = {
    label
    for keys in USUAL_KEYS.values()
    for key in keys
    for label in (key_label(key), key_label(key, arrows=False))
} - {*"abdsxyX0", *"+-/*=<>[];:_", "↑", "↓"}
"""How keys are written, without characters that also stand in sentences, numbers and lists."""
FIXED = {key_label(key) for one in DEFAULT_KEYS.bindings if one.modes & TYPING for key in one.keys}
"""The keys of typed lines cannot be chosen, because there keys are text. Help and messages name
them."""


def press(dashboard: Dashboard, composer: Composer, key: str) -> None:
    """Press the chosen key for the action of a usual key."""
    mode = dashboard.view.mode
    action = None if mode in TYPING else DEFAULT_KEYS.action(mode, key)
    if action is not None and action is not Action.GO_TO:
        having = [one for one in CHOSEN.table.bindings if one.action is action]
        key = next(one.keys[0] for one in having if mode in one.modes)
    respond(dashboard, KeyPressed(key), composer.seen)


def told(dashboard: Dashboard, keys: str, width: int, height: int) -> list[str]:
    composer = Composer()
    respond(dashboard, Resized(width, height))
    for key in keys.split():
        press(dashboard, composer, key)
    return composer.compose(dashboard, NOW).lines()


def usual_keys_among(lines: list[str], mode: Mode) -> set[str]:
    """Return the usual keys that are named in lines."""
    words = {word.strip(".,:;()") for line in lines for word in re.split(r"[\s│╭╮╰╯─]+", line)}
    is_fixed = mode in TYPING or mode is Mode.HELP
    return words & (USUAL - FIXED if is_fixed else USUAL)


KEYS = [
    *("", "+", "v", "v left a left", "enter", "enter v", "L", "s", "S", "x", "[", "D", "D D", "u"),
    *("C", "1 2", "/ z z z enter", "/ z z z", "c", "c z z", "X", "T", ": l", ": z z z", "e", "m"),
    *("t", "t c", "t G", "t space", "t / z z enter", "t / (", "w", "w enter", "d", "d a", "d / z"),
    *(
        "i",
        "i tab",
        "p",
        "g",
        "g i",
        "g /",
        "y",
        "?",
        "? / z z z",
        "? / c o l",
        "i ?",
        "t ?",
        "g ?",
    ),
    *("v ?", "w ?", "y ?", "d ?", "p ?", "t c ?", "enter enter", "f", "f v f", "ß", "n", "N", "G"),
]


@pytest.mark.parametrize("keys", KEYS)
def test_no_screen_names_a_key_that_was_given_away(compared: Dashboard, keys: str) -> None:
    assert not CHOSEN.faults
    compared.view.keys = CHOSEN.table
    compared.apply(GpusSampled(tuple(make_gpu(number, NOW) for number in range(2)), ()))
    lines = told(compared, keys, 120, 40)
    assert not usual_keys_among(lines, compared.view.mode), "\n".join(lines)


def test_a_screen_that_is_too_small_does_not(compared: Dashboard) -> None:
    compared.view.keys = CHOSEN.table
    lines = told(compared, "", 39, 11)
    assert any("is too small" in line for line in lines)
    assert not usual_keys_among(lines, compared.view.mode)


def test_a_machine_of_which_nothing_was_logged_does_not(
    compared: Dashboard, batch: Callable[..., RunRows]
) -> None:
    compared.view.keys = CHOSEN.table
    rows = batch({"gpu/0/utilization": [90.0]}, run_id="id0", run_name="brave-forest-0")
    compared.apply(SystemRowsLoaded(EXPERIMENT, 1, [rows], True))
    compared.view.run_id = "id2"
    lines = told(compared, "y", 120, 40)
    assert any("1 other run logged some" in line for line in lines)
    assert not usual_keys_among(lines, compared.view.mode)


@pytest.mark.parametrize("keys", ["", "t", "g", "y", "w", "i", "d", "p", "?", "i end", "t down"])
@pytest.mark.parametrize("awaited", [None, "my-expriment"])
def test_no_empty_screen_does(
    keys: str, awaited: str | None, waiting: Callable[[str], Dashboard]
) -> None:
    made = Dashboard(directory="/data") if awaited is None else waiting(awaited)
    made.view.keys = CHOSEN.table
    lines = told(made, keys, 100, 24)
    assert not usual_keys_among(lines, made.view.mode), "\n".join(lines)


@pytest.fixture
def waiting() -> Callable[[str], Dashboard]:
    """Return a function that makes a screen that waits for a project while others exist."""

    def make(name: str) -> Dashboard:
        made = Dashboard(directory="/data")
        made.watch(ProjectId("", name))
        other = ProjectSummary(ProjectId("", "my-experiment"), 3, 6000, NOW - 5, 4_500_000)
        made.apply(ProjectsListed("", [other]))
        return made

    return make
