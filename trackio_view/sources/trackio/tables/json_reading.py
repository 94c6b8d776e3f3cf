"""How the JSON that runs logged is read: by the standard library while it is little.

orjson reads five times as fast, but it imports 8 ms of other modules first: as long as the
standard library takes for half a megabyte.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

PAYS_WITH_ORJSON = 512 << 10
"""How many bytes must have been read before orjson is worth importing."""


class JsonReader:
    """Reads JSON texts, and knows how much it has read."""

    def __init__(self) -> None:
        self._bytes = 0
        self._loads: Callable[[bytes | str], Any] | None = None

    def __call__(self, text: bytes | str) -> Any:
        """Return the value of a text. Raises TypeError, ValueError or RecursionError.

        Bare NaN and infinities are read, as TrackIO before 0.3.3 could write them, and halves of
        surrogate pairs. Integers beyond 64 bits, which TrackIO has not written since 0.5, may
        come back as floats.
        """
        if self._loads is None:
            self._bytes += len(text)
            if self._bytes < PAYS_WITH_ORJSON and "orjson" not in sys.modules:
                return json.loads(text)
            import orjson

            self._loads = orjson.loads
        try:
            return self._loads(text)
        except ValueError:
            # What orjson is too strict for, or what is no JSON at all.
            return json.loads(text)


read_json = JsonReader()
"""The one reader of the program: what others have read counts, too."""
