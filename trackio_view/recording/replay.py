"""A recording as a source of projects: the events in it, at their times."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import anyio
from anyio import to_thread
from anyio.streams.memory import MemoryObjectSendStream

from trackio_view.model.events import (
    DataEvent,
    Notice,
    ProgramOrigin,
    ProjectOrigin,
    ProjectsListed,
    RunObjectsLoaded,
    Severity,
)
from trackio_view.model.fleet import FleetSampled
from trackio_view.model.gpu import GpusSampled, VendorReport
from trackio_view.model.objects import RunObjects
from trackio_view.model.opened_media import MediaFile
from trackio_view.model.opened_traces import TraceContent, TraceList, TraceListRequest, TraceRequest
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.model.selection import Selection
from trackio_view.recording.codec import BrokenLine, Recorded, UnknownKind
from trackio_view.recording.files import Header, LeftOut, opened_lines, recorded_events
from trackio_view.recording.recorded_rows import RecordedRows
from trackio_view.sources.media_unread import MediaUnread
from trackio_view.sources.source import Content, Interest, Part, SnapshotEvent
from trackio_view.sources.whole import WholeProject


class Replay:
    """A recording that is shown again."""

    tells_all = True

    def __init__(self, path: Path, header: Header, speed: float = 1.0) -> None:
        self.origin = str(path)
        name = header.project
        self.project = None if name is None else ProjectId(self.origin, name)
        self.header = header
        self.projects: set[ProjectId] = set()
        """The projects that events so far told of."""
        self.sampled = False
        """Whether any event so far told of GPUs."""
        self.ended = anyio.Event()
        self._path = path
        self._speed = speed
        self._begun: float | None = None
        self._started = time.time() if math.isnan(header.started) else header.started
        self._clock_zero: float | None = None
        self._now = 0.0
        self._is_awaited = False
        """Whether the next event had to be waited for, as where it was only just recorded."""
        self._left_out = LeftOut()
        self._said: dict[str, str] = {}
        self._pages: set[tuple[ProjectId, str]] = set()
        """The runs of which events so far told what they logged beside numbers."""

    def clock(self) -> float:
        """Return what the clock showed at this place of the recording, in epoch seconds.

        By this clock, a run that was alive during the recording is alive when the recording is
        shown.
        """
        started = self.header.started
        if math.isnan(started):
            return time.time()
        if self._begun is None:
            return started
        passed = (time.monotonic() - self._begun) * self._speed
        return started + (min(passed, self._now) if self.ended.is_set() else passed)

    def named(self, project: str) -> ProjectId:
        """Return a project of the recording. Its first event tells its origin."""
        return ProjectId(self.origin, project)

    async def list(
        self, send: MemoryObjectSendStream[DataEvent], interest: Callable[[], Interest]
    ) -> None:
        """Send every event of every project when it is due.

        What cannot be read makes a notice. Ends with the recording, or where nobody receives.
        """
        self._begun = time.monotonic()
        try:
            with opened_lines(self._path) as source:
                while True:
                    self._is_awaited = await source.arrival() or self._is_awaited
                    lines = await to_thread.run_sync(source.read)
                    if lines is None:
                        break
                    for is_whole, recorded in lines:
                        await self._send(send, is_whole, recorded)
                    await self._say_left_out(send)
            await self._say(send, "end", "The recording ends here.", Severity.INFO)
        except OSError as error:
            self._left_out.break_off(error)
            await self._say_left_out(send)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            return
        finally:
            self.ended.set()

    async def watch(self, project: ProjectId, send: MemoryObjectSendStream[DataEvent]) -> None:
        """Say at the end of a recording that it tells nothing of a project, where that is so."""
        await self.ended.wait()
        if project not in self.projects:
            text = f"The recording tells nothing of {project.name}."
            await send.send(Notice(ProjectOrigin(project), text))

    async def page(self, page: RunKey, send: MemoryObjectSendStream[DataEvent]) -> None:
        """Send that a run logged nothing beside numbers, unless the recording told what."""
        if (page.project, page.run_id) not in self._pages:
            await send.send(RunObjectsLoaded(page.project, page.run_id, RunObjects()))

    async def media(self, page: RunKey, file: str, most: int) -> MediaFile:
        """Raise MediaUnread: files are not recorded."""
        raise MediaUnread("A recording holds no files.")

    async def traces(self, request: TraceListRequest) -> TraceList:
        """Return the fault that no more traces are recorded than a run's page tells of."""
        return TraceList(fault="A recording holds no traces but the newest on the run's page.")

    async def trace(self, request: TraceRequest) -> TraceContent:
        """Return the fault that whole traces are not recorded."""
        return TraceContent(fault="A recording holds no messages of traces.")

    def missing(self, project: str) -> Sequence[str] | None:
        """Return `None`: which projects it tells of is known at its end."""
        return None

    def listed(self) -> ProjectsListed:
        """Return the projects that were listed last while it was recorded."""
        listed = ProjectsListed(self.origin, [])
        for _, event in recorded_events(self._path, LeftOut()):
            listed = event if isinstance(event, ProjectsListed) else listed
        return listed

    def snapshot(self, project: ProjectId, part: Part) -> Iterator[SnapshotEvent]:
        """Yield what was known of a project at the recording's end."""
        left_out = LeftOut()
        told = (event for _, event in recorded_events(self._path, left_out))
        events = _of_first(told, project.name)
        if part.content == Content.EVERYTHING:
            yield from events
        else:
            yield from WholeProject(project, events).part(part)
        for subject, text in left_out.sentences().items():
            yield Notice(ProgramOrigin.RECORDING, text, subject=subject)

    def follow(self, project: str | None, metric: str, selection: Selection) -> RecordedRows:
        """Return what reads the recording by its own clock, whatever time it is."""
        return RecordedRows(self._path, self.header, project)

    def close(self) -> None:
        """Do nothing: a recording is opened anew for each snapshot."""

    async def watch_gpus(self, send: MemoryObjectSendStream[DataEvent]) -> None:
        """Say at the end of a recording that it tells of no GPU, where that is so."""
        await self.ended.wait()
        if not self.sampled:
            report = VendorReport("recording", 0, "no GPU was sampled while this was recorded")
            await send.send(GpusSampled((), (report,)))

    async def _send(
        self,
        send: MemoryObjectSendStream[DataEvent],
        is_whole: bool,
        recorded: Recorded | UnknownKind | BrokenLine,
    ) -> None:
        if isinstance(recorded, UnknownKind | BrokenLine):
            self._left_out.count(is_whole, recorded)
        else:
            await self._wait_until(recorded.at)
            event = recorded.event
            project = getattr(event, "project", None)
            if isinstance(project, ProjectId):
                self.projects.add(project)
            if isinstance(event, RunObjectsLoaded):
                self._pages.add((event.project, event.run_id))
            self.sampled = self.sampled or isinstance(event, GpusSampled | FleetSampled)
            if isinstance(event, GpusSampled):
                event = self._dated(event, recorded.at)
            await send.send(event)

    def _dated(self, event: GpusSampled, at: float) -> GpusSampled:
        """Return readings of GPUs with their moments, which older programs did not record."""
        times = [sample.time for sample in event.samples if math.isfinite(sample.time)]
        if event.clock_zero is not None or not times:
            return event
        if self._clock_zero is None:
            self._clock_zero = self._started + at - max(times)
        return event._replace(clock_zero=self._clock_zero)

    async def _wait_until(self, at: float) -> None:
        if not math.isfinite(at):
            return
        self._now = max(self._now, at)
        now = time.monotonic()
        begun = now if self._begun is None else self._begun
        if self._is_awaited:
            # A machine that slept, or that was slow to connect, is no longer behind.
            self._is_awaited = False
            begun = self._begun = min(begun, now - at / self._speed)
        delay = begun + at / self._speed - now
        if delay > 0:
            await anyio.sleep(delay)

    async def _say_left_out(self, send: MemoryObjectSendStream[DataEvent]) -> None:
        for subject, text in self._left_out.sentences().items():
            await self._say(send, subject, text)

    async def _say(
        self,
        send: MemoryObjectSendStream[DataEvent],
        subject: str,
        text: str,
        severity: Severity = Severity.WARNING,
    ) -> None:
        if self._said.get(subject) != text:
            self._said[subject] = text
            await send.send(Notice(ProgramOrigin.RECORDING, text, severity, subject))


def _of_first(events: Iterable[DataEvent], name: str) -> Iterator[DataEvent]:
    """Yield the events of the first project of a name, whose recorded origin nobody names; another
    origin's project of that name is left out.
    """
    first: ProjectId | None = None
    for event in events:
        project = getattr(event, "project", None)
        if isinstance(project, ProjectId) and project.name == name:
            first = first or project
            if project == first:
                yield event
