"""Writes files that are for their owner alone, and never another's file in their place."""

from __future__ import annotations

import contextlib
import errno
import os
import stat


def open_own(path: str | os.PathLike[str], first: bytes) -> int:
    """Return a descriptor that appends to an empty file at `path`, which only its owner can read.

    `first` is how such files begin: one that is there is emptied where it begins so and is this
    user's; any other is left as it is. Nothing is waited for and no link is followed. Raises
    OSError, whose `strerror` says why, in words.
    """
    flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC
    try:
        return os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    descriptor = _open_ours(path, flags, first)
    try:
        os.fchmod(descriptor, 0o600)
        os.ftruncate(descriptor, 0)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def replace_own(path: str, content: bytes, first: bytes) -> None:
    """Put a file of this content at `path`, which only its owner can read: whole, or not at all.

    Where one is there, it has to begin with `first` and to be this user's; any other is left as it
    is. Raises OSError, whose `strerror` says why, in words.
    """
    import tempfile

    with contextlib.suppress(FileNotFoundError):
        os.close(_open_ours(path, os.O_RDONLY | os.O_CLOEXEC, first))
    folder, name = os.path.split(path)
    # Such a file is this user's alone from the beginning.
    descriptor, beside = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise


def _open_ours(path: str | os.PathLike[str], flags: int, first: bytes) -> int:
    """Return a descriptor of a file that is there, is this user's and begins with `first`."""
    try:
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _left(path, "it is a link") from error
        raise
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise _left(path, "it is no file")
        if found.st_uid != os.geteuid() or found.st_nlink > 1:
            raise _left(path, "it may be another's")
        if found.st_size and os.pread(descriptor, len(first), 0) != first:
            raise _left(path, "it holds something else")
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _left(path: str | os.PathLike[str], why: str) -> OSError:
    return OSError(errno.EEXIST, f"{why}, and is left as it is", os.fspath(path))
