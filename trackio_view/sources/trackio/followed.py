"""Reads a project by its follower without an event loop: to its end in one go, or look by look.

It is used where no single statement tells all rows, because they lie in two places or far away.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

from trackio_view.model.events import DataEvent, ProjectsListed
from trackio_view.model.project_id import ProjectId
from trackio_view.model.summary import newest_with_rows
from trackio_view.sources.newest_rows import Reach, WaitingClock
from trackio_view.sources.trackio.fault_notice import FaultNotice
from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind, explain
from trackio_view.sources.trackio.files.database import PATIENCE
from trackio_view.sources.trackio.notices import Notices
from trackio_view.sources.trackio.reader import Reader
from trackio_view.sources.trackio.tables.following import Follower
from trackio_view.sources.trackio.waiting_rows import WaitingRows

Open = Callable[[Follower], Reader | None]
"""Returns the project, opened for a follower; `None` where only rows that wait are there."""

_RETRY_PAUSE = 0.05


class ProjectFollower:
    """A project of which more is read whenever somebody asks."""

    def __init__(self, project: ProjectId, open_project: Open, waiting: WaitingRows | None) -> None:
        self.project = project
        self._open = open_project
        self._follower = Follower(project, float("inf"), Notices(project), waiting)

    def read(self) -> Iterator[DataEvent]:
        """Yield all that is new. Raises DatabaseFault, sqlite3.Error or OSError.

        Faults that pass by themselves are waited for, two seconds at most.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                reader = self._open(self._follower)
                if reader is None:
                    self._follower.read_waiting()
                    is_all = True
                else:
                    with closing(reader):
                        is_all = self._follower.read(reader)
                deadline = time.monotonic() + PATIENCE
            except (DatabaseFault, sqlite3.Error, OSError) as error:
                fault = explain(error)
                passes = fault is not None and fault.kind is FaultKind.TRANSIENT
                if not passes or time.monotonic() > deadline:
                    raise
                is_all = False
                time.sleep(_RETRY_PAUSE)
            yield from self._follower.take()
            if is_all:
                return


class FollowedProject:
    """A project that `--until` looks at again and again, all of it."""

    clock: WaitingClock | None = None
    reach = Reach.PRESENT

    def __init__(
        self,
        origin: str,
        project: str | None,
        listed: Callable[[], ProjectsListed],
        follower: Callable[[str], ProjectFollower],
    ) -> None:
        """`follower` returns what reads the project of a name. Without one, the newest of those
        that are `listed` is looked at, once there is one with rows.
        """
        self._origin = origin
        self.project = project
        self._listed = listed
        self._follower_of = follower
        self._follower: ProjectFollower | None = None
        self._fault = FaultNotice()

    def look(self) -> Iterator[DataEvent]:
        """Yield what came since the last look; a fault that does not pass is a notice."""
        yield from self._fault.told(self._look, lambda: self._id)

    @property
    def _id(self) -> ProjectId:
        if self._follower is not None:
            return self._follower.project
        return ProjectId(self._origin, self.project or "")

    def _look(self) -> Iterator[DataEvent]:
        if self._follower is None:
            name = self.project
            if name is None:
                newest = newest_with_rows(self._listed().projects)
                if newest is None:
                    return
                name = newest.name
            self._follower = self._follower_of(name)
        yield from self._follower.read()

    def left_out(self) -> Sequence[str]:
        """Return nothing, because other rooms report the broken rows of a growing project."""
        return ()
