"""A sentence that is too long loses the middles of its names first, and its end last."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.terminal.text import sanitize, text_width
from trackio_view.wording.names import cut_name
from trackio_view.wording.sentences import fit_sentence, has_room, sentence_lines

METRIC = "train/model.transformer.encoder.layers.11.attention.output.weight/loss"


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("best val/loss @3,000", 20, "best val/loss @3,000"),
        (f"best {METRIC} @40", 40, "best train/model.transformer.en…loss @40"),
        (f"best {METRIC} @40", 30, "best train/model.tran…loss @40"),
        # A cut number would be another number.
        (f"{METRIC} 0.31174312342345702", 40, "train/model.tra…loss 0.31174312342345702"),
        # A word of 16 columns is not cut.
        (f"best {METRIC} @40", 24, "best train/model…loss @…"),
        # No word is long, so the end is cut.
        ("it was left by another program", 20, "it was left by anot…"),
    ],
)
def test_names_give_way_before_the_end(text: str, width: int, shown: str) -> None:
    assert fit_sentence(text, width) == shown


def test_two_names_of_one_sentence_are_told_apart() -> None:
    names = [f"{'a-long-beginning-' * 3}{at}{'-a-long-ending' * 3}" for at in range(2)]
    words = fit_sentence(f"{names[0]} beside {names[1]}", 44).split()
    assert words[1] == "beside"
    assert words[0] != words[2]


@given(st.text(max_size=120), st.integers(0, 90))
def test_any_width_is_kept_to(text: str, width: int) -> None:
    shown = fit_sentence(text, width)
    assert text_width(shown) <= width
    if text_width(text) <= width:
        assert shown == sanitize(text)


def test_a_sentence_is_broken_at_blanks() -> None:
    assert sentence_lines("one two three four", 9, 3) == ["one two", "three", "four"]
    assert sentence_lines("one two three four", 9, 2) == ["one two", "three fo…"]
    assert sentence_lines("whole", 9, 2) == ["whole"]
    assert sentence_lines("", 9, 2) == []
    assert sentence_lines("of abcdefghijklmnop", 9, 3) == ["of", cut_name("abcdefghijklmnop", 9)]
    assert sentence_lines("", 9, 0) == [""]


@given(
    st.lists(st.sampled_from(["best", "of", "a", METRIC, "@3,000", "model/layers.11"]), max_size=9),
    st.integers(10, 60),
    st.integers(1, 3),
)
def test_a_sentence_that_one_line_holds_takes_one(words: list[str], width: int, most: int) -> None:
    text = " ".join(words)
    if words and has_room(text, width):
        assert sentence_lines(text, width, most) == [fit_sentence(text, width)]


def test_names_are_cut_before_more_lines_are_taken() -> None:
    long = [f"train/{'module-' * 40}{end}/loss" for end in ("a", "b")]
    lines = sentence_lines(f"best {long[0]} · best {long[1]}", 38, 4)
    assert len(lines) == 2
    assert "a/loss" in lines[0]
    assert lines[-1].endswith("b/loss")


def test_there_is_room_where_only_names_are_cut() -> None:
    text = "a" * 60 + " is off the screen"
    assert has_room(text, 40)
    assert fit_sentence(text, 40).endswith(" is off the screen")
    assert not has_room(text, 20)
    assert not has_room("there is no room for all of it", 20)
