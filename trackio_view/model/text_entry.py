"""What a key makes of a text that is being typed."""

from __future__ import annotations


def edited(text: str, key: str) -> str:
    """Return `text` after a key: a letter more, the last one less, or as it was."""
    if key == "backspace":
        return text[:-1]
    if key == "space":
        return text + " "
    return text + key if len(key) == 1 else text
