"""The width of text in columns, and that no text can act upon a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wcwidth import wcwidth

from trackio_view.terminal import text as text_module
from trackio_view.terminal.text import NARROW, clusters, fit, is_plain, pad, sanitize, text_width

TEXTS = st.text(st.characters(codec=None), max_size=30)
ACTING = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(TEXTS)
@example("\x1b]0;title\x07\x1b[2J\r\n\x9b31m")
@example("a\u202eb\u2066c\u200fd\ufeffe\u2028f")
@example("👩\u200d👩\u200d👧 ☂\ufe0f")
def test_nothing_that_a_terminal_acts_upon_is_left(text: str) -> None:
    safe = sanitize(text)
    assert not [character for character in safe if unicodedata.category(character) in ACTING]
    safe.encode("utf-8")
    assert sanitize(safe) == safe


@given(TEXTS)
def test_clusters_are_the_sanitised_text(text: str) -> None:
    glyphs = clusters(text)
    assert "".join(glyph for glyph, _ in glyphs) == sanitize(text)
    assert sum(width for _, width in glyphs) == text_width(text)
    for glyph, width in glyphs:
        assert width in (1, 2)
        assert wcwidth(glyph[0]) == width
        assert all(wcwidth(mark) <= 0 for mark in glyph[1:])


@given(TEXTS, st.integers(0, 40))
def test_fitting_and_padding_keep_to_the_width(text: str, width: int) -> None:
    assert text_width(fit(text, width)) <= width
    assert text_width(pad(text, width)) == width
    assert text_width(pad(text, width, align_right=True)) == width
    if text_width(text) <= width:
        assert fit(text, width) == sanitize(text)


@pytest.mark.parametrize(
    ("text", "shown", "width"),
    [
        ("train/loss", "train/loss", 10),
        ("", "", 0),
        ("a\nb\tc\x1b[m", "a␊b␉c␛[m", 8),
        ("\x7f\x9b", "␡\ufffd", 2),
        ("abc\u202e", "abc\ufffd", 4),
        ("\ud800", "\ufffd", 1),
        ("漢字", "漢字", 4),
        ("e\u0301", "e\u0301", 1),
        ("\u0301", " \u0301", 1),
        ("☂\ufe0f", "☂", 1),
        ("👩\u200d🚀", "👩🚀", 4),
    ],
)
def test_texts_are_sanitised_and_measured(text: str, shown: str, width: int) -> None:
    assert sanitize(text) == shown
    assert text_width(text) == width


def test_marks_piled_upon_a_letter_are_bounded() -> None:
    assert len(sanitize("a" + "\u0301" * 10_000 + "b")) < 20


@pytest.mark.parametrize(
    ("text", "width", "fitted"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("漢字漢", 5, "漢字…"),
        ("漢字漢", 4, "漢…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
    ],
)
def test_a_text_that_is_cut_ends_in_an_ellipsis(text: str, width: int, fitted: str) -> None:
    assert fit(text, width) == fitted


@pytest.mark.parametrize(("first", "last"), NARROW)
def test_each_character_of_the_narrow_ranges_is_a_column_wide(first: str, last: str) -> None:
    characters = [chr(code) for code in range(ord(first), ord(last) + 1)]
    printed = [one for one in characters if not unicodedata.category(one).startswith(("C", "Z"))]
    assert len(printed) > 300
    assert {wcwidth(one) for one in printed} == {1}


def test_printable_ascii_is_plain() -> None:
    assert is_plain("loss = 1.5 ~")
    assert is_plain("")
    assert not is_plain("a\nb")
    assert not is_plain("é")


def test_long_texts_are_not_kept() -> None:
    before = text_module._kept_clusters.cache_info().currsize
    for number in range(20):
        assert len(list(clusters(f"{number:03}" + "é" * 500))) == 503
    assert text_module._kept_clusters.cache_info().currsize == before


def test_long_names_of_characters_that_stay_are_not_gone_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    stays = text_module._stays
    monkeypatch.setattr(text_module, "_stays", lambda it: asked.append(it) or stays(it))
    names = [f"g{number % 9}/{'損' * 180}{number}" for number in range(5_000)]
    assert [sanitize(name) for name in names] == names
    assert len(asked) < 10 * len(names), "a few characters of each, and not all 185"
    assert sanitize("損\x1b損") == "損\u241b損"
    assert sanitize("損\u0301\u202e") == "損\u0301\ufffd"
    # A character that looks like one of our signs goes, also where every other one stays.
    assert sanitize("損\ufdd0") == "損\ufffd"
