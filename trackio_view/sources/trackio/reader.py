"""What answers the queries for TrackIO's tables, wherever these tables lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trackio_view.light_typing import Any, Protocol
from trackio_view.sources.trackio.files.access import Access, Signature

Row = tuple[Any, ...]
Fetch = Callable[..., list[Row]]
"""Asks a query, with its values where it has any."""


class Reader(Protocol):
    """A project that is open to be read: a file, or what a server has of it."""

    @property
    def access(self) -> Access:
        """In which way it is read."""

    @property
    def opened(self) -> Signature | None:
        """The state of what it is read from, when it was opened."""

    @property
    def latency(self) -> float:
        """How many seconds even the smallest question takes: the way there and back."""

    @property
    def damage(self) -> str | None:
        """Which part of the project could not be read, in one sentence."""

    def fetch(self, query: str, values: Sequence[Any] = (), /) -> list[Row]:
        """Return all rows of a query. Raises DatabaseFault, sqlite3.Error or OSError."""

    def interrupt(self) -> None:
        """Make the query fail that another thread waits for."""

    def close(self) -> None:
        """Let go of it."""
