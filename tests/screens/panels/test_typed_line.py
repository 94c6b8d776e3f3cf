"""The part of a typed line about its cursor that has room."""

from __future__ import annotations

import pytest

from trackio_view.charts.palette import ACCENT, BAD
from trackio_view.screens.panels.typed_line import candidate_pieces, line_pieces
from trackio_view.terminal.text import text_width
from trackio_view.view.text_entry import TypedLine


def shown(text: str, width: int, *keys: str, wrong: int | None = None) -> str:
    line = TypedLine()
    line.start(text)
    line.feed(keys)
    return "".join(piece.text for piece in line_pieces(line, width, wrong))


@pytest.mark.parametrize(
    ("text", "keys", "then"),
    [
        ("loss", (), "loss▏"),
        ("loss", ("left",), "los▏s"),
        ("a" * 30 + "b", (), "…" + "a" * 9 + "b▏"),
        ("ab" + "c" * 30, ("home",), "▏abccc"),
        ("x" * 20 + "|" + "y" * 20, ("home", *["right"] * 21), "…xxxxxxxxx|▏yyyyy"),
        ("損失" * 10, (), "…失損失損失▏"),
    ],
)
def test_the_cursor_stays_in_sight(text: str, keys: tuple[str, ...], then: str) -> None:
    assert shown(text, 10, *keys) == then
    assert text_width(then) <= 1 + 10 + 1 + 5


def test_the_wrong_part_of_a_filter_is_marked_on_both_sides_of_the_cursor() -> None:
    line = TypedLine()
    line.start("lr>(x")
    line.feed(["left"])
    pieces = [(piece.text, piece.style) for piece in line_pieces(line, 20, 2)]
    assert [text for text, _ in pieces] == ["lr", ">", "(", "▏", "x"]
    assert [style == BAD for _, style in pieces] == [False, False, True, True, True]


def test_how_a_line_went_on_stands_behind_the_cursor() -> None:
    line = TypedLine()
    line.start("loss -eval")
    line.finish()
    line.feed("lo")
    assert "".join(piece.text for piece in line_pieces(line, 20)) == "lo▏ss -eval"
    line.feed(["left"])
    assert "".join(piece.text for piece in line_pieces(line, 20)) == "l▏o"


def test_candidates_are_listed_from_the_one_in_the_line_on() -> None:
    line = TypedLine()
    line.feed("l")
    line.offer("l", [f"layer-{number}" for number in range(30)])
    assert line.text == "layer-"
    assert "".join(piece.text for piece in candidate_pieces(line, 30)) == "layer-0  layer-1  +28"
    line.choose(-1)
    pieces = candidate_pieces(line, 30)
    assert "".join(piece.text for piece in pieces) == "layer-29  +29"
    assert pieces[0].style == ACCENT
    line.offer("layer-29", ["layer-29"])
    assert candidate_pieces(line, 30) == [], "there is nothing to choose"
