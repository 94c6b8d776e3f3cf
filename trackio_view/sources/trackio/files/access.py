"""In which way a project's database is opened, so that reading changes nothing of it."""

from __future__ import annotations

import enum
import os
import stat
import sys
import time

from trackio_view.light_typing import TYPE_CHECKING, NamedTuple
from trackio_view.sources.trackio.faults import DatabaseFault, empty, missing, not_a_database


class Access(enum.Enum):
    """A way to open a database. The values say what each way means."""

    IMMUTABLE = "a database that nobody writes: read without locks, and checked by stat"
    """Read without locks: no other process can tell that the database is open."""
    SHARED = "a database of ours whose WAL is in use: read-only, for a moment at a time"
    ROLLBACK = "a database whose rollback journal is in use: read-only, for a moment at a time"
    LIVE = "another user's database whose WAL is in use: as SHARED, and no file is made for it"
    COPY = "a database that a writer left unfinished: a copy is recovered and read"
    REMOTE = "a database that a server reads for us: each question costs a moment of its time"

    @property
    def takes_locks(self) -> bool:
        return self in (Access.SHARED, Access.ROLLBACK, Access.LIVE)


if TYPE_CHECKING:
    FileState = tuple[int, int, int]
    """Inode, size and modification time in nanoseconds; zeros for a file that is not there."""

_ABSENT: FileState = (0, 0, 0)


class Signature(NamedTuple):
    """A state that tells, without opening anything, whether a database may have changed."""

    database: FileState
    log: FileState
    journal: FileState
    waiting: int = 0
    """How often rows of the project came to the inbox, where that was asked for, too."""

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
        """Whether a writer still has to fold something into the database."""
        return bool(self.log[1] or self.journal[1])


def file_behind(path: str) -> str:
    """Return the path of the file that `path` leads to: SQLite keeps its log beside that one."""
    return os.path.realpath(path) if os.path.islink(path) else path


def signature(path: str) -> Signature:
    """Return the states of a database's files; OSError where even that cannot be told."""
    path = file_behind(path)
    return Signature(
        state_of_file(path), state_of_file(path + "-wal"), state_of_file(path + "-journal")
    )


def state_of_file(path: str) -> FileState:
    """Return the state of one file, which is no link."""
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return _ABSENT
    return found.st_ino, found.st_size, found.st_mtime_ns


_SETTLING = 0.025
"""Seconds: a file changed this recently may change again under the same time stamp."""
_COARSE_SETTLING = 2.5
"""The same where time stamps are whole seconds, or two, as some file systems keep them."""
_SECOND = 10**9


def settled(state: Signature) -> bool:
    """Return whether no change after `state` was taken can go unseen by stat."""
    newest = max(state.database[2], state.log[2], state.journal[2])
    settling = _SETTLING if newest % _SECOND else _COARSE_SETTLING
    return not 0 <= time.time() - newest / 1e9 < settling


def at_rest(state: Signature) -> bool:
    """Return whether nothing is unfinished and no later change can go unseen by stat."""
    return not state.unfinished and settled(state)


_LEFT_ALONE = 1.0
"""Seconds without a write after which a WAL belongs to a connection that stays open."""


def may_rest_soon(state: Signature) -> bool:
    """Return whether it pays to wait until the files are at rest, because they were written to just
    now.

    A WAL that was not written to for longer belongs to a connection that stays open.
    """
    newest = max(state.log[2], state.journal[2]) if state.unfinished else state.database[2]
    return 0 <= time.time() - newest / 1e9 < _LEFT_ALONE


LOCKING_ROWS = 250
"""Rows of one read where it holds up the writer: few enough that the read ends within 10 ms."""
_HEADER_BYTES = 100
_READ_VERSION_OFFSET = 19
"""Database header, "file format read version": 2 is WAL, 1 a rollback journal (sqlite.org)."""
_WAL_VERSION = 2


def check_file(path: str) -> None:
    """Raise the DatabaseFault of a path, which is no link, that can be no database."""
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        raise missing() from None
    if not stat.S_ISREG(found.st_mode):
        raise DatabaseFault("This is not a file.")
    if found.st_size == 0:
        raise empty()
    if found.st_size < _HEADER_BYTES:
        raise not_a_database()
    if not os.access(path, os.R_OK):
        # SQLite would only say that it cannot open the file.
        raise PermissionError


def choose_access(path: str) -> Access:
    """Return how to open the database at `path`, which is no link and not at rest.

    Opens and closes the file itself, which drops every lock that this process holds on it: never
    to be called while this process has a connection with locks to the same file. Raises
    DatabaseFault or OSError where it cannot be read.
    """
    with open(path, "rb", buffering=0) as file:
        header = file.read(_HEADER_BYTES)
        in_use = locked_by_others(file.fileno())
    if len(header) < _HEADER_BYTES or not header.startswith(b"SQLite format 3\0"):
        raise not_a_database()
    state = signature(path)
    if not in_use and (state.log[1] or _is_hot(path + "-journal")):
        return Access.COPY
    if header[_READ_VERSION_OFFSET] != _WAL_VERSION:
        return Access.ROLLBACK
    if is_ours(path, os.stat(path)):
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
        # The superuser could write here although the permissions say read-only.
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


def locked_by_others(descriptor: int) -> bool:
    """Return whether another process holds any lock on the file: a connection in use does.

    SQLite keeps a shared lock for as long as a WAL connection has read, and a reserved one while
    a transaction writes. Where locks cannot be asked for, nobody is taken to hold one: what is
    unfinished is then read from a copy, which is right in either case.
    """
    layout = _FLOCK_LAYOUTS.get(sys.platform)
    if layout is None:
        return False
    # A file at rest is not asked for its locks, and is read without waiting for them.
    import fcntl
    import struct

    form, type_position = layout
    question = [0] * 5
    question[type_position] = fcntl.F_WRLCK
    try:
        answer = fcntl.fcntl(descriptor, fcntl.F_GETLK, struct.pack(form, *question))
    except OSError:
        return False
    return bool(struct.unpack(form, answer)[type_position] != fcntl.F_UNLCK)
