"""How keys are written for people."""

from __future__ import annotations

from trackio_view.view.keys.bindings import BINDINGS
from trackio_view.view.keys.key_labels import key_label, keys_label


def test_labels_without_unicode_are_ascii() -> None:
    for binding in BINDINGS:
        assert all(key_label(key, arrows=False).isascii() for key in binding.keys)


def test_a_key_is_written_by_its_name_where_there_are_no_arrows() -> None:
    labels = {
        key: key_label(key, arrows=False) for key in ("up", "shift_left", "page_up", "a", "+")
    }
    assert labels == {
        "up": "Up",
        "shift_left": "Shift-Left",
        "page_up": "PgUp",
        "a": "a",
        "+": "+",
    }


def test_keys_that_follow_one_another_are_written_as_a_span() -> None:
    assert keys_label(tuple("123456789")) == "1-9"
    assert keys_label(("left", "h")) == "← h"
    assert keys_label(("1", "3", "2")) == "1 3 2"
