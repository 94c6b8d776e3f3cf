"""Opens a project's database so that, once closed, its directory is as if we had not been there."""

from __future__ import annotations

import contextlib
import enum
import os
import sqlite3
import time
from _thread import allocate_lock
from collections import Counter
from collections.abc import Callable, Sequence

from trackio_view.light_typing import TYPE_CHECKING, Any
from trackio_view.sources.trackio.faults import (
    DatabaseFault,
    FaultKind,
    being_written,
    damaged,
    in_temporary_directory,
    missing,
    replaced,
)
from trackio_view.sources.trackio.files.access import (
    Access,
    Signature,
    at_rest,
    check_file,
    choose_access,
    file_behind,
    is_ours,
    locked_by_others,
    may_rest_soon,
    signature,
    state_of_file,
)

if TYPE_CHECKING:
    from trackio_view.sources.trackio.reader import Row

BUSY_TIMEOUT = 0.2
"""Seconds that SQLite itself waits for a lock: it cannot be interrupted while it waits."""
PATIENCE = 2.0
"""Seconds that a lock is waited for altogether before it is worth a notice."""

REST_PATIENCE = 0.25
"""Seconds to wait for a moment at which nobody writes. TrackIO's flushes are short."""
_REST_PAUSE = 0.01

_QUERY_BY_ACCESS = {
    # Never opened for writing: the last connection that closes would fold the WAL into whatever
    # file is there then.
    Access.SHARED: "mode=ro",
    Access.ROLLBACK: "mode=ro",
    # Without creating a `-shm` file, which the training process could not write to; nor a WAL,
    # which is held in place.
    Access.LIVE: "mode=ro&readonly_shm=1",
    Access.IMMUTABLE: "mode=ro&immutable=1",
    Access.COPY: "mode=rw",
}


class Locks(enum.Enum):
    """When a database may be opened with locks, which its writer can feel."""

    NEVER = "never: where it is in use, a moment at which it is not is waited for"
    IN_USE = "where it is in use"
    ALWAYS = "also where it is at rest: for a question that takes longer than the rest does"
    BESIDE_WRITERS = "as ALWAYS with a write-ahead log, else as NEVER: its writer would wait"


class ProjectConnection(sqlite3.Connection):
    """A connection that only reads, and that leaves no trace when it is closed."""

    access: Access = Access.IMMUTABLE
    path: str = ""
    """The path of the project, also where a copy of it is read."""
    file: str = ""
    """The file that is open: the one that a link at `path` leads to, or the copy."""
    opened: Signature | None = None
    """The state of the files when they were opened."""
    latency: float = 0.0
    damage: str | None = None
    """What is missing from a copy of a damaged database, in one sentence."""
    _scratch: str | None = None
    _registered: tuple[int, int] | None = None
    _closed: bool = False

    def fetch(self, query: str, values: Sequence[Any] = (), /) -> list[Row]:
        """Return all rows of a query, as the function of that name does."""
        return fetch(self, query, values)

    def close(self) -> None:
        """Close the connection, which may be closed already."""
        if self._closed:
            return
        self._closed = True
        try:
            super().close()
        finally:
            if self._registered is not None:
                _forget(self._registered)
            if self._scratch is not None:
                from trackio_view.sources.trackio.files.private_copy import remove_copy

                remove_copy(self._scratch)
            elif self.access in (Access.SHARED, Access.ROLLBACK) and self.opened is not None:
                _fold_log(self.file, self.opened, self.access)

    @property
    def outdated(self) -> bool:
        """Whether the project's files have changed since this connection saw them.

        Where locks are taken SQLite sees to that, unless the file itself was replaced or has
        changed to another journal mode, which asks for another way of opening.
        """
        now = signature(self.path)
        if self.opened is None or now.database[0] != self.opened.database[0]:
            return True
        if self.access.takes_locks:
            return self.access is Access.ROLLBACK and now.log_exists
        return now != self.opened


_open_files: Counter[tuple[int, int]] = Counter()
_access_of_open_files: dict[tuple[int, int], Access] = {}
_held_logs: dict[tuple[int, int], int] = {}
"""The descriptors that keep the WALs of other users' databases in place."""
# Held while a file is looked at or copied by hand: closing a file drops all locks that this
# process has on it (fcntl(2)), those of SQLite's connections among them. It is what
# `threading.Lock` makes, without the 2 ms of importing `threading`.
_by_hand = allocate_lock()


