"""The ending of a file's name chooses the format."""

from __future__ import annotations

from pathlib import Path

import pytest

from trackio_view.options.values import PICTURES
from trackio_view.pictures.formats import PICTURE_FORMATS, picture
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.style import Meaning, Style
from trackio_view.terminal.themes import DARK, LIGHT

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
