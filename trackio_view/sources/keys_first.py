"""Lets work in threads wait while a key is answered: Python runs one thread at a time.

A key is answered in some ten steps, and between two of them a thread at work would have the
interpreter for half a millisecond each. So what decodes long answers asks in its loops whether
somebody waits for a frame.
"""

from __future__ import annotations

import threading
from typing import Any

MOST_SECONDS = 0.05
"""How many seconds one key holds up the work at most, if no frame follows."""


class KeysFirst:
    """Whether a key is being answered at this moment."""

    def __init__(self) -> None:
        self._is_at_rest = threading.Event()
        self._is_at_rest.set()

    def key_came(self) -> None:
        """Let the work in threads wait, as a key is to be answered."""
        self._is_at_rest.clear()

    def frame_shown(self) -> None:
        """Let it go on."""
        self._is_at_rest.set()

    def give_way(self) -> None:
        """Wait in a thread while a key is answered; for loops, as it takes no time otherwise."""
        if not self._is_at_rest.is_set() and not self._is_at_rest.wait(MOST_SECONDS):
            self._is_at_rest.set()

    def let_go(self, items: list[Any]) -> None:
        """Free what a list holds, one by one: Python frees a whole list without any pause."""
        while items:
            self.give_way()
            items.pop()


KEYS_FIRST = KeysFirst()
"""The only one of this process, which has a single interpreter."""
