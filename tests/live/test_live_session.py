"""The live session by itself: what makes it draw, and how often."""

from __future__ import annotations

import signal
from array import array
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
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
    Notice,
    ProjectOrigin,
    ProjectsListed,
    RowsLoaded,
    RunObjectsLoaded,
)
from trackio_view.model.fleet import FleetSampled
from trackio_view.model.objects import RunObjects
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey, RunRows
from trackio_view.model.selection import Selection
from trackio_view.model.windows import Last
from trackio_view.series.series import MetricColumn
from trackio_view.sources.newest_rows import Following
from trackio_view.sources.source import Interest, Part, SnapshotEvent
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.terminal.look import Look
from trackio_view.terminal.terminal_session import TerminalSession
from trackio_view.view.dashboard import Dashboard

P = ProjectId("", "p")

ROW_EVENTS = 200
HandOver = Callable[[Sequence[str]], Awaitable[None]]


class Screen:
    """Stands for the terminal: keeps every frame that it is given."""

    size = (80, 24)
    look = Look(repertoire=Repertoire.ASCII)
    awaits_background = False

    @staticmethod
    def on_answered() -> None:
        """Stands for what a session wants to be told."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    async def present(self, frame: Frame) -> None:
        self.frames.append(frame)

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
    """A live session, fed by hand: it is its own source."""

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
        self.ready = anyio.Event()
        self.opened: list[str] = []

        async def take_keys(_: TerminalSession, hand_over: HandOver, __: object) -> None:
            self.press = hand_over
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


async def test_events_that_come_at_once_are_not_drawn_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Two frames for data must be an hour apart, so that the test does not depend on the machine's
    # speed.
    monkeypatch.setattr(live, "_DATA_FRAME_SECONDS", 3600.0)
    started = Started(monkeypatch)
    async with anyio.create_task_group() as group:
        group.start_soon(started.run)
        await started.begin()
        drawn = len(started.screen.frames)
        for number in range(1, ROW_EVENTS):
            await started.data.send(row(number, 1.0))
            await anyio.lowlevel.checkpoint()
        await anyio.wait_all_tasks_blocked()
        assert started.dashboard.run is not None
        assert started.dashboard.run.row_count == ROW_EVENTS
        assert len(started.screen.frames) == drawn
        # A key does not wait for that hour, and its frame shows what came.
        await started.press(["?"])
        await anyio.wait_all_tasks_blocked()
        assert len(started.screen.frames) == drawn + 1
        group.cancel_scope.cancel()


async def test_what_came_last_is_drawn_though_nothing_follows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live, "_DATA_FRAME_SECONDS", 0.02)
    started = Started(monkeypatch)
    async with anyio.create_task_group() as group:
        group.start_soon(started.run)
        await started.begin()
        for number in range(1, 20):
            await started.data.send(row(number, 1.0))
        await started.data.send(row(20, 0.125))
        await started.screen.until_it_shows("0.125")
        group.cancel_scope.cancel()


async def test_without_data_and_keys_nothing_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_DATA_FRAME_SECONDS", 0.01)
    started = Started(monkeypatch)
    async with anyio.create_task_group() as group:
        group.start_soon(started.run)
        await started.begin()
        await anyio.sleep(0.3)
        drawn = len(started.screen.frames)
        await anyio.sleep(0.3)
        # What is said of a project that is not on screen is no reason either.
        await started.data.send(LoadFinished(ProjectId("", "other"), 1))
        await anyio.wait_all_tasks_blocked()
        assert len(started.screen.frames) == drawn
        group.cancel_scope.cancel()


async def test_keys_that_come_together_are_answered_by_one_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live, "_DATA_FRAME_SECONDS", 3600.0)
    started = Started(monkeypatch)
    async with anyio.create_task_group() as group:
        group.start_soon(started.run)
        await started.begin()
        drawn = len(started.screen.frames)
        await started.press(["+"] * 4)
        await anyio.wait_all_tasks_blocked()
        assert len(started.screen.frames) == drawn + 1
        assert started.dashboard.view.charts.window == Last(4)
        group.cancel_scope.cancel()


async def test_nothing_is_drawn_before_the_terminal_has_answered_of_its_background(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live, "_ANSWER_SECONDS", 3600.0)
    started = Started(monkeypatch)
    started.screen.awaits_background = True
    async with anyio.create_task_group() as group:
        group.start_soon(started.run)
        await started.ready.wait()
        await anyio.wait_all_tasks_blocked()
        assert not started.screen.frames
        started.screen.on_answered()
        await started.begin()
        group.cancel_scope.cancel()


async def test_a_terminal_that_does_not_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live, "_ANSWER_SECONDS", 0.0)
    started = Started(monkeypatch)
    started.screen.awaits_background = True
    async with anyio.create_task_group() as group:
        group.start_soon(started.run)
        await started.begin()
        group.cancel_scope.cancel()


async def test_a_notice_of_no_source_is_shown_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    started = Started(monkeypatch)
    async with anyio.create_task_group() as group:
        group.start_soon(started.run)
        await started.begin()
        started.session.report(
            Notice(ProjectOrigin(ProjectId("", "demo")), "It ended with \x1b[2J a fault.")
        )
        await started.screen.until_it_shows("a fault.")
        assert "\x1b" not in "".join(started.screen.frames[-1].lines())
        group.cancel_scope.cancel()


async def test_the_key_that_quits_ends_every_source(monkeypatch: pytest.MonkeyPatch) -> None:
    started = Started(monkeypatch)
    with anyio.fail_after(20):
        async with anyio.create_task_group() as group:
            group.start_soon(started.run)
            await started.begin()
            await started.press(["q"])
    assert started.session.exit_code == 0


async def test_ages_in_the_table_of_runs_are_drawn_again_as_time_passes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = Started(monkeypatch)
    monkeypatch.setattr(live, "_STATE_CHECK_SECONDS", 0.01)
    async with anyio.create_task_group() as group:
        group.start_soon(started.run)
        await started.begin()
        await started.press(["t"])
        await anyio.sleep(0.1)
        drawn = len(started.screen.frames)
        with anyio.fail_after(20):
            while len(started.screen.frames) < drawn + 2:
                await anyio.sleep(0.01)
        group.cancel_scope.cancel()


async def test_a_host_of_a_fleet_is_opened_and_left_once(
    monkeypatch: pytest.MonkeyPatch, fleet_sampled: Callable[..., FleetSampled]
) -> None:
    started = Started(monkeypatch)
    started.dashboard.has_fleet = True
    async with anyio.create_task_group() as group:
        group.start_soon(started.run)
        await started.begin()
        await started.press(["g"])
        await started.data.send(fleet_sampled(12))
        await started.screen.until_it_shows("88 GPUs")
        assert started.session.opened_host() is None
        await started.press(["down", "enter"])
        await started.screen.until_it_shows("node-1")
        await anyio.wait_all_tasks_blocked()
        # What else comes or is pressed opens nothing anew.
        await started.data.send(fleet_sampled(12, time=1_700_000_015.0))
        await started.press(["enter", "+"])
        await anyio.wait_all_tasks_blocked()
        assert (started.opened, started.session.opened_host()) == (["node-1"], "node-1")
        await started.press(["escape", "escape", "down", "enter"])
        await anyio.wait_all_tasks_blocked()
        assert started.opened == ["node-1", "node-1 left", "node-2"]
        group.cancel_scope.cancel()
