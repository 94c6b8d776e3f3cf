"""The traces that are wanted now are read, and nobody waits for those that are wanted no more."""

from __future__ import annotations

from typing import cast

import anyio
import pytest

from trackio_view.live import trace_reading
from trackio_view.live.trace_reading import TraceReading
from trackio_view.model.events import DataEvent
from trackio_view.model.opened_traces import (
    TraceContent,
    TraceList,
    TraceListLoaded,
    TraceListRequest,
    TraceLoaded,
    TraceRequest,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.sources.source import Source

PAGE = RunKey(ProjectId("", "p"), "r")


class Traces:
    """A source whose search for `hangs`, and whose trace 1, never ends."""

    def __init__(self) -> None:
        self.asked: list[str | int] = []

    async def traces(self, request: TraceListRequest) -> TraceList:
        self.asked.append(request.search)
        if request.search == "hangs":
            await anyio.sleep_forever()
        return TraceList(5)

    async def trace(self, request: TraceRequest) -> TraceContent:
        self.asked.append(request.row)
        if request.row == 1:
            await anyio.sleep_forever()
        return TraceContent()


async def test_the_newest_wish_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_reading, "_TYPING_SECONDS", 0.0)
    source = Traces()
    send, receive = anyio.create_memory_object_stream[DataEvent](9)
    with anyio.fail_after(20):
        async with send, receive, anyio.create_task_group() as group:
            reading = TraceReading(cast(Source, source), group, send)
            hanging, wanted = (TraceListRequest(PAGE, search) for search in ("hangs", "rome"))
            first, second = (TraceRequest(PAGE, row) for row in (1, 2))
            reading.follow(hanging, first)
            await anyio.wait_all_tasks_blocked()
            reading.follow(hanging, first)
            await anyio.wait_all_tasks_blocked()
            assert sorted(map(str, source.asked)) == ["1", "hangs"], "each is asked once"
            reading.follow(wanted, first)
            assert await receive.receive() == TraceListLoaded(wanted, TraceList(5))
            reading.follow(wanted, second)
            assert await receive.receive() == TraceLoaded(second, TraceContent())
            reading.follow(hanging, first)
            reading.follow(None, None)
            await anyio.wait_all_tasks_blocked()
            assert receive.statistics().current_buffer_used == 0


async def test_a_search_does_not_go_letter_by_letter() -> None:
    source = Traces()
    send, receive = anyio.create_memory_object_stream[DataEvent](9)
    with anyio.fail_after(20):
        async with send, receive, anyio.create_task_group() as group:
            reading = TraceReading(cast(Source, source), group, send)
            reading.follow(TraceListRequest(PAGE), None)
            await receive.receive()
            for search in ("r", "ro", "rom", "rome"):
                reading.follow(TraceListRequest(PAGE, search), None)
                await anyio.wait_all_tasks_blocked()
            await receive.receive()
            assert source.asked == ["", "rome"]
            reading.follow(None, None)


async def test_a_list_that_is_scrolled_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_reading, "_TYPING_SECONDS", 3600.0)
    source = Traces()
    send, receive = anyio.create_memory_object_stream[DataEvent](9)
    with anyio.fail_after(20):
        async with send, receive, anyio.create_task_group() as group:
            reading = TraceReading(cast(Source, source), group, send)
            for first in (None, 40, 20):
                request = TraceListRequest(PAGE, "rome", first)
                reading.follow(request, None)
                assert await receive.receive() == TraceListLoaded(request, TraceList(5))
            reading.follow(None, None)
