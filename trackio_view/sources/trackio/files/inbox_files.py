"""The files of TrackIO's JSONL inbox: which there are, and what one holds."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator

from trackio_view.sources.mounts import MOUNTS, nearest_mount

FOLDER = "inbox"
_SUFFIX = ".jsonl"
_LATE = frozenset({"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs"})
"""They keep what a folder had for up to a minute (nfs(5), acdirmax); Lustre and Ceph do not."""
_LARGEST = 64 << 20
"""Bytes of a file that are read: a file of TrackIO's holds what was logged in half a second."""


def inbox_keys(directory: str) -> Iterator[tuple[str, str]]:
    """Yield the files of a directory's inbox: the writer's folder, and the name in it."""
    try:
        with os.scandir(os.path.join(directory, FOLDER)) as entries:
            writers = [entry for entry in entries if entry.is_dir()]
    except OSError:
        return
    for writer in writers:
        try:
            with os.scandir(writer.path) as entries:
                names = [
                    entry.name
                    for entry in entries
                    if entry.name.endswith(_SUFFIX) and entry.is_file()
                ]
        except OSError:
            # A server removed the folder with its last file.
            continue
        yield from ((writer.name, name) for name in names)


def read_inbox_file(directory: str, key: tuple[str, str]) -> bytes | None:
    """Return what a file of the inbox holds, `None` where it cannot be read now."""
    if any(not name or name != os.path.basename(name) or name == ".." for name in key):
        return None
    try:
        with open(os.path.join(directory, FOLDER, *key), "rb") as file:
            return file.read(_LARGEST)
    except OSError:
        return None


def listed_late(directory: str, mounts: str = MOUNTS) -> str | None:
    """Return the kind of a file system that lists an inbox as it was some time ago, else `None`.

    `mounts` is a file as in proc(5).
    """
    folder = os.path.realpath(os.path.join(directory, FOLDER))
    try:
        with open(mounts, encoding="utf-8", errors="surrogateescape") as file:
            mount = nearest_mount(file.read(), folder)
    except OSError:
        return None
    return mount.kind if mount is not None and mount.kind in _LATE else None


def inbox_state(directory: str) -> int:
    """Return a number that changes when a file comes or goes."""
    state = 0
    for key in sorted(inbox_keys(directory)):
        state = zlib.crc32("/".join(key).encode("utf-8", "surrogateescape"), state)
    return state
