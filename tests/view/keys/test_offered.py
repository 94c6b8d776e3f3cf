"""Which keys the footer offers, in which order they stand, and which give way first."""

from __future__ import annotations

import pytest

from trackio_view.view.actions import Action, Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys import offered as module
from trackio_view.view.keys.bindings import DEFAULT_KEYS
from trackio_view.view.keys.offered import FooterKey, footer_keys, offered
from trackio_view.view.screen_row import Offer
from trackio_view.view.screen_table import SCREENS

BACK = Offer("back", (Action.BACK,))
ZOOM = Offer("zoom", (Action.ZOOM_IN, Action.ZOOM_OUT))
RUNS = Offer("runs", (Action.RUNS,))


def entries(*offers: Offer, arrows: bool = True) -> list[FooterKey]:
    return footer_keys(offers, Mode.WALL, DEFAULT_KEYS, arrows=arrows)


def test_keys_stand_as_in_the_table_and_the_way_back_and_out_come_last() -> None:
    words = ["zoom", "runs", "back", "help", "quit"]
    assert [one.word for one in entries(BACK, RUNS, ZOOM)] == words
    assert [one.word for one in entries(ZOOM, BACK, RUNS)] == words


def test_later_offers_give_way_first_and_the_ways_out_last() -> None:
    ranks = {one.word: one.rank for one in entries(RUNS, ZOOM, BACK)}
    assert ranks == {"help": 1, "quit": 1, "back": 2, "runs": 9, "zoom": 10}


def test_an_entry_has_each_key_by_its_name() -> None:
    zoom, runs, *_ = entries(ZOOM, RUNS)
    assert (zoom.keys, zoom.each) == ("+-", (("+", "+"), ("-", "-")))
    assert (runs.keys, runs.each) == ("t", (("t", "t"),))


def test_long_names_of_keys_are_set_apart() -> None:
    (moved, *_) = footer_keys(
        (Offer("move", (Action.UP, Action.DOWN)),), Mode.HELP, DEFAULT_KEYS, arrows=False
    )
    assert (moved.keys, moved.word) == ("Up Down", "move")


def test_the_first_five_that_apply_are_offered_and_no_action_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    actions = (Action.RUNS, Action.HELP, Action.RUNS, Action.GPUS, Action.BACK, Action.SYSTEM)
    offers = [Offer(f"word {place}", (action,)) for place, action in enumerate(actions)]
    never = Offer("never", (Action.ZOOM_IN,), lambda _: False)
    chartless = Offer("no charts", (Action.PAN_BACK,), charts=lambda _: False)
    last = Offer("sixth", (Action.ALL_PROJECTS,))
    dashboard = Dashboard()
    mode = dashboard.view.mode
    screen = SCREENS[mode]._replace(
        offers=(never, chartless, *offers, last), is_empty=lambda _: False
    )
    monkeypatch.setattr(module, "SCREENS", {mode: screen})
    found = offered(dashboard, dashboard.shown_charts)
    assert [offer.word for offer in found] == [f"word {place}" for place in (0, 1, 3, 4, 5)]
    # On an empty screen only keys that act there are offered.
    screen = SCREENS[mode]._replace(offers=(ZOOM, RUNS), is_empty=lambda _: True)
    monkeypatch.setattr(module, "SCREENS", {mode: screen})
    assert offered(dashboard, dashboard.shown_charts) == (RUNS,)
    monkeypatch.setattr(module, "SCREENS", {mode: screen._replace(is_empty=lambda _: False)})
    assert offered(dashboard, dashboard.shown_charts) == (ZOOM, RUNS)
