"""The screens that keys go to, and what keys make happen, are told apart by what they are."""

from __future__ import annotations

from copy import deepcopy

import pytest

from trackio_view.view.actions import MODES, Action, Mode

ACTIONS = [one for one in vars(Action).values() if isinstance(one, Action)]


def test_each_is_called_by_a_name_of_its_own() -> None:
    assert len({mode.value for mode in MODES}) == len(MODES) == len(set(MODES)) > 20
    assert [getattr(Action, action.name) for action in ACTIONS] == ACTIONS
    assert len({action.name for action in ACTIONS}) == len(ACTIONS) > 50


@pytest.mark.parametrize("one", [Mode.METRICS, Action.ZOOM_IN])
def test_a_copy_of_what_a_person_looks_at_knows_the_same_ones(one: Mode | Action) -> None:
    assert deepcopy([one]) == [one]
    assert type(one)(one.value if isinstance(one, Mode) else one.name) != one


def test_they_are_readable_in_a_failed_test() -> None:
    assert repr([Mode.HELP, Action.QUIT]) == "[Mode('Help'), Action('QUIT')]"
