"""What keys make of a text, and that no paste makes it endless."""

from __future__ import annotations

from trackio_view.view.text_entry import MOST_CHARACTERS, edited, is_full


def test_letters_spaces_and_backspace_edit_and_other_keys_do_not() -> None:
    assert edited("", ("l", "r", "space", "é", "up", "f5", "backspace", "x")) == "lr x"
    assert edited("lr", ("backspace", "backspace", "backspace")) == ""


def test_what_is_beyond_a_long_text_is_left_out() -> None:
    typed = edited("loss<", ["é"] * 1_000_000)
    assert typed == "loss<" + "é" * (MOST_CHARACTERS - 5)
    assert is_full(typed)
    assert not is_full(edited(typed, ["backspace"]))
    assert edited(typed, ["backspace", "x", "space", "y"])[-2:] == "éx"
