"""Opens a project's database so that, once closed, its directory is as if we had not been there."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from io import FileIO
from typing import Any

from trackio_view.sources.access import (
    Access,
    Signature,
    at_rest,
    choose_access,
    file_behind,
    is_ours,
    signature,
)
from trackio_view.sources.faults import (
    explain,
    in_temporary_directory,
    interrupted,
    replaced,
    unreadable,
)

Row = tuple[Any, ...]

BUSY_TIMEOUT = 0.2
"""Seconds that SQLite itself waits for a lock: it cannot be interrupted while it waits."""
PATIENCE = 2.0
"""Seconds that a lock is waited for altogether before it is worth a notice."""

_QUERY_BY_ACCESS = {
    Access.SHARED: "mode=rw",
    Access.ROLLBACK: "mode=ro",
    # Without a `-shm` of our making, which the trainer could not write.
    Access.LIVE: "mode=ro&readonly_shm=1",
    Access.IMMUTABLE: "mode=ro&immutable=1",
    Access.COPY: "mode=rw",
}


class ProjectConnection(sqlite3.Connection):
    """A connection that only reads, and that tidies up after itself when closed."""

    access: Access = Access.IMMUTABLE
    path: str = ""
    """Where the project lies, also where a copy of it is read."""
    file: str = ""
    """The file that is open: the one that a link at `path` leads to, or the copy."""
    opened: Signature | None = None
    """The state of the files when they were opened."""
    damage: str | None = None
    """What is missing from a copy of a damaged database, in one sentence."""
    _scratch: str | None = None
    _registered: tuple[int, int] | None = None
    _closed: bool = False

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            with contextlib.suppress(sqlite3.Error):
                # An interrupt stays pending until a statement starts, and would keep closing
                # from emptying the WAL.
                self.execute("SELECT 1").fetchall()
            super().close()
        finally:
            if self._registered is not None:
                _forget(self._registered)
            if self._scratch is not None:
                import shutil

                shutil.rmtree(self._scratch, ignore_errors=True)
            elif self.access is Access.ROLLBACK and os.path.exists(self.file + "-wal"):
                _remove_log(self.file)
            elif self.access is Access.SHARED and self.opened and not self.opened.log_exists:
                _remove_orphans(self.file)

    @property
    def outdated(self) -> bool:
        """Whether what this connection sees is no longer what the project's files hold.

        Where locks are taken SQLite sees to that, unless the file itself was replaced or has
        changed to another journal mode, which asks for another way of opening.
        """
        return self.outdated_by(signature(self.path))

    def outdated_by(self, now: Signature) -> bool:
        """Whether that is so where the files are in the state `now`."""
        if self.opened is None or now.database[0] != self.opened.database[0]:
            return True
        if self.access.takes_locks:
            return self.access is Access.ROLLBACK and now.log_exists
        return now != self.opened


_open_files: Counter[tuple[int, int]] = Counter()
_access_of_open_files: dict[tuple[int, int], Access] = {}
# Held while a file is looked at or copied by hand: closing a file drops all locks that this
# process has on it (fcntl(2)), those of SQLite's connections among them.
_by_hand = threading.Lock()


def _forget(key: tuple[int, int]) -> None:
    with _by_hand:
        _open_files[key] -= 1
        if not _open_files[key]:
            del _open_files[key], _access_of_open_files[key]


def _never() -> bool:
    return False


def open_database(
    path: str,
    *,
    glance: bool = False,
    salvage: bool = False,
    should_stop: Callable[[], bool] = _never,
) -> ProjectConnection:
    """Return a connection to the project's database at `path`, in autocommit mode.

    With `glance`, a database at rest is read without locks and without a trace; the caller checks
    `outdated` before it believes what it read. With `salvage`, a file that was cut off is opened
    all the same. `should_stop` is asked while a file is copied.
    Raises DatabaseFault, sqlite3.Error or OSError, all of which `explain` puts into words.
    """
    path = os.path.abspath(path)
    with _by_hand:
        file = file_behind(path)
        state = signature(file)
        key = _key(file)
        access = _access_of_open_files.get(key) if key else None
        if access is None:
            access = choose_access(file)
            if access is Access.COPY:
                return _open_copy(file, path, salvage, should_stop)
            if access is Access.IMMUTABLE and not at_rest(state):
                raise replaced()
        if glance and access is not Access.LIVE and at_rest(state):
            access = Access.IMMUTABLE
        if access.takes_locks and key is not None:
            _open_files[key] += 1
            _access_of_open_files[key] = access
        else:
            key = None
    try:
        connection = _connect(file, path, access, salvage)
    except BaseException as error:
        if key is not None:
            _forget(key)
        fault = explain(error)
        rested = signature(file)
        if access is Access.SHARED and fault and not fault.transient and at_rest(rested):
            # A directory that turned out not to be writable, a disk without room for a WAL.
            connection = _connect(file, path, Access.IMMUTABLE, salvage)
            connection.opened = rested
            return connection
        raise
    connection._registered = key
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
        address, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None, factory=ProjectConnection
    )
    connection.access, connection.path, connection.file = access, path, file
    try:
        connection.execute("PRAGMA query_only = 1")
        if salvage:
            # Despite its name it is what lets SQLite read a file that is shorter than its header
            # says (lockBtree in btree.c); nothing is ever written here.
            connection.execute("PRAGMA writable_schema = 1")
        # The first read opens the files for good, so that faults show here.
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


_COPY_PIECE = 8 << 20
_COPY_ATTEMPTS = 3


def _open_copy(
    file: str, path: str, salvage: bool, should_stop: Callable[[], bool]
) -> ProjectConnection:
    """Return a connection to a copy of the database with its WAL or journal, recovered there."""
    # Rarely needed, and slow to import.
    import shutil
    import tempfile

    for _ in range(_COPY_ATTEMPTS):
        with in_temporary_directory():
            scratch = tempfile.mkdtemp(prefix="trackio-view-")
        try:
            before = signature(file)
            for ending in ("", "-wal", "-journal"):
                _copy(file + ending, os.path.join(scratch, "project.db" + ending), should_stop)
            if signature(file) == before:
                copy = os.path.join(scratch, "project.db")
                with in_temporary_directory():
                    connection = _connect(copy, path, Access.COPY, salvage)
                connection._scratch = scratch
                connection.opened = before
                return connection
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        shutil.rmtree(scratch, ignore_errors=True)
    raise replaced()


def _copy(source: str, target: str, should_stop: Callable[[], bool]) -> None:
    try:
        reader = open(source, "rb", buffering=0)  # noqa: SIM115 - closed below
    except FileNotFoundError:
        return
    with reader, in_temporary_directory(), open(target, "wb") as writer:
        while piece := _piece_of(reader):
            if should_stop():
                raise interrupted()
            writer.write(piece)


def _piece_of(reader: FileIO) -> bytes:
    try:
        return reader.read(_COPY_PIECE)
    except OSError as error:
        # The project's own disk, not the one that the copy is written to.
        raise unreadable(error) from error


def _remove_log(path: str) -> None:
    """Close the WAL of a database that changed to WAL mode while we read it without one.

    A read-only connection cannot; the writer would have, had we not been there.
    """
    try:
        with _by_hand:
            key = _key(path)
            if key is not None and key not in _open_files and is_ours(path, os.stat(path)):
                _connect(path, path, Access.SHARED).close()
    except (sqlite3.Error, OSError):
        # In use again: then whoever uses it removes it.
        return


def _remove_orphans(path: str) -> None:
    """Remove the empty files of a WAL of our making, whose database has been moved or deleted.

    SQLite leaves them where it finds that the file is no longer the one it opened.
    """
    with contextlib.suppress(OSError):
        if not os.path.exists(path) and os.stat(path + "-wal").st_size == 0:
            os.unlink(path + "-wal")
            os.unlink(path + "-shm")


def fetch(connection: sqlite3.Connection, query: str, values: Sequence[Any] = ()) -> list[Row]:
    """Return all rows of a query; text that is not UTF-8 has its faulty bytes replaced."""
    try:
        return connection.execute(query, values).fetchall()
    except sqlite3.OperationalError as error:
        if not is_text_fault(error):
            raise
        connection.text_factory = decode_text
        return connection.execute(query, values).fetchall()


def is_text_fault(error: sqlite3.Error) -> bool:
    return "decode to UTF-8" in str(error)


def decode_text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
