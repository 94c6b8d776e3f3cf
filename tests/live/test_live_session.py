"""The live session by itself: notices, keys and sources."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import anyio
import anyio.to_thread
import pytest

from tests.live.fed_by_hand import P, Screen, Started, begun
from trackio_view.live import live_session as live
from trackio_view.live.live_session import LiveSession
from trackio_view.model.alerts import Alert
from trackio_view.model.events import (
    AlertsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    ProjectOrigin,
)
from trackio_view.model.fleet import FleetSampled
from trackio_view.model.gpu import GpusSampled
from trackio_view.model.project_id import ProjectId
from trackio_view.operating_system import free_memory
from trackio_view.screens.shell import drawings
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.escape_sequences import PastedText

STATE_CHECK_SECONDS = live._STATE_CHECK_SECONDS


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


async def test_an_alert_of_a_project_that_is_not_on_screen_is_drawn_and_taken_back_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alert = Alert(1, "r", "run", "diverged", None, "warn", 7, 1e9)
    async with begun(monkeypatch) as started:
        twin = ProjectId("elsewhere", "p")
        started.dashboard.meet(twin)
        for event in (LoadStarted(twin, 1, 0), LoadFinished(twin, 1)):
            await started.data.send(event)
        await anyio.wait_all_tasks_blocked()
        await started.data.send(AlertsLoaded(twin, 1, [alert], True))
        await started.screen.until_it_shows("run at step 7: diverged")
        # The project is read anew, and has no alert any more.
        for again in (LoadStarted(twin, 2, 0), LoadFinished(twin, 2)):
            await started.data.send(again)
        await started.data.send(AlertsLoaded(twin, 2, [], False))
        with anyio.fail_after(20):
            while any("diverged" in line for line in started.screen.frames[-1].lines()):
                await anyio.sleep(0.005)


async def test_an_event_makes_known_no_project_that_nobody_watches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late = ProjectId("nowhere", "no longer watched")
    async with begun(monkeypatch) as started:
        await started.data.send(LoadStarted(late, 1, 0))
        await anyio.wait_all_tasks_blocked()
        assert list(started.dashboard.known.projects) == [P]


async def test_what_was_pasted_comes_into_a_line_of_text(monkeypatch: pytest.MonkeyPatch) -> None:
    async with begun(monkeypatch) as started:
        await started.press(["/"])
        await started.point(PastedText("lo"))
        await started.screen.until_it_shows("charts: lo")


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
        # Other events and other keys open nothing anew.
        await started.data.send(fleet_sampled(12, time=1_700_000_015.0))
        await started.press(["enter", "+"])
        await anyio.wait_all_tasks_blocked()
        assert (started.opened, started.session.opened_host()) == (["node-1"], "node-1")
        await started.press(["escape", "escape", "down", "enter"])
        await anyio.wait_all_tasks_blocked()
        assert started.opened == ["node-1", "node-1 left", "node-2"]
        group.cancel_scope.cancel()


async def test_the_code_of_the_other_screens_is_loaded_soon_after_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded, kept = threading.Event(), threading.Event()
    monkeypatch.setattr(live, "_AHEAD_SECONDS", 0.01)
    monkeypatch.setattr(drawings, "import_ahead", loaded.set)
    monkeypatch.setattr(free_memory, "keep_loaded", kept.set)
    async with begun(monkeypatch) as started:
        assert await anyio.to_thread.run_sync(loaded.wait, 20)
        assert started.screen.is_loaded_ahead
        # No collection looks through it while somebody types.
        assert await anyio.to_thread.run_sync(kept.wait, 20)


async def test_a_key_is_answered_before_the_next_one_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with begun(monkeypatch) as started:
        frames = len(started.screen.frames)
        await started.press(["s"])
        assert len(started.screen.frames) > frames


async def test_the_key_that_draws_anew_takes_the_terminal_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken: list[bool] = []
    monkeypatch.setattr(Screen, "resume", lambda _: taken.append(True), raising=False)
    async with begun(monkeypatch) as started:
        for keys in (["ctrl_l"], ["s"], ["s"]):
            await started.press(keys)
            await anyio.wait_all_tasks_blocked()
    assert taken == [True]


@pytest.mark.parametrize(
    ("waits", "seconds"),
    [(LiveSession._watch_state, 1.0), (LiveSession._tidy, 60.0), (LiveSession._import_ahead, 1.0)],
)
async def test_looks_that_no_event_starts_wait_between_two(
    waits: Callable[[LiveSession], Coroutine[Any, Any, None]],
    seconds: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        raise TimeoutError

    started = Started(monkeypatch)
    monkeypatch.setattr(live, "_STATE_CHECK_SECONDS", STATE_CHECK_SECONDS)
    monkeypatch.setattr(anyio, "sleep", sleep)
    with pytest.raises(TimeoutError):
        await waits(started.session)
    assert slept == [seconds]


async def test_memory_is_tidied_no_sooner_than_a_moment_after_a_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started, slept = Started(monkeypatch), []
    now = started.session._last_key = time.monotonic()
    monkeypatch.setattr(live, "_TIDY_SECONDS", 0.0)
    monkeypatch.setattr(time, "monotonic", lambda: now)
    monkeypatch.setattr(free_memory, "rest", lambda: pytest.fail("tidied under a key"))

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if seconds:
            raise TimeoutError

    monkeypatch.setattr(anyio, "sleep", sleep)
    with pytest.raises(TimeoutError):
        await started.session._tidy()
    assert slept == [0.0, 0.2]


async def test_all_is_looked_through_once_and_what_came_since_again_though_no_key_was_pressed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started, done = Started(monkeypatch), []
    monkeypatch.setattr(live, "_TIDY_SECONDS", 0.0)
    monkeypatch.setattr(free_memory, "rest", lambda: done.append("rest"))
    monkeypatch.setattr(free_memory, "collect", lambda: done.append("collect"))

    def give_back() -> None:
        done.append("give back")
        if len(done) == 6:
            raise InterruptedError

    monkeypatch.setattr(free_memory, "give_back", give_back)
    with pytest.raises(InterruptedError), anyio.fail_after(20):
        await started.session._tidy()
    assert done == ["rest", "give back", "collect", "give back", "collect", "give back"]


@pytest.mark.parametrize("patience", [20.0, 0.0])
async def test_projects_are_listed_after_the_first_readings_of_gpus_on_screen(
    patience: float,
    monkeypatch: pytest.MonkeyPatch,
    gpus_sampled: Callable[..., GpusSampled],
) -> None:
    monkeypatch.setattr(live, "_GPU_SECONDS", patience)
    started = Started(monkeypatch)
    started.dashboard.show_gpus()
    async with anyio.create_task_group() as group:
        group.start_soon(started.run)
        await started.ready.wait()
        await anyio.wait_all_tasks_blocked()
        assert (started.interest is None) is bool(patience), "a driver that hangs holds up nothing"
        drawn = len(started.screen.frames)
        present = started.screen.present

        async def presented(frame: Frame) -> int:
            assert (started.interest is None) is bool(patience)
            return await present(frame)

        monkeypatch.setattr(started.screen, "present", presented)
        await started.data.send(gpus_sampled(1))
        await anyio.wait_all_tasks_blocked()
        assert len(started.screen.frames) > drawn
        assert started.interest is not None
        group.cancel_scope.cancel()


async def test_projects_are_listed_at_once_where_no_gpu_is_on_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live, "_GPU_SECONDS", 20.0)
    started = Started(monkeypatch)
    async with anyio.create_task_group() as group:
        group.start_soon(started.run)
        await started.ready.wait()
        await anyio.wait_all_tasks_blocked()
        assert started.interest is not None
        group.cancel_scope.cancel()
