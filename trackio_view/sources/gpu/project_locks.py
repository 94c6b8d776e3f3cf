"""Openings and closings of projects' locks as they happen, and the processes that hold a lock.

TrackIO takes a project's lock for the milliseconds of a write, twice a second. A look at any other
moment comes nearly always too late; the kernel wakes a process that waits for the opening. Where
TrackIO writes no lock, as on mounted buckets, the closing of the database stands for that of the
lock.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import stat
import struct
import time
from collections import Counter
from collections.abc import Collection
from functools import lru_cache
from io import FileIO
from pathlib import Path
from typing import NamedTuple

_ENDING = ".lock"
_DATABASE_ENDING = ".db"
_IN_OPEN = 0x20
_IN_CLOSE_WRITE = 0x08
_IN_CLOSE_NOWRITE = 0x10
_IN_Q_OVERFLOW = 0x4000
# struct inotify_event of inotify(7): watch, mask, cookie, length of the name, which follows.
_EVENT = struct.Struct("iIII")
_READ_BYTES = 65_536
_WRITTEN_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class Unwatchable(Exception):
    """The system lets nobody wait for this directory; the text says why."""


class LockEvents(NamedTuple):
    """The events of projects' locks since the last wait, by the projects' names in order."""

    opened: tuple[str, ...] = ()
    """Projects whose lock was opened last, and may still be open."""
    closed: tuple[str, ...] = ()
    """Projects whose lock was closed, each as often as it was."""
    busy: frozenset[str] = frozenset()
    """Projects whose lock was open at any time of the wait."""
    open: frozenset[str] = frozenset()
    """Those whose lock is open at its end."""


class LockOpenings:
    """Waits for this machine's processes to open and close the locks of projects in a directory."""

    _open: Counter[str]
    """Project -> how often its lock is open now, as far as it was seen."""
    _untold: LockEvents | None = None
    """The events that no wait has returned yet."""

    def __init__(self, directory: str) -> None:
        """Raise `Unwatchable` without inotify, beyond its limits, and where the directory is
        missing.
        """
        import ctypes

        try:
            library = ctypes.CDLL(None, use_errno=True)
            start, add = library.inotify_init1, library.inotify_add_watch
        except (OSError, AttributeError, TypeError) as error:
            raise Unwatchable(f"no inotify: {error}") from error
        self._file = start(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._file < 0:
            raise Unwatchable(os.strerror(ctypes.get_errno()))
        if (
            add(self._file, os.fsencode(directory), _IN_OPEN | _IN_CLOSE_WRITE | _IN_CLOSE_NOWRITE)
            < 0
        ):
            number = ctypes.get_errno()
            os.close(self._file)
            raise Unwatchable(os.strerror(number))
        self._directory = directory
        self._open = Counter()

    def wait(self, seconds: float) -> LockEvents:
        """Return which locks were opened and closed; none where nothing happened in time.

        Raise `Unwatchable` where too much happened since the last wait.
        """
        if self._untold is not None or self.has_more(seconds):
            events, self._untold = self._untold, None
            return events or LockEvents()
        still = self._open_now()
        return LockEvents(busy=still, open=still)

    def has_more(self, seconds: float) -> bool:
        """Return whether any event waits to be returned, after so many seconds at most."""
        end = time.monotonic() + seconds
        while self._untold is None:
            left = max(end - time.monotonic(), 0.0)
            if not select.select([self._file], [], [], left)[0]:
                return False
            before = self._open_now()
            events = self._events(before)
            # Other files are databases, which this program opens and closes, too.
            if events.opened or events.closed or events.busy != before:
                self._untold = events
        return True

    def _open_now(self) -> frozenset[str]:
        return frozenset(project for project, times in self._open.items() if times > 0)

    def _events(self, busy: Collection[str]) -> LockEvents:
        """Return what happened until now to the locks; some of them were open before."""
        busy = {*busy}
        opened: dict[str, None] = {}
        closed: list[str] = []
        read = os.read(self._file, _READ_BYTES)
        start = 0
        while start < len(read):
            _, mask, _, length = _EVENT.unpack_from(read, start)
            start += _EVENT.size
            name = os.fsdecode(read[start : start + length].rstrip(b"\0"))
            start += length
            if mask & _IN_Q_OVERFLOW:
                raise Unwatchable("events were lost, so nobody knows what is open")
            if name.endswith(_DATABASE_ENDING) and mask & _IN_CLOSE_WRITE:
                project = name.removesuffix(_DATABASE_ENDING)
                if not has_lock(self._directory, project):
                    busy.add(project)
                    closed.append(project)
            if not name.endswith(_ENDING):
                continue
            project = name.removesuffix(_ENDING)
            busy.add(project)
            if mask & _IN_OPEN:
                self._open[project] += 1
                opened[project] = None
            else:
                # A lock that was open before the watch began closes without an opening.
                self._open[project] = max(self._open[project] - 1, 0)
                if not self._open[project]:
                    opened.pop(project, None)
            if mask & _IN_CLOSE_WRITE:
                closed.append(project)
        return LockEvents(tuple(opened), tuple(closed), frozenset(busy), self._open_now())

    def close(self) -> None:
        """Stop the watch."""
        os.close(self._file)


def lock_holders(directory: str, project: str, proc: Path) -> set[int]:
    """Return the numbers of the processes that hold a project's lock, also those of other users.

    0 stands for any that the program cannot see, as they run in another namespace.
    Source: proc(5), `/proc/locks`: number, kind, how, access, process, `major:minor:inode`, range.
    Files of Btrfs tell another device than their locks do: that of the mount is taken, too.
    """
    try:
        status = os.stat(os.path.join(directory, project + _ENDING))
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

    None where that is not told. Source: proc(5), `/proc/PID/mountinfo`: id, parent, `major:minor`,
    root, mount point, ...
    """
    try:
        text = (proc / "self" / "mountinfo").read_text("utf-8", "replace")
    except OSError:
        return []
    return _mounted(text, os.path.realpath(directory))


@lru_cache(maxsize=8)
def _mounted(mounts: str, directory: str) -> list[tuple[int, int]]:
    nearest, device = "", ""
    for fields in (line.split() for line in mounts.splitlines()):
        if len(fields) < 5:
            continue
        # Blanks in names are written in octal.
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4])
        # Where several mounts lie upon one another, the last one counts.
        if f"{directory}/".startswith(f"{point.rstrip('/')}/") and len(point) >= len(nearest):
            nearest, device = point, fields[2]
    major, _, minor = device.partition(":")
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
                for ending, found in ((_ENDING, locks), (_DATABASE_ENDING, databases)):
                    if entry.name.endswith(ending):
                        found[entry.name.removesuffix(ending)] = entry.stat().st_mtime
    except OSError:
        return []
    return sorted(project for project, time in (databases | locks).items() if time >= moment)


def has_lock(directory: str, project: str) -> bool:
    """Return whether a project has a lock; on mounted buckets it has none."""
    return os.path.exists(os.path.join(directory, project + _ENDING))


def has_changes(directory: str, project: str) -> bool:
    """Return whether rows of a project may be on their way, as a file beside its database says.

    SQLite writes there first, and makes the file empty or deletes it when all closed the database.
    """
    for ending in ("-wal", "-journal"):
        with contextlib.suppress(OSError):
            if os.stat(os.path.join(directory, project + _DATABASE_ENDING + ending)).st_size:
                return True
    return False


def may_write(directory: str, project: str, proc: Path, pid: int) -> bool:
    """Return whether the user of a process may write to a project; true where that is unknown."""
    for ending in (_DATABASE_ENDING, _ENDING):
        try:
            file = os.stat(os.path.join(directory, project + ending))
            user = os.stat(f"{proc}/{pid}").st_uid
        except OSError:
            continue
        return user in (0, file.st_uid) or bool(file.st_mode & _WRITTEN_BY_OTHERS)
    return True
