"""Which processes had the locks of projects, as far as somebody saw them.

A session begins when a process opens a lock and ends when it closes it. While one session alone is
open, whoever holds the lock is the process of that session. Where several are open, nobody knows
whose session it is: one process may wait for the lock, or may have released but not yet closed it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

_MOST_KEPT = 100
"""With more sessions than this since rows were read, nobody can tell who had the lock."""
_MOST_LOOKS = 40
"""How often, at most, the holder of an open lock is looked for while the project stays as it is."""


@dataclass(slots=True, eq=False, repr=False)
class LockSession:
    """The time from the opening of a lock to its closing."""

    holder: int | None = None
    """The process that had the lock; `None` while nobody knows."""


@dataclass(slots=True, eq=False, repr=False)
class _Lock:
    open: list[LockSession] = field(default_factory=list)
    recent: list[LockSession] = field(default_factory=list)
    """All sessions since rows were read, and those that were open then."""
    openings: int = 0
    looks: int = 0
    """How many more looks at its holder there are."""


@dataclass(slots=True, eq=False, repr=False)
class LockSessions:
    """The sessions of each project's lock since the rows of the project were read."""

    _locks: dict[str, _Lock] = field(default_factory=dict)
    _seen: list[tuple[str, int]] = field(default_factory=list)

    def opened(self, project: str) -> None:
        """Begin a session."""
        lock = self._locks.setdefault(project, _Lock())
        lock.openings += 1
        lock.looks = _MOST_LOOKS
        lock.open.append(LockSession())
        self._keep(lock, lock.open[-1])

    def closed(self, project: str) -> None:
        """End a session: the one whose process is known, for the others wait for the lock."""
        lock = self._locks.setdefault(project, _Lock())
        lock.looks = _MOST_LOOKS
        if lock.open:
            # Only a session that alone is open becomes known, so that it is the first.
            lock.open.pop(0)
        else:
            # It was opened before anybody looked, or the kernel told of two openings as one.
            self._keep(lock, LockSession())

    def stirred(self, project: str) -> None:
        """Look for the holder again if it is not known, as somebody opened the database."""
        lock = self._locks.get(project)
        if lock is not None and any(session.holder is None for session in lock.open):
            lock.looks = _MOST_LOOKS

    def _keep(self, lock: _Lock, session: LockSession) -> None:
        if len(lock.recent) > _MOST_KEPT:
            lock.recent = [LockSession()]
        lock.recent.append(session)

    def open(self) -> frozenset[str]:
        """Return the projects whose lock is open."""
        return frozenset(project for project, lock in self._locks.items() if lock.open)

    def sought(self) -> set[str]:
        """Return the projects whose lock is open, and whose holder is to be looked for."""
        return {project for project, lock in self._locks.items() if lock.open and lock.looks}

    def look(
        self, holders_of: Callable[[str], Collection[int]], read_events: Callable[[], object]
    ) -> None:
        """Look once who holds the locks that are open.

        `read_events` tells of the openings and closings until it is called.
        """
        for project in self.sought():
            lock = self._locks[project]
            openings, only = lock.openings, lock.open[0] if len(lock.open) == 1 else None
            holders = holders_of(project)
            lock.looks = 0 if holders else lock.looks - 1
            if not holders:
                continue
            self._seen += [(project, pid) for pid in holders]
            read_events()
            # If somebody opened it meanwhile, that process may be the one that was seen.
            if only is not None and len(holders) == 1 and lock.openings == openings:
                (only.holder,) = holders

    def take_seen(self) -> list[tuple[str, int]]:
        """Return the projects and processes that were seen to hold the lock since the last call."""
        seen, self._seen = self._seen, []
        return seen

    def take(self, project: str) -> list[LockSession]:
        """Return all sessions since the last call, as rows are read from now on.

        Those that are open now may add rows later, too.
        """
        lock = self._locks.setdefault(project, _Lock())
        recent, lock.recent = lock.recent, [*lock.open]
        return recent

    def since_taken(self, project: str) -> list[LockSession]:
        """Return the sessions that the next call of `take` returns, as far as they began."""
        return [*self._locks[project].recent] if project in self._locks else []
