"""The keys that a person chose are used where they can be, and a sentence tells the others."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackio_view.view.actions import Action, Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.bindings import BINDINGS, DEFAULT_KEYS, TYPING, KeyTable
from trackio_view.view.keys.chosen_keys import MOST_KEYS, chosen_keys, key_named, usual_keys
from trackio_view.view.keys.key_labels import key_label
from trackio_view.view.keys.offered import footer_keys, offered
from trackio_view.view.responses import press

USUAL_KEYS = {name: usual.keys for name, usual in usual_keys().items()}


def test_by_itself_no_two_actions_have_one_key_on_a_screen() -> None:
    places = [(mode, key) for one in BINDINGS for mode in one.modes for key in one.keys]
    assert len(places) == len(set(places))
    assert chosen_keys({}).table is DEFAULT_KEYS
    assert chosen_keys({name: list(keys) for name, keys in USUAL_KEYS.items()}).keys == {}


def test_a_key_does_another_thing_and_the_old_one_nothing() -> None:
    chosen = chosen_keys({"next_run": "ctrl_n", "quit": ["Q", "F10"]})
    assert (chosen.faults, chosen.keys) == ([], {"next_run": ("ctrl_n",), "quit": ("Q", "f10")})
    for mode in (Mode.METRICS, Mode.SYSTEM):
        assert chosen.table.action(mode, "ctrl_n") is Action.NEXT_RUN
        assert chosen.table.action(mode, "r") is None
    assert chosen.table.action(Mode.HELP, "Q") is Action.QUIT
    assert chosen.table.action(Mode.HELP, "q") is None
    assert chosen.table.action(Mode.RUN_FILTER, "Q") is None, "it is a letter there"
    dashboard = Dashboard()
    dashboard.view.keys = chosen.table
    entries = footer_keys(offered(dashboard, dashboard.shown_charts), Mode.METRICS, chosen.table)
    assert ("Q", "quit") in [(keys, word) for keys, word, *_ in entries]
    press(dashboard, ["q"])
    assert not dashboard.quit
    press(dashboard, ["Q"])
    assert dashboard.quit


def test_two_actions_change_places() -> None:
    chosen = chosen_keys({"next_run": "n", "next_event": "r"})
    assert chosen.faults == []
    assert chosen.table.action(Mode.METRICS, "n") is Action.NEXT_RUN
    assert chosen.table.action(Mode.METRICS, "r") is Action.NEXT_EVENT


def test_an_action_of_several_screens_loses_and_gets_the_same_on_each() -> None:
    assert USUAL_KEYS["next_page"] == ("page_down", "space")
    chosen = chosen_keys({"next_page": ["page_down", "ctrl_f"]})
    assert chosen.faults == []
    for mode, space in ((Mode.METRICS, None), (Mode.RUNS, Action.MARK)):
        assert chosen.table.action(mode, "ctrl_f") is Action.NEXT_PAGE
        assert chosen.table.action(mode, "page_down") is Action.NEXT_PAGE
        assert chosen.table.action(mode, "space") is space
    # A screen without any of the keys that are left gets all of them.
    chosen = chosen_keys({"choose": "space", "next_page": "page_down"})
    assert chosen.faults == []
    for mode in (Mode.PROJECTS, Mode.RUN_COLUMNS):
        assert chosen.table.action(mode, "enter") is None
        assert chosen.table.action(mode, "space") is Action.CHOOSE


def test_where_keys_are_text_they_stay_as_they_are() -> None:
    chosen = chosen_keys({"back": "ctrl_b", "choose": "ctrl_o", "redraw": "ctrl_r"})
    assert chosen.faults == []
    for mode in TYPING:
        for key in ("escape", "enter", "ctrl_c", "ctrl_l", "b", "ctrl_b"):
            assert chosen.table.action(mode, key) is DEFAULT_KEYS.action(mode, key)
    assert chosen.table.action(Mode.HELP, "ctrl_b") is Action.BACK
    assert chosen.table.action(Mode.HELP, "ctrl_r") is Action.REDRAW


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        ({"next_run": "n"}, "keys.next_run: n is next_event (Metrics); r holds."),
        ({"quit": "3"}, "keys.quit: 3 is go_to (Metrics); q holds."),
        ({"help": "q", "quit": "q"}, "keys.help: q is quit (Metrics); ? holds."),
        ({"fly": "x"}, "Unknown setting: keys.fly: --print-config lists all."),
        ({"nextrun": "x"}, "Unknown setting: keys.nextrun, perhaps next_run."),
        ({"go_to": "x"}, "Unknown setting: keys.go_to: --print-config lists all."),
        ({"interrupt": "x"}, "Unknown setting: keys.interrupt: --print-config lists all."),
        ({"quit": "ctrl_c"}, "keys.quit must be a key such as q, ctrl_n, f5 or page_up, or a"),
        ({"quit": "ctrl_z"}, "keys.quit must be a key such as"),
        ({"quit": "quit"}, "keys.quit must be a key such as"),
        ({"quit": ""}, "keys.quit must be a key such as"),
        ({"quit": []}, "keys.quit must be a key such as"),
        ({"quit": ["x", 3]}, "keys.quit must be a key such as"),
        ({"quit": False}, "keys.quit must be a key such as"),
        ({"quit": list("ABEHIJM")}, "keys.quit must be a key such as"),
    ],
)
def test_an_impossible_key_is_one_line_and_the_usual_key_holds(wanted, fault) -> None:
    chosen = chosen_keys(wanted)
    said = [one for one in chosen.faults if one.startswith(fault)]
    assert len(said) == 1
    if len(wanted) == 1:
        assert chosen.table is DEFAULT_KEYS
        assert len(chosen.faults) == 1


def test_a_key_is_called_by_its_name_or_by_its_label() -> None:
    for binding in BINDINGS:
        for key in binding.keys:
            if key not in ("ctrl_c",):
                assert key_named(key) == key
                assert key_named(key_label(key)) == key
                assert key_named(key_label(key, arrows=False)) == key
    functions = [f"f{number}" for number in range(1, 13)]
    for key in ("delete", "insert", *functions):
        assert key_named(key) == key_named(key.upper()) == key
    assert [key_named(f"ctrl_{letter}") for letter in "ay"] == ["ctrl_a", "ctrl_y"]
    assert key_named("Ctrl-N") == key_named("ctrl_n") == "ctrl_n"
    assert [key_named(text) for text in ("PgDn", "ESC", " ", "é", "Q", "F5")] == [
        *("page_down", "escape", "space", "é", "Q", "f5")
    ]
    assert [key_named(text) for text in ("", "\x1b", "qq", "ctrl_i", "f99", "\x00")] == [None] * 6


KEYS = st.sampled_from(sorted({key for one in BINDINGS for key in one.keys} | {*"éßÄ", "f5", "f6"}))
CHOICES = st.dictionaries(
    st.sampled_from(sorted(USUAL_KEYS)),
    st.lists(KEYS, min_size=1, max_size=MOST_KEYS) | KEYS,
    max_size=8,
)


@settings(max_examples=150)
@given(wanted=CHOICES)
def test_whatever_is_chosen_no_screen_loses_an_action_and_no_key_has_two(wanted) -> None:
    chosen = chosen_keys(wanted)
    table = chosen.table
    places = [(mode, key) for one in table.bindings for mode in one.modes for key in one.keys]
    assert len(places) == len(set(places))
    usual = {(mode, one.action) for one in BINDINGS for mode in one.modes}
    assert {(mode, one.action) for one in table.bindings for mode in one.modes} == usual
    assert len(chosen.faults) <= len(wanted)
    for name, keys in chosen.keys.items():
        assert wanted[name] == keys[0] or [*dict.fromkeys(wanted[name])] == [*keys]
    again = chosen_keys(chosen.keys)
    assert (again.table.bindings, again.keys, again.faults) == (table.bindings, chosen.keys, [])


def test_sentences_name_a_persons_own_keys() -> None:
    dashboard = Dashboard()
    dashboard.view.keys = chosen_keys({"smoother": "f7", "cursor": "ctrl_v", "anchor": "A"}).table
    press(dashboard, ["S"])
    assert dashboard.view.said == "not smoothed: F7 smooths"
    press(dashboard, ["A"])
    assert dashboard.view.said == ("Ctrl-V puts a cursor on the charts, A begins a stretch there")
    assert dashboard.view.key_of(Action.UNDO) == "u"
    assert DEFAULT_KEYS.label(Mode.HELP, Action.SMOOTHER) == "s", "also where it has none"


def test_a_table_is_what_its_bindings_say() -> None:
    table = KeyTable(BINDINGS[:1])
    assert table.action(Mode.METRICS, "+") is Action.ZOOM_IN
    assert table.action(Mode.METRICS, "-") is None
