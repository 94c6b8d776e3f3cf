"""What of a flood of keys is answered: nobody types thousands while the program is idle."""

from __future__ import annotations

MOST_KEYS = 2000
"""So many keys that wait for a busy program were typed, or held down; more were pasted."""
_KEYS_PER_SECOND = 200
"""No keyboard repeats a key faster."""
_FORGOTTEN_SECONDS = 1.0


class Flood:
    """How many keys are answered before the rest is taken for a paste, which is no keys."""

    def __init__(self) -> None:
        self._room = float(MOST_KEYS)
        self._idle_since = 0.0
        self.left_out = 0
        """How many keys of the newest flood were left out."""

    def begin(self, now: float) -> None:
        """Make room for the time that was waited for keys.

        `now` is in seconds, of a clock that only grows. The time that answers take makes none:
        keys that are slow to answer must not let more of them in.
        """
        idle = now - self._idle_since
        self._room = min(MOST_KEYS, self._room + idle * _KEYS_PER_SECOND)
        if idle > _FORGOTTEN_SECONDS:
            self.left_out = 0

    def end(self, now: float) -> None:
        """Wait for keys from `now` on."""
        self._idle_since = now

    def admits(self) -> bool:
        """Return whether one more key is answered, counting it among those left out where not."""
        if self._room < 1:
            self.left_out += 1
            return False
        self._room -= 1
        return True
