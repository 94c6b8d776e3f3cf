"""Each glyph has a twin of one column in every repertoire, and no run can log one of our signs."""

from __future__ import annotations

import unicodedata

import blessed
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth, wcwidth

from trackio_view.terminal import glyphs as glyphs_module
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import (
    FIRST_SIGN,
    LAST_SIGN,
    NEWEST,
    WARNING_SIGN,
    Repertoire,
    Signed,
    is_sign,
    shown_by,
)
from trackio_view.terminal.look import Look, resolved
from trackio_view.terminal.text import REPLACEMENT, clusters, fit, pad, sanitize, signed, text_width

SIGNS = [chr(code) for code in range(ord(FIRST_SIGN), ord(LAST_SIGN) + 1)]
PRIVATE = "\ue0b0\uf09b\U000f0001\U0010fffd"
"""Characters of icon fonts, which people put into names."""


def test_signs_are_noncharacters_and_every_library_measures_one_column() -> None:
    assert len(SIGNS) == 32
    for sign in SIGNS:
        assert unicodedata.category(sign) == "Cn"
        assert wcwidth(sign) == wcswidth(sign) == blessed.Terminal().length(sign) == 1
        assert text_width(Signed(sign)) == text_width(sign) == 1
        assert list(clusters(Signed(sign))) == [(sign, 1)]


@pytest.mark.parametrize("repertoire", list(Repertoire))
def test_every_glyph_has_a_twin_of_a_column_and_no_sign_is_left(repertoire) -> None:
    shown = shown_by(repertoire)
    drawn = [twins.braille for twins in glyphs_module._TWINS]
    for glyph in [*drawn, *SIGNS[: len(glyphs_module._SIGN_TWINS)]]:
        assert text_width(shown[glyph]) == wcswidth(shown[glyph]) == 1
        assert not is_sign(shown[glyph])
        assert repertoire is not Repertoire.ASCII or shown[glyph].isascii()


@given(st.text(st.sampled_from([*SIGNS, *PRIVATE, "a", "日", "\u0301", "\x1b"]), max_size=12))
def test_a_character_that_a_run_logged_never_is_a_sign(text: str) -> None:
    for safe in (sanitize(text), fit(text, 5), pad(text, 9), signed(NEWEST, text)[1:]):
        assert not any(map(is_sign, safe))
    frame = Frame(30, 1)
    frame.put(0, 0, text)
    assert not any(map(is_sign, "".join(frame.glyphs[0])))
    # Letters of names are never replaced.
    kept = [letter for letter in text if letter in PRIVATE]
    assert [letter for letter in sanitize(text) if letter in PRIVATE] == kept


def test_a_sign_of_ours_in_a_name_is_shown_as_a_replacement() -> None:
    assert sanitize(f"run{NEWEST:s}") == f"run{REPLACEMENT}"
    assert sanitize(str(NEWEST)) == REPLACEMENT


def test_signed_text_stays_signed_however_it_is_cut() -> None:
    text = signed(NEWEST, " ", "a rather long name")
    for made in (text, fit(text, 8), pad(text, 30), sanitize(text)):
        assert isinstance(made, Signed)
        assert made.startswith(NEWEST)
    assert fit(text, 8) == f"{NEWEST} a rat…"


def test_a_frame_is_resolved_by_its_look() -> None:
    frame = Frame(9, 1)
    frame.put(0, 0, signed(NEWEST, WARNING_SIGN, "é日"))
    assert frame.lines() == resolved(frame, Look()).lines() == ["●▲é日"]
    assert resolved(frame, Look(repertoire=Repertoire.BLOCKS)).lines() == ["•▲é日"]
    # There are as many question marks as columns, so the text behind them stays in its place.
    assert resolved(frame, Look(repertoire=Repertoire.ASCII)).lines() == ["o!???"]
    assert frame.lines() == ["●▲é日"]
