"""The mouse: which of its reports mean something to the program."""

from __future__ import annotations

import re

from trackio_view.light_typing import NamedTuple

# xterm (ctlseqs, "Mouse Tracking"): 1000 reports buttons and the wheel, 1002 motion as well while a
# button is held, and none else; 1006 writes them as numbers, for screens of any size. Terminals
# without 1002 stay with 1000. With Shift held, they keep the mouse for themselves: text is selected
# as ever.
ON = "\x1b[?1000h\x1b[?1002h\x1b[?1006h"
OFF = "\x1b[?1006l\x1b[?1002l\x1b[?1000l"


class MouseReport(NamedTuple):
    """What the first button or the wheel did."""

    action: str
    """`click`, `drag` or `release`; `wheel_up` or `wheel_down`."""
    x: int
    y: int
    """The cell, both counted from 0."""


_ACTIONS = {
    "LEFT": "click",
    "LEFT_MOTION": "drag",
    "LEFT_RELEASED": "release",
    "SCROLL_UP": "wheel_up",
    "SCROLL_DOWN": "wheel_down",
}


def mouse_report(sequence: str) -> MouseReport | None:
    """Return what an escape sequence reports of the mouse, `None` where that means nothing here."""
    if not sequence.startswith("\x1b[<"):
        return None
    from blessed.mouse import RE_PATTERN_MOUSE_SGR, MouseEvent

    # A number with thousands of digits is no place, and Python would refuse to read it.
    if len(sequence) > 30:
        return None
    # What is beyond an edge counts as being at the edge.
    found = RE_PATTERN_MOUSE_SGR.fullmatch(re.sub(r";(?:-\d+|0+)(?=[;Mm])", ";1", sequence))
    if found is None:
        return None
    event = MouseEvent.from_sgr_match(found)
    action = _ACTIONS.get(event.button)
    return None if action is None else MouseReport(action, event.x, event.y)
