"""When the renderer draws a frame, and how often."""

from __future__ import annotations

import logging
from array import array
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import cast

import anyio
import pytest
from anyio.abc import TaskGroup

from tests.live.fed_by_hand import P, Screen, Started, begun, row
from tests.screens.conftest import count_pictures
from trackio_view.live import renderer
from trackio_view.live.renderer import Renderer
from trackio_view.model.events import LoadFinished, RowsLoaded
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.model.windows import Last
from trackio_view.series.series import MetricColumn
from trackio_view.sources.keys_first import KEYS_FIRST
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.terminal_session import TerminalSession
from trackio_view.view.actions import Mode
from trackio_view.view.charts import cursor_responses
from trackio_view.view.dashboard import Dashboard

ROW_EVENTS = 200


async def test_events_that_come_at_once_are_not_drawn_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Two frames for data must be an hour apart, so that the test does not depend on the machine's
    # speed.
    monkeypatch.setattr(renderer, "_DATA_FRAME_SECONDS", 3600.0)
    async with begun(monkeypatch) as started:
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


async def test_one_task_alone_waits_for_the_next_frame_for_data(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting: list[tuple[Callable[[float], Awaitable[None]], float]] = []
    group = SimpleNamespace(start_soon=lambda task, seconds: waiting.append((task, seconds)))
    monkeypatch.setattr(renderer, "time", SimpleNamespace(monotonic=lambda: 100.0))
    drawer = Renderer(Dashboard(), cast("TerminalSession", Screen()), lambda: 0.0)
    drawer._last_drawn = 100.0
    for _ in range(3):
        drawer.want_in_time(cast("TaskGroup", group))
    ((wait, seconds),) = waiting
    assert seconds > 0
    await wait(0.0)
    drawer.want_in_time(cast("TaskGroup", group))
    assert len(waiting) == 2, "it has ended"


async def test_the_last_row_is_drawn_though_nothing_follows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(renderer, "_DATA_FRAME_SECONDS", 0.02)
    async with begun(monkeypatch) as started:
        for number in range(1, 20):
            await started.data.send(row(number, 1.0))
        await started.data.send(row(20, 0.125))
        await started.screen.until_it_shows("0.125")


async def test_where_frames_are_slow_the_data_has_as_much_time_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async with begun(monkeypatch) as started:
        drawing, now = started.session._renderer, 1e6
        monkeypatch.setattr(renderer, "time", SimpleNamespace(monotonic=lambda: now))
        monkeypatch.setattr(drawing, "_want_later", pause)
        for took in (0.01, 3.0):
            drawing._seconds, drawing._last_drawn, drawing._is_scheduled = took, now, False
            drawing.want_in_time(started.session._group)
        await anyio.wait_all_tasks_blocked()
    assert pauses == pytest.approx([0.1, 6.0])


async def test_without_data_and_keys_nothing_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renderer, "_DATA_FRAME_SECONDS", 0.01)
    async with begun(monkeypatch) as started:
        await anyio.sleep(0.3)
        drawn = len(started.screen.frames)
        await anyio.sleep(0.3)
        # A notice about a project that is not on screen is no reason for a frame, either.
        await started.data.send(LoadFinished(ProjectId("", "other"), 1))
        await anyio.wait_all_tasks_blocked()
        assert len(started.screen.frames) == drawn


async def test_keys_that_come_together_are_answered_by_one_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(renderer, "_DATA_FRAME_SECONDS", 3600.0)
    async with begun(monkeypatch) as started:
        drawn = len(started.screen.frames)
        await started.press(["+"] * 4)
        await anyio.wait_all_tasks_blocked()
        assert len(started.screen.frames) == drawn + 1
        assert started.dashboard.view.charts.window == Last(4)


