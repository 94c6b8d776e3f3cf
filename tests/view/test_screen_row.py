"""A row of the table of screens says what is usual where it says nothing."""

from __future__ import annotations

import pytest

from trackio_view.view.actions import Action
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.footer_words import FooterWords
from trackio_view.view.places import Seen, View
from trackio_view.view.screen_row import KeyGroup, Offer, Screen, Typed, Wants
from trackio_view.view.text_entry import TypedLine


def test_a_row_with_a_group_alone_is_a_screen_over_others_that_wants_nothing() -> None:
    dashboard, row = Dashboard(), Screen(KeyGroup("Tags of runs", "tags"))
    assert not row.is_ground
    assert row.reads_project
    assert row.wants == Wants(gpus=False, page=False, projects=False, clock=False)
    assert not row.about_all_projects(View())
    assert not row.is_empty(dashboard)
    assert row.footer(dashboard, 0.0) == FooterWords()
    assert row.own_state(dashboard, Seen()) is None
    assert row.offers == ()
    assert row.keys.page == "keys"
    assert "inferred from the age of its last row" in row.notes[0]


@pytest.mark.parametrize("logged", [False, True])
def test_a_key_is_worth_offering_unless_a_row_says_when(logged: bool) -> None:
    dashboard = Dashboard()
    assert Offer("open", (Action.ENLARGE,)).when(dashboard)
    assert Offer("open", (Action.ENLARGE,)).charts(dashboard.shown_charts)
    assert Offer("open", (Action.ENLARGE,), lambda _: logged).when(dashboard) is logged


def test_a_typed_text_is_kept_or_dropped() -> None:
    assert Typed("search", TypedLine())[2:] == ("keep", "drop", "", ())
