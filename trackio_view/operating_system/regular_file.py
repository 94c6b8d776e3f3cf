"""Opens a file and nothing else: a pipe would be waited for, and a device may never end."""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader

_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def open_regular(path: str | os.PathLike[str]) -> BufferedReader:
    """Return the file at `path`, to be read as bytes; nothing is waited for.

    Raises OSError, also for what is no regular file; its `strerror` says why, in words.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise _no_file("a socket", path) from error
        raise
    kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
    if kind != stat.S_IFREG:
        os.close(descriptor)
        raise _no_file(_KINDS.get(kind, "something else"), path)
    return os.fdopen(descriptor, "rb")


def _no_file(kind: str, path: str | os.PathLike[str]) -> OSError:
    return OSError(errno.EINVAL, f"it is {kind} and no file", os.fspath(path))
