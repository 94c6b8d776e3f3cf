"""What goes wrong with a project's database, each in one sentence for the person."""

from __future__ import annotations

import contextlib
import enum
import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial


class FaultKind(enum.Enum):
    """What follows from a fault, where more does than that it is told."""

    TRANSIENT = "transient"
    """It passes although nobody changes the file, so reading is tried again soon."""
    MISSING = "missing"
    """The file is not there."""
    EMPTY = "empty"
    """The file is a database, or will be one, but holds no metrics. A run may be about to start."""
    DAMAGED = "damaged"
    """Parts of the file cannot be read, other parts may."""
    TOO_MUCH = "too_much"
    """The answer was too large, or took too long. A smaller part of it may be read."""
    STALE = "stale"
    """The tables of a distant project are no longer those that were known."""
    REFUSED = "refused"
    """The database of a server cannot run the statement."""
    REPLACED = "replaced"
    """Another database has taken the place of the one that was read, so that nothing of the two
    belongs together. Reading begins anew.
    """
    NOTHING_AT_PATH = "nothing at path"
    """A server has nothing at the path."""


class DatabaseFault(Exception):
    """A database could not be read; a fault without a kind is only told."""

    def __init__(self, text: str, kind: FaultKind | None = None) -> None:
        super().__init__(text)
        self.text = text
        """One sentence."""
        self.kind = kind

    @property
    def text_of_retries(self) -> str:
        """The sentence for callers that try again and again."""
        return f"{self.text.removesuffix('.')}; trying again."


# Each fault is a new exception, because one that is raised twice keeps the frames of both times.
locked = partial(DatabaseFault, "The database is locked by another program.", FaultKind.TRANSIENT)
missing = partial(DatabaseFault, "The database is not there.", FaultKind.MISSING)
empty = partial(DatabaseFault, "The project has no rows yet.", FaultKind.EMPTY)
being_written = partial(DatabaseFault, "The database is being written.", FaultKind.TRANSIENT)
replaced = partial(DatabaseFault, "The database changed while it was read.", FaultKind.TRANSIENT)
another = partial(DatabaseFault, "The database was replaced while it was read.", FaultKind.REPLACED)
interrupted = partial(DatabaseFault, "Reading was interrupted.", FaultKind.TRANSIENT)
damaged = partial(
    DatabaseFault, "The database is damaged: parts of it are unreadable.", FaultKind.DAMAGED
)
not_a_database = partial(DatabaseFault, "The file is not an SQLite database.")

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_OF_THE_COPY = ("disk is full", "disk i/o error", "unable to open", "readonly")


@contextlib.contextmanager
def in_temporary_directory() -> Iterator[None]:
    """Raise what goes wrong while a copy is written as a fault of the temporary directory.

    The project's own disk is fine then. The person can do something about the other disk.
    """
    try:
        yield
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        full = error.errno in _NO_ROOM
        raise _no_copy("is full" if full else f"cannot be used: {reason}") from error
    except sqlite3.OperationalError as error:
        message = str(error).lower()
        if not any(part in message for part in _OF_THE_COPY):
            raise
        full = "full" in message
        raise _no_copy("is full" if full else f"cannot be used: {message}") from error


def _no_copy(reason: str) -> DatabaseFault:
    return DatabaseFault(
        f"The temporary directory {reason}; the database is read from a copy there,"
        " and TMPDIR names another place."
    )


def _cannot_be_opened() -> DatabaseFault:
    """Return the fault of a file that SQLite could not open, as SQLite does not tell why."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            return unreadable(error)
    return DatabaseFault("The database cannot be opened.")


_BY_MESSAGE: tuple[tuple[str, Callable[[], DatabaseFault]], ...] = (
    ("locked", locked),
    ("interrupted", interrupted),
    ("schema has changed", replaced),
    ("no such table", replaced),
    ("no such column", replaced),
    # A journal that a killed writer left: the next opening reads a copy.
    ("attempt to write a readonly database", replaced),
    ("not a database", not_a_database),
    ("unsupported file format", not_a_database),
    ("malformed", damaged),
    (
        "disk i/o error",
        partial(DatabaseFault, "The disk failed while the database was read.", FaultKind.DAMAGED),
    ),
    ("unable to open", _cannot_be_opened),
    ("disk is full", partial(DatabaseFault, "The disk is full: the database cannot be opened.")),
    (
        "too big",
        partial(DatabaseFault, "A row of the database is too big to read.", FaultKind.DAMAGED),
    ),
)


def unreadable(error: OSError) -> DatabaseFault:
    """Return the fault of a file that the system does not let us read."""
    if isinstance(error, FileNotFoundError):
        return missing()
    if isinstance(error, PermissionError):
        return DatabaseFault("The database is not readable for this user.")
    reason = error.strerror or type(error).__name__
    return DatabaseFault(f"The database cannot be read: {reason.lower()}.")


def explain(error: BaseException) -> DatabaseFault | None:
    """Return the fault behind `error`, or `None` where it is none of a database: a bug."""
    if isinstance(error, DatabaseFault):
        return error
    if isinstance(error, OSError):
        return unreadable(error)
    if isinstance(error, (sqlite3.ProgrammingError, sqlite3.InterfaceError)):
        return None
    if isinstance(error, sqlite3.Error):
        message = str(error)
        folded = message.lower()
        for part, fault in _BY_MESSAGE:
            if part in folded:
                return fault()
        return DatabaseFault(f"The database cannot be read: {message}.")
    return None
