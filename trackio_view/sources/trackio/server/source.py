"""A TrackIO server, or a machine behind SSH, as a source of projects."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from trackio_view.model.events import DataEvent, ProjectsListed
from trackio_view.model.opened_traces import TraceContent, TraceList
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.model.summary import ProjectSummary, newest_first
from trackio_view.sources.source import Interest, Part, SnapshotEvent, SourceFault
from trackio_view.sources.trackio.distant import DistantPlace, names_there, remark_of, rows_wait
from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind
from trackio_view.sources.trackio.followed import FollowedProject, ProjectFollower
from trackio_view.sources.trackio.read_whole import ReadWhole
from trackio_view.sources.trackio.server.faults import ServerFault
from trackio_view.sources.trackio.server.server_reader import ServerReader
from trackio_view.sources.trackio.snapshot import project_snapshot
from trackio_view.sources.trackio.tables.following import Follower
from trackio_view.sources.trackio.tables.project_reader import ProjectReader
from trackio_view.sources.trackio.tables.summaries import summary_of
from trackio_view.sources.trackio.waiting_rows import WaitingRows

if TYPE_CHECKING:
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
    from trackio_view.sources.trackio.server.watch import ServerWatch


class ServerUnread(OSError):
    """A place could not be read; the text is a sentence."""


class DistantProjects:
    """The projects of a place that runs our statements: a server, or a machine behind SSH."""

    tells_all = False
    project: ProjectId | None = None

    def __init__(self, place: DistantPlace, interval: float) -> None:
        """Ask nothing yet; `interval` is the time between looks, in seconds."""
        self.origin = place.origin
        self._place = place
        self._interval = interval
        self._watching: ServerWatch | None = None
        self._reader: ProjectReader | None = None
        """The project of the newest snapshot."""
        self._whole = ReadWhole(self._follower)
        """The same, where rows of it wait in the inbox."""

    def clock(self) -> float:
        """Return the time, in seconds since the epoch."""
        return time.time()

    def named(self, project: str) -> ProjectId:
        """Return the project that a person means, by the name that it is kept under there."""
        return ProjectId(self.origin, self._place.named(project))

    async def list(
        self, send: MemoryObjectSendStream[DataEvent], interest: Callable[[], Interest]
    ) -> None:
        """Send the projects there, and again whenever they changed, until cancelled."""
        await _until_nobody_receives(self._watch().list(send, interest))

    async def watch(self, project: ProjectId, send: MemoryObjectSendStream[DataEvent]) -> None:
        """Send all that a project holds, then what is added, until cancelled."""
        await _until_nobody_receives(self._watch().watch(project, send))

    async def page(self, page: RunKey, send: MemoryObjectSendStream[DataEvent]) -> None:
        """Send what a run logged beside numbers, and again when that changes, until cancelled."""
        await _until_nobody_receives(self._watch().page(page.project, page.run_id, send))

    async def media(self, page: RunKey, file: str, most: int) -> MediaFile:
        """Return the content of a file that a run logged. Raises MediaUnread."""
        return await self._watch().media(file, most)

    async def traces(self, request: TraceListRequest) -> TraceList:
        """Return some of the traces that a run logged."""
        found = await self._watch().traces(request.page, lambda reader: reader.some(request))
        return TraceList(fault=found) if isinstance(found, str) else found

    async def trace(self, request: TraceRequest) -> TraceContent:
        """Return one trace of a run."""
        media = f"{self.origin}/media"
        found = await self._watch().traces(
            request.page, lambda reader: reader.whole(request, media)
        )
        return TraceContent(fault=found) if isinstance(found, str) else found

    def missing(self, project: str) -> Sequence[str] | None:
        """Return the existing projects where this one is missing; `None` where it exists."""
        names = self._asked(partial(names_there, self._place))
        return None if self._place.named(project) in names else names

    def listed(self) -> ProjectsListed:
        """Return the projects there, each asked for a glance."""
        summaries: list[ProjectSummary] = []
        for name in self._asked(partial(names_there, self._place)):
            project = ProjectId(self.origin, name)
            try:
                found = summary_of(project, ServerReader(self._place, name))
                files = self._place.files(name)
                if found is not None and files is not None:
                    found = found._replace(size=files.signature.size)
            except Exception as error:
                fault = _fault(self._place, error)
                found = None
                if fault.kind is not FaultKind.MISSING:
                    found = ProjectSummary(project, None, None, None, None, str(fault))
            if self._place.inbox is not None:
                found = self._place.inbox.with_waiting(project, found)
            if found is not None:
                summaries.append(found)
        remark = remark_of(self._place)
        remarks = () if remark is None else (remark,)
        return ProjectsListed(self.origin, newest_first(summaries), remarks)

    def snapshot(self, project: ProjectId, part: Part) -> Iterator[SnapshotEvent]:
        """Yield what a project holds now."""
        name = project.name
        try:
            if rows_wait(self._place, name):
                yield from self._whole.part(project, part, remark_of(self._place))
                return
            if self._reader is None or self._reader.path != name:
                self.close()
                opened = ServerReader(self._place, name)
                self._reader = ProjectReader(name, lambda: opened, opened.distrusted).__enter__()
            yield from project_snapshot(self._reader, project, part)
        except GeneratorExit:
            raise
        except Exception as error:
            self._reader = None
            fault = _fault(self._place, error)
            raise SourceFault(str(fault), empty=fault.kind is FaultKind.EMPTY) from None

    def follow(self, project: str | None, metric: str, selection: Selection) -> Following:
        """Return a reader of a project's rows as they come, all of them."""
        return FollowedProject(self.origin, project, self.listed, self._follower)

    def close(self) -> None:
        """Hang up."""
        self._whole.close()
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        self._place.close()

    def _follower(self, project: str) -> ProjectFollower:
        known = self.named(project)
        reader = ServerReader(self._place, known.name)

        def opened(follower: Follower) -> ServerReader | None:
            try:
                reader.look(follower.witnesses)
            except ServerFault as fault:
                if fault.kind in (FaultKind.STALE, FaultKind.MISSING):
                    reader.forget()
                if fault.kind is FaultKind.MISSING and rows_wait(self._place, known.name):
                    return None
                raise
            return reader

        inbox = self._place.inbox
        waiting = None if inbox is None else WaitingRows(inbox, known.name)
        return ProjectFollower(known, opened, waiting)

    def _watch(self) -> ServerWatch:
        from trackio_view.sources.trackio.server.watch import ServerWatch

        if self._watching is None:
            self._watching = ServerWatch(self._place, self._interval)
        return self._watching

    def _asked(self, ask: Callable[[], Sequence[str]]) -> Sequence[str]:
        try:
            return ask()
        except DatabaseFault as fault:
            raise ServerUnread(str(fault)) from None


def _fault(place: DistantPlace, error: Exception) -> DatabaseFault:
    """Return the fault behind an error, which is raised anew where it is a bug."""
    fault = place.fault(error)
    if fault is None:
        raise error
    return fault


async def _until_nobody_receives(producing: Coroutine[Any, Any, None]) -> None:
    from anyio import BrokenResourceError, ClosedResourceError

    try:
        await producing
    except (BrokenResourceError, ClosedResourceError):
        return