def _forget(key: tuple[int, int]) -> None:
    with _by_hand:
        _open_files[key] -= 1
        if not _open_files[key]:
            del _open_files[key], _access_of_open_files[key]
            if key in _held_logs:
                os.close(_held_logs.pop(key))


def _never() -> bool:
    return False


def open_database(
    path: str,
    *,
    locks: Locks = Locks.IN_USE,
    salvage: bool = False,
    should_stop: Callable[[], bool] = _never,
) -> ProjectConnection:
    """Return a connection to the project's database at `path`, in autocommit mode.

    A database at rest is read without locks and without a trace; `fetch` raises where it changes
    meanwhile. One in use is opened with `locks` where those are allowed: then the connection is
    to be closed within milliseconds, for until then its writer cannot fold its WAL in. With
    `salvage`, a file that was cut off is opened all the same. `should_stop` is asked while a file
    is copied.
    Raises DatabaseFault, sqlite3.Error or OSError, all of which `explain` puts into words.
    """
    path = os.path.abspath(path)
    file = file_behind(path)
    check_file(file)
    state = signature(file)
    if locks is Locks.BESIDE_WRITERS:
        locks = Locks.NEVER if _would_hold_up(file) else Locks.ALWAYS
    if at_rest(state) and locks is not Locks.ALWAYS:
        try:
            return _opened(_connect(file, path, Access.IMMUTABLE, salvage), state)
        except sqlite3.Error as error:
            if signature(file) != state:
                raise replaced() from error
            raise
    if locks is Locks.NEVER:
        raise being_written()
    with _by_hand:
        state = signature(file)
        key = _key(file)
        access = _access_of_open_files.get(key) if key else None
        if access is None:
            access = choose_access(file)
            if access is Access.COPY:
                return _open_copy(file, path, salvage, should_stop)
            if access is Access.IMMUTABLE:
                # A file of another user has changed just now. Later changes are seen a moment
                # later.
                raise replaced()
        if key is None:
            raise missing()
        if access is Access.LIVE and key not in _held_logs:
            from trackio_view.sources.trackio.files.held_log import hold_log

            _held_logs[key] = hold_log(file)
        _open_files[key] += 1
        _access_of_open_files[key] = access
    try:
        connection = _connect(file, path, access, salvage)
    except BaseException:
        _forget(key)
        raise
    connection._registered = key
    return _opened(connection, state)


def _would_hold_up(file: str) -> bool:
    """Return whether a lock of a reader keeps the writer of a database from committing: where it
    has no write-ahead log.
    """
    with _by_hand:
        key = _key(file)
        access = _access_of_open_files.get(key) if key else None
        return (access or choose_access(file)) is Access.ROLLBACK


def open_at_rest(path: str, patience: float = REST_PATIENCE) -> ProjectConnection:
    """Return a connection as `open_database` does, if it can be at a moment when nobody writes.

    Waits for such a moment for `patience` seconds: for threads that may sleep.
    """
    deadline = time.monotonic() + patience
    while True:
        waited = time.monotonic() >= deadline or not may_rest_soon(signature(path))
        try:
            return open_database(path, locks=Locks.IN_USE if waited else Locks.NEVER)
        except DatabaseFault as fault:
            if fault.kind is not FaultKind.TRANSIENT or waited:
                raise
        time.sleep(_REST_PAUSE)


def _opened(connection: ProjectConnection, state: Signature) -> ProjectConnection:
    connection.opened = state
    return connection


