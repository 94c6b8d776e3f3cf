"""The files of media that runs logged: which may be read, how large they are, and what they hold.

Their places are what a run wrote into its rows, which may lead anywhere: nothing is opened but
regular files within the directory of media. This room is sent to a machine behind SSH.
"""

from __future__ import annotations

import errno
import os
import stat

from trackio_view.sources.media_unread import GONE, OUTSIDE, MediaUnread

FOLDER = "media"
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def media_file_size(directory: str, file: str) -> int:
    """Return how many bytes a file has, by its place below the directory of media.

    Raises MediaUnread for one that `read_media_file` would not read.
    """
    path = _path_within(directory, file)
    try:
        found = os.lstat(path)
    except OSError as error:
        raise _unread(error) from None
    _check_kind(found.st_mode)
    return found.st_size


def read_media_file(directory: str, file: str, first: int, most: int) -> tuple[int, bytes]:
    """Return the size of a file and up to `most` bytes of it from one on. Raises MediaUnread.

    Nothing is waited for: neither a pipe's writer nor a device.
    """
    path = _path_within(directory, file)
    try:
        # The place has no link in it any more: one that is there now was put there meanwhile.
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(path, flags)
    except OSError as error:
        raise _unread(error) from None
    try:
        found = os.fstat(descriptor)
        _check_kind(found.st_mode)
        pieces = []
        end = max(0, first) + max(0, most)
        place = max(0, first)
        while place < end:
            piece = os.pread(descriptor, end - place, place)
            if not piece:
                break
            pieces.append(piece)
            place += len(piece)
        return found.st_size, b"".join(pieces)
    except OSError as error:
        raise _unread(error) from None
    finally:
        os.close(descriptor)


def _path_within(directory: str, file: str) -> str:
    """Return where a file really lies. Raises MediaUnread where that is not within `directory`."""
    try:
        root = os.path.realpath(directory)
        path = os.path.realpath(os.path.join(root, file))
    except ValueError:
        raise MediaUnread("No file can have this name.") from None
    except OSError as error:
        raise _unread(error) from None
    if not path.startswith(root.rstrip("/") + "/"):
        raise MediaUnread(OUTSIDE)
    return path


def _check_kind(mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "something else")
        raise MediaUnread(f"It is {kind} and no file.")


def _unread(error: OSError) -> MediaUnread:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return MediaUnread(GONE)
    if error.errno in (errno.ENXIO, errno.ELOOP):
        return MediaUnread("It is no file.")
    reason = (error.strerror or type(error).__name__).lower()
    return MediaUnread(f"It cannot be read: {reason}.")
