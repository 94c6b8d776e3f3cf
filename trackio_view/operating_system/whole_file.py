"""Writes a file whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress


def write_whole_file(
    path: str | os.PathLike[str], content: bytes | Iterable[bytes], *, replaces: bool = True
) -> None:
    """Put `content` at `path`: a reader sees what was there before, or all of it, never a part.

    The content is written beside the target and takes its place once it is on the disk. A target
    that is no regular file (a pipe, a device) is written to directly. Raises OSError, after which
    the target is as it was and nothing lies beside it; FileExistsError where something is there
    already that it must not replace.
    """
    if not replaces and os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
    pieces = (content,) if isinstance(content, bytes) else content
    # A link stays a link, and its target is replaced.
    target = os.path.realpath(path)
    try:
        present: os.stat_result | None = os.stat(target)
    except FileNotFoundError:
        present = None
    if present is not None and not stat.S_ISREG(present.st_mode):
        with open(target, "wb") as stream:
            stream.writelines(pieces)
        return
    if present is not None and not os.access(target, os.W_OK):
        # The folder would allow to replace a file that its owner has protected.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), target)
    mode = 0o666 if present is None else stat.S_IMODE(present.st_mode)
    descriptor, beside = _new_beside(target, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            if present is not None:
                os.fchmod(descriptor, mode)
            stream.writelines(pieces)
            stream.flush()
            # Some disks only now report that they are full.
            os.fsync(descriptor)
        if replaces:
            os.replace(beside, target)
        else:
            _put_where_nothing_is(beside, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise


def _new_beside(target: str, mode: int) -> tuple[int, str]:
    """Return a descriptor of a new file in the target's folder, and its path.

    The system takes from `mode` what this user's new files lack. `tempfile` gives all its files to
    their owner alone, and to ask for that mask is to change it for a moment in all threads.
    """
    folder, name = os.path.split(target)
    while True:
        beside = os.path.join(folder, f".{secrets.token_hex(8)}-{name[-40:]}")
        with suppress(FileExistsError):
            return os.open(
                beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode
            ), beside


def _put_where_nothing_is(beside: str, target: str) -> None:
    """Give a file its name unless a file of that name exists by now."""
    try:
        os.link(beside, target)
    except FileExistsError:
        raise
    except OSError:
        # Some disks have no links; there another program may come between.
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target) from None
        os.replace(beside, target)
    else:
        os.unlink(beside)