def _key(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino


def _quoted(path: str) -> str:
    """Return a path as part of an address (RFC 3986): `urllib.parse` takes 2 ms to import."""
    return "".join(
        letter
        if letter.isascii() and (letter.isalnum() or letter in "/-._~")
        else "".join(f"%{byte:02X}" for byte in os.fsencode(letter))
        for letter in path
    )


def _connect(file: str, path: str, access: Access, salvage: bool = False) -> ProjectConnection:
    # Two slashes and a path from the root: no name can be taken for an authority or a parameter.
    address = f"file://{_quoted(file)}?{_QUERY_BY_ACCESS[access]}"
    connection = sqlite3.connect(
        address,
        uri=True,
        timeout=BUSY_TIMEOUT,
        isolation_level=None,
        # Opened in one worker thread, it may be read in the next, never in two at a time.
        check_same_thread=False,
        factory=ProjectConnection,
    )
    connection.access, connection.path, connection.file = access, path, file
    try:
        if access is Access.COPY:
            connection.execute("PRAGMA query_only = 1")
        if salvage:
            # Despite its name it is what lets SQLite read a file that is shorter than its header
            # says (lockBtree in btree.c); nothing is ever written here.
            connection.execute("PRAGMA writable_schema = 1")
        # The first read opens the files for good, so that faults show here.
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
    except BaseException as error:
        connection.close()
        if _is_about_no_text(error):
            raise damaged() from error
        raise
    return connection


def _is_about_no_text(error: BaseException) -> bool:
    """Return whether SQLite's own message could not be read, as it names what is no text.

    Before 3.11, Python says nothing at all of such an error.
    """
    if isinstance(error, sqlite3.DatabaseError):
        return not error.args
    return isinstance(error, UnicodeDecodeError)


def _open_copy(
    file: str, path: str, salvage: bool, should_stop: Callable[[], bool]
) -> ProjectConnection:
    """Return a connection to a copy of the database with its WAL or journal, recovered there."""
    from trackio_view.sources.trackio.files.private_copy import copied, remove_copy

    scratch, state = copied(file, should_stop)
    try:
        with in_temporary_directory():
            copy = os.path.join(scratch, "project.db")
            connection = _connect(copy, path, Access.COPY, salvage)
    except BaseException:
        remove_copy(scratch)
        raise
    connection._scratch = scratch
    return _opened(connection, state)


def _fold_log(path: str, opened: Signature, access: Access) -> None:
    """Fold in and remove the WAL that its writer left because we were reading when it closed.

    The writer would have done so if this program had not been reading. Only where nobody else has
    the database open, and where it is the one that we opened: a file that was put in its place is
    never written to.
    """
    with contextlib.suppress(sqlite3.Error, OSError, UnicodeDecodeError), _by_hand:
        now = signature(path)
        if not now.log_exists:
            return
        if not now.exists:
            _remove_orphans(path)
            return
        # In a database with a rollback journal there was no WAL that could belong elsewhere.
        same = now.database == opened.database
        if access is Access.ROLLBACK:
            same = now.database[0] == opened.database[0]
        # Of a log without a byte nothing comes into any file: it is only removed.
        if now.log[1] and not same:
            return
        if _key(path) in _open_files or not is_ours(path, os.stat(path)):
            return
        with open(path, "rb", buffering=0) as file:
            if locked_by_others(file.fileno()):
                return
        address = f"file://{_quoted(path)}?mode=rw"
        folding = sqlite3.connect(address, uri=True, timeout=0, isolation_level=None)
        try:
            folding.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
        finally:
            folding.close()


def _remove_orphans(path: str) -> None:
    """Remove the empty files of a WAL of our making, whose database has been moved or deleted."""
    if os.stat(path + "-wal").st_size == 0:
        os.unlink(path + "-wal")
        os.unlink(path + "-shm")


def fetch(connection: sqlite3.Connection, query: str, values: Sequence[Any] = ()) -> list[Row]:
    """Return all rows of a query; text that is not UTF-8 has its faulty bytes replaced.

    Raises `replaced` where a database that is read without locks changed meanwhile.
    """
    try:
        rows = _fetch(connection, query, values)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        if _is_torn(connection):
            raise replaced() from error
        if _is_about_no_text(error):
            raise damaged() from error
        raise
    if _is_torn(connection):
        raise replaced()
    return rows


def _is_torn(connection: sqlite3.Connection) -> bool:
    """Return whether pages that were read without locks may belong to more than one state.

    Every write to a file that is at rest moves its time. What comes to a log beside it, or another
    file in its place, is not what this connection reads.
    """
    if not isinstance(connection, ProjectConnection) or connection.access is not Access.IMMUTABLE:
        return False
    return connection.opened is None or state_of_file(connection.file) != connection.opened.database


def _fetch(connection: sqlite3.Connection, query: str, values: Sequence[Any]) -> list[Row]:
    # The cursor is closed in any case, because an open statement would keep the file open.
    with contextlib.closing(connection.cursor()) as cursor:
        try:
            return cursor.execute(query, values).fetchall()
        except sqlite3.OperationalError as error:
            if not is_text_fault(error):
                raise
    connection.text_factory = decode_text
    with contextlib.closing(connection.cursor()) as cursor:
        return cursor.execute(query, values).fetchall()


def is_text_fault(error: sqlite3.Error) -> bool:
    """Return whether SQLite failed because a text in the database is not UTF-8."""
    return "decode to UTF-8" in str(error)


def decode_text(raw: bytes) -> str:
    """Return a text of the database, with U+FFFD for what is not UTF-8."""
    return raw.decode("utf-8", "replace")
