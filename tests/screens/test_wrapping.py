"""Long lines on several lines of a page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.screens import wrapping
from trackio_view.screens.wrapping import wrapped
from trackio_view.terminal.style import PLAIN, Style, StyledText
from trackio_view.terminal.text import MOST_ON_A_PAGE, sanitize, text_width

BOLD = Style(bold=True)


def texts(line: list[StyledText], width: int, indent: int = 0) -> list[str]:
    rows = wrapped(line, width, indent)
    return ["".join(sanitize(segment.text) for segment in row) for row in rows]


def test_lines_break_at_blanks_behind_the_indentation() -> None:
    label = [StyledText("  key     ", PLAIN), StyledText("some words here", BOLD)]
    assert texts(label, 40, 10) == ["  key     some words here"]
    assert texts(label, 20, 10) == ["  key     some words", "          here"]
    assert texts(label, 19, 9) == ["  key     some ", "         words here"]


def test_a_word_that_is_too_long_breaks_anywhere_and_nothing_is_lost() -> None:
    path = [StyledText("key  ", PLAIN), StyledText("/a/long/path.png", BOLD)]
    assert texts(path, 12, 5) == ["key  /a/long", "     /path.p", "     ng"]
    wide = [StyledText("日本語日本語", PLAIN)]
    assert texts(wide, 5) == ["日本", "語日", "本語"]


def test_styles_stay_with_their_words() -> None:
    first, second = wrapped([StyledText("ab ", PLAIN), StyledText("cd ef", BOLD)], 6)
    assert first == [StyledText("ab ", PLAIN), StyledText("cd ", BOLD)]
    assert second == [StyledText("ef", BOLD)]


@given(st.lists(st.text(max_size=12), max_size=6), st.integers(2, 30), st.integers(0, 20))
def test_every_line_keeps_to_the_width_and_every_word_is_there(
    parts: list[str], width: int, indent: int
) -> None:
    line = [StyledText(part, PLAIN) for part in parts]
    rows = texts(line, width, indent)
    assert all(text_width(row) <= width for row in rows)
    logged = "".join(sanitize(part) for part in parts)
    assert "".join("".join(rows).split()) == "".join(logged.split())


def test_a_long_line_is_broken_once_however_often_it_is_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = [StyledText("some words " * 500, PLAIN)]
    once = wrapped(line, 40)
    monkeypatch.setattr(wrapping, "clusters", lambda text: pytest.fail("measured again"))
    assert wrapped(line, 40) == once


@pytest.mark.parametrize("beyond", [0, 1])
def test_a_text_is_cut_from_the_first_character_too_many(beyond: int) -> None:
    text = "x" * (MOST_ON_A_PAGE + 100 + beyond)
    (line,) = wrapped([StyledText(text, PLAIN)], len(text))
    assert (line[0].text == text) is not bool(beyond)
    if beyond:
        assert line[0].text.endswith(" (101 more characters)")


@pytest.mark.parametrize(("length", "is_kept"), [(400, False), (401, True)])
def test_only_long_lines_are_kept(length: int, is_kept: bool) -> None:
    line = [StyledText("x" * length, PLAIN)]
    assert (wrapped(line, 40) is wrapped(line, 40)) == is_kept
