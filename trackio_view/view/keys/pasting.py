"""Pasted text goes into the line that is typed, and does nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence

from trackio_view.view.dashboard import Dashboard
from trackio_view.view.places import Seen
from trackio_view.view.screen_table import SCREENS
from trackio_view.view.text_entry import MOST_CHARACTERS

_BREAKS = r"[\r\n\t\v\f\x85\u2028\u2029]+"
_NOWHERE = "a paste is for a line that is typed: none is open here"


def paste(dashboard: Dashboard, text: str, seen: Seen) -> None:
    """Insert a pasted text into the line that is typed, as far as there is room. Where no line is
    typed, say so.

    Line breaks and tabs become blanks and other controls are left out, so that no part of it is a
    key.
    """
    view = dashboard.view
    view.said, view.copies = "", 0
    take_text = SCREENS[view.mode].take_text
    if take_text is None:
        view.said = _NOWHERE
        return
    # One character more than there is room for tells that the line is full.
    line = one_line(text)[: MOST_CHARACTERS + 1]
    take_text(dashboard, None, ["space" if it == " " else it for it in line], seen)


def one_line(text: str) -> str:
    """Return a text as one line of what can be printed."""
    joined = re.sub(_BREAKS, " ", re.sub(_BREAKS, "\n", text).strip("\n"))
    return "".join(filter(str.isprintable, joined))


def text_of(keys: Sequence[str]) -> str:
    """Return the text that keys are, where they were no keys but a paste."""
    characters = {"space": " ", "enter": "\n", "tab": "\t"}
    return "".join(characters.get(key, key if len(key) == 1 else "") for key in keys)
