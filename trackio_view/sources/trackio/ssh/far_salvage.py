"""The readable parts of damaged projects on a machine behind SSH, each copied now and then.

This room is sent there. A copy is in memory, or in a file without a name where it is large.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

from trackio_view.sources.trackio.faults import DatabaseFault, explain
from trackio_view.sources.trackio.files.access import Signature, settled, signature
from trackio_view.sources.trackio.files.database import ProjectConnection
from trackio_view.sources.trackio.ssh.frames import NobodyAsks

_SHARE = 0.1
"""The share of time that may be spent on copying the readable part of a project."""
_RETRY_SECONDS = 30.0
"""Seconds for which a copy replaces a file that does not change: its disk may recover."""
_MOST_SECONDS = 40.0
"""The most seconds for a copy: the viewer waits for the answer, and not much longer than this."""
_MOST_COPIES = 8


class SalvagedProjects:
    """The damaged projects, each with a copy of its readable part, or the reason for none."""

    def __init__(self, is_asked: Callable[[], bool]) -> None:
        """`is_asked` tells whether the viewer is still connected."""
        self._is_asked = is_asked
        self._kept: dict[str, _Salvaged] = {}
        """By path, the newest copy last."""

    def copy_of(self, path: str) -> ProjectConnection | None:
        """Return the copy that replaces a project's file; `None` where the file is to be read.

        Raises the fault of a project that has no copy.
        """
        kept = self._kept.get(path)
        if kept is None:
            return None
        if kept.stands(signature(path)):
            return kept.copy()
        was_damaged = kept.connection is not None and kept.connection.damage is not None
        self._drop(path)
        return self.made(path) if was_damaged else None

    def state(self, now: Signature, path: str) -> tuple[Signature, bool]:
        """Return the state of the files that are read, and whether it reveals every change."""
        kept = self._kept.get(path)
        if kept is None or kept.connection is None or not kept.stands(now):
            return now, settled(now)
        return kept.state, kept.is_settled

    def made(self, path: str) -> ProjectConnection:
        """Return a new copy of what is readable of a project. Raises DatabaseFault."""
        from trackio_view.sources.trackio.files.salvage import open_salvaged

        self._drop(path)
        started = time.monotonic()
        state = signature(path)
        connection: ProjectConnection | None = None
        fault: DatabaseFault | None = None
        try:
            connection = open_salvaged(
                path,
                lambda: not self._is_asked() or time.monotonic() - started > _MOST_SECONDS,
            )
        except (DatabaseFault, sqlite3.Error, OSError) as error:
            if not self._is_asked():
                raise NobodyAsks from None
            fault = explain(error)
            if fault is None:
                raise
            if time.monotonic() - started > _MOST_SECONDS:
                fault = DatabaseFault(
                    "The database is damaged, and copying what is readable takes too long."
                )
        self._kept[path] = made = _Salvaged(connection, fault, state, started)
        for other in list(self._kept)[:-_MOST_COPIES]:
            self._drop(other)
        return made.copy()

    def close(self) -> None:
        """Free all copies."""
        for path in list(self._kept):
            self._drop(path)

    def _drop(self, path: str) -> None:
        kept = self._kept.pop(path, None)
        if kept is not None and kept.connection is not None:
            kept.connection.close()


class _Salvaged:
    """A copy of a damaged project, or the reason for none."""

    def __init__(
        self,
        connection: ProjectConnection | None,
        fault: DatabaseFault | None,
        state: Signature,
        started: float,
    ) -> None:
        self.connection = connection
        self.state = state
        """The state of its files when the copy began."""
        self.is_settled = settled(state)
        self._fault = fault
        self._ended = time.monotonic()
        self._due = self._ended + (self._ended - started) / _SHARE

    def stands(self, now: Signature) -> bool:
        """Return whether this copy may replace files in this state."""
        if now.database[0] != self.state.database[0]:
            # There is another file now.
            return False
        moment = time.monotonic()
        if moment < self._due:
            return True
        return now == self.state and moment < self._ended + _RETRY_SECONDS

    def copy(self) -> ProjectConnection:
        if self.connection is None:
            # An exception that is raised twice would keep the frames of both times.
            fault = self._fault or DatabaseFault("The database is damaged.")
            raise DatabaseFault(fault.text, fault.kind)
        return self.connection
