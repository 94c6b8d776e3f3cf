"""What keys make of a text that is being typed."""

from __future__ import annotations

from collections.abc import Iterable

MOST_CHARACTERS = 500
"""No text that is typed grows longer: a paste must not become a filter of a million words."""


def edited(text: str, keys: Iterable[str]) -> str:
    """Return `text` after keys: each a letter more, the last one less, or nothing.

    Letters beyond `MOST_CHARACTERS` are left out; `is_full` tells whether some may have been.
    """
    letters = list(text)
    for key in keys:
        if key == "backspace":
            del letters[-1:]
        elif len(letters) >= MOST_CHARACTERS:
            continue
        elif key == "space":
            letters.append(" ")
        elif len(key) == 1:
            letters.append(key)
    return "".join(letters)


def is_full(text: str) -> bool:
    """Return whether no letter more fits into a text that is typed."""
    return len(text) >= MOST_CHARACTERS
