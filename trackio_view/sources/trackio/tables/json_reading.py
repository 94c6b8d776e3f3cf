"""Reads the JSON that runs logged; with the standard library while there is little of it.

orjson reads five times as fast, but it imports 8 ms of other modules first: as long as the standard
library takes for half a megabyte. Long texts are read in steps where other threads wait for the
interpreter's lock: in the live screen.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from trackio_view.light_typing import Any

PAYS_WITH_ORJSON = 512 << 10
"""How many bytes must have been read before orjson is worth importing."""
LONG = 320 << 10
"""Bytes that hold up the keys for a frame: no more are read at once beside the event loop."""


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
        if len(text) > LONG and not _on_main_thread():
            from trackio_view.sources.trackio.tables.long_json import read_in_steps

            return read_in_steps(_decoded(text))
        if self._loads is None:
            self._bytes += len(text)
            if self._bytes < PAYS_WITH_ORJSON and "orjson" not in sys.modules:
                return json.loads(text)
            self._loads = _fastest_loads()
        try:
            return self._loads(text)
        except ValueError:
            # orjson is too strict for this text, or it is no JSON at all.
            return json.loads(text)


def _on_main_thread() -> bool:
    # A program with threads has imported it already.
    import threading

    return threading.current_thread() is threading.main_thread()


def _fastest_loads() -> Callable[[bytes | str], Any]:
    try:
        import orjson
    except ImportError:
        return json.loads
    return orjson.loads


def _decoded(text: bytes | str) -> str:
    # As `json.loads` does it.
    if isinstance(text, str):
        return text
    return text.decode(json.detect_encoding(text), "surrogatepass")


read_json = JsonReader()
"""The program's only reader, so that all texts count."""
