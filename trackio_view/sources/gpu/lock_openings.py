"""Openings and closings of projects' locks as they happen.

TrackIO takes a project's lock for the milliseconds of a write, twice a second. A look at any other
moment comes nearly always too late; the kernel wakes a process that waits for the opening. Where
TrackIO writes no lock, as on mounted buckets, the closing of the database stands for that of the
lock. Where the system lets nobody wait, looks at the files tell later what they can.
"""

from __future__ import annotations

import errno
import os
import select
import struct
import time
from collections.abc import Iterator
from pathlib import Path

from trackio_view.light_typing import NamedTuple
from trackio_view.sources.gpu.file_looks import FileLooks
from trackio_view.sources.gpu.lock_changes import Change, Events
from trackio_view.sources.gpu.lock_sessions import LockSessions
from trackio_view.sources.gpu.project_locks import (
    DATABASE_ENDING,
    LOCK_ENDING,
    has_lock,
    lock_holders,
)

_IN_OPEN = 0x20
_IN_CLOSE_WRITE = 0x08
_IN_CLOSE_NOWRITE = 0x10
_IN_Q_OVERFLOW = 0x4000
# struct inotify_event of inotify(7): watch, mask, cookie, length of the name, which follows.
_EVENT = struct.Struct("iIII")
_READ_BYTES = 65_536


class Unwatchable(Exception):
    """The system lets nobody wait for this directory; the text says why."""


class LockEvents(NamedTuple):
    """The events of projects' locks since the last wait, by the projects' names in order."""

    opened: tuple[str, ...] = ()
    """Projects whose lock was opened last, and may still be open."""
    closed: tuple[str, ...] = ()
    """Projects whose lock was closed, each as often as it was."""
    busy: frozenset[str] = frozenset()
    """Projects whose lock was open at any time of the wait."""
    open: frozenset[str] = frozenset()
    """Those whose lock is open at its end."""


class LockOpenings:
    """Waits for this machine's processes to open and close the locks of projects in a directory,
    and sees who holds them.
    """

    looks_for_holders: bool = True

    def __init__(
        self, directory: str, proc: Path = Path("/proc"), events: Events | None = None
    ) -> None:
        """Raise `Unwatchable` where the directory is missing."""
        self.sessions = LockSessions()
        self._directory, self._proc = directory, proc
        self._events = events or _events_of(directory, proc)
        self._opened: dict[str, None] = {}
        self._closed: list[str] = []
        self._touched: set[str] = set()
        self._written: set[str] = set()

    def wait(self, seconds: float) -> LockEvents:
        """Return which locks were opened and closed; none where nothing happened in time.

        Raise `Unwatchable` where too much happened since the last wait.
        """
        self.has_more(seconds)
        opened, closed, touched = self._opened, self._closed, self._touched
        self._opened, self._closed, self._touched = {}, [], set()
        still = self.sessions.open() | self._written
        return LockEvents(tuple(opened), tuple(closed), still | touched, still)

    def has_more(self, seconds: float) -> bool:
        """Return whether any event waits to be returned, after so many seconds at most.

        Whenever anything happened, and at each call, it looks who holds the locks that are open.
        """
        end = time.monotonic() + seconds
        while True:
            self._read()
            if self.looks_for_holders and self.tells_openings:
                self.sessions.look(self._holders, self._read)
            if self._touched:
                return True
            # Other files are databases, which this program opens and closes, too.
            if not self._events.wait(max(end - time.monotonic(), 0.0)):
                return False

    @property
    def tells_openings(self) -> bool:
        """Whether each opening is told, so that its holder can be looked for meanwhile."""
        return self._events.tells_openings

    def _holders(self, project: str) -> set[int]:
        return lock_holders(self._directory, project, self._proc)

    def _read(self) -> None:
        for project, change in self._events.read():
            if change is Change.OPENED_DATABASE:
                self.sessions.stirred(project)
                continue
            self._touched.add(project)
            if change is Change.OPENED:
                self.sessions.opened(project)
                self._opened[project] = None
            elif change is Change.WRITTEN:
                self._written.add(project)
            elif change is not Change.CLOSED_DATABASE:
                self._written.discard(project)
                # A lock that was open before the watch began closes without an opening.
                self.sessions.closed(project)
                if project not in self.sessions.open():
                    self._opened.pop(project, None)
            if change in (Change.CLOSED, Change.CLOSED_DATABASE):
                self._closed.append(project)

    def close(self) -> None:
        """Stop the watch."""
        self._events.close()


def _events_of(directory: str, proc: Path) -> Events:
    """Return what tells of a directory: the kernel, or looks where it refuses that."""
    if not os.path.isdir(directory):
        raise Unwatchable(os.strerror(errno.ENOENT))
    try:
        return _DirectoryEvents(directory)
    except Unwatchable:
        return FileLooks(directory, proc)


class _DirectoryEvents:
    """What the kernel tells of the files of a directory. Source: inotify(7)."""

    tells_openings = True

    def __init__(self, directory: str) -> None:
        import ctypes

        try:
            library = ctypes.CDLL(None, use_errno=True)
            start, add = library.inotify_init1, library.inotify_add_watch
        except (OSError, AttributeError, TypeError) as error:
            raise Unwatchable(f"no inotify: {error}") from error
        self._file = start(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._file < 0:
            raise Unwatchable(os.strerror(ctypes.get_errno()))
        asked = _IN_OPEN | _IN_CLOSE_WRITE | _IN_CLOSE_NOWRITE
        if add(self._file, os.fsencode(directory), asked) < 0:
            number = ctypes.get_errno()
            os.close(self._file)
            raise Unwatchable(os.strerror(number))
        self._directory = directory
        # Unlike `select`, it knows no highest descriptor: 1,024 files may be open before this one.
        self._poll = select.poll()
        self._poll.register(self._file, select.POLLIN)

    def wait(self, seconds: float) -> bool:
        return bool(self._poll.poll(seconds * 1000))

    def read(self) -> Iterator[tuple[str, Change]]:
        try:
            read = os.read(self._file, _READ_BYTES)
        except BlockingIOError:
            return
        start = 0
        while start < len(read):
            _, mask, _, length = _EVENT.unpack_from(read, start)
            start += _EVENT.size
            name = os.fsdecode(read[start : start + length].rstrip(b"\0"))
            start += length
            if mask & _IN_Q_OVERFLOW:
                raise Unwatchable("events were lost, so nobody knows what is open")
            if name.endswith(DATABASE_ENDING):
                project = name.removesuffix(DATABASE_ENDING)
                if mask & _IN_OPEN:
                    yield project, Change.OPENED_DATABASE
                elif mask & _IN_CLOSE_WRITE and not has_lock(self._directory, project):
                    yield project, Change.CLOSED_DATABASE
            elif name.endswith(LOCK_ENDING):
                yield name.removesuffix(LOCK_ENDING), _change(mask)

    def close(self) -> None:
        os.close(self._file)


def _change(mask: int) -> Change:
    if mask & _IN_OPEN:
        return Change.OPENED
    return Change.CLOSED if mask & _IN_CLOSE_WRITE else Change.READ
