"""What processes do with projects' locks, and the interface of what watches that."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto
from typing import Protocol


class Change(Enum):
    """What a process did with a project."""

    OPENED = auto()
    """It opened the lock."""
    CLOSED = auto()
    """It closed the lock."""
    READ = auto()
    """It closed the lock, which it could not write to."""
    OPENED_DATABASE = auto()
    """It opened the database."""
    CLOSED_DATABASE = auto()
    """It closed the database of a project without a lock."""
    WRITTEN = auto()
    """It wrote to the project, and nobody knows whether it is done."""


class Events(Protocol):
    """What tells when locks are opened and closed."""

    @property
    def tells_openings(self) -> bool:
        """Whether each opening is told, and at once. Else projects are only told to be written to,
        and to be closed when nobody has written for a while.
        """

    def wait(self, seconds: float) -> bool:
        """Return whether there is something to read, after so many seconds at most."""

    def read(self) -> Iterator[tuple[str, Change]]:
        """Yield each project and what happened to it since the last call, without waiting."""

    def close(self) -> None:
        """Stop listening."""