@pytest.mark.parametrize("focusing", [[], ["right"]])
async def test_a_key_that_moves_all_charts_shows_the_focused_one_first(
    focusing: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renderer, "_DATA_FRAME_SECONDS", 0.0)
    async with begun(monkeypatch) as started:
        numbers = array("d", range(600))
        column = MetricColumn(array("I", range(600)), array("d", [x % 7 for x in range(600)]))
        metrics = {f"m{number}": column for number in range(4)}
        rows = RunRows("r", "r", 601, numbers, numbers, metrics, 600)
        await started.data.send(RowsLoaded(P, 1, [rows], 601))
        await anyio.wait_all_tasks_blocked()
        # Both windows were on screen before, so that nothing is left for later frames.
        for key in (*focusing, "+", "+", "-", "+"):
            drawn = len(started.screen.frames)
            await started.press([key])
            await anyio.wait_all_tasks_blocked()
        assert len(started.screen.frames) == drawn + 2
        before, first, whole = started.screen.frames[-3:]
        page = started.session._renderer._shown.page
        assert page.focus == page.charts[bool(focusing)].box
        for _, box, *_ in page.charts:
            source = whole if box == page.focus else before
            assert first.part(box).glyphs == source.part(box).glyphs
            assert before.part(box).glyphs != whole.part(box).glyphs
        # What concerns no chart, or comes without a key, is shown at once.
        await started.press(["left" if focusing else "right"])
        await anyio.wait_all_tasks_blocked()
        assert len(started.screen.frames) == drawn + 3
        one = MetricColumn(array("I", [0]), array("d", [5.0]))
        newest = RunRows(
            "r", "r", 602, numbers[-1:], numbers[-1:], dict.fromkeys(metrics, one), 601
        )
        await started.data.send(RowsLoaded(P, 1, [newest], 602))
        await anyio.wait_all_tasks_blocked()
        assert len(started.screen.frames) == drawn + 4


def rows_of_charts(charts: int, begin: int, end: int) -> RowsLoaded:
    """Return rows that have so many metrics."""
    numbers = array("d", range(begin, end))
    places = array("I", range(end - begin))
    column = MetricColumn(places, array("d", [x % 7 for x in range(begin, end)]))
    metrics = {f"m{number}": column for number in range(charts)}
    rows = RunRows("r", "r", end + 1, numbers, numbers, metrics, end)
    return RowsLoaded(P, 1, [rows], end + 1)


async def until_all_rests(started: Started) -> None:
    """Wait until nothing more is drawn."""
    memo, before = started.session._renderer.composer.memo, -1
    with anyio.fail_after(20):
        while memo.computed != before or started.dashboard.view.charts.moved_by is not None:
            before = memo.computed
            await anyio.wait_all_tasks_blocked()
            await anyio.sleep(5 * renderer._PAUSE_SECONDS)


async def test_the_charts_of_the_next_window_are_drawn_before_its_key_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(renderer, "_DATA_FRAME_SECONDS", 0.0)
    drawn = count_pictures(monkeypatch)
    async with begun(monkeypatch) as started:
        await started.data.send(rows_of_charts(4, 1, 601))
        await started.screen.until_it_shows("m2")
        shown: list[int] = []

        async def present(_: Frame) -> int:
            shown.append(len(drawn))
            return 0

        monkeypatch.setattr(started.screen, "present", present)
        await started.press(["+", "+", "["])
        await until_all_rests(started)
        for _ in range(2):
            before = len(drawn)
            shown.clear()
            await started.press(["["])
            await until_all_rests(started)
            assert shown == [before, before], "its frames draw no chart"
            assert len(drawn) == before + 4, "the charts of one window are drawn after them"
        # Nothing is drawn again for rows that come after the window, which is held.
        before = len(drawn)
        shown.clear()
        await started.data.send(rows_of_charts(4, 601, 602))
        while not shown:
            await anyio.sleep(0.001)
        await until_all_rests(started)
        # A key about something else draws nothing ahead.
        await started.press(["right"])
        await until_all_rests(started)
        assert len(drawn) == before


