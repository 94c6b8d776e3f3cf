"""How many colours are used, and in which encoding."""

from __future__ import annotations

import locale

import pytest

from trackio_view.terminal.capabilities import (
    color_depth,
    is_color_forced,
    is_utf8,
    locale_encoding,
    repertoire,
)
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.style import ColorDepth


@pytest.mark.parametrize(
    ("environment", "known_colors", "depth"),
    [
        ({"TERM": "xterm-256color"}, 256, ColorDepth.XTERM),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, 256, ColorDepth.TRUECOLOR),
        ({"TERM": "xterm", "COLORTERM": "24bit"}, 8, ColorDepth.TRUECOLOR),
        ({"TERM": "xterm-direct"}, 1 << 24, ColorDepth.TRUECOLOR),
        ({"TERM": "xterm-kitty"}, 256, ColorDepth.TRUECOLOR),
        ({"TERM": "foot-extra"}, 256, ColorDepth.TRUECOLOR),
        ({"TERM": "xterm"}, 8, ColorDepth.ANSI),
        ({"TERM": "linux"}, 8, ColorDepth.ANSI),
        ({"TERM": "vt100"}, 0, ColorDepth.MONOCHROME),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, 256, ColorDepth.MONOCHROME),
        ({}, 256, ColorDepth.MONOCHROME),
        ({"TERM": "xterm-kitty", "NO_COLOR": "1"}, 256, ColorDepth.MONOCHROME),
        ({"TERM": "xterm-kitty", "NO_COLOR": ""}, 256, ColorDepth.TRUECOLOR),
        ({"FORCE_COLOR": "3"}, 0, ColorDepth.TRUECOLOR),
        ({"TERM": "dumb", "FORCE_COLOR": "2"}, 0, ColorDepth.XTERM),
        ({"TERM": "xterm-kitty", "FORCE_COLOR": "1"}, 256, ColorDepth.ANSI),
        ({"TERM": "xterm-kitty", "FORCE_COLOR": "0"}, 256, ColorDepth.MONOCHROME),
        ({"TERM": "xterm-kitty", "FORCE_COLOR": "yes"}, 256, ColorDepth.TRUECOLOR),
        ({"TERM": "vt100", "FORCE_COLOR": "yes"}, 0, ColorDepth.ANSI),
        ({"TERM": "xterm-kitty", "FORCE_COLOR": ""}, 256, ColorDepth.TRUECOLOR),
        ({"TERM": "xterm-kitty", "FORCE_COLOR": "3", "NO_COLOR": "1"}, 8, ColorDepth.MONOCHROME),
        # GNU screen passes on what it does not understand. tmux understands it.
        ({"TERM": "screen.xterm-256color", "COLORTERM": "truecolor"}, 256, ColorDepth.XTERM),
        ({"TERM": "screen", "COLORTERM": "truecolor", "TMUX": "x"}, 8, ColorDepth.TRUECOLOR),
        ({"TERM": "tmux-256color"}, 256, ColorDepth.XTERM),
    ],
)
def test_depth(environment: dict[str, str], known_colors: int, depth: ColorDepth) -> None:
    assert color_depth(environment, lambda: known_colors) is depth


@pytest.mark.parametrize(
    ("environment", "forced"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "true"}, True),
        ({"FORCE_COLOR": "0"}, False),
        ({"FORCE_COLOR": "3", "NO_COLOR": "1"}, False),
    ],
)
def test_colours_are_forced_where_there_is_no_terminal(
    environment: dict[str, str], forced: bool
) -> None:
    assert is_color_forced(environment) is forced


@pytest.mark.parametrize(
    ("codeset", "utf8"), [("UTF-8", True), ("utf8", True), ("ISO-8859-1", False), ("", False)]
)
def test_encoding_is_the_locales(monkeypatch: pytest.MonkeyPatch, codeset: str, utf8: bool) -> None:
    monkeypatch.setattr(locale, "nl_langinfo", lambda item: codeset)
    assert is_utf8(locale_encoding()) is utf8
    "".encode(locale_encoding())


@pytest.mark.parametrize(
    ("environment", "encoding", "expected"),
    [
        ({"TERM": "xterm-256color"}, "UTF-8", Repertoire.BRAILLE),
        ({"TERM": "linux"}, "utf8", Repertoire.BLOCKS),
        ({"TERM": "linux"}, "ISO-8859-1", Repertoire.ASCII),
        ({"TERM": "linux", "TRACKIO_VIEW_GLYPHS": "braille"}, "UTF-8", Repertoire.BRAILLE),
        ({"TERM": "xterm", "TRACKIO_VIEW_GLYPHS": "Blocks"}, "UTF-8", Repertoire.BLOCKS),
        ({"TERM": "xterm", "TRACKIO_VIEW_GLYPHS": "ascii"}, "UTF-8", Repertoire.ASCII),
        ({"TERM": "xterm", "TRACKIO_VIEW_GLYPHS": "braille"}, "ascii", Repertoire.ASCII),
        ({"TERM": "xterm", "TRACKIO_VIEW_GLYPHS": "octants"}, "UTF-8", Repertoire.BRAILLE),
        ({}, "UTF-8", Repertoire.BRAILLE),
    ],
)
def test_repertoire(environment: dict[str, str], encoding: str, expected: Repertoire) -> None:
    assert repertoire(environment, encoding) is expected
