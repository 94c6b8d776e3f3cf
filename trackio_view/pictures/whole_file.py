"""Writes a file whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from contextlib import suppress


def write_whole_file(path: str | os.PathLike[str], content: bytes) -> None:
    """Put `content` at `path`: a reader sees what was there before, or all of it, never a part.

    The content is written beside the target and takes its place once it is on the disk. What is
    no regular file (a pipe, a device) is written to as it is. Raises OSError, after which the
    target is as it was and nothing lies beside it.
    """
    # A link stays a link: what it leads to is replaced.
    target = os.path.realpath(path)
    try:
        present: os.stat_result | None = os.stat(target)
    except FileNotFoundError:
        present = None
    if present is not None and not stat.S_ISREG(present.st_mode):
        with open(target, "wb") as stream:
            stream.write(content)
        return
    if present is not None and not os.access(target, os.W_OK):
        # The folder would let us replace what its owner has protected.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), target)
    folder, name = os.path.split(target)
    descriptor, beside = tempfile.mkstemp(prefix=".", suffix=f"-{name[-40:]}", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            os.fchmod(descriptor, _mode(present))
            stream.write(content)
            stream.flush()
            # Some disks report that they are full only now.
            os.fsync(descriptor)
        os.replace(beside, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise


def _mode(present: os.stat_result | None) -> int:
    """Return the permissions of the file that is replaced, else those of any new file."""
    if present is not None:
        return stat.S_IMODE(present.st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
