"""The bytes that copy a text, and which clipboard is known to get it."""

from __future__ import annotations

import base64
import re

import pytest

from trackio_view.terminal.clipboard import MOST_BYTES, Clipboard, clipboard, copying


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({"TERM": "xterm-256color"}, Clipboard.ASKED),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/tmux"}, Clipboard.THROUGH_TMUX),
        ({"TERM": "linux"}, Clipboard.MISSING),
        ({"TERM": "vt100"}, Clipboard.MISSING),
        ({"TERM": "vt220"}, Clipboard.MISSING),
        ({"TERM": "dumb"}, Clipboard.MISSING),
        ({}, Clipboard.MISSING),
    ],
)
def test_the_environment_tells_which_clipboard_there_is(
    environment: dict[str, str], found: Clipboard
) -> None:
    assert clipboard(environment) is found
    assert clipboard(environment, {"4", "22", "152"}) is found
    assert clipboard(environment, {"4", "52"}) is Clipboard.REACHED, "the terminal knows it best"


def test_a_text_is_sent_as_base64_and_nothing_else() -> None:
    sequence = copying(["val/loss 0.5", "ä\x1b]0;title\x07\u202e"], {"TERM": "xterm"})
    assert sequence is not None
    found = re.fullmatch(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", sequence)
    assert found is not None
    text = base64.b64decode(found[1]).decode()
    assert text.startswith("val/loss 0.5\nä")
    assert re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text) is None


def test_screen_passes_it_on_in_pieces() -> None:
    sequence = copying(["x" * 2000], {"TERM": "screen", "STY": "1.pts"})
    assert sequence is not None
    pieces = re.findall(r"\x1bP([^\x1b]*(?:\x1b\][^\x1b]*)?)\x1b\\", sequence)
    assert "".join(pieces) == copying(["x" * 2000], {"TERM": "screen"})
    assert all(len(piece) <= 500 for piece in pieces)


def test_a_text_beyond_the_bound_is_not_copied() -> None:
    assert copying(["x" * (MOST_BYTES + 1)], {}) is None
    assert copying(["x" * MOST_BYTES], {}) is not None
