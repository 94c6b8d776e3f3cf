"""The output of programs to a terminal, read when they have ended."""

from __future__ import annotations

import contextlib
import os


def rest_of_output(controller: int) -> str:
    """Return the output to a terminal that no program has open any more.

    One read may bring only a part of it.
    """
    pieces = []
    with contextlib.suppress(OSError):
        while piece := os.read(controller, 4096):
            pieces.append(piece)
    return b"".join(pieces).decode()
