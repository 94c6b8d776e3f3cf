"""Several sources as one: a directory and servers, side by side on one screen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from trackio_view.light_typing import NamedTuple
from trackio_view.model.events import DataEvent, ProjectsListed
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.model.summary import ProjectSummary, newest_first, newest_with_rows
from trackio_view.sources.source import Interest, Part, SnapshotEvent, Source

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


class Holders(NamedTuple):
    """The sources that have a project of a name."""

    parts: list[Source]
    unasked: list[tuple[ProjectId, str]]
    """What stands for each source that could not be asked, and why, where others have the project.
    """


class SeveralSources:
    """Sources of different origins; a project is asked of the one that it comes from."""

    tells_all = False
    project: ProjectId | None = None

    def __init__(self, parts: Sequence[Source]) -> None:
        """`parts` are one at least, those that are asked first for a name before the others."""
        self.parts = parts
        self.origin = ", ".join(part.origin for part in parts)

    def clock(self) -> float:
        """Return the time, in seconds since the epoch."""
        return time.time()

    def named(self, project: str) -> ProjectId:
        """Return the first project that a person may mean by a name.

        Where none of the others has it, it is taken to be the last one's, which is not asked.
        """
        others = (part for part in self.parts[:-1] if _lack(part, project) is None)
        return next(others, self.parts[-1]).named(project)

    def holders(self, project: str) -> Holders:
        """Return the sources that have a project; the first of all where none does."""
        lacks = [(part, _lack(part, project)) for part in self.parts]
        having = [part for part, lack in lacks if lack is None]
        if not having:
            return Holders([self.parts[0]], [])
        unasked = [(_stand_in(part), lack) for part, lack in lacks if lack]
        return Holders(having, unasked)

    def part_of(self, project: ProjectId) -> Source:
        """Return the source that a project comes from."""
        return next(part for part in self.parts if part.origin == project.origin)

    async def list(
        self, send: MemoryObjectSendStream[DataEvent], interest: Callable[[], Interest]
    ) -> None:
        """Send the projects of each source, and again whenever those changed, until cancelled."""
        from anyio import create_task_group

        async with create_task_group() as group:
            for part in self.parts:
                group.start_soon(part.list, send, interest)

    async def watch(self, project: ProjectId, send: MemoryObjectSendStream[DataEvent]) -> None:
        """Send all that a project holds, then what is added, until cancelled."""
        await self.part_of(project).watch(project, send)

    async def page(self, page: RunKey, send: MemoryObjectSendStream[DataEvent]) -> None:
        """Send what a run logged beside numbers, and again when that changes, until cancelled."""
        await self.part_of(page.project).page(page, send)

    async def media(self, page: RunKey, file: str, most: int) -> MediaFile:
        """Return what is in a file that a run logged. Raises MediaUnread."""
        return await self.part_of(page.project).media(page, file, most)

    async def traces(self, request: TraceListRequest) -> TraceList:
        """Return some of the traces that a run logged."""
        return await self.part_of(request.page.project).traces(request)

    async def trace(self, request: TraceRequest) -> TraceContent:
        """Return one trace of a run."""
        return await self.part_of(request.page.project).trace(request)

    def missing(self, project: str) -> Sequence[str] | None:
        """Return the projects of all sources where none has this one, `None` where one does.

        Raises OSError where no source can tell.
        """
        others: list[str] = []
        errors: list[OSError] = []
        for part in self.parts:
            try:
                found = part.missing(project)
            except OSError as error:
                errors.append(error)
                continue
            if found is None:
                return None
            others += found
        if len(errors) == len(self.parts):
            raise errors[0]
        return list(dict.fromkeys(others))

    def listed(self) -> ProjectsListed:
        """Return the projects of all sources; one that cannot tell is listed with its fault.

        Raises OSError where no source can tell.
        """
        summaries: list[ProjectSummary] = []
        remarks: list[str] = []
        errors: list[OSError] = []
        for part in self.parts:
            try:
                listed = part.listed()
                summaries += listed.projects
                remarks += listed.remarks
            except OSError as error:
                errors.append(error)
                unknown, text = _stand_in(part), _text_of(error)
                summaries.append(ProjectSummary(unknown, None, None, None, None, text))
        if len(errors) == len(self.parts):
            raise errors[0]
        return ProjectsListed(self.origin, newest_first(summaries), remarks)

    def snapshot(self, project: ProjectId, part: Part) -> Iterator[SnapshotEvent]:
        """Yield what is there now of a project. Raises SourceFault."""
        return self.part_of(project).snapshot(project, part)

    def follow(self, project: str | None, metric: str, selection: Selection) -> Following:
        """Return what reads a project's rows as they come; without a name, of the newest one.

        Where there is none yet, the first source is looked at.
        """
        if project is not None:
            return self.holders(project).parts[0].follow(project, metric, selection)
        newest = self.newest()
        if newest is None:
            return self.parts[0].follow(None, metric, selection)
        return self.part_of(newest).follow(newest.name, metric, selection)

    def newest(self) -> ProjectId | None:
        """Return the project with the newest row of all, `None` where there is none."""
        try:
            listed = self.listed().projects
        except OSError:
            return None
        return newest_with_rows(listed)

    def close(self) -> None:
        """Let go of what snapshots opened."""
        for part in self.parts:
            part.close()


def _lack(part: Source, project: str) -> str | None:
    """Return `None` where a source has a project, an empty text where it lacks the project, else
    the reason why it cannot tell.
    """
    try:
        return None if part.missing(project) is None else ""
    except OSError as error:
        return _text_of(error)


def _stand_in(part: Source) -> ProjectId:
    """Return what stands for a source that cannot tell its projects."""
    return ProjectId(part.origin, part.origin)


def _text_of(error: OSError) -> str:
    return str(error) if error.errno is None else (error.strerror or str(error))
