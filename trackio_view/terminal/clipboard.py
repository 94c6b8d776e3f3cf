"""The clipboard of the terminal's machine. OSC 52 reaches it through ssh, too."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping, Sequence

from trackio_view.terminal.text import sanitize

MOST_BYTES = 74_000
"""Longer texts are cut off or dropped by some terminals."""
_COPIES = "52"


class Clipboard(enum.Enum):
    """How far it is known whether a copied text arrives. The values say it to a person."""

    REACHED = "copied"
    ASKED = "given to the terminal to copy"
    THROUGH_TMUX = "given to tmux, which copies it if set-clipboard is on"
    MISSING = "this console has no clipboard"


def clipboard(environment: Mapping[str, str], features: Collection[str] = ()) -> Clipboard:
    """Return whether the terminal has a clipboard that takes texts, as far as that is known.

    No terminal answers OSC 52. But some name it among the `features` of their answer to DA1, as
    long as they take texts (vt-extensions, "Clipboard Extension").
    """
    if _COPIES in features:
        return Clipboard.REACHED
    if environment.get("TMUX"):
        return Clipboard.THROUGH_TMUX
    if environment.get("TERM", "") in ("linux", "vt100", "vt220", "dumb", ""):
        return Clipboard.MISSING
    return Clipboard.ASKED


def copying(lines: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """Return the sequence that copies lines of text, sanitized; `None` where they are too long.

    It is that of xterm (ctlseqs, "Manipulate Selection Data"). GNU screen passes it on in pieces.
    """
    text = "\n".join(map(sanitize, lines)).encode("utf-8", "replace")
    if len(text) > MOST_BYTES:
        return None
    import base64

    sequence = f"\x1b]52;c;{base64.b64encode(text).decode('ascii')}\x07"
    if environment.get("STY") and not environment.get("TMUX"):
        pieces = (sequence[at : at + 500] for at in range(0, len(sequence), 500))
        return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
    return sequence
