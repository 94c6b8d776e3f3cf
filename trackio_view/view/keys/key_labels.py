"""How keys are written for people: `Ctrl-←`, `0-9`."""

from __future__ import annotations

from collections.abc import Sequence

_KEY_NAMES = {
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "enter": "Enter",
    "escape": "Esc",
    "backspace": "Backspace",
    "page_down": "PgDn",
    "page_up": "PgUp",
    "home": "Home",
    "end": "End",
    "space": "Space",
    "tab": "Tab",
    "unnamed": "This key",
}


_MODIFIERS = ("ctrl_", "alt_", "shift_", "super_", "hyper_", "meta_")


def key_label(key: str, *, arrows: bool = True) -> str:
    """Return how a key is written for people: `Ctrl-←`, or `Ctrl-Left` without arrows."""
    for modifier in _MODIFIERS:
        if key.startswith(modifier):
            rest = key[len(modifier) :]
            label = rest.upper() if len(rest) == 1 else key_label(rest, arrows=arrows)
            return f"{modifier[:-1].title()}-{label}"
    spelled = key.title().replace("_", "-") if len(key) > 1 else key
    name = _KEY_NAMES.get(key, spelled)
    return name if arrows or name.isascii() else spelled


def span_label(keys: Sequence[str]) -> str:
    """Return `0-9` for keys that follow one another, else an empty text."""
    return f"{keys[0]}-{keys[-1]}" if len(keys) > 2 and "".join(keys) in "0123456789" else ""


def keys_label(keys: Sequence[str], *, arrows: bool = True) -> str:
    """Return how several keys that do one thing are written: `+ =`, `0-9`."""
    return span_label(keys) or " ".join(key_label(key, arrows=arrows) for key in keys)
