"""Which project's files a process holds open, by its open files."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from trackio_view.light_typing import NamedTuple
from trackio_view.sources.gpu.project_locks import CHANGE_ENDINGS, DATABASE_ENDING, LOCK_ENDING
from trackio_view.sources.gpu.write_counts import Stillness, WriteCounts

_PROJECT_FILE_ENDINGS = (DATABASE_ENDING, *CHANGE_ENDINGS, ".db-shm", LOCK_ENDING)
"""The database, what SQLite keeps beside it, and the lock that TrackIO takes to write."""
_LOOKS_IN_A_ROW = 20


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


class _FreeLooks(NamedTuple):
    """How many more looks at a process are free, as of a moment of a monotonic clock."""

    left: float
    moment: float


@dataclass(slots=True, eq=False, repr=False)
class HeldProjects:
    """Looks again and again at the open files of processes, of which each may have hundreds.

    Who logs writes. A process that is still is not looked at, and one that writes without ever
    holding a project is looked at ever more rarely: a number of looks is free, and another one
    after each so many seconds.
    """

    proc: Path
    directory: str
    _stillness: Stillness = field(default_factory=Stillness)
    _looks: dict[int, _FreeLooks] = field(default_factory=dict)

    def held(self, pids: Collection[int], seconds: float) -> Iterator[tuple[int, str]]:
        """Yield each of these processes that is seen to hold a project open, and the project.

        A further look is free after so many `seconds`. Processes of the last call that are not
        among these are forgotten.
        """
        self._stillness.see(pids, WriteCounts.read(self.proc, pids))
        still = self._stillness.still()
        now = time.monotonic()
        self._looks = {
            pid: _more(self._looks.get(pid) or _FreeLooks(_LOOKS_IN_A_ROW, now), now, seconds)
            for pid in pids
        }
        for pid in pids:
            looks = self._looks[pid]
            if pid in still or looks.left < 1:
                continue
            self._looks[pid] = looks._replace(left=looks.left - 1)
            project = open_project(self.proc, pid, self.directory)
            if project is not None:
                yield pid, project


def _more(looks: _FreeLooks, now: float, seconds: float) -> _FreeLooks:
    """Return the looks that are free now."""
    more = (now - looks.moment) / seconds if seconds > 0 else _LOOKS_IN_A_ROW
    return _FreeLooks(min(looks.left + more, _LOOKS_IN_A_ROW), now)
