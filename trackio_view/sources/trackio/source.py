"""A directory of TrackIO's files as a source of projects."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from trackio_view.model.events import (
    DataEvent,
    Notice,
    ProgramOrigin,
    ProjectsListed,
    Severity,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.sources.source import Interest, Part, SnapshotEvent, SourceFault
from trackio_view.sources.trackio.files.locations import find_projects, project_file

if TYPE_CHECKING:
    from anyio import CapacityLimiter
    from anyio.streams.memory import MemoryObjectSendStream

    from trackio_view.model.selection import Selection
    from trackio_view.sources.newest_rows import Following
    from trackio_view.sources.trackio.files.file_watch import FileWatch
    from trackio_view.sources.trackio.tables.reading import ProjectReader

_LOADS_AT_ONCE = 3
_WRITER_SECONDS = 0.5


class TrackioFiles:
    """The projects of a directory in which TrackIO keeps them."""

    tells_all = False

    def __init__(
        self,
        directory: str,
        interval: float,
        *,
        project: str | None = None,
        writer_fault: Callable[[], str | None] | None = None,
    ) -> None:
        """Nothing is opened yet; `interval` is the time between looks, in seconds.

        Where we started what writes into the directory, `project` is what it logs, and
        `writer_fault` returns a sentence once it has failed.
        """
        self.origin = directory
        self.project = None if project is None else ProjectId(directory, project)
        self._interval = interval
        self._writer_fault = writer_fault
        self._shared: tuple[FileWatch, CapacityLimiter] | None = None
        self._reader: ProjectReader | None = None
        """The project of the newest snapshot, opened."""

    def clock(self) -> float:
        """Return the time, in seconds since the epoch."""
        return time.time()

    def named(self, project: str) -> ProjectId:
        """Return the project whose file a person means by `project`."""
        return project_file(self.origin, project).id

    async def list(
        self, send: MemoryObjectSendStream[DataEvent], interest: Callable[[], Interest]
    ) -> None:
        """Send the directory's projects, and again whenever they changed, until cancelled."""
        from anyio import create_task_group

        from trackio_view.sources.trackio.project_list import watch_projects_list

        async with create_task_group() as group:
            if self._writer_fault is not None:
                group.start_soon(_watch_writer, self._writer_fault, send)
            await watch_projects_list(self.origin, self._interval, send, interest)
            group.cancel_scope.cancel()

    async def watch(self, project: ProjectId, send: MemoryObjectSendStream[DataEvent]) -> None:
        """Send all that a project's file holds, then what is added, until cancelled."""
        from trackio_view.sources.trackio.project_watch import watch_project

        files, loads = self._sharing()
        path = self._path(project)
        await watch_project(path, project, self._interval, send, files=files, loads=loads)

    async def page(self, page: RunKey, send: MemoryObjectSendStream[DataEvent]) -> None:
        """Send what a run logged beside numbers, and again when that changes, until cancelled."""
        from trackio_view.sources.trackio.tables.objects import watch_run_objects

        path = self._path(page.project)
        await watch_run_objects(path, page.project, page.run_id, self._interval, send)

    def missing(self, project: str) -> Sequence[str] | None:
        """Return the projects that there are where this one is not; nothing is opened."""
        files = find_projects(self.origin)
        path = project_file(self.origin, project).path
        return (
            None if any(file.path == path for file in files) else [file.id.name for file in files]
        )

    def listed(self) -> ProjectsListed:
        """Return the directory's projects, each opened for a glance."""
        from trackio_view.sources.trackio.tables.summaries import list_projects

        return ProjectsListed(self.origin, list_projects(self.origin))

    def snapshot(self, project: ProjectId, part: Part) -> Iterator[SnapshotEvent]:
        """Yield what is there now of a project's file, which stays open for the next snapshot."""
        import sqlite3

        from trackio_view.sources.trackio.faults import DatabaseFault, explain
        from trackio_view.sources.trackio.snapshot import project_snapshot

        try:
            yield from project_snapshot(self._opened(project), project, part)
        except (DatabaseFault, sqlite3.Error, OSError) as error:
            self.close()
            fault = explain(error)
            if fault is None:
                raise
            raise SourceFault(f"{project.name}: {fault.text}", empty=fault.empty) from error

    def follow(self, project: str | None, metric: str, selection: Selection) -> Following:
        """Return what reads the newest rows of a project's file as they come."""
        from trackio_view.sources.trackio.newest import NewestRows

        return NewestRows(self.origin, project, metric, selection, self._writer_fault)

    def close(self) -> None:
        """Close the project that is open."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _opened(self, project: ProjectId) -> ProjectReader:
        from trackio_view.sources.trackio.tables.reading import ProjectReader

        path = project_file(self.origin, project.name).path
        if self._reader is None or self._reader.path != path:
            self.close()
            self._reader = ProjectReader(path).__enter__()
        return self._reader

    def _path(self, project: ProjectId) -> str:
        return os.path.join(self.origin, f"{project.name}.db")

    def _sharing(self) -> tuple[FileWatch, CapacityLimiter]:
        """Return what all watches share: one look at all files, and few loads at a time."""
        from anyio import CapacityLimiter

        from trackio_view.sources.trackio.files.file_watch import FileWatch

        if self._shared is None:
            self._shared = FileWatch(self._interval), CapacityLimiter(_LOADS_AT_ONCE)
        return self._shared


async def _watch_writer(
    fault_of: Callable[[], str | None], send: MemoryObjectSendStream[DataEvent]
) -> None:
    """Tell once that what writes the projects has failed."""
    from anyio import sleep, to_thread

    while (fault := await to_thread.run_sync(fault_of)) is None:
        await sleep(_WRITER_SECONDS)
    await send.send(Notice(ProgramOrigin.DEMO, fault, Severity.ERROR))
