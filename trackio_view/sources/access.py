"""Who may open a project's database how, so that nothing of it changes by being read."""

from __future__ import annotations

import enum
import fcntl
import os
import stat
import struct
import sys
import time
from typing import NamedTuple

from trackio_view.sources.faults import DatabaseFault, empty, missing, not_a_database


class Access(enum.Enum):
    """A way to open a database; the values say what it stands for."""

    SHARED = "a database in WAL mode that we own: opened for writing, yet only queried"
    """The last to close a WAL must be able to remove it, so `mode=ro` would leave it behind."""
    ROLLBACK = "a database with a rollback journal: read-only, each read as short as can be"
    LIVE = "another user's database whose WAL is in use: read-only, opened for each poll"
    IMMUTABLE = "a database at rest that we must not touch: read without locks, checked by stat"
    COPY = "a database that a writer left unfinished: a copy is recovered and read"

    @property
    def takes_locks(self) -> bool:
        return self in (Access.SHARED, Access.ROLLBACK, Access.LIVE)

    @property
    def lasts(self) -> bool:
        """Whether one connection serves many polls."""
        return self in (Access.SHARED, Access.ROLLBACK, Access.COPY)


FileState = tuple[int, int, int]
"""Inode, size and modification time in nanoseconds; zeros for a file that is not there."""
_ABSENT: FileState = (0, 0, 0)


class Signature(NamedTuple):
    """What tells, without opening anything, that a database may have changed."""

    database: FileState
    log: FileState
    journal: FileState

    @property
    def exists(self) -> bool:
        return self.database != _ABSENT

    @property
    def log_exists(self) -> bool:
        return self.log != _ABSENT

    @property
    def size(self) -> int:
        """Bytes on disk, the write-ahead log included."""
        return self.database[1] + self.log[1]

    @property
    def unfinished(self) -> bool:
        """Whether there is something that a writer has yet to fold into the database."""
        return bool(self.log[1] or self.journal[1])


def file_behind(path: str) -> str:
    """Return the path of the file that `path` leads to: SQLite keeps its log beside that one."""
    return os.path.realpath(path) if os.path.islink(path) else path


def signature(path: str) -> Signature:
    """Return the states of a database's files; OSError where even that cannot be told."""
    path = file_behind(path)
    return Signature(_state(path), _state(path + "-wal"), _state(path + "-journal"))


def _state(path: str) -> FileState:
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return _ABSENT
    return found.st_ino, found.st_size, found.st_mtime_ns


_SETTLING = 0.05
"""Seconds: a file changed this recently may change again under the same time stamp."""


def settled(state: Signature) -> bool:
    """Return whether no change after `state` was taken can go unseen by stat."""
    newest = max(state.database[2], state.log[2], state.journal[2])
    return not 0 <= time.time() - newest / 1e9 < _SETTLING


def at_rest(state: Signature) -> bool:
    """Return whether nothing is unfinished and no later change can go unseen by stat."""
    return not state.unfinished and settled(state)


_READ_VERSION_OFFSET = 19
"""Database header, "file format read version": 2 is WAL, 1 a rollback journal (sqlite.org)."""
_WAL_VERSION = 2


def choose_access(path: str) -> Access:
    """Return how to open the database at `path`, which is no link, as its files and locks are now.

    Opens and closes the file itself, which drops every lock that this process holds on it: never
    to be called while this process has a connection to the same file. Raises DatabaseFault or
    OSError where it cannot be read.
    """
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        raise missing() from None
    if not stat.S_ISREG(found.st_mode):
        raise DatabaseFault("This is not a file.")
    if found.st_size == 0:
        raise empty()
    with open(path, "rb", buffering=0) as file:
        header = file.read(100)
        in_use = _locked_by_others(file.fileno())
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
        raise not_a_database()
    state = signature(path)
    if not in_use:
        if state.log[1] or _is_hot(path + "-journal"):
            return Access.COPY
        if state.log != _ABSENT or os.path.exists(path + "-shm"):
            # Left by readers who could not clean up; opening for writing would remove them.
            return Access.IMMUTABLE
    if header[_READ_VERSION_OFFSET] != _WAL_VERSION:
        return Access.ROLLBACK
    if is_ours(path, found):
        return Access.SHARED
    return Access.LIVE if state.log[1] else Access.IMMUTABLE


def is_ours(path: str, found: os.stat_result) -> bool:
    """Return whether files that we create beside the database are ours to create and remove."""
    user = os.geteuid()
    if found.st_uid != user or not found.st_mode & stat.S_IWUSR or not os.access(path, os.W_OK):
        return False
    directory = os.path.dirname(path)
    folder = os.stat(directory)
    if folder.st_uid == user and not folder.st_mode & stat.S_IWUSR:
        # The superuser may write all the same, yet read-only was meant.
        return False
    return os.access(directory, os.W_OK | os.X_OK)


def _is_hot(journal: str) -> bool:
    """Return whether `journal` holds pages to be rolled back: its header is not zeroed."""
    try:
        with open(journal, "rb", buffering=0) as file:
            return file.read(1) not in (b"", b"\0")
    except FileNotFoundError:
        return False


# `struct flock` of fcntl(2), native alignment: type, whence, start, length, process.
_FLOCK_LAYOUTS = {"linux": ("hhqqi4x", 0), "darwin": ("qqihh", 3)}


def _locked_by_others(descriptor: int) -> bool:
    """Return whether another process holds any lock on the file: a connection in use does.

    SQLite keeps a shared lock for as long as a WAL connection has read, and a reserved one while
    a transaction writes. Where locks cannot be asked for, nobody is taken to hold one: what is
    unfinished is then read from a copy, which is right in either case.
    """
    layout = _FLOCK_LAYOUTS.get(sys.platform)
    if layout is None:
        return False
    form, type_position = layout
    question = [0] * 5
    question[type_position] = fcntl.F_WRLCK
    try:
        answer = fcntl.fcntl(descriptor, fcntl.F_GETLK, struct.pack(form, *question))
    except OSError:
        return False
    return bool(struct.unpack(form, answer)[type_position] != fcntl.F_UNLCK)
