"""Whether a terminal's background is dark or light: what it answers, and what its environment says.

The question is OSC 11 (xterm's ctlseqs, "Operating System Commands"). It belongs to the questions
that a session asks at its start. A terminal that does not answer delays nothing.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping

from trackio_view.terminal.gradients import linear

QUESTION = "\x1b]11;?\x1b\\"

# XParseColor(3): up to four hexadecimal digits a part; some terminals tell of opacity, too.
_PARTS = r"([0-9A-Fa-f]{1,4})/([0-9A-Fa-f]{1,4})/([0-9A-Fa-f]{1,4})(?:/[0-9A-Fa-f]{1,4})?"
_ANSWER = rf"\x1b\]11;(?:rgba?:{_PARTS}|#((?:[0-9A-Fa-f]{{3}}){{1,4}}))(?:\x1b\\|\x07)"
_DARK_COLORS = frozenset(range(7)) | {8}
_LIGHT_COLORS = frozenset(range(16)) - _DARK_COLORS
_MIDDLE = 0.18
"""The relative luminance on which black and white are read equally well (WCAG 2.2)."""


class Background(enum.Enum):
    """The background of a terminal. The values are the themes for it."""

    DARK = "dark"
    LIGHT = "light"


def background_of(answer: str) -> Background | None:
    """Return the background that a terminal's answer tells; `None` where it answers another
    question.
    """
    found = re.fullmatch(_ANSWER, answer)
    if found is None:
        return None
    red, green, blue, together = found.groups()
    if together:
        size = len(together) // 3
        red, green, blue = (together[at : at + size] for at in range(0, len(together), size))
    luminance = sum(
        weight * linear(int(part, 16) / (16 ** len(part) - 1))
        for weight, part in zip((0.2126, 0.7152, 0.0722), (red, green, blue), strict=True)
    )
    return Background.LIGHT if luminance > _MIDDLE else Background.DARK


def told_background(environment: Mapping[str, str]) -> Background | None:
    """Return the background that `COLORFGBG` tells. rxvt and its successors set it, such as `15;0`
    or `0;default;15`.
    """
    last = environment.get("COLORFGBG", "").rpartition(";")[2]
    number = int(last) if last.isascii() and last.isdigit() and len(last) < 3 else None
    if number in _DARK_COLORS:
        return Background.DARK
    return Background.LIGHT if number in _LIGHT_COLORS else None


def may_be_asked(environment: Mapping[str, str]) -> bool:
    """Return whether the question about the background does no harm in a terminal with this
    environment.

    GNU screen hands the question on as a request to set the colour, and the Linux console does not
    answer it.
    """
    terminal = environment.get("TERM", "")
    is_screen = terminal.startswith("screen") and "TMUX" not in environment
    return not (is_screen or "STY" in environment or terminal in {"", "linux", "dumb"})
