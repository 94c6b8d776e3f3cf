"""The subjects of keys: each heading has keys, and general keys have a heading, too."""

from __future__ import annotations

from trackio_view.view.actions import Action
from trackio_view.view.keys.bindings import BINDINGS
from trackio_view.view.keys.help_themes import HelpTheme, theme_of


def test_the_headings_of_the_help_in_their_order() -> None:
    headings = [theme.value for theme in HelpTheme]
    assert headings == [
        *("Move", "Window and axes", "Values", "What is shown", "Runs", "Other places"),
        "The program",
    ]
    assert {theme_of(binding.action) for binding in BINDINGS} == set(HelpTheme)
    assert theme_of(Action.QUIT) is HelpTheme.PROGRAM
