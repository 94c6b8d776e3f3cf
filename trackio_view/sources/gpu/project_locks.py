"""What the files and locks of projects tell: who holds a lock, who may write, and what is new."""

from __future__ import annotations

import contextlib
import os
import stat
from functools import lru_cache
from io import FileIO
from pathlib import Path

from trackio_view.sources.mounts import nearest_mount

LOCK_ENDING = ".lock"
DATABASE_ENDING = ".db"
CHANGE_ENDINGS = (".db-wal", ".db-journal")
"""Where SQLite writes before it writes to the database."""
_READ_BYTES = 65_536
_WRITTEN_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def lock_holders(directory: str, project: str, proc: Path) -> set[int]:
    """Return the numbers of the processes that hold a project's lock, also those of other users.

    0 stands for any that the program cannot see, as they run in another namespace.
    Source: proc(5), `/proc/locks`: number, kind, how, access, process, `major:minor:inode`, range.
    Files of Btrfs tell another device than their locks do: that of the mount is taken, too.
    """
    try:
        status = os.stat(os.path.join(directory, project + LOCK_ENDING))
        with open(f"{proc}/locks", "rb", buffering=0) as file:
            text = _whole(file)
    except OSError:
        return set()
    # Looked at again and again until somebody holds it: mostly nobody does yet.
    if f":{status.st_ino} ".encode() not in text:
        return set()
    lines = text.decode("utf-8", "replace").splitlines()
    devices = [
        (os.major(status.st_dev), os.minor(status.st_dev)),
        *_device_of_mount(directory, proc),
    ]
    places = {f"{major:02x}:{minor:02x}:{status.st_ino}" for major, minor in devices}
    rows = [line.split() for line in lines]
    # A process that waits has an arrow behind its number.
    return {int(row[4]) for row in rows if len(row) > 5 and row[5] in places and row[4].isdecimal()}


def _whole(file: FileIO) -> bytes:
    """Return a file of the kernel's, which gives no more than a page a call."""
    return b"".join(iter(lambda: file.read(_READ_BYTES), b""))


def _device_of_mount(directory: str, proc: Path) -> list[tuple[int, int]]:
    """Return the device of the filesystem that a directory lies in, as the kernel's locks name it.

    None where that is not told.
    """
    try:
        text = (proc / "self" / "mountinfo").read_text("utf-8", "replace")
    except OSError:
        return []
    return _mounted(text, os.path.realpath(directory))


@lru_cache(maxsize=8)
def _mounted(mounts: str, directory: str) -> list[tuple[int, int]]:
    mount = nearest_mount(mounts, directory)
    major, _, minor = ("" if mount is None else mount.device).partition(":")
    return [(int(major), int(minor))] if major.isdecimal() and minor.isdecimal() else []


def written_since(directory: str, moment: float) -> list[str]:
    """Return the projects that were written to since a moment in epoch seconds, by their locks.

    By their databases where they have no lock.
    """
    locks: dict[str, float] = {}
    databases: dict[str, float] = {}
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                for ending, found in ((LOCK_ENDING, locks), (DATABASE_ENDING, databases)):
                    if entry.name.endswith(ending):
                        found[entry.name.removesuffix(ending)] = entry.stat().st_mtime
    except OSError:
        return []
    return sorted(project for project, time in (databases | locks).items() if time >= moment)


def has_lock(directory: str, project: str) -> bool:
    """Return whether a project has a lock; on mounted buckets it has none."""
    return os.path.exists(os.path.join(directory, project + LOCK_ENDING))


def has_changes(directory: str, project: str) -> bool:
    """Return whether rows of a project may be on their way, as a file beside its database says.

    SQLite writes there first, and makes the file empty or deletes it when all closed the database.
    """
    for ending in CHANGE_ENDINGS:
        with contextlib.suppress(OSError):
            if os.stat(os.path.join(directory, project + ending)).st_size:
                return True
    return False


def may_write(directory: str, project: str, proc: Path, pid: int) -> bool:
    """Return whether the user of a process may write to a project; true where that is unknown."""
    for ending in (DATABASE_ENDING, LOCK_ENDING):
        try:
            file = os.stat(os.path.join(directory, project + ending))
            user = os.stat(f"{proc}/{pid}").st_uid
        except OSError:
            continue
        return user in (0, file.st_uid) or bool(file.st_mode & _WRITTEN_BY_OTHERS)
    return True
