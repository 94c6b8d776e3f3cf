from trackio_view.view.actions import Action, Mode
from trackio_view.view.bindings import BINDINGS, DEFAULT_KEYS
from trackio_view.view.screen_table import SCREENS


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
