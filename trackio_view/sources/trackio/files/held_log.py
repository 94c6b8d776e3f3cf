"""Keeps the WAL of another user's database in place while it is opened and read.

SQLite makes a WAL where it finds none, also for a connection that only reads. One of our making
could not be written to by the database's writer, whose rows would be lost. Whoever closes a
database last removes its WAL under an exclusive lock, which a shared lock of ours keeps out.
"""

from __future__ import annotations

import os

from trackio_view.sources.trackio.faults import being_written

# The bytes of a database that a shared lock is taken on (SQLite, os.h: SHARED_FIRST, SHARED_SIZE).
_SHARED_FIRST = 0x40000002
_SHARED_SIZE = 510


def hold_log(file: str) -> int:
    """Return a descriptor of the database that keeps its WAL in place until it is closed.

    Closing it drops all locks that this process has on the file. Raises the DatabaseFault of a
    database that is being written where it has no WAL, or one that is just removed.
    """
    import fcntl

    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB, _SHARED_SIZE, _SHARED_FIRST)
        if not os.stat(file + "-wal").st_size:
            raise being_written()
    except BaseException as error:
        os.close(descriptor)
        # Another process removes the WAL: it holds the lock (EACCES on some systems), or is done.
        if isinstance(error, (BlockingIOError, PermissionError, FileNotFoundError)):
            raise being_written() from error
        raise
    return descriptor
