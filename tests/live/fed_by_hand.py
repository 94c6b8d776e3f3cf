"""A live session without a terminal: the test feeds it events and keys, and sees its frames."""

from __future__ import annotations

import signal
from array import array
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import anyio
import pytest
from anyio.streams.memory import MemoryObjectSendStream

from trackio_view.live import live_session as live
from trackio_view.live.live_session import LiveSession
from trackio_view.live.sources import GpuProducers
from trackio_view.model.events import (
    DataEvent,
    LoadFinished,
    LoadStarted,
    ProjectsListed,
    RowsLoaded,
    RunObjectsLoaded,
)
from trackio_view.model.objects import RunObjects
from trackio_view.model.opened_media import MediaFile
from trackio_view.model.opened_traces import TraceContent, TraceList, TraceListRequest, TraceRequest
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey, RunRows
from trackio_view.model.selection import Selection
from trackio_view.series.series import MetricColumn
from trackio_view.sources.newest_rows import Following
from trackio_view.sources.source import Interest, Part, SnapshotEvent
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.escape_sequences import PastedText
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.look import Look
from trackio_view.terminal.mouse import MouseReport
from trackio_view.terminal.terminal_session import TerminalSession
from trackio_view.view.dashboard import Dashboard

P = ProjectId("", "p")

HandOver = Callable[[Sequence[str]], Awaitable[None]]
HandOverOther = Callable[[MouseReport | PastedText], Awaitable[None]]


class Screen:
    """Stands for the terminal: keeps every frame that it is given."""

    size = (80, 24)
    look = Look(repertoire=Repertoire.ASCII)
    awaits_background = False

    @staticmethod
    def on_answered() -> None:
        """Stands for the answers that a session asks for."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.is_loaded_ahead = False

    def import_ahead(self) -> None:
        self.is_loaded_ahead = True

    async def present(self, frame: Frame) -> int:
        self.frames.append(frame)
        return 0

    async def until_it_shows(self, text: str) -> None:
        with anyio.fail_after(20):
            while not self.frames or not any(text in line for line in self.frames[-1].lines()):
                await anyio.sleep(0.005)


async def no_signals() -> AsyncIterator[signal.Signals]:
    await anyio.sleep_forever()
    yield signal.SIGINT


def row(number: int, value: float) -> RowsLoaded:
    column = MetricColumn(array("I", [0]), array("d", [value]))
    one = array("d", [float(number)])
    rows = RunRows("r", "r", number + 1, one, one, {"loss": column}, number)
    return RowsLoaded(P, 1, [rows], number + 1)


class Started:
    """A live session that a test feeds; it is its own source of events."""

    origin = "nowhere"
    project = P
    tells_all = False

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.screen = Screen()
        self.dashboard = Dashboard()
        self.dashboard.watch(P)
        terminal = cast("TerminalSession", self.screen)
        self.session = LiveSession(self.dashboard, terminal, no_signals(), self)
        self.data: MemoryObjectSendStream[DataEvent]
        self.press: HandOver
        self.point: HandOverOther
        self.ready = anyio.Event()
        self.opened: list[str] = []
        self.interest: Callable[[], Interest] | None = None
        """What the list of projects was asked for with; `None` before."""

        async def take_keys(_: TerminalSession, press: HandOver, point: HandOverOther) -> None:
            self.press, self.point = press, point
            await anyio.sleep_forever()

        monkeypatch.setattr(live, "read_keys", take_keys)
        monkeypatch.setattr(live, "_STATE_CHECK_SECONDS", 3600.0)

    def clock(self) -> float:
        return 1e9

    def named(self, project: str) -> ProjectId:
        return ProjectId(self.origin, project)

    async def list(
        self, send: MemoryObjectSendStream[DataEvent], interest: Callable[[], Interest]
    ) -> None:
        self.interest = interest

    async def media(self, page: RunKey, file: str, most: int) -> MediaFile:
        return MediaFile(most, f"{file} of {self.origin}".encode())

    async def traces(self, request: TraceListRequest) -> TraceList:
        return TraceList(request.known, fault=self.origin)

    async def trace(self, request: TraceRequest) -> TraceContent:
        return TraceContent(fault=self.origin)

    async def page(self, page: RunKey, send: MemoryObjectSendStream[DataEvent]) -> None:
        await send.send(RunObjectsLoaded(page.project, page.run_id, RunObjects()))

    def missing(self, project: str) -> Sequence[str] | None:
        return None

    def listed(self) -> ProjectsListed:
        return ProjectsListed(self.origin, [])

    def snapshot(self, project: ProjectId, part: Part) -> Iterator[SnapshotEvent]:
        return iter(())

    def follow(self, project: str | None, metric: str, selection: Selection) -> Following:
        raise NotImplementedError

    def close(self) -> None:
        pass

    async def watch(self, project: ProjectId, data: MemoryObjectSendStream[DataEvent]) -> None:
        self.data = data
        self.ready.set()
        await anyio.sleep_forever()

    async def watch_gpus(self, _: MemoryObjectSendStream[DataEvent]) -> None:
        await anyio.sleep_forever()

    async def open_host(self, host: str, _: MemoryObjectSendStream[DataEvent]) -> None:
        self.opened.append(host)
        try:
            await anyio.sleep_forever()
        finally:
            self.opened.append(f"{host} left")

    async def run(self) -> None:
        await self.session.run(GpuProducers(self.watch_gpus, self.open_host))

    async def begin(self) -> None:
        """Wait until a chart with a first value is on screen."""
        await self.ready.wait()
        await self.data.send(LoadStarted(P, 1, 0))
        await self.data.send(row(0, 9.0))
        await self.data.send(LoadFinished(P, 1))
        await self.screen.until_it_shows("loss")
        await anyio.wait_all_tasks_blocked()


@asynccontextmanager
async def begun(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Started]:
    """Run a session, with a chart of a first value on screen, for as long as the block lasts."""
    started = Started(monkeypatch)
    async with anyio.create_task_group() as group:
        group.start_soon(started.run)
        await started.begin()
        yield started
        group.cancel_scope.cancel()
