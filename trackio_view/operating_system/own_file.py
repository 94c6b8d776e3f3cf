"""Opens a file to write what is for its owner alone, and never another's file in its place."""

from __future__ import annotations

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
        os.fchmod(descriptor, 0o600)
        os.ftruncate(descriptor, 0)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _left(path: str | os.PathLike[str], why: str) -> OSError:
    return OSError(errno.EEXIST, f"{why}, and is left as it is", os.fspath(path))