@pytest.mark.parametrize(("key", "charts"), [("right", 0), ("[", 3 + 1), ("]", 4)])
async def test_a_key_is_answered_before_more_charts_are_drawn_ahead(
    monkeypatch: pytest.MonkeyPatch, key: str, charts: int
) -> None:
    # The next chart would be drawn in an hour.
    monkeypatch.setattr(renderer, "_PAUSE_SECONDS", 3600.0)
    drawn = count_pictures(monkeypatch)
    async with begun(monkeypatch) as started:
        await started.data.send(rows_of_charts(4, 1, 601))
        await started.screen.until_it_shows("m2")
        await started.press(["+", "+"])
        await anyio.wait_all_tasks_blocked()
        before = len(drawn)
        await started.press(["["])
        await anyio.wait_all_tasks_blocked()
        assert len(drawn) - before == 4 + 1, "a first chart is drawn ahead"
        before, shown = len(drawn), len(started.screen.frames)
        await started.press([key])
        await anyio.wait_all_tasks_blocked()
        assert len(started.screen.frames) > shown
        assert len(drawn) - before == charts


async def test_nothing_is_drawn_before_the_terminal_has_answered_of_its_background(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(renderer, "_ANSWER_SECONDS", 3600.0)
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


@pytest.mark.parametrize(("theme", "waits"), [("dark", False), ("contrast", True), ("no", True)])
async def test_an_answer_is_waited_for_only_where_the_theme_depends_on_it(
    monkeypatch: pytest.MonkeyPatch, theme: str, waits: bool
) -> None:
    monkeypatch.setattr(renderer, "_ANSWER_SECONDS", 3600.0)
    started = Started(monkeypatch)
    started.screen.awaits_background = True
    async with anyio.create_task_group() as group:
        started.dashboard.view.theme = theme
        group.start_soon(started.run)
        await started.ready.wait()
        await anyio.wait_all_tasks_blocked()
        assert (not started.screen.frames) is waits
        group.cancel_scope.cancel()


async def test_a_terminal_that_does_not_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(renderer, "_ANSWER_SECONDS", 0.0)
    started = Started(monkeypatch)
    started.screen.awaits_background = True
    async with anyio.create_task_group() as group:
        group.start_soon(started.run)
        await started.begin()
        group.cancel_scope.cancel()


async def test_a_long_look_for_an_event_goes_on_from_frame_to_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cursor_responses, "_LOOKED_AT_ONCE", 1_000)
    async with begun(monkeypatch) as started:
        column = MetricColumn(array("I", [0, 1]), array("d", [1.0, 2.0]))
        two = array("d", [300.0, 301.0])
        metrics = {f"m{number}": column for number in range(99)}
        rows = RunRows("r", "r", 400, two, two, metrics, 301)
        await started.data.send(RowsLoaded(P, 1, [rows], 400))
        await anyio.wait_all_tasks_blocked()
        drawn = len(started.screen.frames)
        await started.press(["n"])
        await anyio.wait_all_tasks_blocked()
        told = [frame.lines()[-2] for frame in started.screen.frames[drawn:]]
        assert sum("looking for what happened" in line for line in told) >= 3, told
        assert "looking" not in told[-1]
        assert started.dashboard.view.mode is Mode.CURSOR


async def test_work_in_threads_waits_from_a_key_to_its_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    monkeypatch.setattr(KEYS_FIRST, "key_came", lambda: told.append("key"))
    monkeypatch.setattr(KEYS_FIRST, "frame_shown", lambda: told.append("frame"))
    async with begun(monkeypatch) as started:
        told.clear()
        await started.press(["?"])
        await anyio.wait_all_tasks_blocked()
        assert told[:2] == ["key", "frame"]


def test_the_log_tells_what_a_frame_took_in_milliseconds(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    drawer = Renderer(Dashboard(), cast("TerminalSession", Screen()), lambda: 0.0)
    drawer._seconds, drawer._last_drawn = 0.25, 100.0
    monkeypatch.setattr(renderer, "time", SimpleNamespace(monotonic=lambda: 100.5))
    with caplog.at_level(logging.DEBUG, renderer.__name__):
        drawer._log_frame(Frame(80, 24), 1234, 7)
    assert caplog.messages == [
        "a frame of 80 x 24 drawn in 250.0 ms, 1234 bytes written in 500.0 ms; 7 events wait"
    ]


def test_a_terminal_is_waited_for_so_shortly_that_nobody_notices() -> None:
    assert renderer._ANSWER_SECONDS <= 0.1
    assert renderer._DATA_FRAME_SECONDS <= 0.2
