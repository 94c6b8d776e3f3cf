"""How many keys of a flood are answered. Nobody types thousands of keys while the
program is idle.
"""

from __future__ import annotations

MOST_KEYS = 2000
"""How many keys a person can type or repeat while the program is busy. More keys were pasted."""
_KEYS_PER_SECOND = 200
"""No keyboard repeats a key faster."""
_FORGOTTEN_SECONDS = 1.0
"""After so long without a key, the next ones are another flood, which is counted anew."""
_MOST_TYPED = 100
"""How many keys a person can type into a line while the program is busy."""
_PASTE_PAUSE_SECONDS = 0.1
"""Keys that come so soon after a part of a paste belong to the paste."""


class Flood:
    """Counts keys that come at once. Keys beyond a number are taken for pasted text and not
    answered.
    """

    def __init__(self) -> None:
        self._room = float(MOST_KEYS)
        self._idle_since = 0.0
        self._idle = 0.0
        self._is_paste = False
        self.left_out = 0
        """How many keys of the newest flood were left out."""

    def begin(self, now: float) -> None:
        """Admit more keys for the time that was spent waiting for keys.

        `now` is in seconds of a monotonic clock. The time that was spent on answers does not count:
        slow answers must not admit more keys.
        """
        idle = self._idle = now - self._idle_since
        self._room = min(MOST_KEYS, self._room + idle * _KEYS_PER_SECOND)
        if idle > _FORGOTTEN_SECONDS:
            self.left_out = 0

    def end(self, now: float) -> None:
        """Say that the program waits for keys from `now` on."""
        self._idle_since = now

    def is_paste(self, count: int) -> bool:
        """Return whether so many keys, which came together, are pasted text that was not marked as
        such, if a line is being typed.
        """
        goes_on = self._is_paste and self._idle < _PASTE_PAUSE_SECONDS
        self._is_paste = goes_on or count > _MOST_TYPED
        # The other keys that waited came at the same time.
        self._idle = 0.0
        return self._is_paste

    def admits(self) -> bool:
        """Return whether one more key is answered, counting it among those left out where not."""
        if self._room < 1:
            self.left_out += 1
            return False
        self._room -= 1
        return True
