"""A plain training log as a source of one project."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trackio_view.model.events import (
    DataEvent,
    Notice,
    ProjectsListed,
    RowsLoaded,
    RunObjectsLoaded,
)
from trackio_view.model.objects import RunObjects
from trackio_view.model.opened_traces import TraceContent, TraceList
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.sources.log.training_log import TrainingLog, read_log
from trackio_view.sources.media_unread import MediaUnread
from trackio_view.sources.newest_rows import Reach, WaitingClock
from trackio_view.sources.source import (
    Content,
    Interest,
    Part,
    SnapshotEvent,
    SourceFault,
)
from trackio_view.sources.whole import WholeProject

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


class LogFile:
    """A training log, known as a project of its file's name."""

    tells_all = False

    def __init__(self, path: Path, interval: float) -> None:
        """Nothing is opened yet; `interval` is the time between looks, in seconds."""
        self.origin = str(path)
        self.project = ProjectId(self.origin, path.stem)
        self._path = path
        self._interval = interval
        self._read: WholeProject | None = None
        """The events that snapshots read. A log is small enough to be kept."""

    def clock(self) -> float:
        """Return the time, in seconds since the epoch."""
        return time.time()

    def named(self, project: str) -> ProjectId:
        """Return the log's own project: it has no other."""
        return self.project

    async def list(
        self, send: MemoryObjectSendStream[DataEvent], interest: Callable[[], Interest]
    ) -> None:
        """Send nothing, because there is only the log."""

    async def watch(self, project: ProjectId, send: MemoryObjectSendStream[DataEvent]) -> None:
        """Send the log's events for ever, looking for new lines every interval."""
        from anyio import sleep, to_thread

        log = TrainingLog(self._path)
        while True:
            for event in await to_thread.run_sync(log.read_new):
                await send.send(event)
            if log.at_end:
                await sleep(self._interval)

    async def page(self, page: RunKey, send: MemoryObjectSendStream[DataEvent]) -> None:
        """Send that a run logged nothing beside numbers."""
        await send.send(RunObjectsLoaded(page.project, page.run_id, RunObjects()))

    async def media(self, page: RunKey, file: str, most: int) -> MediaFile:
        """Raise MediaUnread: a log has no files."""
        raise MediaUnread("A log has no files.")

    async def traces(self, request: TraceListRequest) -> TraceList:
        """Return that a log has none."""
        return TraceList()

    async def trace(self, request: TraceRequest) -> TraceContent:
        """Return that a log has none."""
        return TraceContent(fault="A log has no traces.")

    def missing(self, project: str) -> Sequence[str] | None:
        """Return `None`. A snapshot says whether the log exists."""
        return None

    def listed(self) -> ProjectsListed:
        """Return no projects: there is nothing to choose from."""
        return ProjectsListed(self.origin, [])

    def snapshot(self, project: ProjectId, part: Part) -> Iterator[SnapshotEvent]:
        """Yield what is in the log now. It is read once, and its runs are sent whole."""
        if part.content == Content.EVERYTHING:
            events: Sequence[DataEvent] = [*read_log(self._path)]
            _raise_if_barren(events)
            yield from events
            return
        if self._read is None:
            whole = WholeProject(self.project, read_log(self._path))
            if not whole.has_runs:
                _raise_if_barren(whole.notices)
            self._read = whole
        yield from self._read.notices
        yield from self._read.part(part)

    def follow(self, project: str | None, metric: str, selection: Selection) -> Following:
        """Return what reads the log, a piece at a time, as it grows."""
        return _LogRows(self._path)

    def close(self) -> None:
        """Forget what snapshots read."""
        self._read = None


class _LogRows:
    """Brings the new lines since the last look, a piece of the log at a time."""

    clock: WaitingClock | None = None

    def __init__(self, path: Path) -> None:
        self._log = TrainingLog(path)
        self.project = self._log.project.name

    @property
    def bytes_read(self) -> int:
        """How many bytes were read so far, for tests that count work."""
        return self._log.bytes_read

    @property
    def reach(self) -> Reach:
        """How far the last look has come: to the end of the log, or of a piece of it."""
        return Reach.PRESENT if self._log.at_end else Reach.MORE

    def look(self) -> Sequence[DataEvent]:
        """Return the next piece's events."""
        return self._log.read_new()

    def left_out(self) -> Sequence[str]:
        """Return that the log is missing, where it is; lines without metrics do not count."""
        return () if self._log.missing is None else (self._log.missing,)


def _raise_if_barren(events: Sequence[DataEvent]) -> None:
    """Raise SourceFault where notices came and no rows: one line for one fault.

    The notice that nothing was found is left out then.
    """
    said = [event.text for event in events if isinstance(event, Notice) and event.text]
    if said and not any(isinstance(event, RowsLoaded) for event in events):
        raise SourceFault(". ".join(said))
