"""Keys edit a text, and no paste makes it endless."""

from __future__ import annotations

import pytest

from trackio_view.view.text_entry import MOST_CHARACTERS, TypedLine


def typed(text: str, *keys: str) -> TypedLine:
    line = TypedLine()
    line.start(text)
    line.feed(keys)
    return line


@pytest.mark.parametrize(
    ("text", "keys", "then"),
    [
        ("", ("l", "r", "space", "é", "f5", "backspace", "x"), "lr x|"),
        ("lr", ("backspace",) * 3, "|"),
        ("loss -name:debug", ("ctrl_w",), "loss -name:|"),
        ("loss lr x", ("ctrl_w",), "loss lr |"),
        ("loss lr x", ("ctrl_w", "ctrl_w"), "loss |"),
        ("lr=1", ("ctrl_w",), "lr=|"),
        ("x", ("ctrl_w",), "|"),
        ("ab c", ("shift_left",), "ab |c"),
        ("ab c", ("shift_left", "shift_left"), "|ab c"),
        ("loss -name:debug", ("shift_left", "shift_left", "ctrl_u"), "|name:debug"),
        ("loss", ("left", "left", "ctrl_k"), "lo|"),
        ("loss", ("home", "delete", "end", "x"), "ossx|"),
        ("loss", ("ctrl_a", "ctrl_k", "ctrl_y", "ctrl_y"), "lossloss|"),
        ("lr 日本語", ("left",), "lr 日本|語"),
        ("éx日", ("left", "left"), "é|x日"),
    ],
)
def test_keys_edit_as_at_a_prompt(text: str, keys: tuple[str, ...], then: str) -> None:
    line = typed(text, *keys)
    assert f"{line.before}|{line.text.removeprefix(line.before)}" == then


def test_lines_typed_before_come_again_and_are_suggested() -> None:
    line = typed("lr>=1e-3")
    assert line.finish() == "lr>=1e-3"
    line.start("seed:1")
    line.finish()
    line.feed(["up", "up"])
    assert line.text == "lr>=1e-3"
    line.feed(["down", "down"])
    assert (line.text, line.suggestion) == ("", "")
    line.feed("lr")
    assert line.suggestion == ">=1e-3"
    line.feed(["right"])
    assert line.text == "lr>=1e-3"
    line.drop()
    assert line.text == line.before == ""


def test_characters_beyond_the_bound_are_left_out() -> None:
    line = typed("loss<", *["é"] * 100_000)
    assert line.text == "loss<" + "é" * (MOST_CHARACTERS - 5)
    assert line.is_full
    line.feed(["backspace"])
    assert not line.is_full
    line.feed(["x", "space", "y"])
    assert line.text[-2:] == "éx"


def test_a_line_begins_without_control_characters() -> None:
    assert typed("a\x1b[31m\nb").text == "a[31mb"


def test_candidates_are_gone_through_from_either_end() -> None:
    for direction, texts in ((1, ["loss", "lr", "loss"]), (-1, ["lr", "loss", "lr"])):
        line = typed("x l")
        line.offer("l", ["loss", "lr"])
        assert line.text == "x l", "they agree in no more"
        seen = []
        for _ in texts:
            line.choose(direction)
            seen.append(line.text.removeprefix("x "))
        assert seen == texts
