"""A directory and a server as one source."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import anyio
import pytest

from trackio_view.model.events import DataEvent, LoadStarted, ProjectsListed, RunObjectsLoaded
from trackio_view.model.objects import RunObjects
from trackio_view.model.opened_media import MediaFile
from trackio_view.model.opened_traces import TraceContent, TraceList, TraceListRequest, TraceRequest
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.model.selection import Selection
from trackio_view.model.summary import ProjectSummary
from trackio_view.sources.several import SeveralSources
from trackio_view.sources.source import Interest, Part, SnapshotEvent, Source


class Place:
    """A source of some projects. The time of a project's newest row is the length of its name."""

    tells_all = False
    project: ProjectId | None = None

    def __init__(
        self, origin: str, *names: str, fault: OSError | None = None, remarks: Sequence[str] = ()
    ) -> None:
        self.origin = origin
        self.remarks = remarks
        self.names = names
        self.fault = fault
        self.is_open = True

    def clock(self) -> float:
        return 0.0

    def named(self, project: str) -> ProjectId:
        return ProjectId(self.origin, project)

    async def list(self, send: Any, interest: Callable[[], Interest]) -> None:
        await send.send(ProjectsListed(self.origin, []))

    async def watch(self, project: ProjectId, send: Any) -> None:
        await send.send(LoadStarted(ProjectId(self.origin, project.name), 1, 0))

    async def media(self, page: RunKey, file: str, most: int) -> MediaFile:
        return MediaFile(most, f"{file} of {self.origin}".encode())

    async def traces(self, request: TraceListRequest) -> TraceList:
        return TraceList(request.known, fault=self.origin)

    async def trace(self, request: TraceRequest) -> TraceContent:
        return TraceContent(fault=self.origin)

    async def page(self, page: RunKey, send: Any) -> None:
        await send.send(RunObjectsLoaded(page.project, self.origin, RunObjects()))

    def missing(self, project: str) -> Sequence[str] | None:
        if self.fault is not None:
            raise self.fault
        return None if project in self.names else self.names

    def listed(self) -> ProjectsListed:
        if self.fault is not None:
            raise self.fault
        found = [
            ProjectSummary(self.named(name), 1, 1, float(len(name)), None) for name in self.names
        ]
        return ProjectsListed(self.origin, found, self.remarks)

    def snapshot(self, project: ProjectId, part: Part) -> Iterator[SnapshotEvent]:
        yield LoadStarted(ProjectId(self.origin, project.name), 0, 0)

    def follow(self, project: str | None, metric: str, selection: Selection) -> Any:
        return self.origin, project

    def close(self) -> None:
        self.is_open = False


def several(*places: Source) -> SeveralSources:
    return SeveralSources(places)


def test_a_project_is_asked_of_where_it_comes_from() -> None:
    here, there = Place("/here", "a", "both"), Place("host", "bb", "both")
    source = several(here, there)
    assert source.origin == "/here, host"
    assert source.named("a") == ProjectId("/here", "a")
    assert source.named("both") == ProjectId("/here", "both")
    assert source.named("none") == ProjectId("host", "none")
    assert [part.origin for part in source.holders("both").parts] == ["/here", "host"]
    assert source.missing("bb") is None
    assert source.missing("none") == ["a", "both", "bb"]
    assert [one.id.origin for one in source.listed().projects] == ["/here", "host", "host", "/here"]
    (event,) = source.snapshot(ProjectId("host", "both"), Part())
    assert event == LoadStarted(ProjectId("host", "both"), 0, 0)
    assert source.follow("bb", "loss", Selection()) == ("host", "bb")
    assert source.follow(None, "loss", Selection()) == ("/here", "both")
    source.close()
    assert not here.is_open
    assert not there.is_open


def test_one_that_cannot_tell_is_named_and_the_others_go_on() -> None:
    here, gone = Place("/here", "a"), Place("host", fault=OSError("host refuses connections."))
    source = several(here, gone)
    assert source.missing("none") == ["a"]
    listed = source.listed().projects
    assert [(one.name, one.fault) for one in listed] == [
        ("a", None),
        ("host", "host refuses connections."),
    ]
    assert source.newest() == ProjectId("/here", "a")
    both_gone = several(gone, gone)
    assert both_gone.newest() is None
    for ask in (lambda: both_gone.missing("a"), both_gone.listed):
        with pytest.raises(OSError, match="refuses"):
            ask()


def test_the_remarks_of_each_place_are_told() -> None:
    source = several(
        Place("/here", "a", remarks=["Many files wait here."]),
        Place("host", "b", remarks=["Many files wait there."]),
    )
    assert source.listed().remarks == ["Many files wait here.", "Many files wait there."]


async def test_all_are_listed_and_each_watches_its_own() -> None:
    source = several(Place("/here"), Place("host"))
    send, receive = anyio.create_memory_object_stream[DataEvent](9)
    project = ProjectId("host", "p")
    async with send, receive:
        await source.list(send, Interest)
        await source.watch(project, send)
        await source.page(RunKey(project, "r"), send)
        events = [receive.receive_nowait() for _ in range(4)]
    assert {event.origin for event in events[:2] if isinstance(event, ProjectsListed)} == {
        *("/here", "host"),
    }
    assert events[2] == LoadStarted(project, 1, 0)
    assert isinstance(events[3], RunObjectsLoaded)
    assert events[3].run_id == "host"
    file = await source.media(RunKey(project, "r"), "a.png", 3)
    assert file == MediaFile(3, b"a.png of host")
    page = RunKey(project, "r")
    assert (await source.traces(TraceListRequest(page, known=7))).total == 7
    assert (await source.trace(TraceRequest(page, 1))).fault == "host"
    assert not math.isnan(source.clock())


def test_a_source_that_cannot_be_asked_for_a_project_is_told_of_where_others_have_it() -> None:
    here, away = Place("/here", "a"), Place("host", fault=OSError(13, "Permission denied"))
    source = SeveralSources([away, here])
    parts, unasked = source.holders("a")
    assert ([part.origin for part in parts], unasked) == (
        ["/here"],
        [(ProjectId("host", "host"), "Permission denied")],
    )
    # Where none has it, the sentence about what is missing tells of all.
    parts, unasked = source.holders("b")
    assert ([part.origin for part in parts], unasked) == (["host"], [])
