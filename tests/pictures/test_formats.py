"""The ending of a file's name chooses the format."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackio_view.live.exporting import CSV
from trackio_view.options.values import PICTURES
from trackio_view.pictures.formats import PICTURE_FORMATS, ansi_text, picture, plain_text
from trackio_view.terminal.cells import CONTINUATION, Frame
from trackio_view.terminal.look import Look
from trackio_view.terminal.style import Color, ColorDepth, Meaning, Style
from trackio_view.terminal.themes import DARK, LIGHT
from trackio_view.view.actions import Mode
from trackio_view.view.places import View
from trackio_view.view.screen_table import SCREENS

LOSS = Style(Meaning("good"), bold=True)


@pytest.fixture
def frame() -> Frame:
    made = Frame(12, 2)
    made.put(0, 0, "loss", LOSS)
    made.put(0, 1, "ärger")
    return made


@pytest.mark.parametrize(
    ("name", "beginning"),
    [
        ("a.svg", b"<svg "),
        ("a.png", b"\x89PNG\r\n"),
        ("a.html", b"<!DOCTYPE html>"),
        ("a.txt", "loss\närger\n".encode()),
        ("a.ans", b"\x1b["),
        ("B.SVG", b"<svg "),
    ],
)
def test_an_ending_asks_for_its_format(frame: Frame, name: str, beginning: bytes) -> None:
    assert picture(frame, Path(name), DARK).startswith(beginning)


@pytest.mark.parametrize("ending", [".svg", ".png", ".html", ".ans"])
def test_a_theme_shows_in_each_format_with_colours(frame: Frame, ending: str) -> None:
    assert picture(frame, Path("a" + ending), DARK) != picture(frame, Path("a" + ending), LIGHT)


def test_escape_codes_for_a_file_have_all_colours_unless_none_are_wanted(
    frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert b"38;2;" in picture(frame, Path("a.ans"), DARK)
    monkeypatch.setenv("NO_COLOR", "1")
    plain = picture(frame, Path("a.ans"), DARK)
    assert b"38;" not in plain
    assert b"\x1b[" in plain, "bold is no colour"
    monkeypatch.setenv("NO_COLOR", "")
    assert b"38;2;" in picture(frame, Path("a.ans"), DARK)


def test_the_endings_that_are_taken_are_those_that_are_written() -> None:
    assert set(PICTURES) == set(PICTURE_FORMATS)
    typed = SCREENS[Mode.EXPORT].typed
    assert typed is not None
    assert set(typed(View()).examples.split()) == {*PICTURE_FORMATS, CSV}


BLUE = Color(0x5CB8F2, 75, 14)


def test_plain_text_is_the_glyphs(training_frame) -> None:
    assert plain_text(training_frame).decode().split("\n") == [*training_frame.lines(), ""]


def check_ansi(frame: Frame) -> None:
    screen = pyte.Screen(frame.width, frame.height)
    text = ansi_text(frame, Look()).decode()
    assert text.count("\n") == frame.height
    pyte.Stream(screen).feed(text.removesuffix("\n").replace("\n", "\r\n"))
    for y, (glyphs, styles) in enumerate(zip(frame.glyphs, frame.styles, strict=True)):
        for x, (glyph, style) in enumerate(zip(glyphs, styles, strict=True)):
            shown = screen.buffer[y][x]
            assert shown.data == unicodedata.normalize("NFC", glyph)
            if glyph == CONTINUATION:
                continue
            foreground, background = (
                f"{color.rgb:06x}" if isinstance(color, Color) else "default"
                for color in (style.foreground, style.background)
            )
            assert (shown.fg, shown.bg) == (foreground, background)
            looks = (shown.bold, shown.italics, shown.underscore, shown.reverse)
            assert looks == (style.bold, style.italic, style.underline, style.reverse)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1 << 32))
def test_escape_codes_show_the_frame(seed: int, random_frame) -> None:
    check_ansi(random_frame(seed))


def test_escape_codes_of_a_monochrome_file() -> None:
    frame = Frame(6, 1)
    frame.put(0, 0, "abc", Style(BLUE, bold=True))
    assert ansi_text(frame, Look(ColorDepth.MONOCHROME)) == b"\x1b[0;1mabc\x1b[m\n"


def test_every_line_can_be_cut_out_and_ends_with_its_last_glyph(training_frame) -> None:
    for look in (Look(), Look(ColorDepth.MONOCHROME)):
        for line in ansi_text(training_frame, look).decode().splitlines():
            assert not line.endswith(" ")
            # The last sequence is the terminal's own style, unless the line has none.
            last = line.rpartition("\x1b[")[2]
            assert "\x1b" not in line or last.startswith("m"), line


def test_a_style_is_named_where_it_changes_and_a_coloured_blank_is_kept() -> None:
    frame = Frame(9, 2)
    bold, blue = Style(bold=True), Style(background=BLUE)
    frame.put(0, 0, "ab", bold)
    frame.put(2, 0, "日", bold)
    frame.put(4, 0, "c")
    frame.put(6, 0, " ", blue)
    assert ansi_text(frame, Look(ColorDepth.XTERM)) == (
        "\x1b[0;1mab日\x1b[mc \x1b[0;48;5;75m \x1b[m\n\n".encode()
    )
