"""How many rows are read at once, and how long a database is open for them, by the cost of both."""

from __future__ import annotations

import math

from trackio_view.sources.trackio.files.access import Access
from trackio_view.sources.trackio.reader import Reader

_CHUNK_SECONDS = 0.02
_REMOTE_SECONDS = 0.08
"""Seconds that a server should need for a question: it answers nobody else meanwhile."""
_LOCKING_SECONDS = 0.006
"""Seconds that a read should need where it holds up the writer, so that it stays below 10 ms."""
_FIRST_ROWS = 256
_FIRST_BYTES = 1 << 20
_MOST_ROWS = 1_000
_LEAST_ROWS = 16

_VISIT_SECONDS = 0.04
"""Loading pauses after so many seconds, so that the database is closed and the rows are drawn."""
_REMOTE_VISIT_SECONDS = 0.1
"""The seconds of a visit to a server, which is left alone in the pauses."""
_REMOTE_VISIT_WAYS = 8
"""A visit may take as many round trips more, because it begins with two or three of them."""


class ChunkSize:
    """How many rows are read next, chosen by the cost of the rows before."""

    def __init__(self) -> None:
        self.rows = _LEAST_ROWS

    def begin(self, reader: Reader | None, row_bytes: int) -> None:
        """Begin with rows of so many bytes each; without a reader no database is there yet."""
        self.rows = max(_LEAST_ROWS, min(_FIRST_ROWS, _FIRST_BYTES // row_bytes))
        if reader is not None and reader.access is Access.ROLLBACK:
            self.rows = _LEAST_ROWS

    def was_too_much(self) -> None:
        """Read a quarter as many rows the next time."""
        self.rows = max(1, self.rows // 4)

    def adapt(self, reader: Reader, rows: int, fetching: float, working: float) -> None:
        """Choose by the seconds for fetching rows, and for all work on them; without leaps."""
        if reader.access is Access.ROLLBACK:
            seconds, wanted = fetching, _LOCKING_SECONDS
        elif reader.access is Access.REMOTE:
            # The way to the server takes as long for few rows as for many.
            seconds, wanted = fetching, _REMOTE_SECONDS + reader.latency
        else:
            seconds, wanted = working, _CHUNK_SECONDS
        factor = min(2.0, max(0.25, wanted / max(seconds, 1e-6)))
        if rows < self.rows:
            factor = min(factor, 1.0)
        self.rows = min(_MOST_ROWS, max(_LEAST_ROWS, int(self.rows * factor)))


def visit_seconds(reader: Reader) -> float:
    """Return how long a database may be open: for one chunk where it holds up others."""
    if reader.access is Access.COPY:
        return math.inf
    if reader.access is Access.REMOTE:
        return _REMOTE_VISIT_SECONDS + _REMOTE_VISIT_WAYS * reader.latency
    return _VISIT_SECONDS if reader.access is Access.IMMUTABLE else 0.0
