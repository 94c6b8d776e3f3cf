"""Which project's files a process holds open, by its open files."""

from __future__ import annotations

import os
from pathlib import Path

# The database, what SQLite keeps beside it, and the lock that TrackIO takes to write.
_PROJECT_FILE_ENDINGS = (".db", ".db-wal", ".db-shm", ".db-journal", ".lock")


def open_project(proc: Path, pid: int, directory: str) -> str | None:
    """Return the project of a directory whose files a process holds open now.

    `None` where it holds none, or another user's process does not tell.
    """
    folder = f"{proc}/{pid}/fd"
    place_of_projects = os.path.realpath(directory)
    try:
        descriptors = os.listdir(folder)
    except OSError:
        return None
    for descriptor in descriptors:
        try:
            target = os.readlink(f"{folder}/{descriptor}")
        except OSError:
            continue
        place, name = os.path.split(target)
        if place == place_of_projects:
            for ending in _PROJECT_FILE_ENDINGS:
                if name.endswith(ending):
                    return name.removesuffix(ending)
    return None
