"""A directory of TrackIO's files as a source of projects."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence

from trackio_view.light_typing import TYPE_CHECKING
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

    from trackio_view.model.opened_media import MediaFile
    from trackio_view.model.opened_traces import (
        TraceContent,
        TraceList,
        TraceListRequest,
        TraceRequest,
    )
    from trackio_view.model.selection import Selection
    from trackio_view.sources.newest_rows import Following
    from trackio_view.sources.trackio.files.file_watch import FileWatch
    from trackio_view.sources.trackio.followed import ProjectFollower
    from trackio_view.sources.trackio.inbox import Inbox
    from trackio_view.sources.trackio.read_whole import ReadWhole
    from trackio_view.sources.trackio.reader import Reader
    from trackio_view.sources.trackio.tables.following import Follower
    from trackio_view.sources.trackio.tables.project_reader import ProjectReader

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

        Where this program started the training that writes into the directory, `project` is the
        project that it logs, and `writer_fault` returns a sentence once the training has failed.
        """
        self.origin = directory
        self.project = None if project is None else ProjectId(directory, project)
        self._interval = interval
        self._writer_fault = writer_fault
        self._known_inbox: Inbox | None = None
        self._whole: ReadWhole | None = None
        """The project of the newest snapshot where rows of it wait in the inbox."""
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
            await watch_projects_list(self.origin, self._interval, send, interest, self._inbox)
            group.cancel_scope.cancel()

    async def watch(self, project: ProjectId, send: MemoryObjectSendStream[DataEvent]) -> None:
        """Send all that a project's file holds, then what is added, until cancelled."""
        from trackio_view.sources.trackio.project_watch import watch_project

        files, loads = self._sharing()
        path = self._path(project)
        await watch_project(
            path, project, self._interval, send, files=files, loads=loads, inbox=self._inbox
        )

    async def page(self, page: RunKey, send: MemoryObjectSendStream[DataEvent]) -> None:
        """Send what a run logged beside numbers, and again when that changes, until cancelled."""
        from trackio_view.sources.trackio.tables.objects import watch_run_objects

        path = self._path(page.project)
        await watch_run_objects(
            path, page.project, page.run_id, self._interval, send, inbox=self._inbox
        )

    async def media(self, page: RunKey, file: str, most: int) -> MediaFile:
        """Return what is in a file that a run logged. Raises MediaUnread."""
        from anyio import to_thread

        from trackio_view.model.opened_media import MediaFile
        from trackio_view.sources.trackio.files.media_files import FOLDER, read_media_file

        folder = os.path.join(self.origin, FOLDER)
        # A disk that hangs is left to its thread.
        found = await to_thread.run_sync(
            read_media_file, folder, file, 0, most, abandon_on_cancel=True
        )
        return MediaFile(*found)

    async def traces(self, request: TraceListRequest) -> TraceList:
        """Return some of the traces that a run logged."""
        from trackio_view.model.opened_traces import TraceList
        from trackio_view.sources.trackio.trace_reading import read_traces

        path = self._path(request.page.project)
        found = await read_traces(path, request.page.run_id, lambda reader: reader.some(request))
        return TraceList(fault=found) if isinstance(found, str) else found

    async def trace(self, request: TraceRequest) -> TraceContent:
        """Return one trace of a run."""
        from trackio_view.model.opened_traces import TraceContent
        from trackio_view.sources.trackio.files.media_files import FOLDER
        from trackio_view.sources.trackio.trace_reading import read_traces

        path, media = self._path(request.page.project), os.path.join(self.origin, FOLDER)
        found = await read_traces(
            path, request.page.run_id, lambda reader: reader.whole(request, media)
        )
        return TraceContent(fault=found) if isinstance(found, str) else found

    def missing(self, project: str) -> Sequence[str] | None:
        """Return the projects that there are where this one is not; nothing is opened. Raises
        OSError, also where the directory does not exist.
        """
        files = find_projects(self.origin)
        if self._has_inbox:
            from trackio_view.sources.trackio.inbox import projects_of

            self._inbox.look()
            files = projects_of(self.origin, self._inbox)
        path = project_file(self.origin, project).path
        if not files:
            # A name that was mistyped is told of as what it is.
            os.stat(self.origin)
        return (
            None if any(file.path == path for file in files) else [file.id.name for file in files]
        )

    def listed(self) -> ProjectsListed:
        """Return the directory's projects, each opened for a glance. Raises OSError."""
        if self._has_inbox:
            from trackio_view.sources.trackio.inbox import list_with_waiting

            summaries = list_with_waiting(self.origin, self._inbox)
            remark = self._inbox.remark
            return ProjectsListed(self.origin, summaries, () if remark is None else (remark,))
        from trackio_view.sources.trackio.tables.summaries import list_projects

        summaries = list_projects(self.origin)
        if not summaries:
            os.stat(self.origin)
        return ProjectsListed(self.origin, summaries)

    def snapshot(self, project: ProjectId, part: Part) -> Iterator[SnapshotEvent]:
        """Yield what is there now of a project's file, which stays open for the next snapshot."""
        import sqlite3

        from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind, explain
        from trackio_view.sources.trackio.snapshot import project_snapshot

        try:
            if self._waits(project):
                yield from self._read_whole.part(project, part, self._inbox.remark)
            else:
                yield from project_snapshot(self._opened(project), project, part)
        except (DatabaseFault, sqlite3.Error, OSError) as error:
            self.close()
            fault = explain(error)
            if fault is None:
                raise
            raise SourceFault(
                f"{project.name}: {fault.text}",
                empty=fault.kind is FaultKind.EMPTY,
                replaced=fault.kind is FaultKind.REPLACED,
            ) from error

    def follow(self, project: str | None, metric: str, selection: Selection) -> Following:
        """Return what reads the newest rows of a project's file as they come.

        Where there is an inbox, all rows: some of them may be there.
        """
        if self._has_inbox:
            from trackio_view.sources.trackio.followed import FollowedProject

            return FollowedProject(self.origin, project, self.listed, self._follower)
        from trackio_view.sources.trackio.newest import NewestRows

        return NewestRows(self.origin, project, metric, selection, self._writer_fault)

    def close(self) -> None:
        """Close the project that is open."""
        self._whole = None
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _opened(self, project: ProjectId) -> ProjectReader:
        from trackio_view.sources.trackio.tables.project_reader import ProjectReader

        path = project_file(self.origin, project.name).path
        if self._reader is None or self._reader.path != path:
            self.close()
            self._reader = ProjectReader(path).__enter__()
        return self._reader

    @property
    def _has_inbox(self) -> bool:
        """Whether runs log to an inbox here: without one, nothing of it is imported."""
        return os.path.isdir(os.path.join(self.origin, "inbox"))

    @property
    def _inbox(self) -> Inbox:
        if self._known_inbox is None:
            from trackio_view.sources.trackio.inbox import Inbox

            self._known_inbox = Inbox(self.origin, self._interval / 2)
        return self._known_inbox

    def _waits(self, project: ProjectId) -> bool:
        """Return whether rows of a project are in the inbox."""
        if not self._has_inbox:
            return False
        return self._inbox.waits_for(project_file(self.origin, project.name).id.name)

    @property
    def _read_whole(self) -> ReadWhole:
        if self._whole is None:
            from trackio_view.sources.trackio.read_whole import ReadWhole

            self._whole = ReadWhole(self._follower)
        return self._whole

    def _follower(self, project: str) -> ProjectFollower:
        """Return what reads a project together with the rows that wait for it in the inbox."""
        from trackio_view.sources.trackio.followed import ProjectFollower
        from trackio_view.sources.trackio.waiting_rows import WaitingRows

        file = project_file(self.origin, project)

        def opened(_: Follower) -> Reader | None:
            from trackio_view.sources.trackio.files.database import open_at_rest

            state = self._inbox.signature(file.path)
            return None if state.waiting and not state.exists else open_at_rest(file.path)

        return ProjectFollower(file.id, opened, WaitingRows(self._inbox, file.id.name))

    def _path(self, project: ProjectId) -> str:
        return os.path.join(self.origin, f"{project.name}.db")

    def _sharing(self) -> tuple[FileWatch, CapacityLimiter]:
        """Return what all watches share: one look at all files, and few loads at a time."""
        from anyio import CapacityLimiter

        from trackio_view.sources.trackio.files.file_watch import FileWatch

        if self._shared is None:
            files = FileWatch(self._interval, self._inbox.signature)
            self._shared = files, CapacityLimiter(_LOADS_AT_ONCE)
        return self._shared


async def _watch_writer(
    fault_of: Callable[[], str | None], send: MemoryObjectSendStream[DataEvent]
) -> None:
    """Tell once that what writes the projects has failed."""
    from anyio import sleep, to_thread

    while (fault := await to_thread.run_sync(fault_of)) is None:
        await sleep(_WRITER_SECONDS)
    await send.send(Notice(ProgramOrigin.DEMO, fault, Severity.ERROR))
