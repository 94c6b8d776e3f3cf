"""What a person does at the terminal: keys, and another size of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class KeyPressed(NamedTuple):
    """A key, by the name that the table of bindings uses: `q`, `+`, `left`, `page_down`, ..."""

    key: str


class KeysPressed(NamedTuple):
    """Keys that came together, in the order typed, named as `KeyPressed` names one."""

    keys: Sequence[str]


class Resized(NamedTuple):
    """The terminal has a new size, in cells."""

    width: int
    height: int


InputEvent = KeyPressed | KeysPressed | Resized
