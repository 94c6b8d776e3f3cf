"""Flushes of projects as looks at their files tell of them, where the system lets nobody wait.

Each user may wait for so many files only (`fs.inotify.max_user_instances`), and on shared machines
others' programs use all of that up. TrackIO empties its lock when it opens it, and SQLite writes
beside the database before it writes to it, so the times of these files tell that there was a flush.
They do not tell whether it is over, nor whether it was one or several.

So a flush counts as closed once nobody holds the lock, and once more when nothing has changed since
for longer than a tick of the file system's clock. What is written after that changes a file's time
again. Until then the project counts as written to.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from trackio_view.sources.gpu.lock_changes import Change
from trackio_view.sources.gpu.project_locks import (
    CHANGE_ENDINGS,
    DATABASE_ENDING,
    LOCK_ENDING,
    has_lock,
    lock_holders,
    written_since,
)

_LOOK_SECONDS = 0.02
_LIST_SECONDS = 1.0
"""How often the directory is searched for projects that begin to be written to."""
_WRITTEN_SECONDS = 10.0
"""A project whose lock is older at the beginning is not looked at until the lock changes."""
_TICK_SECONDS = 0.04
"""The longest tick of the clocks that give files their times, and some more."""
_WHOLE_TICK_SECONDS = 2.1
"""The same where a file system knows whole seconds only, or even ones."""
_SECOND = 1_000_000_000
_ENDINGS = (LOCK_ENDING, DATABASE_ENDING, *CHANGE_ENDINGS)

Times = tuple[tuple[int, int, int] | None, ...]
"""Of each of a project's files: when it changed, in nanoseconds since the epoch, its size in bytes,
and its inode; `None` for a file that is missing.
"""


@dataclass(slots=True, eq=False, repr=False)
class _Files:
    """What was seen of a project's files at the newest look."""

    times: Times
    since: float
    """When `times` were seen first, in seconds of a monotonic clock."""
    is_closed: bool = False
    """Whether nobody has held the lock since."""
    is_over: bool = False
    """Whether the next change is certain to give a file another time."""


@dataclass(slots=True, eq=False, repr=False)
class FileLooks:
    """Flushes of the projects in a directory, by looks at those that were ever seen to change."""

    directory: str
    proc: Path = Path("/proc")
    tells_openings: bool = False
    _files: dict[str, _Files] = field(default_factory=dict)
    _changes: list[tuple[str, Change]] = field(default_factory=list)
    _listed_at: float = -math.inf
    _written_since: float = field(init=False)

    def __post_init__(self) -> None:
        self._written_since = time.time() - _WRITTEN_SECONDS

    def wait(self, seconds: float) -> bool:
        """Return whether there is something to read, after so many seconds at most."""
        end = time.monotonic() + seconds
        self._look()
        while not self._changes and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_SECONDS))
            self._look()
        return bool(self._changes)

    def read(self) -> Iterator[tuple[str, Change]]:
        """Return what changed since the last call, as a look of this moment tells."""
        self._look()
        changes, self._changes = self._changes, []
        return iter(changes)

    def close(self) -> None:
        """Do nothing: no file is held open."""

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._listed_at >= _LIST_SECONDS:
            self._listed_at = now
            for project in written_since(self.directory, self._written_since):
                if project not in self._files and has_lock(self.directory, project):
                    self._files[project] = _Files((), now)
        for project, files in [*self._files.items()]:
            self._look_at(project, files)

    def _look_at(self, project: str, files: _Files) -> None:
        now, times = time.monotonic(), file_times(self.directory, project)
        if times != files.times:
            self._files[project] = files = _Files(times, now)
            self._changes.append((project, Change.WRITTEN))
        if files.is_over or lock_holders(self.directory, project, self.proc):
            return
        files.is_over = now - files.since >= _tick_seconds(times)
        if files.is_over or not files.is_closed:
            self._changes.append((project, Change.CLOSED))
        if not files.is_over and not files.is_closed:
            self._changes.append((project, Change.WRITTEN))
        files.is_closed = True


def file_times(directory: str, project: str) -> Times:
    """Return what is seen of each file that a flush changes; `None` of one that is missing."""
    return tuple(_of_file(os.path.join(directory, project + ending)) for ending in _ENDINGS)


def _of_file(path: str) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _tick_seconds(times: Times) -> float:
    """Return how long two changes may have one time."""
    knows_fractions = any(file is not None and file[0] % _SECOND for file in times)
    return _TICK_SECONDS if knows_fractions else _WHOLE_TICK_SECONDS
